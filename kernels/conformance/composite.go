package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(composite) }

type compositeInput struct {
	counts, offsets []uint32
	capacity        int
	samples, raw    []float32 // planes
	targets         []kernels.Target
	rays            []oracleRay
	loss            int
	hdr             bool
	name            string
}

// oracleRay is one ray's samples in float64 and what they composite to.
type oracleRay struct {
	s     []oracle.RaySample
	pixel oracle.Pixel
	fits  bool
}

// compositeRays makes rays of 0 to 200 samples, thin and opaque; none comes near the limit of termination or a bend of the
// loss, where rounding would decide.
func compositeRays(seed uint64, n, loss int, hdr bool) compositeInput {
	in := compositeInput{loss: loss, hdr: hdr, name: fmt.Sprintf("rays=%d loss=%d hdr=%v seed=%d", n, loss, hdr, seed)}
	rng := pcg32.New(seed)
	total := 0
	for len(in.rays) < n {
		count := int(rng.Uint32() % 200)
		if rng.Uint32()%7 == 0 {
			count = 0
		}
		lift := rng.Float32()*8 - 2
		s := make([]oracle.RaySample, count)
		for j := range s {
			for k := range 4 {
				s[j].Raw[k] = float64(rng.Float32()*6 - 3)
			}
			s[j].Raw[3] = float64(float32(s[j].Raw[3]) + lift)
			s[j].Dt = float64(0.0017 + 0.004*rng.Float32())
		}
		t := kernels.Target{R: rng.Float32(), G: rng.Float32(), B: rng.Float32(), Br: rng.Float32(), Bg: rng.Float32(), Bb: rng.Float32()}
		pixel := oracle.Composite(s, [3]float64{float64(t.Br), float64(t.Bg), float64(t.Bb)}, 1e-4, hdr)
		near := pixel.Near < 1e-3
		for k, want := range []float32{t.R, t.G, t.B} {
			e := math.Abs(pixel.C[k] - float64(want))
			near = near || e < 1e-3 || math.Abs(e-0.1) < 1e-3
		}
		if near {
			continue
		}
		in.rays = append(in.rays, oracleRay{s, pixel, true})
		in.targets = append(in.targets, t)
		in.counts, in.offsets = append(in.counts, uint32(count)), append(in.offsets, uint32(total))
		total += count
	}
	in.capacity = total - 3 // the last ray with samples does not fit
	in.samples, in.raw = make([]float32, 7*in.capacity), make([]float32, 4*in.capacity)
	for i := range in.samples {
		in.samples[i] = rng.Float32()
	}
	for i := range in.rays {
		r := &in.rays[i]
		first := int(in.offsets[i])
		if r.fits = first+len(r.s) <= in.capacity; !r.fits {
			r.s = nil
			t := &in.targets[i]
			r.pixel = oracle.Composite(nil, [3]float64{float64(t.Br), float64(t.Bg), float64(t.Bb)}, 1e-4, hdr)
		}
		for j, s := range r.s {
			in.samples[6*in.capacity+first+j] = float32(s.Dt)
			for k := range 4 {
				in.raw[k*in.capacity+first+j] = float32(s.Raw[k])
			}
		}
	}
	return in
}

func composite() []*check.Case {
	var out []*check.Case
	for loss := kernels.LossL2; loss <= kernels.LossRelativeL1; loss++ {
		in := compositeRays(40+uint64(loss), 150, int(loss), loss == kernels.LossRelativeL2)
		out = append(out, compositeTrainCase(in), compositeGradCase(in, 1, 0.5), compositeGradCase(in, 128, 0.001))
	}
	return out
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func compositeTrainCase(in compositeInput) *check.Case {
	n := len(in.rays)
	k := kernels.CompositeTrainKernel
	push := kernels.CompositeTrainPush{Capacity: uint32(in.capacity), LossKind: uint32(in.loss), Hdr: flag(in.hdr)}
	return &check.Case{
		Name: in.name, Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, uint32(n))), check.In(in.counts), check.In(in.offsets), check.In(in.samples),
			check.In(in.raw), check.In(in.targets), check.Out(n), check.Out(5 * n)},
		Oracle: func() []check.Want {
			kept := make([]uint32, n)
			var value, tol []float64
			for i, r := range in.rays {
				kept[i] = uint32(r.pixel.Kept)
				t := in.targets[i]
				loss, lossTol := 0.0, 0.0
				for k, want := range []float32{t.R, t.G, t.B} {
					l, slope, bend := oracle.RayLoss(in.loss, r.pixel.C[k], float64(want))
					loss += l / 3
					// First and second order in the colour's error, and the evaluation: a few roundings of numbers of its size.
					lossTol += (math.Abs(slope)+100*l)*r.pixel.ErrC + bend*r.pixel.ErrC*r.pixel.ErrC + 20*(l+1e-6)/(1<<24)
				}
				if len(r.s) == 0 {
					loss, lossTol = 0, 0
				}
				e := r.pixel.ErrC + 4e-7
				value = append(value, r.pixel.C[0], r.pixel.C[1], r.pixel.C[2], r.pixel.T, loss)
				tol = append(tol, e, e, e, r.pixel.ErrT+1e-7, lossTol)
			}
			return []check.Want{{Binding: 6, Words: kept}, {Binding: 7, Value: value, Tol: tol}}
		},
		// Every step is a thousandth too short.
		Fault: func(c *gpu.Call) {
			for i, v := range gpu.View[float32](c.Bind[3])[6*in.capacity:] {
				gpu.View[float32](c.Bind[3])[6*in.capacity+i] = v * 0.999
			}
			k.Twin(c)
			copy(gpu.View[float32](c.Bind[3]), in.samples)
		},
	}
}

