package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// CompositeGradKernel computes the gradients of the loss with respect to the raw network outputs of the kept samples, and
// copies those samples together.
var CompositeGradKernel = register(&gpu.Kernel{
	Name:     "composite_grad",
	Layout:   compositeGradLayout,
	Variants: compositeGradVariants,
	Twin:     compositeGradTwin,
	SIMD:     compositeGradForm,
	Bounds: map[string]cmp.Bound{
		"draw": {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-3, Outliers: 0.01,
			Why: "T c - S cancels: both carry an absolute error of 1e-4; the gradient is that error times dt*exp(raw)*slope*scale/rays; a sample at the edge of a rule (raw = 0, near distance) may fall on either side"},
	},
})

// CompositeGrad records the dispatch over the rays that state counts.
func CompositeGrad(r *gpu.Recording, b CompositeGradBinds, p CompositeGradPush) {
	r.DispatchIndirect(CompositeGradKernel, RayGroups(b.State), p.Bytes(), CompositeGradKernel.Layout.SpecValues(nil), b.List()...)
}

// Regularizer is the density regulariser for a loss scale: the reference adds 1e-4 to a gradient of scale 128.
func Regularizer(scale float32) float32 { return 1e-4 * scale / 128 }

func compositeGradTwin(c *gpu.Call) {
	p := gpu.PushOf[CompositeGradPush](c)
	state, offsets := stateOf(c.Bind[0]), gpu.View[uint32](c.Bind[1])
	keptCounts, keptOffsets := gpu.View[uint32](c.Bind[2]), gpu.View[uint32](c.Bind[3])
	rays, samples, raw := gpu.View[Ray](c.Bind[4]), gpu.View[float32](c.Bind[5]), gpu.View[float32](c.Bind[6])
	targets, results := gpu.View[Target](c.Bind[7]), gpu.View[RayResult](c.Bind[8])
	mean := gpu.View[float32](c.Bind[9])[0]
	kept, draw := gpu.View[float32](c.Bind[10]), gpu.View[float32](c.Bind[11])
	stride, keptStride, hdr := p.Capacity, p.KeptCapacity, p.Hdr != 0
	norm := p.Scale / float32(state.Rays)
	lanes(c, state.Rays, func(i uint32) {
		n, to := keptCounts[i], keptOffsets[i]
		if n == 0 || to+n > p.KeptCapacity {
			return
		}
		first, r, g, res := offsets[i], &rays[i], &targets[i], &results[i]
		var slope vec3
		_, slope[0] = Loss(p.LossKind).Eval(res.R, g.R)
		_, slope[1] = Loss(p.LossKind).Eval(res.G, g.G)
		_, slope[2] = Loss(p.LossKind).Eval(res.B, g.B)
		rest, T := vec3{res.R, res.G, res.B}, float32(1)
		for j := range n {
			at, dst := first+j, to+j
			var s [7]float32
			for k := range uint32(7) {
				s[k] = samples[k*stride+at]
				kept[k*keptStride+dst] = s[k]
			}
			dt, density := s[6], raw[3*stride+at]
			e := rExp(-densityOf(density) * dt)
			w := T * (1 - e)
			T *= e
			var along float32
			for k := range rest {
				x := raw[uint32(k)*stride+at]
				v := colorOf(x, hdr)
				rest[k] -= float32(w * v)
				along += float32(slope[k] * (float32(T*v) - rest[k]))
				d := w * slope[k] * colorSlope(v, hdr)
				if hdr {
					d += max(0, float32(1e-4*x))
				}
				draw[uint32(k)*keptStride+dst] = norm * d
			}
			d := norm * densitySlope(density) * dt * along
			if density < 0 && mean < 0.01 {
				d -= p.Regularizer
			}
			pos := vec3{p.LoX + float32(s[0]*p.SizeX) - r.Ox, p.LoY + float32(s[1]*p.SizeY) - r.Oy, p.LoZ + float32(s[2]*p.SizeZ) - r.Oz}
			if density > -10 && pos.dot(pos) < p.NearDistance*p.NearDistance {
				d += p.Regularizer
			}
			draw[3*keptStride+dst] = d
		}
	})
}
