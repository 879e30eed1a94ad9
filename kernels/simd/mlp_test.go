package simd

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/radia-go/radia/gpu"
)

// mlpKernel is mlp_forward as far as its vector form looks at it.
var mlpKernel = func() *gpu.Kernel {
	l := &gpu.Layout{PushSize: 8, LocalIDs: [3]int{0, -1, -1}}
	for _, n := range []string{"WIDTH", "IN", "OUT", "HIDDEN", "ACT", "OUT_ACT", "SAVE"} {
		l.Spec = append(l.Spec, gpu.Spec{Name: n})
	}
	for _, b := range []string{"inputs", "weights", "counts", "outputs", "hidden"} {
		l.Bindings = append(l.Bindings, gpu.Binding{Name: b})
	}
	return &gpu.Kernel{Name: "mlp_forward", Layout: l}
}()

// mlpCase is a network with its batch.
type mlpCase struct {
	in, width, out, hidden int
	save                   bool
	n, capacity            int
}

func (m mlpCase) weights() int {
	if m.hidden == 0 {
		return m.in * m.out
	}
	return m.in*m.width + (m.hidden-1)*m.width*m.width + m.out*m.width
}

// forward evaluates n samples and returns the planes of outputs and of hidden activations, which hold a pattern before.
func (m mlpCase) forward(t *testing.T, v *vec, inputs, weights []float32) (out, hidden []uint32) {
	out, hidden = make([]uint32, m.out*m.capacity), make([]uint32, max(1, m.hidden*m.width)*m.capacity)
	for _, p := range [][]uint32{out, hidden} {
		for i := range p {
			p[i] = 0xFFFFFFFF
		}
	}
	save := uint32(0)
	if m.save {
		save = 1
	}
	c := &gpu.Call{Kernel: mlpKernel, Groups: [3]uint32{1, 1, 1}, Pool: serial{}, Push: gpu.Bytes([]uint32{uint32(m.capacity), 0}),
		Spec: []uint32{uint32(m.width), uint32(m.in), uint32(m.out), uint32(m.hidden), actReLU, actNone, save},
		Bind: [][]byte{gpu.Bytes(inputs), gpu.Bytes(weights), gpu.Bytes([]uint32{uint32(m.n)}), gpu.Bytes(out), gpu.Bytes(hidden)}}
	if !mlpForward(v, c) {
		t.Fatal("the form refused")
	}
	return out, hidden
}

// TestMLPCarry: long runs of blocks, whose products copy the blocks beside them, give the bits of the same samples evaluated
// in calls of one block, which copy nothing; what lies after the samples is left alone. Planes that leave each other room
// in the cache are not copied: both ways must occur.
func TestMLPCarry(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		var ways [2]int
		for i, m := range []mlpCase{
			{32, 64, 16, 1, false, 40 * block, 40 * block}, {32, 64, 16, 2, true, 40*block + 17, 40*block + 17},
			{16, 16, 16, 1, true, 33*block + 1, 40*block + 3}, {64, 16, 48, 3, true, 50*block - 1, 64 * block},
			{48, 48, 32, 0, false, 17*block + 47, 18 * block}, {16, 16, 256, 2, false, 16 * block, 16*block + 1},
			{256, 32, 16, 1, true, 18*block + 5, 18*block + 5}, {32, 64, 16, 2, true, 20*block + 9, 1<<10 + 16}, {32, 64, 16, 2, true, 20*block + 9, 1 << 10},
		} {
			if spread(4*m.capacity, max(m.in, m.width, m.out)) {
				ways[0]++
			} else {
				ways[1]++
			}
			t.Run(fmt.Sprint(m), func(t *testing.T) {
				const seed = 7
				rng := rand.New(rand.NewSource(seed + int64(i)))
				inputs, weights := make([]float32, m.in*m.capacity), make([]float32, m.weights())
				for _, p := range [][]float32{inputs, weights} {
					for i := range p {
						p[i] = rng.Float32() - 0.5
					}
				}
				out, hidden := m.forward(t, v, inputs, weights)
				wantOut, wantHidden := m.byBlocks(t, v, inputs, weights)
				if d := firstDifference(out, wantOut); d >= 0 {
					t.Fatalf("seed %d: output %d of sample %d is %x, want %x", seed, d/m.capacity, d%m.capacity, out[d], wantOut[d])
				}
				if d := firstDifference(hidden, wantHidden); m.save && d >= 0 {
					t.Fatalf("seed %d: hidden %d of sample %d is %x, want %x", seed, d/m.capacity, d%m.capacity, hidden[d], wantHidden[d])
				}
				// A planted fault: another value in the last plane of one block that a product carries in.
				inputs[(m.in-1)*m.capacity+5*block+3] += 1
				wrong, _ := m.forward(t, v, inputs, weights)
				if d := firstDifference(wrong, wantOut); d < 0 || d%m.capacity != 5*block+3 {
					t.Fatalf("a changed input of sample %d shows first at %d", 5*block+3, d)
				}
			})
		}
		if ways[0] < 2 || ways[1] < 2 {
			t.Errorf("%d cases in place, %d by copies", ways[0], ways[1])
		}
	})
}

// byBlocks evaluates one block in a call.
func (m mlpCase) byBlocks(t *testing.T, v *vec, inputs, weights []float32) (out, hidden []uint32) {
	out, hidden = make([]uint32, m.out*m.capacity), make([]uint32, max(1, m.hidden*m.width)*m.capacity)
	for _, p := range [][]uint32{out, hidden} {
		for i := range p {
			p[i] = 0xFFFFFFFF
		}
	}
	one := m
	one.capacity = block
	for first := 0; first < m.n; first += block {
		one.n = min(block, m.n-first)
		in := make([]float32, m.in*block)
		for r := range m.in {
			copy(in[r*block:], inputs[r*m.capacity+first:][:one.n])
		}
		o, h := one.forward(t, v, in, weights)
		for r := range m.out {
			copy(out[r*m.capacity+first:][:one.n], o[r*block:])
		}
		for r := range m.hidden * m.width {
			copy(hidden[r*m.capacity+first:][:one.n], h[r*block:])
		}
	}
	return out, hidden
}

// firstDifference is the first place where a and b differ or hold a NaN that was computed, -1 for none.
func firstDifference(a, b []uint32) int {
	for i := range a {
		if a[i] != b[i] || a[i] != 0xFFFFFFFF && math.IsNaN(float64(math.Float32frombits(a[i]))) {
			return i
		}
	}
	return -1
}
