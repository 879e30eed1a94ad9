package oracle

import "math"

// Rotation is the matrix of a turn, axis times angle (Rodrigues' formula): I + sin(a) K + (1-cos(a)) K², K = [axis]×.
func Rotation(turn [3]float64) (m [3][3]float64) {
	a := math.Sqrt(turn[0]*turn[0] + turn[1]*turn[1] + turn[2]*turn[2])
	m = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	if a == 0 {
		return m
	}
	x, y, z := turn[0]/a, turn[1]/a, turn[2]/a
	k := [3][3]float64{{0, -z, y}, {z, 0, -x}, {-y, x, 0}}
	k2 := Multiply(k, k)
	for i := range m {
		for j := range m {
			m[i][j] += math.Sin(a)*k[i][j] + (1-math.Cos(a))*k2[i][j]
		}
	}
	return m
}

// Turn is the turn of a rotation matrix by less than pi, from its trace and its skew part.
func Turn(m [3][3]float64) (t [3]float64) {
	t = [3]float64{m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]} // 2 sin(a) axis
	s := math.Sqrt(t[0]*t[0]+t[1]*t[1]+t[2]*t[2]) / 2
	if s == 0 {
		return t
	}
	a := math.Atan2(s, (m[0][0]+m[1][1]+m[2][2]-1)/2)
	for i := range t {
		t[i] *= a / (2 * s)
	}
	return t
}

// Multiply is the product of two matrices.
func Multiply(a, b [3][3]float64) (c [3][3]float64) {
	for i := range c {
		for j := range c {
			for k := range c {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return c
}

// Apply is a matrix times a vector.
func Apply(m [3][3]float64, v [3]float64) (w [3]float64) {
	for i := range w {
		for k, x := range v {
			w[i] += m[i][k] * x
		}
	}
	return w
}
