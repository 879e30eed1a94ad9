package conformance

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// adamRun is a training of n parameters without a network: the gradients are drawn.
type adamRun struct {
	matrix, fixed bool
	n, steps      int
	seed          uint64
	first         []float32
	gradients     [][]float32 // of every step
}

// What an adamRun shares with the oracle; the learning rate decays at steps 20, 27, 34 and 41 of 50 and the average is
// kept in every second step.
const (
	runRate, runBase, runStart, runInterval, runEnd = 1e-2, 0.33, 20, 7, 45
	runBeta1, runBeta2, runEpsilon, runL2           = 0.9, 0.99, 1e-15, 1e-3
	runScale, runDecay, runAverage                  = 1.0 / 128, 0.95, 2
)

func newAdamRun(matrix, fixed bool, seed uint64) *adamRun {
	r := &adamRun{matrix: matrix, fixed: fixed, n: 300, steps: 50, seed: seed}
	rng := source(seed)
	for range r.n {
		r.first = append(r.first, 2*rng.Float32()-1)
	}
	for step := range r.steps {
		g := make([]float32, r.n)
		for i := range g {
			// Multiples of 2^-16, which fixed point holds exactly; a part of a parameter's own makes steps add up.
			g[i] = float32(math.Round(float64(128*(2*rng.Float32()-1)+40*r.first[i])*65536) / 65536)
			if (i+step)%3 == 0 && i%2 == 0 {
				g[i] = 0
			}
		}
		r.gradients = append(r.gradients, g)
	}
	return r
}

func (r *adamRun) String() string {
	return fmt.Sprintf("matrix=%v_fixed=%v_seed=%d", r.matrix, r.fixed, r.seed)
}

// adamResult is what a run leaves.
type adamResult struct {
	params, moments1, moments2, ema []float32
	steps, grads                    []uint32
	schedule                        []kernels.Schedule
}

// run records all steps as a training does, with the gradients put in between, and submits them at once.
func (r *adamRun) run(t *testing.T, d gpu.Device) *adamResult {
	t.Helper()
	words := 1
	if r.fixed {
		words = 2
	}
	buffer := func(name string, size int) gpu.Buffer {
		b, err := d.NewBuffer(name, size)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		return b
	}
	table := kernels.BiasCorrection(runBeta1, runBeta2, kernels.AdamTable(runBeta1, runBeta2))
	schedule := []kernels.Schedule{kernels.NewSchedule(runRate, runBase, runStart, runInterval, runEnd, runDecay)}
	params, grads, m1, m2 := buffer("params", 4*r.n), buffer("grads", 4*words*r.n), buffer("moments1", 4*r.n), buffer("moments2", 4*r.n)
	steps, ema, halves := buffer("steps", 4*r.n), buffer("ema", 4*r.n), buffer("halves", 2*r.n)
	correction, state := buffer("correction", 4*len(table)), buffer("schedule", len(gpu.Bytes(schedule)))

	rec := gpu.NewRecording("optimiser steps")
	rec.Upload(params, 0, gpu.Bytes(r.first))
	rec.Upload(correction, 0, gpu.Bytes(table))
	rec.Upload(state, 0, gpu.Bytes(schedule))
	for step, g := range r.gradients {
		average := step%runAverage == 0
		rec.Upload(grads, 0, gpu.Bytes(gradientWords(g, r.fixed)))
		kernels.AdvanceSchedule(rec, gpu.All(state), average)
		spec := kernels.DefaultAdamSpec()
		spec.Matrix, spec.GradFixed, spec.Ema = bit(r.matrix), bit(r.fixed), bit(average)
		push := kernels.AdamPush{Count: uint32(r.n), Corrections: uint32(len(table)), GradientScale: runScale, RateScale: 1,
			Beta1: runBeta1, Beta2: runBeta2, Epsilon: runEpsilon, L2: runL2}
		rec.Dispatch(kernels.Adam, kernels.Groups(uint32(r.n/2), spec.LocalSizeX), push.Bytes(), spec.Values(), kernels.AdamBinds{
			Params: gpu.All(params), Grads: gpu.All(grads), Moments1: gpu.All(m1), Moments2: gpu.All(m2), Steps: gpu.All(steps),
			Correction: gpu.All(correction), Schedule: gpu.All(state), Ema: gpu.All(ema), Halves: gpu.All(halves),
		}.List()...)
	}
	f := func() []float32 { return make([]float32, r.n) }
	out := &adamResult{f(), f(), f(), f(), make([]uint32, r.n), make([]uint32, words*r.n), make([]kernels.Schedule, 1)}
	rec.Download(params, 0, gpu.Bytes(out.params))
	rec.Download(m1, 0, gpu.Bytes(out.moments1))
	rec.Download(m2, 0, gpu.Bytes(out.moments2))
	rec.Download(ema, 0, gpu.Bytes(out.ema))
	rec.Download(steps, 0, gpu.Bytes(out.steps))
	rec.Download(grads, 0, gpu.Bytes(out.grads))
	rec.Download(state, 0, gpu.Bytes(out.schedule))
	if err := d.Submit(rec); err != nil {
		t.Fatal(err)
	}
	return out
}

