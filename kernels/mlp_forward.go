package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// networkBound is what two float32 evaluations of a network may differ by where there is no oracle to say it of every
// element. Both sum the same products and round each term once or twice, so a pre-activation differs by at most
// 2·γ_257·Σ|w||a| < 2^-15·Σ|w||a|; with weights of Xavier scale Σ|w||a| stays below 2^2 per layer and 9 layers follow one
// another: 9·2^-13 < 2^-9. The worst case of every shape in the conformance suite is within it.
var networkBound = cmp.Bound{Kind: cmp.AbsRel, Abs: 0x1p-9, Rel: 0x1p-9,
	Why: "nine layers of 2·γ_257·Σ|w||a|, with Σ|w||a| below 4 for weights of Xavier scale"}

// MLPForward evaluates a whole network in one dispatch; see MLP.Forward.
var MLPForward = register(&gpu.Kernel{
	Name:     "mlp_forward",
	Layout:   mlpForwardLayout,
	Variants: halves(mlpForwardVariants, planMLP(forwardNeed), map[string]cmp.Bound{"outputs": halfBound, "hidden": halfBound}),
	Twin:     mlpForwardTwin,
	SIMD:     simd.MLPForward,
	Bounds:   map[string]cmp.Bound{"outputs": networkBound, "hidden": networkBound},
})

// Forward appends the evaluation of the network: input (In planes) and weights give output (Out planes). hidden, when its
// Buffer is set, receives HiddenPlanes planes for the backward pass.
func (m MLP) Forward(r *gpu.Recording, b Batch, input, weights, output, hidden gpu.Bind) {
	save := uint32(1)
	if hidden.Buffer == nil {
		save, hidden = 0, output // bound but not written
	}
	tile := mlpTileSize(max(m.In, m.Width))
	spec := DefaultMlpForwardSpec()
	spec.Width, spec.In, spec.Out, spec.Hidden = uint32(m.Width), uint32(m.In), uint32(m.Out), uint32(m.Hidden)
	spec.Act, spec.OutAct, spec.Save, spec.Tile = uint32(m.Act), uint32(m.OutAct), save, tile
	push := MlpForwardPush{Capacity: uint32(b.Capacity), CountIndex: uint32(b.CountIndex)}
	b.dispatch(r, MLPForward, tile, push.Bytes(), spec.Values(), MlpForwardBinds{
		Inputs: input, Weights: weights, Counts: b.Counts, Outputs: output, Hidden: hidden,
	}.List()...)
}

func mlpForwardTwin(c *gpu.Call) {
	m := specMLP(c)
	m.OutAct = Activation(c.SpecOf("OUT_ACT"))
	save := c.SpecOf("SAVE") != 0
	p := gpu.PushOf[MlpForwardPush](c)
	input, weights := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1])
	output, hidden := gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	n, capacity := batchSize(c.Bind[2], p.CountIndex, p.Capacity), int(p.Capacity)

	rows := max(m.In, m.Width, m.Out)
	scratch := make([][2][]float32, c.Pool.Workers())
	c.Pool.Run(tiles(n), func(task, worker int) {
		t := &scratch[worker]
		if t[0] == nil {
			t[0], t[1] = make([]float32, rows*twinTile), make([]float32, rows*twinTile)
		}
		a, next := t[0], t[1]
		base := task * twinTile
		count := min(twinTile, n-base)
		loadTile(a, input, m.In, capacity, base, count)
		for l := 0; l <= m.Hidden; l++ {
			rows, cols, at := m.matrix(l)
			act, keep := m.Act, save
			if l == m.Hidden {
				act, keep = m.OutAct, save && m.OutAct.keepsArgument()
			}
			multiplyTile(next, a, weights[at:], rows, cols, cols, 1)
			var planes []float32
			if keep {
				planes = hidden[l*m.Width*capacity:]
			}
			if keep && act.keepsArgument() {
				storeTile(planes, next, rows, capacity, base, count)
			}
			activateTile(next, rows, act)
			if keep && !act.keepsArgument() {
				storeTile(planes, next, rows, capacity, base, count)
			}
			a, next = next, a
		}
		storeTile(output, a, m.Out, capacity, base, count)
	})
}
