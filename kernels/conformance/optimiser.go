package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

func init() {
	add(adam)
	add(schedule)
	add(losses)
}

// adamCase is one step from a drawn state.
type adamCase struct {
	n                        int
	matrix, fixed, half, ema bool
	seed                     uint64
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func adam() []*check.Case {
	const (
		beta1, beta2 = 0.9, 0.99
		epsilon, l2  = 1e-15, 1e-3
		rate, scale  = 1e-2, 1.0 / 128
		decay        = 0.95
	)
	var out []*check.Case
	for _, s := range []adamCase{
		{1000, true, false, false, true, 1}, {1002, false, false, true, true, 2}, {770, false, true, true, false, 3},
		{2, true, false, true, true, 4}, {64, false, true, false, true, 5},
	} {
		rng := source(s.seed)
		draw := func(scale float32) []float32 {
			v := make([]float32, s.n)
			for i := range v {
				v[i] = (rng.Float32()*2 - 1) * scale
			}
			return v
		}
		params, m1, m2, ema := draw(1), draw(0.5), draw(0.5), draw(1)
		gradient := draw(128)
		steps := make([]uint32, s.n)
		for i := range steps {
			m2[i] = m2[i]*m2[i] + 0.01
			steps[i] = uint32(rng.Float32() * 5000)
			switch {
			case i%7 == 1:
				gradient[i] = 0
			case i%13 == 5 && !s.fixed:
				gradient[i] = float32(math.Inf(1 - i%2*2))
			case i%13 == 6 && !s.fixed:
				gradient[i] = float32(math.NaN())
			}
			if i%7 == 3 { // never touched before
				m1[i], m2[i], steps[i] = 0, 0, 0
			}
		}
		words := make([]uint32, 0, 2*s.n)
		truthOf := make([]oracle.Val, s.n)
		for i, g := range gradient {
			truthOf[i] = oracle.Exact(g)
			if s.fixed {
				units := int64(float64(g) * (1 << 40))
				truthOf[i] = oracle.Val{V: float64(units) / (1 << 40)}.Round(4)
				words = append(words, uint32(units), uint32(units>>32))
			} else {
				words = append(words, math.Float32bits(g))
			}
		}
		table := kernels.BiasCorrection(beta1, beta2, kernels.AdamTable(beta1, beta2))
		state := kernels.NewSchedule(rate, 0.33, 10, 5, 100, decay)
		const step = 3
		state.Step, state.LearningRate = step, rate
		norm := 1 - math.Pow(decay, step)
		state.EmaOld, state.EmaNew = float32(decay*(1-math.Pow(decay, step-1))/norm), float32((1-decay)/norm)

		spec := kernels.DefaultAdamSpec()
		spec.Matrix, spec.GradFixed, spec.WriteHalf, spec.Ema = bit(s.matrix), bit(s.fixed), bit(s.half), bit(s.ema)
		push := kernels.AdamPush{Count: uint32(s.n), Corrections: uint32(len(table)), GradientScale: scale, RateScale: 1,
			Beta1: beta1, Beta2: beta2, Epsilon: epsilon, L2: l2}
		halves := check.Out(s.n / 2)
		out = append(out, &check.Case{
			Name: fmt.Sprintf("n=%d matrix=%v fixed=%v half=%v ema=%v seed=%d", s.n, s.matrix, s.fixed, s.half, s.ema, s.seed),

			Kernel: kernels.Adam,
			Groups: kernels.Groups(uint32(s.n/2), spec.LocalSizeX),
			Push:   push.Bytes(),
			Spec:   spec.Values(),
			Args: []check.Arg{check.In(params), check.In(words), check.In(m1), check.In(m2), check.In(steps),
				check.In(table), check.In([]kernels.Schedule{state}), check.In(ema), halves},
			Oracle: func() []check.Want {
				rule := oracle.AdamRule{Beta1: beta1, Beta2: beta2, Epsilon: epsilon, L2: l2, Rate: rate, Scale: scale,
					Matrix: s.matrix, EmaDecay: decay, EmaStep: step}
				want := make([]oracle.Adam, s.n)
				after := state
				t := make([]uint32, s.n)
				for i := range want {
					a := oracle.Adam{W: oracle.Exact(params[i]), M: oracle.Exact(m1[i]), V: oracle.Exact(m2[i]),
						Ema: oracle.Exact(ema[i]), T: steps[i]}
					g := truthOf[i]
					if math.IsNaN(g.V) || math.IsInf(g.V, 0) {
						after.Nonfinite++
						untouched := rule
						untouched.Matrix = false
						a.Step(untouched, oracle.Val{})
					} else {
						a.Step(rule, g)
					}
					want[i], t[i] = a, a.T
				}
				pick := func(binding int, f func(oracle.Adam) oracle.Val) check.Want {
					w := check.Want{Binding: binding}
					for _, a := range want {
						w.Value, w.Tol = append(w.Value, f(a).V), append(w.Tol, f(a).E)
					}
					return w
				}
				average := pick(7, func(a oracle.Adam) oracle.Val { return a.Ema })
				if !s.ema {
					average = check.Want{Binding: 7, Words: gpu.View[uint32](gpu.Bytes(ema))}
				}
				return []check.Want{
					pick(0, func(a oracle.Adam) oracle.Val { return a.W }),
					{Binding: 1, Words: make([]uint32, len(words))},
					pick(2, func(a oracle.Adam) oracle.Val { return a.M }),
					pick(3, func(a oracle.Adam) oracle.Val { return a.V }),
					{Binding: 4, Words: t},
					{Binding: 6, Words: gpu.View[uint32](gpu.Bytes([]kernels.Schedule{after}))},
					average,
					{Binding: 8, Bytes: func(got []byte) error { return packed(got, s.half, want) }},
				}
			},
			Fault: func(c *gpu.Call) { // the other range's rule, or for one pair of matrix weights β2 for β1
				wrong := *c
				wrong.Spec = append([]uint32(nil), c.Spec...)
				wrong.Spec[c.Kernel.Layout.SpecIndex("MATRIX")] ^= 1
				kernels.Adam.Twin(&wrong)
			},
		})
	}
	return out
}

// packed checks the halves: each is the parameter to within one unit of its last place, 2^-10 of its size or 2^-24.
func packed(got []byte, written bool, want []oracle.Adam) error {
	words := gpu.View[uint32](append([]byte(nil), got...))
	var values []float32
	var value, tol []float64
	for i, a := range want {
		w := words[i/2]
		if !written {
			if w != 0xFFFFFFFF {
				return fmt.Errorf("word %d was written", i/2)
			}
			continue
		}
		values = append(values, f16.To32(f16.Bits(w>>(i%2*16))))
		value, tol = append(value, a.W.V), append(tol, a.W.E+math.Abs(a.W.V)*0x1p-10+0x1p-24)
	}
	if !written {
		return nil
	}
	return cmp.Truth(values, value, tol)
}

func schedule() []*check.Case {
	var out []*check.Case
	for i, step := range []uint32{0, 9, 10, 11, 15, 20, 21, 100, 10, 100} {
		average := i < 8
		var push kernels.SchedulePush
		if average {
			push.Average = 1
		}
		s := kernels.NewSchedule(1e-2, 0.33, 10, 5, 20, 0.95)
		s.Step, s.Nonfinite = step, 3
		s.Factor, s.EmaOld, s.EmaNew = 0.5, 0.9, 0.1
		s.EmaPower = float32(math.Pow(0.95, float64(step)))
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("step=%d average=%v", step, average),
			Kernel: kernels.ScheduleKernel,
			Groups: [3]uint32{1, 1, 1},
			Push:   push.Bytes(),
			Spec:   kernels.DefaultScheduleSpec().Values(),
			Args:   []check.Arg{check.In([]kernels.Schedule{s})},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 0, Bytes: func(got []byte) error { return advanced(got, s, average) }}}
			},
			Fault: func(c *gpu.Call) { // steps counted from 1
				gpu.View[kernels.Schedule](c.Bind[0])[0].Step++
				kernels.ScheduleKernel.Twin(c)
				gpu.View[kernels.Schedule](c.Bind[0])[0].Step--
				gpu.View[kernels.Schedule](c.Bind[0])[0].EmaNew *= 1.001
			},
		})
	}
	return out
}

