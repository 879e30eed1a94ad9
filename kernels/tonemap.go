package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// What TonemapPush.Mode shows, and its curves.
const (
	ModeShade = iota
	ModeDepth // grey, depth times scale
	ModeAlpha
	ModeCost // samples per ray times scale, from black over blue, red and yellow to white
)

// Curves of TonemapPush.Curve.
const (
	CurveIdentity = iota
	CurveACES
	CurveHable
	CurveReinhard
)

// TonemapKernel finishes a sample per pixel: running mean in linear light, background, exposure, curve, bytes.
var TonemapKernel = register(&gpu.Kernel{
	Name:     "tonemap",
	Layout:   tonemapLayout,
	Variants: tonemapVariants,
	Twin:     tonemapTwin,
	Bounds: map[string]cmp.Bound{
		"frame": {Kind: cmp.AbsRel, Abs: 2e-6, Rel: 2e-6, Why: "rPow within 20*2^-24 and a mean of two numbers"},
		"image": {Kind: cmp.Stat, Outliers: 0.01, Why: "a byte changes where 255*v + 0.5 is within 255*1e-5 of an integer"},
	},
})

// Tonemap records p.Count pixels.
func Tonemap(r *gpu.Recording, b TonemapBinds, p TonemapPush) {
	dispatch(r, TonemapKernel, p.Count, p.Bytes(), b.List())
}

func hable(x float32) float32 {
	return (float32(x*(float32(0.15*x)+0.05))+0.004)/(float32(x*(float32(0.15*x)+0.5))+0.06) - float32(0.02/0.3)
}

func aces(x float32) float32 {
	return x * (float32(0.9036*x) + 0.018) / (float32(x*(float32(0.8748*x)+0.354)) + 0.14)
}

func toneCurve(c vec3, curve uint32) vec3 {
	switch curve {
	case CurveACES:
		return vec3{aces(c[0]), aces(c[1]), aces(c[2])}
	case CurveHable:
		white := hable(11.2)
		return vec3{hable(2*c[0]) / white, hable(2*c[1]) / white, hable(2*c[2]) / white}
	case CurveReinhard:
		l := 1 + c.dot(vec3{0.2126, 0.7152, 0.0722})
		return vec3{c[0] / l, c[1] / l, c[2] / l}
	}
	return c
}

func toByte(v float32) uint32 { return uint32(float32(clamp32(v, 0, 1)*255) + 0.5) }

func tonemapTwin(c *gpu.Call) {
	p := gpu.PushOf[TonemapPush](c)
	pixels, frame, image := gpu.View[Pixel](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	keep, weight := float32(p.Spp)/float32(p.Spp+1), 1/float32(p.Spp+1)
	gain := rExp(p.Exposure * 0.69314718056)
	lanes(c, p.Count, func(i uint32) {
		px := &pixels[i]
		now, alpha := vec3{px.R, px.G, px.B}, px.A
		switch p.Mode {
		case ModeShade:
			if p.LinearColors == 0 {
				now = now.srgbToLinear()
			}
		case ModeDepth:
			v := float32(1)
			if px.A > 0.2 {
				v = px.Depth * p.Scale
			}
			now, alpha = vec3{v, v, v}, 1
		case ModeAlpha:
			now, alpha = vec3{px.A, px.A, px.A}, 1
		default:
			x := 4 * clamp32(px.Cost*p.Scale, 0, 1)
			now, alpha = vec3{clamp32(x-1, 0, 1), clamp32(x-2, 0, 1), clamp32(min(x, 2-x), 0, 1) + clamp32(x-3, 0, 1)}, 1
		}
		at := p.First + i
		f := frame[4*at : 4*at+4]
		mean, a := now.mul(weight), float32(alpha*weight)
		if p.Spp != 0 {
			mean = mean.add(vec3{f[0], f[1], f[2]}.mul(keep))
			a += float32(f[3] * keep)
		}
		f[0], f[1], f[2], f[3] = mean[0], mean[1], mean[2], a
		rest := (1 - a) * p.BackA
		out := mean.add(vec3{p.BackR, p.BackG, p.BackB}.mul(rest))
		if p.Mode == ModeShade {
			out = toneCurve(out.mul(gain), p.Curve)
			if p.LinearOutput == 0 {
				out = vec3{max(out[0], 0), max(out[1], 0), max(out[2], 0)}.linearToSrgb()
			}
		}
		image[at] = toByte(out[0]) | toByte(out[1])<<8 | toByte(out[2])<<16 | toByte(a+rest)<<24
	})
}
