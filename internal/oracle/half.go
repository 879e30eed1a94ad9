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
