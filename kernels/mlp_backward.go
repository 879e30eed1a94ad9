package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// MLPBackward propagates gradients to the pre-activations of every layer and to the input; see MLP.Backward.
var MLPBackward = register(&gpu.Kernel{
	Name:     "mlp_backward",
	Layout:   mlpBackwardLayout,
	Variants: halves(mlpBackwardVariants, planMLP(backwardNeed), map[string]cmp.Bound{"dinput": halfBound, "deltas": halfBound}),
	Twin:     mlpBackwardTwin,
	SIMD:     simd.MLPBackward,
	Bounds:   map[string]cmp.Bound{"dinput": networkBound, "deltas": networkBound},
})

// Backward appends the gradients of the loss: doutput (Out planes) with what Forward kept gives deltas (DeltaPlanes
// planes, the gradients with respect to the pre-activations) and, when dinput has a Buffer, dinput (In planes).
func (m MLP) Backward(r *gpu.Recording, b Batch, doutput, output, hidden, weights, dinput, deltas gpu.Bind) {
	wanted := uint32(1)
	if dinput.Buffer == nil {
		wanted, dinput = 0, deltas // bound but not written
	}
	if m.HiddenPlanes() == 0 {
		hidden = output // bound but not read
	}
	tile := mlpTileSize(max(m.Out, m.Width))
	spec := DefaultMlpBackwardSpec()
	spec.Width, spec.In, spec.Out, spec.Hidden = uint32(m.Width), uint32(m.In), uint32(m.Out), uint32(m.Hidden)
	spec.Act, spec.OutAct, spec.Input, spec.Tile = uint32(m.Act), uint32(m.OutAct), wanted, tile
	push := MlpBackwardPush{Capacity: uint32(b.Capacity), CountIndex: uint32(b.CountIndex)}
	b.dispatch(r, MLPBackward, tile, push.Bytes(), spec.Values(), MlpBackwardBinds{
		Doutput: doutput, Outputs: output, Hidden: hidden, Weights: weights, Counts: b.Counts, Dinput: dinput, Deltas: deltas,
	}.List()...)
}

func mlpBackwardTwin(c *gpu.Call) {
	m := specMLP(c)
	m.OutAct = Activation(c.SpecOf("OUT_ACT"))
	wanted := c.SpecOf("INPUT") != 0
	p := gpu.PushOf[MlpBackwardPush](c)
	doutput, output, hidden := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])
	weights := gpu.View[float32](c.Bind[3])
	dinput, deltas := gpu.View[float32](c.Bind[5]), gpu.View[float32](c.Bind[6])
	n, capacity := batchSize(c.Bind[4], p.CountIndex, p.Capacity), int(p.Capacity)

	rows := max(m.In, m.Width, m.Out)
	scratch := make([][2][]float32, c.Pool.Workers())
	c.Pool.Run(tiles(n), func(task, worker int) {
		t := &scratch[worker]
		if t[0] == nil {
			t[0], t[1] = make([]float32, rows*twinTile), make([]float32, rows*twinTile)
		}
		d, next := t[0], t[1]
		base := task * twinTile
		count := min(twinTile, n-base)
		loadTile(d, doutput, m.Out, capacity, base, count)
		kept := output
		if m.OutAct.keepsArgument() {
			kept = hidden[m.Hidden*m.Width*capacity:]
		}
		slopeTile(d, kept, m.Out, capacity, base, count, m.OutAct)
		storeTile(deltas[m.Hidden*m.Width*capacity:], d, m.Out, capacity, base, count)
		for l := m.Hidden; l > 0; l-- {
			rows, cols, at := m.matrix(l)
			multiplyTile(next, d, weights[at:], cols, rows, 1, cols)
			planes := (l - 1) * m.Width * capacity
			slopeTile(next, hidden[planes:], cols, capacity, base, count, m.Act)
			storeTile(deltas[planes:], next, cols, capacity, base, count)
			d, next = next, d
		}
		if wanted {
			first, _, _ := m.matrix(0)
			multiplyTile(next, d, weights, m.In, first, 1, m.In)
			storeTile(dinput, next, m.In, capacity, base, count)
		}
	})
}

// slopeTile multiplies m samples of each row of a tile by the derivative of the activation.
func slopeTile(tile, kept []float32, rows, capacity, base, m int, act Activation) {
	if act == ActNone {
		return
	}
	for r := range rows {
		row := tile[r*twinTile:][:m]
		for s, k := range kept[r*capacity+base:][:m] {
			row[s] *= act.slope(k)
		}
	}
}
