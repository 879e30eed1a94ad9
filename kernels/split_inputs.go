package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitInputsKernel is stage 4 of the un-fused frame: the network's inputs (p - lo)/size and (d + 1)/2 of every sample.
var SplitInputsKernel = register(&gpu.Kernel{
	Name:     "split_inputs",
	Layout:   splitInputsLayout,
	Variants: splitInputsVariants,
	Twin:     splitInputsTwin,
	Bounds: map[string]cmp.Bound{"samples": {Kind: cmp.AbsRel, Abs: 1e-6, Rel: 1e-6,
		Why: "two roundings, of which a device may fuse one, of numbers below 4"}},
})

// SplitInputs records a pass over at most max samples.
func SplitInputs(r *gpu.Recording, b SplitInputsBinds, p SplitInputsPush, max uint32) {
	dispatch(r, SplitInputsKernel, max, p.Bytes(), b.List())
}

func splitInputsTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitInputsPush](c)
	rays, positions := gpu.View[Ray](c.Bind[1]), gpu.View[float32](c.Bind[2])
	rayOf, samples := gpu.View[uint32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	lo, inv, stride := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.InvX, p.InvY, p.InvZ}, p.Capacity
	lanes(c, min(gpu.View[uint32](c.Bind[0])[p.CountIndex], stride), func(i uint32) {
		r := &rays[rayOf[i]]
		for k, d := range (vec3{r.Dx, r.Dy, r.Dz}) {
			at := uint32(k)*stride + i
			samples[at] = (positions[at] - lo[k]) * inv[k]
			samples[3*stride+at] = (d + 1) * 0.5
		}
	})
}
