package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// ExposureGradientsKernel makes the gradient of each training ray's loss by its image's exposure out of the slopes of its
// target: −L'(prediction) · slopes, 0 for a ray without samples.
var ExposureGradientsKernel = register(&gpu.Kernel{
	Name:     "exposure_gradients",
	Layout:   exposureGradientsLayout,
	Variants: exposureGradientsVariants,
	Twin:     exposureGradientsTwin,
	Bounds: map[string]cmp.Bound{
		"slopes": {Kind: cmp.AbsRel, Abs: 1e-7, Rel: 1e-6, Why: "one or two divisions of 2.5 ulp and products"},
	},
})

// ExposureGradients records the dispatch over the rays that state counts, after CompositeTrain.
func ExposureGradients(r *gpu.Recording, b ExposureGradientsBinds, p ExposureGradientsPush) {
	r.DispatchIndirect(ExposureGradientsKernel, RayGroups(b.State), p.Bytes(), ExposureGradientsKernel.Layout.SpecValues(nil), b.List()...)
}

type exposureGradientsCall struct {
	push    ExposureGradientsPush
	kept    []uint32
	targets []Target
	results []RayResult
	slopes  []float32
}

var exposureGradients = newForm((*exposureGradientsCall).some)

func exposureGradientsTwin(c *gpu.Call) {
	exposureGradients.do(c, exposureGradientsCall{*gpu.PushOf[ExposureGradientsPush](c), gpu.View[uint32](c.Bind[1]), gpu.View[Target](c.Bind[2]),
		gpu.View[RayResult](c.Bind[3]), gpu.View[float32](c.Bind[4])}, reached(c, stateOf(c.Bind[0]).Rays), laneGrain)
}

func (s *exposureGradientsCall) some(_ *alone, lo, hi int) {
	kind, stride := Loss(s.push.LossKind), int(s.push.Stride)
	for i := lo; i < hi; i++ {
		seen := float32(0)
		if s.kept[i] != 0 {
			seen = -1
		}
		g, r := &s.targets[i], &s.results[i]
		for k, v := range [3][2]float32{{r.R, g.R}, {r.G, g.G}, {r.B, g.B}} {
			_, slope := kind.Eval(v[0], v[1])
			s.slopes[k*stride+i] = seen * slope * s.slopes[k*stride+i]
		}
	}
}
