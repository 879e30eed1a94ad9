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
		Why: "three channels of four pixels, each of which changes where 255*v + 0.5 is within 255*1e-5 of an integer, and three that are rounded again"}},
})

// RecordScreen records a picture of p.Width x p.Height.
func RecordScreen(r *gpu.Recording, b ScreenBinds, p ScreenPush) {
	dispatch(r, ScreenKernel, p.Width*p.Height, p.Bytes(), b.List())
}

// tap is what a screen shows of a pixel of the sums, 0 to 255.
func (p *ScreenPush) tap(d *Display, sums []Pixel, x, y uint32) vec3 {
	v := sums[y*p.SumsWidth+x]
	k := 1 / float32(p.Samples)
	v.R, v.G, v.B, v.A = float32(v.R*k), float32(v.G*k), float32(v.B*k), float32(v.A*k)
	if p.AlphaOnly != 0 {
		g := float32(toByte(v.A))
		return vec3{g, g, g}
	}
	return bytesOf(d.bytes(&v))
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
	d, sums := &gpu.View[Display](c.Bind[0])[0], gpu.View[Pixel](c.Bind[1])
	overlay, image := gpu.View[uint32](c.Bind[2]), gpu.View[uint32](c.Bind[3])
	lanes(c, p.Width*p.Height, func(i uint32) {
		x, y := i%p.Width, i/p.Width
		u := clamp32(float32((float32(x)+0.5)*(float32(p.SumsWidth)/float32(p.Width)))-0.5, 0, float32(p.SumsWidth-1))
		v := clamp32(float32((float32(y)+0.5)*(float32(p.SumsHeight)/float32(p.Height)))-0.5, 0, float32(p.SumsHeight-1))
		x0, y0 := uint32(u), uint32(v)
		fu, fv := u-float32(x0), v-float32(y0)
		x1, y1 := min(x0+1, p.SumsWidth-1), min(y0+1, p.SumsHeight-1)
		row := func(y uint32) vec3 {
			c := p.tap(d, sums, x0, y)
			if fu > 0 {
				c = c.towards(p.tap(d, sums, x1, y), fu)
			}
			return c
		}
		out := row(y0)
		if fv > 0 {
			out = out.towards(row(y1), fv)
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
