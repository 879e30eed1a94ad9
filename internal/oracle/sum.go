// Package oracle holds float64 formulas, written from the publications and independent of the kernels, each with a
// tolerance per element that is derived beside it.
package oracle

import "math"

// gamma is n·u/(1-n·u) with u = 2^-24, the relative error of n float32 operations in a row (Higham, Accuracy and
// Stability of Numerical Algorithms, lemma 3.1).
func gamma(n int) float64 { return float64(n) * 0x1p-24 / (1 - float64(n)*0x1p-24) }

// SumSlices is Σ_s partial[s·stride+i] for i < count. A sum of n terms in any fixed order is off by at most
// gamma(n-1)·Σ|x| (Higham, section 4.2).
func SumSlices(partial []float32, count, stride, slices int) (value, tol []float64) {
	value, tol = make([]float64, count), make([]float64, count)
	for i := range value {
		var sum, size float64
		for s := range slices {
			x := float64(partial[s*stride+i])
			sum += x
			size += math.Abs(x)
		}
		value[i], tol[i] = sum, gamma(slices-1)*size
	}
	return value, tol
}
