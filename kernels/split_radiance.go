package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitRadianceKernel is stage 6 of the un-fused frame: colour and density of every sample from the network's outputs.
var SplitRadianceKernel = register(&gpu.Kernel{
	Name:     "split_radiance",
	Layout:   splitRadianceLayout,
	Variants: splitRadianceVariants,
	Twin:     splitRadianceTwin,
	Bounds:   map[string]cmp.Bound{"radiance": {Kind: cmp.AbsRel, Abs: 1e-30, Rel: 4e-6, Why: "exponentials within 30*2^-24, a sum and a quotient of 2.5 ulp"}},
})

// SplitRadiance records a pass over at most max samples.
func SplitRadiance(r *gpu.Recording, b SplitRadianceBinds, p SplitRadiancePush, max uint32) {
	dispatch(r, SplitRadianceKernel, max, p.Bytes(), b.List())
}

func splitRadianceTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitRadiancePush](c)
	raw, radiance, stride := gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2]), p.Capacity
	lanes(c, min(gpu.View[uint32](c.Bind[0])[p.CountIndex], stride), func(i uint32) {
		for at := i; at < 3*stride; at += stride {
			radiance[at] = colorOf(raw[at], p.Hdr != 0)
		}
		radiance[3*stride+i] = densityOf(raw[3*stride+i])
	})
}
