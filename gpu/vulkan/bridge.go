//go:build cgo && (linux || darwin || freebsd)

package vulkan

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra
#cgo linux LDFLAGS: -ldl -lpthread
#include <stdlib.h>
#include "layer.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/radia-go/radia/gpu"
)

// This file is the only one that calls C.

var loader struct {
	once sync.Once
	addr unsafe.Pointer
	err  error
	// The binding keeps its function pointers in globals that InitInstance rewrites.
	mu sync.Mutex
}

// libraries are the loader's names, by whether this is macOS. libvulkan.so belongs to development packages and is
// only the second choice.
var libraries = map[bool][]string{
	false: {"libvulkan.so.1", "libvulkan.so"},
	true:  {"libvulkan.1.dylib", "libvulkan.dylib", "/usr/local/lib/libvulkan.dylib", "libMoltenVK.dylib"},
}

// openLibrary opens the first library there is and returns the address of its vkGetInstanceProcAddr.
func openLibrary(names []string) (unsafe.Pointer, error) {
	var msg [512]C.char
	list := words(names)
	defer C.free(unsafe.Pointer(list))
	addr := C.rvk_load(list, C.uint32_t(len(names)), &msg[0], C.size_t(len(msg)))
	if addr == nil {
		return nil, fmt.Errorf("%w: %s", gpu.ErrNoLoader, C.GoString(&msg[0]))
	}
	return addr, nil
}

// load opens the Vulkan loader once per process.
func load() (unsafe.Pointer, error) {
	loader.once.Do(func() {
		if loader.addr, loader.err = openLibrary(libraries[runtime.GOOS == "darwin"]); loader.err != nil {
			return
		}
		vk.SetGetInstanceProcAddr(loader.addr)
		if err := vk.Init(); err != nil {
			loader.err = fmt.Errorf("%w: %v", gpu.ErrNoLoader, err)
		}
	})
	return loader.addr, loader.err
}

// words joins names into the NUL-separated list that the C layer takes.
func words(names []string) *C.char { return C.CString(strings.Join(names, "\x00") + "\x00") }

// resultError turns a Vulkan result into an error that wraps the seam's.
func resultError(r C.VkResult) error {
	switch vk.Result(r) {
	case vk.Success:
		return nil
	case vk.ErrorOutOfDeviceMemory, vk.ErrorOutOfHostMemory:
		return fmt.Errorf("%w (%w)", gpu.ErrOutOfMemory, vk.Error(vk.Result(r)))
	case vk.ErrorDeviceLost:
		return gpu.ErrDeviceLost
	case vk.ErrorExtensionNotPresent, vk.ErrorFeatureNotPresent, vk.ErrorLayerNotPresent, vk.ErrorIncompatibleDriver:
		return fmt.Errorf("%w (%w)", gpu.ErrUnsupported, vk.Error(vk.Result(r)))
	}
	if err := vk.Error(vk.Result(r)); err != nil {
		return fmt.Errorf("%w (result %d)", err, int(r))
	}
	return fmt.Errorf("Vulkan result %d", int(r))
}

// messages collects what the validation layer says.
type messages struct {
	log *C.rvk_log
	buf []byte
}

// take returns the messages since the last call as one error, or nil.
func (m *messages) take() error {
	if m == nil || m.log == nil {
		return nil
	}
	if m.buf == nil {
		m.buf = make([]byte, 16<<10)
	}
	n := int(C.rvk_log_take(m.log, (*C.char)(unsafe.Pointer(&m.buf[0])), C.size_t(len(m.buf))))
	if n == 0 {
		return nil
	}
	text := C.GoString((*C.char)(unsafe.Pointer(&m.buf[0])))
	text, _, _ = strings.Cut(text, "\n")
	if n > 1 {
		return fmt.Errorf("%w: %s (and %d more)", gpu.ErrValidation, text, n-1)
	}
	return fmt.Errorf("%w: %s", gpu.ErrValidation, text)
}

// instance is a VkInstance with its message log.
type instance struct {
	addr     unsafe.Pointer
	handle   vk.Instance
	msgs     *messages
	attached bool
	version  uint32
	limits   gpu.Limits // see Options.Limits
	minimal  bool
}