func advanced(got []byte, before kernels.Schedule, average bool) error {
	after := gpu.View[kernels.Schedule](append([]byte(nil), got...))[0]
	t := float64(before.Step)
	factor := float64(before.Factor)
	if before.Step == 10 || before.Step == 15 || before.Step == 20 {
		factor *= 0.33
	}
	const d = 0.95
	norm := 1 - math.Pow(d, t+1)
	// The power carries a roundoff of its own; d, 1-d and the differences from 1 carry a few over 1-d, and two divisions.
	const tol = (4 + 8/(1-d) + 10) * 0x1p-24
	truth := []float64{1e-2 * factor, factor, d * (1 - math.Pow(d, t)) / norm, (1 - d) / norm, math.Pow(d, t+1)}
	if !average {
		truth[2], truth[3], truth[4] = float64(before.EmaOld), float64(before.EmaNew), float64(before.EmaPower)
	}
	tols := make([]float64, len(truth))
	for i, v := range truth {
		tols[i] = math.Abs(v)*tol + tol/10
	}
	tols[0], tols[1] = truth[0]*0x1p-22, truth[1]*0x1p-22
	if err := cmp.Truth([]float32{after.LearningRate, after.Factor, after.EmaOld, after.EmaNew, after.EmaPower}, truth, tols); err != nil {
		return err
	}
	rest := after
	rest.LearningRate, rest.Factor, rest.EmaOld, rest.EmaNew, rest.EmaPower =
		before.LearningRate, before.Factor, before.EmaOld, before.EmaNew, before.EmaPower
	before.Step++
	if rest != before {
		return fmt.Errorf("state %+v, want %+v", rest, before)
	}
	return nil
}

