package oracle

import "math"

// Elementary functions of float32 arguments that carry no error: the true value and how far the device's may be from
// it, relative in roundoffs as docs/precision.md lists them. A value beyond float32 is infinite.

func elementary(v, units float64) Val {
	if math.Abs(v) > math.MaxFloat32 {
		return Val{V: math.Inf(int(math.Copysign(1, v)))}
	}
	return Val{V: v}.Round(units)
}

// Exp is e^x; below the smallest normal number it may be zero.
func Exp(x float64) Val { return elementary(math.Exp(x), 2.1) }

// Log is ln x, −Inf for zero and for subnormal numbers.
func Log(x float64) Val {
	if x < tiny {
		return Val{V: math.Inf(-1)}
	}
	return elementary(math.Log(x), 4)
}

// Pow is x^y of exact numbers: e^(y·ln x), whose argument has the errors of the logarithm and of the product.
func Pow(x, y float64) Val { return Val{V: x}.Pow(y) }

// Pow is a^y for a positive a: besides its own roundings, a relative error of a counts y times.
func (a Val) Pow(y float64) Val {
	v := math.Pow(a.V, y)
	if a.V == 0 {
		return elementary(v, 0)
	}
	units := 2.1 + 5*math.Abs(y*math.Log(a.V)) + math.Abs(y)*a.E/a.V/roundoff
	return elementary(v, units*(1+1e-3)) // the powers of the errors
}

// SinPi is sin πx. The nearest multiple of 1/2 is taken off first, which is exact, so that π rounds a small number.
func SinPi(x float64) Val {
	half := math.Round(2 * x)
	rest := math.Pi * (x - half/2)
	sin, cos := math.Sincos(rest)
	switch v := math.Mod(half, 4); {
	case v == 0:
		return elementary(sin, 4)
	case v == 1 || v == -3:
		return elementary(cos, 4)
	case v == 2 || v == -2:
		return elementary(-sin, 4)
	}
	return elementary(-cos, 4)
}

// CosPi is cos πx.
func CosPi(x float64) Val {
	half := math.Round(2 * x)
	rest := math.Pi * (x - half/2)
	sin, cos := math.Sincos(rest)
	switch v := math.Mod(half, 4); {
	case v == 0:
		return elementary(cos, 4)
	case v == 1 || v == -3:
		return elementary(-sin, 4)
	case v == 2 || v == -2:
		return elementary(-cos, 4)
	}
	return elementary(sin, 4)
}

// Sigmoid is 1/(1+e^-x).
func Sigmoid(x float64) Val { return elementary(1/(1+math.Exp(-x)), 13) }

// ToLinearVal is ToLinear of a float32 with the errors of its evaluation; the border between its two branches is
// compared in float32.
func ToLinearVal(x float64) Val {
	s := Val{V: x}
	if x <= float64(float32(0.04045)) {
		return s.Div(Const(12.92))
	}
	return s.Add(Const(0.055)).Div(Const(1.055)).Pow(2.4).relative(2.4, math.Log((x+0.055)/1.055))
}

// ToSRGBVal is ToSRGB in the same way.
func ToSRGBVal(x float64) Val {
	v := Val{V: x}
	if x < float64(float32(0.0031308)) {
		return v.Mul(Const(12.92))
	}
	return Const(1.055).Mul(v.Pow(0.41666).relative(0.41666, math.Log(x))).Sub(Const(0.055))
}

// relative adds what the rounding of the constant exponent y to float32 does to a power whose base has the logarithm.
func (a Val) relative(y, logarithm float64) Val {
	return a.Widen(math.Abs(a.V*logarithm*y) * roundoff)
}

// Angle is the angle of (z, r), r >= 0, from the first axis. The truth is the arc tangent; the error is that of halving
// the angle three times and of the series of the arc tangent to the 17th power at no more than tan(π/8), all in running
// error analysis.
func Angle(z, r float64) Val {
	truth := math.Atan2(r, z)
	if z == 0 && r == 0 {
		return Val{}
	}
	one, half := Val{V: 1}, Val{V: 0.5}
	x, y := Val{V: z}, Val{V: r}
	h := x.Mul(x).Add(y.Mul(y)).Sqrt()
	big := half.Add(half.Mul(x.Abs()).Div(h)).Sqrt()
	small := half.Mul(y).Div(h.Mul(big))
	t := small.Div(one.Add(big))
	if z < 0 {
		t = big.Div(one.Add(small))
	}
	t = t.Div(one.Add(one.Add(t.Mul(t)).Sqrt()))
	square := t.Mul(t)
	s := one.Div(Val{V: 15}).Sub(square.Mul(one.Div(Val{V: 17})))
	for n := 13.0; n >= 3; n -= 2 {
		s = one.Div(Val{V: n}).Sub(square.Mul(s))
	}
	angle := Val{V: 8}.Mul(t).Mul(one.Sub(square.Mul(s)))
	cut := 8 * math.Pow(t.V, 19) / 19 // an alternating series stops within its first term left out
	return Val{V: truth, E: angle.E + cut}
}
