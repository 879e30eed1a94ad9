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
	add(normalPoints)
	add(normalColors)
	add(planePoints)
	add(planeColors)
}

// near0 reports a value that differs from what is wanted by more than the tolerance; NaN differs.
func near0(what string, i int, got, want, tol float64) error {
	if !(math.Abs(got-want) <= tol) {
		return fmt.Errorf("%s %d is %v, want %v", what, i, got, want)
	}
	return nil
}

func normalPoints() []*check.Case {
	const seed, n, first, capacity = 91, 150, 11, 920
	rng := pcg32.New(seed)
	rays, _ := sdfRays(&rng, n)
	pixels := make([]kernels.Pixel, first+n)
	for i := range pixels {
		pixels[i] = kernels.Pixel{A: []float32{0.1, 0.3, 1}[rng.Uint32()%3], Depth: 4 * rng.Float32()}
	}
	k := kernels.NormalPointsKernel
	push := kernels.NormalPointsPush{First: first, Count: n, Capacity: capacity, LoX: -0.5, LoY: -0.25, LoZ: -1, InvX: 0.5, InvY: 0.75, InvZ: 0.25, Near: 0.2, Offset: 0.004}
	return []*check.Case{{
		Name: fmt.Sprintf("rays=%d seed=%d", n, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(rays), check.In(pixels), check.Out(3 * capacity)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
				for i, r := range rays {
					p, t := pixels[first+i], 0.0
					if p.A > 0.2 {
						t = float64(p.Depth)/float64(r.Cosine) - float64(push.Near)
					}
					for s := range 6 {
						for axis, e := range [][4]float32{{r.Ox, r.Dx, push.LoX, push.InvX}, {r.Oy, r.Dy, push.LoY, push.InvY}, {r.Oz, r.Dz, push.LoZ, push.InvZ}} {
							at := float64(e[0]) + t*float64(e[1])
							if s/2 == axis {
								at += float64(push.Offset) * float64(2*(s%2)-1)
							}
							// Ten operations of at most 2.5 ulp with numbers below 8.
							if err := near0("coordinate", axis*capacity+6*i+s, floatAt(got, axis*capacity+6*i+s), (at-float64(e[2]))*float64(e[3]), 200.0/(1<<24)); err != nil {
								return err
							}
						}
					}
				}
				return nil
			}}}
		},
		// Rays begin at the camera.
		Fault: func(c *gpu.Call) {
			bad := push
			bad.Near = 0
			c.Push = bad.Bytes()
			k.Twin(c)
		},
	}}
}

func normalColors() []*check.Case {
	const seed, n, first = 92, 150, 7
	rng := pcg32.New(seed)
	density, pixels := make([]float32, 6*n), make([]kernels.Pixel, first+n)
	for i := range pixels {
		pixels[i] = kernels.Pixel{R: rng.Float32(), G: 0.2, B: 0.1, A: []float32{0.1, 0.3, 1}[rng.Uint32()%3], Depth: 3, Weight: 0.5, Cost: 9}
	}
	for i := range density {
		density[i] = 20*rng.Float32() - 10
		if i/6%10 == 3 { // flat
			density[i] = 1
		}
	}
	k := kernels.NormalColorsKernel
	push := kernels.NormalColorsPush{First: first, Count: n}
	return []*check.Case{{
		Name: fmt.Sprintf("pixels=%d seed=%d", n, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(density), check.In(pixels)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, 7*len(pixels)), make([]float64, 7*len(pixels))
			for i, p := range pixels {
				v := pixelTruth(p)
				if i >= first {
					var g [3]float64
					d := density[6*(i-first):]
					for axis := range g {
						g[axis] = float64(d[2*axis+1]) - float64(d[2*axis])
					}
					length := math.Sqrt(g[0]*g[0] + g[1]*g[1] + g[2]*g[2])
					for c := range 4 {
						switch {
						case v[3] <= 0.2 || length == 0:
							v[c] = 0
						case c < 3:
							v[c] = (0.5 - 0.5*g[c]/length) * v[3] // density falls along the normal
							// A component of a unit vector: a difference, a sum of three squares, a root and a quotient, of 2.5 ulp each.
							tol[7*i+c] = 20.0 / (1 << 24)
						}
						if c == 2 && (v[3] <= 0.2 || length == 0) {
							v[3] = 0
						}
					}
				}
				copy(value[7*i:], v[:])
			}
			return []check.Want{{Binding: 1, Value: value, Tol: tol}}
		},
		// Normals point into the surface.
		Fault: func(c *gpu.Call) {
			d := gpu.View[float32](c.Bind[0])
			for i := 0; i+1 < len(d); i += 2 {
				d[i], d[i+1] = d[i+1], d[i]
			}
			k.Twin(c)
		},
	}}
}

