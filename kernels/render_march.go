package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// RenderMarchKernel finds the next samples of every live ray; sample j of live ray s is element j·n + s.
var RenderMarchKernel = register(&gpu.Kernel{
	Name:     "render_march",
	Layout:   renderMarchLayout,
	Variants: renderMarchVariants,
	Twin:     renderMarchTwin,
	Bounds: map[string]cmp.Bound{
		"samples": {Kind: cmp.Stat, Abs: 4e-5, Rel: 1e-5, Outliers: 0.02, Why: "as march_emit: a point at the edge of a cell may be another lattice point"},
		"rays":    {Kind: cmp.Stat, Abs: 4e-5, Rel: 1e-5, Outliers: 0.02, Why: "as samples"},
	},
})

// RenderMarch records a pass over at most max live rays.
func RenderMarch(r *gpu.Recording, b RenderMarchBinds, p RenderMarchPush, max uint32) {
	dispatch(r, RenderMarchKernel, max, p.Bytes(), b.List())
}

func renderMarchTwin(c *gpu.Call) {
	p := gpu.PushOf[RenderMarchPush](c)
	live, state := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[2])
	rays, samples := gpu.View[Ray](c.Bind[3]), gpu.View[float32](c.Bind[4])
	n := state[p.CountIndex]
	state[p.SamplesIndex] = n * p.Steps
	groups := groupsOf(n*p.Steps, p.GroupSize)
	copy(state[p.GroupsIndex:p.GroupsIndex+3], groups[:])
	m := &marcher{law: StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}, maxMip: p.MaxMip, minMip: p.MinMip, occupancy: gpu.View[uint32](c.Bind[1])}
	lo, inv, stride := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.InvX, p.InvY, p.InvZ}, p.Capacity
	lanes(c, n, func(s uint32) {
		r := &rays[live[s]]
		ray, more := m.start(r), true
		for at := s; at < p.Steps*n+s; at += n {
			pos, dt := ray.o, float32(0)
			if more {
				if pos, _, dt, more = m.next(&ray); !more {
					dt = 0
				}
			}
			for k := range uint32(3) {
				samples[k*stride+at] = (pos[k] - lo[k]) * inv[k]
				samples[(3+k)*stride+at] = (ray.d[k] + 1) * 0.5
			}
			samples[6*stride+at] = dt
		}
		if r.T = r.Tmax; more {
			r.T = m.law.position(ray.n0 + float32(ray.k))
		}
	})
}
