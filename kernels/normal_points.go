package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// NormalPointsKernel places the six samples of density around what each pixel sees, from which its normal is made.
var NormalPointsKernel = register(&gpu.Kernel{
	Name:     "normal_points",
	Layout:   normalPointsLayout,
	Variants: normalPointsVariants,
	Twin:     normalPointsTwin,
	Bounds: map[string]cmp.Bound{"samples": {Kind: cmp.AbsRel, Abs: 3e-5, Rel: 1e-5,
		Why: "ten operations of at most 2.5 ulp with numbers of at most 16"}},
})

// NormalPoints records the samples of p.Count pixels, six each.
func NormalPoints(r *gpu.Recording, b NormalPointsBinds, p NormalPointsPush) {
	dispatch(r, NormalPointsKernel, p.Count, p.Bytes(), b.List())
}

func normalPointsTwin(c *gpu.Call) {
	p := gpu.PushOf[NormalPointsPush](c)
	rays, pixels, samples := gpu.View[Ray](c.Bind[0]), gpu.View[Pixel](c.Bind[1]), gpu.View[float32](c.Bind[2])
	lo, inv := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.InvX, p.InvY, p.InvZ}
	lanes(c, p.Count, func(i uint32) {
		r, px := &rays[i], &pixels[p.First+i]
		t := float32(0)
		if px.A > 0.2 {
			t = px.Depth/r.Cosine - p.Near
		}
		at := vec3{r.Ox + float32(t*r.Dx), r.Oy + float32(t*r.Dy), r.Oz + float32(t*r.Dz)}
		for s := range uint32(6) {
			q := at
			if s%2 == 0 {
				q[s/2] -= p.Offset
			} else {
				q[s/2] += p.Offset
			}
			for k := range q {
				samples[uint32(k)*p.Capacity+6*i+s] = (q[k] - lo[k]) * inv[k]
			}
		}
	})
}
