package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(latents) }

func latents() []*check.Case {
	return []*check.Case{rayLatentsCase(1, 0), rayLatentsCase(16, 3), rayLatentsCase(19, 1), rayLatentGradientsCase(1, 0), rayLatentGradientsCase(16, 3),
		latentAdamCase(3, 16, 0, 0), latentAdamCase(1, 1, 0, 1), latentAdamCase(40, 7, 3, 200)}
}

// latentRays are n rays of a few samples each, some with none, of which the last do not fit into capacity.
func latentRays(rng *pcg32.Source, n, images int) (counts, offsets []uint32, rays []kernels.Ray, capacity int) {
	counts, offsets, rays = make([]uint32, n), make([]uint32, n), make([]kernels.Ray, n)
	total := uint32(0)
	for i := range rays {
		counts[i], offsets[i] = rng.Uint32()%20, total
		total += counts[i]
		rays[i].Flags = kernels.RayAlive | rng.Uint32()%uint32(images)
	}
	return counts, offsets, rays, int(total) - 21
}

func rayLatentsCase(dims, first int) *check.Case {
	const n, images = 150, 5
	rng := pcg32.New(uint64(dims))
	counts, offsets, rays, capacity := latentRays(&rng, n, images)
	values, before := make([]float32, dims*images), make([]float32, (first+dims)*capacity)
	for i := range values {
		values[i] = rng.Float32()
	}
	for i := range before {
		before[i] = -1
	}
	k := kernels.RayLatentsKernel
	push := kernels.RayLatentsPush{Capacity: uint32(capacity), Dims: uint32(dims), FirstPlane: uint32(first)}
	return &check.Case{
		Name: fmt.Sprintf("dims=%d first=%d", dims, first), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, n)), check.In(counts), check.In(offsets), check.In(rays), check.In(values), check.In(before)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, len(before)), make([]float64, len(before))
			for i := range value {
				value[i] = -1
			}
			for i, r := range rays {
				for j := offsets[i]; j < offsets[i]+counts[i] && int(offsets[i]+counts[i]) <= capacity; j++ {
					for d := range dims {
						value[(first+d)*capacity+int(j)] = float64(values[int(r.Flags&kernels.RayIndex)*dims+d])
					}
				}
			}
			return []check.Want{{Binding: 5, Value: value, Tol: tol}}
		},
		// The images are those of the rays before.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.Ray](c.Bind[3])
			copy(v[1:], rays)
			k.Twin(c)
			copy(v, rays)
		},
	}
}

func rayLatentGradientsCase(dims, first int) *check.Case {
	const n = 150
	rng := pcg32.New(uint64(50 + dims))
	counts, offsets, _, capacity := latentRays(&rng, n, 1)
	dinputs := make([]float32, (first+dims)*capacity)
	for i := range dinputs {
		dinputs[i] = rng.Float32() - 0.5
	}
	k := kernels.RayLatentGradientsKernel
	push := kernels.RayLatentGradientsPush{Capacity: uint32(capacity), RayCapacity: n + 3, Dims: uint32(dims), FirstPlane: uint32(first)}
	return &check.Case{
		Name: fmt.Sprintf("dims=%d first=%d", dims, first), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, n)), check.In(counts), check.In(offsets), check.In(dinputs), check.Out(dims * (n + 3))},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 4, Bytes: func(got []byte) error {
				for i := range n {
					for d := range dims {
						want := 0.0
						for j := offsets[i]; j < offsets[i]+counts[i] && int(offsets[i]+counts[i]) <= capacity; j++ {
							want += float64(dinputs[(first+d)*capacity+int(j)])
						}
						// At most 20 numbers below 0.5.
						if err := near0("gradient", d*(n+3)+i, floatAt(got, d*(n+3)+i), want, 20*10.0/(1<<24)); err != nil {
							return err
						}
					}
				}
				return nil
			}}}
		},
		// The last sample of each ray is forgotten.
		Fault: func(c *gpu.Call) {
			v := gpu.View[uint32](c.Bind[1])
			for i := range v {
				v[i] -= min(v[i], 1)
			}
			k.Twin(c)
			copy(v, counts)
		},
	}
}

// latentAdamCase holds a step on latents of an age against Kingma and Ba 2015, algorithm 1, in float64; the first `fixed` of
// each image stay.
func latentAdamCase(images, dims, fixed, age int) *check.Case {
	n := images * dims
	rng := pcg32.New(uint64(7 + age))
	num := func(size float32) float32 { return size * (2*rng.Float32() - 1) }
	sums, moments, values := make([]float32, n), make([]kernels.LatentAdam, n), make([]float32, n)
	for i := range values {
		sums[i], values[i] = num(5), num(1)
		if age > 0 {
			moments[i] = kernels.LatentAdam{Iter: uint32(age), M: num(1e-3), V: 1e-6 * rng.Float32()}
		}
	}
	schedule := kernels.NewSchedule(1e-2, 0.33, 20000, 10000, 1<<30, 0.95)
	push := kernels.LatentAdamPush{Count: uint32(n), Dims: uint32(dims), Fixed: uint32(fixed), Scale: 1e-3, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}
	k := kernels.LatentAdamKernel
	return &check.Case{
		Name: fmt.Sprintf("images=%d dims=%d fixed=%d age=%d", images, dims, fixed, age), Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In([]kernels.Schedule{schedule}), check.In(sums), check.In(moments), check.In(values)},
		Oracle: func() []check.Want {
			const u = 1.0 / (1 << 24)
			value, tol := make([]float64, n), make([]float64, n)
			want := make([][2]float64, n)
			wantTol := make([][2]float64, n)
			b1, b2 := float64(push.Beta1), float64(push.Beta2)
			for i := range n {
				e := moments[i]
				value[i], want[i] = float64(values[i]), [2]float64{float64(e.M), float64(e.V)}
				if i%dims < fixed {
					continue
				}
				g, t := float64(push.Scale)*float64(sums[i]), float64(e.Iter+1)
				m := b1*float64(e.M) + (1-b1)*g
				v := b2*float64(e.V) + (1-b2)*g*g
				step := -float64(schedule.LearningRate) * math.Sqrt(1-math.Pow(b2, t)) / (1 - math.Pow(b1, t)) * m / (math.Sqrt(v) + float64(push.Epsilon))
				want[i] = [2]float64{m, v}
				// Roundings of what is added, and of 1-beta, which loses 4 and 7 bits.
				wantTol[i] = [2]float64{4*u*math.Abs(float64(e.M)) + 20*u*math.Abs(g), 150 * u * v}
				value[i] += step
				// 1-beta^t at t = 1 loses 7 bits of rPow's error of (2.1+5)u, under a root.
				tol[i] = math.Abs(step)*500*u + math.Abs(step/m)*wantTol[i][0] + 2*u
			}
			return []check.Want{
				{Binding: 1, Value: make([]float64, n), Tol: make([]float64, n)},
				{Binding: 2, Bytes: func(got []byte) error {
					for i, w := range want {
						iter := moments[i].Iter
						if i%dims >= fixed {
							iter++
						}
						if g := wordAt(got, 3*i); g != iter {
							return fmt.Errorf("number %d has taken %d steps, want %d", i, g, iter)
						}
						for j := range w {
							if err := near0("moment", 3*i+1+j, floatAt(got, 3*i+1+j), w[j], wantTol[i][j]); err != nil {
								return err
							}
						}
					}
					return nil
				}},
				{Binding: 3, Value: value, Tol: tol},
			}
		},
		// The step goes uphill.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[1])
			for i := range v {
				v[i] = -v[i]
			}
			k.Twin(c)
		},
	}
}
