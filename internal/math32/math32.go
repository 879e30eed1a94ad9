// Package math32 is the Go form of shaders/lib/math.glsl: elementary functions in float32 from polynomials of our own,
// statement for statement, so that a kernel and its twin get the same bits. Error bounds are derived here, with
// u = 2^-24, the largest relative rounding error of one float32 operation:
//
// Exp. x = n·ln2 + r with |r| <= 0.3466. n·hi is exact (8 + 15 bits) and so is x − n·hi (the two are within a factor
// of two of each other); subtracting n·lo rounds once, at most 0.5u absolute since |r| < 1/2. The polynomial is
// within 0.18u of e^r. Its tail r²·P(r) is below 0.071 and has seven roundings, the last two of which act on all of
// it and the others on ever smaller parts: 0.2u. Adding r rounds below 1/2, 0.5u·0.5; adding 1 rounds by at most 1u of
// the sum, or by u/2 absolute below 1. Relative to e^r >= 0.7071 the sum stays below 2.1u.
//
// Log. x = 2^e·(1+f), 1/√2 <= 1+f < √2, both exact. For e = 0 the sum f − f²/2 + f³P rounds f²/2 (0.21u of f), the
// tail (f²·|P|·4u/3, 0.2u of f), the difference (0.25u) and the last addition (1u); with 0.33u for the polynomial
// that is below 2u·f, and f <= 1.2·|ln(1+f)|. For e != 0 e·hi is exact, |ln x| >= 0.3465, the absolute error of the
// part below 1/2 is at most 2u·0.414 + 0.3u, and the last addition rounds by 1u: 4u in all.
//
// SinPi, CosPi. r = x − k/2 is exact. sin: 0.6u for the polynomial with its coefficients in float32, below 0.9u for
// the lower terms, 1u each for adding π (π − 5.2z cannot cancel for z <= 1/16: 2.83 or more) and multiplying by r;
// r² adds 0.2u. cos: at |r| = 1/4 the sum 1 − 0.31 + ... is 0.7071, the roundings of the second term (0.31·3u) and
// the last one (0.5u absolute) give less than 2.2u relative, and 0.2u for the polynomial.
//
// Sigmoid. e^-|x| within 2.1u; 1+e rounds once; the division is correctly rounded in Go and within 2.5 ulp = 5u in
// Vulkan; the product with e on the negative side adds 2.1u + 1u: below 2.1 + 1 + 5 + 3.1 = 11.2u.
package math32

import "math"

// U is the largest relative error of one rounding to float32, 2^-24. The bounds below are multiples of it.
const U = 1.0 / (1 << 24)

// Relative error bounds against the true function. PowBound(t) is the bound of Pow where |y·ln x| = t.
const (
	ExpBound     = 2.1 * U
	LogBound     = 4 * U
	SinPiBound   = 4 * U
	SigmoidBound = 13 * U
)

// PowBound is the relative error of Pow at |y·ln x| = t: the logarithm's 4u and the product's 1u, both times t, and
// Exp's own error.
func PowBound(t float64) float64 { return ExpBound + 5*U*t }

func floor(x float32) float32 { return float32(math.Floor(float64(x))) }

// toInt is the conversion of a shader: of NaN it may give any integer; here 0.
func toInt(x float32) int32 {
	if x != x {
		return 0
	}
	return int32(x)
}

// Exp is e^x: 0 where e^x < 2^-126, +Inf where x > 88.72283.
func Exp(x float32) float32 {
	n := floor(float32(x*1.44269502) + 0.5)
	n = min(max(n, -127), 128)
	r := x - float32(n*0.693145751953125)
	r = r - float32(n*1.428606765330187e-06)
	p := float32(0.0013926184037700295)
	p = float32(p*r) + 0.008363178931176662
	p = float32(p*r) + 0.041666556149721146
	p = float32(p*r) + 0.16666576266288757
	p = float32(p*r) + 0.5
	p = float32(p*float32(r*r)) + r
	p = p + 1
	k := toInt(n)
	half := k >> 1
	s := float32(p * math.Float32frombits(uint32(half+127)<<23))
	s = float32(s * math.Float32frombits(uint32(k-half+127)<<23))
	if x < -87.336544 {
		s = 0
	}
	if x > 88.72283 {
		s = math.Float32frombits(0x7f800000)
	}
	return s
}

