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
	add(pixelsAdd)
	add(screen)
}

// coveredPixels are pixels of any coverage, some of them none; sums are of so many samples.
func coveredPixels(seed uint64, n, samples int) []kernels.Pixel {
	rng := pcg32.New(seed)
	out := make([]kernels.Pixel, n)
	for i := range out {
		a := max(0, rng.Float32()*1.2-0.2) * float32(samples)
		out[i] = kernels.Pixel{R: a * rng.Float32(), G: a * rng.Float32(), B: a * rng.Float32(), A: a, Depth: 10 * rng.Float32(), Weight: rng.Float32(), Cost: float32(rng.Uint32() % 50)}
	}
	return out
}

func pixelsAdd() []*check.Case {
	const seed, n, first = 85, 300, 17
	var out []*check.Case
	k := kernels.PixelsAddKernel
	for _, p := range []kernels.PixelsAddPush{{First: first, Count: n, Fresh: 1}, {First: first, Count: n}, {First: first, Count: n, LinearColors: 1}} {
		pixels, sums := coveredPixels(seed, n, 1), coveredPixels(seed+1, first+n, 3)
		out = append(out, &check.Case{
			Name: fmt.Sprintf("fresh=%d linear=%d seed=%d", p.Fresh, p.LinearColors, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: p.Bytes(),
			Args: []check.Arg{check.In(pixels), check.In(sums)},
			Oracle: func() []check.Want {
				value, tol := make([]float64, 7*(first+n)), make([]float64, 7*(first+n))
				for i := range sums {
					s := pixelTruth(sums[i])
					copy(value[7*i:], s[:])
					if i < first {
						continue
					}
					v := pixelTruth(pixels[i-first])
					for c := range 3 {
						if p.LinearColors == 0 && v[3] > 0 {
							v[c] = oracle.ToLinear(v[c]/v[3]) * v[3]
						}
						// Linear light is at most 1 and a power of 2.4 of a ratio: some 40 roundings; then one of the sum.
						tol[7*i+c] = 100 * (1 + s[c]) / (1 << 24)
					}
					tol[7*i+3] = 2 * (1 + s[3]) / (1 << 24)
					if p.Fresh != 0 {
						if v[3] <= 0.2 {
							v[4] = 0
						}
					} else {
						for _, c := range []int{0, 1, 2, 3, 6} {
							v[c] += s[c]
						}
						v[4], v[5] = s[4], s[5]
					}
					copy(value[7*i:], v[:])
				}
				return []check.Want{{Binding: 1, Value: value, Tol: tol}}
			},
			// The first pixel is left as it was.
			Fault: func(c *gpu.Call) {
				s := gpu.View[kernels.Pixel](c.Bind[1])
				keep := s[first]
				k.Twin(c)
				s[first] = keep
			},
		})
	}
	return out
}

func screen() []*check.Case {
	const seed = 86
	var out []*check.Case
	k := kernels.ScreenKernel
	looks := []kernels.Display{
		{BackR: 0.1, BackG: 0.3, BackB: 0.8, BackA: 1, Gain: 1.3, Curve: kernels.CurveACES, LinearColors: 1},
		{BackR: 0.5, BackG: 0.5, BackB: 0.4, BackA: 1, Gain: 1, LinearColors: 1},
		{BackR: 0.1, BackG: 0.2, BackB: 0.2, BackA: 1, Gain: 1, LinearColors: 1},
	}
	// Points lie between 0.1 and 0.9 of a cube, or of one three cubes further, so that no fraction is torn by a rounding.
	camera := kernels.ScreenPush{EyeX: 0.1, EyeY: 3.1, EyeZ: 0.12, CornerX: 0.01, CornerY: 0.02, CornerZ: 0.06, RightX: 0.002, DownX: 0.001, DownY: 0.003}
	for _, p := range []kernels.ScreenPush{
		{Width: 25, Height: 14, SumsWidth: 25, SumsHeight: 14, Samples: 1},
		{Width: 37, Height: 23, SumsWidth: 11, SumsHeight: 9, Samples: 3, Swap: 1},
		{Width: 19, Height: 9, SumsWidth: 7, SumsHeight: 3, Samples: 2, Mode: kernels.ScreenAlpha},
		{Width: 30, Height: 21, SumsWidth: 17, SumsHeight: 11, Samples: 2, Checker: 9},
		{Width: 26, Height: 13, SumsWidth: 13, SumsHeight: 13, Samples: 2, Mode: kernels.ScreenDepth},
		{Width: 16, Height: 11, SumsWidth: 16, SumsHeight: 11, Samples: 3, Mode: kernels.ScreenNormals},
		{Width: 21, Height: 12, SumsWidth: 21, SumsHeight: 12, Samples: 1, Mode: kernels.ScreenPosition},
		{Width: 20, Height: 31, SumsWidth: 10, SumsHeight: 11, Samples: 4, Mode: kernels.ScreenCost},
		{Width: 25, Height: 14, SumsWidth: 25, SumsHeight: 14, Samples: 1, TruthMode: kernels.ScreenTruth, TruthAlpha: 0.7},
		{Width: 25, Height: 14, SumsWidth: 12, SumsHeight: 9, Samples: 1, TruthMode: kernels.ScreenError, TruthAlpha: 0.9},
	} {
		p.EyeX, p.EyeY, p.EyeZ, p.CornerX, p.CornerY, p.CornerZ = camera.EyeX, camera.EyeY, camera.EyeZ, camera.CornerX, camera.CornerY, camera.CornerZ
		p.RightX, p.DownX, p.DownY = camera.RightX, camera.DownX, camera.DownY
		sums := coveredPixels(seed, int(p.SumsWidth*p.SumsHeight), int(p.Samples))
		extents := []float32{1, 8, 40 * float32(p.Samples)}
		rng := pcg32.New(seed + 1)
		overlay, truth := make([]uint32, p.Width*p.Height), make([]uint32, p.Width*p.Height)
		for i := range overlay {
			a := []uint32{0, 128, 255}[rng.Uint32()%3]
			for b := range 3 {
				overlay[i] |= rng.Uint32() % (a + 1) << (8 * b)
			}
			overlay[i] |= a << 24
			truth[i] = rng.Uint32()&0xffffff | []uint32{0, 255}[rng.Uint32()%2]<<24
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("%dx%d from %dx%d mode=%d checker=%d truth=%d swap=%d seed=%d", p.Width, p.Height, p.SumsWidth, p.SumsHeight, p.Mode, p.Checker, p.TruthMode, p.Swap, seed),
			Kernel: k, Groups: kernels.Groups(p.Width*p.Height, 64), Spec: specs(k), Push: p.Bytes(),
			Args: []check.Arg{check.In(looks), check.In(sums), check.In(overlay), check.In(extents), check.In(truth), check.Out(len(overlay))},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 5, Bytes: func(got []byte) error {
					s := screened{&p, looks, sums, extents}
					for i := range overlay {
						if err := s.judge(wordAt(got, i), i, overlay[i], truth[i]); err != nil {
							return err
						}
					}
					return nil
				}}}
			},
			// The picture is not scaled about the pixels' centres.
			Fault: func(c *gpu.Call) {
				k.Twin(c)
				image := gpu.View[uint32](c.Bind[5])
				copy(image[1:], append([]uint32(nil), image[:len(image)-1]...))
			},
		})
	}
	return out
}

