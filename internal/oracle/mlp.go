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

// Forward evaluates one sample: the kept values of every hidden layer, of the output, and the output itself. A kept
// value is the activation, or its argument where KeepsArgument says so.
func (m *MLP) Forward(x []Val) (kept [][]Val, out []Val) {
	a := x
	for l := 0; l <= m.Hidden; l++ {
		rows, cols, w := m.matrix(l)
		act := m.Act
		if l == m.Hidden {
			act = m.OutAct
		}
		next := make([]Val, rows)
		keep := make([]Val, rows)
		for o := range next {
			z := Dot(Exacts(w[o*cols:(o+1)*cols]), a)
			next[o] = Activation(act, z)
			keep[o] = next[o]
			if KeepsArgument(act) {
				keep[o] = z
			}
		}
		kept = append(kept, keep)
		a = next
	}
	return kept, a
}

// Backward is the chain rule for one sample: the gradients with respect to the pre-activations of every layer and to
// the input, from the kept values of Forward and the gradient with respect to the output.
func (m *MLP) Backward(kept [][]Val, dout []Val) (deltas [][]Val, dinput []Val) {
	deltas = make([][]Val, m.Hidden+1)
	g := dout
	for l := m.Hidden; l >= 0; l-- {
		rows, cols, w := m.matrix(l)
		act := m.Act
		if l == m.Hidden {
			act = m.OutAct
		}
		deltas[l] = make([]Val, rows)
		for o := range deltas[l] {
			deltas[l][o] = g[o].Mul(ActivationSlope(act, kept[l][o]))
		}
		next := make([]Val, cols)
		column := make([]Val, rows)
		for i := range next {
			for o := range column {
				column[o] = Exact(w[o*cols+i])
			}
			next[i] = Dot(column, deltas[l])
		}
		g = next
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
