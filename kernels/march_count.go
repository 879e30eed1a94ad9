package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// MarchCountKernel counts each training ray's samples: lattice points in occupied cells, the cascade by position and step.
var MarchCountKernel = register(&gpu.Kernel{
	Name:     "march_count",
	Layout:   marchCountLayout,
	Variants: marchCountVariants,
	Twin:     marchCountTwin,
	SIMD:     marchCountForm,
	Bounds: map[string]cmp.Bound{
		"ray_counts": {Kind: cmp.Stat, Outliers: 0.02,
			Why: "positions agree to 2e-6; of at most 1024 lattice points a ray has fewer than 20 near a boundary between occupied and empty cells of edge 1/128, so fewer than 20*3*2*2e-6*128 = 2 % of the rays change"},
	},
})

// MarchCount records the dispatch over the rays that state counts.
func MarchCount(r *gpu.Recording, b MarchCountBinds, p MarchCountPush) {
	r.DispatchIndirect(MarchCountKernel, RayGroups(b.State), p.Bytes(), MarchCountKernel.Layout.SpecValues(nil), b.List()...)
}

// NewMarchPush describes marching in a box with the given step law. maxMip is the coarsest cascade in use, capacity the
// stride of the sample planes.
func NewMarchPush(lo, hi [3]float32, law StepLaw, maxMip, maxSamples, capacity uint32) MarchCountPush {
	return MarchCountPush{
		LoX: lo[0], LoY: lo[1], LoZ: lo[2],
		InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2]),
		Cone: law.Cone, Lambda: law.Lambda, A: law.A, B: law.B, Ta: law.Ta, Tb: law.Tb,
		MaxMip: maxMip, MaxSamples: maxSamples, Capacity: capacity,
	}
}

func (p *MarchCountPush) marcher(occupancy []byte) marcher {
	return marcher{
		law:    StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb},
		maxMip: p.MaxMip, byStep: true, occupancy: gpu.View[uint32](occupancy),
	}
}

func (m *marcher) start(r *Ray) rayState {
	return rayState{vec3{r.Ox, r.Oy, r.Oz}, vec3{r.Dx, r.Dy, r.Dz}, m.law.number(r.T), 0, r.Tmax}
}

func marchCountTwin(c *gpu.Call) {
	p := gpu.PushOf[MarchCountPush](c)
	rays, state, counts := gpu.View[Ray](c.Bind[0]), stateOf(c.Bind[2]), gpu.View[uint32](c.Bind[3])
	m := p.marcher(c.Bind[1])
	lanes(c, state.Rays, func(i uint32) {
		counts[i] = 0
		if rays[i].Flags&RayAlive != 0 {
			counts[i] = m.count(&rays[i], p.MaxSamples)
		}
	})
}

// count is the number of samples of a ray, at most limit.
func (m *marcher) count(r *Ray, limit uint32) uint32 {
	s, n := m.start(r), uint32(0)
	for n < limit {
		if _, _, _, ok := m.next(&s); !ok {
			break
		}
		n++
	}
	return n
}