const validationLayer = "VK_LAYER_KHRONOS_validation"

// version packs a Vulkan version number.
func version(major, minor uint32) uint32 { return major<<22 | minor<<12 }

func versionString(v uint32) string {
	return fmt.Sprintf("%d.%d.%d", v>>22&0x7f, v>>12&0x3ff, v&0xfff)
}

func newInstance(opt *Options) (*instance, error) {
	addr, err := load()
	if err != nil {
		return nil, err
	}
	in := &instance{addr: addr, limits: opt.limits, minimal: opt.minimal}
	has := func(layer, name string) bool {
		var l *C.char
		if layer != "" {
			l = C.CString(layer)
			defer C.free(unsafe.Pointer(l))
		}
		n := C.CString(name)
		defer C.free(unsafe.Pointer(n))
		return C.rvk_has_instance_extension(addr, l, n) != 0
	}
	in.version = uint32(C.rvk_instance_version(addr))
	if in.version < version(1, 1) {
		return nil, fmt.Errorf("%w: the Vulkan loader is version %s, 1.1 is the least", gpu.ErrUnsupported, versionString(in.version))
	}
	api := min(in.version, version(1, 3))
	extensions := append([]string(nil), opt.InstanceExtensions...)
	var flags uint32
	if has("", "VK_KHR_portability_enumeration") {
		extensions = append(extensions, "VK_KHR_portability_enumeration")
		flags = 1 // devices that implement a subset, such as MoltenVK
	}
	var layers []string
	if opt.Validate {
		name := C.CString(validationLayer)
		ok := C.rvk_has_layer(addr, name) != 0
		C.free(unsafe.Pointer(name))
		if !ok {
			return nil, fmt.Errorf("%w: validation was asked for, and the layer %s is not installed", gpu.ErrUnsupported, validationLayer)
		}
		layers = append(layers, validationLayer)
		extensions = append(extensions, "VK_EXT_debug_utils")
		if opt.ValidateSync {
			extensions = append(extensions, "VK_EXT_validation_features")
		}
		warnings := C.int(1)
		if opt.errorsOnly {
			warnings = 0
		}
		in.msgs = &messages{log: C.rvk_log_new(warnings)}
	}
	l, e := words(layers), words(extensions)
	defer C.free(unsafe.Pointer(l))
	defer C.free(unsafe.Pointer(e))
	sync := C.int(0)
	if opt.ValidateSync {
		sync = 1
	}
	var handle unsafe.Pointer
	var log *C.rvk_log
	if in.msgs != nil {
		log = in.msgs.log
	}
	r := C.rvk_create_instance(addr, C.uint32_t(api), C.uint32_t(flags), l, C.uint32_t(len(layers)), e, C.uint32_t(len(extensions)), log, sync, &handle)
	if err := resultError(r); err != nil {
		C.rvk_log_free(log)
		if vk.Result(r) == vk.ErrorIncompatibleDriver {
			return nil, fmt.Errorf("%w: the Vulkan loader finds no working driver", gpu.ErrNoDevice)
		}
		return nil, fmt.Errorf("cannot create a Vulkan instance: %w", err)
	}
	in.handle = vk.Instance(handle)
	in.version = api
	if log != nil {
		in.attached = C.rvk_log_attach(log, addr, handle) != 0
	}
	loader.mu.Lock()
	defer loader.mu.Unlock()
	if err := vk.InitInstance(in.handle); err != nil {
		in.close()
		return nil, fmt.Errorf("cannot use the Vulkan instance: %w", err)
	}
	return in, nil
}

// close destroys the instance and returns the last messages.
func (in *instance) close() error {
	if in.attached {
		C.rvk_log_detach(in.msgs.log, in.addr, unsafe.Pointer(in.handle))
	}
	vk.DestroyInstance(in.handle, nil)
	if in.msgs == nil {
		return nil
	}
	err := in.msgs.take()
	C.rvk_log_free(in.msgs.log)
	in.msgs.log = nil
	return err
}

// extensions lists what a physical device offers.
func (in *instance) extensions(p vk.PhysicalDevice) map[string]bool {
	list := C.rvk_extensions(in.addr, unsafe.Pointer(in.handle), unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(list))
	out := map[string]bool{}
	for at := unsafe.Pointer(list); at != nil && *(*byte)(at) != 0; {
		name := C.GoString((*C.char)(at))
		out[name] = true
		at = unsafe.Add(at, len(name)+1)
	}
	return out
}

