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
	add(sdfTrace)
	add(sdfHits)
	add(sdfNormal)
	add(sdfShade)
}

// sdfRays are n rays in the unit cube with a list of n-10 of them.
func sdfRays(rng *pcg32.Source, n int) (rays []kernels.Ray, live []uint32) {
	for i := range n {
		d := randomUnit(rng)
		t := 0.4 + rng.Float32()
		rays = append(rays, kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: rng.Float32(), Dx: d[0], Dy: d[1], Dz: d[2],
			T: t, Tmax: t + 0.2*rng.Float32(), Cosine: 0.8, Flags: kernels.RayAlive | uint32(i)})
		if i < n-10 {
			live = append(live, uint32(i*7)%uint32(n))
		}
	}
	return rays, live
}

func randomUnit(rng *pcg32.Source) [3]float32 {
	for {
		x, y, z := 2*rng.Float32()-1, 2*rng.Float32()-1, 2*rng.Float32()-1
		if l := math.Sqrt(float64(x*x + y*y + z*z)); l > 0.1 && l <= 1 {
			return [3]float32{float32(float64(x) / l), float32(float64(y) / l), float32(float64(z) / l)}
		}
	}
}

func sdfTrace() []*check.Case {
	const seed, n, capacity = 71, 120, 128
	var out []*check.Case
	for _, v := range []kernels.SdfTracePush{
		{Mode: kernels.SdfBegin}, {Mode: kernels.SdfPlace}, {Mode: kernels.SdfPlace, Back: 0.125},
		{Mode: kernels.SdfStep, MaxSteps: 5, Factor: 0.9, Tolerance: 1e-3, Cone: 2e-3},
		{Mode: kernels.SdfStep, MaxSteps: 5, Factor: 0.9, Tolerance: 1e-3, Cone: 2e-3, Sharpness: 12},
	} {
		push := v
		push.Capacity, push.CountIndex = capacity, 2
		rng := pcg32.New(seed)
		rays, live := sdfRays(&rng, n)
		distances, alive := make([]float32, len(live)), make([]uint32, len(live))
		traces := make([]kernels.Trace, n)
		after := make([]oracle.SphereRay, len(live))
		for s, index := range live {
			for sure := false; !sure; {
				w := kernels.Trace{Light: rng.Float32(), Steps: rng.Uint32() % 5}
				if rng.Uint32()%4 != 0 {
					w.BeforeT, w.BeforeD = rays[index].T-0.02*rng.Float32(), 0.01*rng.Float32()+0.003
				}
				d := [4]float32{0.003, 0.02, 0.2, -0.02}[rng.Uint32()%4] * rng.Float32()
				r := rays[index]
				near := float64(push.Tolerance) + float64(push.Cone)*float64(r.T)
				ray := oracle.SphereRay{T: float64(r.T), TMax: float64(r.Tmax), OutsideT: float64(w.BeforeT), OutsideD: float64(w.BeforeD), Light: float64(w.Light), Steps: int(w.Steps), Close: 1}
				traces[index], distances[s], alive[s] = w, d, flag(s%9 != 0)
				after[s] = ray
				switch {
				case push.Mode == kernels.SdfBegin:
					after[s] = oracle.SphereRay{T: ray.T, TMax: ray.TMax, Light: 1, Close: 1}
				case push.Mode == kernels.SdfPlace || alive[s] == 0:
				case push.Sharpness > 0:
					after[s] = ray.Shadow(float64(d), near, float64(push.Factor), float64(push.Sharpness), int(push.MaxSteps))
				default:
					after[s] = ray.View(float64(d), near, float64(push.Factor), int(push.MaxSteps))
				}
				sure = after[s].Close > 1e-4
			}
		}
		k := kernels.SdfTraceKernel
		out = append(out, &check.Case{
			Name: fmt.Sprintf("mode=%d sharpness=%g back=%g seed=%d", push.Mode, push.Sharpness, push.Back, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In(live), check.In([]uint32{0, 0, uint32(len(live))}), check.In(rays), check.In(distances), check.In(traces), check.In(alive), check.Out(3 * capacity)},
			Oracle: func() []check.Want {
				// A step is five operations of at most 2.5 ulp with numbers below 2.
				const tol = 5 * 2.5 * 2.0 / (1 << 24)
				return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
					for s, index := range live {
						if g := floatAt(got, 10*int(index)+6); !(math.Abs(g-after[s].T) <= tol) {
							return fmt.Errorf("ray %d is at %v, want %v", index, g, after[s].T)
						}
					}
					return nil
				}}, {Binding: 4, Bytes: func(got []byte) error {
					for s, index := range live {
						w, at := after[s], 5*int(index)
						for k, want := range []float64{w.OutsideT, w.OutsideD, w.Light} {
							// The light is sharpness/t times d: three operations.
							if g := floatAt(got, at+k); !(math.Abs(g-want) <= tol) {
								return fmt.Errorf("ray %d value %d is %v, want %v", index, k, g, want)
							}
						}
						status := map[[2]bool]uint32{{true, true}: kernels.TraceHit, {true, false}: kernels.TraceMissed}[[2]bool{w.Ended, w.Arrived}]
						if wordAt(got, at+3) != uint32(w.Steps) || wordAt(got, at+4) != status {
							return fmt.Errorf("ray %d after %d steps has status %d, want %d and %d", index, wordAt(got, at+3), wordAt(got, at+4), w.Steps, status)
						}
					}
					return nil
				}}, {Binding: 5, Bytes: func(got []byte) error {
					for s := range live {
						want := alive[s]
						if push.Mode == kernels.SdfBegin {
							want = 1
						}
						if after[s].Ended {
							want = 0
						}
						if wordAt(got, s) != want {
							return fmt.Errorf("entry %d: alive is %d, want %d", s, wordAt(got, s), want)
						}
					}
					return nil
				}}, {Binding: 6, Bytes: func(got []byte) error {
					for s, index := range live {
						r := rays[index]
						for k, e := range [][2]float32{{r.Ox, r.Dx}, {r.Oy, r.Dy}, {r.Oz, r.Dz}} {
							if g, want := floatAt(got, k*capacity+s), float64(e[0])+float64(e[1])*(after[s].T-float64(push.Back)); !(math.Abs(g-want) <= 2*tol) {
								return fmt.Errorf("position %d of entry %d is %v, want %v", k, s, g, want)
							}
						}
					}
					return nil
				}}}
			},
			// The whole distance is gone and the light is twice as sharp; a place is that of the ray itself; where there is none
			// before it, rays are listed in another order.
			Fault: func(c *gpu.Call) {
				q := push
				q.Factor, q.Sharpness, q.Back = 1, 2*q.Sharpness, 0
				wrong := *c
				wrong.Push = q.Bytes()
				if push.Mode != kernels.SdfStep && push.Back == 0 {
					l := gpu.View[uint32](c.Bind[0])
					l[0], l[1] = l[1], l[0]
					defer func() { l[0], l[1] = l[1], l[0] }()
				}
				k.Twin(&wrong)
			},
		})
	}
	return out
}