func losses() []*check.Case {
	var out []*check.Case
	for kind := kernels.LossL2; kind <= kernels.LossCrossEntropy; kind++ {
		for _, n := range []int{1, 65, 1000} {
			seed := uint64(kind) + uint64(n)
			rng := source(seed)
			const channels, scale = 3, 128
			capacity := n + spare
			prediction, target := uniform(rng, channels, n, capacity, 1), uniform(rng, channels, n, capacity, 1)
			for i := range prediction {
				switch {
				case kind == kernels.LossCrossEntropy:
					prediction[i] = (prediction[i] + 1) / 2
				case i%5 == 1: // the quadratic zone of Huber's loss
					prediction[i] = target[i] + prediction[i]/8
				case i%5 == 2:
					prediction[i] = target[i]
				}
			}
			spec := kernels.DefaultLossSpec()
			spec.Kind = uint32(kind)
			out = append(out, &check.Case{
				Name:   fmt.Sprintf("%v n=%d seed=%d", kind, n, seed),
				Kernel: kernels.LossKernel,
				Groups: kernels.Groups(uint32(capacity), spec.LocalSizeX),
				Push:   kernels.LossPush{Capacity: uint32(capacity), CountIndex: 1, Channels: channels, Scale: scale}.Bytes(),
				Spec:   spec.Values(),
				Args: []check.Arg{check.In(prediction), check.In(target), check.In([]uint32{12345, uint32(n)}),
					check.Out(channels * capacity), check.Out(channels * capacity)},
				Oracle: func() []check.Want {
					value, slope := make([][]oracle.Val, channels), make([][]oracle.Val, channels)
					for c := range channels {
						for i := range n {
							p := c*capacity + i
							v, s := oracle.Loss(kind.String(), oracle.Exact(prediction[p]), oracle.Exact(target[p]))
							value[c] = append(value[c], v)
							slope[c] = append(slope[c], s.Mul(oracle.Val{V: scale / float64(n*channels)}.Round(6)))
						}
					}
					return []check.Want{planes(3, n, capacity, slope), planes(4, n, capacity, value)}
				},
				Fault: func(c *gpu.Call) { // prediction and target are swapped
					wrong := *c
					wrong.Bind = append([][]byte(nil), c.Bind...)
					wrong.Bind[0], wrong.Bind[1] = c.Bind[1], c.Bind[0]
					kernels.LossKernel.Twin(&wrong)
				},
			})
		}
	}
	return out
}
