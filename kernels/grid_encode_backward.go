package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// GridEncodeBackward adds dL/dtable of grid_encode to dtable in float32:
//
//	dtable[(offset_l + row)·F + f] += weight · dfeatures[output_plane + l·F + f][i]
//
// The order of bindings: positions, levels, dfeatures, counts, dtable. The order of the additions is the device's.
var GridEncodeBackward = register(&gpu.Kernel{
	Name:     "grid_encode_backward",
	Layout:   gridEncodeBackwardLayout,
	Variants: gridEncodeBackwardVariants,
	Twin: func(c *gpu.Call) {
		dtable := gpu.View[float32](c.Bind[4])
		gridScatter(c, func(element uint32, value float32) { dtable[element] += value })
	},
	SIMD:   func(c *gpu.Call) bool { return simd.GridEncodeBackward(c) || simd.GridEncodeBackwardPlane(c) },
	Bounds: map[string]cmp.Bound{"dtable": {Kind: cmp.AbsRel, Abs: 1e-2, Rel: 1e-3, Why: gridWhy + "; the additions have no fixed order: n roundings of the running sum"}},
})

// RecordGridEncodeBackward appends the scatter: GridEncodeBackwardFixed when fixed is set, else GridEncodeBackward.
func RecordGridEncodeBackward(rec *gpu.Recording, fixed bool, shape GridShape, n Samples, push GridEncodePush, binds GridEncodeBackwardBinds) {
	k := GridEncodeBackward
	if fixed {
		k = GridEncodeBackwardFixed
	}
	n.record(rec, k, shape.Levels, push.Bytes(), shape.Spec(k), binds.List())
}

// gridScatter calls add for every contribution. Levels own disjoint rows, so they run in parallel; within a level the
// samples come in order.
func gridScatter(c *gpu.Call, add func(element uint32, value float32)) {
	p, s := gridPushOf(c), gridShapeOf(c)
	positions, levels, dfeatures := gpu.View[float32](c.Bind[0]), gpu.View[Level](c.Bind[1]), gpu.View[float32](c.Bind[2])
	n := encodeCount(c, gpu.View[uint32](c.Bind[3]), p.CountIndex, p.Capacity)
	c.Pool.Run(int(min(s.Levels, p.ActiveLevels)), func(level, _ int) {
		l := &levels[level]
		var d [8]float32
		for i := range n {
			zero := true
			for f := range s.Features {
				d[f] = dfeatures[int((p.OutputPlane+uint32(level)*s.Features+f)*p.Capacity)+i]
				zero = zero && d[f] == 0
			}
			if zero {
				continue
			}
			x := gridPosition(positions, p, s.Dims, i)
			cell, t := gridCell(l, s.Dims, &x)
			w := gridWeight(s.Interpolation, &t)
			for k := range gridCorners(s.Dims, s.Interpolation) {
				v := gridVertex(&cell, k)
				first := (l.Offset + gridIndex(l, s.Dims, &v)) * s.Features
				weight := gridCornerWeight(&w, s.Dims, s.Interpolation, k)
				for f := range s.Features {
					add(first+f, float32(weight*d[f]))
				}
			}
		}
	})
}
