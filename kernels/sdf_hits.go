package kernels

import "github.com/radia-go/radia/gpu"

// SdfHitsKernel marks the rays of a tile that met the surface and writes each pixel's cost.
var SdfHitsKernel = register(&gpu.Kernel{
	Name:     "sdf_hits",
	Layout:   sdfHitsLayout,
	Variants: sdfHitsVariants,
	Twin:     sdfHitsTwin,
})

// SdfHits records the marks of p.Count rays.
func SdfHits(r *gpu.Recording, b SdfHitsBinds, p SdfHitsPush) {
	dispatch(r, SdfHitsKernel, p.Count, p.Bytes(), b.List())
}

func sdfHitsTwin(c *gpu.Call) {
	rays, traces := gpu.View[Ray](c.Bind[0]), gpu.View[Trace](c.Bind[1])
	pixels, alive := gpu.View[Pixel](c.Bind[2]), gpu.View[uint32](c.Bind[3])
	lanes(c, gpu.PushOf[SdfHitsPush](c).Count, func(i uint32) {
		traced := rays[i].Flags&RayAlive != 0
		pixels[i].Cost, alive[i] = 0, 0
		if traced {
			pixels[i].Cost = float32(traces[i].Steps)
		}
		if traced && traces[i].Status == TraceHit {
			alive[i] = 1
		}
	})
}
