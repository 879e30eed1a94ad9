// Package check holds computations against each other: a Case is one kernel with one set of inputs, an oracle in
// float64 and a planted fault, and runs on any device; Device (device.go) compares two devices after every dispatch.
package check

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// Case is one conformance case of one kernel. Every registered kernel has at least one.
type Case struct {
	// Name prints the shape and the seed, so that a failure can be replayed: "D3 F2 L16 hash n=1000 seed=7".
	Name   string
	Kernel *gpu.Kernel
	Groups [3]uint32
	Push   []byte
	Spec   []uint32
	// Args has one entry per binding.
	Args []Arg
	// Oracle computes the truth of each binding that the kernel writes, from the inputs alone, in float64 and from
	// the published formula. It must not call the twin.
	Oracle func() []Want
	// Variants holds, by variant name, the oracles of variants with other arithmetic than the twin's, whose error bounds
	// are wider; Oracle speaks for all others.
	Variants map[string]func() []Want
	// Fault is the twin with one deliberate mistake; the case must reject it.
	Fault func(*gpu.Call)
}

// Arg is the initial content of one binding.
type Arg struct {
	// Data is the input; nil for memory that the kernel writes completely, which starts as Size bytes of 0xFF (NaN).
	Data []byte
	Size int
}

// In makes an argument from a slice of 4-byte scalars.
func In[T any](s []T) Arg { return Arg{Data: gpu.Bytes(s)} }

// Out makes an output argument of n 4-byte words.
func Out(n int) Arg { return Arg{Size: 4 * n} }

// Want is the truth for one written binding: either float values with a tolerance each, or exact words.
type Want struct {
	Binding int
	Value   []float64 // with Tol: one tolerance per element, derived by the oracle
	Tol     []float64
	Words   []uint32 // exact alternative
	Bytes   func(got []byte) error
}

// canary surrounds every bound range; a kernel that writes beside its range is caught.
const canary = 256

// Run executes the case on the device and compares every written binding with the oracle, checks that read-only
// bindings and the canaries are untouched and that the device really ran the kernel. It returns the outputs by binding.
func (c *Case) Run(d gpu.Device) (map[int][]byte, error) {
	got, err := c.execute(d, c.Kernel)
	if err != nil {
		return nil, fmt.Errorf("%s [%s] on %s: %w", c.Kernel.Name, c.Name, d.Info().Backend, err)
	}
	oracle := c.Oracle
	if o := c.Variants[d.Stats()[c.Kernel.Name].Variant]; o != nil {
		oracle = o
	}
	if err := c.judge(got, oracle); err != nil {
		return nil, fmt.Errorf("%s [%s] on %s: %w", c.Kernel.Name, c.Name, d.Info().Backend, err)
	}
	return got, nil
}

// RunFault runs the planted fault on d, a host device in reference mode, and returns an error when the case accepts it.
func (c *Case) RunFault(d gpu.Device) error {
	if c.Fault == nil {
		return fmt.Errorf("%s [%s]: no planted fault", c.Kernel.Name, c.Name)
	}
	faulty := *c.Kernel
	faulty.Twin, faulty.SIMD = c.Fault, nil
	got, err := c.execute(d, &faulty)
	if err != nil {
		return nil // the harness noticed: canary, read-only input or missing dispatch
	}
	if c.judge(got, c.Oracle) == nil {
		return fmt.Errorf("%s [%s]: the planted fault is not noticed", c.Kernel.Name, c.Name)
	}
	for variant, oracle := range c.Variants {
		if c.judge(got, oracle) == nil {
			return fmt.Errorf("%s [%s]: the oracle of variant %s does not notice the planted fault", c.Kernel.Name, c.Name, variant)
		}
	}
	return nil
}

func (c *Case) execute(d gpu.Device, k *gpu.Kernel) (map[int][]byte, error) {
	l := k.Layout
	if len(c.Args) != len(l.Bindings) {
		return nil, fmt.Errorf("the case has %d arguments, the kernel %d bindings", len(c.Args), len(l.Bindings))
	}
	rec := gpu.NewRecording("case " + k.Name)
	binds := make([]gpu.Bind, len(c.Args))
	images := make([][]byte, len(c.Args)) // buffer contents including canaries
	for i, a := range c.Args {
		size := max(a.Size, len(a.Data))
		padded := (size + canary - 1) / canary * canary
		image := bytes.Repeat([]byte{0xA5}, padded+2*canary)
		body := image[canary : canary+size]
		if a.Data != nil {
			copy(body, a.Data)
		} else {
			for j := range body {
				body[j] = 0xFF
			}
		}
		b, err := d.NewBuffer(k.Name+"."+l.Bindings[i].Name, len(image))
		if err != nil {
			return nil, err
		}
		defer b.Release()
		images[i], binds[i] = image, gpu.Part(b, canary, size)
		rec.Upload(b, 0, image)
	}
	rec.Dispatch(k, c.Groups, c.Push, c.Spec, binds...)
	after := make([][]byte, len(images))
	for i := range images {
		after[i] = make([]byte, len(images[i]))
		rec.Download(binds[i].Buffer, 0, after[i])
	}
	before := d.Stats()[k.Name].Dispatches
	if err := d.Submit(rec); err != nil {
		return nil, err
	}
	if d.Stats()[k.Name].Dispatches != before+1 {
		return nil, fmt.Errorf("the device did not run the kernel")
	}
	got := map[int][]byte{}
	for i, b := range l.Bindings {
		size := binds[i].Size
		if !bytes.Equal(images[i][:canary], after[i][:canary]) || !bytes.Equal(images[i][canary+size:], after[i][canary+size:]) {
			return nil, fmt.Errorf("binding %s: wrote outside its range", b.Name)
		}
		body := after[i][canary : canary+size]
		if b.Access&gpu.Write == 0 {
			if !bytes.Equal(images[i], after[i]) {
				return nil, fmt.Errorf("binding %s: read-only memory was changed", b.Name)
			}
			continue
		}
		got[i] = body
	}
	return got, nil
}

// judge compares every written binding with the oracle.
func (c *Case) judge(got map[int][]byte, oracle func() []Want) error {
	wants := oracle()
	seen := map[int]bool{}
	for _, w := range wants {
		name := c.Kernel.Layout.Bindings[w.Binding].Name
		g, ok := got[w.Binding]
		if !ok {
			return fmt.Errorf("the oracle speaks of binding %s, which the kernel does not write", name)
		}
		seen[w.Binding] = true
		var err error
		switch {
		case w.Bytes != nil:
			err = w.Bytes(g)
		case w.Words != nil:
			err = cmp.Words(words(g), w.Words, cmp.Bound{Kind: cmp.Exact, Why: "integers"})
		default:
			err = cmp.Truth(floats(g), w.Value, w.Tol)
		}
		if err != nil {
			return fmt.Errorf("binding %s: %w", name, err)
		}
	}
	for i := range got {
		if !seen[i] {
			return fmt.Errorf("binding %s is written but the oracle says nothing of it", c.Kernel.Layout.Bindings[i].Name)
		}
	}
	return nil
}

// words and floats decode rather than alias: downloaded bytes need not be aligned.
func words(b []byte) []uint32 {
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

func floats(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}
