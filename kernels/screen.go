package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// ScreenKernel makes what a window shows of a picture that stays on the device: tone mapped, scaled, under an overlay.
var ScreenKernel = register(&gpu.Kernel{
	Name:     "screen",
	Layout:   screenLayout,
	Variants: screenVariants,
	Twin:     screenTwin,
	Bounds: map[string]cmp.Bound{"image": {Kind: cmp.Stat, Outliers: 0.1,
		Why: "three channels of four pixels, each of which changes where 255*v + 0.5 is within 255*1e-4 of an integer, and three that are rounded again"}},
})

// What a window shows of a picture.
const (
	ScreenShade uint32 = iota
	ScreenAlpha
	ScreenDepth
	ScreenNormals
	ScreenPosition
	ScreenCost
)

// How the truth is laid over a picture: mixed in, or as four times the difference from it.
const (
	ScreenTruth uint32 = 1 + iota
	ScreenError
)

// ScreenSeen is the opacity from which on a pixel has a depth.
const ScreenSeen = 0.1

// RecordScreen records a picture of p.Width x p.Height.
func RecordScreen(r *gpu.Recording, b ScreenBinds, p ScreenPush) {
	dispatch(r, ScreenKernel, p.Width*p.Height, p.Bytes(), b.List())
}

// rainbow is the polynomial through the colours of Mikhailov's map (2019), constant term first.
var rainbow = [6]vec3{
	{0.13572138, 0.09140261, 0.10667330},
	{4.61539260, 2.19418839, 12.64194608},
	{-42.66032258, 4.84296658, -60.58204836},
	{132.13108234, -14.18503333, 110.36276771},
	{-152.94239396, 4.27729857, -89.90310912},
	{59.28637943, 2.82956604, 27.34824973},
}

func turbo(t float32) vec3 {
	t = clamp32(t, 0, 1)
	c := rainbow[5]
	for i := 4; i >= 0; i-- {
		for k := range c {
			c[k] = float32(c[k]*t) + rainbow[i][k]
		}
	}
	return c
}

// tap is what a screen shows of a pixel of the sums, 0 to 255.
func (p *ScreenPush) tap(displays []Display, sums []Pixel, extents []float32, x, y uint32) vec3 {
	v := sums[y*p.SumsWidth+x]
	k := 1 / float32(p.Samples)
	v.R, v.G, v.B, v.A = float32(v.R*k), float32(v.G*k), float32(v.B*k), float32(v.A*k)
	seen := v.Depth > 0 && v.A > ScreenSeen
	var c vec3
	switch p.Mode {
	case ScreenShade:
		d := uint32(0)
		if p.Checker != 0 {
			d = 1 + (x*8/p.Checker+y*8/p.Checker)%2
		}
		return bytesOf(displays[d].bytes(&v))
	case ScreenAlpha:
		c = vec3{v.A, v.A, v.A}
	case ScreenDepth:
		if seen {
			c = turbo(1 - (v.Depth-extents[0])/max(extents[1]-extents[0], 1e-9))
		}
	case ScreenNormals:
		c = vec3{v.R, v.G, v.B}
	case ScreenPosition:
		if seen {
			fx, fy := float32(x)+0.5, float32(y)+0.5
			eye, corner := vec3{p.EyeX, p.EyeY, p.EyeZ}, vec3{p.CornerX, p.CornerY, p.CornerZ}
			right, down := vec3{p.RightX, p.RightY, p.RightZ}, vec3{p.DownX, p.DownY, p.DownZ}
			for k := range c {
				d := corner[k] + float32(fx*right[k]) + float32(fy*down[k])
				q := eye[k] + float32(d*v.Depth)
				c[k] = q - floor32(float32(q*0.9999999))
			}
		}
	case ScreenCost:
		c = turbo(v.Cost / max(extents[2], 1e-9))
	}
	return vec3{float32(toByte(c[0])), float32(toByte(c[1])), float32(toByte(c[2]))}
}

// beside lays the truth, or the difference from it, over a shown colour.
func (p *ScreenPush) beside(c, want vec3) vec3 {
	for k := range c {
		have, to := floor32(c[k]+0.5), want[k]
		if p.TruthMode != ScreenTruth {
			have, to = want[k], min(4*abs32(have-want[k]), 255)
		}
		c[k] = have + float32((to-have)*p.TruthAlpha)
	}
	return c
}

func bytesOf(v uint32) vec3 {
	return vec3{float32(v & 255), float32(v >> 8 & 255), float32(v >> 16 & 255)}
}

// towards is a + (b - a) * f.
func (v vec3) towards(b vec3, f float32) vec3 {
	for k := range v {
		v[k] += float32((b[k] - v[k]) * f)
	}
	return v
}

func screenTwin(c *gpu.Call) {
	p := gpu.PushOf[ScreenPush](c)
	displays, sums, extents := gpu.View[Display](c.Bind[0]), gpu.View[Pixel](c.Bind[1]), gpu.View[float32](c.Bind[3])
	overlay, truth, image := gpu.View[uint32](c.Bind[2]), gpu.View[uint32](c.Bind[4]), gpu.View[uint32](c.Bind[5])
	lanes(c, p.Width*p.Height, func(i uint32) {
		x, y := i%p.Width, i/p.Width
		u := clamp32(float32((float32(x)+0.5)*(float32(p.SumsWidth)/float32(p.Width)))-0.5, 0, float32(p.SumsWidth-1))
		v := clamp32(float32((float32(y)+0.5)*(float32(p.SumsHeight)/float32(p.Height)))-0.5, 0, float32(p.SumsHeight-1))
		x0, y0 := uint32(u), uint32(v)
		fu, fv := u-float32(x0), v-float32(y0)
		x1, y1 := min(x0+1, p.SumsWidth-1), min(y0+1, p.SumsHeight-1)
		row := func(y uint32) vec3 {
			c := p.tap(displays, sums, extents, x0, y)
			if fu > 0 {
				c = c.towards(p.tap(displays, sums, extents, x1, y), fu)
			}
			return c
		}
		out := row(y0)
		if fv > 0 {
			out = out.towards(row(y1), fv)
		}
		if p.TruthMode != 0 && truth[i]>>24 != 0 {
			out = p.beside(out, bytesOf(truth[i]))
		}
		o := overlay[i]
		over, rest := bytesOf(o), 1-float32(o>>24)/255
		var b [3]uint32
		for k := range b {
			b[k] = uint32(clamp32(over[k]+float32(out[k]*rest), 0, 255) + 0.5)
		}
		if p.Swap != 0 {
			b[0], b[2] = b[2], b[0]
		}
		image[i] = b[0] | b[1]<<8 | b[2]<<16 | 0xff000000
	})
}
