package conformance

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() {
	add(mlpForward)
	add(mlpBackward)
	add(mlpWeights)
}

// planes wants the first n values of each plane of capacity values, indexed [plane][sample], and everything behind them
// as it was before the kernel ran.
func planes(binding, n, capacity int, want [][]oracle.Val) check.Want {
	return check.Want{Binding: binding, Bytes: func(got []byte) error {
		words := gpu.View[uint32](append([]byte(nil), got...))
		if len(words) != capacity*len(want) {
			return fmt.Errorf("%d words, want %d planes of %d", len(words), len(want), capacity)
		}
		var values []float32
		var truth, tol []float64
		for p, plane := range want {
			for i, v := range plane {
				values = append(values, math.Float32frombits(words[p*capacity+i]))
				truth, tol = append(truth, v.V), append(tol, v.E)
			}
			for i := n; i < capacity; i++ {
				if words[p*capacity+i] != 0xFFFFFFFF {
					return fmt.Errorf("plane %d: sample %d of %d was written", p, i, n)
				}
			}
		}
		if n == 0 {
			return nil
		}
		return cmp.Truth(values, truth, tol)
	}}
}

// transposed turns [sample][value] into [value][sample].
func transposed(rows [][]oracle.Val, values int) [][]oracle.Val {
	out := make([][]oracle.Val, values)
	for v := range out {
		for _, r := range rows {
			out[v] = append(out[v], r[v])
		}
	}
	return out
}

// uniform fills planes × capacity values from -scale to scale; samples from n on are NaN, so that reading one shows.
func uniform(rng *pcg32.Source, count, n, capacity int, scale float32) []float32 {
	out := make([]float32, count*capacity)
	for i := range out {
		out[i] = (rng.Float32()*2 - 1) * scale
		if i%capacity >= n {
			out[i] = float32(math.NaN())
		}
	}
	return out
}

// column is sample s of every plane.
func column(planes []float32, count, capacity, s int) []oracle.Val {
	out := make([]oracle.Val, count)
	for p := range out {
		out[p] = oracle.Exact(planes[p*capacity+s])
	}
	return out
}

type mlpShape struct {
	m    kernels.MLP
	n    int
	seed uint64
	// infer: mlp_forward keeps nothing for the backward pass.
	infer bool
}

func (s mlpShape) String() string {
	return fmt.Sprintf("%d-%dx%d-%d %v %v n=%d seed=%d", s.m.In, s.m.Width, s.m.Hidden, s.m.Out, s.m.Act, s.m.OutAct, s.n, s.seed)
}

// mlpShapes covers every width, activation and kind of batch size: none, one, around a tile, many.
func mlpShapes() []mlpShape {
	mlp := func(in, width, hidden, out int, act, outAct kernels.Activation) kernels.MLP {
		return kernels.MLP{In: in, Width: width, Hidden: hidden, Out: out, Act: act, OutAct: outAct}
	}
	shapes := []mlpShape{
		{mlp(32, 64, 1, 16, kernels.ActReLU, kernels.ActNone), 1000, 1, true},
		{mlp(32, 64, 2, 16, kernels.ActReLU, kernels.ActNone), 65, 2, false},
		{mlp(16, 16, 1, 16, kernels.ActReLU, kernels.ActSigmoid), 63, 3, false},
		{mlp(48, 32, 3, 32, kernels.ActLeakyReLU, kernels.ActReLU), 64, 4, false},
		{mlp(80, 128, 2, 48, kernels.ActReLU, kernels.ActExponential), 33, 5, false},
		{mlp(160, 64, 8, 16, kernels.ActReLU, kernels.ActNone), 17, 6, false},
		{mlp(32, 64, 2, 16, kernels.ActReLU, kernels.ActNone), 0, 7, false},
		{mlp(32, 64, 2, 16, kernels.ActReLU, kernels.ActNone), 1, 8, false},
		{mlp(96, 256, 2, 16, kernels.ActReLU, kernels.ActNone), 19, 9, false},
		{mlp(48, 48, 2, 32, kernels.ActReLU, kernels.ActNone), 70, 10, false},
		{mlp(48, 48, 0, 16, kernels.ActReLU, kernels.ActNone), 70, 11, false},
		{mlp(32, 32, 0, 16, kernels.ActReLU, kernels.ActSiLU), 9, 12, false},
		{mlp(32, 64, 4, 16, kernels.ActReLU, kernels.ActNone), 90, 13, true},
		{mlp(16, 48, 8, 32, kernels.ActLeakyReLU, kernels.ActTanh), 21, 14, true},
		{mlp(112, 176, 2, 16, kernels.ActReLU, kernels.ActNone), 33, 15, true},
	}
	for act := kernels.ActNone; act <= kernels.ActTanh; act++ {
		shapes = append(shapes, mlpShape{mlp(16, 16, 2, 16, act, act), 37, 20 + uint64(act), false})
	}
	return shapes
}

