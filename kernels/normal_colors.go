package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// NormalColorsKernel turns the log densities of normal_points into the colours of normals.
var NormalColorsKernel = register(&gpu.Kernel{
	Name:     "normal_colors",
	Layout:   normalColorsLayout,
	Variants: normalColorsVariants,
	Twin:     normalColorsTwin,
	Bounds: map[string]cmp.Bound{"pixels": {Kind: cmp.AbsRel, Abs: 2e-6, Rel: 1e-6,
		Why: "a component of a unit vector after a sum of three, a root and a quotient, fifteen roundings of numbers below 1"}},
})

// NormalColors records the normals of p.Count pixels.
func NormalColors(r *gpu.Recording, b NormalColorsBinds, p NormalColorsPush) {
	dispatch(r, NormalColorsKernel, p.Count, p.Bytes(), b.List())
}

func normalColorsTwin(c *gpu.Call) {
	p := gpu.PushOf[NormalColorsPush](c)
	density, pixels := gpu.View[float32](c.Bind[0]), gpu.View[Pixel](c.Bind[1])
	lanes(c, p.Count, func(i uint32) {
		d, px := density[6*i:6*i+6], &pixels[p.First+i]
		n := vec3{d[0] - d[1], d[2] - d[3], d[4] - d[5]}
		steepness := sqrt32(n.dot(n))
		if !(px.A > 0.2 && steepness > 0) {
			px.R, px.G, px.B, px.A = 0, 0, 0, 0
			return
		}
		for k, to := range []*float32{&px.R, &px.G, &px.B} {
			*to = (0.5 + float32(0.5*(n[k]/steepness))) * px.A
		}
	})
}
