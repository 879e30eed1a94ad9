package gpu

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/radia-go/radia/internal/cmp"
)

// Kernel is a value: a SPIR-V module in one or more variants, the layout that reflection found in it, and the same
// computation in Go.
type Kernel struct {
	Name   string
	Layout *Layout
	// Variants, best first; the last is the portable one with no needs. A device runs the first whose needs it meets.
	Variants []Variant
	// Twin computes the dispatch in float32 Go, statement for statement as the shader does.
	Twin func(*Call)
	// SIMD computes the dispatch with vector instructions and reports whether it covers the call; nil when there is
	// none. When it reports false it has written nothing.
	SIMD func(*Call) bool
	// Bounds declares, by binding name, how far a device may be from the twin. A written binding without an entry
	// must be equal bit by bit.
	Bounds map[string]cmp.Bound
}

// Variant is one compiled form of a kernel.
type Variant struct {
	Name  string   // "" for the portable form
	Needs []string // feature names as in Features.Missing
	SPIRV func() []byte
	// Fit plans a dispatch with the specialization values spec; the error says why the variant does not cover them on
	// this device. nil covers everything as asked.
	Fit func(info *Info, l *Layout, spec []uint32) (Plan, error)
	// Bounds replaces the kernel's, binding by binding, where the variant rounds more than the twin does.
	Bounds map[string]cmp.Bound
}

// Bound is how far the named variant may be from the twin in a binding; ok is false where nothing is declared.
func (k *Kernel) Bound(variant, binding string) (b cmp.Bound, ok bool) {
	for i := range k.Variants {
		if b, ok = k.Variants[i].Bounds[binding]; ok && k.Variants[i].Name == variant {
			return b, true
		}
	}
	b, ok = k.Bounds[binding]
	return b, ok
}

// Plan is how a device runs a variant. It is for kernels that loop over their work, so that the result depends neither
// on the workgroup size nor on the number of workgroups.
type Plan struct {
	Spec   []uint32 // specialization values in Layout.Spec order, with the workgroup size that suits the device
	Groups uint32   // the most workgroups of a dispatch that names its size; 0 is no limit
	Shape  Shape    // what the variant's matrices are; zero where it has none
	// Slow says why the device should rather run a variant further down the list although this one runs; "" where not.
	Slow string
}

// Shape is how invocations share the products of matrices: rows, columns and the length of sums of one product, and the
// consecutive invocations that compute it. It specialises the constants from FirstDeviceSpec on.
type Shape struct {
	CoopShape
	Subgroup uint32
}

// Specialization constants from FirstDeviceSpec on are not part of a Layout: a Plan's Shape fills them.
const (
	FirstDeviceSpec = 100
	SpecCoopM       = 100
	SpecCoopN       = 101
	SpecCoopK       = 102
	SpecSubgroup    = 103
	SpecInStep      = 104 // 1 where the lanes of a subgroup are those of a processor's vector: software drivers
)

// Plan says how a device runs the variant with the specialization values spec, or why it does not.
func (v *Variant) Plan(info *Info, l *Layout, spec []uint32) (Plan, error) {
	if m := info.Features.Missing(v.Needs); len(m) > 0 {
		return Plan{}, errors.New(Need(m))
	}
	p := Plan{Spec: spec}
	if v.Fit != nil {
		var err error
		if p, err = v.Fit(info, l, spec); err != nil {
			return Plan{}, err
		}
	}
	if shape, ok := info.Features.CoopShape(); ok && p.Shape.M == 0 && slices.Contains(v.Needs, "coop") {
		p.Shape = Shape{shape, uint32(info.Limits.SubgroupSize)}
	}
	return p, nil
}

// Choice is the variant that a device runs, and why it is not a better one.
type Choice struct {
	Variant *Variant
	Plan    Plan
	Passed  []string // one for each better variant: its name and the reason
}

// Choose picks the first variant that the device runs with these specialization values and that nothing further down beats;
// where each has such a fault, the first that runs.
func (k *Kernel) Choose(info *Info, spec []uint32) (Choice, error) {
	var c, slow Choice
	for i := range k.Variants {
		v := &k.Variants[i]
		name := v.Name
		if name == "" {
			name = "portable"
		}
		p, err := v.Plan(info, k.Layout, spec)
		switch {
		case err != nil:
			c.Passed = append(c.Passed, name+": "+err.Error())
			continue
		case p.Slow != "":
			if slow.Variant == nil {
				slow = Choice{v, p, slices.Clone(c.Passed)}
			}
			c.Passed = append(c.Passed, name+": "+p.Slow)
			continue
		}
		c.Variant, c.Plan = v, p
		return c, nil
	}
	if slow.Variant != nil {
		return slow, nil
	}
	return c, fmt.Errorf("kernel %s: %w: %s: %s", k.Name, ErrUnsupported, info.Name, strings.Join(c.Passed, "; "))
}

