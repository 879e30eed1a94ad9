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
	PlaneVolume                 // linear colours and density
	PlaneDistance               // of a distance field
)

// PlaneColors records the colours of p.Count pixels.
func PlaneColors(r *gpu.Recording, b PlaneColorsBinds, p PlaneColorsPush) {
	dispatch(r, PlaneColorsKernel, p.Count, p.Bytes(), b.List())
}

// The picture of a distance: how far bands of equal distance lie apart, and half of the width of the line where it is 0.
const (
	PlaneSpacing = 1.0 / 32
	PlaneLine    = 1.0 / 256
)

func planeColorsTwin(c *gpu.Call) {
	p := gpu.PushOf[PlaneColorsPush](c)
	samples, raw, pixels := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[Pixel](c.Bind[2])
	lanes(c, p.Count, func(i uint32) {
		thickness, px := samples[6*p.Capacity+i], &pixels[i]
		color, a := vec3{}, float32(0)
		if thickness > 0 {
			a = 1
		}
		if p.Colors == PlaneDistance {
			color = distanceColor(raw[i])
		} else {
			for k := range color {
				v := raw[uint32(k)*p.Capacity+i]
				switch p.Colors {
				case PlaneOpaque:
					color[k] = clamp32(v, 0, 1)
				case PlaneVolume:
					color[k] = max(v, 0)
				default:
					color[k] = colorOf(v, p.Colors == PlaneHDR)
				}
			}
			switch p.Colors {
			case PlaneOpaque:
			case PlaneVolume:
				a = 1 - rExp(-(p.Extinction*max(raw[3*p.Capacity+i], 0))*thickness)
			default:
				a = 1 - rExp(-densityOf(raw[3*p.Capacity+i])*thickness)
			}
		}
		px.R, px.G, px.B, px.A = a*color[0], a*color[1], a*color[2], a
	})
}

func distanceColor(d float32) vec3 {
	side := vec3{0.875, 0.625, 0.25}
	if d < 0 {
		side = vec3{0.25, 0.5, 0.875}
	}
	band := 0.75 + 0.25*rCosPi(2/PlaneSpacing*d)
	w := max(1-abs32(d)*(1/PlaneLine), 0)
	for k := range side {
		side[k] = side[k]*band*(1-w) + w
	}
	return side
}