// Log is ln x: −Inf for 0 and subnormal x, NaN for negative x, +Inf for +Inf.
func Log(x float32) float32 {
	bits := math.Float32bits(x)
	shifted := bits + (0x3f800000 - 0x3f3504f3)
	e := int32(shifted>>23) - 127
	f := math.Float32frombits(shifted&0x7fffff+0x3f3504f3) - 1
	p := float32(-0.0790274366736412)
	p = float32(p*f) + 0.12622319161891937
	p = float32(p*f) - 0.12998183071613312
	p = float32(p*f) + 0.14214496314525604
	p = float32(p*f) - 0.166412815451622
	p = float32(p*f) + 0.20001044869422913
	p = float32(p*f) - 0.25000306963920593
	p = float32(p*f) + 0.3333333134651184
	z := float32(f * f)
	n := float32(e)
	y := float32(p * float32(z*f))
	y = y + float32(n*1.428606765330187e-06)
	y = y - float32(z*0.5)
	y = y + f
	y = y + float32(n*0.693145751953125)
	if bits < 0x00800000 || bits == 0x80000000 {
		return math.Float32frombits(0xff800000)
	}
	if bits == 0x7f800000 {
		return x
	}
	if bits > 0x7f800000 {
		return math.Float32frombits(0x7fc00000)
	}
	return y
}

// Pow is x^y for x >= 0; x^0 = 1; 0^y is 0 for y > 0 and +Inf for y < 0.
func Pow(x, y float32) float32 {
	if y == 0 {
		return 1
	}
	return Exp(float32(y * Log(x)))
}

// quadrant splits x = k/2 + r with |r| <= 1/4 and returns k mod 4 and r.
func quadrant(x float32) (int32, float32) {
	k := 2 * x
	if x < 4194304 && x > -4194304 {
		k = floor(k + 0.5)
	}
	r := x - float32(k*0.5)
	return toInt(k - float32(4*floor(k*0.25))), r
}

func sinPoly(r float32) float32 {
	z := float32(r * r)
	p := float32(-0.5890750885009766)
	p = float32(p*z) + 2.549767017364502
	p = float32(p*z) - 5.167707920074463
	p = float32(p*z) + 3.1415927410125732
	return float32(p * r)
}

func cosPoly(r float32) float32 {
	z := float32(r * r)
	p := float32(0.2313287854194641)
	p = float32(p*z) - 1.335044503211975
	p = float32(p*z) + 4.058707237243652
	p = float32(p*z) - 4.934802055358887
	return float32(p*z) + 1
}

// SinPi is sin(πx), exact at multiples of 1/2; NaN for infinite x.
func SinPi(x float32) float32 {
	q, r := quadrant(x)
	v := sinPoly(r)
	if q&1 != 0 {
		v = cosPoly(r)
	}
	if q >= 2 {
		return -v
	}
	return v
}

// CosPi is cos(πx), exact at multiples of 1/2; NaN for infinite x.
func CosPi(x float32) float32 {
	q, r := quadrant(x)
	v := cosPoly(r)
	if q&1 != 0 {
		v = sinPoly(r)
	}
	if q == 1 || q == 2 {
		return -v
	}
	return v
}

// Sigmoid is 1/(1 + e^-x), accurate in both tails.
func Sigmoid(x float32) float32 {
	e := Exp(-float32(math.Abs(float64(x))))
	d := 1 / (1 + e)
	if x >= 0 {
		return d
	}
	return float32(e * d)
}

// Sqrt is the correctly rounded square root; in shaders it is the built-in one.
func Sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
