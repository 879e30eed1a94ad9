package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitCompositeKernel is stage 8 of the un-fused frame: transmittance and sums along every live ray.
var SplitCompositeKernel = register(&gpu.Kernel{
	Name:     "split_composite",
	Layout:   splitCompositeLayout,
	Variants: splitCompositeVariants,
	Twin:     splitCompositeTwin,
	Bounds: map[string]cmp.Bound{
		"pixels": {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 0.01, Why: "as render_composite: two samples of nearly equal weight may swap for the depth"},
		"alive":  {Kind: cmp.Stat, Outliers: 0.01, Why: "only rays that pass the least transmittance within 1e-5 end a sample earlier or later"},
	},
})

// SplitComposite records a pass over at most max live rays.
func SplitComposite(r *gpu.Recording, b SplitCompositeBinds, p SplitCompositePush, max uint32) {
	dispatch(r, SplitCompositeKernel, max, p.Bytes(), b.List())
}

func splitCompositeTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitCompositePush](c)
	live, rays, positions := gpu.View[uint32](c.Bind[0]), gpu.View[Ray](c.Bind[2]), gpu.View[float32](c.Bind[3])
	lengths, radiance, alphas := gpu.View[float32](c.Bind[4]), gpu.View[float32](c.Bind[5]), gpu.View[float32](c.Bind[6])
	pixels, alive := gpu.View[Pixel](c.Bind[7]), gpu.View[uint32](c.Bind[8])
	n, stride := gpu.View[uint32](c.Bind[1])[p.CountIndex], p.Capacity
	lanes(c, n, func(s uint32) {
		r, px := &rays[live[s]], &pixels[live[s]]
		done := !(r.T < r.Tmax)
		for at := s; at < p.Steps*n+s && lengths[at] != 0; at += n {
			rel := vec3{positions[at] - r.Ox, positions[stride+at] - r.Oy, positions[2*stride+at] - r.Oz}
			color := vec3{radiance[at], radiance[stride+at], radiance[2*stride+at]}
			if colorAdd(px, color, alphas[at], (rel.dot(vec3{r.Dx, r.Dy, r.Dz})+p.Near)*r.Cosine, p.MinTransmittance) {
				done = true
				break
			}
		}
		alive[s] = 1
		if done {
			alive[s] = 0
		}
	})
}
