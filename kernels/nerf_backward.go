package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// NerfBackward turns dL/draw into dL/dfeatures of the grid (Levels·Features planes, which grid_encode_backward scatters)
// and into the gradients of all weights, summed per slice: partial[slice·Weights + w], which sum_slices adds. Of
// T = ⌈n/64⌉ tiles of 64 samples, slice s owns tiles ⌊s·T/slices⌋ to ⌊(s+1)·T/slices⌋, so the split does not depend on
// the device. The forward pass is computed again.
var NerfBackward = register(&gpu.Kernel{
	Name:     "nerf_backward",
	Layout:   nerfBackwardLayout,
	Variants: halves(nerfBackwardVariants, planBackward, map[string]cmp.Bound{"dfeatures": halfReluBound, "partial": halfReluBound}),
	Twin:     nerfBackwardTwin,
	SIMD:     simd.NerfBackward,
	Bounds: map[string]cmp.Bound{
		"dfeatures": reluBound,
		"partial":   reluBound,
	},
})

// reluBound: a pre-activation within rounding of 0 may open or close its ReLU, which changes single gradients by any
// amount up to their size; everything else is within the bound of two networks one after the other.
var reluBound = cmp.Bound{Kind: cmp.Stat, Abs: 0x1p-8, Rel: 0x1p-8, Outliers: 0x1p-10,
	Why: "forward and backward pass of networkBound each; a ReLU whose argument is within 2^-18 of 0 may switch, which is rarer than 2^-10"}

// halfReluBound is an estimate too: of arguments around 1, one in 2^10 is within the 2^-11 by which fp16 moves it, and of the
// several hundred units that a gradient passes one is then turned in a part of the samples.
var halfReluBound = cmp.Bound{Kind: cmp.Stat, Abs: 0x1p-4, Rel: 0x1p-4, Outliers: 0x1p-2,
	Why: "forward and backward pass of halfBound each; ReLUs whose argument is within 2^-11 of 0 may switch, 2^-10 of 2^8 units"}

// Backward appends nerf_backward with one workgroup a slice.
func (n NeRF) Backward(r *gpu.Recording, b Batch, slices int, samples, levels, weights, table, draw, dfeatures, partial gpu.Bind) {
	push := NerfBackwardPush{Capacity: uint32(b.Capacity), CountIndex: uint32(b.CountIndex), Slices: uint32(slices)}
	r.Dispatch(NerfBackward, [3]uint32{min(uint32(slices), MaxGroupsX), 1, 1}, push.Bytes(), n.Spec(NerfBackward), NerfBackwardBinds{
		Samples: samples, Levels: levels, Weights: weights, Table: table, Counts: b.Counts, Draw: draw,
		Dfeatures: dfeatures, Partial: partial,
	}.List()...)
}

func nerfBackwardTwin(c *gpu.Call) {
	p := gpu.PushOf[NerfBackwardPush](c)
	s := newNerfCall(c, p.Capacity, p.CountIndex)
	draw, dfeatures, partial := gpu.View[float32](c.Bind[5]), gpu.View[float32](c.Bind[6]), gpu.View[float32](c.Bind[7])
	if c.Groups[0]*c.Groups[1] == 0 {
		return
	}
	scratch := make([]*nerfScratch, c.Pool.Workers())
	weights := s.Weights()
	all := uint32((s.n + nerfTile - 1) / nerfTile)
	c.Pool.Run(int(p.Slices), func(task, worker int) {
		if scratch[worker] == nil {
			scratch[worker] = s.scratch()
		}
		t := scratch[worker]
		sum := partial[task*weights:][:weights]
		clear(sum)
		lo, hi := sliceStart(uint32(task), p.Slices, all), sliceStart(uint32(task)+1, p.Slices, all)
		for base := int(lo) * nerfTile; base < min(int(hi)*nerfTile, s.n); base += nerfTile {
			m := min(nerfTile, s.n-base)
			s.forward(t, base, m, true)
			clear(t.d)
			for k := range 3 {
				copy(t.d[k*twinTile:], draw[k*s.capacity+base:][:m])
			}
			s.gradient(s.rgb, t, t.rgb, s.weights[s.density.Weights():], sum[s.density.Weights():], nerfGeo)
			for i := range m {
				t.d[i] += draw[3*s.capacity+base+i]
			}
			s.gradient(s.density, t, t.density, s.weights, sum, s.density.In)
			storeTile(dfeatures, t.d, s.Levels*s.Features, s.capacity, base, m)
		}
	})
}

// gradient takes the gradient with respect to a network's output in t.d to that with respect to the first `inputs`
// inputs, and adds the gradients of the weights to sum.
func (s *nerfCall) gradient(m MLP, t *nerfScratch, layers [][]float32, weights, sum []float32, inputs int) {
	for l := m.Hidden; l >= 0; l-- {
		rows, cols, at := m.matrix(l)
		outerTile(sum[at:], t.d, layers[l], rows, cols)
		wanted := cols
		if l == 0 {
			wanted = inputs
		}
		multiplyTile(t.next, t.d, weights[at:], wanted, rows, 1, cols)
		if l > 0 {
			for i, a := range layers[l][:cols*twinTile] {
				if !(a > 0) {
					t.next[i] = 0
				}
			}
		}
		t.d, t.next = t.next, t.d
	}
}

// outerTile adds Σ_s d[r][s]·a[c][s] over a tile to sum[r·cols + c].
func outerTile(sum, d, a []float32, rows, cols int) {
	for r := range rows {
		row := (*[twinTile]float32)(d[r*twinTile:])
		for i := 0; i < cols; i += 4 {
			a0, a1 := (*[twinTile]float32)(a[i*twinTile:]), (*[twinTile]float32)(a[(i+1)*twinTile:])
			a2, a3 := (*[twinTile]float32)(a[(i+2)*twinTile:]), (*[twinTile]float32)(a[(i+3)*twinTile:])
			var s0, s1, s2, s3 float32
			for s, g := range row {
				s0 += float32(g * a0[s])
				s1 += float32(g * a1[s])
				s2 += float32(g * a2[s])
				s3 += float32(g * a3[s])
			}
			out := sum[r*cols+i:][:4]
			out[0] += s0
			out[1] += s1
			out[2] += s2
			out[3] += s3
		}
	}
}
