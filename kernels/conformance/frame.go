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
	add(framePre)
	add(framePost)
	add(display)
}

func framePre() []*check.Case {
	small := kernels.NeRF{Levels: 4, Features: 2, Width: 16, DensityHidden: 1, RGBHidden: 1}
	return []*check.Case{
		newFrame(small, 410, 20, 12, 1, 0, 0, 0.9, false).pre(true, 0),
		newFrame(small, 411, 20, 12, 2, 1, 1.0/256, 0.9, true).pre(true, 16),
		newFrame(small, 412, 20, 12, 2, 1, 1.0/256, 0.9, false).pre(false, 0),
	}
}

// pre is a first pass over all pixels from the third on, or a pass that goes on after the second sample of some; features
// is the number of planes before the directions', 0 for none.
func (f *frameSetup) pre(initial bool, features int) *check.Case {
	const first, steps, capacity = 3, 3, 800
	n := f.cam.Width*f.cam.Height - first
	truth := make([]frameRay, n)
	next, live := make([]uint32, n), make([]uint32, 0, n)
	law := oracle.NewStepLaw(f.cone)
	order := make([]uint32, 0, n) // of the rays in the list, as the device made it
	point := func(r *frameRay, x oracle.Sample) uint32 {
		return uint32(math.Round(law.Number(x.T) - law.Number(r.first)))
	}
	want := func(i uint32) []oracle.Sample { // of a ray that is sure
		s := truth[i].samples
		if initial {
			return s[:min(1, len(s))]
		}
		s = s[min(2, len(s)):]
		return s[:min(steps, len(s))]
	}
	for i := range truth {
		truth[i] = f.ray(uint32(first+i), 1000)
		if r := &truth[i]; initial || r.sure && len(r.samples) >= 2 {
			live = append(live, uint32(i))
			if !initial {
				next[i] = point(r, r.samples[1]) + 1
			}
		}
	}
	for i := range live { // in no order where a list says so
		if j := i * 7 % len(live); !initial && i < j {
			live[i], live[j] = live[j], live[i]
		}
	}
	k := kernels.FramePreKernel
	push := kernels.FramePrePush{First: first, LoX: f.view.LoX, LoY: f.view.LoY, LoZ: f.view.LoZ, InvX: float32(1 / f.size), InvY: float32(1 / f.size),
		InvZ: float32(1 / f.size), MaxMip: uint32(f.maxMip), Capacity: capacity, Steps: steps, CountIndex: 1, NextIndex: 2, SamplesIndex: 3, GroupsIndex: 5,
		GroupSize: 64, Near: f.view.Near, Initial: flag(initial), Sh: flag(features > 0), OutputPlane: uint32(features)}
	push.SetLaw(kernels.NewStepLaw(f.cone))
	count := len(live)
	list, taken, before := check.In(live), steps, uint32(98)
	if initial {
		list, taken, before = check.Out(int(n)), 1, 0
	}
	state := []uint32{7, uint32(count), 99, before, 97, 96, 95, 94}
	after := []uint32{7, uint32(count), 0, uint32(steps * count), 97, (uint32(steps*count) + 63) / 64, 1, 1}
	// each calls g for every element that is certain; x is nil behind the end of a ray.
	each := func(g func(at int, r *frameRay, x *oracle.Sample) error) error {
		sure, found := 0, 0
		for s, i := range order {
			r := &truth[i]
			if !r.sure {
				continue
			}
			sure++
			samples := want(i)
			for j := range taken {
				var x *oracle.Sample
				if j < len(samples) {
					x = &samples[j]
					found++
				}
				if err := g(j*count+s, r, x); err != nil {
					return fmt.Errorf("pixel %d sample %d: %w", first+i, j, err)
				}
			}
		}
		if 4*sure < len(order) || found < 20 {
			return fmt.Errorf("of %d rays %d are certain, with %d samples: the case says too little", count, sure, found)
		}
		return nil
	}
	near := func(what string, g, w, tol float64) error {
		if !(math.Abs(g-w) <= tol) {
			return fmt.Errorf("%s: got %v, want %v within %.2g", what, g, w, tol)
		}
		return nil
	}
	return &check.Case{
		Name: fmt.Sprintf("%s initial=%v features=%d", f.name, initial, features), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In([]kernels.Camera{f.cam}), check.In([]kernels.View{f.view}), list, check.In(f.bits), check.In(state), check.In(next),
			check.Out(7 * capacity), check.Out(capacity), check.Out((16 + features) * capacity)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Bytes: func(got []byte) error { // first, because it finds the order
				if order = order[:0]; !initial {
					order = append(order, live...)
					for s, i := range live {
						if wordAt(got, s) != i {
							return fmt.Errorf("element %d of the list was changed", s)
						}
					}
					return nil
				}
				seen := map[uint32]bool{}
				for s := 0; s < int(n) && wordAt(got, s) != math.MaxUint32; s++ {
					i := wordAt(got, s)
					if i >= n || seen[i] {
						return fmt.Errorf("element %d of the list: ray %d is there twice or not at all", s, i)
					}
					seen[i] = true
					order = append(order, i)
				}
				for i := range truth {
					if r := &truth[i]; r.sure && seen[uint32(i)] != (len(r.samples) > 0) {
						return fmt.Errorf("pixel %d has %d samples, listed: %v", first+i, len(r.samples), seen[uint32(i)])
					}
				}
				return nil
			}}, {Binding: 4, Bytes: func(got []byte) error {
				if initial {
					after[3] = uint32(len(order))
				}
				for i, w := range after {
					if g := wordAt(got, i); g != w {
						return fmt.Errorf("word %d: got %d, want %d", i, g, w)
					}
				}
				return nil
			}}, {Binding: 5, Bytes: func(got []byte) error {
				for _, i := range order {
					r := &truth[i]
					if !r.sure {
						continue
					}
					samples, w := want(i), uint32(kernels.FrameEnd)
					if len(samples) == taken {
						w = point(r, samples[taken-1]) + 1
					}
					if g := wordAt(got, int(i)); g != w {
						return fmt.Errorf("pixel %d goes on at %d, want %d", first+i, g, w)
					}
				}
				return nil
			}}, {Binding: 6, Bytes: func(got []byte) error {
				return each(func(at int, r *frameRay, x *oracle.Sample) error {
					dt, tol := 0.0, 0.0
					for k := range 3 {
						if err := near("direction", floatAt(got, (3+k)*capacity+at), (r.d[k]+1)/2, frameAlong); err != nil {
							return err
						}
						if x == nil {
							continue
						}
						if err := near("position", floatAt(got, k*capacity+at), (x.P[k]-0.5)/f.size+0.5, x.Eps/f.size+8.0/(1<<24)); err != nil {
							return err
						}
					}
					if x != nil {
						dt, tol = x.Dt, 2*x.Eps
					}
					return near("step", floatAt(got, 6*capacity+at), dt, tol)
				})
			}}, {Binding: 7, Bytes: func(got []byte) error {
				return each(func(at int, r *frameRay, x *oracle.Sample) error {
					if x == nil {
						return nil
					}
					t := x.T + float64(f.view.Near)
					return near("depth", floatAt(got, at), t*r.cosine, x.Eps+t*(3*frameAlong+4.0/(1<<24)))
				})
			}}, {Binding: 8, Bytes: func(got []byte) error {
				for at := range features * capacity {
					if wordAt(got, at) != math.MaxUint32 {
						return fmt.Errorf("plane %d before those of the direction was written", at/capacity)
					}
				}
				if features == 0 {
					return nil
				}
				return each(func(at int, r *frameRay, _ *oracle.Sample) error {
					y, tol := oracle.Encodings["SphericalHarmonics"].Forward([]float64{4}, []float64{(r.d[0] + 1) / 2, (r.d[1] + 1) / 2, (r.d[2] + 1) / 2})
					for k := range y {
						// A harmonic of degree 3 changes by less than 7 a unit along each axis.
						if err := near("harmonic", floatAt(got, (features+k)*capacity+at), y[k], tol[k]+3*7*frameAlong); err != nil {
							return err
						}
					}
					return nil
				})
			}}}
		},
		// The next pixel's rays.
		Fault: func(c *gpu.Call) {
			q := push
			q.First++
			wrong := *c
			wrong.Push = q.Bytes()
			k.Twin(&wrong)
		},
	}
}

