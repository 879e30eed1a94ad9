package gpu

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Device runs recordings. Its methods may be called from one goroutine at a time.
type Device interface {
	// Info describes the device; it does not change while the device is open.
	Info() *Info
	// NewBuffer allocates size bytes, zeroed. The name appears in errors and in the printed command stream.
	NewBuffer(name string, size int) (Buffer, error)
	// Submit starts the recording after everything submitted before it. When it contains a Download, Submit returns
	// after the recording has finished and the destinations are filled; otherwise it may return at once, and an error
	// of the execution is reported by a later Submit or Wait. A recording may be submitted any number of times.
	Submit(*Recording) error
	// Wait returns when everything submitted has finished.
	Wait() error
	// Stats returns what was executed since the device was opened, by kernel name.
	Stats() Stats
	// Close waits, then releases every resource that belongs to the device.
	Close() error
}

// Buffer is memory of one device.
type Buffer interface {
	Name() string
	Size() int
	// Release frees the memory; later use panics. Work already submitted is finished first.
	Release()
}

// DeviceKind orders devices by how a user thinks of them.
type DeviceKind uint8

const (
	KindHost       DeviceKind = iota // the CPU device of this program
	KindDiscrete                     // a GPU with memory of its own
	KindIntegrated                   // a GPU that shares the host's memory
	KindVirtual                      // a GPU behind a hypervisor
	KindSoftware                     // a Vulkan driver that runs on the CPU (lavapipe, SwiftShader)
)

// String is the word printed by `radia devices`.
func (k DeviceKind) String() string {
	return [...]string{"cpu", "discrete", "integrated", "virtual", "software"}[k]
}

// Info is what a device says of itself.
type Info struct {
	Name       string // as the driver or the processor calls itself
	Backend    string // "host" or "vulkan"
	Driver     string // driver name and version, or the instruction sets in use
	Kind       DeviceKind
	Limits     Limits
	Features   Features
	MemorySize int64 // bytes of the heap that buffers come from
}

// String is the one-line form that accompanies every measured figure.
func (i *Info) String() string {
	return fmt.Sprintf("%s (%s, %s)", i.Name, i.Backend, i.Driver)
}

// Limits bound what a recording may ask for.
type Limits struct {
	MaxBinding    int64 // bytes in one bound range
	MaxAllocation int64 // bytes of a buffer
	MaxGroups     [3]uint32
	MaxGroupSize  uint32    // invocations in a workgroup
	MaxGroupAxes  [3]uint32 // and along each axis
	Bindings      int       // storage buffers of a kernel
	SharedMemory  int       // bytes of workgroup memory
	PushBytes     int
	SubgroupSize  int
	OffsetAlign   int // alignment in bytes of a bound range's offset
	ComputeUnits  int // 0 when the device does not say
	TimestampBits int // 0: Profile reports no times
}

// Features are the optional abilities that select kernel variants.
type Features struct {
	Float16     bool // 16-bit float arithmetic in shaders
	Storage16   bool // 16-bit values in storage buffers
	AtomicFloat bool // float32 atomicAdd on storage buffers
	Subgroup    bool // basic, vote, arithmetic and ballot subgroup operations in compute shaders
	Shuffle     bool // subgroupShuffle in compute shaders
	Coop        []CoopShape
}

// CoopShape is one size of cooperative matrix: D[M][N] = A[M][K]*B[K][N] + C, with fp16 operands.
type CoopShape struct {
	M, N, K    uint32
	Accumulate string // "f16" or "f32": type of C and D
}

// CoopShape returns the shape that kernels use: the one with the most multiplications among those that sum in fp32 and
// whose sizes divide 16, the unit in which networks are padded.
func (f *Features) CoopShape() (CoopShape, bool) {
	var best CoopShape
	for _, s := range f.Coop {
		fits := s.Accumulate == "f32" && s.M > 0 && s.N > 0 && s.K > 0 && 16%s.M == 0 && 16%s.N == 0 && 16%s.K == 0
		if fits && s.M*s.N*s.K > best.M*best.N*best.K {
			best = s
		}
	}
	return best, best.M > 0
}

// Missing names the features that want lists and f lacks; empty means all are there. Names as in Variant.Needs.
func (f *Features) Missing(want []string) []string {
	var out []string
	for _, w := range want {
		ok := false
		switch w {
		case "float16":
			ok = f.Float16
		case "storage16":
			ok = f.Storage16
		case "atomicFloat":
			ok = f.AtomicFloat
		case "subgroup":
			ok = f.Subgroup
		case "shuffle":
			ok = f.Shuffle
		case "coop":
			_, ok = f.CoopShape()
		default:
			panic("gpu: unknown feature name " + w)
		}
		if !ok {
			out = append(out, w)
		}
	}
	return out
}

// Stats counts work by kernel; it answers "who computed this?".
type Stats map[string]KernelStats

// KernelStats is one kernel's share. Time is zero unless the device profiles.
type KernelStats struct {
	Dispatches int
	Time       time.Duration
	Variant    string // variant of the last dispatch ("" is the portable one; host: "twin" or "simd")
}

// Errors that callers can act on; devices wrap them with what was asked and what there is.
var (
	ErrNoDevice    = errors.New("no such device")
	ErrNoLoader    = errors.New("no Vulkan loader")
	ErrOutOfMemory = errors.New("out of device memory")
	ErrDeviceLost  = errors.New("device lost")
	ErrTooLarge    = errors.New("larger than the device allows")
	ErrValidation  = errors.New("Vulkan validation message")
	ErrUnsupported = errors.New("not supported by the device")
)

// Need formats the features a device lacks for an error or a table.
func Need(missing []string) string { return "needs " + strings.Join(missing, ", ") }
