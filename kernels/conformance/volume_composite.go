package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(volumeComposite) }

func volumeComposite() []*check.Case {
	const seed, n, steps, capacity, ordinal = 65, 60, 5, 320, 2
	rng := pcg32.New(seed)
	live := make([]uint32, n)
	samples, raw := make([]float32, 7*capacity), make([]float32, 4*capacity)
	rays, pixels := make([]kernels.Ray, n), make([]kernels.Pixel, n)
	for i := range samples {
		samples[i] = rng.Float32()
	}
	for i := range raw {
		raw[i] = rng.Float32()*3 - 0.5 // some densities and colours are negative
	}
	for i := range live {
		live[i] = uint32(i*7) % n
		rays[i] = kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: rng.Float32(), Dx: 0.48, Dy: 0.6, Dz: 0.64, T: 1, Tmax: 0.5 + rng.Float32(), Cosine: 0.8}
		pixels[i] = kernels.Pixel{R: rng.Float32() * 0.3, G: 0.1, B: 0.2, A: 0.3 + 0.3*rng.Float32(), Depth: 9, Weight: 0.05, Cost: 3}
	}
	for s := range n { // some rays end before the last step
		if s%4 == 0 {
			samples[6*capacity+3*n+s] = 0
		}
	}
	k := kernels.VolumeCompositeKernel
	push := kernels.VolumeCompositePush{Capacity: capacity, Steps: steps, CountIndex: ordinal, Extinction: 1.5, MinTransmittance: 0.01, Near: 0.3}
	return []*check.Case{{
		Name: fmt.Sprintf("rays=%d steps=%d seed=%d", n, steps, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(live), check.In([]uint32{0, 0, n}), check.In(rays), check.In(samples), check.In(raw), check.In(pixels), check.Out(n)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, 7*n), make([]float64, 7*n)
			alive := make([]uint32, n)
			cut := func(k, at int) float64 { return math.Max(float64(raw[k*capacity+at]), 0) }
			for s, index := range live {
				r, p := rays[index], pixels[index]
				v := [7]float64{float64(p.R), float64(p.G), float64(p.B), float64(p.A), float64(p.Depth), float64(p.Weight), float64(p.Cost)}
				done := r.T >= r.Tmax
				for j := range steps {
					at := j*n + s
					dt := float64(samples[6*capacity+at])
					if dt == 0 {
						break
					}
					w := (1 - v[3]) * (1 - math.Exp(-1.5*cut(3, at)*dt))
					for k := range 3 {
						v[k] += w * cut(k, at)
					}
					v[3] += w
					v[6]++
					if w > v[5] {
						v[5] = w
						t := 0.0
						for k, e := range [][2]float32{{r.Ox, r.Dx}, {r.Oy, r.Dy}, {r.Oz, r.Dz}} {
							t += (float64(samples[k*capacity+at]) - float64(e[0])) * float64(e[1])
						}
						v[4] = (t + 0.3) * 0.8
					}
					if v[3] > 0.99 {
						for k := range 3 {
							v[k] /= v[3]
						}
						v[3], done = 1, true
						break
					}
				}
				alive[s] = 1 - flag(done)
				copy(value[7*index:], v[:])
				for k := range 7 {
					// Up to 5 samples of at most 30 roundings each of numbers below 3.
					tol[7*int(index)+k] = 450.0 / (1 << 24)
				}
			}
			return []check.Want{{Binding: 5, Value: value, Tol: tol}, {Binding: 6, Words: alive}}
		},
		// Negative densities count as their magnitude.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[4])
			keep := append([]float32(nil), v...)
			for i := 3 * capacity; i < 4*capacity; i++ {
				v[i] = float32(math.Abs(float64(v[i])))
			}
			k.Twin(c)
			copy(v, keep)
		},
	}}
}