// spare is how many samples the arrays hold beyond n.
const spare = 5

func (s mlpShape) capacity() int { return s.n + spare }

// xavier draws weights with the variance 2/(fan in + fan out) of every matrix.
func xavier(rng *pcg32.Source, m kernels.MLP) []float32 {
	w := make([]float32, 0, m.Weights())
	for l := 0; l <= m.Hidden; l++ {
		rows, cols := m.Width, m.Width
		if l == 0 {
			cols = m.In
		}
		if l == m.Hidden {
			rows = m.Out
		}
		scale := float32(math.Sqrt(6 / float64(rows+cols)))
		if m.Act == kernels.ActExponential {
			scale /= 4 // a tower of exponentials leaves the range of float32
		}
		for range rows * cols {
			w = append(w, (rng.Float32()*2-1)*scale)
		}
	}
	return w
}

func truth(m kernels.MLP, w []float32) *oracle.MLP {
	return &oracle.MLP{In: m.In, Width: m.Width, Out: m.Out, Hidden: m.Hidden, Act: m.Act.String(), OutAct: m.OutAct.String(), Weights: w}
}

// mlpTile is a number of samples whose activations fit into 16 KiB.
func mlpTile(rows int) uint32 {
	tile := uint32(64)
	for uint32(rows)*tile > 4096 {
		tile /= 2
	}
	return tile
}

// flipWeights is a fault: the twin runs with rows of the first matrix in reverse order.
func flipWeights(twin func(*gpu.Call), binding, in int) func(*gpu.Call) {
	return func(c *gpu.Call) {
		wrong := *c
		wrong.Bind = append([][]byte(nil), c.Bind...)
		w := append([]float32(nil), gpu.View[float32](c.Bind[binding])...)
		for r := range 16 { // every first matrix has at least 16 rows
			slices.Reverse(w[r*in : (r+1)*in])
		}
		wrong.Bind[binding] = gpu.Bytes(w)
		twin(&wrong)
	}
}

// oneMore is a fault: the twin works on one sample beyond the count.
func oneMore(twin func(*gpu.Call), binding, index int) func(*gpu.Call) {
	return func(c *gpu.Call) {
		wrong := *c
		wrong.Bind = append([][]byte(nil), c.Bind...)
		counts := append([]uint32(nil), gpu.View[uint32](c.Bind[binding])...)
		counts[index]++
		wrong.Bind[binding] = gpu.Bytes(counts)
		twin(&wrong)
	}
}

func mlpForward() []*check.Case { return mlpForwardOf(mlpShapes()) }

