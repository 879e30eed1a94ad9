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
	add(cameraRays)
	add(renderMarch)
	add(renderComposite)
	add(renderCompact)
	add(tonemap)
}

func cameraRays() []*check.Case {
	var out []*check.Case
	for lens := range testLenses {
		out = append(out, cameraRaysCase(lens, 3, 0))
	}
	return append(out, cameraRaysCase(0, 0, 0), cameraRaysCase(0, 5, 0.05), cameraRaysCase(6, 2, 0.02))
}

// viewSetup is a picture through a lens, into a box turned by 30 degrees about z.
type viewSetup struct {
	name  string
	lens  int
	cam   kernels.Camera
	truth oracle.Camera
	view  kernels.View
}

const viewFirst, viewCount, viewWidth, viewHeight, viewCone = 64, 1000, 64, 32, 1.0 / 256

func newViewSetup(lens int, spp uint32, aperture float64) *viewSetup {
	s := &viewSetup{name: fmt.Sprintf("%s spp=%d aperture=%g", testLenses[lens].name, spp, aperture), lens: lens}
	s.cam, s.truth = testCamera(lens, [3]float64{1.9, 0.9, -0.8}, viewWidth, viewHeight, 40)
	cs, sn := float32(math.Cos(math.Pi/6)), float32(0.5)
	s.view = kernels.View{LoX: -0.6, LoY: -0.6, LoZ: 0.1, HiX: 1.2, HiY: 1.2, HiZ: 0.9, B00: cs, B01: sn, B10: -sn, B11: cs, B22: 1,
		Near: 0.25, Aperture: float32(aperture), Focus: 1.5, Spp: spp}
	return s
}

// viewTruth is the ray of a pixel: its span is 0 where it misses, and it is not sure where it grazes the box.
type viewTruth struct {
	o, d                   [3]float64
	t, tTol, t1, t1Tol, cs float64
	seen, hit, sure        bool
}

func (s *viewSetup) at(i int) (w viewTruth) {
	pixel := uint32(viewFirst + i)
	x, y := pixel%viewWidth, pixel/viewWidth
	s0, p := oracle.Sobol(0, 0xdeadbeef), oracle.Sobol(s.view.Spp, 0xdeadbeef)
	fract := func(v float64) float64 { return v - math.Floor(v) }
	o, d, ok := s.truth.Ray((float64(x)+fract(0.5-s0[0]+p[0]))/viewWidth, (float64(y)+fract(0.5-s0[1]+p[1]))/viewHeight)
	if s.view.Aperture != 0 {
		o, d = s.truth.Defocus(o, d, oracle.Sobol(s.view.Spp, x*19349663+y*96925573), float64(s.view.Aperture), float64(s.view.Focus))
	}
	for j := range d {
		w.cs += d[j] * s.truth.Pose[j][2]
		o[j] += float64(s.view.Near) * d[j]
	}
	if s.lens == 2 || s.lens == 3 || s.lens == 5 {
		w.cs = 1
	}
	w.o, w.d, w.seen = o, d, ok
	return s.span(w, pixel)
}

// span fills in where the ray of a pixel meets the box.
func (s *viewSetup) span(w viewTruth, pixel uint32) viewTruth {
	cs := float64(s.view.B00)
	turn := func(a [3]float64) [3]float64 { return [3]float64{cs*a[0] + 0.5*a[1], -0.5*a[0] + cs*a[1], a[2]} }
	lo := [3]float64{float64(s.view.LoX), float64(s.view.LoY), float64(s.view.LoZ)}
	hi := [3]float64{float64(s.view.HiX), float64(s.view.HiY), float64(s.view.HiZ)}
	ld := turn(w.d)
	t0, t1, axis, hit := oracle.Box(turn(w.o), ld, lo, hi)
	w.hit, w.sure = hit && w.seen, math.Abs(t0-t1) > 1e-3 && math.Abs(t1) > 1e-3
	if !w.hit {
		return w
	}
	law := oracle.NewStepLaw(viewCone)
	w.t = law.Position(law.Number(math.Max(t0, 0)+1e-6) + oracle.Sobol(s.view.Spp, pixel*786433)[0])
	w.t1 = t1
	w.tTol = rayTolerance*4*(1+math.Abs(t0))/math.Abs(ld[axis[0]]) + 4e-6*w.t
	w.t1Tol = rayTolerance * 4 * (1 + math.Abs(t1)) / math.Abs(ld[axis[1]])
	return w
}