// family picks the queue family: compute with timestamps, and graphics too where there is one, since that family can
// present to a window. It returns -1 when no family computes.
func (in *instance) family(p vk.PhysicalDevice) (index int, timestampBits int) {
	var list [32]C.rvk_family
	n := int(C.rvk_families(in.addr, unsafe.Pointer(in.handle), unsafe.Pointer(p), &list[0], C.uint32_t(len(list))))
	index = -1
	best := -1
	for i, f := range list[:n] {
		if f.flags&C.VK_QUEUE_COMPUTE_BIT == 0 || f.count == 0 {
			continue
		}
		score := 0
		if f.timestampBits > 0 {
			score += 2
		}
		if vk.QueueFlagBits(f.flags)&vk.QueueGraphicsBit != 0 {
			score++
		}
		if score > best {
			best, index, timestampBits = score, i, int(f.timestampBits)
		}
	}
	return index, timestampBits
}

// budget returns the free bytes that the driver reports for a heap.
func (in *instance) budget(p vk.PhysicalDevice, heap int) int64 {
	var budget, usage [16]C.uint64_t
	C.rvk_budget(in.addr, unsafe.Pointer(in.handle), unsafe.Pointer(p), &budget[0], &usage[0])
	if usage[heap] > budget[heap] {
		return 0
	}
	return int64(budget[heap] - usage[heap])
}

// caps is what the C layer reports of a physical device.
type caps struct{ c C.rvk_caps }

const (
	hasFloat16      = C.RVK_HAS_FLOAT16
	hasMemoryModel  = C.RVK_HAS_MEMORY_MODEL
	hasScalar       = C.RVK_HAS_SCALAR
	hasSubgroupSize = C.RVK_HAS_SUBGROUP_SIZE
	hasAtomicFloat  = C.RVK_HAS_ATOMIC_FLOAT
	hasCoop         = C.RVK_HAS_COOP
	hasDriver       = C.RVK_HAS_DRIVER
	hasBudget       = C.RVK_HAS_BUDGET
	hasNVSM         = C.RVK_HAS_NV_SM
	hasAMDCore      = C.RVK_HAS_AMD_CORE

	wantFloat16      = C.RVK_FLOAT16
	wantStorage16    = C.RVK_STORAGE16
	wantAtomicFloat  = C.RVK_ATOMIC_FLOAT
	wantScalar       = C.RVK_SCALAR
	wantMemoryModel  = C.RVK_MEMORY_MODEL
	wantSubgroupSize = C.RVK_SUBGROUP_SIZE
	wantCoop         = C.RVK_COOP
	wantDeviceScope  = C.RVK_MEMORY_MODEL_DEVICE

	opBarrier  = C.RVK_OP_BARRIER
	opHost     = C.RVK_OP_HOST
	opDispatch = C.RVK_OP_DISPATCH
	opIndirect = C.RVK_OP_INDIRECT
	opCopy     = C.RVK_OP_COPY
	opFill     = C.RVK_OP_FILL
	opReset    = C.RVK_OP_RESET
	opStamp    = C.RVK_OP_STAMP

	usageStaging = C.VK_BUFFER_USAGE_TRANSFER_SRC_BIT | C.VK_BUFFER_USAGE_TRANSFER_DST_BIT
	usageStorage = usageStaging | C.VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | C.VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT
)

func (in *instance) caps(p vk.PhysicalDevice, has uint32) *caps {
	c := new(caps)
	C.rvk_query(in.addr, unsafe.Pointer(in.handle), unsafe.Pointer(p), C.uint32_t(has), &c.c)
	return c
}

func (c *caps) has(feature uint32) bool { return uint32(c.c.features)&feature != 0 }

func (c *caps) driver() string {
	name, info := C.GoString(&c.c.driverName[0]), C.GoString(&c.c.driverInfo[0])
	return strings.TrimSpace(name + " " + info)
}

func (c *caps) uuid() (out [32]byte) {
	for i := range 16 {
		out[i], out[16+i] = byte(c.c.deviceUUID[i]), byte(c.c.driverUUID[i])
	}
	return out
}