func sdfHits() []*check.Case {
	const seed, n = 72, 200
	rng := pcg32.New(seed)
	rays, traces, pixels := make([]kernels.Ray, n), make([]kernels.Trace, n), make([]kernels.Pixel, n)
	alive, cost := make([]uint32, n), make([]uint32, n)
	for i := range rays {
		rays[i].Flags = uint32(i)
		traces[i] = kernels.Trace{Steps: rng.Uint32() % 300, Status: rng.Uint32() % 3}
		pixels[i].Cost = 7
		if rng.Uint32()%3 != 0 {
			rays[i].Flags |= kernels.RayAlive
			cost[i] = math.Float32bits(float32(traces[i].Steps))
			alive[i] = flag(traces[i].Status == kernels.TraceHit)
		}
	}
	k := kernels.SdfHitsKernel
	return []*check.Case{{
		Name: fmt.Sprintf("n=%d seed=%d", n, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: kernels.SdfHitsPush{Count: n}.Bytes(),
		Args: []check.Arg{check.In(rays), check.In(traces), check.In(pixels), check.Out(n)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
				for i, want := range cost {
					if g := wordAt(got, 7*i+6); g != want {
						return fmt.Errorf("pixel %d costs %v, want %v", i, math.Float32frombits(g), math.Float32frombits(want))
					}
				}
				return nil
			}}, {Binding: 3, Words: alive}}
		},
		// Rays that missed the box count with what another picture left.
		Fault: func(c *gpu.Call) {
			r := gpu.View[kernels.Ray](c.Bind[0])
			keep := append([]kernels.Ray(nil), r...)
			for i := range r {
				r[i].Flags |= kernels.RayAlive
			}
			k.Twin(c)
			copy(r, keep)
		},
	}}
}

