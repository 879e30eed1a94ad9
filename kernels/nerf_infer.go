package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// NerfInfer evaluates the whole network for the first n samples: planes r, g, b, density of raw, all before their output
// activations. Samples are planes px py pz dx dy dz of the network's input, directions as (d+1)/2.
var NerfInfer = register(&gpu.Kernel{
	Name:     "nerf_infer",
	Layout:   nerfInferLayout,
	Variants: withFit(halves(nerfInferVariants, planInfer, map[string]cmp.Bound{"raw": halfBound}), "lanes", nerfLanesFit),
	Twin:     nerfInferTwin,
	SIMD:     simd.NerfInfer,
	Bounds:   map[string]cmp.Bound{"raw": networkBound},
})

// tile is the number of samples that a workgroup of nerf_infer and nerf_density holds.
func (n NeRF) tile() uint32 {
	if max(n.DensityMLP().In, n.Width, nerfRGBIn) > 64 {
		return 32
	}
	return 64
}

// Infer appends nerf_infer.
func (n NeRF) Infer(r *gpu.Recording, b Batch, samples, levels, weights, table, raw gpu.Bind) {
	push := NerfInferPush{Capacity: uint32(b.Capacity), CountIndex: uint32(b.CountIndex)}
	b.dispatch(r, NerfInfer, n.tile(), push.Bytes(), n.Spec(NerfInfer), NerfInferBinds{
		Samples: samples, Levels: levels, Weights: weights, Table: table, Counts: b.Counts, Raw: raw,
	}.List()...)
}

func nerfInferTwin(c *gpu.Call) {
	p := gpu.PushOf[NerfInferPush](c)
	nerfTwin(c, newNerfCall(c, p.Capacity, p.CountIndex), true)
}

func nerfTwin(c *gpu.Call, s *nerfCall, colour bool) {
	if c.Groups[0]*c.Groups[1] == 0 {
		return
	}
	out := gpu.View[float32](c.Bind[5])
	scratch := make([]*nerfScratch, c.Pool.Workers())
	c.Pool.Run(tiles(s.n), func(task, worker int) {
		if scratch[worker] == nil {
			scratch[worker] = s.scratch()
		}
		t := scratch[worker]
		base := task * twinTile
		m := min(twinTile, s.n-base)
		s.forward(t, base, m, colour)
		density := t.density[s.DensityHidden+1][:m]
		if !colour {
			copy(out[base:], density)
			return
		}
		for k := range 3 {
			copy(out[k*s.capacity+base:][:m], t.rgb[s.RGBHidden+1][k*twinTile:])
		}
		copy(out[3*s.capacity+base:], density)
	})
}
