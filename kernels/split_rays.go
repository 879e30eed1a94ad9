package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitRaysKernel is stage 1 of the un-fused frame: origin and direction of the ray through each pixel.
var SplitRaysKernel = register(&gpu.Kernel{
	Name:     "split_rays",
	Layout:   splitRaysLayout,
	Variants: splitRaysVariants,
	Twin:     splitRaysTwin,
	Bounds:   map[string]cmp.Bound{"rays": {Kind: cmp.Stat, Abs: 2e-5, Rel: 2e-5, Outliers: 1e-3, Why: "as camera_rays: fewer than 100 operations of 2.5 ulp"}},
})

// SplitRays records p.Count pixels.
func SplitRays(r *gpu.Recording, b SplitRaysBinds, p SplitRaysPush) {
	dispatch(r, SplitRaysKernel, p.Count, p.Bytes(), b.List())
}

func splitRaysTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitRaysPush](c)
	cam, v, rays := &gpu.View[Camera](c.Bind[0])[0], &gpu.View[View](c.Bind[1])[0], gpu.View[Ray](c.Bind[2])
	lanes(c, p.Count, func(i uint32) {
		o, d, seen := viewRay(cam, v, p.First+i)
		flags := uint32(0)
		if seen {
			flags = RayAlive
		}
		rays[i] = Ray{o[0], o[1], o[2], d[0], d[1], d[2], 0, 0, viewCosine(cam, d), flags}
	})
}
