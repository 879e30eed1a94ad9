package kernels

import (
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// ScheduleKernel advances a Schedule by one optimiser step, on the device: the learning rate decays by DecayBase where
// step >= DecayStart, step <= DecayEnd and (step-DecayStart) is a multiple of DecayInterval (steps count from 0), and
// the weights of the moving average e_t = (e_{t-1}·d·(1-d^{t-1}) + w·(1-d))/(1-d^t) follow t. One workgroup.
var ScheduleKernel = register(&gpu.Kernel{
	Name:     "schedule",
	Layout:   scheduleLayout,
	Variants: scheduleVariants,
	Twin:     scheduleTwin,
	Bounds: map[string]cmp.Bound{"schedule": {Kind: cmp.ULP, ULP: 5,
		Why: "correctly rounded products and differences, and one division of 2.5 ulp"}},
})

// NewSchedule is the state before the first step. A decayInterval of 0 keeps the learning rate; emaDecay is read only
// where the moving average is kept.
func NewSchedule(baseRate, decayBase float32, decayStart, decayInterval, decayEnd uint32, emaDecay float32) Schedule {
	return Schedule{
		LearningRate: baseRate, Factor: 1, EmaPower: 1, BaseRate: baseRate, DecayBase: decayBase,
		DecayStart: decayStart, DecayInterval: decayInterval, DecayEnd: decayEnd, EmaDecay: emaDecay,
	}
}

// AdvanceSchedule records the beginning of an optimiser step; average says that the moving average is updated in it.
func AdvanceSchedule(r *gpu.Recording, schedule gpu.Bind, average bool) {
	var push SchedulePush
	if average {
		push.Average = 1
	}
	r.Dispatch(ScheduleKernel, [3]uint32{1, 1, 1}, push.Bytes(), ScheduleKernel.Layout.SpecValues(nil), schedule)
}

func scheduleTwin(c *gpu.Call) {
	s := &gpu.View[Schedule](c.Bind[0])[0]
	if s.DecayInterval != 0 && s.Step >= s.DecayStart && s.Step <= s.DecayEnd && (s.Step-s.DecayStart)%s.DecayInterval == 0 {
		s.Factor *= s.DecayBase
	}
	s.LearningRate = s.BaseRate * s.Factor
	s.Step++
	if gpu.PushOf[SchedulePush](c).Average == 0 {
		return
	}

	d, before := s.EmaDecay, s.EmaPower
	power := before * d
	norm := 1 - power
	was := d * (1 - before)
	now := 1 - d
	s.EmaOld = was / norm
	s.EmaNew = now / norm
	s.EmaPower = power
}

// BiasCorrection is the table √(1-β2^t)/(1-β1^t) of Adam for t = 0 … n-1, computed in float64 and rounded once; entry 0
// is never used. Later steps use the last entry, which is 1 within float32 when n is as AdamTable says.
func BiasCorrection(beta1, beta2 float64, n int) []float32 {
	out := make([]float32, n)
	for t := 1; t < n; t++ {
		out[t] = float32(math.Sqrt(1-math.Pow(beta2, float64(t))) / (1 - math.Pow(beta1, float64(t))))
	}
	return out
}

// AdamTable is the length of the table of bias corrections beyond which every entry is 1 in float32, at most 2^16.
func AdamTable(beta1, beta2 float64) int {
	n := 2
	for b := math.Max(beta1, beta2); n < 1<<16 && math.Pow(b, float64(n-1)) > 0x1p-26; {
		n *= 2
	}
	return n
}