func framePost() []*check.Case {
	return []*check.Case{framePostCase(81, false, true), framePostCase(82, true, true), framePostCase(83, false, false)}
}

func framePostCase(seed uint64, hdr, show bool) *check.Case {
	const n, steps, capacity, first = 60, 5, 320, 4
	rng := pcg32.New(seed)
	live, next := make([]uint32, n), make([]uint32, n)
	samples, depths, raw := make([]float32, 7*capacity), make([]float32, capacity), make([]float32, 4*capacity)
	pixels := make([]kernels.Pixel, n)
	for i := range samples {
		samples[i] = rng.Float32()
	}
	for i := range depths {
		depths[i] = 5 * rng.Float32()
	}
	for i := range raw {
		raw[i] = rng.Float32()*6 - 4
	}
	for i := range live {
		live[i] = uint32(i*7) % n
		if next[i] = rng.Uint32() % 1000; i%3 == 1 {
			next[i] = kernels.FrameEnd
		}
		pixels[i] = kernels.Pixel{R: rng.Float32() * 0.3, G: 0.1, B: 0.2, A: 0.3 + 0.3*rng.Float32(), Depth: 9, Weight: 0.05, Cost: 3}
	}
	for s := range n { // some rays end before the last step
		if s%3 == 0 {
			samples[6*capacity+3*n+s] = 0
			next[live[s]] = kernels.FrameEnd
		}
	}
	screen := kernels.Display{BackR: 0.2, BackG: 0.4, BackB: 0.9, BackA: 1, Gain: 1}
	push := kernels.FramePostPush{First: first, Capacity: capacity, Steps: steps, CountIndex: 2, NextIndex: 0, Hdr: flag(hdr), MinTransmittance: 0.01,
		Show: flag(show)}
	k := kernels.FramePostKernel
	return &check.Case{
		Name: fmt.Sprintf("rays=%d steps=%d hdr=%v show=%v seed=%d", n, steps, hdr, show, seed), Kernel: k,
		Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(live), check.In([]uint32{0, 5, n}), check.In(next), check.In(samples), check.In(depths), check.In(raw),
			check.In([]kernels.Display{screen}), check.In(pixels), check.Out(n), check.Out(first + n)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, 7*n), make([]float64, 7*n)
			goes := map[uint32]bool{}
			for s, index := range live {
				p := pixelTruth(pixels[index])
				done := next[index] == kernels.FrameEnd
				scale := 1.0
				for j := range steps {
					at := j*n + s
					dt := float64(samples[6*capacity+at])
					if dt == 0 {
						break
					}
					var color [3]float64
					for k := range color {
						color[k] = oracle.Act(float64(raw[k*capacity+at]), hdr)
						scale = math.Max(scale, color[k])
					}
					if p.add(1-math.Exp(-math.Exp(float64(raw[3*capacity+at]))*dt), color, float64(depths[at]), 0.99) {
						done = true
						break
					}
				}
				if !done {
					goes[index] = true
				}
				copy(value[7*index:], p[:])
				for k := range 7 {
					// Up to 5 samples of at most 30 roundings each of numbers below scale; the depth is copied.
					tol[7*int(index)+k] = 200 * scale / (1 << 24)
				}
				tol[7*int(index)+4] = 0
			}
			return []check.Want{{Binding: 1, Words: []uint32{uint32(len(goes)), 5, n}}, {Binding: 7, Value: value, Tol: tol},
				{Binding: 8, Bytes: func(got []byte) error {
					seen := map[uint32]bool{}
					for i := range len(goes) {
						seen[wordAt(got, i)] = true
					}
					for index := range goes {
						if !seen[index] {
							return fmt.Errorf("ray %d goes on and is not in the list", index)
						}
					}
					for i := len(goes); i < n; i++ {
						if wordAt(got, i) != math.MaxUint32 {
							return fmt.Errorf("element %d is behind the end of the list and was written", i)
						}
					}
					return nil
				}}, {Binding: 9, Bytes: func(got []byte) error {
					for i := range first + n {
						index := uint32(i - first)
						if i < first || goes[index] || !show {
							if wordAt(got, i) != math.MaxUint32 {
								return fmt.Errorf("pixel %d has not ended and was shown", i)
							}
							continue
						}
						if err := judgeShown(wordAt(got, i), value[7*index:], screen); err != nil {
							return fmt.Errorf("pixel %d: %w", i, err)
						}
					}
					return nil
				}}}
		},
		// Every second sample's density is another's.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[5])
			for i := 3 * capacity; i+1 < 4*capacity; i += 2 {
				v[i], v[i+1] = v[i+1], v[i]
			}
			k.Twin(c)
			for i := 3 * capacity; i+1 < 4*capacity; i += 2 {
				v[i], v[i+1] = v[i+1], v[i]
			}
		},
	}
}

