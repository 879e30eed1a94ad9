package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// EncodeInput is the gradient of encode by its inputs:
//
//	dinputs[input_plane + d][i] = Σ_k dfeatures[output_plane + k][i] · ∂y_k/∂x_d
//
// added to what is there when push.accumulate is 1. The order of bindings: inputs, dfeatures, counts, dinputs.
var EncodeInput = register(&gpu.Kernel{
	Name:     "encode_input",
	Layout:   encodeInputLayout,
	Variants: encodeInputVariants,
	Twin:     encodeInputTwin,
	Bounds: map[string]cmp.Bound{"dinputs": {Kind: cmp.Stat, Abs: 5e-2, Rel: 1e-4, Outliers: 1e-3,
		Why: encodeWhy + "; slopes reach 2^12 and that of a triangle wave jumps"}},
})

// RecordEncodeInput appends an encode_input dispatch.
func RecordEncodeInput(rec *gpu.Recording, shape EncodeShape, n Samples, push EncodeInputPush, binds EncodeInputBinds) {
	n.record(rec, EncodeInput, 1, push.Bytes(), shape.Spec(EncodeInput), binds.List())
}

func encodeInputTwin(c *gpu.Call) {
	p := gpu.PushOf[EncodeInputPush](c)
	s, ok := encodeOf(c)
	if !ok {
		return
	}
	inputs, dfeatures, dinputs := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[3])
	n := encodeCount(c, gpu.View[uint32](c.Bind[2]), p.CountIndex, p.Capacity)
	spread(c, n, encodeGrain, func(lo, hi int) {
		x, dx, before := make([]float32, s.Dims), make([]float32, s.Dims), make([]float32, s.Dims)
		dy := make([]float32, s.Outputs())
		for i := lo; i < hi; i++ {
			gather(x, inputs, p.InputPlane, p.Capacity, i)
			gather(dy, dfeatures, p.OutputPlane, p.Capacity, i)
			s.Encoding.Backward(s.Values, x, dy, dx)
			if p.Accumulate != 0 {
				gather(before, dinputs, p.InputPlane, p.Capacity, i)
				for d := range dx {
					dx[d] = before[d] + dx[d]
				}
			}
			scatter(dinputs, dx, p.InputPlane, p.Capacity, i)
		}
	})
}
