package oracle

import "math"

// sumRoundoff is the unit roundoff of a sum in a cooperative matrix: Vulkan leaves order and rounding of the additions
// open; fp32 with truncated addends is what hardware has.
const sumRoundoff = 0x1p-22

// halfTiny is the smallest normal fp16 number; devices may flush what is below it to zero.
const halfTiny = 0x1p-14

// halfMax is the largest; the kernels clamp to it.
const halfMax = 65504

// roundHalf is x rounded to the nearest fp16 number, halves to even: 11 significant bits, exponents from -14.
func roundHalf(x float64) float64 {
	_, e := math.Frexp(x) // |x| in [2^(e-1), 2^e)
	unit := math.Ldexp(1, max(e-11, -24))
	return math.Max(-halfMax, math.Min(math.RoundToEven(x/unit)*unit, halfMax))
}

// Half is a after conversion to fp16, to nearest. The truth is what an fp16 network holds, so the rounding itself is
// no error; where the error of a reaches over the middle between two fp16 numbers, their distance is. This keeps the
// bound of a whole network near 2^-11 of an activation, where 2^-11 for every rounding would let faults pass.
func (a Val) Half() Val {
	v := roundHalf(a.V)
	e := math.Max(v-roundHalf(a.V-a.E), roundHalf(a.V+a.E)-v)
	if low := math.Abs(a.V) - a.E; low < halfTiny {
		e = math.Max(e, math.Min(math.Abs(a.V)+a.E, halfTiny))
	}
	return Val{v, e}
}

// Halves converts every element.
func Halves(a []Val) []Val {
	out := make([]Val, len(a))
	for i, x := range a {
		out[i] = x.Half()
	}
	return out
}

// HalfDot is Σ w_i·a_i of a cooperative matrix product: exact products of fp16 values, n additions in any order.
func HalfDot(w, a []Val) Val {
	v := Dot(w, a)
	size := 0.0
	for i := range a {
		size += (math.Abs(w[i].V) + w[i].E) * (math.Abs(a[i].V) + a[i].E)
	}
	return v.Widen(float64(len(a)+1) * sumRoundoff * size)
}

// HalfWeightGradient is WeightGradient from fp16 factors.
func (m *MLP) HalfWeightGradient(deltas, inputs [][][]Val) []Val {
	return m.weightGradient(deltas, inputs, HalfDot)
}

// HalfForward is Forward with fp16 operands: the input, the weights and what a layer hands to the next are halves. What is
// kept and the output are fp32, before that rounding.
func (m *MLP) HalfForward(x []Val) (kept [][]Val, out []Val) {
	a := newForms(x, new(int))
	for l := 0; l <= m.Hidden; l++ {
		a.half()
		rows, cols, w := m.at(l, true)
		act := m.Act
		if l == m.Hidden {
			act = m.OutAct
		}
		z := a.times(rows, cols, w, true)
		a = z.activate(act)
		if KeepsArgument(act) {
			kept = append(kept, z.vals())
		} else {
			kept = append(kept, a.vals())
		}
	}
	return kept, a.vals()
}

// HalfBackward is Backward with fp16 operands: the weights and the gradients that go from layer to layer are halves, times
// the power of two that brings the largest gradient with respect to the output's pre-activations to 2^4..2^5. What is
// returned is fp32, before that rounding.
func (m *MLP) HalfBackward(kept [][]Val, dout []Val) (deltas [][]Val, dinput []Val) {
	deltas = make([][]Val, m.Hidden+1)
	g, scale, doubt := newForms(dout, new(int)), 1.0, false
	for l := m.Hidden; l >= 0; l-- {
		rows, cols, w := m.at(l, true)
		act := m.Act
		if l == m.Hidden {
			act = m.OutAct
		}
		g.mask(act, kept[l])
		deltas[l] = overs(g.vals(), scale)
		if l == m.Hidden {
			scale, doubt = halfScale(deltas[l])
			for i := range g.v {
				g.scale(i, scale)
			}
		}
		g.half()
		for i, v := range g.v {
			if doubt && math.Abs(v) < 2*halfTiny { // with half the scale it is below the normal numbers
				g.widen(i, 2*halfTiny)
			}
		}
		g = g.times(cols, rows, func(row, col int) Val { return w(col, row) }, true)
	}
	return deltas, overs(g.vals(), scale)
}

// halfScale is 2^(4-e) for a largest value of 2^e..2^(e+1), and whether rounding may turn e.
func halfScale(d []Val) (scale float64, doubt bool) {
	low, mid, high := 0.0, 0.0, 0.0
	for _, v := range d {
		a := math.Abs(v.V)
		low, mid, high = math.Max(low, a-v.E), math.Max(mid, a), math.Max(high, a+v.E)
	}
	if mid == 0 {
		return 1, false
	}
	_, e := math.Frexp(mid) // in [2^(e-1), 2^e)
	_, e0 := math.Frexp(low)
	_, e1 := math.Frexp(high)
	return math.Ldexp(1, 5-e), e0 != e1
}

// overs divides by a power of two.
func overs(a []Val, scale float64) []Val {
	out := make([]Val, len(a))
	for i, v := range a {
		out[i] = Val{v.V / scale, v.E / scale}
	}
	return out
}

// HalfBelow is an exact a in fp16 times a power of two that brings top, the largest of its kind, to 2^14..2^15, where it has
// 11 bits; what is so far below top that it becomes subnormal may be off by all of itself.
func (a Val) HalfBelow(top float64) Val {
	_, e := math.Frexp(a.V)
	unit := math.Ldexp(1, e-11)
	h := Val{V: math.RoundToEven(a.V/unit) * unit}
	if math.Abs(a.V) < 0x1p-27*top {
		h.E = 2 * math.Abs(a.V)
	}
	return h
}