func gradientWords(g []float32, fixed bool) []uint32 {
	if !fixed {
		return slices.Clone(gpu.View[uint32](gpu.Bytes(g)))
	}
	var out []uint32
	for _, v := range g {
		units := int64(float64(v) * (1 << 40))
		out = append(out, uint32(units), uint32(units>>32))
	}
	return out
}

// adamMistake is what a planted fault gets wrong.
type adamMistake struct {
	decayStart int  // the learning rate decays later by so many steps
	noDecay    bool // weights are not regularised
	noSkip     bool // gradients of 0 count
	everyStep  bool // the average is kept in every step
	beta2      float64
}

// check holds the result against the formula in float64. The tolerance of every element is that of one step after the
// other: what a step is off by goes into the next.
func (r *adamRun) check(got *adamResult, wrong adamMistake) error {
	var w, m, v, e [2][]float64 // values and tolerances
	add := func(to *[2][]float64, x oracle.Val) { to[0], to[1] = append(to[0], x.V), append(to[1], x.E) }
	steps := make([]uint32, r.n)
	for i := range r.n {
		a := oracle.Adam{W: oracle.Exact(r.first[i])}
		rule := oracle.AdamRule{Beta1: runBeta1, Beta2: runBeta2 + wrong.beta2, Epsilon: runEpsilon, L2: runL2, Rate: runRate, Scale: runScale, Matrix: r.matrix}
		if wrong.noDecay {
			rule.L2 = 0
		}
		for step, g := range r.gradients {
			if at := step - runStart - wrong.decayStart; at >= 0 && step <= runEnd && at%runInterval == 0 {
				rule.Rate *= runBase
				rule.Schedule += 2 // the rounded base, and a product
			}
			rule.EmaDecay = 0
			if step%runAverage == 0 || wrong.everyStep {
				rule.EmaDecay = runDecay
				rule.EmaStep++
			}
			gradient := oracle.Exact(g[i])
			if wrong.noSkip && g[i] == 0 {
				gradient.V = math.SmallestNonzeroFloat64
			}
			a.Step(rule, gradient)
		}
		add(&w, a.W)
		add(&m, a.M)
		add(&v, a.V)
		add(&e, a.Ema)
		steps[i] = a.T
	}
	if !slices.Equal(got.steps, steps) {
		return errors.New("steps are counted wrong")
	}
	if s := got.schedule[0]; s.Step != uint32(r.steps) || s.Nonfinite != 0 {
		return fmt.Errorf("schedule %+v", s)
	}
	for i, g := range got.grads {
		if g != 0 {
			return fmt.Errorf("gradient word %d is left", i)
		}
	}
	for _, x := range []struct {
		name string
		got  []float32
		want [2][]float64
	}{{"params", got.params, w}, {"moments1", got.moments1, m}, {"moments2", got.moments2, v}, {"ema", got.ema, e}} {
		if worst := slices.Max(x.want[1]); !(worst < 1e-4) {
			return fmt.Errorf("%s: a tolerance of %.2g says nothing", x.name, worst)
		}
		if err := cmp.Truth(x.got, x.want[0], x.want[1]); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	return nil
}

// TestAdamManySteps takes fifty steps in a row, with all that a training changes on the way: a decaying learning rate,
// regularised weights, parameters that gradients of 0 leave alone, and the average.
func TestAdamManySteps(t *testing.T) {
	devices := append([]target{{name: "twin", Device: openHost(t, true)}, {name: "simd", Device: openHost(t, false)}}, gpus(t)...)
	for _, r := range []*adamRun{newAdamRun(true, false, 71), newAdamRun(false, false, 72), newAdamRun(false, true, 73)} {
		for _, d := range devices {
			t.Run(r.String()+"/"+d.name, func(t *testing.T) {
				got := r.run(t, d)
				if err := r.check(got, adamMistake{}); err != nil {
					t.Fatal(err)
				}
				faults := map[string]adamMistake{"a late decay of the rate": {decayStart: 1}, "an average in every step": {everyStep: true}, "another beta2": {beta2: 1e-4}}
				if r.matrix {
					faults["no regularisation"] = adamMistake{noDecay: true}
				} else {
					faults["gradients of 0 that count"] = adamMistake{noSkip: true}
				}
				for name, f := range faults {
					if r.check(got, f) == nil {
						t.Errorf("planted fault: %s is accepted", name)
					}
				}
			})
		}
	}
}
