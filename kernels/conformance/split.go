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

func init() {
	add(splitRays)
	add(splitSpans)
	add(splitMarch)
	add(splitInputs)
	add(splitRadiance)
	add(splitAlpha)
	add(splitComposite)
}

func splitRays() []*check.Case {
	var out []*check.Case
	for lens := range testLenses {
		out = append(out, splitRaysCase(newViewSetup(lens, 3, 0)))
	}
	return append(out, splitRaysCase(newViewSetup(0, 5, 0.05)))
}

func splitRaysCase(s *viewSetup) *check.Case {
	k := kernels.SplitRaysKernel
	return &check.Case{
		Name: s.name, Kernel: k, Groups: kernels.Groups(viewCount, 64), Spec: specs(k),
		Push: kernels.SplitRaysPush{First: viewFirst, Count: viewCount}.Bytes(),
		Args: []check.Arg{check.In([]kernels.Camera{s.cam}), check.In([]kernels.View{s.view}), check.Out(10 * viewCount)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
				for i := range viewCount {
					w := s.at(i)
					flags := uint32(0)
					if w.seen {
						flags = kernels.RayAlive
					}
					if err := wantRay(got, 10*i, w.o, w.d, 0, 0, 0, 0, w.cs, flags); err != nil {
						return fmt.Errorf("pixel %d: %w", viewFirst+i, err)
					}
				}
				return nil
			}}}
		},
		// The next sample's offset within the pixel.
		Fault: func(c *gpu.Call) {
			v := &gpu.View[kernels.View](c.Bind[1])[0]
			v.Spp++
			k.Twin(c)
			v.Spp--
		},
	}
}

func splitSpans() []*check.Case {
	var out []*check.Case
	for _, lens := range []int{0, 6} {
		s := newViewSetup(lens, 3, 0)
		rays := make([]kernels.Ray, viewCount)
		truth := make([]viewTruth, viewCount)
		for i := range rays {
			w := s.at(i)
			r := kernels.Ray{Ox: float32(w.o[0]), Oy: float32(w.o[1]), Oz: float32(w.o[2]), Dx: float32(w.d[0]), Dy: float32(w.d[1]), Dz: float32(w.d[2]),
				T: 3, Tmax: 5, Cosine: 0.5, Flags: uint32(viewFirst + i)}
			w = viewTruth{o: [3]float64{float64(r.Ox), float64(r.Oy), float64(r.Oz)}, d: [3]float64{float64(r.Dx), float64(r.Dy), float64(r.Dz)}, cs: 0.5}
			if w.seen = i%9 != 4; w.seen {
				r.Flags |= kernels.RayAlive
			}
			rays[i], truth[i] = r, s.span(w, uint32(viewFirst+i))
		}
		push := kernels.SplitSpansPush{First: viewFirst, Count: viewCount}
		push.SetLaw(kernels.NewStepLaw(viewCone))
		k := kernels.SplitSpansKernel
		out = append(out, &check.Case{
			Name: s.name, Kernel: k, Groups: kernels.Groups(viewCount, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In([]kernels.View{s.view}), check.In(rays), check.Out(viewCount), check.Out(7 * viewCount)},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 1, Bytes: func(got []byte) error {
					hits := 0
					for i, w := range truth {
						if !w.sure {
							continue
						}
						hits += int(flag(w.hit))
						if err := wantRay(got, 10*i, w.o, w.d, w.t, w.tTol, w.t1, w.t1Tol, w.cs, rays[i].Flags); err != nil {
							return fmt.Errorf("pixel %d: %w", viewFirst+i, err)
						}
					}
					if hits < 100 || hits > viewCount-100 {
						return fmt.Errorf("%d of %d rays hit: the case says too little", hits, viewCount)
					}
					return nil
				}}, {Binding: 2, Bytes: func(got []byte) error {
					for i, w := range truth {
						if w.sure && wordAt(got, i) != flag(w.hit) {
							return fmt.Errorf("pixel %d: alive is %d", viewFirst+i, wordAt(got, i))
						}
					}
					return nil
				}}, {Binding: 3, Bytes: emptyPixels(viewCount)}}
			},
			// Rays that the lens does not see are taken.
			Fault: func(c *gpu.Call) {
				rays := gpu.View[kernels.Ray](c.Bind[1])
				for i := range rays {
					rays[i].Flags |= kernels.RayAlive
				}
				k.Twin(c)
				for i := range rays {
					if truth[i].seen == false {
						rays[i].Flags &^= kernels.RayAlive
					}
				}
			},
		})
	}
	return out
}

