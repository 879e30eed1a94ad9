package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

func init() { add(mathSweep) }

// sweep is a function with the arguments that it is swept over: half of them evenly in value between lo and hi, half
// evenly in bits (so that every power of two has as many) over the magnitudes least … most that lie in lo … hi, and
// some by name.
type sweep struct {
	name   string
	f      kernels.SweepFunction
	truth  func(x, y float64) oracle.Val
	lo, hi float32
	least  float32
	named  []float32
	second []float32 // second arguments, in turn
}

// sweepSize is the number of arguments of a sweep; about one in 2^16 of all float32 numbers.
const sweepSize = 1 << 16

func sweeps() []sweep {
	one := func(f func(float64) oracle.Val) func(x, y float64) oracle.Val {
		return func(x, _ float64) oracle.Val { return f(x) }
	}
	inf := float32(math.Inf(1))
	out := []sweep{
		{name: "exp", f: kernels.SweepExp, truth: one(oracle.Exp), lo: -200, hi: 200, least: 1e-30,
			named: []float32{0, -87.336544, -87.33655, 88.72283, 88.72284, -inf, inf}},
		{name: "log", f: kernels.SweepLog, truth: one(oracle.Log), lo: 0, hi: math.MaxFloat32, least: math.SmallestNonzeroFloat32,
			named: []float32{0, 0x1p-126, 1, math.Nextafter32(1, 0), math.Nextafter32(1, 2), math.Sqrt2, math.Sqrt2 / 2}},
		{name: "log near 1", f: kernels.SweepLog, truth: one(oracle.Log), lo: 0.25, hi: 4, least: 0.25},
		{name: "pow", f: kernels.SweepPow, truth: oracle.Pow, lo: 0, hi: 64, least: 1e-12, named: []float32{1, 2},
			second: []float32{2.4, 0.41666, 2.2, -1.5, 0.1, 7, 0.5, 0}},
		{name: "pow of zero", f: kernels.SweepPow, truth: oracle.Pow, lo: 0, hi: 0x1p-10, least: 1e-12, named: []float32{0}, second: []float32{2.4, 0.1, 1}},
		{name: "sinpi", f: kernels.SweepSinPi, truth: one(oracle.SinPi), lo: -64, hi: 64, least: 1e-30, named: []float32{0, 0.5, -0.5, 1, 1.5, 2, 4194303.5, 4194304}},
		{name: "sinpi far", f: kernels.SweepSinPi, truth: one(oracle.SinPi), lo: -1e9, hi: 1e9, least: 1},
		{name: "cospi", f: kernels.SweepCosPi, truth: one(oracle.CosPi), lo: -64, hi: 64, least: 1e-30, named: []float32{0, 0.5, -0.5, 1, 1.5, 2, 4194303.5, 4194304}},
		{name: "cospi far", f: kernels.SweepCosPi, truth: one(oracle.CosPi), lo: -1e9, hi: 1e9, least: 1},
		{name: "sigmoid", f: kernels.SweepSigmoid, truth: one(oracle.Sigmoid), lo: -120, hi: 120, least: 1e-30, named: []float32{0}},
		{name: "sqrt", f: kernels.SweepSqrt, truth: one(func(x float64) oracle.Val { return oracle.Val{V: x}.Sqrt() }), lo: 0, hi: math.MaxFloat32, least: 0x1p-126,
			named: []float32{0, 1, 4}},
		{name: "sRGB to linear", f: kernels.SweepToLinear, truth: one(oracle.ToLinearVal), lo: 0, hi: 2, least: 1e-20, named: []float32{0, 0.04045, math.Nextafter32(0.04045, 1)}},
		{name: "linear to sRGB", f: kernels.SweepToSRGB, truth: one(oracle.ToSRGBVal), lo: 0, hi: 16, least: 1e-20, named: []float32{0, 0.0031308, math.Nextafter32(0.0031308, 0)}},
		{name: "angle", f: kernels.SweepAngle, truth: oracle.Angle, lo: -1000, hi: 1000, least: 1e-6, named: []float32{0, 0.5, -0.5},
			second: []float32{1, 0, 0.01, 500, 1e-5, 2}},
	}
	// Activations at their arguments, and their slopes at what is kept of them: the argument or the value.
	for a := kernels.ActReLU; a <= kernels.ActTanh; a++ {
		name := a.String()
		out = append(out, sweep{name: name, f: kernels.SweepActivation(a), lo: -80, hi: 80, least: 1e-20, named: []float32{0},
			truth: func(x, _ float64) oracle.Val { return oracle.Activation(name, oracle.Val{V: x}) }})
		if a == kernels.ActReLU || a == kernels.ActLeakyReLU {
			continue // two numbers
		}
		lo, hi := float32(0), float32(80)
		switch {
		case oracle.KeepsArgument(name):
			lo = -80
		case a == kernels.ActSigmoid:
			hi = 1
		case a == kernels.ActTanh:
			lo, hi = -1, 1
		}
		out = append(out, sweep{name: name + " slope", f: kernels.SweepActivationSlope(a), lo: lo, hi: hi, least: 1e-12, named: []float32{0},
			truth: func(x, _ float64) oracle.Val { return oracle.ActivationSlope(name, oracle.Val{V: x}) }})
	}
	return out
}

func (s *sweep) arguments() (x, y []float32) {
	x = append(x, s.named...)
	rest := sweepSize - len(x)
	most := max(-s.lo, s.hi)
	for i := range rest {
		var v float32
		if u := float64(i/2) / float64(rest/2); i%2 == 0 {
			v = float32(float64(s.lo) + (float64(s.hi)-float64(s.lo))*u)
		} else {
			from, to := float64(math.Float32bits(s.least)), float64(math.Float32bits(most))
			v = math.Float32frombits(uint32(from + (to-from)*u))
			if s.lo < 0 && i%4 == 1 {
				v = -v
			}
		}
		x = append(x, min(max(v, s.lo), s.hi))
	}
	y = make([]float32, len(x))
	for i := range y {
		if len(s.second) > 0 {
			y[i] = s.second[(i/2+i)%len(s.second)]
		}
	}
	return x, y
}

func mathSweep() []*check.Case {
	var out []*check.Case
	for _, s := range sweeps() {
		x, y := s.arguments()
		spec := kernels.DefaultMathSweepSpec()
		spec.Function = uint32(s.f)
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("%s %v to %v n=%d", s.name, s.lo, s.hi, len(x)),
			Kernel: kernels.MathSweep,
			Groups: kernels.Groups(uint32(len(x)), spec.LocalSizeX),
			Push:   kernels.MathSweepPush{Count: uint32(len(x))}.Bytes(),
			Spec:   spec.Values(),
			Args:   []check.Arg{check.In(x), check.In(y), check.Out(len(x))},
			Oracle: func() []check.Want {
				value, tol := make([]float64, len(x)), make([]float64, len(x))
				for i := range x {
					v := s.truth(float64(x[i]), float64(y[i]))
					value[i], tol[i] = v.V, v.E
				}
				return []check.Want{{Binding: 2, Value: value, Tol: tol}}
			},
			// Arguments too large by one part in 2^17, as a reduction with a constant cut after five digits would have them.
			Fault: func(c *gpu.Call) {
				off := make([]float32, len(x))
				for i := range off {
					off[i] = x[i] * (1 + 0x1p-17)
				}
				wrong := *c
				wrong.Bind = append([][]byte(nil), c.Bind...)
				wrong.Bind[0] = gpu.Bytes(off)
				kernels.MathSweep.Twin(&wrong)
			},
		})
	}
	return out
}
