package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// RayLatentsKernel gives every sample of a training ray the latents of the ray's image:
//
//	inputs[(first_plane + k)·capacity + j] = latents[image·dims + k]
//
// for the samples j of the ray and k < dims.
var RayLatentsKernel = register(&gpu.Kernel{
	Name:     "ray_latents",
	Layout:   rayLatentsLayout,
	Variants: rayLatentsVariants,
	Twin:     rayLatentsTwin,
	Bounds:   map[string]cmp.Bound{"inputs": {Kind: cmp.Exact, Why: "copies"}},
})

// Owners tell whose samples a batch holds: those of training ray i are Offsets[i] to Offsets[i] + Counts[i].
type Owners struct {
	State           gpu.Bind // kernels.TrainState
	Counts, Offsets gpu.Bind
	Rays            gpu.Bind
}

// RayLatents records the dispatch over the rays that the state counts.
func RayLatents(r *gpu.Recording, o *Owners, latents, inputs gpu.Bind, p RayLatentsPush) {
	r.DispatchIndirect(RayLatentsKernel, RayGroups(o.State), p.Bytes(), RayLatentsKernel.Layout.SpecValues(nil),
		RayLatentsBinds{State: o.State, RayCounts: o.Counts, Offsets: o.Offsets, Rays: o.Rays, Latents: latents, Inputs: inputs}.List()...)
}

type rayLatentsCall struct {
	push            RayLatentsPush
	counts, offsets []uint32
	rays            []Ray
	latents, inputs []float32
}

var rayLatents = newForm((*rayLatentsCall).some)

func rayLatentsTwin(c *gpu.Call) {
	rayLatents.do(c, rayLatentsCall{*gpu.PushOf[RayLatentsPush](c), gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2]), gpu.View[Ray](c.Bind[3]),
		gpu.View[float32](c.Bind[4]), gpu.View[float32](c.Bind[5])}, reached(c, stateOf(c.Bind[0]).Rays), compositeGrain)
}

func (s *rayLatentsCall) some(_ *alone, lo, hi int) {
	p := &s.push
	for i := lo; i < hi; i++ {
		n, first := s.counts[i], s.offsets[i]
		if first+n > p.Capacity {
			continue
		}
		image := s.rays[i].Flags & RayIndex
		for k := range p.Dims {
			plane := s.inputs[(p.FirstPlane+k)*p.Capacity:][:p.Capacity]
			v := s.latents[image*p.Dims+k]
			for j := first; j < first+n; j++ {
				plane[j] = v
			}
		}
	}
}