func sdfNormal() []*check.Case {
	const seed, n, capacity, points, pointsCapacity = 73, 90, 96, 3, 300
	rng := pcg32.New(seed)
	rays, live := sdfRays(&rng, n)
	gradient := make([]float32, 3*capacity)
	for i := range gradient {
		gradient[i] = 2*rng.Float32() - 1
	}
	gradient[4], gradient[capacity+4], gradient[2*capacity+4] = 0, 0, 0 // a place without a direction
	light := [3]float32{0.48, 0.6, -0.64}
	push := kernels.SdfNormalPush{Capacity: capacity, PointsCapacity: pointsCapacity, CountIndex: 1, PointsIndex: 3, PointsCount: points, Reach: 0.1, Lift: 0.03,
		LightX: light[0], LightY: light[1], LightZ: light[2], LoX: -1, LoY: -1, LoZ: -1, HiX: 1.5, HiY: 1.5, HiZ: 1.5}
	type surface struct {
		p, n  [3]float64
		cells [points][3]float64
		in    uint32
		end   float64
	}
	lo, hi := [3]float64{-1, -1, -1}, [3]float64{1.5, 1.5, 1.5}
	want := make([]surface, len(live))
	for s, index := range live {
		r := rays[index]
		g, d := [3]float64{}, [3]float64{float64(r.Dx), float64(r.Dy), float64(r.Dz)}
		length := 0.0
		w := &want[s]
		for k, o := range [3]float32{r.Ox, r.Oy, r.Oz} {
			w.p[k] = float64(o) + d[k]*float64(r.T)
			g[k] = float64(gradient[k*capacity+s])
			length += g[k] * g[k]
		}
		length = math.Sqrt(length)
		for k := range g {
			if w.n[k] = -d[k]; length > 0 {
				w.n[k] = g[k] / length
			}
		}
		for j := range w.cells {
			in := w.in == uint32(j)
			for k := range w.p {
				w.cells[j][k] = w.p[k] + w.n[k]*float64(push.Reach)*math.Exp2(float64(j))
				in = in && w.cells[j][k] >= lo[k] && w.cells[j][k] <= hi[k]
			}
			if in {
				w.in++
			} else {
				w.cells[j] = w.p
			}
		}
		var o [3]float64
		for k := range o {
			o[k] = w.p[k] + w.n[k]*float64(push.Lift)
		}
		if _, t1, _, hit := oracle.Box(o, [3]float64{float64(light[0]), float64(light[1]), float64(light[2])}, lo, hi); hit {
			w.end = t1
		}
	}
	// Positions and normals take fewer than 10 operations of 2.5 ulp with numbers below 4; the exit divides by at least 0.48.
	const tol = 10 * 2.5 * 4.0 / (1 << 24)
	k := kernels.SdfNormalKernel
	return []*check.Case{{
		Name: fmt.Sprintf("n=%d seed=%d", n, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(live), check.In([]uint32{0, uint32(len(live)), 0, 0}), check.In(rays), check.In(gradient), check.Out(7 * n), check.Out(10 * n), check.Out(3 * pointsCapacity)},
		Oracle: func() []check.Want {
			near := func(what string, s int, got, want float64, scale float64) error {
				if !(math.Abs(got-want) <= scale*tol) {
					return fmt.Errorf("%s of entry %d is %v, want %v", what, s, got, want)
				}
				return nil
			}
			return []check.Want{{Binding: 1, Words: []uint32{0, uint32(len(live)), 0, uint32(points * len(live))}}, {Binding: 4, Bytes: func(got []byte) error {
				for s, index := range live {
					for k := range 3 {
						if err := near("position", s, floatAt(got, 7*int(index)+k), want[s].p[k], 1); err != nil {
							return err
						}
						if err := near("normal", s, floatAt(got, 7*int(index)+3+k), want[s].n[k], 1); err != nil {
							return err
						}
					}
					if g := wordAt(got, 7*int(index)+6); g != want[s].in {
						return fmt.Errorf("entry %d has %d points in the box, want %d", s, g, want[s].in)
					}
				}
				return nil
			}}, {Binding: 5, Bytes: func(got []byte) error {
				for s, index := range live {
					at := 10 * int(index)
					for k := range 3 {
						if err := near("origin", s, floatAt(got, at+k), want[s].p[k]+want[s].n[k]*float64(push.Lift), 2); err != nil {
							return err
						}
						if err := near("direction", s, floatAt(got, at+3+k), float64(light[k]), 0); err != nil {
							return err
						}
					}
					if err := near("start", s, floatAt(got, at+6), float64(push.Lift), 0); err != nil {
						return err
					}
					if err := near("exit", s, floatAt(got, at+7), want[s].end, 4); err != nil {
						return err
					}
					if g := wordAt(got, at+9); g != kernels.RayAlive|index {
						return fmt.Errorf("entry %d has flags %x", s, g)
					}
				}
				return nil
			}}, {Binding: 6, Bytes: func(got []byte) error {
				for s := range live {
					for j := range points {
						for k := range 3 {
							if err := near("point", s, floatAt(got, k*pointsCapacity+j*len(live)+s), want[s].cells[j][k], 2); err != nil {
								return err
							}
						}
					}
				}
				return nil
			}}}
		},
		// Normals look inwards.
		Fault: func(c *gpu.Call) {
			g := gpu.View[float32](c.Bind[3])
			for i := range g {
				g[i] = -g[i]
			}
			k.Twin(c)
			for i := range g {
				g[i] = -g[i]
			}
		},
	}}
}

