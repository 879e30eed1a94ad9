package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitSpansKernel is stage 2 of the un-fused frame: where each ray enters and leaves the render box.
var SplitSpansKernel = register(&gpu.Kernel{
	Name:     "split_spans",
	Layout:   splitSpansLayout,
	Variants: splitSpansVariants,
	Twin:     splitSpansTwin,
	Bounds: map[string]cmp.Bound{
		"rays":  {Kind: cmp.Stat, Abs: 2e-5, Rel: 2e-5, Outliers: 1e-3, Why: "as camera_rays: a ray that grazes the box may hit or miss"},
		"alive": {Kind: cmp.Stat, Outliers: 1e-3, Why: "a ray that grazes the box may hit or miss"},
	},
})

// SplitSpans records p.Count rays.
func SplitSpans(r *gpu.Recording, b SplitSpansBinds, p SplitSpansPush) {
	dispatch(r, SplitSpansKernel, p.Count, p.Bytes(), b.List())
}

// SetLaw fills in the step law.
func (p *SplitSpansPush) SetLaw(l StepLaw) {
	p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
}

func splitSpansTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitSpansPush](c)
	v, rays := &gpu.View[View](c.Bind[0])[0], gpu.View[Ray](c.Bind[1])
	alive, pixels := gpu.View[uint32](c.Bind[2]), gpu.View[Pixel](c.Bind[3])
	law := StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}
	lanes(c, p.Count, func(i uint32) {
		r := &rays[i]
		var hit bool
		r.T, r.Tmax, hit = viewSpan(v, &law, p.First+i, vec3{r.Ox, r.Oy, r.Oz}, vec3{r.Dx, r.Dy, r.Dz}, r.Flags&RayAlive != 0)
		alive[i] = 0
		if hit {
			alive[i] = 1
		}
		pixels[i] = Pixel{Depth: far}
	})
}