func planePoints() []*check.Case {
	const seed, n, capacity = 93, 200, 210
	var out []*check.Case
	k := kernels.PlanePointsKernel
	for _, push := range []kernels.PlanePointsPush{
		{Distance: 1.1, Thickness: 0.01, Near: 0.25},
		{FixedZ: 1, Distance: 0.5, Thickness: 1, Near: 0.1},
	} {
		push.Count, push.Capacity = n, capacity
		push.LoX, push.LoY, push.LoZ, push.HiX, push.HiY, push.HiZ = 0.1, 0.2, 0, 0.9, 0.8, 1
		push.FromX, push.FromY, push.FromZ, push.InvX, push.InvY, push.InvZ = -0.5, -0.25, -1, 0.5, 0.75, 0.25
		rng := pcg32.New(seed)
		rays := make([]kernels.Ray, n)
		places := make([][3]float64, n)
		ts := make([]float64, n)
		inside := make([]bool, n)
		for i := range rays {
			for sure := false; !sure; { // not at an edge
				d := randomUnit(&rng)
				if d[2] < 0.2 && i%7 != 0 { // some look away
					d[2] = 0.2 + abs32(d[2])
				}
				r := kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: 0.6*rng.Float32() - 0.5, Dx: d[0], Dy: d[1], Dz: d[2], Cosine: 0.5 + 0.5*rng.Float32()}
				if i%9 != 0 {
					r.Flags = kernels.RayAlive
				}
				t := float64(push.Distance)/float64(r.Cosine) - float64(push.Near)
				if push.FixedZ != 0 {
					t = (float64(push.Distance) - float64(r.Oz)) / float64(r.Dz)
				}
				in := r.Flags != 0 && t >= 0
				sure = math.Abs(t) > 1e-3 && math.Abs(t) < 16
				for axis, e := range [][4]float32{{r.Ox, r.Dx, push.LoX, push.HiX}, {r.Oy, r.Dy, push.LoY, push.HiY}, {r.Oz, r.Dz, push.LoZ, push.HiZ}} {
					p := float64(e[0]) + t*float64(e[1])
					places[i][axis] = p
					in = in && p >= float64(e[2]) && p <= float64(e[3])
					if axis < 2 || push.FixedZ == 0 {
						sure = sure && math.Abs(p-float64(e[2])) > 1e-3 && math.Abs(p-float64(e[3])) > 1e-3
					}
				}
				rays[i], ts[i], inside[i] = r, t, in
			}
		}
		out = append(out, &check.Case{
			Name: fmt.Sprintf("fixed=%d seed=%d", push.FixedZ, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In(rays), check.Out(7 * capacity), check.Out(7 * n)},
			Oracle: func() []check.Want {
				// Ten operations of at most 2.5 ulp with numbers below 16.
				const tol = 10 * 2.5 * 16.0 / (1 << 24)
				return []check.Want{{Binding: 1, Bytes: func(got []byte) error {
					for i, r := range rays {
						q := [7]float64{0.5, 0.5, 0.5, (float64(r.Dx) + 1) / 2, (float64(r.Dy) + 1) / 2, (float64(r.Dz) + 1) / 2}
						if inside[i] {
							q[0], q[1], q[2] = (places[i][0]+0.5)*0.5, (places[i][1]+0.25)*0.75, (places[i][2]+1)*0.25
							q[6] = float64(push.Thickness)
						}
						for plane, want := range q {
							if err := near0("value", plane*capacity+i, floatAt(got, plane*capacity+i), want, tol); err != nil {
								return err
							}
						}
					}
					return nil
				}}, {Binding: 2, Bytes: func(got []byte) error {
					for i, r := range rays {
						want := [7]float64{4: 16384}
						if inside[i] {
							want[4], want[6] = (ts[i]+float64(push.Near))*float64(r.Cosine), 1
						}
						for c, w := range want {
							if err := near0("pixel's value", 7*i+c, floatAt(got, 7*i+c), w, tol); err != nil {
								return err
							}
						}
					}
					return nil
				}}}
			},
			// The sheet is a little aside.
			Fault: func(c *gpu.Call) {
				bad := push
				bad.FromX += 1e-3
				c.Push = bad.Bytes()
				k.Twin(c)
			},
		})
	}
	return out
}

