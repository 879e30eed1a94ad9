package oracle

import "math"

// Depth is the expected depth of a composited ray, Σ w_j t_j over its kept samples at distances t, and a bound of the
// error of a float32 evaluation from distances that are off by at most tErr.
func Depth(s []RaySample, p Pixel, t []float64, tErr float64) (d, tol float64) {
	const u = 1.0 / (1 << 24)
	for j, w := range p.Weights {
		d += w * t[j]
		// T carries 4u per factor and per unit of optical thickness, which is below 10 for kept samples.
		tol += math.Abs(t[j])*(w*float64(4*j+70)*u*2+20*u) + tErr*w + u*math.Abs(d)
	}
	return d, tol
}

// DepthGrad is the gradient of slope·(expected depth) with respect to the raw densities of the kept samples, each with a
// bound of the error of a float32 evaluation that computes the depth itself:
//
//	∂D/∂σ_j = dt_j (T_{j+1} t_j − Σ_{k>j} w_k t_k)
func DepthGrad(s []RaySample, p Pixel, t []float64, tErr, slope, slopeTol float64) (grad, tol []float64) {
	const u = 1.0 / (1 << 24)
	T, far := 1.0, 0.0
	for j := range p.Kept {
		far = math.Max(far, math.Abs(t[j]))
	}
	for j := range p.Kept {
		T -= p.Weights[j]
		behind := 0.0
		for k := j + 1; k < p.Kept; k++ {
			behind += p.Weights[k] * t[k]
		}
		lift := math.Exp(math.Min(math.Max(s[j].Raw[3], -15), 15)) * s[j].Dt
		inner := T*t[j] - behind
		grad = append(grad, slope*lift*inner)
		// Each of the subtractions from the suffix rounds at its size, and its weights carry T's error; see CompositeGrad.
		// The suffix starts from the depth, which carries the error of all kept samples.
		inTol := far*(float64(p.Kept+j+2)*6+70)*u*4 + 2*tErr
		tol = append(tol, math.Abs(slope)*lift*(inTol+math.Abs(inner)*20*u)+slopeTol*lift*(math.Abs(inner)+inTol))
	}
	return grad, tol
}
