// Package oracle holds float64 formulas, written from the publications and independent of the kernels, each with a
// tolerance per element that is derived beside it.
package oracle

import "math"

// U is the unit roundoff of float32.
const U = 1.0 / (1 << 24)

// Gamma is n·u/(1-n·u), the relative error of n float32 operations in a row (Higham, Accuracy and Stability of
// Numerical Algorithms, lemma 3.1).
func Gamma(n int) float64 { return float64(n) * U / (1 - float64(n)*U) }

// SumSlices is Σ_s partial[s·stride+i] for i < count. A sum of n terms in any fixed order is off by at most
// Gamma(n-1)·Σ|x| (Higham, section 4.2).
func SumSlices(partial []float32, count, stride, slices int) (value, tol []float64) {
	value, tol = make([]float64, count), make([]float64, count)
	for i := range value {
		var sum, size float64
		for s := range slices {
			x := float64(partial[s*stride+i])
			sum += x
			size += math.Abs(x)
		}
		value[i], tol[i] = sum, Gamma(slices-1)*size
	}
	return value, tol
}
