package kernels

import "github.com/radia-go/radia/gpu"

// EncodeReduceBackward is the gradient of encode_reduce, dL/dplanes of the parts from that of the result:
//
//	dplanes[from_plane + p·outputs + k][i] = dplanes[to_plane + k][i], times Π_{q≠p} planes[from_plane + q·outputs + k][i] of a product
//
// A dispatch needs parts² multiplications for each output of a product.
var EncodeReduceBackward = register(&gpu.Kernel{
	Name:     "encode_reduce_backward",
	Layout:   encodeReduceBackwardLayout,
	Variants: encodeReduceBackwardVariants,
	Twin:     encodeReduceBackwardTwin,
})

// RecordEncodeReduceBackward appends an encode_reduce_backward dispatch.
func RecordEncodeReduceBackward(rec *gpu.Recording, s Reduction, n Samples, countIndex int, binds EncodeReduceBackwardBinds) {
	n.record(rec, EncodeReduceBackward, 1, s.Push(n.Count, uint32(countIndex)), DefaultEncodeReduceBackwardSpec().Values(), binds.List())
}

func encodeReduceBackwardTwin(c *gpu.Call) {
	p := gpu.PushOf[EncodeReduceBackwardPush](c)
	planes, dplanes := gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])
	n := encodeCount(c, gpu.View[uint32](c.Bind[0]), p.CountIndex, p.Capacity)
	spread(c, n, encodeGrain, func(lo, hi int) {
		for k := range int(p.Outputs) {
			for part := range int(p.Parts) {
				to := samplesOf(dplanes, int(p.FromPlane)+part*int(p.Outputs)+k, int(p.Capacity), lo, hi)
				copy(to, samplesOf(dplanes, int(p.ToPlane)+k, int(p.Capacity), lo, hi))
				for other := range int(p.Parts) {
					if p.Product != 0 && other != part {
						combine(to, samplesOf(planes, int(p.FromPlane)+other*int(p.Outputs)+k, int(p.Capacity), lo, hi), true)
					}
				}
			}
		}
	})
}
