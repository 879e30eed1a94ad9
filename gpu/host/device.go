// Package host is the CPU device: a worker pool that runs each kernel's SIMD form where it has one, else its twin.
// In reference mode it runs twins only.
package host

import (
	"fmt"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"github.com/radia-go/radia/gpu"
)

// Options configure a CPU device.
type Options struct {
	Threads   int  // 0: one per processor that the program may use
	Reference bool // run twins only
	Profile   bool // time each dispatch
	// MaxMemory refuses allocations beyond this many bytes in all; 0 means the machine's memory.
	MaxMemory int64
}

// Device implements gpu.Device on the calling machine's processor.
type Device struct {
	info    gpu.Info
	opt     Options
	pool    *pool
	stats   gpu.Stats
	used    int64
	closed  bool
	failure error
	call    gpu.Call // of the dispatch in progress, kept so that a dispatch makes no garbage
}

var _ gpu.Device = (*Device)(nil)

// Open starts the worker pool.
func Open(opt Options) *Device {
	if opt.Threads <= 0 {
		opt.Threads = runtime.GOMAXPROCS(0)
	}
	if opt.MaxMemory == 0 {
		opt.MaxMemory = systemMemory()
	}
	d := &Device{opt: opt, pool: newPool(opt.Threads), stats: gpu.Stats{}}
	d.info = gpu.Info{
		Name:    processorName(),
		Backend: "host",
		Driver:  fmt.Sprintf("%s, %d threads", strings.Join(instructionSets(opt.Reference), "+"), opt.Threads),
		Kind:    gpu.KindHost,
		Limits: gpu.Limits{
			MaxBinding:    1 << 40,
			MaxGroups:     [3]uint32{1<<31 - 1, 1<<31 - 1, 1<<31 - 1},
			MaxGroupSize:  1024,
			MaxAllocation: 1 << 40,
			MaxGroupAxes:  [3]uint32{1024, 1024, 1024},
			Bindings:      1 << 10,
			SharedMemory:  1 << 20,
			PushBytes:     128,
			SubgroupSize:  1,
			OffsetAlign:   4,
			ComputeUnits:  opt.Threads,
			TimestampBits: 64,
		},
		MemorySize: opt.MaxMemory,
	}
	return d
}

// Info implements gpu.Device.
func (d *Device) Info() *gpu.Info { return &d.info }

// Stats implements gpu.Device.
func (d *Device) Stats() gpu.Stats { return d.stats }

// Wait implements gpu.Device; the CPU device has nothing in flight after Submit.
func (d *Device) Wait() error { return d.failure }

// Close implements gpu.Device.
func (d *Device) Close() error {
	if !d.closed {
		d.closed = true
		d.pool.close()
	}
	return nil
}

// buffer is zeroed memory aligned to a cache line.
type buffer struct {
	device *Device
	name   string
	data   []byte
}

// NewBuffer implements gpu.Device.
func (d *Device) NewBuffer(name string, size int) (gpu.Buffer, error) {
	if size <= 0 {
		panic(fmt.Sprintf("host: buffer %s of %d bytes", name, size))
	}
	if d.used+int64(size) > d.opt.MaxMemory {
		return nil, fmt.Errorf("%w: buffer %s needs %d bytes, %d of %d are in use",
			gpu.ErrOutOfMemory, name, size, d.used, d.opt.MaxMemory)
	}
	d.used += int64(size)
	return &buffer{d, name, aligned(size)}, nil
}

// aligned allocates size bytes at a 64-byte boundary, with the length rounded up to whole words.
func aligned(size int) []byte {
	const line = 64
	raw := make([]byte, size+2*line)
	adviseHuge(raw)
	skip := int(-uintptr(unsafe.Pointer(&raw[0])) & (line - 1))
	return raw[skip : skip+size : skip+size]
}

func (b *buffer) Name() string { return b.name }
func (b *buffer) Size() int    { return len(b.data) }

func (b *buffer) Release() {
	b.device.used -= int64(len(b.data))
	b.data = nil
}

// Submit implements gpu.Device: it runs the recording to its end.
func (d *Device) Submit(r *gpu.Recording) error {
	if d.closed {
		panic("host: Submit on a closed device")
	}
	r.Seal()
	for _, c := range r.Commands {
		switch c := c.(type) {
		case *gpu.Upload:
			copy(d.bytes(c.Dst, c.Offset, len(c.Data)), c.Data)
		case *gpu.Download:
			copy(c.Data, d.bytes(c.Src, c.Offset, len(c.Data)))
		case *gpu.Copy:
			copy(d.bytes(c.Dst, c.DstOffset, c.Size), d.bytes(c.Src, c.SrcOffset, c.Size))
		case *gpu.Fill:
			d.fill(c)
		case *gpu.Dispatch:
			d.dispatch(c)
		default:
			panic(fmt.Sprintf("host: unknown command %T", c))
		}
	}
	return nil
}

// Bytes exposes the memory of a buffer of a host device, for code that already runs on the CPU.
func Bytes(b gpu.Buffer) []byte { return b.(*buffer).data }

func (d *Device) bytes(b gpu.Buffer, offset, size int) []byte {
	hb, ok := b.(*buffer)
	if !ok || hb.device != d {
		panic("host: buffer " + b.Name() + " belongs to another device")
	}
	if hb.data == nil {
		panic("host: buffer " + hb.name + " was released")
	}
	return hb.data[offset : offset+size : offset+size]
}

func (d *Device) fill(c *gpu.Fill) {
	words := gpu.View[uint32](d.bytes(c.Dst, c.Offset, c.Size))
	if c.Word == 0 {
		clear(words)
		return
	}
	for i := range words {
		words[i] = c.Word
	}
}

func (d *Device) dispatch(c *gpu.Dispatch) {
	k := c.Kernel
	call := &d.call
	*call = gpu.Call{Kernel: k, Groups: c.Groups, Push: c.Push, Spec: c.Spec, Bind: call.Bind[:0], Pool: d.pool}
	for _, b := range c.Binds {
		call.Bind = append(call.Bind, d.bytes(b.Buffer, b.Offset, b.Length()))
	}
	defer clear(call.Bind) // it must not outlive its buffers
	if c.Indirect.Buffer != nil {
		call.Groups = [3]uint32(gpu.View[uint32](d.bytes(c.Indirect.Buffer, c.Indirect.Offset, 12)))
	}
	s := d.stats[k.Name]
	var start time.Time
	if d.opt.Profile {
		start = time.Now()
	}
	s.Variant = "twin"
	if !d.opt.Reference && k.SIMD != nil && k.SIMD(call) {
		s.Variant = "simd"
	} else {
		k.Twin(call)
	}
	if d.opt.Profile {
		s.Time += time.Since(start)
	}
	s.Dispatches++
	d.stats[k.Name] = s
}