func (c *caps) shapes() []gpu.CoopShape {
	var out []gpu.CoopShape
	for _, s := range c.c.shape[:c.c.shapes] {
		acc := "f16"
		if s[3] != 0 {
			acc = "f32"
		}
		out = append(out, gpu.CoopShape{M: uint32(s[0]), N: uint32(s[1]), K: uint32(s[2]), Accumulate: acc})
	}
	return out
}

// handle is the C side of an open device.
type handle struct{ d *C.rvk_device }

func openHandle(in *instance, p vk.PhysicalDevice, family int, features uint32, extensions []string, naming bool) (handle, error) {
	e := words(extensions)
	defer C.free(unsafe.Pointer(e))
	name := C.int(0)
	if naming {
		name = 1
	}
	var h handle
	r := C.rvk_open(in.addr, unsafe.Pointer(in.handle), unsafe.Pointer(p), C.uint32_t(family), C.uint32_t(features), e, C.uint32_t(len(extensions)), name, &h.d)
	return h, resultError(r)
}

func (h handle) close() {
	device := vk.Device(C.rvk_device_handle(h.d))
	C.rvk_close(h.d)
	vk.DestroyDevice(device, nil)
}

func (h handle) device() unsafe.Pointer { return unsafe.Pointer(C.rvk_device_handle(h.d)) }
func (h handle) queue() unsafe.Pointer  { return unsafe.Pointer(C.rvk_queue_handle(h.d)) }
func (h handle) waitIdle() error        { return resultError(C.rvk_wait_idle(h.d)) }

// need is what a buffer asks of its memory.
type need struct {
	size, align int64
	types       uint32
}

func (h handle) newBuffer(size int64, usage uint32, name string) (buffer uint64, n need, err error) {
	var cname *C.char
	if name != "" {
		cname = C.CString(name)
		defer C.free(unsafe.Pointer(cname))
	}
	var b, bytes, align C.uint64_t
	var types C.uint32_t
	err = resultError(C.rvk_buffer(h.d, C.uint64_t(size), C.uint32_t(usage), cname, &b, &bytes, &align, &types))
	return uint64(b), need{int64(bytes), int64(align), uint32(types)}, err
}

func (h handle) allocate(size int64, kind int, dedicated uint64, mapped bool) (memory uint64, ptr unsafe.Pointer, err error) {
	var m C.uint64_t
	flag := C.int(0)
	if mapped {
		flag = 1
	}
	err = resultError(C.rvk_allocate(h.d, C.uint64_t(size), C.uint32_t(kind), C.uint64_t(dedicated), flag, &m, &ptr))
	return uint64(m), ptr, err
}

func (h handle) bind(buffer, memory uint64, offset int64) error {
	return resultError(C.rvk_bind(h.d, C.uint64_t(buffer), C.uint64_t(memory), C.uint64_t(offset)))
}
func (h handle) destroyBuffer(b uint64)         { C.rvk_destroy_buffer(h.d, C.uint64_t(b)) }
func (h handle) free(m uint64)                  { C.rvk_free(h.d, C.uint64_t(m)) }
func (h handle) destroyPipeline(p uint64)       { C.rvk_destroy_pipeline(h.d, C.uint64_t(p)) }
func (h handle) destroyPipelineLayout(l uint64) { C.rvk_destroy_pipeline_layout(h.d, C.uint64_t(l)) }
func (h handle) destroySetLayout(l uint64)      { C.rvk_destroy_set_layout(h.d, C.uint64_t(l)) }
func (h handle) destroyCache(c uint64)          { C.rvk_destroy_cache(h.d, C.uint64_t(c)) }
func (h handle) destroyDescriptorPool(p uint64) { C.rvk_destroy_descriptor_pool(h.d, C.uint64_t(p)) }
func (h handle) destroyQueryPool(p uint64)      { C.rvk_destroy_query_pool(h.d, C.uint64_t(p)) }
func (h handle) destroyFence(f uint64)          { C.rvk_destroy_fence(h.d, C.uint64_t(f)) }

