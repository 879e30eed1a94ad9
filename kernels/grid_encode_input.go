package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// GridEncodeInput is dL/dposition of grid_encode:
//
//	dpositions[input_plane + d][i] = Σ_l Σ_corners scale_l · ∂weight/∂t_d · Σ_f dfeatures · table
//
// added to what is there when push.accumulate is 1. The order of bindings: positions, levels, table, dfeatures,
// counts, dpositions. Nearest interpolation has gradient zero.
var GridEncodeInput = register(&gpu.Kernel{
	Name:     "grid_encode_input",
	Layout:   gridEncodeInputLayout,
	Variants: gridEncodeInputVariants,
	Twin:     gridEncodeInputTwin,
	SIMD:     gridEncodeInputForm,
	Bounds:   map[string]cmp.Bound{"dpositions": {Kind: cmp.Stat, Abs: 1e-1, Rel: 1e-3, Outliers: 1e-3, Why: gridWhy + "; the slope of linear interpolation jumps between cells"}},
})

// RecordGridEncodeInput appends a grid_encode_input dispatch.
func RecordGridEncodeInput(rec *gpu.Recording, shape GridShape, n Samples, push GridEncodePush, binds GridEncodeInputBinds) {
	n.record(rec, GridEncodeInput, 1, push.Bytes(), shape.Spec(GridEncodeInput), binds.List())
}

// gridPushOf reads the push constants of any grid kernel: all declare shaders/lib/grid_push.glsl.
func gridPushOf(c *gpu.Call) *GridEncodePush { return gpu.PushOf[GridEncodePush](c) }

func gridEncodeInputTwin(c *gpu.Call) {
	p, s := gridPushOf(c), gridShapeOf(c)
	positions, levels, table := gpu.View[float32](c.Bind[0]), gpu.View[Level](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	dfeatures, dpositions := gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[5])
	n := encodeCount(c, gpu.View[uint32](c.Bind[4]), p.CountIndex, p.Capacity)
	active := min(s.Levels, p.ActiveLevels)
	if s.Interpolation == GridNearest {
		active = 0
	}
	spread(c, n, encodeGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x := gridPosition(positions, p, s.Dims, i)
			var dx [4]float32
			for level := range active {
				l := &levels[level]
				cell, t := gridCell(l, s.Dims, &x)
				w, slope := gridWeight(s.Interpolation, &t), gridWeightSlope(s.Interpolation, &t)
				var sum [4]float32
				for k := range gridCorners(s.Dims, s.Interpolation) {
					v := gridVertex(&cell, k)
					var row [8]float32
					gridAccumulate(table, s.Features, s.Half, l.Offset+gridIndex(l, s.Dims, &v), 1, &row)
					var dot float32
					for f := range s.Features {
						dot += float32(dfeatures[int((p.OutputPlane+level*s.Features+f)*p.Capacity)+i] * row[f])
					}
					g := gridCornerSlope(&w, &slope, s.Dims, k)
					for d := range sum {
						sum[d] += float32(dot * g[d])
					}
				}
				for d := range dx {
					dx[d] += float32(l.Scale * sum[d])
				}
			}
			for d := range s.Dims {
				at := int((p.InputPlane+d)*p.Capacity) + i
				if p.Accumulate != 0 {
					dx[d] = dpositions[at] + dx[d]
				}
				dpositions[at] = dx[d]
			}
		}
	})
}
