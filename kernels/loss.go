package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// LossKernel computes for the first n samples of Channels planes
//
//	values = ℓ(prediction, target), dprediction = Scale/(n·Channels) · ∂ℓ/∂prediction
//
// the second being Scale times the gradient of the mean over all elements. Spec Kind is a Loss. One invocation per
// sample: Groups(Capacity, LocalSizeX).
var LossKernel = register(&gpu.Kernel{
	Name:     "loss",
	Layout:   lossLayout,
	Variants: lossVariants,
	Twin:     lossTwin,
	Bounds: map[string]cmp.Bound{
		"dprediction": {Kind: cmp.AbsRel, Abs: 0x1p-18, Rel: 0x1p-18, Why: "at most ten roundoffs and two divisions of 2.5 ulp, each side"},
		"values":      {Kind: cmp.AbsRel, Abs: 0x1p-18, Rel: 0x1p-18, Why: "at most ten roundoffs and one division of 2.5 ulp, each side"},
	},
})

func lossTwin(c *gpu.Call) {
	p := gpu.PushOf[LossPush](c)
	prediction, target := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1])
	dprediction, values := gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	n := batchSize(c.Bind[2], p.CountIndex, p.Capacity)
	kind := Loss(c.SpecOf("KIND"))
	scale := p.Scale / float32(float32(n)*float32(p.Channels))
	spread(c, reached(c, uint32(n)), 4096, func(lo, hi int) {
		for ch := range int(p.Channels) {
			for i := ch*int(p.Capacity) + lo; i < ch*int(p.Capacity)+hi; i++ {
				v, s := kind.Eval(prediction[i], target[i])
				values[i], dprediction[i] = v, s*scale
			}
		}
	})
}
