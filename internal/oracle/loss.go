package oracle

import "math"

// Loss is the loss of one value p against its target t and its derivative by p, by the reference's names (sections 7.1
// and 7.2). The denominators of relative losses are constants for the derivative.
func Loss(name string, p, t Val) (value, slope Val) {
	e := p.Sub(t)
	a := e.Abs()
	sign := Val{V: 1}
	if e.V < 0 {
		sign.V = -1
	} else if e.V == 0 {
		sign.V = 0
	}
	two := Val{V: 2}
	over := func(d Val) (Val, Val) { return a.Div(d), sign.Div(d) }
	switch name {
	case "L2":
		return e.Mul(e), two.Mul(e)
	case "L1":
		return a, sign
	case "Huber":
		// At δ both branches agree to within the rounding of δ, and so do their slopes.
		if a.V <= 0.1 {
			return e.Mul(e).Round(8), two.Mul(e).Round(4)
		}
		return a.Sub(Const(0.05).Round(1)).Mul(Const(0.2)).Round(8), Const(0.2).Mul(sign).Round(4)
	case "MAPE":
		return over(t.Abs().Add(Const(0.01)))
	case "SMAPE":
		return over(Val{V: 0.5}.Mul(p.Abs().Add(t.Abs())).Add(Const(0.01)))
	case "LogL1":
		y := Val{V: 1}.Add(a)
		// ln has the slope 1/y <= 1.
		return Val{math.Log1p(a.V), y.E}.Round(4), sign.Div(y)
	case "RelativeL2":
		d := p.Mul(p).Add(Const(0.01))
		return e.Mul(e).Div(d), two.Mul(e).Div(d)
	case "RelativeL1":
		return over(p.Abs().Add(Const(0.01)))
	case "CrossEntropy":
		q := p
		if p.V < 1e-6 {
			q = Const(1e-6)
		}
		ln := Val{math.Log(q.V), q.E / q.V}.Round(4)
		return t.Neg().Mul(ln), t.Neg().Div(q)
	}
	panic("oracle: unknown loss " + name)
}
