package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// PlaneColorsKernel turns what the network says of the samples of plane_points into pixels.
var PlaneColorsKernel = register(&gpu.Kernel{
	Name:     "plane_colors",
	Layout:   planeColorsLayout,
	Variants: planeColorsVariants,
	Twin:     planeColorsTwin,
	Bounds: map[string]cmp.Bound{"pixels": {Kind: cmp.AbsRel, Abs: 1e-5, Rel: 1e-5,
		Why: "two exponentials and a sigmoid of some ten roundings each, and products of numbers below 1; colours of high range have relative errors"}},
})

// What the network's outputs are.
const (
	PlaneRadiance uint32 = iota // of a radiance field
	PlaneHDR                    // the same with exponential colours
	PlaneOpaque                 // colours of an opaque sheet
)

// PlaneColors records the colours of p.Count pixels.
func PlaneColors(r *gpu.Recording, b PlaneColorsBinds, p PlaneColorsPush) {
	dispatch(r, PlaneColorsKernel, p.Count, p.Bytes(), b.List())
}

func planeColorsTwin(c *gpu.Call) {
	p := gpu.PushOf[PlaneColorsPush](c)
	samples, raw, pixels := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[Pixel](c.Bind[2])
	lanes(c, p.Count, func(i uint32) {
		thickness, px := samples[6*p.Capacity+i], &pixels[i]
		a := float32(0)
		switch {
		case p.Colors != PlaneOpaque:
			a = 1 - rExp(-densityOf(raw[3*p.Capacity+i])*thickness)
		case thickness > 0:
			a = 1
		}
		for k, to := range []*float32{&px.R, &px.G, &px.B} {
			v := raw[uint32(k)*p.Capacity+i]
			if p.Colors == PlaneOpaque {
				v = clamp32(v, 0, 1)
			} else {
				v = colorOf(v, p.Colors == PlaneHDR)
			}
			*to = a * v
		}
		px.A = a
	})
}
