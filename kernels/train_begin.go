package kernels

import (
	"math/bits"

	"github.com/radia-go/radia/gpu"
)

// TrainBeginKernel starts a training step on the device: rays = min(roundUp(rays·batch/kept, group), max_rays) from what the
// last step kept, counters cleared, group counts written.
var TrainBeginKernel = register(&gpu.Kernel{
	Name:     "train_begin",
	Layout:   trainBeginLayout,
	Variants: trainBeginVariants,
	Twin:     trainBeginTwin,
})

// TrainBegin records the start of a step. batch is the number of kept samples that a step aims at.
func TrainBegin(r *gpu.Recording, b TrainBeginBinds, batch, maxRays uint32) {
	push := TrainBeginPush{Batch: batch, MaxRays: maxRays, RayGroup: rayGroup}
	r.Dispatch(TrainBeginKernel, [3]uint32{1, 1, 1}, push.Bytes(), TrainBeginKernel.Layout.SpecValues(nil), b.List()...)
}

func trainBeginTwin(c *gpu.Call) {
	push, s := gpu.PushOf[TrainBeginPush](c), stateOf(c.Bind[0])
	rays := s.Rays
	if kept := s.MeasuredKept; kept != 0 {
		if hi, lo := bits.Mul32(rays, push.Batch); hi >= kept {
			rays = push.MaxRays
		} else {
			q, _ := bits.Div32(hi, lo, kept)
			rays = min(q, push.MaxRays)
		}
		rays = (rays + push.RayGroup - 1) / push.RayGroup * push.RayGroup
	}
	s.Rays = max(min(rays, push.MaxRays), 1)
	s.Samples, s.Kept, s.SamplesTotal, s.KeptTotal = 0, 0, 0, 0
	s.RayGroups = groupsOf(s.Rays, push.RayGroup)
	s.SampleGroups, s.KeptGroups = [3]uint32{}, [3]uint32{}
}
