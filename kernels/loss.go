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

// lossCall is a dispatch in progress.
type lossCall struct {
	prediction, target, dprediction, values []float32
	channels, capacity                      int
	kind                                    Loss
	scale                                   float32
}

var losses32 = newForm((*lossCall).samples)

func lossTwin(c *gpu.Call) {
	p := gpu.PushOf[LossPush](c)
	n := batchSize(c.Bind[2], p.CountIndex, p.Capacity)
	losses32.do(c, lossCall{prediction: gpu.View[float32](c.Bind[0]), target: gpu.View[float32](c.Bind[1]),
		dprediction: gpu.View[float32](c.Bind[3]), values: gpu.View[float32](c.Bind[4]), channels: int(p.Channels), capacity: int(p.Capacity),
		kind: Loss(c.SpecOf("KIND")), scale: p.Scale / float32(float32(n)*float32(p.Channels))}, reached(c, uint32(n)), 4096)
}

func (l *lossCall) samples(_ *alone, lo, hi int) {
	for ch := range l.channels {
		for i := ch*l.capacity + lo; i < ch*l.capacity+hi; i++ {
			v, s := l.kind.Eval(l.prediction[i], l.target[i])
			l.values[i], l.dprediction[i] = v, s*l.scale
		}
	}
}
