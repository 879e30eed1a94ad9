//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unsafe"
	"weak"

	"github.com/radia-go/radia/gpu"
)

// Device implements gpu.Device on one queue of a Vulkan device. Its methods may be called from several goroutines; each
// recording, with the host memory that it names, belongs to one.
type Device struct {
	// mu is held by every call, and by whoever else uses the queue (Exclusive): a window shows pictures from one goroutine
	// while another renders.
	mu       sync.Mutex
	opt      Options
	in       *instance
	p        *physical
	h        handle
	info     gpu.Info
	reason   string
	closed   bool
	failure  error // of an earlier submission that was lost; every later call returns it
	shutdown error

	allocated []int64 // bytes taken from each heap
	storage   arena
	up, down  arena
	buffers   map[*Buffer]struct{}
	zero      []*Buffer // new buffers that the next submission clears

	cache       pipelineCache
	setLayouts  map[int]uint64
	pipeLayouts map[[2]int]uint64
	pipelines   map[pipelineKey]*pipeline

	entries   map[weak.Pointer[gpu.Recording]]*entry
	idle      []unsafe.Pointer      // command buffers
	descPools map[poolSize][]uint64 // descriptor pools
	queries   map[int][]uint64      // query pools by count

	splitAfter time.Duration // see Options.SplitAfter; not positive: never

	serial   uint64 // of the last submission
	done     uint64 // of the last finished one
	inflight []submission
	fences   []uint64
	garbage  []waste

	deadMu sync.Mutex
	dead   []weak.Pointer[gpu.Recording]

	stats map[string]*stat
	// scratch for one submission
	cbs []unsafe.Pointer
}

var _ gpu.Device = (*Device)(nil)

type stat struct {
	kernel     string
	dispatches int
	time       time.Duration
	variant    string
}

// submission is work in flight.
type submission struct {
	serial uint64
	fence  uint64
	work   *instanceOf
	name   string
}

// waste is freed when the submission of that serial has finished.
type waste struct {
	serial uint64
	free   func()
}

// Open opens a device.
func Open(opt Options) (*Device, error) {
	if err := opt.resolve(); err != nil {
		return nil, err
	}
	in, err := newInstance(&opt)
	if err != nil {
		return nil, err
	}
	d, err := openOn(in, opt)
	if err != nil {
		in.close()
		return nil, err
	}
	return d, nil
}

