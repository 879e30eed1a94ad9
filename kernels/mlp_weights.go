package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// MLPWeights computes the gradients of the weights slice by slice; see MLP.WeightGradient.
var MLPWeights = register(&gpu.Kernel{
	Name:   "mlp_weights",
	Layout: mlpWeightsLayout,
	Variants: halves(mlpWeightsVariants, planWeights, map[string]cmp.Bound{"partial": {Kind: cmp.AbsRel, Abs: 0x1p-4, Rel: 0x1p-4,
		Why: "both factors off by 2^-11, 2·2^-11·Σ|δ||a| with Σ|δ||a| up to 2^5, and the bound of fp32"}}),
	Twin: mlpWeightsTwin,
	SIMD: simd.MLPWeights,
	Bounds: map[string]cmp.Bound{"partial": {Kind: cmp.AbsRel, Abs: 0x1p-8, Rel: 0x1p-8,
		Why: "2·γ_n·Σ|δ||a| for slices of up to 2^10 samples with Σ|δ||a| up to 2^5: 2^-8"}},
})

// WeightGradient appends dM_l = Σ_samples δ_l ⊗ a_{l-1}: the input, what Forward kept and the deltas of Backward give
// partial (slices × Weights), which sum_slices adds. The split into slices is fixed, so the result does not depend on
// the device's schedule.
func (m MLP) WeightGradient(r *gpu.Recording, b Batch, slices int, input, hidden, deltas, partial gpu.Bind) {
	if m.HiddenPlanes() == 0 {
		hidden = input // bound but not read
	}
	spec := DefaultMlpWeightsSpec()
	spec.Width, spec.In, spec.Out, spec.Hidden = uint32(m.Width), uint32(m.In), uint32(m.Out), uint32(m.Hidden)
	spec.Act = uint32(m.Act)
	push := MlpWeightsPush{Capacity: uint32(b.Capacity), CountIndex: uint32(b.CountIndex), Slices: uint32(slices)}
	r.Dispatch(MLPWeights, [3]uint32{m.weightBlocks(), uint32(slices), 1}, push.Bytes(), spec.Values(), MlpWeightsBinds{
		Inputs: input, Hidden: hidden, Deltas: deltas, Counts: b.Counts, Partial: partial,
	}.List()...)
}

// weightBlocks is the number of 32×32 blocks that cover all matrices.
func (m MLP) weightBlocks() uint32 {
	total := 0
	for l := 0; l <= m.Hidden; l++ {
		rows, cols, _ := m.matrix(l)
		total += ((rows + 31) / 32) * ((cols + 31) / 32)
	}
	return uint32(total)
}

// sliceStart is the first of n elements that slice s of slices owns; without overflow of 32 bits where slices < 2^16.
func sliceStart(s, slices, n uint32) uint32 { return n/slices*s + n%slices*s/slices }

func mlpWeightsTwin(c *gpu.Call) {
	m := specMLP(c)
	p := gpu.PushOf[MlpWeightsPush](c)
	input, hidden, deltas := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])
	partial := gpu.View[float32](c.Bind[4])
	n, capacity := batchSize(c.Bind[3], p.CountIndex, p.Capacity), int(p.Capacity)
	layers := m.Hidden + 1
	c.Pool.Run(int(p.Slices)*layers, func(task, _ int) {
		slice, l := uint32(task/layers), task%layers
		lo, hi := int(sliceStart(slice, p.Slices, uint32(n))), int(sliceStart(slice+1, p.Slices, uint32(n)))
		rows, cols, at := m.matrix(l)
		source := input
		if l > 0 {
			source = hidden[(l-1)*m.Width*capacity:]
		}
		recompute := l > 0 && m.Act.keepsArgument()
		a := make([]float32, cols*(hi-lo))
		for i := range cols {
			row := a[i*(hi-lo):][:hi-lo]
			copy(row, source[i*capacity+lo:])
			if recompute {
				for s, z := range row {
					row[s] = m.Act.apply(z)
				}
			}
		}
		out := partial[int(slice)*m.Weights()+at:]
		for o := range rows {
			outerRow(out[o*cols:][:cols], deltas[(l*m.Width+o)*capacity+lo:][:hi-lo], a)
		}
	})
}

// outerRow computes out[i] = Σ_s d[s]·a[i][s] in the order of s, for rows a[i] of len(d) values.
func outerRow(out, d, a []float32) {
	m := len(d)
	for i := 0; i < len(out); i += 4 {
		a0, a1, a2, a3 := a[i*m:][:m], a[(i+1)*m:][:m], a[(i+2)*m:][:m], a[(i+3)*m:][:m]
		var s0, s1, s2, s3 float32
		for s, g := range d {
			s0 += float32(g * a0[s])
			s1 += float32(g * a1[s])
			s2 += float32(g * a2[s])
			s3 += float32(g * a3[s])
		}
		out[i], out[i+1], out[i+2], out[i+3] = s0, s1, s2, s3
	}
}
