package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// LatentAdamKernel takes an Adam step on every image's latents with the network's learning rate, but for the first Fixed of
// each image, which are given, and clears the sums of gradients.
var LatentAdamKernel = register(&gpu.Kernel{
	Name:     "latent_adam",
	Layout:   latentAdamLayout,
	Variants: latentAdamVariants,
	Twin:     latentAdamTwin,
	Bounds: map[string]cmp.Bound{
		"sums":    {Kind: cmp.Exact, Why: "cleared"},
		"moments": {Kind: cmp.ULP, ULP: 0, Why: "the same operations in the same order"},
		"latents": {Kind: cmp.AbsRel, Abs: 1e-6, Rel: 1e-4, Why: "1-β^t at t = 1 loses 7 bits of rPow's 2^-21; the rest is a chain of fewer than 100 operations of 2.5 ulp"},
	},
})

// LatentAdamStep records the step.
func LatentAdamStep(r *gpu.Recording, b LatentAdamBinds, p LatentAdamPush) {
	dispatch(r, LatentAdamKernel, p.Count, p.Bytes(), b.List())
}

func latentAdamTwin(c *gpu.Call) {
	p, network := gpu.PushOf[LatentAdamPush](c), gpu.View[Schedule](c.Bind[0])[0].LearningRate
	sums, moments, latents := gpu.View[float32](c.Bind[1]), gpu.View[LatentAdam](c.Bind[2]), gpu.View[float32](c.Bind[3])
	lanes(c, p.Count, func(i uint32) {
		if e := &moments[i]; i%p.Dims >= p.Fixed {
			e.Iter++
			latents[i] += adamStep(float32(p.Scale*sums[i]), &e.M, &e.V, adamRate(network, float32(e.Iter), p.Beta1, p.Beta2), p.Beta1, p.Beta2, p.Epsilon)
		}
		sums[i] = 0
	})
}
