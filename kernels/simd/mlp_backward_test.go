package simd

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/radia-go/radia/gpu"
)

// mlpKernelOf is a kernel as far as its vector form looks at it.
func mlpKernelOf(name string, push int, spec, bindings []string) *gpu.Kernel {
	l := &gpu.Layout{PushSize: push, LocalIDs: [3]int{0, -1, -1}}
	for _, n := range spec {
		l.Spec = append(l.Spec, gpu.Spec{Name: n})
	}
	for _, b := range bindings {
		l.Bindings = append(l.Bindings, gpu.Binding{Name: b})
	}
	return &gpu.Kernel{Name: name, Layout: l}
}

var (
	mlpBackwardKernel = mlpKernelOf("mlp_backward", 8, []string{"WIDTH", "IN", "OUT", "HIDDEN", "ACT", "OUT_ACT", "INPUT"},
		[]string{"doutput", "outputs", "hidden", "weights", "counts", "dinput", "deltas"})
	mlpWeightsKernel = mlpKernelOf("mlp_weights", 12, []string{"WIDTH", "IN", "OUT", "HIDDEN", "ACT"},
		[]string{"inputs", "hidden", "deltas", "counts", "partial"})
)

// mlpTraining is what the backward pass reads, plane by plane.
type mlpTraining struct {
	mlpCase
	reluOut                        bool
	inputs, outputs, doutput, kept [][]float32
	weight                         []float32
}

func (m mlpCase) training(rng *rand.Rand, reluOut bool) *mlpTraining {
	planes := func(n int) [][]float32 {
		p := make([][]float32, n)
		for i := range p {
			p[i] = make([]float32, m.n)
			for j := range p[i] {
				p[i][j] = rng.Float32() - 0.5
			}
		}
		return p
	}
	s := &mlpTraining{mlpCase: m, reluOut: reluOut, inputs: planes(m.in), outputs: planes(m.out), doutput: planes(m.out), kept: planes(max(1, m.hidden*m.width))}
	for range m.weights() {
		s.weight = append(s.weight, rng.Float32()-0.5)
	}
	return s
}

// lay puts planes at a capacity; what lies behind the samples is not a number.
func lay(planes [][]float32, capacity int) []uint32 {
	out := make([]uint32, len(planes)*capacity)
	for i := range out {
		out[i] = 0xFFFFFFFF
	}
	for i, p := range planes {
		copy(out[i*capacity:], gpu.View[uint32](gpu.Bytes(p)))
	}
	return out
}

// calls are the two kernels of the backward pass, and what they write: the gradients of inputs and of pre-activations, and the
// slices of those of weights.
func (s *mlpTraining) calls(capacity, slices int) (back, weights *gpu.Call, dinput, deltas, partial []uint32) {
	dinput, deltas = lay(make([][]float32, s.in), capacity), lay(make([][]float32, s.hidden*s.width+s.out), capacity)
	partial = make([]uint32, slices*len(s.weight))
	out := uint32(actNone)
	if s.reluOut {
		out = actReLU
	}
	shape := []uint32{uint32(s.width), uint32(s.in), uint32(s.out), uint32(s.hidden), actReLU}
	counts, kept := gpu.Bytes([]uint32{uint32(s.n)}), gpu.Bytes(lay(s.kept, capacity))
	back = &gpu.Call{Kernel: mlpBackwardKernel, Groups: [3]uint32{1, 1, 1}, Pool: workers(3), Push: gpu.Bytes([]uint32{uint32(capacity), 0}),
		Spec: append(shape[:5:5], out, 1),
		Bind: [][]byte{gpu.Bytes(lay(s.doutput, capacity)), gpu.Bytes(lay(s.outputs, capacity)), kept, gpu.Bytes(s.weight), counts, gpu.Bytes(dinput), gpu.Bytes(deltas)}}
	weights = &gpu.Call{Kernel: mlpWeightsKernel, Groups: [3]uint32{1, 1, 1}, Pool: workers(3), Push: gpu.Bytes([]uint32{uint32(capacity), 0, uint32(slices)}), Spec: shape,
		Bind: [][]byte{gpu.Bytes(lay(s.inputs, capacity)), kept, gpu.Bytes(deltas), counts, gpu.Bytes(partial)}}
	return back, weights, dinput, deltas, partial
}