// emptyPixels asks for n pixels without samples.
func emptyPixels(n int) func([]byte) error {
	return func(got []byte) error {
		for i := range 7 * n {
			if want := map[bool]float64{true: 16384}[i%7 == 4]; floatAt(got, i) != want {
				return fmt.Errorf("word %d is not cleared", i)
			}
		}
		return nil
	}
}

func splitMarch() []*check.Case {
	const capacity = 400
	const from = 5 // lattice points that earlier passes took
	in := newLiveRays(71, 50, 6, from)
	for i := range in.rays {
		in.rays[i].Flags = kernels.RayAlive | from
	}
	law := oracle.NewStepLaw(viewCone)
	k := kernels.SplitMarchKernel
	n, steps := len(in.live), in.steps
	push := kernels.SplitMarchPush{MaxMip: 2, Capacity: capacity, Steps: uint32(steps), CountIndex: 3, SamplesIndex: 5, GroupsIndex: 8, GroupSize: 32}
	push.SetLaw(kernels.NewStepLaw(viewCone))
	rayOf := make([]uint32, capacity)
	for i := range rayOf {
		if rayOf[i] = math.MaxUint32; i < n*steps {
			rayOf[i] = in.live[i%n]
		}
	}
	return []*check.Case{{
		Name: in.name, Kernel: k, Groups: kernels.Groups(uint32(len(in.rays)), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(in.live), check.In(in.bits), check.In(in.state), check.In(in.rays), check.Out(3 * capacity), check.Out(capacity), check.Out(capacity)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Words: in.after}, {Binding: 3, Bytes: func(got []byte) error {
				return in.judgeNext(func(index int) float64 {
					flags := wordAt(got, 10*index+9)
					if t := floatAt(got, 10*index+6); t != float64(in.rays[index].T) || flags&kernels.RayAlive == 0 {
						return t
					}
					return law.Position(law.Number(float64(in.rays[index].T)) + float64(flags&kernels.RayIndex))
				})
			}},
				{Binding: 4, Bytes: func(got []byte) error {
					return in.each(func(at int, x *oracle.Sample) error {
						for k := range 3 {
							if x == nil {
								continue
							}
							if g := floatAt(got, k*capacity+at); !(math.Abs(g-x.P[k]) <= x.Eps) {
								return fmt.Errorf("sample %d axis %d: got %v, want %v", at, k, g, x.P[k])
							}
						}
						return nil
					})
				}}, {Binding: 5, Bytes: func(got []byte) error {
					return in.each(func(at int, x *oracle.Sample) error { return in.judgeStep(floatAt(got, at), at, x) })
				}}, {Binding: 6, Words: rayOf}}
		},
		// Constant steps.
		Fault: func(c *gpu.Call) {
			q := push
			q.Lambda = 0
			wrong := *c
			wrong.Push = q.Bytes()
			k.Twin(&wrong)
		},
	}}
}

// splitBatch is the state word with the number of samples, and their number, of the cases below.
const splitWord, splitSamples, splitCapacity = 2, 500, 512

func splitState() []uint32 { return []uint32{9, 8, splitSamples} }

