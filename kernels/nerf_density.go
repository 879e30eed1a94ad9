package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// NerfDensity evaluates the density network alone.
var NerfDensity = register(&gpu.Kernel{
	Name:     "nerf_density",
	Layout:   nerfDensityLayout,
	Variants: withFit(halves(nerfDensityVariants, planDensity, map[string]cmp.Bound{"density": halfBound}), "lanes", nerfLanesFit),
	Twin:     nerfDensityTwin,
	SIMD:     simd.NerfDensity,
	Bounds:   map[string]cmp.Bound{"density": networkBound},
})

// Density appends nerf_density.
func (n NeRF) Density(r *gpu.Recording, b Batch, samples, levels, weights, table, density gpu.Bind) {
	push := NerfDensityPush{Capacity: uint32(b.Capacity), CountIndex: uint32(b.CountIndex)}
	b.dispatch(r, NerfDensity, n.tile(), push.Bytes(), n.Spec(NerfDensity), NerfDensityBinds{
		Samples: samples, Levels: levels, Weights: weights, Table: table, Counts: b.Counts, Density: density,
	}.List()...)
}

func nerfDensityTwin(c *gpu.Call) {
	p := gpu.PushOf[NerfDensityPush](c)
	nerfTwin(c, newNerfCall(c, p.Capacity, p.CountIndex), false)
}