func (h handle) setLayout(bindings int) (uint64, error) {
	var l C.uint64_t
	err := resultError(C.rvk_set_layout(h.d, C.uint32_t(bindings), &l))
	return uint64(l), err
}

func (h handle) pipelineLayout(set uint64, push int) (uint64, error) {
	var l C.uint64_t
	err := resultError(C.rvk_pipeline_layout(h.d, C.uint64_t(set), C.uint32_t(push), &l))
	return uint64(l), err
}

func (h handle) newCache(data []byte) (uint64, error) {
	var c C.uint64_t
	err := resultError(C.rvk_cache(h.d, unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)), &c))
	return uint64(c), err
}

func (h handle) cacheData(cache uint64) ([]byte, error) {
	var size C.size_t
	if err := resultError(C.rvk_cache_data(h.d, C.uint64_t(cache), nil, &size)); err != nil || size == 0 {
		return nil, err
	}
	data := make([]byte, int(size))
	err := resultError(C.rvk_cache_data(h.d, C.uint64_t(cache), unsafe.Pointer(&data[0]), &size))
	return data[:int(size)], err
}

func (h handle) newPipeline(cache, layout uint64, code []byte, ids, values []uint32, subgroup uint32, full bool, name string) (uint64, error) {
	if len(code) < 20 || len(code)%4 != 0 {
		return 0, errors.New("the SPIR-V module is not a whole number of words")
	}
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	flag := C.int(0)
	if full {
		flag = 1
	}
	var p C.uint64_t
	err := resultError(C.rvk_pipeline(h.d, C.uint64_t(cache), C.uint64_t(layout), unsafe.Pointer(&code[0]), C.size_t(len(code)),
		(*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(ids))), (*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(values))),
		C.uint32_t(len(ids)), C.uint32_t(subgroup), flag, cname, &p))
	return uint64(p), err
}

func (h handle) newDescriptorPool(sets, descriptors int) (uint64, error) {
	var p C.uint64_t
	err := resultError(C.rvk_descriptor_pool(h.d, C.uint32_t(sets), C.uint32_t(descriptors), &p))
	return uint64(p), err
}

func (h handle) newQueryPool(count int) (uint64, error) {
	var p C.uint64_t
	err := resultError(C.rvk_query_pool(h.d, C.uint32_t(count), &p))
	return uint64(p), err
}

func (h handle) queryResults(pool uint64, out []uint64) error {
	return resultError(C.rvk_query_results(h.d, C.uint64_t(pool), C.uint32_t(len(out)), (*C.uint64_t)(unsafe.Pointer(&out[0]))))
}

func (h handle) newCommandBuffer() (unsafe.Pointer, error) {
	var cb unsafe.Pointer
	err := resultError(C.rvk_command_buffer(h.d, &cb))
	return cb, err
}

func (h handle) record(cb unsafe.Pointer, pool uint64, sets []uint64, nsets int, list []uint64, simultaneous bool) error {
	flag := C.int(0)
	if simultaneous {
		flag = 1
	}
	return resultError(C.rvk_record(h.d, cb, C.uint64_t(pool), (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(sets))), C.uint32_t(nsets),
		(*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(list))), C.size_t(len(list)), flag))
}

// submit takes command buffers, which are C pointers, in a slice of Go memory: C reads it during the call only.
func (h handle) submit(cbs []unsafe.Pointer, wait, signal, fence uint64) error {
	return resultError(C.rvk_submit(h.d, &cbs[0], C.uint32_t(len(cbs)), C.uint64_t(wait), C.uint64_t(signal), C.uint64_t(fence)))
}

func (h handle) newFence() (uint64, error) {
	var f C.uint64_t
	err := resultError(C.rvk_fence(h.d, &f))
	return uint64(f), err
}

// fenceDone reports whether the fence is signalled.
func (h handle) fenceDone(f uint64) (bool, error) {
	r := C.rvk_fence_status(h.d, C.uint64_t(f))
	if vk.Result(r) == vk.NotReady {
		return false, nil
	}
	return r == 0, resultError(r)
}

func (h handle) waitFence(f uint64) error  { return resultError(C.rvk_fence_wait(h.d, C.uint64_t(f))) }
func (h handle) resetFence(f uint64) error { return resultError(C.rvk_fence_reset(h.d, C.uint64_t(f))) }