func splitInputs() []*check.Case {
	const seed, rays = 72, 40
	k := kernels.SplitInputsKernel
	rng := pcg32.New(seed)
	positions, of, list := make([]float32, 3*splitCapacity), make([]uint32, splitCapacity), make([]kernels.Ray, rays)
	for i := range positions {
		positions[i] = rng.Float32()*2 - 0.5
	}
	for i := range of {
		of[i] = rng.Uint32() % rays
	}
	for i := range list {
		list[i] = kernels.Ray{Dx: rng.Float32()*2 - 1, Dy: rng.Float32()*2 - 1, Dz: rng.Float32()*2 - 1}
	}
	push := kernels.SplitInputsPush{LoX: -0.5, LoY: -0.25, LoZ: -1, InvX: 0.5, InvY: 0.25, InvZ: 0.75, Capacity: splitCapacity, CountIndex: splitWord}
	return []*check.Case{{
		Name: fmt.Sprintf("samples=%d seed=%d", splitSamples, seed), Kernel: k, Groups: kernels.Groups(splitCapacity, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(splitState()), check.In(list), check.In(positions), check.In(of), check.Out(6 * splitCapacity)},
		Oracle: func() []check.Want {
			return []check.Want{splitPlanes(4, 6, func(plane, i int) (v, tol float64) {
				r := list[of[i]]
				if plane >= 3 {
					v = (float64([]float32{r.Dx, r.Dy, r.Dz}[plane-3]) + 1) / 2
				} else {
					v = (float64(positions[plane*splitCapacity+i]) - []float64{-0.5, -0.25, -1}[plane]) * []float64{0.5, 0.25, 0.75}[plane]
				}
				return v, 4.0 / (1 << 24) // two roundings of numbers below 2
			})}
		},
		// The directions stay in -1..1.
		Fault: func(c *gpu.Call) {
			k.Twin(c)
			out := gpu.View[float32](c.Bind[4])
			for i := 3 * splitCapacity; i < 3*splitCapacity+splitSamples; i++ {
				out[i] = 2*out[i] - 1
			}
		},
	}}
}

// splitPlanes wants `count` planes of splitCapacity elements, of which splitSamples are written.
func splitPlanes(binding, count int, f func(plane, i int) (v, tol float64)) check.Want {
	return check.Want{Binding: binding, Bytes: func(got []byte) error {
		for plane := range count {
			for i := range splitCapacity {
				at := plane*splitCapacity + i
				if i >= splitSamples {
					if wordAt(got, at) != math.MaxUint32 {
						return fmt.Errorf("plane %d: element %d is beyond the samples and was written", plane, i)
					}
					continue
				}
				v, tol := f(plane, i)
				if g := floatAt(got, at); !(math.Abs(g-v) <= tol) {
					return fmt.Errorf("plane %d sample %d: got %v, want %v within %.2g", plane, i, g, v, tol)
				}
			}
		}
		return nil
	}}
}

func splitRadiance() []*check.Case {
	var out []*check.Case
	for _, hdr := range []bool{false, true} {
		const seed = 73
		k := kernels.SplitRadianceKernel
		rng := pcg32.New(seed)
		raw := make([]float32, 4*splitCapacity)
		for i := range raw {
			raw[i] = rng.Float32()*24 - 12
		}
		out = append(out, &check.Case{
			Name: fmt.Sprintf("hdr=%v samples=%d seed=%d", hdr, splitSamples, seed), Kernel: k, Groups: kernels.Groups(splitCapacity, 64), Spec: specs(k),
			Push: kernels.SplitRadiancePush{Capacity: splitCapacity, CountIndex: splitWord, Hdr: flag(hdr)}.Bytes(),
			Args: []check.Arg{check.In(splitState()), check.In(raw), check.Out(4 * splitCapacity)},
			Oracle: func() []check.Want {
				return []check.Want{splitPlanes(2, 4, func(plane, i int) (v, tol float64) {
					x := float64(raw[plane*splitCapacity+i])
					if v = math.Exp(x); plane < 3 {
						v = oracle.Act(x, hdr)
					}
					return v, 40.0 / (1 << 24) * v // an exponential within 30u, a sum and a quotient of 2.5 ulp
				})}
			},
			// The density's activation is that of a colour.
			Fault: func(c *gpu.Call) {
				k.Twin(c)
				v := gpu.View[float32](c.Bind[2])[3*splitCapacity:]
				for i := range v[:splitSamples] {
					v[i] /= 1 + v[i]
				}
			},
		})
	}
	return out
}

