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
	SIMD:     renderMarchForm,
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
	p, m := renderMarcher(c)
	live, rays, samples := gpu.View[uint32](c.Bind[0]), gpu.View[Ray](c.Bind[3]), gpu.View[float32](c.Bind[4])
	n := renderMarchCounts(c)
	lanes(c, n, func(s uint32) { m.render(p, &rays[live[s]], s, n, samples) })
}

func renderMarcher(c *gpu.Call) (*RenderMarchPush, marcher) {
	p := gpu.PushOf[RenderMarchPush](c)
	return p, marcher{law: StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}, maxMip: p.MaxMip, minMip: p.MinMip, occupancy: gpu.View[uint32](c.Bind[1])}
}

// renderMarchCounts writes how many samples the pass has and returns the number of live rays.
func renderMarchCounts(c *gpu.Call) uint32 {
	p, state := gpu.PushOf[RenderMarchPush](c), gpu.View[uint32](c.Bind[2])
	n := state[p.CountIndex]
	state[p.SamplesIndex] = n * p.Steps
	groups := groupsOf(n*p.Steps, p.GroupSize)
	copy(state[p.GroupsIndex:p.GroupsIndex+3], groups[:])
	return n
}

// render writes the samples of live ray s of n and moves the ray on.
func (m *marcher) render(p *RenderMarchPush, r *Ray, s, n uint32, samples []float32) {
	lo, inv, stride := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.InvX, p.InvY, p.InvZ}, p.Capacity
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
}