func cameraRaysCase(lens int, spp uint32, aperture float64) *check.Case {
	const first, count = viewFirst, viewCount
	setup := newViewSetup(lens, spp, aperture)
	cam, view, truthOf := setup.cam, setup.view, setup.at
	push := kernels.CameraRaysPush{First: first, Count: count}
	push.SetLaw(kernels.NewStepLaw(viewCone))
	k := kernels.CameraRaysKernel
	return &check.Case{
		Name: setup.name, Kernel: k,
		Groups: kernels.Groups(count, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In([]kernels.Camera{cam}), check.In([]kernels.View{view}), check.Out(10 * count), check.Out(count), check.Out(7 * count)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
				for i := range count {
					w := truthOf(i)
					if !w.sure {
						continue
					}
					flags := uint32(first + i)
					if w.hit {
						flags |= kernels.RayAlive
					}
					if err := wantRay(got, 10*i, w.o, w.d, w.t, w.tTol, w.t1, w.t1Tol, w.cs, flags); err != nil {
						return fmt.Errorf("pixel %d: %w", first+i, err)
					}
				}
				return nil
			}}, {Binding: 3, Bytes: func(got []byte) error {
				for i := range count {
					if w := truthOf(i); w.sure && wordAt(got, i) != flag(w.hit) {
						return fmt.Errorf("pixel %d: alive is %d", first+i, wordAt(got, i))
					}
				}
				return nil
			}}, {Binding: 4, Bytes: emptyPixels(count)}}
		},
		// The next sample's offset within the pixel; for the centre, half a pixel aside.
		Fault: func(c *gpu.Call) {
			v := &gpu.View[kernels.View](c.Bind[1])[0]
			v.Spp++
			k.Twin(c)
			v.Spp--
		},
	}
}