func mlpForwardOf(shapes []mlpShape) []*check.Case {
	var out []*check.Case
	for _, s := range shapes {
		rng := source(s.seed)
		m, capacity := s.m, s.capacity()
		input := uniform(rng, m.In, s.n, capacity, 1)
		w := xavier(rng, m)
		save := uint32(1)
		if s.infer || m.HiddenPlanes() == 0 {
			save = 0
		}
		kept := max(m.HiddenPlanes(), 1) // planes of the binding
		spec := kernels.DefaultMlpForwardSpec()
		spec.Width, spec.In, spec.Out, spec.Hidden = uint32(m.Width), uint32(m.In), uint32(m.Out), uint32(m.Hidden)
		spec.Act, spec.OutAct, spec.Save, spec.Tile = uint32(m.Act), uint32(m.OutAct), save, mlpTile(max(m.In, m.Width))
		fault := flipWeights(kernels.MLPForward.Twin, 1, m.In)
		if s.n == 0 {
			fault = oneMore(kernels.MLPForward.Twin, 2, 1)
		}
		want := func(forward func(*oracle.MLP, []oracle.Val) ([][]oracle.Val, []oracle.Val)) func() []check.Want {
			return sync.OnceValue(func() []check.Want {
				net := truth(m, w)
				var hidden, result [][]oracle.Val
				for i := range s.n {
					layers, y := forward(net, column(input, m.In, capacity, i))
					var all []oracle.Val
					for l, k := range layers {
						if l < m.Hidden || oracle.KeepsArgument(net.OutAct) {
							all = append(all, k...)
						}
					}
					hidden, result = append(hidden, all), append(result, y)
				}
				want := []check.Want{planes(3, s.n, capacity, transposed(result, m.Out))}
				if save != 0 {
					return append(want, planes(4, s.n, capacity, transposed(hidden, m.HiddenPlanes())))
				}
				return append(want, planes(4, 0, capacity, make([][]oracle.Val, kept)))
			})
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("%v save=%d", s, save),
			Kernel: kernels.MLPForward,
			// Fewer workgroups than tiles: each loops over several.
			Groups: [3]uint32{max(1, uint32(s.n)/spec.Tile/2), 1, 1},
			Push:   kernels.MlpForwardPush{Capacity: uint32(capacity), CountIndex: 1}.Bytes(),
			Spec:   spec.Values(),
			Args: []check.Arg{check.In(input), check.In(w), check.In([]uint32{12345, uint32(s.n)}),
				check.Out(m.Out * capacity), check.Out(kept * capacity)},
			Oracle:   want((*oracle.MLP).Forward),
			Variants: halfForms(want((*oracle.MLP).HalfForward)),
			Fault:    fault,
		})
	}
	return out
}

// keptValues draws what a forward pass could have kept: any argument, or a value in the range of the activation.
func keptValues(rng *pcg32.Source, act kernels.Activation, count, n, capacity int) []float32 {
	v := uniform(rng, count, n, capacity, 1)
	for i, x := range v {
		switch act {
		case kernels.ActReLU:
			if x < 0 {
				v[i] = 0
			}
		case kernels.ActExponential, kernels.ActSigmoid, kernels.ActSquareplus, kernels.ActSoftplus:
			v[i] = x*0.45 + 0.5
		case kernels.ActTanh:
			v[i] = x * 0.9
		}
	}
	return v
}

// keptLayers gathers what is kept of sample s by layer; the last entry belongs to the output activation.
func keptLayers(m kernels.MLP, hidden, output []float32, capacity, s int) [][]oracle.Val {
	var out [][]oracle.Val
	for l := range m.Hidden {
		out = append(out, column(hidden[l*m.Width*capacity:], m.Width, capacity, s))
	}
	if oracle.KeepsArgument(m.OutAct.String()) {
		return append(out, column(hidden[m.Hidden*m.Width*capacity:], m.Out, capacity, s))
	}
	return append(out, column(output, m.Out, capacity, s))
}

func mlpBackward() []*check.Case { return mlpBackwardOf(mlpShapes()) }

