package kernels

import (
	"math"
	"sync/atomic"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// FramePreKernel is a pass of a frame before the network: rays, spans, marching and the network's inputs in one dispatch.
var FramePreKernel = register(&gpu.Kernel{
	Name:     "frame_pre",
	Layout:   framePreLayout,
	Variants: framePreVariants,
	Twin:     framePreTwin,
	Bounds: map[string]cmp.Bound{
		"live":     {Kind: cmp.Stat, Outliers: 1, Why: "the first pass lists rays in any order; the oracle asks for the set and for what belongs to each ray"},
		"samples":  {Kind: cmp.Stat, Outliers: 1, Abs: 1e-9, Why: "as live"},
		"depths":   {Kind: cmp.Stat, Outliers: 1, Abs: 1e-9, Why: "as live"},
		"features": {Kind: cmp.Stat, Outliers: 1, Abs: 1e-9, Why: "as live"},
		"next":     {Kind: cmp.Stat, Outliers: 0.05, Why: "a point at the edge of a cell may be another lattice point"},
		"state":    {Kind: cmp.Stat, Outliers: 0.2, Why: "one word of eight or more is the number of rays that have a sample"},
	},
})

// FrameEnd is the next lattice point of a ray that has none.
const FrameEnd = math.MaxUint32

// FramePre records a pass over at most max live rays.
func FramePre(r *gpu.Recording, b FramePreBinds, p FramePrePush, max uint32) {
	dispatch(r, FramePreKernel, max, p.Bytes(), b.List())
}

// SetLaw fills in the step law.
func (p *FramePrePush) SetLaw(l StepLaw) {
	p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
}

func framePreTwin(c *gpu.Call) {
	p := gpu.PushOf[FramePrePush](c)
	cam, v, live := &gpu.View[Camera](c.Bind[0])[0], &gpu.View[View](c.Bind[1])[0], gpu.View[uint32](c.Bind[2])
	m := marcher{law: StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}, maxMip: p.MaxMip, minMip: p.MinMip, occupancy: gpu.View[uint32](c.Bind[3])}
	state, next, samples := gpu.View[uint32](c.Bind[4]), gpu.View[uint32](c.Bind[5]), gpu.View[float32](c.Bind[6])
	depths, features := gpu.View[float32](c.Bind[7]), gpu.View[float32](c.Bind[8])
	n, stride := state[p.CountIndex], p.Capacity
	state[p.NextIndex] = 0
	found := state[p.SamplesIndex]
	passSamples(state, n*p.Steps, p.SamplesIndex, p.GroupsIndex, p.GroupSize)
	steps := p.Steps
	if p.Initial != 0 {
		state[p.SamplesIndex], steps = found, 1
	}
	lo, inv := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.InvX, p.InvY, p.InvZ}
	lanes(c, n, func(s uint32) {
		index, k := s, uint32(0)
		if p.Initial == 0 {
			index = live[s]
			k = next[index]
		}
		o, d, seen := viewRay(cam, v, p.First+index)
		t, tmax, more := viewSpan(v, &m.law, p.First+index, o, d, seen)
		ray := rayState{o: o, d: d, n0: m.law.number(t), k: k, tmax: tmax}
		first := o
		dt := float32(0)
		if p.Initial != 0 {
			if more {
				first, t, dt, more = m.next(&ray)
			}
			if !more {
				return
			}
			s = atomic.AddUint32(&state[p.SamplesIndex], 1) - 1
			live[s] = index
		}
		cosine := viewCosine(cam, d)
		d01 := [3]float32{(d[0] + 1) * 0.5, (d[1] + 1) * 0.5, (d[2] + 1) * 0.5}
		y := nerfDirection(d01)
		for at := s; at < steps*n+s; at += n {
			pos := first
			if p.Initial == 0 {
				pos, t, dt = o, 0, 0
				if more {
					if pos, t, dt, more = m.next(&ray); !more {
						dt = 0
					}
				}
			}
			for k := range uint32(3) {
				samples[k*stride+at] = (pos[k] - lo[k]) * inv[k]
				samples[(3+k)*stride+at] = d01[k]
			}
			samples[6*stride+at] = dt
			depths[at] = (t + p.Near) * cosine
			if p.Sh != 0 {
				for k, y := range y {
					features[(p.OutputPlane+uint32(k))*stride+at] = y
				}
			}
		}
		if next[index] = FrameEnd; more {
			next[index] = ray.k
		}
	})
}
