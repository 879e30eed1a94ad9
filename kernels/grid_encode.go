package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

const gridWhy = "the same operations in the same order, but a device may fuse or split a multiply-add: each of the D factors, " +
	"2^D products and sums is then one rounding off, and a position rounds to within u·|scale·x| of a cell"

// GridEncode is the multiresolution grid encoding (Müller et al. 2022): for every sample i < counts[count_index] and
// level l,
//
//	features[output_plane + l·F + f][i] = Σ_corners weight · table[(offset_l + row)·F + f]
//
// positions and features are planes of capacity values. The order of bindings: positions, levels, table, counts,
// features.
var GridEncode = register(&gpu.Kernel{
	Name:     "grid_encode",
	Layout:   gridEncodeLayout,
	Variants: gridEncodeVariants,
	Twin:     gridEncodeTwin,
	SIMD:     func(c *gpu.Call) bool { return simd.GridEncode(c) || simd.GridEncodePlane(c) },
	Bounds:   map[string]cmp.Bound{"features": {Kind: cmp.AbsRel, Abs: 1e-3, Rel: 1e-5, Why: gridWhy + "; features are at most 1, scales 2^12"}},
})

// RecordGridEncode appends a grid_encode dispatch. push.ActiveLevels beyond the levels means all.
func RecordGridEncode(rec *gpu.Recording, shape GridShape, n Samples, push GridEncodePush, binds GridEncodeBinds) {
	n.record(rec, GridEncode, shape.Levels, push.Bytes(), shape.Spec(GridEncode), binds.List())
}

func gridEncodeTwin(c *gpu.Call) {
	p, s := gpu.PushOf[GridEncodePush](c), gridShapeOf(c)
	positions, levels := gpu.View[float32](c.Bind[0]), gpu.View[Level](c.Bind[1])
	table, features := gpu.View[uint32](c.Bind[2]), gpu.View[float32](c.Bind[4])
	n := encodeCount(c, gpu.View[uint32](c.Bind[3]), p.CountIndex, p.Capacity)
	spread(c, n, encodeGrain, func(lo, hi int) {
		var acc [8]float32
		for level := range s.Levels {
			for i := lo; i < hi; i++ {
				acc = [8]float32{}
				if level < p.ActiveLevels {
					x := gridPosition(positions, p, s.Dims, i)
					gridLookup(&levels[level], &s, &x, table, &acc)
				}
				for f := range s.Features {
					features[int((p.OutputPlane+level*s.Features+f)*p.Capacity)+i] = acc[f]
				}
			}
		}
	})
}
