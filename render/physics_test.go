package render

import (
	"fmt"
	"math"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// step is the distance of samples in a scene of aabb_scale 1.
var step = math.Sqrt(3) / 1024

// all is a transmittance at which no ray ends early.
const all = 1e-30

// rounding bounds what one float32 evaluation of an encoded constant 1 is off by: corner weights have two products of three
// factors, of which one rounded 1-f each, and are summed over eight corners.
const rounding = 13 * u

// slab is a medium of constant density and colour between the planes of a box, of which an occupancy grid may leave a part.
type slab struct {
	lo, hi [3]float64
	x0, x1 float64 // what the grid leaves; 0 and 1 where that is everything
	raw    float64
	color  [3]float64 // raw
}

// check holds every pixel of a frame against the medium's closed form. Samples lie at t = h(n0 + k), where n0 is the ray's
// entry into the box plus an offset drawn for the pixel, and those within the medium count, so that
//
//	α = 1 - exp(-σ h N),  N the number of lattice points in [t0, t1);  |hN - (t1-t0)| < h, so that
//	exp(-σ(L+h)) < 1-α < exp(-σ(L-h)),  L = t1 - t0
func (s *slab) check(f *Frame, v View) error {
	sigma := math.Exp(s.raw)
	seen, sure := 0, 0
	for i, n := range f.Cost {
		o, d, _ := pixelRay(&v.Camera, i)
		entry, t1, axes, hit := oracle.Box(o, d, s.lo, s.hi)
		entry = math.Max(entry, 0)
		a, b := (s.x0-o[0])/d[0], (s.x1-o[0])/d[0]
		t0, t1 := math.Max(entry, math.Min(a, b)), math.Min(t1, math.Max(a, b))
		length := math.Max(t1-t0, 0)
		if !hit {
			length = 0
		}
		// Each end of the span is off by the error of the ray, 60 roundings of 2.5 ulp, over the cosine with its plane, and the
		// lattice by what its number loses when a ray is taken up again after a pass, up to 75 times.
		margin := (300*u*(1+t1)/math.Min(math.Abs(d[0]), math.Min(math.Abs(d[axes[0]]), math.Abs(d[axes[1]]))) + 150*u*t1) / step
		if real := length / step; !(math.Abs(float64(n)-real) <= 1+margin) && (hit || n != 0) {
			return fmt.Errorf("pixel %d: %v samples over %v steps", i, n, real)
		}
		if n > 0 {
			seen++
		}
		number := (entry+1e-6)/step + oracle.Sobol(0, uint32(i)*786433)[0]
		first, end := math.Max(t0/step-number, 0), t1/step-number
		if hit && length > 0 && apart(first, margin) && apart(end, margin) {
			sure++
			if want := math.Ceil(end) - math.Ceil(first); float64(n) != want {
				return fmt.Errorf("pixel %d: %v samples, the lattice has %v", i, n, want)
			}
		}
		alpha, tol, colorTol := s.closed(int(n))
		got := f.Color[4*i : 4*i+4]
		if !(math.Abs(float64(got[3])-alpha) <= tol) {
			return fmt.Errorf("pixel %d: alpha %v, want %v within %.2g", i, got[3], alpha, tol)
		}
		low, high := -math.Expm1(-sigma*math.Max(length-(1+margin)*step, 0))-tol, -math.Expm1(-sigma*(length+(1+margin)*step))+tol
		if g := float64(got[3]); (g < low || g > high) && hit {
			return fmt.Errorf("pixel %d: alpha %v is not from %v to %v as over the length %v", i, g, low, high, length)
		}
		for k, c := range s.color {
			want := oracle.Act(c, false) * alpha
			if !(math.Abs(float64(got[k])-want) <= colorTol) {
				return fmt.Errorf("pixel %d channel %d: %v, want %v within %.2g", i, k, got[k], want, colorTol)
			}
		}
	}
	if seen < len(f.Cost)/3 || sure < seen/4 {
		return fmt.Errorf("the test sees little: %d pixels of %d show the medium, %d are certain", seen, len(f.Cost), sure)
	}
	return nil
}

// apart tells whether x is farther than margin from a whole number.
func apart(x, margin float64) bool {
	return x == 0 || math.Abs(x-math.Round(x)) > margin
}

// closed is the opacity of n samples with bounds on the errors of a float32 evaluation of it and of colours. With
// x = σh and e = exp(-x), a sample multiplies T by e, whose relative error is x times that of σ and two products, and 2.1u;
// w = (1-e)T rounds three times, the sum once:
//
//	E' = e·E + T(e·δ + 3u·x) + u
//
// Colours add w·c with the errors of w, of c (13u and a quarter of that of its argument) and of the sum.
func (s *slab) closed(n int) (alpha, tol, colorTol float64) {
	x := math.Exp(s.raw) * step
	raw := math.Abs(s.raw)*(rounding+u) + u
	e, delta := math.Exp(-x), x*(raw+4.1*u)+2.1*u
	most := 0.0
	for _, c := range s.color {
		most = math.Max(most, math.Abs(c))
	}
	T := 1.0
	for range n {
		w := T*(e*delta+3*u*x) + x*tol
		colorTol += w + x*T*(13*u+most*(rounding+4*u)) + 2*u
		tol = e*tol + T*(e*delta+3*u*x) + u
		T *= e
	}
	return 1 - T, tol, colorTol
}

func (s *slab) box() (box [2][3]float32) {
	for k := range 3 {
		box[0][k], box[1][k] = float32(s.lo[k]), float32(s.hi[k])
	}
	return box
}

// grid is occupied where x0 <= x < x1, which are multiples of 1/128.
func (s *slab) grid() []float32 {
	grid := nowhere()
	for i := range 1 << 21 {
		if x := float64(i&127) / 128; x >= s.x0 && x < s.x1 {
			grid[oracle.Morton(i&127, i>>7&127, i>>14)] = 1000
		}
	}
	return grid
}

func (s *slab) field() func(*parameters) {
	var c [3]float32
	for k, v := range s.color {
		c[k] = float32(v)
	}
	return constant(float32(s.raw), c)
}

// slabs are one bounded by the box alone and one that the occupancy grid cuts out.
var slabs = []*slab{
	{lo: [3]float64{0.125, 0.3125, 0.1875}, hi: [3]float64{0.875, 0.625, 0.8125}, x0: 0, x1: 1, raw: 1.5, color: [3]float64{0.5, -1.25, 2}},
	{lo: [3]float64{0.125, 0.125, 0.125}, hi: [3]float64{0.875, 0.875, 0.875}, x0: 0.25, x1: 0.5, raw: -0.75, color: [3]float64{-3, 0.25, 1}},
}

func TestSlab(t *testing.T) {
	v := View{Camera: testCamera(20, 15), MinTransmittance: all}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		for _, s := range slabs {
			f := newField(t, d, s.field())
			if err := s.check(frameOf(t, newRenderer(t, d, f, s.box(), s.grid(), 0), v), v); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSlabFaults(t *testing.T) {
	v := View{Camera: testCamera(20, 15), MinTransmittance: all}
	for name, fault := range map[string]func(t *testing.T, s *slab) (m slab, k *gpu.Kernel, wrong func(*gpu.Call, func(*gpu.Call))){
		"density": func(_ *testing.T, s *slab) (slab, *gpu.Kernel, func(*gpu.Call, func(*gpu.Call))) {
			m := *s
			m.raw += 0.002
			return m, nil, nil
		},
		"colour": func(_ *testing.T, s *slab) (slab, *gpu.Kernel, func(*gpu.Call, func(*gpu.Call))) {
			m := *s
			m.color[1] += 0.002
			return m, nil, nil
		},
		"one sample too few": func(_ *testing.T, s *slab) (slab, *gpu.Kernel, func(*gpu.Call, func(*gpu.Call))) {
			return *s, kernels.RenderMarchKernel, func(c *gpu.Call, twin func(*gpu.Call)) {
				twin(c)
				p := gpu.PushOf[kernels.RenderMarchPush](c)
				live, state, rays, samples := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[2]), gpu.View[kernels.Ray](c.Bind[3]), gpu.View[float32](c.Bind[4])
				n := state[p.CountIndex]
				for s := range n { // the last sample of a ray that ends in this pass
					if r := rays[live[s]]; r.T >= r.Tmax {
						for j := int(p.Steps) - 1; j >= 0; j-- {
							if at := 6*p.Capacity + uint32(j)*n + s; samples[at] != 0 {
								samples[at] = 0
								break
							}
						}
					}
				}
			}
		},
		"a cell too many": func(_ *testing.T, s *slab) (slab, *gpu.Kernel, func(*gpu.Call, func(*gpu.Call))) {
			m := *s
			m.hi[0] += 1.0 / 128
			m.x1 += 1.0 / 128
			return m, nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i, s := range slabs {
				d := twins(t)
				medium, k, wrong := fault(t, s)
				f := newField(t, d, medium.field())
				r := newRenderer(t, d, f, medium.box(), medium.grid(), 0)
				if k != nil {
					plant(t, k, wrong)
				}
				if s.check(frameOf(t, r, v), v) == nil {
					t.Errorf("slab %d: accepted", i)
				}
			}
		})
	}
}

// white makes a random medium that emits white.
func white(seed uint64, raw float32) func(*parameters) {
	return func(p *parameters) {
		random(seed, 4)(p)
		p.feature(1, func([3]float64) float64 { return 1 })
		clear(p.values[p.Density.Matrices[0].Offset:][:p.Density.Inputs])
		p.weight(&p.Density, 0, 0, 1, 1)
		clear(p.values[p.Density.Matrices[1].Offset+p.Density.Width:][:p.Density.Width])
		clear(p.values[p.RGB.Offset:][:p.RGB.Inputs])
		out := p.RGB.Matrices[1]
		clear(p.values[out.Offset:][:out.Rows*out.Cols])
		p.colors(0, [3]float32{raw, raw, raw})
	}
}

// furnace holds that a scene that emits what surrounds it cannot be seen: with c = 1 exactly, which is what sigmoid(30) is
// in float32, colours and opacity are the same sums, and C + (1-A) rounds twice.
func furnace(f *Frame) error {
	seen := 0
	for i, c := range f.Over([3]float32{1, 1, 1}) {
		if !(math.Abs(float64(c)-1) <= 2*u) {
			return fmt.Errorf("pixel %d is %v", i/3, c)
		}
		if a := f.Color[4*(i/3)+3]; a > 0.1 && a < 1 {
			seen++
		}
	}
	if seen < len(f.Cost)/4 {
		return fmt.Errorf("the test sees little: %d partly covered values", seen)
	}
	return nil
}

func TestFurnace(t *testing.T) {
	v := View{Camera: testCamera(12, 12), SPP: 2}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		for seed, limits := range map[uint64][]float32{11: {0, all}, 12: {ExactTransmittance}} {
			r := newRenderer(t, d, newField(t, d, white(seed, 30)), middle, everywhere(), 0)
			for _, v.MinTransmittance = range limits {
				if err := furnace(frameOf(t, r, v)); err != nil {
					t.Errorf("seed %d, rays end at %v: %v", seed, v.MinTransmittance, err)
				}
			}
		}
	})
	v.MinTransmittance = 0
	d := twins(t)
	if furnace(frameOf(t, newRenderer(t, d, newField(t, d, white(11, 7)), middle, everywhere(), 0), v)) == nil {
		t.Error("planted fault: a medium that emits 0.999 is accepted")
	}
	plant(t, kernels.RenderCompositeKernel, func(c *gpu.Call, twin func(*gpu.Call)) {
		pixels := gpu.View[kernels.Pixel](c.Bind[5])
		before := append([]kernels.Pixel(nil), pixels...)
		twin(c)
		for i := range pixels {
			if p := &pixels[i]; p.A == 1 && before[i].A < 1 {
				p.R, p.G, p.B = p.R*0.99, p.G*0.99, p.B*0.99
			}
		}
	})
	if furnace(frameOf(t, newRenderer(t, d, newField(t, d, white(11, 30)), middle, everywhere(), 0), v)) == nil {
		t.Error("planted fault: colours of ended rays that are not divided by their opacity are accepted")
	}
}

