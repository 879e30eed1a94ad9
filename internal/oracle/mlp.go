package oracle

// MLP is a multilayer perceptron without biases (reference section 2.1): Hidden+1 row-major matrices back to back.
type MLP struct {
	In, Width, Out, Hidden int
	Act, OutAct            string
	Weights                []float32
}

// matrix returns rows, columns and, where the weights are known, the weights of matrix l.
func (m *MLP) matrix(l int) (rows, cols int, w []float32) {
	at := 0
	for k := 0; ; k++ {
		rows, cols = m.Width, m.Width
		if k == 0 {
			cols = m.In
		}
		if k == m.Hidden {
			rows = m.Out
		}
		if k == l {
			if m.Weights != nil {
				w = m.Weights[at : at+rows*cols]
			}
			return rows, cols, w
		}
		at += rows * cols
	}
}

// at returns the weights of matrix l, in fp16 with half set.
func (m *MLP) at(l int, half bool) (rows, cols int, at func(row, col int) Val) {
	rows, cols, w := m.matrix(l)
	all := Exacts(w)
	if half {
		all = Halves(all)
	}
	return rows, cols, func(row, col int) Val { return all[row*cols+col] }
}

// Forward evaluates one sample: the kept values of every hidden layer, of the output, and the output itself. A kept
// value is the activation, or its argument where KeepsArgument says so.
func (m *MLP) Forward(x []Val) (kept [][]Val, out []Val) {
	kept, y := m.forward(newForms(x, new(int)), false)
	return kept, y.vals()
}

// forward is Forward; with half set, weights, input and every layer's result are fp16 and sums fp32.
func (m *MLP) forward(a *forms, half bool) (kept [][]Val, out *forms) {
	if half {
		a.half()
	}
	for l := 0; l <= m.Hidden; l++ {
		rows, cols, w := m.at(l, half)
		act := m.Act
		if l == m.Hidden {
			act = m.OutAct
		}
		z := a.times(rows, cols, w, half)
		a = z.activate(act)
		if half {
			a.half()
		}
		if KeepsArgument(act) {
			kept = append(kept, z.vals())
		} else {
			kept = append(kept, a.vals())
		}
	}
	return kept, a
}

// Backward is the chain rule for one sample: the gradients with respect to the pre-activations of every layer and to
// the input, from the kept values of Forward and the gradient with respect to the output.
func (m *MLP) Backward(kept [][]Val, dout []Val) (deltas [][]Val, dinput []Val) {
	deltas, g := m.backward(kept, newForms(dout, new(int)), false)
	return deltas, g.vals()
}

// backward is Backward; with half set, weights and the gradients with respect to every layer are fp16, which dout is.
func (m *MLP) backward(kept [][]Val, g *forms, half bool) (deltas [][]Val, dinput *forms) {
	deltas = make([][]Val, m.Hidden+1)
	for l := m.Hidden; l >= 0; l-- {
		rows, cols, w := m.at(l, half)
		act := m.Act
		if l == m.Hidden {
			act = m.OutAct
		}
		g.mask(act, kept[l])
		if half && l < m.Hidden {
			g.half()
		}
		deltas[l] = g.vals()
		g = g.times(cols, rows, func(row, col int) Val { return w(col, row) }, half)
	}
	if half {
		g.half()
	}
	return deltas, g
}

// Inputs returns what each matrix was multiplied with: x, then the activations of every hidden layer.
func (m *MLP) Inputs(x []Val, kept [][]Val) [][]Val {
	in := [][]Val{x}
	for _, k := range kept[:m.Hidden] {
		a := k
		if KeepsArgument(m.Act) {
			a = make([]Val, len(k))
			for i, z := range k {
				a[i] = Activation(m.Act, z)
			}
		}
		in = append(in, a)
	}
	return in
}

// WeightGradient is Σ over samples of delta ⊗ input for every matrix, in storage order. deltas and inputs are indexed
// [sample][layer][neuron].
func (m *MLP) WeightGradient(deltas, inputs [][][]Val) []Val {
	return m.weightGradient(deltas, inputs, Dot)
}

func (m *MLP) weightGradient(deltas, inputs [][][]Val, dot func(w, a []Val) Val) []Val {
	var out []Val
	for l := 0; l <= m.Hidden; l++ {
		rows, cols, _ := m.matrix(l)
		for o := range rows {
			d := make([]Val, len(deltas))
			for s := range deltas {
				d[s] = deltas[s][l][o]
			}
			a := make([]Val, len(deltas))
			for i := range cols {
				for s := range inputs {
					a[s] = inputs[s][l][i]
				}
				out = append(out, dot(d, a))
			}
		}
	}
	return out
}
