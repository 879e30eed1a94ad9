package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// RayLatentGradientsKernel makes the gradient of a training ray's loss by the latents of its image, the sum over its kept
// samples j:
//
//	gradients[k·ray_capacity + ray] = Σ dinputs[(first_plane + k)·capacity + j]
var RayLatentGradientsKernel = register(&gpu.Kernel{
	Name:     "ray_latent_gradients",
	Layout:   rayLatentGradientsLayout,
	Variants: rayLatentGradientsVariants,
	Twin:     rayLatentGradientsTwin,
	Bounds:   map[string]cmp.Bound{"gradients": {Kind: cmp.ULP, ULP: 0, Why: "the same additions in the same order"}},
})

// RayLatentGradients records the dispatch over the rays that state counts.
func RayLatentGradients(r *gpu.Recording, b RayLatentGradientsBinds, p RayLatentGradientsPush) {
	r.DispatchIndirect(RayLatentGradientsKernel, RayGroups(b.State), p.Bytes(), RayLatentGradientsKernel.Layout.SpecValues(nil), b.List()...)
}

type rayLatentGradientsCall struct {
	push            RayLatentGradientsPush
	counts, offsets []uint32
	dinputs, out    []float32
}

var rayLatentGradients = newForm((*rayLatentGradientsCall).some)

func rayLatentGradientsTwin(c *gpu.Call) {
	rayLatentGradients.do(c, rayLatentGradientsCall{*gpu.PushOf[RayLatentGradientsPush](c), gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2]),
		gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])}, reached(c, stateOf(c.Bind[0]).Rays), compositeGrain)
}

func (s *rayLatentGradientsCall) some(_ *alone, lo, hi int) {
	p := &s.push
	for i := lo; i < hi; i++ {
		n, first := s.counts[i], s.offsets[i]
		if first+n > p.Capacity {
			n = 0
		}
		for k := range p.Dims {
			sum, plane := float32(0), s.dinputs[(p.FirstPlane+k)*p.Capacity:]
			for j := first; j < first+n; j++ {
				sum += plane[j]
			}
			s.out[k*p.RayCapacity+uint32(i)] = sum
		}
	}
}