// screened is what a screen shows.
type screened struct {
	p       *kernels.ScreenPush
	looks   []kernels.Display
	sums    []kernels.Pixel
	extents []float32
}

// shown is a pixel of the sums in the mode asked for, 0 to 255.
func (s *screened) shown(x, y int) (c [3]float64) {
	p := s.p
	x, y = min(max(x, 0), int(p.SumsWidth)-1), min(max(y, 0), int(p.SumsHeight)-1)
	v := pixelTruth(s.sums[y*int(p.SumsWidth)+x])
	n := float64(p.Samples)
	a, depth := v[3]/n, v[4]
	seen := depth > 0 && a > 0.1
	near, far, most := float64(s.extents[0]), float64(s.extents[1]), float64(s.extents[2])
	switch p.Mode {
	case kernels.ScreenShade:
		look := s.looks[0]
		if e := int(p.Checker); e > 0 {
			if look = s.looks[2]; (8*x/e+8*y/e)%2 == 0 {
				look = s.looks[1]
			}
		}
		back := [3]float64{float64(look.BackR), float64(look.BackG), float64(look.BackB)}
		var light [4]float64
		for k := range 3 {
			light[k] = v[k]/n + (1-a)*back[k]
		}
		light = oracle.Tone(light, [4]float64{}, math.Log2(float64(look.Gain)), int(look.Curve), true, true)
		c = [3]float64(light[:3])
	case kernels.ScreenAlpha:
		c = [3]float64{a, a, a}
	case kernels.ScreenDepth:
		if seen {
			c = oracle.Turbo((far - depth) / (far - near))
			if depth < near || depth > far { // ends of the rainbow
				c = oracle.Turbo(map[bool]float64{true: 1, false: 0}[depth < near])
			}
		}
	case kernels.ScreenNormals:
		c = [3]float64{v[0] / n, v[1] / n, v[2] / n}
	case kernels.ScreenPosition:
		if seen {
			fx, fy := float64(x)+0.5, float64(y)+0.5
			for k, q := range [3][4]float32{{p.EyeX, p.CornerX, p.RightX, p.DownX}, {p.EyeY, p.CornerY, p.RightY, p.DownY}, {p.EyeZ, p.CornerZ, p.RightZ, p.DownZ}} {
				at := float64(q[0]) + depth*(float64(q[1])+fx*float64(q[2])+fy*float64(q[3]))
				c[k] = at - math.Floor(at)
			}
		}
	case kernels.ScreenCost:
		c = oracle.Turbo(v[6] / most)
	}
	for k := range 3 {
		c[k] = 255 * math.Min(math.Max(c[k], 0), 1)
	}
	return c
}