func mlpBackwardOf(shapes []mlpShape) []*check.Case {
	var out []*check.Case
	for i, s := range shapes {
		rng := source(s.seed + 100)
		m, capacity := s.m, s.capacity()
		dout := uniform(rng, m.Out, s.n, capacity, 1)
		for k := range dout { // some batches hold samples of very different sizes
			if s.seed%3 == 1 {
				dout[k] = float32(math.Ldexp(float64(dout[k]), 12*(k%capacity%9)-48))
			}
		}
		output := keptValues(rng, m.OutAct, m.Out, s.n, capacity)
		hidden := keptValues(rng, m.Act, m.Hidden*m.Width, s.n, capacity)
		if m.HiddenPlanes() == 0 {
			hidden = uniform(rng, 1, 0, capacity, 1) // bound but not read
		}
		if m.HiddenPlanes() > m.Hidden*m.Width {
			hidden = append(hidden, uniform(rng, m.Out, s.n, capacity, 1)...)
		}
		w := xavier(rng, m)
		spec := kernels.DefaultMlpBackwardSpec()
		spec.Width, spec.In, spec.Out, spec.Hidden = uint32(m.Width), uint32(m.In), uint32(m.Out), uint32(m.Hidden)
		spec.Act, spec.OutAct, spec.Input, spec.Tile = uint32(m.Act), uint32(m.OutAct), 1, mlpTile(max(m.Out, m.Width))
		if i == 1 {
			spec.Input = 0
		}
		fault := flipWeights(kernels.MLPBackward.Twin, 3, m.In)
		switch {
		case s.n == 0:
			fault = oneMore(kernels.MLPBackward.Twin, 4, 1)
		case spec.Input == 0: // the deltas of the ReLU layers with the mask left out
			fault = func(c *gpu.Call) {
				wrong := *c
				wrong.Spec = append([]uint32(nil), c.Spec...)
				wrong.Spec[c.Kernel.Layout.SpecIndex("ACT")] = uint32(kernels.ActNone)
				kernels.MLPBackward.Twin(&wrong)
			}
		}
		want := func(backward func(*oracle.MLP, [][]oracle.Val, []oracle.Val) ([][]oracle.Val, []oracle.Val)) func() []check.Want {
			return sync.OnceValue(func() []check.Want {
				net := truth(m, w)
				var deltas, dinput [][]oracle.Val
				for i := range s.n {
					d, dx := backward(net, keptLayers(m, hidden, output, capacity, i), column(dout, m.Out, capacity, i))
					var all []oracle.Val
					for _, layer := range d {
						all = append(all, layer...)
					}
					deltas, dinput = append(deltas, all), append(dinput, dx)
				}
				want := []check.Want{planes(6, s.n, capacity, transposed(deltas, m.DeltaPlanes()))}
				if spec.Input == 0 {
					return append(want, planes(5, 0, capacity, make([][]oracle.Val, m.In)))
				}
				return append(want, planes(5, s.n, capacity, transposed(dinput, m.In)))
			})
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("%v input=%d", s, spec.Input),
			Kernel: kernels.MLPBackward,
			Groups: [3]uint32{max(1, uint32(s.n)/spec.Tile/2), 1, 1},
			Push:   kernels.MlpBackwardPush{Capacity: uint32(capacity), CountIndex: 1}.Bytes(),
			Spec:   spec.Values(),
			Args: []check.Arg{check.In(dout), check.In(output), check.In(hidden), check.In(w),
				check.In([]uint32{12345, uint32(s.n)}), check.Out(m.In * capacity), check.Out(m.DeltaPlanes() * capacity)},
			Oracle:   want((*oracle.MLP).Backward),
			Variants: halfForms(want((*oracle.MLP).HalfBackward)),
			Fault:    fault,
		})
	}
	return out
}

func mlpWeights() []*check.Case { return mlpWeightsOf(mlpShapes()) }