func abs32(v float32) float32 { return max(v, -v) }

func planeColors() []*check.Case {
	const seed, n, capacity = 94, 130, 140
	var out []*check.Case
	k := kernels.PlaneColorsKernel
	for _, colors := range []uint32{kernels.PlaneRadiance, kernels.PlaneHDR, kernels.PlaneOpaque, kernels.PlaneVolume, kernels.PlaneDistance} {
		rng := pcg32.New(seed)
		samples, raw, pixels := make([]float32, 7*capacity), make([]float32, 4*capacity), make([]kernels.Pixel, n)
		for i := range raw {
			raw[i] = 12*rng.Float32() - 6
			switch colors {
			case kernels.PlaneOpaque:
				raw[i] = 1.4*rng.Float32() - 0.2
			case kernels.PlaneDistance: // a third of them near the surface
				raw[i] = []float32{0.01, 0.01, 1}[rng.Uint32()%3] * (rng.Float32() - 0.5)
			}
		}
		for i := range n {
			samples[6*capacity+i] = []float32{0, 0.01, 1}[rng.Uint32()%3]
			pixels[i] = kernels.Pixel{R: 5, G: 5, B: 5, A: 5, Depth: 2, Weight: 0.5, Cost: 1}
		}
		opaque := colors == kernels.PlaneOpaque || colors == kernels.PlaneDistance
		push := kernels.PlaneColorsPush{Count: n, Capacity: capacity, Colors: colors, Extinction: 20}
		out = append(out, &check.Case{
			Name: fmt.Sprintf("colors=%d seed=%d", colors, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In(samples), check.In(raw), check.In(pixels)},
			Oracle: func() []check.Want {
				value, tol := make([]float64, 7*n), make([]float64, 7*n)
				for i, p := range pixels {
					v := pixelTruth(p)
					thickness := float64(samples[6*capacity+i])
					density := math.Exp(float64(raw[3*capacity+i]))
					if colors == kernels.PlaneVolume {
						density = 20 * math.Max(float64(raw[3*capacity+i]), 0)
					}
					v[3] = 1 - math.Exp(-density*thickness)
					if opaque {
						if v[3] = 0; thickness > 0 {
							v[3] = 1
						}
					}
					// An exponential of a number below 6 of an exponential below 600: its change is at most 1/e of the inner relative
					// error, some ten roundings; colours have twenty relative ones. What a distance is multiplied
					// by are powers of two, so that its cosine is one of an exact angle, with 4 roundings.
					tol[7*i+3] = 20.0 / (1 << 24)
					for c := range 3 {
						x := float64(raw[c*capacity+i])
						switch colors {
						case kernels.PlaneOpaque:
							x = math.Min(math.Max(x, 0), 1)
						case kernels.PlaneVolume:
							x = math.Max(x, 0)
						case kernels.PlaneDistance:
							d := float64(raw[i])
							side := [2][3]float64{{0.875, 0.625, 0.25}, {0.25, 0.5, 0.875}}[map[bool]int{true: 1}[d < 0]][c]
							line := math.Max(1-math.Abs(d)*256, 0)
							x = side*(0.75+0.25*math.Cos(2*math.Pi*32*d))*(1-line) + line
						default:
							x = oracle.Act(x, colors == kernels.PlaneHDR)
						}
						v[c] = v[3] * x
						tol[7*i+c] = 60.0 / (1 << 24) * (1 + x)
					}
					copy(value[7*i:], v[:])
				}
				return []check.Want{{Binding: 2, Value: value, Tol: tol}}
			},
			// The colours are not multiplied by the opacity.
			Fault: func(c *gpu.Call) {
				k.Twin(c)
				for i, p := range gpu.View[kernels.Pixel](c.Bind[2]) {
					if p.A < 1 {
						gpu.View[kernels.Pixel](c.Bind[2])[i].R += 0.01
					}
				}
			},
		})
	}
	return out
}
