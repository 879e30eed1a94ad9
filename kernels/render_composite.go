package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// RenderCompositeKernel adds the samples of render_march to their pixels and tells which rays go on.
var RenderCompositeKernel = register(&gpu.Kernel{
	Name:     "render_composite",
	Layout:   renderCompositeLayout,
	Variants: renderCompositeVariants,
	Twin:     renderCompositeTwin,
	SIMD:     renderCompositeForm,
	Bounds: map[string]cmp.Bound{
		"pixels": {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 0.01, Why: "a pass adds few samples of 20*2^-24 each; two samples of nearly equal weight may swap for the depth"},
		"alive":  {Kind: cmp.Stat, Outliers: 0.01, Why: "only rays that pass the least transmittance within 1e-5 end a sample earlier or later"},
	},
})

// RenderComposite records a pass over at most max live rays.
func RenderComposite(r *gpu.Recording, b RenderCompositeBinds, p RenderCompositePush, max uint32) {
	dispatch(r, RenderCompositeKernel, max, p.Bytes(), b.List())
}

func renderCompositeTwin(c *gpu.Call) {
	p := gpu.PushOf[RenderCompositePush](c)
	live, rays := gpu.View[uint32](c.Bind[0]), gpu.View[Ray](c.Bind[2])
	samples, raw := gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	pixels, alive := gpu.View[Pixel](c.Bind[5]), gpu.View[uint32](c.Bind[6])
	n, stride, hdr := gpu.View[uint32](c.Bind[1])[p.CountIndex], p.Capacity, p.Hdr != 0
	lanes(c, n, func(s uint32) {
		r, px := &rays[live[s]], &pixels[live[s]]
		done := !(r.T < r.Tmax)
		for at := s; at < p.Steps*n+s; at += n {
			dt := samples[6*stride+at]
			if dt == 0 {
				break
			}
			w := (1 - rExp(-densityOf(raw[3*stride+at])*dt)) * (1 - px.A)
			px.R += float32(w * colorOf(raw[at], hdr))
			px.G += float32(w * colorOf(raw[stride+at], hdr))
			px.B += float32(w * colorOf(raw[2*stride+at], hdr))
			px.A += w
			px.Cost++
			if w > px.Weight {
				px.Weight = w
				rel := vec3{p.LoX + float32(samples[at]*p.SizeX) - r.Ox, p.LoY + float32(samples[stride+at]*p.SizeY) - r.Oy,
					p.LoZ + float32(samples[2*stride+at]*p.SizeZ) - r.Oz}
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