// judge compares a shown pixel with the truth. Pixels are rounded to bytes before they are mixed, which moves a mean of them by at
// most 0.5 + 0.03: a rainbow's sums reach 153, of which float32 keeps 1e-5 six times. The result is rounded again. Under a
// truth it is rounded before as well, and the difference is taken four times.
func (s *screened) judge(word uint32, i int, overlay, truth uint32) error {
	p := s.p
	u := (float64(i%int(p.Width))+0.5)*float64(p.SumsWidth)/float64(p.Width) - 0.5
	v := (float64(i/int(p.Width))+0.5)*float64(p.SumsHeight)/float64(p.Height) - 0.5
	x, y := int(math.Floor(u)), int(math.Floor(v))
	fu, fv := u-float64(x), v-float64(y)
	var want [3]float64
	for _, t := range []struct {
		x, y int
		w    float64
	}{{x, y, (1 - fu) * (1 - fv)}, {x + 1, y, fu * (1 - fv)}, {x, y + 1, (1 - fu) * fv}, {x + 1, y + 1, fu * fv}} {
		c := s.shown(t.x, t.y)
		for k := range want {
			want[k] += t.w * c[k]
		}
	}
	if word>>24 != 255 {
		return fmt.Errorf("pixel %d is not opaque: %#x", i, word)
	}
	for k := range 3 {
		tol := 0.53 + 0.51
		if to := float64(truth >> (8 * k) & 255); truth>>24 != 0 && p.TruthMode != 0 {
			alpha := float64(p.TruthAlpha)
			if p.TruthMode == kernels.ScreenTruth {
				want[k], tol = want[k]+(to-want[k])*alpha, tol+0.5
			} else {
				want[k], tol = to+(math.Min(4*math.Abs(want[k]-to), 255)-to)*alpha, 4*(tol+0.5)
			}
		}
		w := float64(overlay>>(8*k)&255) + want[k]*(1-float64(overlay>>24)/255)
		at := k
		if p.Swap != 0 {
			at = 2 - k
		}
		if g := float64(word >> (8 * at) & 255); math.Abs(g-math.Min(math.Max(w, 0), 255)) > tol {
			return fmt.Errorf("pixel %d channel %d: byte %v, want %v", i, k, g, w)
		}
	}
	return nil
}