func openOn(in *instance, opt Options) (*Device, error) {
	found, physicals, err := in.look()
	if err != nil {
		return nil, err
	}
	pick, err := choose(found, opt.Select)
	if err != nil {
		return nil, err
	}
	f, p := found[pick], physicals[pick]
	disable(&f.Info.Features, opt.Disable)

	extensions := append([]string(nil), opt.DeviceExtensions...)
	for _, e := range opt.DeviceExtensions {
		if !p.extensions[e] {
			return nil, fmt.Errorf("%w: %s has no %s", gpu.ErrUnsupported, f.Info.Name, e)
		}
	}
	var features uint32
	// enable turns a feature on; names are the extensions that carry it where the core of the device's version does not.
	enable := func(on bool, bit, core uint32, name string) {
		if !on || !p.caps.has(bit) {
			return
		}
		features |= bit
		if name != "" && (core == 0 || p.level < core) {
			extensions = append(extensions, name)
		}
	}
	fe := &f.Info.Features
	enable(fe.Float16 || len(fe.Coop) > 0, wantFloat16, version(1, 2), "VK_KHR_shader_float16_int8")
	enable(fe.Storage16 || len(fe.Coop) > 0, wantStorage16, version(1, 1), "")
	enable(fe.AtomicFloat, wantAtomicFloat, 0, "VK_EXT_shader_atomic_float")
	enable(!opt.minimal, wantScalar, version(1, 2), "VK_EXT_scalar_block_layout")
	enable(!opt.minimal, wantSubgroupSize, version(1, 3), "VK_EXT_subgroup_size_control")
	enable(len(fe.Coop) > 0, wantMemoryModel, version(1, 2), "VK_KHR_vulkan_memory_model")
	enable(len(fe.Coop) > 0, wantDeviceScope, version(1, 1), "")
	enable(len(fe.Coop) > 0, wantCoop, 0, "VK_KHR_cooperative_matrix")
	for _, name := range []string{"VK_EXT_memory_budget", "VK_KHR_portability_subset"} {
		if p.extensions[name] {
			extensions = append(extensions, name)
		}
	}
	h, err := openHandle(in, p.handle, p.family, features, extensions, opt.Validate)
	if err != nil {
		if h.d != nil {
			h.close()
		}
		return nil, fmt.Errorf("cannot open %s: %w", f.Info.Name, err)
	}
	d := &Device{opt: opt, in: in, p: p, h: h, info: f.Info, reason: f.Reason,
		allocated: make([]int64, len(p.heaps)), buffers: map[*Buffer]struct{}{},
		setLayouts: map[int]uint64{}, pipeLayouts: map[[2]int]uint64{}, pipelines: map[pipelineKey]*pipeline{},
		entries: map[weak.Pointer[gpu.Recording]]*entry{}, descPools: map[poolSize][]uint64{}, queries: map[int][]uint64{},
		stats: map[string]*stat{}}
	if d.splitAfter = opt.SplitAfter; d.splitAfter == 0 && f.Info.Kind != gpu.KindSoftware {
		d.splitAfter = splitAfter
	}
	d.storage = arena{d: d, types: p.storageTypes()}
	d.up = arena{d: d, types: p.stagingTypes(false), mapped: true, staging: true}
	d.down = arena{d: d, types: p.stagingTypes(true), mapped: true, staging: true}
	if err := d.cache.load(d); err != nil {
		h.close()
		return nil, fmt.Errorf("cannot open %s: %w", f.Info.Name, err)
	}
	return d, nil
}

// splitAfter is a tenth of what the least patient watchdogs allow a submission.
const splitAfter = 200 * time.Millisecond

// open panics when the device was closed: a programmer's error.
func (d *Device) open() {
	if d.closed {
		panic("vulkan: use of a closed device")
	}
}

// Info implements gpu.Device.
func (d *Device) Info() *gpu.Info { return &d.info }

// Reason says why this device was chosen.
func (d *Device) Reason() string { return d.reason }

// Stats implements gpu.Device. With Profile it waits, so that the times cover everything submitted.
func (d *Device) Stats() gpu.Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opt.Profile && !d.closed {
		d.finish(d.serial)
	}
	out := gpu.Stats{}
	for name, s := range d.stats {
		out[name] = gpu.KernelStats{Dispatches: s.dispatches, Time: s.time, Variant: s.variant}
	}
	return out
}

// Handles of the device, for code that shares it with a window: VkInstance, VkPhysicalDevice, VkDevice, VkQueue.
func (d *Device) Handles() (instance, physical, device, queue unsafe.Pointer) {
	return unsafe.Pointer(d.in.handle), unsafe.Pointer(d.p.handle), d.h.device(), d.h.queue()
}

// Exclusive runs f while nothing else uses the device's queue, which Vulkan allows to one thread at a time. f calls no
// method of the device.
func (d *Device) Exclusive(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// QueueFamily is the family of the device's queue.
func (d *Device) QueueFamily() uint32 { return uint32(d.p.family) }

// InstanceProc is the address of vkGetInstanceProcAddr.
func (d *Device) InstanceProc() unsafe.Pointer { return d.in.addr }

// Wait implements gpu.Device.
func (d *Device) Wait() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open()
	if err := d.finish(d.serial); err != nil {
		return err
	}
	return d.in.msgs.take()
}

// later runs free when everything submitted so far has finished.
func (d *Device) later(free func()) {
	if d.done == d.serial {
		free()
		return
	}
	d.garbage = append(d.garbage, waste{d.serial, free})
}

// poll retires the submissions that have finished, without waiting.
func (d *Device) poll() error {
	for len(d.inflight) > 0 && d.failure == nil {
		ok, err := d.h.fenceDone(d.inflight[0].fence)
		if err != nil {
			return d.fail(d.inflight[0].name, d.inflight[0].work, err)
		}
		if !ok {
			break
		}
		if err := d.retire(); err != nil {
			return err
		}
	}
	return d.failure
}

