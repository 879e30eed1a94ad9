package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SplitMarchKernel is stage 3 of the un-fused frame: the list of the next samples of every live ray; sample j of live ray s
// is element j·n + s. A ray that goes on keeps its next lattice point in the low bits of its flags.
var SplitMarchKernel = register(&gpu.Kernel{
	Name:     "split_march",
	Layout:   splitMarchLayout,
	Variants: splitMarchVariants,
	Twin:     splitMarchTwin,
	Bounds: map[string]cmp.Bound{
		"positions": {Kind: cmp.Stat, Abs: 4e-5, Rel: 1e-5, Outliers: 0.02, Why: "as render_march: a point at the edge of a cell may be another lattice point"},
		"lengths":   {Kind: cmp.Stat, Abs: 4e-5, Rel: 1e-5, Outliers: 0.02, Why: "as positions"},
		"rays":      {Kind: cmp.Stat, Abs: 4e-5, Rel: 1e-5, Outliers: 0.02, Why: "as positions"},
	},
})

// SplitMarch records a pass over at most max live rays.
func SplitMarch(r *gpu.Recording, b SplitMarchBinds, p SplitMarchPush, max uint32) {
	dispatch(r, SplitMarchKernel, max, p.Bytes(), b.List())
}

// SetLaw fills in the step law.
func (p *SplitMarchPush) SetLaw(l StepLaw) {
	p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
}

func splitMarchTwin(c *gpu.Call) {
	p := gpu.PushOf[SplitMarchPush](c)
	m := marcher{law: StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}, maxMip: p.MaxMip, minMip: p.MinMip, occupancy: gpu.View[uint32](c.Bind[1])}
	live, state, rays := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[2]), gpu.View[Ray](c.Bind[3])
	positions, lengths, rayOf := gpu.View[float32](c.Bind[4]), gpu.View[float32](c.Bind[5]), gpu.View[uint32](c.Bind[6])
	n := state[p.CountIndex]
	passSamples(state, n*p.Steps, p.SamplesIndex, p.GroupsIndex, p.GroupSize)
	lanes(c, n, func(s uint32) {
		r := &rays[live[s]]
		ray, more := m.start(r), true
		ray.k = r.Flags & RayIndex
		for at := s; at < p.Steps*n+s; at += n {
			pos, dt := ray.o, float32(0)
			if more {
				if pos, _, dt, more = m.next(&ray); !more {
					dt = 0
				}
			}
			for k := range uint32(3) {
				positions[k*p.Capacity+at] = pos[k]
			}
			lengths[at], rayOf[at] = dt, live[s]
		}
		if more {
			r.Flags = r.Flags&^RayIndex | ray.k
		} else {
			r.T = r.Tmax
		}
	})
}

// passSamples writes how many samples a pass has, and the groups of a dispatch over them.
func passSamples(state []uint32, samples, index, groupsIndex, size uint32) {
	state[index] = samples
	groups := groupsOf(samples, size)
	copy(state[groupsIndex:groupsIndex+3], groups[:])
}