// monotone renders and follows every pixel from pass to pass: opacity is in [0, 1] and never falls, which is to say that
// transmittance never grows, and no colour exceeds it, since emitted colours are at most 1.
func monotone(t *testing.T, d gpu.Device, v View) error {
	t.Helper()
	var r *NeRF
	var bad error
	var last []kernels.Pixel
	passes, grown := 0, 0
	spy := &spied{Device: d}
	spy.after = func(rec *gpu.Recording) {
		if rec.Name != "render pass" || bad != nil {
			return
		}
		pixels := make([]kernels.Pixel, v.Camera.PixelCount())
		read := gpu.NewRecording("read pixels")
		read.Download(r.pixels, 0, gpu.Bytes(pixels))
		if err := d.Submit(read); err != nil {
			bad = err
		}
		passes++
		for i, p := range pixels {
			was := kernels.Pixel{}
			if last != nil {
				was = last[i]
			}
			// A colour is a sum of up to 1024 terms w·c <= w beside the sum of w, each rounded once or twice.
			if !(p.A >= was.A && p.A >= 0 && p.A <= 1 && p.R >= 0 && p.R <= p.A+3*1024*u) && bad == nil {
				bad = fmt.Errorf("pass %d pixel %d: %+v after %+v", passes, i, p, was)
			}
			if p.A > was.A {
				grown++
			}
		}
		last = pixels
	}
	r = newRenderer(t, spy, newField(t, d, random(21, 6)), middle, everywhere(), 0)
	frameOf(t, r, v)
	if bad == nil && (passes < 10 || grown < 2*v.Camera.PixelCount()) {
		bad = fmt.Errorf("the test sees little: %d passes, %d steps of a pixel", passes, grown)
	}
	return bad
}

func TestTransmittanceIsMonotone(t *testing.T) {
	v := View{Camera: testCamera(12, 8), MinTransmittance: ExactTransmittance}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		if err := monotone(t, d, v); err != nil {
			t.Error(err)
		}
	})
	plant(t, kernels.RenderCompositeKernel, func(c *gpu.Call, twin func(*gpu.Call)) { // weights lack earlier passes' transmittance
		pixels := gpu.View[kernels.Pixel](c.Bind[5])
		before := append([]kernels.Pixel(nil), pixels...)
		for i := range pixels {
			pixels[i].A = 0
		}
		twin(c)
		for i := range pixels {
			pixels[i].A += before[i].A
		}
	})
	if monotone(t, twins(t), v) == nil {
		t.Error("planted fault: opacities above 1 are accepted")
	}
}
