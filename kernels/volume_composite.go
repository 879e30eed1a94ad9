package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// VolumeCompositeKernel adds the samples of render_march on a learned volume to their pixels and tells which rays go on:
//
//	α = 1 − exp(−extinction·density·dt),  w = α(1 − A),  C ← C + w·c,  A ← A + w
//
// where the network's outputs are linear radiance c and density, both cut off at 0.
var VolumeCompositeKernel = register(&gpu.Kernel{
	Name:     "volume_composite",
	Layout:   volumeCompositeLayout,
	Variants: volumeCompositeVariants,
	Twin:     volumeCompositeTwin,
	Bounds: map[string]cmp.Bound{
		"pixels": {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 0.01, Why: "as render_composite: a pass adds few samples of 20*2^-24 each; two of nearly equal weight may swap for the depth"},
		"alive":  {Kind: cmp.Stat, Outliers: 0.01, Why: "only rays that pass the least transmittance within 1e-5 end a sample earlier or later"},
	},
})

// VolumeComposite records a pass over at most max live rays.
func VolumeComposite(r *gpu.Recording, b VolumeCompositeBinds, p VolumeCompositePush, max uint32) {
	dispatch(r, VolumeCompositeKernel, max, p.Bytes(), b.List())
}

func volumeCompositeTwin(c *gpu.Call) {
	p := gpu.PushOf[VolumeCompositePush](c)
	live, rays := gpu.View[uint32](c.Bind[0]), gpu.View[Ray](c.Bind[2])
	samples, raw := gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	pixels, alive := gpu.View[Pixel](c.Bind[5]), gpu.View[uint32](c.Bind[6])
	n, stride := gpu.View[uint32](c.Bind[1])[p.CountIndex], p.Capacity
	lanes(c, n, func(s uint32) {
		r, px := &rays[live[s]], &pixels[live[s]]
		done := !(r.T < r.Tmax)
		for at := s; at < p.Steps*n+s; at += n {
			dt := samples[6*stride+at]
			if dt == 0 {
				break
			}
			w := (1 - rExp(-p.Extinction*max(raw[3*stride+at], 0)*dt)) * (1 - px.A)
			px.R += float32(w * max(raw[at], 0))
			px.G += float32(w * max(raw[stride+at], 0))
			px.B += float32(w * max(raw[2*stride+at], 0))
			px.A += w
			px.Cost++
			if w > px.Weight {
				px.Weight = w
				rel := vec3{samples[at] - r.Ox, samples[stride+at] - r.Oy, samples[2*stride+at] - r.Oz}
				px.Depth = (rel.dot(vec3{r.Dx, r.Dy, r.Dz}) + p.Near) * r.Cosine
			}
			if px.A > 1-p.MinTransmittance {
				px.R, px.G, px.B, px.A = px.R/px.A, px.G/px.A, px.B/px.A, 1
				done = true
				break
			}
		}
		alive[s] = 1
		if done {
			alive[s] = 0
		}
	})
}