// finish waits until the submission of that serial is done.
func (d *Device) finish(serial uint64) error {
	for len(d.inflight) > 0 && d.inflight[0].serial <= serial && d.failure == nil {
		start := time.Now()
		if err := d.h.waitFence(d.inflight[0].fence); err != nil {
			return d.fail(d.inflight[0].name, d.inflight[0].work, err)
		}
		if w := d.inflight[0].work; w != nil {
			w.busy = max(w.busy, time.Since(start))
		}
		if err := d.retire(); err != nil {
			return err
		}
	}
	return d.failure
}

// retire takes the oldest submission, which has finished, off the list.
func (d *Device) retire() error {
	s := d.inflight[0]
	copy(d.inflight, d.inflight[1:])
	d.inflight[len(d.inflight)-1] = submission{}
	d.inflight = d.inflight[:len(d.inflight)-1]
	d.done = s.serial
	if err := d.h.resetFence(s.fence); err != nil {
		return d.fail(s.name, s.work, err)
	}
	d.fences = append(d.fences, s.fence)
	if s.work != nil {
		if err := d.harvest(s.work); err != nil {
			return d.fail(s.name, s.work, err)
		}
	}
	d.sweep()
	return nil
}

// sweep frees what waited for finished work.
func (d *Device) sweep() {
	n := 0
	for n < len(d.garbage) && d.garbage[n].serial <= d.done {
		d.garbage[n].free()
		n++
	}
	if n > 0 {
		d.garbage = append(d.garbage[:0], d.garbage[n:]...)
	}
}

// fail makes the loss of the device permanent; it names the recording and its kernels.
func (d *Device) fail(name string, work *instanceOf, err error) error {
	const most = 6
	var kernels []string
	if work != nil {
		for i, c := range work.counts {
			if i == most {
				kernels = append(kernels, fmt.Sprintf("%d more", len(work.counts)-most))
				break
			}
			kernels = append(kernels, c.stat.kernel)
		}
	}
	what := ""
	if len(kernels) > 0 {
		what = " (kernels " + strings.Join(kernels, ", ") + ")"
	}
	hint := ""
	if errors.Is(err, gpu.ErrDeviceLost) && !d.opt.Sync {
		hint = "; RADIA_SYNC=1 finds the kernel"
	}
	d.failure = fmt.Errorf("recording %s%s: %w on %s%s", name, what, err, d.info.Name, hint)
	return d.failure
}

// Close implements gpu.Device. It saves the pipeline cache, waits, destroys everything and reports what the validation
// layer said until the very end.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return d.shutdown
	}
	err := d.finish(d.serial)
	d.h.waitIdle() // after a loss this returns at once
	d.done = d.serial
	d.sweep()
	for _, e := range d.entries {
		d.discard(e)
	}
	if cerr := d.cache.save(d); err == nil {
		err = cerr
	}
	d.closed = true
	for _, s := range d.inflight {
		d.h.destroyFence(s.fence)
	}
	for _, f := range d.fences {
		d.h.destroyFence(f)
	}
	for _, list := range d.descPools {
		for _, p := range list {
			d.h.destroyDescriptorPool(p)
		}
	}
	for _, list := range d.queries {
		for _, q := range list {
			d.h.destroyQueryPool(q)
		}
	}
	for b := range d.buffers {
		d.h.destroyBuffer(b.handle)
		b.gone = true
	}
	d.storage.close()
	d.up.close()
	d.down.close()
	for _, p := range d.pipelines {
		d.h.destroyPipeline(p.handle)
	}
	for _, l := range d.pipeLayouts {
		d.h.destroyPipelineLayout(l)
	}
	for _, l := range d.setLayouts {
		d.h.destroySetLayout(l)
	}
	d.h.destroyCache(d.cache.handle)
	d.h.close()
	if merr := d.in.close(); err == nil {
		err = merr
	}
	d.shutdown = err
	return err
}
