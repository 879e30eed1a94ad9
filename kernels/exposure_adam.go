package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// ExposureAdamKernel takes an Adam step on every image's exposure with the network's learning rate, takes the mean over
// all images off, and clears the sums of gradients. One workgroup.
var ExposureAdamKernel = register(&gpu.Kernel{
	Name:     "exposure_adam",
	Layout:   exposureAdamLayout,
	Variants: exposureAdamVariants,
	Twin:     exposureAdamTwin,
	Bounds: map[string]cmp.Bound{
		"sums":      {Kind: cmp.Exact, Why: "cleared"},
		"exposures": {Kind: cmp.AbsRel, Abs: 1e-6, Rel: 1e-4, Why: "1-β^t at t = 1 loses 7 bits of rPow's 2^-21; the rest is a chain of fewer than 100 operations of 2.5 ulp on a few stops"},
	},
})

// ExposureAdamStep records the step.
func ExposureAdamStep(r *gpu.Recording, b ExposureAdamBinds, p ExposureAdamPush) {
	r.Dispatch(ExposureAdamKernel, [3]uint32{1, 1, 1}, p.Bytes(), ExposureAdamKernel.Layout.SpecValues(nil), b.List()...)
}

func exposureAdamTwin(c *gpu.Call) {
	p, network := gpu.PushOf[ExposureAdamPush](c), gpu.View[Schedule](c.Bind[0])[0].LearningRate
	sums, exposures := gpu.View[float32](c.Bind[1]), gpu.View[ExposureAdam](c.Bind[2])[:p.NImages]
	var part [3][64]float32
	for i := range exposures {
		e, g := &exposures[i], sums[3*i:][:3]
		e.Iter++
		rate := adamRate(network, float32(e.Iter), p.Beta1, p.Beta2)
		e.X0 += adamStep(float32(p.Scale*g[0]), &e.M0, &e.V0, rate, p.Beta1, p.Beta2, p.Epsilon)
		e.X1 += adamStep(float32(p.Scale*g[1]), &e.M1, &e.V1, rate, p.Beta1, p.Beta2, p.Epsilon)
		e.X2 += adamStep(float32(p.Scale*g[2]), &e.M2, &e.V2, rate, p.Beta1, p.Beta2, p.Epsilon)
		for k, x := range [3]float32{e.X0, e.X1, e.X2} {
			part[k][i%64] += x
		}
		clear(g)
	}
	n := float32(p.NImages)
	mean := vec3{sum64(&part[0]) / n, sum64(&part[1]) / n, sum64(&part[2]) / n}
	for i := range exposures {
		e := &exposures[i]
		e.X0, e.X1, e.X2 = e.X0-mean[0], e.X1-mean[1], e.X2-mean[2]
	}
}

// sum64 adds in halves, as a workgroup does.
func sum64(part *[64]float32) float32 {
	for half := 32; half > 0; half /= 2 {
		for j := range half {
			part[j] += part[j+half]
		}
	}
	return part[0]
}