func splitAlpha() []*check.Case {
	const seed = 74
	k := kernels.SplitAlphaKernel
	rng := pcg32.New(seed)
	radiance, lengths := make([]float32, 4*splitCapacity), make([]float32, splitCapacity)
	for i := range radiance {
		radiance[i] = 100 * rng.Float32()
	}
	for i := range lengths {
		if lengths[i] = 0.05 * rng.Float32(); i%7 == 3 {
			lengths[i] = 0
		}
	}
	return []*check.Case{{
		Name: fmt.Sprintf("samples=%d seed=%d", splitSamples, seed), Kernel: k, Groups: kernels.Groups(splitCapacity, 64), Spec: specs(k),
		Push: kernels.SplitAlphaPush{Capacity: splitCapacity, CountIndex: splitWord}.Bytes(),
		Args: []check.Arg{check.In(splitState()), check.In(radiance), check.In(lengths), check.Out(splitCapacity)},
		Oracle: func() []check.Want {
			return []check.Want{splitPlanes(3, 1, func(_, i int) (v, tol float64) {
				tau := float64(radiance[3*splitCapacity+i]) * float64(lengths[i])
				// Its argument is rounded, the exponential within 30u of itself; exact for no step.
				return -math.Expm1(-tau), ((30+tau)*math.Exp(-tau) + 1) / (1 << 24) * map[bool]float64{false: 1}[tau == 0]
			})}
		},
		// Half the step.
		Fault: func(c *gpu.Call) {
			l := gpu.View[float32](c.Bind[2])
			for i := range l {
				l[i] /= 2
			}
			k.Twin(c)
			for i := range l {
				l[i] *= 2
			}
		},
	}}
}

func splitComposite() []*check.Case {
	const seed, n, steps, capacity = 75, 60, 5, 320
	rng := pcg32.New(seed)
	live := make([]uint32, n)
	positions, lengths := make([]float32, 3*capacity), make([]float32, capacity)
	radiance, alphas := make([]float32, 4*capacity), make([]float32, capacity)
	rays, pixels := make([]kernels.Ray, n), make([]kernels.Pixel, n)
	for _, v := range [][]float32{positions, lengths, radiance, alphas} {
		for i := range v {
			v[i] = rng.Float32()
		}
	}
	for i := range live {
		live[i] = uint32(i*7) % n
		rays[i] = kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: rng.Float32(), Dx: 0.48, Dy: 0.6, Dz: 0.64, T: 1, Tmax: 0.5 + rng.Float32(), Cosine: 0.8}
		pixels[i] = kernels.Pixel{R: rng.Float32() * 0.3, G: 0.1, B: 0.2, A: 0.3 + 0.3*rng.Float32(), Depth: 9, Weight: 0.05, Cost: 3}
	}
	for s := range n { // some rays end before the last step
		if s%4 == 0 {
			lengths[3*n+s] = 0
		}
	}
	k := kernels.SplitCompositeKernel
	push := kernels.SplitCompositePush{Capacity: capacity, Steps: steps, CountIndex: 2, MinTransmittance: 0.01, Near: 0.3}
	return []*check.Case{{
		Name: fmt.Sprintf("rays=%d steps=%d seed=%d", n, steps, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(live), check.In([]uint32{0, 0, n}), check.In(rays), check.In(positions), check.In(lengths), check.In(radiance), check.In(alphas),
			check.In(pixels), check.Out(n)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, 7*n), make([]float64, 7*n)
			alive := make([]uint32, n)
			for s, index := range live {
				r := rays[index]
				p := pixelTruth(pixels[index])
				done := r.T >= r.Tmax
				for j := 0; j < steps && lengths[j*n+s] != 0; j++ {
					at := j*n + s
					t := 0.0
					for k, e := range [][2]float32{{r.Ox, r.Dx}, {r.Oy, r.Dy}, {r.Oz, r.Dz}} {
						t += (float64(positions[k*capacity+at]) - float64(e[0])) * float64(e[1])
					}
					if p.add(float64(alphas[at]), [3]float64{float64(radiance[at]), float64(radiance[capacity+at]), float64(radiance[2*capacity+at])},
						(t+0.3)*0.8, 0.99) {
						done = true
						break
					}
				}
				alive[s] = 1 - flag(done)
				copy(value[7*index:], p[:])
				for k := range 7 {
					tol[7*int(index)+k] = 100.0 / (1 << 24) // up to 5 samples of at most 10 roundings of numbers below 2
				}
			}
			return []check.Want{{Binding: 7, Value: value, Tol: tol}, {Binding: 8, Words: alive}}
		},
		// The weight lacks the transmittance.
		Fault: func(c *gpu.Call) {
			px := gpu.View[kernels.Pixel](c.Bind[7])
			for i := range px {
				px[i].A *= 0.99
			}
			k.Twin(c)
		},
	}}
}