func sdfShade() []*check.Case {
	const seed, n, points = 74, 100, 3
	var out []*check.Case
	k := kernels.SdfShadeKernel
	for mode := range uint32(2) {
		rng := pcg32.New(seed)
		rays, live := sdfRays(&rng, n)
		surfaces, traces, pixels := make([]kernels.Surface, n), make([]kernels.Trace, n), make([]kernels.Pixel, n)
		distances := make([]float32, points*len(live))
		for i := range distances {
			distances[i] = 0.5*rng.Float32() - 0.1
		}
		for i := range surfaces {
			v := randomUnit(&rng)
			surfaces[i] = kernels.Surface{Px: rng.Float32(), Py: rng.Float32(), Pz: rng.Float32(), Nx: v[0], Ny: v[1], Nz: v[2], Inside: rng.Uint32() % (points + 1)}
			traces[i], pixels[i] = kernels.Trace{Light: rng.Float32()}, kernels.Pixel{Cost: 9}
		}
		push := kernels.SdfShadePush{Mode: mode, CountIndex: 1, Capacity: uint32(len(distances)), PointsCount: points, Reach: 0.05, Near: 0.1, Gloss: 0.4,
			LightX: 0.48, LightY: 0.6, LightZ: -0.64, UpY: 1, KeyR: 1.5, KeyG: 1.4, KeyB: 1.2, SkyR: 0.3, SkyG: 0.4, SkyB: 0.5,
			GroundR: 0.2, GroundG: 0.15, GroundB: 0.1, AlbedoR: 0.8, AlbedoG: 0.7, AlbedoB: 0.6}
		studio := oracle.Studio{Light: wide3(push.LightX, push.LightY, push.LightZ), Up: [3]float64{0, 1, 0}, Key: wide3(push.KeyR, push.KeyG, push.KeyB),
			Sky: wide3(push.SkyR, push.SkyG, push.SkyB), Ground: wide3(push.GroundR, push.GroundG, push.GroundB), Albedo: wide3(push.AlbedoR, push.AlbedoG, push.AlbedoB), Gloss: float64(push.Gloss)}
		out = append(out, &check.Case{
			Name: fmt.Sprintf("mode=%d seed=%d", mode, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In(live), check.In([]uint32{0, uint32(len(live))}), check.In(rays), check.In(surfaces), check.In(distances), check.In(traces), check.In(pixels)},
			Oracle: func() []check.Want {
				value, tol := make([]float64, 7*n), make([]float64, 7*n)
				for i := range n {
					value[7*i+6] = 9
				}
				for s, index := range live {
					r, at := rays[index], surfaces[index]
					normal := wide3(at.Nx, at.Ny, at.Nz)
					color := [3]float64{(normal[0] + 1) / 2, (normal[1] + 1) / 2, (normal[2] + 1) / 2}
					if mode == kernels.SdfShaded {
						var heights []float64
						for j := range at.Inside {
							heights = append(heights, float64(distances[int(j)*len(live)+s]))
						}
						color = studio.Shade(normal, wide3(r.Dx, r.Dy, r.Dz), oracle.Openness(heights, float64(push.Reach)), float64(traces[index].Light))
						for k := range color {
							color[k] = oracle.ToSRGB(color[k])
						}
					}
					for k, v := range []float64{color[0], color[1], color[2], 1, (float64(r.T) + float64(push.Near)) * float64(r.Cosine), 1} {
						value[7*int(index)+k] = v
						// A cosine within 10·2^-24 to the 32nd power is within 320·2^-24 of a highlight below 1, and sRGB
						// raises errors of colours above 0.01, as here, by less than 4.
						tol[7*int(index)+k] = 4 * 400.0 / (1 << 24)
					}
				}
				return []check.Want{{Binding: 6, Value: value, Tol: tol}}
			},
			// Shadows are forgotten and all is open, and surfaces are those of other rays.
			Fault: func(c *gpu.Call) {
				l := gpu.View[kernels.Trace](c.Bind[5])
				at := gpu.View[kernels.Surface](c.Bind[3])
				keep := append([]kernels.Trace(nil), l...)
				kept := append([]kernels.Surface(nil), at...)
				for i := range l {
					l[i].Light = 1
					at[i].Nx = -at[i].Nx
				}
				k.Twin(c)
				copy(l, keep)
				copy(at, kept)
			},
		})
	}
	return out
}

func wide3(x, y, z float32) [3]float64 { return [3]float64{float64(x), float64(y), float64(z)} }