func renderMarch() []*check.Case {
	const capacity = 400
	in := newLiveRays(61, 50, 6, 0)
	p := marchRays(61, viewCone, 4, 2, 1, 1).push // for its box and law
	k := kernels.RenderMarchKernel
	push := kernels.RenderMarchPush{LoX: p.LoX, LoY: p.LoY, LoZ: p.LoZ, InvX: p.InvX, InvY: p.InvY, InvZ: p.InvZ,
		Cone: p.Cone, Lambda: p.Lambda, A: p.A, B: p.B, Ta: p.Ta, Tb: p.Tb, MaxMip: 2, Capacity: capacity, Steps: uint32(in.steps),
		CountIndex: 3, SamplesIndex: 5, GroupsIndex: 8, GroupSize: 32}
	return []*check.Case{{
		Name: in.name, Kernel: k, Groups: kernels.Groups(uint32(len(in.rays)), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(in.live), check.In(in.bits), check.In(in.state), check.In(in.rays), check.Out(7 * capacity)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Words: in.after}, {Binding: 3, Bytes: in.judgeRays}, {Binding: 4, Bytes: func(got []byte) error {
				return in.each(func(at int, x *oracle.Sample) error {
					for k := range 3 {
						if x == nil {
							continue
						}
						if g, w := floatAt(got, k*capacity+at), (x.P[k]-0.5)/4+0.5; !(math.Abs(g-w) <= x.Eps/4+8.0/(1<<24)) {
							return fmt.Errorf("sample %d: got %v, want %v", at, g, w)
						}
					}
					return in.judgeStep(floatAt(got, 6*capacity+at), at, x)
				})
			}}}
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

func renderComposite() []*check.Case {
	const seed, n, steps, capacity = 62, 60, 5, 320
	rng := pcg32.New(seed)
	live := make([]uint32, n)
	samples, raw := make([]float32, 7*capacity), make([]float32, 4*capacity)
	rays, pixels := make([]kernels.Ray, n), make([]kernels.Pixel, n)
	for i := range samples {
		samples[i] = rng.Float32()
	}
	for i := range raw {
		raw[i] = rng.Float32()*10 - 5
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
	k := kernels.RenderCompositeKernel
	push := kernels.RenderCompositePush{LoX: -1, LoY: -1, LoZ: -1, SizeX: 3, SizeY: 3, SizeZ: 3, Capacity: capacity, Steps: steps, CountIndex: 2,
		MinTransmittance: 0.01, Near: 0.3}
	return []*check.Case{{
		Name: fmt.Sprintf("rays=%d steps=%d seed=%d", n, steps, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(live), check.In([]uint32{0, 0, n}), check.In(rays), check.In(samples), check.In(raw), check.In(pixels), check.Out(n)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, 7*n), make([]float64, 7*n)
			alive := make([]uint32, n)
			for s, index := range live {
				r, p := rays[index], pixels[index]
				v := pixelTruth(p)
				done := r.T >= r.Tmax
				for j := range steps {
					at := j*n + s
					dt := float64(samples[6*capacity+at])
					if dt == 0 {
						break
					}
					var color [3]float64
					t := 0.0
					for k, e := range [][2]float32{{r.Ox, r.Dx}, {r.Oy, r.Dy}, {r.Oz, r.Dz}} {
						color[k] = oracle.Act(float64(raw[k*capacity+at]), false)
						t += (-1 + 3*float64(samples[k*capacity+at]) - float64(e[0])) * float64(e[1])
					}
					if v.add(1-math.Exp(-math.Exp(float64(raw[3*capacity+at]))*dt), color, (t+float64(push.Near))*float64(r.Cosine), 0.99) {
						done = true
						break
					}
				}
				alive[s] = 1 - flag(done)
				copy(value[7*index:], v[:])
				for k := range 7 {
					// Up to 5 samples of at most 30 roundings each of numbers below 1, the depth below 8.
					tol[7*int(index)+k] = 200.0 / (1 << 24)
				}
			}
			return []check.Want{{Binding: 5, Value: value, Tol: tol}, {Binding: 6, Words: alive}}
		},
		// The weight lacks the transmittance.
		Fault: func(c *gpu.Call) {
			px := gpu.View[kernels.Pixel](c.Bind[5])
			for i := range px {
				px[i].A *= 0.99
			}
			k.Twin(c)
		},
	}}
}

func renderCompact() []*check.Case {
	const n = 700
	k := kernels.RenderCompactKernel
	var out []*check.Case
	for _, initial := range []uint32{0, 1} {
		rng := pcg32.New(63)
		alive, offsets, in := make([]uint32, n), make([]uint32, n), make([]uint32, n)
		var want []uint32
		for i := range alive {
			alive[i], offsets[i], in[i] = rng.Uint32()&1, uint32(len(want)), rng.Uint32()
			if alive[i] == 1 && i < n-5 {
				v := in[i]
				if initial == 1 {
					v = uint32(i)
				}
				want = append(want, v)
			}
		}
		for len(want) < n {
			want = append(want, math.MaxUint32)
		}
		out = append(out, &check.Case{
			Name: fmt.Sprintf("initial=%d", initial), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k),
			Push:   kernels.RenderCompactPush{CountIndex: 1, Initial: initial}.Bytes(),
			Args:   []check.Arg{check.In([]uint32{0, n - 5}), check.In(alive), check.In(offsets), check.In(in), check.Out(n)},
			Oracle: func() []check.Want { return []check.Want{{Binding: 4, Words: want}} },
			// Dead rays stay.
			Fault: func(c *gpu.Call) {
				k.Twin(c)
				v := gpu.View[uint32](c.Bind[4])
				v[0], v[1] = v[1], v[0]
			},
		})
	}
	return out
}

func tonemap() []*check.Case {
	const seed, n, first = 64, 500, 20
	var out []*check.Case
	k := kernels.TonemapKernel
	for _, v := range []kernels.TonemapPush{
		{Mode: kernels.ModeShade},
		{Mode: kernels.ModeShade, Spp: 3, Curve: kernels.CurveACES, Exposure: 0.5, BackR: 0.2, BackG: 0.4, BackB: 1, BackA: 1},
		{Mode: kernels.ModeShade, Curve: kernels.CurveHable, LinearColors: 1, LinearOutput: 1, Exposure: -1, BackA: 0.5},
		{Mode: kernels.ModeShade, Spp: 1, Curve: kernels.CurveReinhard},
		{Mode: kernels.ModeDepth, Scale: 0.1}, {Mode: kernels.ModeAlpha}, {Mode: kernels.ModeCost, Scale: 0.01},
	} {
		push := v
		push.First, push.Count = first, n
		rng := pcg32.New(seed)
		pixels := make([]kernels.Pixel, n)
		frame := make([]float32, 4*(first+n))
		for i := range pixels {
			a := rng.Float32()
			pixels[i] = kernels.Pixel{R: a * rng.Float32(), G: a * rng.Float32(), B: a * rng.Float32(), A: a, Depth: 10 * rng.Float32(), Cost: float32(rng.Uint32() % 120)}
		}
		for i := range frame {
			frame[i] = rng.Float32()
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("mode=%d curve=%d spp=%d seed=%d", v.Mode, v.Curve, v.Spp, seed),
			Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In(pixels), check.In(frame), check.Out(first + n)},
			Oracle: func() []check.Want {
				mean, tol, bytes := make([]float64, len(frame)), make([]float64, len(frame)), make([][4]float64, n)
				for i, f := range frame {
					mean[i] = float64(f)
				}
				for i, p := range pixels {
					shown := oracle.Show([4]float64{float64(p.R), float64(p.G), float64(p.B), float64(p.A)}, float64(p.Depth), float64(p.Cost),
						int(push.Mode), push.LinearColors == 1, float64(push.Scale))
					at := 4 * (first + i)
					for c := range 4 {
						mean[at+c] = (mean[at+c]*float64(push.Spp) + shown[c]) / float64(push.Spp+1)
						tol[at+c] = 3e-6 // rPow: 30*2^-24, and a mean of two
					}
					bytes[i] = oracle.Tone([4]float64(mean[at:at+4]), [4]float64{float64(push.BackR), float64(push.BackG), float64(push.BackB), float64(push.BackA)},
						float64(push.Exposure), int(push.Curve), push.Mode == kernels.ModeShade, push.LinearOutput == 0)
				}
				return []check.Want{{Binding: 1, Value: mean, Tol: tol}, {Binding: 2, Bytes: func(got []byte) error {
					for i, b := range bytes {
						for c := range 4 {
							g := float64(wordAt(got, first+i) >> (8 * c) & 255)
							// Half a step of rounding, and 255 times the float error of a steep sRGB start.
							if w := 255 * math.Min(math.Max(b[c], 0), 1); math.Abs(g-w) > 0.5+0.02 {
								return fmt.Errorf("pixel %d channel %d: byte %v, want %v", i, c, g, w)
							}
						}
					}
					return nil
				}}}
			},
			// Alpha is multiplied twice.
			Fault: func(c *gpu.Call) {
				px := gpu.View[kernels.Pixel](c.Bind[0])
				keep := append([]kernels.Pixel(nil), px...)
				for i := range px {
					px[i].R, px[i].A, px[i].Depth, px[i].Cost = px[i].R*px[i].A, px[i].A*px[i].A, px[i].Depth*0.5, px[i].Cost+3
				}
				k.Twin(c)
				copy(px, keep)
			},
		})
	}
	return out
}
