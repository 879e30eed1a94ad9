package oracle

import "math"

// Activation evaluates an activation function of the reference (section 2.2) by its name.
func Activation(name string, z Val) Val {
	x := z.V
	switch name {
	case "None":
		return z
	case "ReLU":
		if x < -z.E {
			return Val{}
		}
		return Val{math.Max(x, 0), z.E}
	case "LeakyReLU":
		if x > 0 {
			return z.Round(1)
		}
		return Val{0.01 * x, z.E}.Round(2)
	case "SiLU": // |f'| < 1.1
		return Val{x / (1 + math.Exp(-x)), 1.1 * z.E}.Round(15)
	case "Exponential":
		y := math.Exp(x)
		return Val{y, y * math.Expm1(z.E)}.Round(3)
	case "Sine": // the argument is multiplied by a rounded 1/π
		return Val{math.Sin(x), z.E + 2.1*roundoff*math.Abs(x)}.Round(4)
	case "Sigmoid":
		return Val{1 / (1 + math.Exp(-x)), z.E / 4}.Round(13)
	case "Squareplus": // |f'| <= 1; one product, a root of a sum, an addition, two divisions
		t := 10 * x
		return Val{(t + math.Hypot(t, 2)) / 2 / 10, z.E}.Widen(math.Abs(t)*4e-16 + tiny).Round(28)
	case "Softplus": // |f'| <= 1; the logarithm of a number in 1..2 has an absolute error of a few units
		t := 10 * x
		return Val{(math.Max(t, 0) + math.Log1p(math.Exp(-math.Abs(t)))) / 10, z.E + 0.8*roundoff}.Round(8)
	case "Tanh": // 1 - e^{-2|x|} cancels near 0: absolute error
		return Val{math.Tanh(x), z.E + 5*roundoff}.Round(10)
	}
	panic("oracle: unknown activation " + name)
}

// KeepsArgument reports whether the derivative is computed from the argument rather than from the value.
func KeepsArgument(name string) bool { return name == "SiLU" || name == "Sine" }

// ActivationSlope is the derivative, from the value of the function, or from its argument where KeepsArgument says so.
func ActivationSlope(name string, kept Val) Val {
	x := kept.V
	unsure := 0.0 // the sign of the kept value is within its error
	if kept.E > 0 && math.Abs(x) <= kept.E {
		unsure = 1
	}
	switch name {
	case "None":
		return Val{V: 1}
	case "ReLU":
		if x > 0 {
			return Val{1, unsure}
		}
		return Val{0, unsure}
	case "LeakyReLU":
		if x > 0 {
			return Val{1, unsure}
		}
		return Val{0.01, unsure}.Round(1)
	case "SiLU": // |f''| <= 1/2
		s := 1 / (1 + math.Exp(-x))
		return Val{s * (1 + x*(1-s)), kept.E/2 + 16*roundoff*(1+math.Abs(x))}.Round(16)
	case "Exponential":
		return kept
	case "Sine":
		return Val{math.Cos(x), kept.E + 2.1*roundoff*math.Abs(x)}.Round(4)
	case "Sigmoid":
		return Val{x * (1 - x), kept.E + roundoff*math.Abs(x)}.Round(3)
	case "Squareplus": // y = (t+√(t²+4))/2K gives dy/dx = s²/(s²+1), s = K·y; its derivative is below 0.65·K
		s := 10 * x
		return Val{s * s / (s*s + 1), 6.5 * kept.E}.Round(12)
	case "Softplus":
		return Val{-math.Expm1(-10 * x), 10*kept.E + 4*roundoff}.Round(1)
	case "Tanh":
		return Val{1 - x*x, 2*math.Abs(x)*kept.E + kept.E*kept.E + 2*roundoff}.Round(2)
	}
	panic("oracle: unknown activation " + name)
}
