package math32

import (
	"math"
	"testing"
)

// worst scans every step-th float32 from lo to hi and returns the largest relative error in units of 2^-24.
func worst(lo, hi float32, step uint32, f func(float32) float32, truth func(float64) float64) (err float64, at float32) {
	scan := func(from, to, sign uint32) {
		for b := uint64(from); b <= uint64(to); b += uint64(step) {
			x := math.Float32frombits(uint32(b) | sign)
			w := truth(float64(x))
			if math.Abs(w) < 1.1754943508222875e-38 || math.Abs(w) > math.MaxFloat32 {
				continue
			}
			e := math.Abs(float64(f(x))-w) / math.Abs(w) / U
			if !(e <= err) { // a NaN is an error
				err, at = e, x
			}
		}
	}
	if hi > 0 {
		scan(math.Float32bits(max(lo, 0)), math.Float32bits(hi), 0)
	}
	if lo < 0 {
		scan(math.Float32bits(max(-hi, 0)), math.Float32bits(-lo), 1<<31)
	}
	return err, at
}

func sinPi64(x float64) float64 {
	k := math.Floor(2*x + 0.5)
	r := math.Pi * (x - k/2)
	switch int64(math.Mod(k, 4)+4) % 4 {
	case 0:
		return math.Sin(r)
	case 1:
		return math.Cos(r)
	case 2:
		return -math.Sin(r)
	}
	return -math.Cos(r)
}

func cosPi64(x float64) float64 { return sinPi64(x + 0.5) }

var scans = []struct {
	name   string
	lo, hi float32
	f      func(float32) float32
	truth  func(float64) float64
	bound  float64
}{
	{"exp", -87.3, 88.7228, Exp, math.Exp, ExpBound},
	{"log", 1.1754944e-38, math.MaxFloat32, Log, math.Log, LogBound},
	{"sinpi", -1e6, 1e6, SinPi, sinPi64, SinPiBound},
	{"cospi", -1e6, 1e6, CosPi, cosPi64, SinPiBound},
	{"sigmoid", -87, 200, Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, SigmoidBound},
}

func TestBounds(t *testing.T) {
	step := uint32(631)
	if testing.Short() {
		step = 3001
	}
	for _, s := range scans {
		err, at := worst(s.lo, s.hi, step, s.f, s.truth)
		t.Logf("%-8s worst %.3f·2^-24 at %v, bound %.3f", s.name, err, at, s.bound/U)
		if !(err <= s.bound/U) {
			t.Errorf("%s: error %.3f·2^-24 at %v, bound %.3f", s.name, err, at, s.bound/U)
		}
	}
}

// Planted faults: a function that is one part in 2^21 off, or whose argument is, is seen.
func TestPlantedFaults(t *testing.T) {
	for _, s := range scans {
		if err, _ := worst(s.lo, s.hi, 3001, func(x float32) float32 { return s.f(x) * (1 + 8*U) }, s.truth); s.name != "sigmoid" && err <= s.bound/U {
			t.Errorf("%s: a result 8·2^-24 too large passes", s.name)
		}
		if err, _ := worst(s.lo, s.hi, 3001, func(x float32) float32 { return s.f(x * (1 + 64*U)) }, s.truth); err <= s.bound/U {
			t.Errorf("%s: an argument 64·2^-24 too large passes", s.name)
		}
	}
}

func TestPow(t *testing.T) {
	for _, y := range []float32{1 / 2.4, 0.41666, 2.2, -1.5, 0.1, 7, 1} {
		for b := uint32(0x33000000); b < 0x4b000000; b += 40009 {
			x := math.Float32frombits(b)
			w := math.Pow(float64(x), float64(y))
			if w < 1.2e-38 || w > math.MaxFloat32 {
				continue
			}
			bound := PowBound(math.Abs(float64(y) * math.Log(float64(x))))
			if e := math.Abs(float64(Pow(x, y))/w - 1); !(e <= bound) {
				t.Fatalf("%v^%v: relative error %g, bound %g", x, y, e, bound)
			}
		}
	}
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	same := func(name string, got, want float32) {
		t.Helper()
		if got != want && !(got != got && want != want) {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	same("exp(inf)", Exp(inf), inf)
	same("exp(-inf)", Exp(-inf), 0)
	same("exp(nan)", Exp(nan), nan)
	same("exp(0)", Exp(0), 1)
	same("exp(89)", Exp(89), inf)
	same("exp(-88)", Exp(-88), 0)
	same("log(0)", Log(0), -inf)
	same("log(-0)", Log(float32(math.Copysign(0, -1))), -inf)
	same("log(-1)", Log(-1), nan)
	same("log(-inf)", Log(-inf), nan)
	same("log(inf)", Log(inf), inf)
	same("log(nan)", Log(nan), nan)
	same("log(1)", Log(1), 0)
	same("0^2.4", Pow(0, 2.4), 0)
	same("0^0", Pow(0, 0), 1)
	same("0^-1", Pow(0, -1), inf)
	same("1^7", Pow(1, 7), 1)
	same("sigmoid(inf)", Sigmoid(inf), 1)
	same("sigmoid(-inf)", Sigmoid(-inf), 0)
	same("sigmoid(nan)", Sigmoid(nan), nan)
	same("sigmoid(0)", Sigmoid(0), 0.5)
	same("sinpi(inf)", SinPi(inf), nan)
	same("cospi(nan)", CosPi(nan), nan)
	for k := float32(-9); k <= 9; k++ {
		even := float32(1 - 2*(int(math.Abs(float64(k)))%2))
		same("sin of a whole number of turns", SinPi(k), 0)
		same("cos of a whole number of half turns", CosPi(k), even)
		same("sin half", SinPi(k+0.5), even)
		same("cos half", CosPi(k+0.5), 0)
	}
	for _, big := range []float32{4194303.5, 4194304, 4194304.5, 8388607, 8388608, 1 << 24, 1e30} {
		same("sinpi of a large number", SinPi(big), float32(sinPi64(float64(big))))
		same("cospi of a large number", CosPi(big), float32(sinPi64(math.Mod(float64(big), 2)+0.5)))
		same("sinpi of a large negative number", SinPi(-big), -float32(sinPi64(float64(big))))
	}
}
