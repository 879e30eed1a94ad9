package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// displayBytes is what every kernel that writes displayed pixels may be off by.
var displayBytes = cmp.Bound{Kind: cmp.Stat, Outliers: 0.02, Why: "a byte changes where 255*v + 0.5 is within 255*1e-5 of an integer, and a pixel has four"}

// DisplayKernel is stage 10 of the un-fused frame: the bytes that a screen shows of a finished pixel.
var DisplayKernel = register(&gpu.Kernel{
	Name:     "display",
	Layout:   displayLayout,
	Variants: displayVariants,
	Twin:     displayTwin,
	Bounds:   map[string]cmp.Bound{"image": displayBytes},
})

// RecordDisplay records p.Count pixels.
func RecordDisplay(r *gpu.Recording, b DisplayBinds, p DisplayPush) {
	dispatch(r, DisplayKernel, p.Count, p.Bytes(), b.List())
}

func displayTwin(c *gpu.Call) {
	p := gpu.PushOf[DisplayPush](c)
	d, pixels, image := &gpu.View[Display](c.Bind[0])[0], gpu.View[Pixel](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	lanes(c, p.Count, func(i uint32) { image[p.First+i] = d.bytes(&pixels[i]) })
}

// bytes are the sRGB bytes of a finished pixel over the background, blended as the network encodes colour.
func (d *Display) bytes(p *Pixel) uint32 {
	rest := 1 - p.A
	c := vec3{p.R + float32(d.BackR*rest), p.G + float32(d.BackG*rest), p.B + float32(d.BackB*rest)}
	if d.LinearColors != 0 || d.Gain != 1 || d.Curve != 0 {
		if d.LinearColors == 0 {
			c = vec3{max(c[0], 0), max(c[1], 0), max(c[2], 0)}.srgbToLinear()
		}
		c = toneCurve(c.mul(d.Gain), d.Curve)
		c = vec3{max(c[0], 0), max(c[1], 0), max(c[2], 0)}.linearToSrgb()
	}
	return toByte(c[0]) | toByte(c[1])<<8 | toByte(c[2])<<16 | toByte(p.A+float32(d.BackA*rest))<<24
}

// Empty are the bytes of a pixel that meets nothing.
func (d *Display) Empty() uint32 { return d.bytes(&Pixel{}) }
