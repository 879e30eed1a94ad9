package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// PixelsAddKernel adds a sample to each pixel of a picture that stays on the device, in linear light.
var PixelsAddKernel = register(&gpu.Kernel{
	Name:     "pixels_add",
	Layout:   pixelsAddLayout,
	Variants: pixelsAddVariants,
	Twin:     pixelsAddTwin,
	Bounds:   map[string]cmp.Bound{"sums": {Kind: cmp.AbsRel, Abs: 1e-5, Rel: 1e-5, Why: "a power of at most 2.4 with a relative error of a few roundings times its exponent, and one sum"}},
})

// RecordPixelsAdd records p.Count pixels.
func RecordPixelsAdd(r *gpu.Recording, b PixelsAddBinds, p PixelsAddPush) {
	dispatch(r, PixelsAddKernel, p.Count, p.Bytes(), b.List())
}

func pixelsAddTwin(c *gpu.Call) {
	p := gpu.PushOf[PixelsAddPush](c)
	pixels, sums := gpu.View[Pixel](c.Bind[0]), gpu.View[Pixel](c.Bind[1])
	lanes(c, p.Count, func(i uint32) {
		v := pixels[i]
		if p.LinearColors == 0 && v.A > 0 {
			c := vec3{max(v.R/v.A, 0), max(v.G/v.A, 0), max(v.B/v.A, 0)}.srgbToLinear()
			v.R, v.G, v.B = float32(c[0]*v.A), float32(c[1]*v.A), float32(c[2]*v.A)
		}
		if p.Fresh != 0 {
			if !(v.A > 0.2) {
				v.Depth = 0
			}
		} else {
			s := &sums[p.First+i]
			v.R, v.G, v.B, v.A, v.Cost = v.R+s.R, v.G+s.G, v.B+s.B, v.A+s.A, v.Cost+s.Cost
			v.Depth, v.Weight = s.Depth, s.Weight
		}
		sums[p.First+i] = v
	})
}
