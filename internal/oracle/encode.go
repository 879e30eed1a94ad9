package oracle

import "math"

// Encoding computes the outputs of one fixed encoding and their tolerances in float64 from its formula, and by Slope
// the derivatives ∂y[k]/∂x[d] as slope[k][d] with theirs. p holds the parameters in the order of the configuration.
type Encoding struct {
	Forward func(p, x []float64) (y, tol []float64)
	Slope   func(p, x []float64) (slope, tol [][]float64)
	// Kink reports whether the slope jumps near x.
	Kink func(p, x []float64) bool
}

// Encodings by otype.
var Encodings = map[string]Encoding{
	"SphericalHarmonics": {shForward, shSlope, nil},
	"Frequency":          {frequencyForward, frequencySlope, nil},
	"TriangleWave":       {triangleForward, triangleSlope, triangleKink},
	"OneBlob":            {blobForward, blobSlope, nil},
	"Identity":           {identityForward, identitySlope, nil},
}

func matrix(rows, columns int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

// legendre is the derivative of order m of the Legendre polynomial l, from the sum
// P_l(z) = 2^-l Σ_j (−1)^j (2l−2j)! / (j! (l−j)! (l−2j)!) z^(l−2j); abs adds magnitudes instead.
func legendre(l, m int, z float64, abs bool) float64 {
	var sum float64
	for j := 0; 2*j <= l-m; j++ {
		e := l - 2*j
		c := factorial(2*l-2*j) / (factorial(j) * factorial(l-j) * factorial(e)) * factorial(e) / factorial(e-m)
		t := c * math.Pow(z, float64(e-m))
		if abs {
			t = math.Abs(t)
		} else if j%2 == 1 {
			t = -t
		}
		sum += t
	}
	return math.Ldexp(sum, -l)
}

func factorial(n int) float64 {
	f := 1.0
	for i := 2; i <= n; i++ {
		f *= float64(i)
	}
	return f
}

// harmonic is Re (m >= 0) or Im (m < 0) of (x+iy)^|m| by the binomial sum; abs adds magnitudes instead.
func harmonic(m int, x, y float64, abs bool) float64 {
	n, odd := m, 0
	if m < 0 {
		n, odd = -m, 1
	}
	var sum float64
	for j := odd; j <= n; j += 2 {
		t := factorial(n) / (factorial(j) * factorial(n-j)) * math.Pow(x, float64(n-j)) * math.Pow(y, float64(j))
		if abs {
			t = math.Abs(t)
		} else if j/2%2 == 1 {
			t = -t
		}
		sum += t
	}
	return sum
}

func shNorm(l, m int) float64 {
	a := max(m, -m)
	k := math.Sqrt((2*float64(l) + 1) / (4 * math.Pi) * factorial(l-a) / factorial(l+a))
	if a > 0 {
		k *= math.Sqrt2
	}
	if a%2 == 1 {
		k = -k
	}
	return k
}

// Every output is a polynomial whose float32 evaluation, by recurrence or term by term, passes at most 8l + 3|m| + 10
// roundings on the way to each term (the direction's own, one per degree, included; a division counts five). The terms
// of a power of z alternate in sign from one power to the next, so the recurrence with all signs positive gives exactly
// the sum of the magnitudes of the explicit terms.
func shRounding(l, m int) float64 { return U * float64(8*l+3*max(m, -m)+10) }

func shForward(p, x []float64) (y, tol []float64) {
	a, b, c := 2*x[0]-1, 2*x[1]-1, 2*x[2]-1
	for l := range int(p[0]) {
		for m := -l; m <= l; m++ {
			k, n := shNorm(l, m), max(m, -m)
			y = append(y, k*legendre(l, n, c, false)*harmonic(m, a, b, false))
			tol = append(tol, shRounding(l, m)*math.Abs(k)*legendre(l, n, c, true)*harmonic(m, a, b, true)+1e-12)
		}
	}
	return y, tol
}

func shSlope(p, x []float64) (slope, tol [][]float64) {
	a, b, c := 2*x[0]-1, 2*x[1]-1, 2*x[2]-1
	for l := range int(p[0]) {
		for m := -l; m <= l; m++ {
			k, n := shNorm(l, m), max(m, -m)
			s, e := make([]float64, 3), make([]float64, 3)
			for i, abs := range []bool{false, true} {
				var da, db float64
				if n > 0 {
					// d/dx (x+iy)^n = n (x+iy)^(n−1), d/dy = i n (x+iy)^(n−1)
					re, im := harmonic(n-1, a, b, abs), 0.0
					if n > 1 {
						im = harmonic(-(n - 1), a, b, abs)
					}
					da, db = re, -im
					if m < 0 {
						da, db = im, re
					}
				}
				q := 2 * k * float64(n) * legendre(l, n, c, abs)
				v := []float64{q * da, q * db, 0}
				if l > n {
					v[2] = 2 * k * legendre(l, n+1, c, abs) * harmonic(m, a, b, abs)
				}
				for d := range v {
					if i == 0 {
						s[d] = v[d]
					} else {
						e[d] = shRounding(l+1, m)*math.Abs(v[d]) + 1e-12
					}
				}
			}
			slope, tol = append(slope, s), append(tol, e)
		}
	}
	return slope, tol
}

// turn returns sin and cos of πx, reduced exactly modulo 2 first.
func turn(x float64) (sin, cos float64) { return math.Sincos(math.Pi * math.Mod(x, 2)) }

// Multiplying by powers of two is exact, so the error is that of the sine: 4u of its value (internal/math32).
func frequencyForward(p, x []float64) (y, tol []float64) {
	for _, x := range x {
		for j := range int(p[0]) {
			s, c := turn(math.Ldexp(x, j))
			for _, v := range []float64{s, c} {
				y, tol = append(y, v), append(tol, 4*U*math.Abs(v)+1e-12)
			}
		}
	}
	return y, tol
}

// The slope rounds π and two products besides.
func frequencySlope(p, x []float64) (slope, tol [][]float64) {
	n := int(p[0])
	slope, tol = matrix(2*n*len(x), len(x)), matrix(2*n*len(x), len(x))
	for d, x := range x {
		for j := range n {
			s, c := turn(math.Ldexp(x, j))
			f := math.Ldexp(math.Pi, j)
			k := 2 * (d*n + j)
			slope[k][d], slope[k+1][d] = f*c, -f*s
			tol[k][d], tol[k+1][d] = f*8*U, f*8*U
		}
	}
	return slope, tol
}

func triangle(x float64, k int) (v, t float64) {
	v = math.Ldexp(x, k-1) + float64(k)/4
	return v, v - math.Floor(v) - 0.5
}

// v rounds once, u|v|; the fraction is exact up to one rounding, all times 4, and the result rounds. The wave is
// continuous where the fraction wraps.
func triangleForward(p, x []float64) (y, tol []float64) {
	for _, x := range x {
		for k := range int(p[0]) {
			v, t := triangle(x, k)
			y, tol = append(y, 4*math.Abs(t)-1), append(tol, U*(4*math.Abs(v)+8))
		}
	}
	return y, tol
}

func triangleSlope(p, x []float64) (slope, tol [][]float64) {
	n := int(p[0])
	slope, tol = matrix(n*len(x), len(x)), matrix(n*len(x), len(x))
	for d, x := range x {
		for k := range n {
			_, t := triangle(x, k)
			slope[d*n+k][d] = math.Copysign(math.Ldexp(2, k), t)
			tol[d*n+k][d] = U * math.Ldexp(2, k)
		}
	}
	return slope, tol
}

func triangleKink(p, x []float64) bool {
	for _, x := range x {
		for k := range int(p[0]) {
			v, t := triangle(x, k)
			if e := 4 * U * (math.Abs(v) + 1); math.Abs(t) < e || 0.5-math.Abs(t) < e {
				return true
			}
		}
	}
	return false
}

func blobCDF(u float64) float64 {
	if u <= -1 {
		return 0
	}
	if u >= 1 {
		return 1
	}
	return 15.0/16*(u-2*u*u*u/3+math.Pow(u, 5)/5) + 0.5
}

func blobKernel(u float64) float64 {
	if math.Abs(u) >= 1 {
		return 0
	}
	return 15.0 / 16 * (1 - u*u) * (1 - u*u)
}

// u = (edge − x)·n is off by at most u·(4n(|x|+1) + 2); the slope of C is at most 15/16 and of the kernel 1.45; a value
// of C or of the kernel passes ten roundings and is at most 1. Six terms each.
func blobForward(p, x []float64) (y, tol []float64) {
	n := p[0]
	for _, x := range x {
		for b := range int(n) {
			var v float64
			for image := -1.0; image <= 1; image++ {
				v += blobCDF((float64(b+1)/n-x-image)*n) - blobCDF((float64(b)/n-x-image)*n)
			}
			y, tol = append(y, v), append(tol, 6*U*(4*n*(math.Abs(x)+1)+12))
		}
	}
	return y, tol
}

func blobSlope(p, x []float64) (slope, tol [][]float64) {
	n := p[0]
	slope, tol = matrix(int(n)*len(x), len(x)), matrix(int(n)*len(x), len(x))
	for d, x := range x {
		for b := range int(n) {
			k := d*int(n) + b
			for image := -1.0; image <= 1; image++ {
				slope[k][d] -= n * (blobKernel((float64(b+1)/n-x-image)*n) - blobKernel((float64(b)/n-x-image)*n))
			}
			tol[k][d] = 6 * n * U * (1.45*(4*n*(math.Abs(x)+1)+2) + 10)
		}
	}
	return slope, tol
}

func identityForward(p, x []float64) (y, tol []float64) {
	for _, x := range x {
		y, tol = append(y, p[0]*x+p[1]), append(tol, 2*U*(math.Abs(p[0]*x)+math.Abs(p[1])))
	}
	return y, tol
}

func identitySlope(p, x []float64) (slope, tol [][]float64) {
	slope, tol = matrix(len(x), len(x)), matrix(len(x), len(x))
	for d := range x {
		slope[d][d], tol[d][d] = p[0], U*math.Abs(p[0])
	}
	return slope, tol
}
