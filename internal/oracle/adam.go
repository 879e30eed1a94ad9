package oracle

import "math"

// Adam is the state of one parameter under Adam (Kingma and Ba 2015, algorithm 1) as the reference uses it (section 7.1).
type Adam struct {
	W, M, V, Ema Val
	T            uint32
}

// AdamRule holds the constants of a step.
type AdamRule struct {
	Beta1, Beta2, Epsilon, L2 float64
	// Rate is the learning rate of this step, Scale what gradients are multiplied by. Schedule is how many roundoffs the rate
	// has behind it.
	Rate, Scale float64
	Schedule    float64
	// Matrix weights are regularised; others are skipped when the gradient is 0.
	Matrix bool
	// EmaDecay is d, EmaStep the number t of the step, from 1.
	EmaDecay float64
	EmaStep  uint32
}

// rounded is a constant known to float32, with its distance from the real number that the formula means.
func rounded(x float64) Val { return Val{x, math.Abs(float64(float32(x)) - x)} }

// Step applies one gradient.
func (a *Adam) Step(r AdamRule, gradient Val) {
	if !(gradient.V == 0 && !r.Matrix) {
		g := gradient.Mul(rounded(r.Scale))
		if r.Matrix {
			g = g.Add(rounded(r.L2).Mul(a.W))
		}
		one := Val{V: 1}
		a.T++
		a.M = rounded(r.Beta1).Mul(a.M).Add(one.Sub(rounded(r.Beta1)).Mul(g))
		a.V = rounded(r.Beta2).Mul(a.V).Add(one.Sub(rounded(r.Beta2)).Mul(g.Mul(g)))
		t := float64(a.T)
		correction := Const(math.Sqrt(1-math.Pow(r.Beta2, t)) / (1 - math.Pow(r.Beta1, t)))
		rate := Const(r.Rate).Round(1 + r.Schedule).Mul(correction)
		a.W = a.W.Sub(rate.Div(a.V.Sqrt().Add(rounded(r.Epsilon))).Mul(a.M))
	}
	d, t := r.EmaDecay, float64(r.EmaStep)
	if d == 0 {
		return
	}
	// Both weights come from 1-d^t, whose float32 error is that of d^t, t roundoffs, over 1-d^t, and of d itself, whose
	// rounding moves d^t by t roundoffs more; then 1-d by a roundoff over 1-d.
	norm := 1 - math.Pow(d, t)
	units := (2*t*math.Pow(d, t)+4)/norm + 2*t*math.Pow(d, t-1)/math.Max(1-math.Pow(d, t-1), 1-d) + 2/(1-d) + 12
	old := Val{V: d * (1 - math.Pow(d, t-1)) / norm}.Round(units)
	fresh := Val{V: (1 - d) / norm}.Round(units)
	a.Ema = a.Ema.Mul(old).Add(a.W.Mul(fresh))
}
