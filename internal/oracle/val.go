package oracle

import "math"

// roundoff is the unit roundoff of float32: a rounded operation has a relative error of at most roundoff.
const roundoff = 0x1p-24

// tiny is the smallest normal float32: devices may flush anything below it to zero.
const tiny = 0x1p-126

// Relative errors, in units of roundoff, of the operations that Vulkan does not round correctly: a division has 2.5 ulp,
// a square root may be 1/inversesqrt with 2 ulp for the latter.
const (
	divUnits  = 5
	sqrtUnits = 10
)

// Val is a true value V and a bound E on the distance of its float32 evaluation: running error analysis (Higham, Accuracy
// and Stability of Numerical Algorithms, 2nd edition, section 3.3).
type Val struct{ V, E float64 }

// Exact is an input, which carries no error.
func Exact(x float32) Val { return Val{V: float64(x)} }

// Const is a decimal constant, rounded once to float32.
func Const(x float64) Val { return Val{x, roundoff * math.Abs(x)} }

// Exacts makes a vector of inputs.
func Exacts(x []float32) []Val {
	out := make([]Val, len(x))
	for i, v := range x {
		out[i] = Exact(v)
	}
	return out
}

// Round adds a relative error of units roundoffs.
func (a Val) Round(units float64) Val {
	return Val{a.V, a.E + units*roundoff*(math.Abs(a.V)+a.E) + tiny}
}

// Widen adds an absolute error.
func (a Val) Widen(e float64) Val { return Val{a.V, a.E + e} }

// Neg is -a, which is exact.
func (a Val) Neg() Val { return Val{-a.V, a.E} }

// Abs is |a|, which is exact.
func (a Val) Abs() Val { return Val{math.Abs(a.V), a.E} }

// Add is a+b, rounded once. A fused multiply-add rounds less, so the bound holds for it too.
func (a Val) Add(b Val) Val { return Val{a.V + b.V, a.E + b.E}.Round(1) }

// Sub is a-b, rounded once.
func (a Val) Sub(b Val) Val { return a.Add(b.Neg()) }

// Mul is a·b, rounded once.
func (a Val) Mul(b Val) Val {
	return Val{a.V * b.V, math.Abs(a.V)*b.E + math.Abs(b.V)*a.E + a.E*b.E}.Round(1)
}

// Div is a/b; the bound is infinite, and so no test passes, where b may be zero.
func (a Val) Div(b Val) Val {
	low := math.Abs(b.V) - b.E
	if low <= 0 {
		return Val{a.V / b.V, math.Inf(1)}
	}
	q := a.V / b.V
	return Val{q, (a.E + math.Abs(q)*b.E) / low}.Round(divUnits)
}

// Sqrt is the square root of a value that is not negative.
func (a Val) Sqrt() Val {
	r := math.Sqrt(a.V)
	if low := a.V - a.E; low > 0 {
		return Val{r, a.E / (r + math.Sqrt(low))}.Round(sqrtUnits)
	}
	return Val{r, math.Sqrt(a.V+a.E) + r}.Round(sqrtUnits)
}

// Dot is Σ w_i·a_i in any order and with any contraction: n products and n additions, so γ_{n+1} (Higham, section 3.1).
func Dot(w, a []Val) Val {
	var v, e, size float64
	for i, x := range a {
		y := w[i]
		v += y.V * x.V
		cross := math.Abs(y.V)*x.E + math.Abs(x.V)*y.E + x.E*y.E
		e += cross
		size += math.Abs(y.V*x.V) + cross
	}
	n := float64(len(a)+1) * roundoff
	return Val{v, e + n/(1-n)*size + float64(len(a))*tiny}
}
