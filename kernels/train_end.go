package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// TrainEndKernel ends a training step: mean loss in a fixed order of summation, measured sizes, the random sequence 2^32
// draws further.
var TrainEndKernel = register(&gpu.Kernel{
	Name:     "train_end",
	Layout:   trainEndLayout,
	Variants: trainEndVariants,
	Twin:     trainEndTwin,
	Bounds: map[string]cmp.Bound{
		"losses": {Kind: cmp.ULP, ULP: 3, Why: "the sums are the same additions in the same order; the division is within 2.5 ulp"},
	},
})

// TrainEnd records the end of a step; nLosses is the length of the ring of losses, entry step mod nLosses is written.
func TrainEnd(r *gpu.Recording, b TrainEndBinds, nLosses uint32) {
	r.Dispatch(TrainEndKernel, [3]uint32{1, 1, 1}, TrainEndPush{NLosses: nLosses}.Bytes(), TrainEndKernel.Layout.SpecValues(nil), b.List()...)
}

func trainEndTwin(c *gpu.Call) {
	p := gpu.PushOf[TrainEndPush](c)
	s, results, losses := stateOf(c.Bind[0]), gpu.View[RayResult](c.Bind[1]), gpu.View[float32](c.Bind[2])
	var part [256]float32
	for i := range results[:s.Rays] {
		part[i%256] += results[i].Loss
	}
	mean := treeSum(&part) / float32(s.Rays)
	losses[s.Step%p.NLosses] = mean
	raise := func(bit uint32, is bool) {
		if is {
			s.Flags |= bit
		}
	}
	raise(FlagLossNotFinite, inf32(mean))
	raise(FlagSamplesDropped, s.Samples < s.SamplesTotal)
	raise(FlagKeptDropped, s.Kept < s.KeptTotal)
	raise(FlagNothingKept, s.KeptTotal == 0)
	s.MeasuredSamples, s.MeasuredKept = s.SamplesTotal, s.KeptTotal
	rng := s.rng()
	rng.Jump()
	s.RngLo, s.RngHi = split64(rng.State)
	s.Step++
}
