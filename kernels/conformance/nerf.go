package conformance

import (
	"fmt"
	"math"
	"sync"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/enc"
)

func init() {
	add(func() []*check.Case { return nerfInfer(nerfSetups()) })
	add(func() []*check.Case { return nerfDensity(nerfSetups()) })
	add(func() []*check.Case { return nerfBackward(nerfSetups()) })
}

// nerfSetup is one network with samples, as kernels bind it and as the oracle sees it.
type nerfSetup struct {
	kernels.NeRF
	n, capacity int
	seed        uint64
	samples     []float32
	levels      []kernels.Level
	weights     []float32
	table       []uint32
	truth       *oracle.NeRF
	traces      [2]map[int]*oracle.Trace // by whether activations are fp16, made when first asked for
}

func (s *nerfSetup) String() string {
	return fmt.Sprintf("L%d F%d %dx%d+%d interpolation=%d half=%v n=%d seed=%d",
		s.Levels, s.Features, s.Width, s.DensityHidden, s.RGBHidden, s.Interpolation, s.Half, s.n, s.seed)
}

// nerfSetups covers the base family: every width, 16 to 64 features, batches around a tile, up to four hidden layers in
// either network.
var nerfSetups = sync.OnceValue(func() []*nerfSetup {
	var out []*nerfSetup
	for i, c := range []struct {
		nerf kernels.NeRF
		n    int
	}{
		{kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 0},
		{kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 1},
		{kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2, Half: true}, 63},
		{kernels.NeRF{Levels: 16, Features: 2, Width: 64, DensityHidden: 1, RGBHidden: 2, Half: true}, 64},
		{kernels.NeRF{Levels: 16, Features: 2, Width: 64, DensityHidden: 1, RGBHidden: 2}, 65},
		{kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2, Half: true}, 200},
		{kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2, Interpolation: kernels.GridSmoothstep}, 48},
		{kernels.NeRF{Levels: 12, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 48},
		{kernels.NeRF{Levels: 8, Features: 2, Width: 16, DensityHidden: 1, RGBHidden: 1}, 130},
		{kernels.NeRF{Levels: 12, Features: 4, Width: 32, DensityHidden: 2, RGBHidden: 1, Interpolation: kernels.GridSmoothstep}, 77},
		{kernels.NeRF{Levels: 16, Features: 4, Width: 128, DensityHidden: 1, RGBHidden: 1}, 33},
		{kernels.NeRF{Levels: 5, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 33},
		{kernels.NeRF{Levels: 8, Features: 4, Width: 16, DensityHidden: 4, RGBHidden: 4}, 70},
		{kernels.NeRF{Levels: 4, Features: 8, Width: 32, DensityHidden: 3, RGBHidden: 4}, 20},
		{kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 4, RGBHidden: 3}, 20},
		{kernels.NeRF{Levels: 16, Features: 4, Width: 128, DensityHidden: 3, RGBHidden: 2}, 9},
		{kernels.NeRF{Levels: 8, Features: 2, Width: 128, DensityHidden: 2, RGBHidden: 4}, 5},
	} {
		out = append(out, newNerf(c.nerf, c.n, uint64(300+i)))
	}
	return out
})

func newNerf(n kernels.NeRF, count int, seed uint64) *nerfSetup {
	levels, rows, err := enc.Levels(enc.GridGeometry{Kind: enc.GridHash, Dims: 3, Levels: n.Levels, FeaturesPerLevel: n.Features,
		Log2HashmapSize: 11, BaseResolution: 8, PerLevelScale: 1.2})
	if err != nil {
		panic("conformance: nerf: " + err.Error())
	}
	rng := source(seed)
	s := &nerfSetup{NeRF: n, n: count, capacity: count + spare, seed: seed, levels: kernels.GridLevels(levels)}
	s.samples = uniform(rng, 7, s.n, s.capacity, 0.5)
	for i := range s.samples {
		s.samples[i] += 0.5
	}
	density, rgb := n.DensityMLP(), n.RGBMLP()
	s.weights = append(xavier(rng, density), xavier(rng, rgb)...)
	table := make([]float64, int(rows)*n.Features)
	s.table = make([]uint32, len(table))
	if n.Half {
		s.table = make([]uint32, (len(table)+1)/2)
	}
	for i := range table {
		v := 2*rng.Float32() - 1
		if n.Half {
			h := f16.From32(v)
			v = f16.To32(h)
			s.table[i/2] |= uint32(h) << (16 * (i % 2))
		} else {
			s.table[i] = math.Float32bits(v)
		}
		table[i] = float64(v)
	}
	var geometry []oracle.GridLevel
	for _, l := range levels {
		geometry = append(geometry, oracle.GridLevel{Scale: float64(l.Scale), Resolution: l.Resolution, Offset: l.Offset, Size: l.Size, Hashed: l.Hashed})
	}
	s.truth = &oracle.NeRF{
		Grid:    oracle.NewGrid(3, n.Features, int(n.Interpolation), geometry, table),
		Density: *truth(density, s.weights[:density.Weights()]),
		RGB:     *truth(rgb, s.weights[density.Weights():]),
	}
	return s
}