// backward runs both kernels.
func (s *mlpTraining) backward(t *testing.T, v *vec, capacity, slices int) (dinput, deltas, partial []uint32) {
	t.Helper()
	back, weights, dinput, deltas, partial := s.calls(capacity, slices)
	if !mlpBackward(v, back) || !mlpWeights(v, weights) {
		t.Fatal("a form refused")
	}
	return dinput, deltas, partial
}

// TestMLPBackwardInPlace: planes that are worked on where they lie give the bits of planes that are copied block by block, and
// what lies behind the samples is left alone.
func TestMLPBackwardInPlace(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		for i, m := range []mlpCase{
			{in: 32, width: 64, out: 16, hidden: 1, n: 7 * block}, {in: 32, width: 64, out: 16, hidden: 2, n: 9*block + 17},
			{in: 16, width: 16, out: 16, hidden: 1, n: 5*block + 1}, {in: 64, width: 16, out: 48, hidden: 3, n: 6*block - 1},
			{in: 48, width: 48, out: 32, hidden: 0, n: 5*block + 47}, {in: 16, width: 16, out: 16, hidden: 1, n: 3}, {in: 16, width: 16, out: 16, hidden: 1},
		} {
			t.Run(fmt.Sprint(m), func(t *testing.T) {
				const seed, slices, packed = 11, 3, 512
				s := m.training(rand.New(rand.NewSource(seed+int64(i))), i%2 == 1)
				apart := packed + 16
				if m.n > packed || !spread(4*apart, max(m.in, m.width, m.out)) || spread(4*packed, max(64, m.in)) {
					t.Fatal("the two capacities must take the two ways")
				}
				dinput, deltas, partial := s.backward(t, v, apart, slices)
				wantInput, wantDeltas, wantPartial := s.backward(t, v, packed, slices)
				if d := s.difference(dinput, wantInput, apart, packed); d >= 0 {
					t.Errorf("seed %d: gradient of input %d differs", seed, d)
				}
				if d := s.difference(deltas, wantDeltas, apart, packed); d >= 0 {
					t.Errorf("seed %d: delta %d differs", seed, d)
				}
				if d := firstDifference(partial, wantPartial); d >= 0 {
					t.Errorf("seed %d: partial sum %d is %x, want %x", seed, d, partial[d], wantPartial[d])
				}
				if m.n < 2*block {
					return
				}
				// The planted fault: one other gradient in the second block.
				s.doutput[0][block+5], s.outputs[0][block+5] = s.doutput[0][block+5]+1, 1
				wrong, _, sums := s.backward(t, v, apart, slices)
				if s.difference(wrong, wantInput, apart, packed) < 0 || firstDifference(sums, wantPartial) < 0 {
					t.Error("a changed gradient shows nowhere")
				}
			})
		}
	})
}

// difference is the first plane in which samples differ or something behind them was written, -1 for none.
func (s *mlpTraining) difference(a, b []uint32, strideA, strideB int) int {
	for p := range len(a) / strideA {
		if firstDifference(a[p*strideA:][:s.n], b[p*strideB:][:s.n]) >= 0 {
			return p
		}
		for _, x := range a[p*strideA:][s.n:strideA] {
			if x != 0xFFFFFFFF {
				return p
			}
		}
	}
	return -1
}

// BenchmarkMLPBackward times both kernels of the backward pass, on planes that are worked on where they lie and on planes that
// are copied block by block.
func BenchmarkMLPBackward(b *testing.B) {
	const slices = 32
	m := mlpCase{in: 32, width: 64, out: 16, hidden: 2, n: 1 << 14}
	s := m.training(rand.New(rand.NewSource(1)), false)
	for name, capacity := range map[string]int{"apart": 1<<14 + 16, "packed": 1 << 14} {
		b.Run(name, func(b *testing.B) {
			back, weights, _, _, _ := s.calls(capacity, slices)
			report(b, s.n, func() { mlpBackward(active, back); mlpWeights(active, weights) })
		})
	}
}
