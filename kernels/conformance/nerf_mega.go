package conformance

import (
	"fmt"
	"math"
	"sync"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

func init() { add(nerfMega) }

// megaPixel is the truth of a pixel: values and errors of r, g, b, a, depth, weight, cost. It is not sure where rounding
// could add or remove a sample, and near where it could choose another one for the depth.
type megaPixel struct {
	v          [7]oracle.Val
	sure, near bool
}

// frameSetup is a small picture of a random network in a grid of blocks.
type frameSetup struct {
	*nerfSetup
	name   string
	cam    kernels.Camera
	truth  oracle.Camera
	view   kernels.View
	bits   []uint32
	size   float64 // of the training box
	maxMip int
	cone   float64
	limit  float64 // least transmittance
	hdr    bool
}

func newFrame(n kernels.NeRF, seed uint64, width, height int, size float64, maxMip int, cone, limit float64, hdr bool) *frameSetup {
	f := &frameSetup{nerfSetup: newNerf(n, 0, seed), size: size, maxMip: maxMip, cone: cone, limit: limit, hdr: hdr}
	f.cam, f.truth = testCamera(0, [3]float64{1.3, 0.9, -0.5}, float64(width), float64(height), 0.8*float64(width))
	lo, hi := float32(0.5-size/2), float32(0.5+size/2)
	f.view = kernels.View{LoX: lo, LoY: lo, LoZ: lo, HiX: hi, HiY: hi, HiZ: hi, B00: 1, B11: 1, B22: 1, Near: 0.25, Spp: 3}
	f.bits = blockGrid(seed, 0.35)
	f.name = fmt.Sprintf("%v pixels=%dx%d box=%g cone=%.4g hdr=%v", f.nerfSetup, width, height, size, cone, hdr)
	return f
}

// frameAlong bounds a pinhole's direction: at most 20 operations of 2.5 ulp on numbers below 1.
const frameAlong = 20 * 2.5 / (1 << 24)

// frameRay is the truth of a ray: not sure where rounding could add or remove a sample.
type frameRay struct {
	o, d          [3]float64
	cosine, first float64
	samples       []oracle.Sample
	hit, sure     bool
}

// ray is the ray of pixel i and its lattice points in occupied cells, at most limit of them.
func (f *frameSetup) ray(i uint32, limit int) (r frameRay) {
	x, y := i%f.cam.Width, i/f.cam.Width
	s0, s := oracle.Sobol(0, 0xdeadbeef), oracle.Sobol(f.view.Spp, 0xdeadbeef)
	fract := func(v float64) float64 { return v - math.Floor(v) }
	r.o, r.d, _ = f.truth.Ray((float64(x)+fract(0.5-s0[0]+s[0]))/f.truth.Width, (float64(y)+fract(0.5-s0[1]+s[1]))/f.truth.Height)
	for j := range r.d {
		r.cosine += r.d[j] * f.truth.Pose[j][2]
		r.o[j] += float64(f.view.Near) * r.d[j]
	}
	lo, hi := 0.5-f.size/2, 0.5+f.size/2
	t0, t1, axis, hit := oracle.Box(r.o, r.d, [3]float64{lo, lo, lo}, [3]float64{hi, hi, hi})
	r.hit, r.sure = hit, math.Abs(t0-t1) > 1e-3 && math.Abs(t1) > 1e-3
	if !hit || !r.sure {
		return r
	}
	// The entry divides by the direction.
	law := oracle.NewStepLaw(f.cone)
	r.first = law.Position(law.Number(math.Max(t0, 0)+1e-6) + oracle.Sobol(f.view.Spp, i*786433)[0])
	extra := frameAlong*(1+t1) + frameAlong*(1+t0)/math.Abs(r.d[axis[0]])
	r.samples, r.sure = oracle.MarchWithin(f.bits, law, r.o, r.d, r.first, t1, f.maxMip, 0, false, limit, extra)
	return r
}

// pixel is the truth of pixel i: the ray of the camera, the lattice points in occupied cells, the network at each, and
// emission and absorption up to the least transmittance.
func (f *frameSetup) pixel(i uint32, half bool) (p megaPixel) {
	const u = 1.0 / (1 << 24)
	const along = frameAlong
	r := f.ray(i, kernels.MegaSamples)
	d, samples, cosine, near := r.d, r.samples, r.cosine, float64(f.view.Near)
	p.v[4] = oracle.Val{V: 16384}
	if p.sure = r.sure; !r.hit || !r.sure {
		return p
	}
	a := oracle.Val{}
	best, weight := oracle.Val{}, oracle.Val{}
	for _, x := range samples {
		raw := f.at(x, d, along, half)
		tau := math.Exp(raw[3].V) * x.Dt
		dt := 2 * x.Eps
		if f.cone == 0 {
			dt = 0
		}
		// The exponential within 30u, its argument within the network's error and the step's.
		tauE := tau*(math.Expm1(raw[3].E)+dt/x.Dt+40*u) + 1e-12
		alpha := oracle.Val{V: -math.Expm1(-tau), E: tauE + 8*u}
		w := alpha.Mul(oracle.Val{V: 1 - a.V, E: a.E + u})
		for k := range 3 {
			c := oracle.Val{V: oracle.Act(float64(raw[k].V), f.hdr), E: raw[k].E/4 + 40*u}
			if f.hdr {
				c.E = c.V * (math.Expm1(raw[k].E) + 40*u)
			}
			p.v[k] = p.v[k].Add(w.Mul(c))
		}
		a = a.Add(w)
		p.v[6].V++
		if w.V > weight.V {
			p.near = p.near && w.V-weight.V < w.E+weight.E || weight.V > 0 && w.V-weight.V < w.E+weight.E
			weight, best = w, oracle.Val{V: (x.T + near) * cosine, E: (x.Eps+(x.T+near)*4*u)*cosine + along*(x.T+near)}
		} else if weight.V-w.V < w.E+weight.E {
			p.near = true
		}
		if math.Abs(a.V-(1-f.limit)) < a.E+2*u {
			p.sure = false
		}
		if a.V > 1-f.limit {
			for k := range 3 {
				p.v[k] = p.v[k].Div(a)
			}
			a = oracle.Val{V: 1}
			break
		}
	}
	p.v[3], p.v[5] = a, weight
	if weight.V > 0 {
		p.v[4] = best
	}
	return p
}

// at is the network at a sample.
func (f *frameSetup) at(x oracle.Sample, d [3]float64, along float64, half bool) [4]oracle.Val {
	var pos, d01 [3]float64
	for k := range pos {
		pos[k], d01[k] = (x.P[k]-0.5)/f.size+0.5, (d[k]+1)/2
	}
	forward := f.nerfSetup.truth.ForwardWithin
	if half {
		forward = f.nerfSetup.truth.HalfForwardWithin
	}
	t := forward(pos, d01, x.Eps/f.size+8.0/(1<<24), along)
	return [4]oracle.Val{t.R, t.G, t.B, t.DensityV}
}

func nerfMega() []*check.Case {
	small := kernels.NeRF{Levels: 4, Features: 2, Width: 16, DensityHidden: 1, RGBHidden: 1}
	var out []*check.Case
	for _, f := range []*frameSetup{
		newFrame(small, 400, 14, 12, 1, 0, 0, 0.9, false),
		newFrame(small, 401, 16, 12, 2, 1, 1.0/256, 0.9, true),
		newFrame(kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 402, 8, 6, 1, 0, 0, 0.95, false),
		newFrame(kernels.NeRF{Levels: 6, Features: 4, Width: 32, DensityHidden: 1, RGBHidden: 1, Interpolation: kernels.GridSmoothstep}, 405, 8, 6, 1, 0, 0, 0.95, false),
	} {
		out = append(out, f.mega(f.seed%2 == 1))
	}
	return out
}

func (f *frameSetup) mega(again bool) *check.Case {
	first := uint32(3)
	all := f.cam.Width * f.cam.Height
	count := all - first - 2
	push := kernels.NerfMegaPush{First: first, Count: count, LoX: f.view.LoX, LoY: f.view.LoY, LoZ: f.view.LoZ,
		InvX: float32(1 / f.size), InvY: float32(1 / f.size), InvZ: float32(1 / f.size), MaxMip: uint32(f.maxMip),
		MaxSamples: kernels.MegaSamples, Budget: kernels.MegaBudget, Hdr: flag(f.hdr), Near: f.view.Near, MinTransmittance: float32(f.limit)}
	push.SetLaw(kernels.NewStepLaw(f.cone))
	k := kernels.NerfMega
	screen := kernels.Display{BackR: 0.3, BackG: 0.1, BackB: 0.6, BackA: 1, Gain: 1}
	push.Show = flag(!again)
	queue, rest := make([]uint32, kernels.MegaState), make([]uint32, 2*all+2*512)
	push.RestOut = 2 * all
	pixels := check.Out(int(7 * (all - first)))
	if again { // the last half comes from a list in reverse
		before := make([]kernels.Pixel, all-first)
		for i := range gpu.View[uint32](gpu.Bytes(before)) {
			gpu.View[uint32](gpu.Bytes(before))[i] = math.MaxUint32
		}
		for i := first + count - 1; i >= first+count/2; i-- {
			rest[2*push.RestCount] = i + 1
			push.RestCount++
		}
		push.Count = count / 2
		pixels = check.In(before)
	}
	wants := func(half bool) func() []check.Want {
		truth := sync.OnceValue(func() []megaPixel {
			out := make([]megaPixel, all)
			for i := first; i < first+count; i++ {
				out[i] = f.pixel(i, half)
			}
			return out
		})
		return func() []check.Want {
			return []check.Want{{Binding: 6, Bytes: func(got []byte) error {
				if n := wordAt(got, 0); n < push.Count || n > push.Count+512 {
					return fmt.Errorf("%d rays were taken from a queue of %d by at most 512 invocations", n, push.Count)
				}
				if left, again := wordAt(got, 2), wordAt(got, 3); left != again {
					return fmt.Errorf("%d rays are left over within the budget and %d of them taken again", left, again)
				}
				return nil
			}}, {Binding: 8, Bytes: func(got []byte) error {
				for i, want := range rest[:2*all] {
					if g := wordAt(got, i); g != want {
						return fmt.Errorf("word %d of the rays to go on with became %d, was %d", i, g, want)
					}
				}
				for at := int(2 * all); at < len(rest); at += 2 { // who left them over goes on with them
					if g := wordAt(got, at); g != 0 && (g <= first || g > first+count) {
						return fmt.Errorf("pixel %d was left over, it does not belong to the dispatch", g-1)
					}
				}
				return nil
			}}, {Binding: 10, Bytes: func(got []byte) error {
				for i := range all {
					p := &truth()[i]
					g := wordAt(got, int(i))
					switch {
					case again || i < first || i >= first+count:
						if g != math.MaxUint32 {
							return fmt.Errorf("pixel %d was shown", i)
						}
					case p.sure:
						if err := f.judgeShown(g, p, screen); err != nil {
							return fmt.Errorf("pixel %d: %w", i, err)
						}
					}
				}
				return nil
			}}, {Binding: 7, Bytes: func(got []byte) error { return judgePixels(got, truth()[first:], int(count)) }}}
		}
	}
	return &check.Case{
		Name: fmt.Sprintf("%s again=%v", f.name, again), Kernel: k, Groups: [3]uint32{2, 1, 1}, Spec: f.Spec(k), Push: push.Bytes(),
		Args: []check.Arg{check.In([]kernels.Camera{f.cam}), check.In([]kernels.View{f.view}), check.In(f.bits), check.In(f.levels),
			check.In(f.weights), check.In(f.table), check.In(queue),
			pixels, check.In(rest), check.In([]kernels.Display{screen}), check.Out(int(all))},
		Oracle:   wants(false),
		Variants: halfForms(wants(true)),
		// Rays end at half the opacity.
		Fault: func(c *gpu.Call) {
			q := push
			q.MinTransmittance = float32(1 - (1-f.limit)/2)
			wrong := *c
			wrong.Push = q.Bytes()
			k.Twin(&wrong)
		},
	}
}

// judgePixels compares n pixels and asks that the others are untouched. An eighth must be sure, and some must end
// by opacity and some at the box.
func judgePixels(got []byte, truth []megaPixel, n int) error {
	sure, opaque, clear := 0, 0, 0
	for i := range truth {
		if i >= n {
			for k := range 7 {
				if wordAt(got, 7*i+k) != 0xFFFFFFFF {
					return fmt.Errorf("pixel %d does not belong to the dispatch and was written", i)
				}
			}
			continue
		}
		p := &truth[i]
		if !p.sure {
			for k := range 7 {
				if g := floatAt(got, 7*i+k); !(math.Abs(g) <= 16384) {
					return fmt.Errorf("pixel %d value %d: got %v", i, k, g)
				}
			}
			continue
		}
		sure++
		if p.v[3].V == 1 {
			opaque++
		} else if p.v[6].V > 0 {
			clear++
		}
		for k, v := range p.v {
			if k == 4 && p.near {
				continue
			}
			if g := floatAt(got, 7*i+k); !(math.Abs(g-v.V) <= v.E) {
				return fmt.Errorf("pixel %d value %d: got %v, want %v within %.2g", i, k, g, v.V, v.E)
			}
		}
	}
	if 8*sure < n || opaque == 0 || clear == 0 {
		return fmt.Errorf("of %d pixels %d are certain, %d opaque and %d not: the case says too little", n, sure, opaque, clear)
	}
	return nil
}

// judgeShown compares the bytes of a pixel with its truth.
func (f *frameSetup) judgeShown(word uint32, p *megaPixel, d kernels.Display) error {
	for k, back := range []float32{d.BackR, d.BackG, d.BackB} {
		v := 255 * math.Min(math.Max(p.v[k].V+(1-p.v[3].V)*float64(back), 0), 1)
		e := 255 * (p.v[k].E + p.v[3].E*float64(back))
		if g := float64(word >> (8 * k) & 255); !(math.Abs(g-v) <= 0.5+0.02+e) {
			return fmt.Errorf("channel %d: byte %v, want %v within %.2g", k, g, v, e)
		}
	}
	return nil
}