func (s *nerfSetup) args() []check.Arg {
	return []check.Arg{check.In(s.samples), check.In(s.levels), check.In(s.weights), check.In(s.table), check.In([]uint32{12345, uint32(s.n)})}
}

// trace is the oracle's forward pass of sample i.
func (s *nerfSetup) trace(i int) *oracle.Trace { return s.traced(0, i, s.truth.Forward) }

// halfTrace is that of the variants with fp16 activations.
func (s *nerfSetup) halfTrace(i int) *oracle.Trace { return s.traced(1, i, s.truth.HalfForward) }

func (s *nerfSetup) traced(kind, i int, forward func(x, d01 [3]float32) *oracle.Trace) *oracle.Trace {
	if s.traces[kind] == nil {
		s.traces[kind] = map[int]*oracle.Trace{}
	}
	t := s.traces[kind][i]
	if t == nil {
		t = forward(s.sample(i))
		s.traces[kind][i] = t
	}
	return t
}

// sample is position and direction of sample i.
func (s *nerfSetup) sample(i int) (x, d01 [3]float32) {
	for k := range 3 {
		x[k], d01[k] = s.samples[k*s.capacity+i], s.samples[(3+k)*s.capacity+i]
	}
	return x, d01
}

// raw wants the planes of nerf_infer from traces of all samples.
func (s *nerfSetup) raw(trace func(int) *oracle.Trace) func() []check.Want {
	return sync.OnceValue(func() []check.Want {
		raw := make([][]oracle.Val, 4)
		for i := range s.n {
			t := trace(i)
			for k, v := range []oracle.Val{t.R, t.G, t.B, t.DensityV} {
				raw[k] = append(raw[k], v)
			}
		}
		return []check.Want{planes(5, s.n, s.capacity, raw)}
	})
}

// density wants the plane of nerf_density.
func (s *nerfSetup) density(trace func(int) *oracle.Trace) func() []check.Want {
	return sync.OnceValue(func() []check.Want {
		density := make([][]oracle.Val, 1)
		for i := range s.n {
			density[0] = append(density[0], trace(i).DensityV)
		}
		return []check.Want{planes(5, s.n, s.capacity, density)}
	})
}

// halfForms are the variants with fp16 operands and fp32 sums, whose truth is the same: it bounds sums of any order.
func halfForms(want func() []check.Want) map[string]func() []check.Want {
	return map[string]func() []check.Want{"coop": want, "packed": want}
}

// fault reverses rows of the first matrix, or computes one sample too many where there is none.
func (s *nerfSetup) fault(twin func(*gpu.Call)) func(*gpu.Call) {
	if s.n == 0 {
		return oneMore(twin, 4, 1)
	}
	return flipWeights(twin, 2, s.DensityMLP().In)
}

func nerfInfer(setups []*nerfSetup) []*check.Case {
	var out []*check.Case
	for _, s := range setups {
		out = append(out, &check.Case{
			Name:     s.String(),
			Kernel:   kernels.NerfInfer,
			Groups:   [3]uint32{max(1, uint32(s.n)/128), 1, 1},
			Push:     kernels.NerfInferPush{Capacity: uint32(s.capacity), CountIndex: 1}.Bytes(),
			Spec:     s.Spec(kernels.NerfInfer),
			Args:     append(s.args(), check.Out(4*s.capacity)),
			Oracle:   s.raw(s.trace),
			Variants: halfForms(s.raw(s.halfTrace)),
			Fault:    s.fault(kernels.NerfInfer.Twin),
		})
	}
	return out
}

func nerfDensity(setups []*nerfSetup) []*check.Case {
	var out []*check.Case
	for _, s := range setups {
		out = append(out, &check.Case{
			Name:     s.String(),
			Kernel:   kernels.NerfDensity,
			Groups:   [3]uint32{max(1, uint32(s.n)/128), 1, 1},
			Push:     kernels.NerfDensityPush{Capacity: uint32(s.capacity), CountIndex: 1}.Bytes(),
			Spec:     s.Spec(kernels.NerfDensity),
			Args:     append(s.args(), check.Out(s.capacity)),
			Oracle:   s.density(s.trace),
			Variants: halfForms(s.density(s.halfTrace)),
			Fault:    s.fault(kernels.NerfDensity.Twin),
		})
	}
	return out
}

