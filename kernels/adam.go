package kernels

import (
	"math"
	"sync/atomic"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels/simd"
)

// Adam updates a range of parameters (Kingma and Ba 2015, algorithm 1), with t counted per parameter:
//
//	g = gradient·GradientScale, in the matrix range + L2·w
//	m = β1·m + (1-β1)·g, v = β2·v + (1-β2)·g²
//	w -= LearningRate·RateScale·√(1-β2^t)/(1-β1^t) · m/(√v+ε)
//
// Outside the matrix range (spec Matrix = 0) a gradient of exactly 0 leaves the parameter, its moments and its counter
// as they are. A gradient that is not finite leaves them too, in either range, and is counted in Schedule.Nonfinite.
// Gradients are zeroed after use. In the same pass the parameters are packed as halves (spec WriteHalf) and averaged
// (spec Ema). Count is even; one invocation for two parameters: Groups(Count/2, LocalSizeX). Bindings that the
// specialization does not use are bound to any buffer.
var Adam = register(&gpu.Kernel{
	Name:     "adam",
	Layout:   adamLayout,
	Variants: adamVariants,
	Twin:     adamTwin,
	SIMD:     simd.Adam,
	Bounds: map[string]cmp.Bound{
		"params":   {Kind: cmp.AbsRel, Abs: 0x1p-20, Rel: 0x1p-20, Why: "about 40 roundoffs on a step that is no larger than the parameters' scale, with v of like terms"},
		"moments1": {Kind: cmp.AbsRel, Abs: 0x1p-20, Rel: 0x1p-20, Why: "four roundoffs on terms up to 2"},
		"moments2": {Kind: cmp.AbsRel, Abs: 0x1p-20, Rel: 0x1p-20, Why: "five roundoffs on terms up to 2"},
		"ema":      {Kind: cmp.AbsRel, Abs: 0x1p-19, Rel: 0x1p-19, Why: "the bound of params and three roundoffs"},
		"halves": {Kind: cmp.ULP, ULP: 0x10001,
			Why: "one unit of the last place in each of two halves, whose parameters differ by less and whose rounding Vulkan leaves open"},
	},
})

func adamTwin(c *gpu.Call) {
	p := gpu.PushOf[AdamPush](c)
	params, grads := gpu.View[float32](c.Bind[0]), gpu.View[uint32](c.Bind[1])
	m1, m2, steps := gpu.View[float32](c.Bind[2]), gpu.View[float32](c.Bind[3]), gpu.View[uint32](c.Bind[4])
	correction := gpu.View[float32](c.Bind[5])
	state := &gpu.View[Schedule](c.Bind[6])[0]
	ema, halves := gpu.View[float32](c.Bind[7]), gpu.View[uint32](c.Bind[8])
	matrix, fixed := c.SpecOf("MATRIX") != 0, c.SpecOf("GRAD_FIXED") != 0
	half, average := c.SpecOf("WRITE_HALF") != 0, c.SpecOf("EMA") != 0

	base := state.LearningRate * p.RateScale
	one1, one2 := 1-p.Beta1, 1-p.Beta2
	old, fresh := state.EmaOld, state.EmaNew
	var nonfinite atomic.Uint32
	spread(c, reached(c, p.Count/2), 4096, func(lo, hi int) {
		for i := 2 * lo; i < 2*hi; i++ {
			w := params[i]
			raw := takeGradient(grads, i, fixed)
			switch {
			case math.Float32bits(raw)&0x7f800000 == 0x7f800000:
				nonfinite.Add(1)
			case raw == 0 && !matrix:
			default:
				g := raw * p.GradientScale
				if matrix {
					g += float32(p.L2 * w)
				}
				t := steps[i] + 1
				m := float32(p.Beta1*m1[i]) + float32(one1*g)
				v := float32(p.Beta2*m2[i]) + float32(one2*float32(g*g))
				rate := base * correction[min(t, p.Corrections-1)]
				w -= float32(rate / (rSqrt(v) + p.Epsilon) * m)
				steps[i], m1[i], m2[i], params[i] = t, m, v, w
			}
			if average {
				ema[i] = float32(ema[i]*old) + float32(w*fresh)
			}
			if half {
				h := uint32(f16.From32(w))
				if i%2 == 0 {
					halves[i/2] = h
				} else {
					halves[i/2] |= h << 16
				}
			}
		}
	})
	state.Nonfinite += nonfinite.Load()
}

// takeGradient reads gradient i and zeroes it.
func takeGradient(grads []uint32, i int, fixed bool) float32 {
	if fixed {
		g := GridFromFixed(grads[2*i], grads[2*i+1])
		grads[2*i], grads[2*i+1] = 0, 0
		return g
	}
	g := math.Float32frombits(grads[i])
	grads[i] = 0
	return g
}
