package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// CompositeDepthKernel adds the gradient of the depth loss to dL/draw of the kept samples' densities, for rays whose depth
// D* is known. With t_j the distance of sample j, w_j its weight and T_j the transmittance after it:
//
//	D = Σ w_j t_j,  dL/dσ_j = dt_j · L'(D, D*) · (T_j t_j − Σ_{k>j} w_k t_k)
var CompositeDepthKernel = register(&gpu.Kernel{
	Name:     "composite_depth",
	Layout:   compositeDepthLayout,
	Variants: compositeDepthVariants,
	Twin:     compositeDepthTwin,
	Bounds: map[string]cmp.Bound{
		"draw": {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-3, Outliers: 0.01,
			Why: "T t - S cancels as that of colours in composite_grad does; a depth within rounding of its target turns the slope of an absolute loss"},
	},
})

// CompositeDepth records the dispatch over the rays that state counts, after CompositeGrad.
func CompositeDepth(r *gpu.Recording, b CompositeDepthBinds, p CompositeDepthPush) {
	r.DispatchIndirect(CompositeDepthKernel, RayGroups(b.State), p.Bytes(), CompositeDepthKernel.Layout.SpecValues(nil), b.List()...)
}

type compositeDepthCall struct {
	push                  CompositeDepthPush
	norm                  float32
	offsets, kept, keptAt []uint32
	rays                  []Ray
	samples, raw          []float32
	depths, draw          []float32
}

var compositeDepths = newForm((*compositeDepthCall).each)

func compositeDepthTwin(c *gpu.Call) {
	p, state := gpu.PushOf[CompositeDepthPush](c), stateOf(c.Bind[0])
	compositeDepths.do(c, compositeDepthCall{
		push: *p, norm: p.Scale / float32(state.Rays),
		offsets: gpu.View[uint32](c.Bind[1]), kept: gpu.View[uint32](c.Bind[2]), keptAt: gpu.View[uint32](c.Bind[3]),
		rays: gpu.View[Ray](c.Bind[4]), samples: gpu.View[float32](c.Bind[5]), raw: gpu.View[float32](c.Bind[6]),
		depths: gpu.View[float32](c.Bind[7]), draw: gpu.View[float32](c.Bind[8]),
	}, reached(c, state.Rays), compositeGrain)
}

func (s *compositeDepthCall) each(_ *alone, lo, hi int) {
	p := &s.push
	stride := p.Capacity
	for i := lo; i < hi; i++ {
		n, to, want := s.kept[i], s.keptAt[i], s.depths[i]
		if n == 0 || to+n > p.KeptCapacity || !(want > 0) {
			continue
		}
		first, r := s.offsets[i], &s.rays[i]
		T, D := float32(1), float32(0)
		for at := first; at < first+n; at++ {
			e := rExp(-densityOf(s.raw[3*stride+at]) * s.samples[6*stride+at])
			D += float32(T * (1 - e) * s.along(r, at))
			T *= e
		}
		_, slope := Loss(p.LossKind).Eval(D, want)
		slope *= s.norm
		rest := D
		T = 1
		draw := s.draw[3*p.KeptCapacity+to:][:n]
		for j := range draw {
			at := first + uint32(j)
			dt, density, t := s.samples[6*stride+at], s.raw[3*stride+at], s.along(r, at)
			e := rExp(-densityOf(density) * dt)
			rest -= float32(T * (1 - e) * t)
			T *= e
			draw[j] += float32(slope * densitySlope(density) * dt * (float32(T*t) - rest))
		}
	}
}

// along is the distance of a sample from the ray's origin.
func (s *compositeDepthCall) along(r *Ray, at uint32) float32 {
	p, stride := &s.push, s.push.Capacity
	return vec3{p.LoX + float32(s.samples[at]*p.SizeX) - r.Ox, p.LoY + float32(s.samples[stride+at]*p.SizeY) - r.Oy,
		p.LoZ + float32(s.samples[2*stride+at]*p.SizeZ) - r.Oz}.dot(vec3{r.Dx, r.Dy, r.Dz})
}
