package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// MarchEmitKernel writes the samples that march_count counted, for every ray whose samples fit the capacity: position
// relative to the training box, direction mapped to 0..1, world step.
var MarchEmitKernel = register(&gpu.Kernel{
	Name:     "march_emit",
	Layout:   marchEmitLayout,
	Variants: marchEmitVariants,
	Twin:     marchEmitTwin,
	SIMD:     marchEmitForm,
	Bounds: map[string]cmp.Bound{
		"samples": {Kind: cmp.Stat, Abs: 4e-5, Rel: 1e-5, Outliers: 0.02,
			Why: "t = exp(n*lambda) with n below 2048 rounded to 2^-13 and lambda below 1/256 is within 1e-6 relative, positions relative to the box likewise; a point at the edge of a cell may be another lattice point"},
	},
})

// MarchEmit records the dispatch over the rays that state counts; the push constants are those of MarchCount.
func MarchEmit(r *gpu.Recording, b MarchEmitBinds, p MarchCountPush) {
	r.DispatchIndirect(MarchEmitKernel, RayGroups(b.State), p.Bytes(), MarchEmitKernel.Layout.SpecValues(nil), b.List()...)
}

func marchEmitTwin(c *gpu.Call) {
	p := (*MarchCountPush)(gpu.PushOf[MarchEmitPush](c))
	rays, state := gpu.View[Ray](c.Bind[0]), stateOf(c.Bind[2])
	counts, offsets := gpu.View[uint32](c.Bind[3]), gpu.View[uint32](c.Bind[4])
	samples, rayOf := gpu.View[float32](c.Bind[5]), gpu.View[uint32](c.Bind[6])
	m := p.marcher(c.Bind[1])
	lanes(c, state.Rays, func(i uint32) {
		if n, first := counts[i], offsets[i]; n != 0 && first+n <= p.Capacity {
			m.emit(p, &rays[i], i, n, first, samples, rayOf)
		}
	})
}

// emit writes the n samples of ray i from place first on.
func (m *marcher) emit(p *MarchCountPush, r *Ray, i, n, first uint32, samples []float32, rayOf []uint32) {
	s, stride := m.start(r), p.Capacity
	for at := first; at < first+n; at++ {
		pos, _, dt, _ := m.next(&s)
		samples[at] = (pos[0] - p.LoX) * p.InvX
		samples[stride+at] = (pos[1] - p.LoY) * p.InvY
		samples[2*stride+at] = (pos[2] - p.LoZ) * p.InvZ
		samples[3*stride+at] = (r.Dx + 1) * 0.5
		samples[4*stride+at] = (r.Dy + 1) * 0.5
		samples[5*stride+at] = (r.Dz + 1) * 0.5
		samples[6*stride+at] = dt
		rayOf[at] = i
	}
}
