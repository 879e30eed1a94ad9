package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitAlphaKernel is stage 7 of the un-fused frame: the opacity 1 - exp(-σ·dt) of every sample.
var SplitAlphaKernel = register(&gpu.Kernel{
	Name:     "split_alpha",
	Layout:   splitAlphaLayout,
	Variants: splitAlphaVariants,
	Twin:     splitAlphaTwin,
	Bounds:   map[string]cmp.Bound{"alphas": {Kind: cmp.AbsRel, Abs: 4e-6, Rel: 0, Why: "an exponential below 1 within 30*2^-24 and a difference"}},
})

// SplitAlpha records a pass over at most max samples.
func SplitAlpha(r *gpu.Recording, b SplitAlphaBinds, p SplitAlphaPush, max uint32) {
	dispatch(r, SplitAlphaKernel, max, p.Bytes(), b.List())
}

func splitAlphaTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitAlphaPush](c)
	density, lengths := gpu.View[float32](c.Bind[1])[3*p.Capacity:], gpu.View[float32](c.Bind[2])
	alphas := gpu.View[float32](c.Bind[3])
	lanes(c, min(gpu.View[uint32](c.Bind[0])[p.CountIndex], p.Capacity), func(i uint32) { alphas[i] = 1 - rExp(-density[i]*lengths[i]) })
}
