package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// PlanePointsKernel finds where rays meet a plane: the samples of a slice of a radiance field, or of the sheet of a picture.
var PlanePointsKernel = register(&gpu.Kernel{
	Name:     "plane_points",
	Layout:   planePointsLayout,
	Variants: planePointsVariants,
	Twin:     planePointsTwin,
	Bounds: map[string]cmp.Bound{
		"samples": {Kind: cmp.Stat, Abs: 3e-5, Rel: 1e-5, Outliers: 0.01, Why: "ten operations of at most 2.5 ulp with numbers of at most 16; a ray that meets the plane at the box's edge may be inside or not"},
		"pixels":  {Kind: cmp.Stat, Abs: 3e-5, Rel: 1e-5, Outliers: 0.01, Why: "as the samples"},
	},
})

// PlanePoints records the samples of p.Count rays.
func PlanePoints(r *gpu.Recording, b PlanePointsBinds, p PlanePointsPush) {
	dispatch(r, PlanePointsKernel, p.Count, p.Bytes(), b.List())
}

func planePointsTwin(c *gpu.Call) {
	p := gpu.PushOf[PlanePointsPush](c)
	rays, samples, pixels := gpu.View[Ray](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[Pixel](c.Bind[2])
	lo, hi := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.HiX, p.HiY, p.HiZ}
	from, inv := vec3{p.FromX, p.FromY, p.FromZ}, vec3{p.InvX, p.InvY, p.InvZ}
	lanes(c, p.Count, func(i uint32) {
		r := &rays[i]
		var t float32
		if p.FixedZ != 0 {
			t = (p.Distance - r.Oz) / r.Dz
		} else {
			t = p.Distance/max(r.Cosine, 1e-6) - p.Near
		}
		d := vec3{r.Dx, r.Dy, r.Dz}
		at := vec3{r.Ox + float32(t*d[0]), r.Oy + float32(t*d[1]), r.Oz + float32(t*d[2])}
		if p.FixedZ != 0 {
			at[2] = p.Distance
		}
		inside := r.Flags&RayAlive != 0 && t >= 0
		for k := range at {
			inside = inside && at[k] >= lo[k] && at[k] <= hi[k]
		}
		thickness := float32(0)
		pixels[i] = Pixel{Depth: far}
		if inside {
			thickness = p.Thickness
			pixels[i] = Pixel{Depth: (t + p.Near) * r.Cosine, Cost: 1}
		}
		for k := range at {
			q := float32(0.5)
			if inside {
				q = (at[k] - from[k]) * inv[k]
			}
			samples[uint32(k)*p.Capacity+i] = q
			samples[uint32(3+k)*p.Capacity+i] = (d[k] + 1) * 0.5
		}
		samples[6*p.Capacity+i] = thickness
	})
}
