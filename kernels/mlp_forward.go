package kernels

import "github.com/radia-go/radia/gpu"

// Forward appends the evaluation of the network: input (In planes) and weights give output (Out planes). hidden, when its
// Buffer is set, receives HiddenPlanes planes for the backward pass.
func (m MLP) Forward(r *gpu.Recording, b Batch, input, weights, output, hidden gpu.Bind) {
	save := uint32(1)
	if hidden.Buffer == nil {
		save, hidden = 0, output // bound but not written
	}
	tile := mlpTileSize(max(m.In, m.Width))
	spec := MLPForward.Layout.SpecValues(map[string]uint32{
		"WIDTH": uint32(m.Width), "IN": uint32(m.In), "OUT": uint32(m.Out), "HIDDEN": uint32(m.Hidden),
		"ACT": uint32(m.Act), "OUT_ACT": uint32(m.OutAct), "SAVE": save, "TILE": tile,
	})
	push := mlpPush{uint32(b.Capacity), uint32(b.CountIndex)}
	b.dispatch(r, MLPForward, tile, gpu.Bytes([]mlpPush{push}), spec, input, weights, b.Counts, output, hidden)
}

func mlpForwardTwin(c *gpu.Call) {
	m := specMLP(c)
	m.OutAct = Activation(c.SpecOf("OUT_ACT"))
	save := c.SpecOf("SAVE") != 0
	p := gpu.PushOf[mlpPush](c)
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
