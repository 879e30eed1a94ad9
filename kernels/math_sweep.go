package kernels

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SweepFunction is a function of the shader libraries with the number that math_sweep gives it.
type SweepFunction uint32

const (
	SweepExp      SweepFunction = iota // e^x
	SweepLog                           // ln x
	SweepPow                           // x^y
	SweepSinPi                         // sin πx
	SweepCosPi                         // cos πx
	SweepSigmoid                       // 1/(1+e^-x)
	SweepSqrt                          // √x
	SweepToLinear                      // sRGB to linear
	SweepToSRGB                        // linear to sRGB
	SweepAngle                         // angle of the vector (x, y >= 0) from the first axis
	sweepFunctions

	sweepActivation SweepFunction = 16
	sweepSlope      SweepFunction = 32
)

// SweepActivation and SweepActivationSlope are an activation function and its derivative from what the forward pass keeps.
func SweepActivation(a Activation) SweepFunction      { return sweepActivation + SweepFunction(a) }
func SweepActivationSlope(a Activation) SweepFunction { return sweepSlope + SweepFunction(a) }

// MathSweep evaluates one function of the shader libraries, values[i] = f(x[i], y[i]), one invocation per element:
// Groups(count, LocalSizeX). The conformance suite sweeps each over its range with it.
var MathSweep = register(&gpu.Kernel{
	Name:     "math_sweep",
	Layout:   mathSweepLayout,
	Variants: mathSweepVariants,
	Twin:     mathSweepTwin,
	Bounds: map[string]cmp.Bound{
		"values": {Kind: cmp.AbsRel, Abs: 0x1p-20, Rel: 0x1p-14, Why: "the widest is a power, 2.1 + 5·|y·ln x| roundoffs with |y·ln x| < 89, on each side; an absolute error of a few roundoffs where a difference cancels"},
	},
})

func mathSweepTwin(c *gpu.Call) {
	f := SweepFunction(c.Spec[1]).function()
	x, y, values := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])
	spread(c, reached(c, gpu.PushOf[MathSweepPush](c).Count), 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			values[i] = f(x[i], y[i])
		}
	})
}

// function is the twin of the function; a number without one is a programming error.
func (s SweepFunction) function() func(x, y float32) float32 {
	one := func(f func(float32) float32) func(x, y float32) float32 {
		return func(x, _ float32) float32 { return f(x) }
	}
	switch {
	case s < sweepFunctions:
		return [sweepFunctions]func(x, y float32) float32{
			one(rExp), one(rLog), rPow, one(rSinPi), one(rCosPi), one(rSigmoid), one(rSqrt), one(srgbToLinear), one(linearToSrgb), angleFromAxis,
		}[s]
	case s >= sweepActivation && s < sweepActivation+SweepFunction(activations):
		return one(Activation(s - sweepActivation).apply)
	case s >= sweepSlope && s < sweepSlope+SweepFunction(activations):
		return one(Activation(s - sweepSlope).slope)
	}
	panic(fmt.Sprintf("kernels: math_sweep has no function %d", uint32(s)))
}
