package oracle

import "math"

// RflLoss is the radiance-field loss of a composited ray: Σ w_k Σ_channels ℓ(c_k) + T·Σ ℓ(background), the last where the
// ray was not cut short.
func RflLoss(s []RaySample, p Pixel, target, background [3]float64, kind int, hdr, whole bool) (l float64) {
	for j, w := range p.Weights {
		for k := range 3 {
			v, _, _ := RayLoss(kind, Act(s[j].Raw[k], hdr), target[k])
			l += w * v
		}
	}
	for k := 0; whole && k < 3; k++ {
		v, _, _ := RayLoss(kind, background[k], target[k])
		l += p.T * v
	}
	return l
}

// RflGrad is the gradient of RflLoss with respect to the raw outputs of the kept samples, or, with relax, the relaxed
// gradient, whose slope is taken at the colour that is seen from each sample on. tol bounds a float32 evaluation; a sample
// whose slope may turn within rounding has an infinite one.
func RflGrad(s []RaySample, p Pixel, target, background [3]float64, kind int, hdr, relax, whole bool) (grad, tol [][4]float64) {
	const u = 1.0 / (1 << 24)
	n := float64(p.Kept)
	T := 1.0
	for j := range p.Kept {
		x, w := s[j], p.Weights[j]
		before := T
		T -= w
		alpha := w / before
		lift := math.Exp(math.Min(math.Max(x.Raw[3], -15), 15)) * x.Dt
		relW := (4*float64(j) + 70) * u
		var g, e [4]float64
		along, alongTol := 0.0, 0.0
		for k := range 3 {
			c := Act(x.Raw[k], hdr)
			behind, behindLoss, most, mostLoss := 0.0, 0.0, c, 0.0
			for m := j + 1; m < p.Kept; m++ {
				v := Act(s[m].Raw[k], hdr)
				l, _, _ := RayLoss(kind, v, target[k])
				behind, behindLoss = behind+p.Weights[m]*v, behindLoss+p.Weights[m]*l
			}
			if whole {
				l, _, _ := RayLoss(kind, background[k], target[k])
				behind, behindLoss, most, mostLoss = behind+p.T*background[k], behindLoss+p.T*l, math.Max(most, background[k]), l
			}
			for m := range p.Kept {
				v := Act(s[m].Raw[k], hdr)
				l, _, _ := RayLoss(kind, v, target[k])
				most, mostLoss = math.Max(most, v), math.Max(mostLoss, l)
			}
			dc := c * (1 - c)
			if hdr {
				dc = c
			}
			var slope, slopeTol float64
			// A sum over the ray starts from one over all kept samples and is taken down sample by sample; see CompositeGrad.
			sumTol := most * (n*12 + 80) * u * 2
			if relax {
				at := behind/before + alpha*c
				atTol := sumTol/before + most*(40+4*n)*u
				var bend float64
				_, slope, bend = RayLoss(kind, at, target[k])
				slopeTol = bend*atTol + math.Abs(slope)*8*u
				if turns(kind, at-target[k], atTol) {
					slopeTol = math.Inf(1)
				}
				inner := T*c - behind
				along += slope * inner
				alongTol += slopeTol*math.Abs(inner) + (math.Abs(slope)+slopeTol)*sumTol
			} else {
				var bend, l float64
				l, slope, bend = RayLoss(kind, c, target[k])
				slopeTol = (bend*c*13 + math.Abs(slope)*8) * u
				if turns(kind, c-target[k], 20*u*(1+c)) {
					slopeTol = math.Inf(1)
				}
				along += T*l - behindLoss
				// A loss of a colour off by 13u, and its own evaluation from a difference.
				alongTol += (mostLoss+most+1)*(n*12+80)*u*2*3 + l*T*40*u
			}
			g[k] = w * slope * dc
			e[k] = math.Abs(slope)*dc*(w*relW*20+before*u*20) + math.Abs(w*slope)*c*40*u + w*slopeTol*dc
			if hdr && x.Raw[k] > 0 {
				g[k] += 1e-4 * x.Raw[k]
				e[k] += 1e-4 * x.Raw[k] * 4 * u
			}
		}
		g[3] = lift * along
		e[3] = lift*alongTol + math.Abs(g[3])*20*u
		grad, tol = append(grad, g), append(tol, e)
	}
	return grad, tol
}

// turns tells whether the slope of a loss may jump, or its bend change, for a difference that is off by tol.
func turns(kind int, e, tol float64) bool {
	return math.Abs(e) <= tol && kind != rayLossHuber && kind != 0
}