// gradients wants what nerf_backward writes; half is the variant that scales gradients by a power of two, so that the
// largest of a slice is 2^7 to 2^8, and keeps them in fp16.
func (s *nerfSetup) gradients(draw []float32, parts int, half bool) func() []check.Want {
	return sync.OnceValue(func() []check.Want {
		features := s.Levels * s.Features
		var dfeatures [][]oracle.Val
		var value, tol []float64
		all := (s.n + 63) / 64
		for slice := range parts {
			var dd, da, rd, ra [][][]oracle.Val
			lo, hi := 64*(slice*all/parts), min(64*((slice+1)*all/parts), s.n)
			scale := 1.0
			if half {
				scale = s.scale(draw, lo, hi)
			}
			for i := lo; i < hi; i++ {
				d := [4]float32{draw[i], draw[s.capacity+i], draw[2*s.capacity+i], draw[3*s.capacity+i]}
				var t *oracle.Trace
				var density, rgb [][]oracle.Val
				var f []oracle.Val
				if half {
					copied := *s.halfTrace(i)
					t = &copied
					density, rgb, f = s.truth.HalfBackward(t, d, scale)
					t.In, t.RGBIn = oracle.Halves(t.In), oracle.Halves(t.RGBIn)
				} else {
					t = s.trace(i)
					density, rgb, f = s.truth.Backward(t, d)
				}
				dfeatures = append(dfeatures, over(f[:features], scale))
				dd, rd = append(dd, density), append(rd, rgb)
				da = append(da, s.truth.Density.Inputs(t.In, t.Density))
				ra = append(ra, s.truth.RGB.Inputs(t.RGBIn, t.RGB))
			}
			weights := (*oracle.MLP).WeightGradient
			if half {
				weights = (*oracle.MLP).HalfWeightGradient
			}
			for _, v := range over(append(weights(&s.truth.Density, dd, da), weights(&s.truth.RGB, rd, ra)...), scale) {
				value, tol = append(value, v.V), append(tol, v.E)
			}
		}
		return []check.Want{
			planes(6, s.n, s.capacity, transposed(dfeatures, features)),
			{Binding: 7, Value: value, Tol: tol},
		}
	})
}

// scale is the power of two that brings the largest gradient of samples lo to hi-1 to 2^7..2^8.
func (s *nerfSetup) scale(draw []float32, lo, hi int) float64 {
	top := 0.0
	for plane := range 4 {
		for _, d := range draw[plane*s.capacity:][lo:max(lo, hi)] {
			top = math.Max(top, math.Abs(float64(d)))
		}
	}
	if top == 0 {
		return 1
	}
	_, e := math.Frexp(top) // top in [2^(e-1), 2^e)
	return math.Ldexp(1, 8-e)
}

// over divides values and errors by a power of two.
func over(v []oracle.Val, scale float64) []oracle.Val {
	out := make([]oracle.Val, len(v))
	for i, x := range v {
		out[i] = oracle.Val{V: x.V / scale, E: x.E / scale}
	}
	return out
}

func nerfBackward(setups []*nerfSetup) []*check.Case {
	var out []*check.Case
	for i, s := range setups {
		parts := []int{1, 3, 2, 5}[i%4]
		draw := uniform(source(s.seed+50), 4, s.n, s.capacity, 1)
		features, count := s.Levels*s.Features, s.Weights()
		fault := func(c *gpu.Call) { // the density gradient does not join that of the colour network
			wrong := *c
			wrong.Bind = append([][]byte(nil), c.Bind...)
			d := append([]float32(nil), draw...)
			clear(d[3*s.capacity:])
			wrong.Bind[5] = gpu.Bytes(d)
			kernels.NerfBackward.Twin(&wrong)
		}
		if s.n == 0 {
			fault = oneMore(kernels.NerfBackward.Twin, 4, 1)
		}
		out = append(out, &check.Case{
			Name:     fmt.Sprintf("%v slices=%d", s, parts),
			Kernel:   kernels.NerfBackward,
			Groups:   [3]uint32{max(1, uint32(parts)/2), 1, 1}, // each workgroup takes several slices
			Push:     kernels.NerfBackwardPush{Capacity: uint32(s.capacity), CountIndex: 1, Slices: uint32(parts)}.Bytes(),
			Spec:     s.Spec(kernels.NerfBackward),
			Args:     append(s.args(), check.In(draw), check.Out(features*s.capacity), check.Out(count*parts)),
			Oracle:   s.gradients(draw, parts, false),
			Variants: halfForms(s.gradients(draw, parts, true)),
			Fault:    fault,
		})
	}
	return out
}