// Access says what a kernel does with a binding.
type Access uint8

const (
	Read Access = 1 << iota
	Write
	ReadWrite = Read | Write
)

// String is "read", "write" or "readwrite".
func (a Access) String() string { return [...]string{"none", "read", "write", "readwrite"}[a&3] }

// Layout is what a kernel's SPIR-V says about its interface. Descriptor set 0 only, storage buffers only.
type Layout struct {
	Bindings []Binding // Bindings[i] is binding number i
	Push     []Field   // members of the push-constant block, in offset order
	PushSize int       // bytes, at most 128
	Spec     []Spec    // specialization constants by ascending id; ids 0..2 are the workgroup size by convention
	Local    [3]uint32 // workgroup size when not specialised
	LocalIDs [3]int    // spec-constant ids of the workgroup size, -1 where it is fixed
}

// Binding is one storage buffer.
type Binding struct {
	Name   string
	Access Access
	Stride int // bytes per element of the runtime array, 0 when there is none
}

// Field is one member of the push-constant block.
type Field struct {
	Name   string
	Offset int
	Type   string // "uint", "int" or "float", with "[n]" for arrays
}

// Spec is a specialization constant.
type Spec struct {
	Name    string
	ID      uint32
	Default uint32
}

// SpecIndex finds a specialization constant by name; it panics when the kernel has none of that name.
func (l *Layout) SpecIndex(name string) int {
	for i, s := range l.Spec {
		if s.Name == name {
			return i
		}
	}
	panic("gpu: no specialization constant " + name)
}

// SpecValues returns the kernel's specialization values in Layout.Spec order: the defaults, overridden by set. A name
// that the kernel does not have panics: it is a programmer's error.
func (l *Layout) SpecValues(set map[string]uint32) []uint32 {
	out := make([]uint32, len(l.Spec))
	for i, s := range l.Spec {
		out[i] = s.Default
	}
	for name, v := range set {
		out[l.SpecIndex(name)] = v
	}
	return out
}

// GroupSize is the workgroup size under the given specialization values.
func (l *Layout) GroupSize(spec []uint32) [3]uint32 {
	size := l.Local
	for axis, id := range l.LocalIDs {
		if id < 0 {
			continue
		}
		for i, s := range l.Spec {
			if int(s.ID) == id {
				size[axis] = spec[i]
			}
		}
	}
	return size
}

// Call is one dispatch as a twin or a SIMD form receives it.
type Call struct {
	Kernel *Kernel
	Groups [3]uint32
	Push   []byte
	Spec   []uint32 // in Layout.Spec order
	Bind   [][]byte // Bind[i] is exactly the range bound at binding i
	Pool   Pool
}

// Pool spreads work over the device's cores.
type Pool interface {
	// Workers is the number of goroutines that Run uses at most.
	Workers() int
	// Run calls f(task, worker) for every task in [0, tasks), worker in [0, Workers()), and returns when all are done.
	// Which worker takes which task is not specified, so f must give the same result for any assignment.
	Run(tasks int, f func(task, worker int))
}

// SpecOf returns the value of the named specialization constant.
func (c *Call) SpecOf(name string) uint32 { return c.Spec[c.Kernel.Layout.SpecIndex(name)] }

// View reinterprets bound bytes as a slice of T, a type made of 4-byte scalars. Trailing bytes that do not fill a T
// are left out, as a shader's runtime array does.
func View[T any](b []byte) []T {
	var t T
	n := len(b) / int(unsafe.Sizeof(t))
	if n == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%4 != 0 {
		panic("gpu: View of memory that is not 4-byte aligned")
	}
	return unsafe.Slice((*T)(p), n)
}

// Bytes is the inverse of View: the memory of s as bytes.
func Bytes[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t)))
}

// PushOf reinterprets the push constants as *T and checks that the size is what the kernel declares.
func PushOf[T any](c *Call) *T {
	var t T
	if int(unsafe.Sizeof(t)) != c.Kernel.Layout.PushSize || len(c.Push) != c.Kernel.Layout.PushSize {
		panic(fmt.Sprintf("gpu: kernel %s has %d bytes of push constants, got %d for a %T",
			c.Kernel.Name, c.Kernel.Layout.PushSize, len(c.Push), t))
	}
	return (*T)(unsafe.Pointer(unsafe.SliceData(c.Push)))
}
