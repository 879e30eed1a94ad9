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

func init() { add(compositeRfl) }

func compositeRfl() []*check.Case {
	var out []*check.Case
	for _, loss := range []kernels.Loss{kernels.LossL2, kernels.LossHuber, kernels.LossL1, kernels.LossRelativeL2} {
		for _, relax := range []bool{false, true} {
			out = append(out, compositeRflCase(compositeRays(80+uint64(loss), 120, int(loss), loss == kernels.LossRelativeL2), relax))
		}
	}
	return out
}

func compositeRflCase(in compositeInput, relax bool) *check.Case {
	const scale = 2
	n := len(in.rays)
	kept, keptOffsets := make([]uint32, n), make([]uint32, n)
	results, rays := make([]kernels.RayResult, n), make([]kernels.Ray, n)
	rng := pcg32.New(79)
	total := uint32(0)
	for i, r := range in.rays {
		kept[i], keptOffsets[i] = uint32(r.pixel.Kept), total
		total += kept[i]
		results[i] = kernels.RayResult{R: float32(r.pixel.C[0]), G: float32(r.pixel.C[1]), B: float32(r.pixel.C[2]), Transmittance: float32(r.pixel.T)}
		rays[i] = kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: rng.Float32()}
	}
	capacity := int(total) - 1
	k := kernels.CompositeRflKernel
	push := kernels.CompositeRflPush{Capacity: uint32(in.capacity), KeptCapacity: uint32(capacity), LossKind: uint32(in.loss), Hdr: flag(in.hdr), Relax: flag(relax),
		Scale: scale, Regularizer: kernels.Regularizer(scale), NearDistance: 0.8, SizeX: 2, SizeY: 2, SizeZ: 2, LoX: -0.5, LoY: -0.5, LoZ: -0.5}
	return &check.Case{
		Name: fmt.Sprintf("%s relax=%v", in.name, relax), Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, uint32(n))), check.In(in.offsets), check.In(kept), check.In(keptOffsets), check.In(rays),
			check.In(in.samples), check.In(in.raw), check.In(in.targets), check.In(results), check.Out(7 * capacity), check.Out(4 * capacity)},
		Oracle: func() []check.Want {
			return []check.Want{
				{Binding: 9, Bytes: func(got []byte) error { return checkKept(got, in, kept, keptOffsets, capacity) }},
				{Binding: 10, Bytes: func(got []byte) error { return checkRfl(got, in, rays, keptOffsets, capacity, scale, relax) }}}
		},
		// What lies behind a sample is forgotten: the slope of a density is that of its own colour.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.RayResult](c.Bind[8])
			for i := range v {
				v[i].R, v[i].G, v[i].B, v[i].Transmittance = 0.9*v[i].R, 0.9*v[i].G, 0.9*v[i].B, 0.5*v[i].Transmittance
			}
			k.Twin(c)
			copy(v, results)
		},
	}
}

func checkRfl(got []byte, in compositeInput, rays []kernels.Ray, offsets []uint32, capacity int, scale float64, relax bool) error {
	n := float64(len(in.rays))
	compared := 0
	for i, r := range in.rays {
		if int(offsets[i])+r.pixel.Kept > capacity {
			continue
		}
		t := in.targets[i]
		target, back := [3]float64{float64(t.R), float64(t.G), float64(t.B)}, [3]float64{float64(t.Br), float64(t.Bg), float64(t.Bb)}
		grad, tol := oracle.RflGrad(r.s, r.pixel, target, back, in.loss, in.hdr, relax, r.pixel.T >= 1e-4)
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
					if raw > -10 && dist < 0.64 {
						want += reg
					}
					e += reg * 1e-6
					if math.Abs(dist-0.64) < 1e-5 {
						e += reg
					}
				}
				if math.IsInf(e, 0) {
					continue
				}
				compared++
				if v := floatAt(got, k*capacity+int(offsets[i])+j); !(math.Abs(v-want) <= e) {
					return fmt.Errorf("ray %d sample %d plane %d: got %v, want %v within %.2g", i, j, k, v, want, e)
				}
			}
		}
	}
	if compared < 3*capacity {
		return fmt.Errorf("only %d of %d numbers are compared", compared, 4*capacity)
	}
	return nil
}
