package oracle

import "math"

// Reduce combines parts[p] of a composite encoding: the sum or the product over p. A sum of n terms in order is off by at
// most gamma(n-1)·Σ|x| (Higham, section 4.2), a product of n factors by gamma(n-1) of itself (section 3.1).
func Reduce(product bool, parts []float64) (value, tol float64) {
	if product {
		value = 1
		for _, x := range parts {
			value *= x
		}
		return value, gamma(len(parts)-1) * math.Abs(value)
	}
	var size float64
	for _, x := range parts {
		value += x
		size += math.Abs(x)
	}
	return value, gamma(len(parts)-1) * size
}

// ReduceSlope is the derivative of Reduce by part p times dy: the product of dy and of the other parts.
func ReduceSlope(product bool, parts []float64, p int, dy float64) (value, tol float64) {
	if !product {
		return dy, 0
	}
	factors := []float64{dy}
	for q, x := range parts {
		if q != p {
			factors = append(factors, x)
		}
	}
	return Reduce(true, factors)
}