func compositeGradCase(in compositeInput, scale, mean float32) *check.Case {
	n := len(in.rays)
	kept, keptOffsets := make([]uint32, n), make([]uint32, n)
	results, rays := make([]kernels.RayResult, n), make([]kernels.Ray, n)
	rng := pcg32.New(77)
	total := uint32(0)
	for i, r := range in.rays {
		kept[i], keptOffsets[i] = uint32(r.pixel.Kept), total
		total += kept[i]
		results[i] = kernels.RayResult{R: float32(r.pixel.C[0]), G: float32(r.pixel.C[1]), B: float32(r.pixel.C[2])}
		rays[i] = kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: rng.Float32()}
	}
	capacity := int(total) - 1
	k := kernels.CompositeGradKernel
	push := kernels.CompositeGradPush{Capacity: uint32(in.capacity), KeptCapacity: uint32(capacity), LossKind: uint32(in.loss), Hdr: flag(in.hdr),
		Scale: scale, Regularizer: kernels.Regularizer(scale), NearDistance: 0.8, SizeX: 2, SizeY: 2, SizeZ: 2, LoX: -0.5, LoY: -0.5, LoZ: -0.5}
	return &check.Case{
		Name:   fmt.Sprintf("%s scale=%g mean=%g", in.name, scale, mean),
		Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, uint32(n))), check.In(in.offsets), check.In(kept), check.In(keptOffsets), check.In(rays),
			check.In(in.samples), check.In(in.raw), check.In(in.targets), check.In(results), check.In([]float32{mean}),
			check.Out(7 * capacity), check.Out(4 * capacity)},
		Oracle: func() []check.Want {
			return []check.Want{
				{Binding: 10, Bytes: func(got []byte) error { return checkKept(got, in, kept, keptOffsets, capacity) }},
				{Binding: 11, Bytes: func(got []byte) error {
					return checkDraw(got, in, rays, results, keptOffsets, capacity, float64(scale), mean < 0.01)
				}}}
		},
		// The gradient is not divided by the number of rays.
		Fault: func(c *gpu.Call) {
			k.Twin(c)
			d := gpu.View[float32](c.Bind[11])
			for i := range d {
				d[i] *= float32(n)
			}
		},
	}
}

func checkKept(got []byte, in compositeInput, kept, offsets []uint32, capacity int) error {
	for i := range in.rays {
		if int(offsets[i]+kept[i]) > capacity {
			continue
		}
		for j := range kept[i] {
			for k := range 7 {
				want := in.samples[k*in.capacity+int(in.offsets[i]+j)]
				if g := floatAt(got, k*capacity+int(offsets[i]+j)); g != float64(want) {
					return fmt.Errorf("ray %d sample %d plane %d: got %v, want %v", i, j, k, g, want)
				}
			}
		}
	}
	return nil
}

func checkDraw(got []byte, in compositeInput, rays []kernels.Ray, results []kernels.RayResult, offsets []uint32, capacity int, scale float64, empty bool) error {
	n := float64(len(in.rays))
	for i, r := range in.rays {
		if int(offsets[i])+r.pixel.Kept > capacity {
			continue
		}
		t, res := in.targets[i], results[i]
		var slope [3]float64
		for k, v := range [][2]float32{{res.R, t.R}, {res.G, t.G}, {res.B, t.B}} {
			_, slope[k], _ = oracle.RayLoss(in.loss, float64(v[0]), float64(v[1]))
		}
		grad, tol := oracle.CompositeGrad(r.s, r.pixel, slope, in.hdr)
		for j, g := range grad {
			at := int(in.offsets[i]) + j
			raw := r.s[j].Raw[3]
			reg := 1e-4 * scale / 128
			dist := 0.0
			for k, o := range []float32{rays[i].Ox, rays[i].Oy, rays[i].Oz} {
				p := -0.5 + 2*float64(in.samples[k*in.capacity+at]) - float64(o)
				dist += p * p
			}
			for k := range 4 {
				want, e := g[k]*scale/n, tol[j][k]*scale/n+1e-12
				if k == 3 {
					if raw < 0 && empty {
						want -= reg
					}
					if raw > -10 && dist < 0.64 {
						want += reg
					}
					e += reg * 1e-6
					if math.Abs(dist-0.64) < 1e-5 {
						e += reg
					}
				}
				if v := floatAt(got, k*capacity+int(offsets[i])+j); !(math.Abs(v-want) <= e) {
					return fmt.Errorf("ray %d sample %d plane %d: got %v, want %v within %.2g", i, j, k, v, want, e)
				}
			}
		}
	}
	return nil
}
