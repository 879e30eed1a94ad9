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
	look := kernels.Display{BackR: 0.1, BackG: 0.3, BackB: 0.8, BackA: 1, Gain: 1.3, Curve: kernels.CurveACES, LinearColors: 1}
	for _, p := range []kernels.ScreenPush{
		{Width: 25, Height: 14, SumsWidth: 25, SumsHeight: 14, Samples: 1},
		{Width: 37, Height: 23, SumsWidth: 11, SumsHeight: 9, Samples: 3, Swap: 1},
		{Width: 19, Height: 9, SumsWidth: 7, SumsHeight: 3, Samples: 2, AlphaOnly: 1},
	} {
		sums := coveredPixels(seed, int(p.SumsWidth*p.SumsHeight), int(p.Samples))
		rng := pcg32.New(seed + 1)
		overlay := make([]uint32, p.Width*p.Height)
		for i := range overlay {
			a := []uint32{0, 128, 255}[rng.Uint32()%3]
			for b := range 3 {
				overlay[i] |= rng.Uint32() % (a + 1) << (8 * b)
			}
			overlay[i] |= a << 24
		}
		out = append(out, &check.Case{
			Name: fmt.Sprintf("%dx%d from %dx%d alpha=%d swap=%d seed=%d", p.Width, p.Height, p.SumsWidth, p.SumsHeight, p.AlphaOnly, p.Swap, seed), Kernel: k,
			Groups: kernels.Groups(p.Width*p.Height, 64), Spec: specs(k), Push: p.Bytes(),
			Args: []check.Arg{check.In([]kernels.Display{look}), check.In(sums), check.In(overlay), check.Out(len(overlay))},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 3, Bytes: func(got []byte) error {
					for i := range overlay {
						if err := judgeScreen(wordAt(got, i), i, &p, look, sums, overlay[i]); err != nil {
							return err
						}
					}
					return nil
				}}}
			},
			// The picture is not scaled about the pixels' centres.
			Fault: func(c *gpu.Call) {
				k.Twin(c)
				image := gpu.View[uint32](c.Bind[3])
				copy(image[1:], append([]uint32(nil), image[:len(image)-1]...))
			},
		})
	}
	return out
}

// judgeScreen compares a shown pixel with the truth: pixels are rounded to bytes before they are mixed, which moves a mean of
// them by at most 0.5 + 0.02, and so is the result.
func judgeScreen(word uint32, i int, p *kernels.ScreenPush, look kernels.Display, sums []kernels.Pixel, overlay uint32) error {
	shown := func(x, y int) (c [3]float64) {
		x, y = min(max(x, 0), int(p.SumsWidth)-1), min(max(y, 0), int(p.SumsHeight)-1)
		v := pixelTruth(sums[y*int(p.SumsWidth)+x])
		a := v[3] / float64(p.Samples)
		if p.AlphaOnly != 0 {
			return [3]float64{255 * a, 255 * a, 255 * a}
		}
		back := [3]float64{float64(look.BackR), float64(look.BackG), float64(look.BackB)}
		var light [4]float64
		for k := range 3 {
			light[k] = v[k]/float64(p.Samples) + (1-a)*back[k]
		}
		light = oracle.Tone(light, [4]float64{}, math.Log2(float64(look.Gain)), int(look.Curve), true, true)
		for k := range 3 {
			c[k] = 255 * math.Min(math.Max(light[k], 0), 1)
		}
		return c
	}
	u := (float64(i%int(p.Width))+0.5)*float64(p.SumsWidth)/float64(p.Width) - 0.5
	v := (float64(i/int(p.Width))+0.5)*float64(p.SumsHeight)/float64(p.Height) - 0.5
	x, y := int(math.Floor(u)), int(math.Floor(v))
	fu, fv := u-float64(x), v-float64(y)
	var want [3]float64
	for _, t := range []struct {
		x, y int
		w    float64
	}{{x, y, (1 - fu) * (1 - fv)}, {x + 1, y, fu * (1 - fv)}, {x, y + 1, (1 - fu) * fv}, {x + 1, y + 1, fu * fv}} {
		c := shown(t.x, t.y)
		for k := range want {
			want[k] += t.w * c[k]
		}
	}
	if word>>24 != 255 {
		return fmt.Errorf("pixel %d is not opaque: %#x", i, word)
	}
	for k := range 3 {
		w := float64(overlay>>(8*k)&255) + want[k]*(1-float64(overlay>>24)/255)
		at := k
		if p.Swap != 0 {
			at = 2 - k
		}
		if g := float64(word >> (8 * at) & 255); math.Abs(g-math.Min(math.Max(w, 0), 255)) > 1.04 {
			return fmt.Errorf("pixel %d channel %d: byte %v, want %v", i, k, g, w)
		}
	}
	return nil
}