// judgeShown compares the bytes of a pixel (r, g, b, a) with the truth: half a step of rounding, and 255 times the float error.
func judgeShown(word uint32, p []float64, d kernels.Display) error {
	back := [4]float64{float64(d.BackR), float64(d.BackG), float64(d.BackB), float64(d.BackA)}
	var c [4]float64
	for k := range c {
		c[k] = p[k] + (1-p[3])*back[k]
	}
	if d.Gain != 1 || d.Curve != 0 || d.LinearColors != 0 {
		for k := range 3 {
			if c[k] = math.Max(c[k], 0); d.LinearColors == 0 {
				c[k] = oracle.ToLinear(c[k])
			}
		}
		c = oracle.Tone([4]float64{c[0], c[1], c[2], c[3]}, [4]float64{}, math.Log2(float64(d.Gain)), int(d.Curve), true, true)
	}
	for k := range 4 {
		g, w := float64(word>>(8*k)&255), 255*math.Min(math.Max(c[k], 0), 1)
		if math.Abs(g-w) > 0.5+0.02 {
			return fmt.Errorf("channel %d: byte %v, want %v", k, g, w)
		}
	}
	return nil
}

func display() []*check.Case {
	const seed, n, first = 84, 500, 20
	var out []*check.Case
	k := kernels.DisplayKernel
	for _, screen := range []kernels.Display{
		{BackR: 0.2, BackG: 0.4, BackB: 1, BackA: 1, Gain: 1},
		{Gain: 1},
		{BackR: 0.5, BackA: 0.5, Gain: 1.5, Curve: kernels.CurveACES},
		{BackB: 1, BackA: 1, Gain: 0.5, Curve: kernels.CurveHable, LinearColors: 1},
		{BackG: 0.1, BackA: 1, Gain: 1, Curve: kernels.CurveReinhard},
	} {
		rng := pcg32.New(seed)
		pixels := make([]kernels.Pixel, n)
		for i := range pixels {
			a := rng.Float32()
			pixels[i] = kernels.Pixel{R: a * rng.Float32(), G: a * rng.Float32(), B: a * rng.Float32(), A: a, Depth: 10 * rng.Float32()}
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("curve=%d linear=%d gain=%g seed=%d back=%g,%g,%g", screen.Curve, screen.LinearColors, screen.Gain, seed, screen.BackR, screen.BackG, screen.BackB),
			Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: kernels.DisplayPush{First: first, Count: n}.Bytes(),
			Args: []check.Arg{check.In([]kernels.Display{screen}), check.In(pixels), check.Out(first + n)},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
					for i := range first + n {
						if i < first {
							if wordAt(got, i) != math.MaxUint32 {
								return fmt.Errorf("pixel %d does not belong to the dispatch and was written", i)
							}
							continue
						}
						p := pixelTruth(pixels[i-first])
						if err := judgeShown(wordAt(got, i), p[:], screen); err != nil {
							return fmt.Errorf("pixel %d: %w", i, err)
						}
					}
					return nil
				}}}
			},
			// Alpha is multiplied twice.
			Fault: func(c *gpu.Call) {
				px := gpu.View[kernels.Pixel](c.Bind[1])
				keep := append([]kernels.Pixel(nil), px...)
				for i := range px {
					px[i].R, px[i].G, px[i].B = px[i].R*px[i].A, px[i].G*px[i].A, px[i].B*px[i].A
				}
				k.Twin(c)
				copy(px, keep)
			},
		})
	}
	return out
}
