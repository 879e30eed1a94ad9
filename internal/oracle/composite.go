package oracle

import "math"

// Loss kinds as in the shaders.
const (
	rayLossL1 = iota + 1
	rayLossHuber
	rayLossMAPE
	rayLossSMAPE
	rayLossLogL1
	rayLossRelativeL2
	rayLossRelativeL1
)

// RayLoss is the loss of one channel and its derivative with respect to the prediction p; a divisor that holds p counts as
// constant. bend is a bound of how fast the derivative changes with p.
func RayLoss(kind int, p, t float64) (value, slope, bend float64) {
	e := p - t
	s := 1.0
	if e < 0 {
		s = -1
	}
	a := math.Abs(e)
	switch kind {
	case rayLossL1:
		return a, s, 0
	case rayLossHuber:
		const delta = 0.1
		if a <= delta {
			return e * e / (2 * delta) / 5, e / delta / 5, 2
		}
		return (a - delta/2) / 5, s / 5, 2
	case rayLossMAPE:
		d := math.Abs(t) + 0.01
		return a / d, s / d, 0
	case rayLossRelativeL1:
		d := math.Abs(p) + 0.01
		return a / d, s / d, 1 / (d * d)
	case rayLossSMAPE:
		d := (math.Abs(p)+math.Abs(t))/2 + 0.01
		return a / d, s / d, 1 / (d * d)
	case rayLossLogL1:
		return math.Log(1 + a), s / (1 + a), 1
	case rayLossRelativeL2:
		d := p*p + 0.01
		return e * e / d, 2 * e / d, 2/d + 2*a/(d*d)
	}
	return e * e, 2 * e, 2
}

// RaySample is one sample of a composited ray: raw network outputs r, g, b, density and the step.
type RaySample struct {
	Raw [4]float64
	Dt  float64
}

// Pixel is a composited ray.
type Pixel struct {
	C       [3]float64
	T       float64
	Kept    int
	Weights []float64
	// Near is the smallest relative distance of a transmittance from the limit of termination.
	Near float64
	// ErrC and ErrT bound the error of a float32 evaluation.
	ErrC, ErrT float64
}

// Act is the colour of a raw output.
func Act(raw float64, hdr bool) float64 {
	if hdr {
		return math.Exp(math.Min(math.Max(raw, -10), 10))
	}
	return 1 / (1 + math.Exp(-raw))
}

// Composite is emission and absorption with piecewise constant density, front to back, until the transmittance is below
// limit: C = sum_j w_j c_j, w_j = T_j - T_{j+1}, T_{j+1} = T_j exp(-sigma_j dt_j).
func Composite(s []RaySample, background [3]float64, limit float64, hdr bool) Pixel {
	const u = 1.0 / (1 << 24)
	p := Pixel{T: 1, Near: math.Inf(1)}
	tau := 0.0 // optical thickness, the exponent of T
	for _, x := range s {
		p.Near = math.Min(p.Near, math.Abs(p.T/limit-1))
		if p.T < limit {
			break
		}
		dtau := math.Exp(x.Raw[3]) * x.Dt
		before := p.T
		tau += dtau
		p.T = math.Exp(-tau)
		w := before - p.T
		p.Weights = append(p.Weights, w)
		// exp(-sigma dt): relative 2.1u plus the exponent's error 4u*dtau; a product rounds once more.
		relT := u * (4*tau + 4*float64(p.Kept+1))
		for k := range 3 {
			c := Act(x.Raw[k], hdr)
			p.C[k] += w * c
			// The weight carries T's error and 3u of cancellation in 1-e; the colour 13u; the sum one rounding each.
			p.ErrC += c*(w*(relT+18*u)+before*(4+4*dtau)*u*math.Exp(-dtau)+before*u) + u*math.Abs(p.C[k])
		}
		p.Kept++
		p.ErrT = p.T * relT
	}
	if p.Kept == len(s) {
		for k := range 3 {
			p.C[k] += p.T * background[k]
			p.ErrC += (p.ErrT + 2*u) * math.Abs(background[k])
		}
	}
	return p
}

// CompositeGrad is the gradient of the loss of a composited ray with respect to the raw outputs of its kept samples, by the
// formula with suffix sums; tol bounds the error of a float32 evaluation that starts from p.C rounded to float32.
func CompositeGrad(s []RaySample, p Pixel, slope [3]float64, hdr bool) (grad, tol [][4]float64) {
	const u = 1.0 / (1 << 24)
	rest := p.C
	T := 1.0
	var scale float64
	for k := range 3 {
		scale += math.Abs(slope[k]) * (1 + math.Abs(p.C[k]))
	}
	cmax := 1.0
	for j := range p.Kept {
		x := s[j]
		dtau := math.Exp(x.Raw[3]) * x.Dt
		w := p.Weights[j]
		T *= math.Exp(-dtau)
		// T carries 4u per factor and per unit of optical thickness, which is below 10 for kept samples.
		relW := (4*float64(j) + 70) * u
		var g, e [4]float64
		along := 0.0
		for k := range 3 {
			c := Act(x.Raw[k], hdr)
			cmax = math.Max(cmax, c)
			rest[k] -= w * c
			along += slope[k] * (T*c - rest[k])
			dc := c * (1 - c)
			if hdr {
				dc = c
			}
			g[k] = w * slope[k] * dc
			e[k] = math.Abs(slope[k])*dc*(w*relW*20+(w+T)*u*20) + math.Abs(w*slope[k])*c*40*u
			if hdr && x.Raw[k] > 0 {
				g[k] += 1e-4 * x.Raw[k]
				e[k] += 1e-4 * x.Raw[k] * 4 * u
			}
		}
		lift := math.Exp(math.Min(math.Max(x.Raw[3], -15), 15)) * x.Dt
		g[3] = lift * along
		// Each of the j+1 subtractions from the suffix rounds at its size, and its weights carry relW.
		e[3] = lift*scale*cmax*(float64(j+2)*6+40)*u*4 + math.Abs(g[3])*20*u
		grad, tol = append(grad, g), append(tol, e)
	}
	return grad, tol
}