func mlpWeightsOf(shapes []mlpShape) []*check.Case {
	var out []*check.Case
	for i, s := range shapes {
		parts := []int{7, 3, 1, 2}[i%4]
		rng := source(s.seed + 200)
		m, capacity := s.m, s.capacity()
		input := uniform(rng, m.In, s.n, capacity, 1)
		hidden := keptValues(rng, m.Act, max(m.HiddenPlanes(), 1), s.n, capacity)
		deltas, most := uniform(rng, m.DeltaPlanes(), s.n, capacity, 1), 1.0
		for k := range deltas { // that grow within a slice, from part to part of what a workgroup has at a time
			if s.seed == 1 {
				deltas[k] = float32(math.Ldexp(float64(deltas[k]), k%capacity%143/12-6))
				most = 0x1p5
			}
		}
		spec := kernels.DefaultMlpWeightsSpec()
		spec.Width, spec.In, spec.Out, spec.Hidden = uint32(m.Width), uint32(m.In), uint32(m.Out), uint32(m.Hidden)
		spec.Act = uint32(m.Act)
		rows, blocks := m.Width, 0
		for l := 0; l <= m.Hidden; l++ {
			cols := m.Width
			if l == 0 {
				cols = m.In
			}
			if l == m.Hidden {
				rows = m.Out
			}
			blocks += (rows + 31) / 32 * ((cols + 31) / 32)
		}
		fault := func(c *gpu.Call) { // the last sample is left out
			wrong := *c
			wrong.Bind = append([][]byte(nil), c.Bind...)
			wrong.Bind[3] = gpu.Bytes([]uint32{12345, uint32(s.n - 1)})
			kernels.MLPWeights.Twin(&wrong)
		}
		if s.n == 0 {
			fault = oneMore(kernels.MLPWeights.Twin, 3, 1)
		}
		want := func(half bool) func() []check.Want {
			return sync.OnceValue(func() []check.Want {
				net := truth(m, nil)
				var value, tol []float64
				for slice := range parts {
					var d, a [][][]oracle.Val
					for i := slice * s.n / parts; i < (slice+1)*s.n/parts; i++ {
						var layers [][]oracle.Val
						for l := range m.Hidden {
							layers = append(layers, column(deltas[l*m.Width*capacity:], m.Width, capacity, i))
						}
						d = append(d, append(layers, column(deltas[m.Hidden*m.Width*capacity:], m.Out, capacity, i)))
						kept := make([][]oracle.Val, 0, m.Hidden+1)
						for l := range m.Hidden {
							kept = append(kept, column(hidden[l*m.Width*capacity:], m.Width, capacity, i))
						}
						a = append(a, net.Inputs(column(input, m.In, capacity, i), append(kept, nil)))
					}
					gradient := (*oracle.MLP).WeightGradient
					if half {
						gradient = (*oracle.MLP).HalfWeightGradient
						for i := range a {
							for l := range a[i] {
								a[i][l] = oracle.Halves(a[i][l])
								for o, v := range d[i][l] {
									d[i][l][o] = v.HalfBelow(most)
								}
							}
						}
					}
					for _, v := range gradient(net, d, a) {
						value, tol = append(value, v.V), append(tol, v.E)
					}
				}
				return []check.Want{{Binding: 4, Value: value, Tol: tol}}
			})
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("%v slices=%d", s, parts),
			Kernel: kernels.MLPWeights,
			Groups: [3]uint32{uint32(blocks), uint32(parts), 1},
			Push:   kernels.MlpWeightsPush{Capacity: uint32(capacity), CountIndex: 1, Slices: uint32(parts)}.Bytes(),
			Spec:   spec.Values(),
			Args: []check.Arg{check.In(input), check.In(hidden), check.In(deltas), check.In([]uint32{12345, uint32(s.n)}),
				check.Out(m.Weights() * parts)},
			Oracle:   want(false),
			Variants: halfForms(want(true)),
			Fault:    fault,
		})
	}
	return out
}

func source(seed uint64) *pcg32.Source {
	s := pcg32.New(seed)
	return &s
}
