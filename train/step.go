package train

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// groupSize is the workgroup size of the kernels that are dispatched over samples.
const groupSize = 64

// record writes down one training step:
//
//	rays → march → network → composite → gradients of the kept samples → network backwards → scatter → Adam
//
// kind.average adds the update of the average that rendering reads.
func (t *NeRF) record(kind stepKind) *gpu.Recording {
	b := &t.buf
	r := gpu.NewRecording("training step")
	state := gpu.All(b.state)
	lo, hi := field.TrainingBox(t.Field.AABBScale)
	law := kernels.NewStepLaw(field.Cone(t.Field.AABBScale))

	kernels.TrainBegin(r, kernels.TrainBeginBinds{State: state}, t.batch, t.maxRays)
	rays := t.raysPush(lo, hi, law)
	kernels.TrainRays(r, kernels.TrainRaysBinds{Cameras: gpu.All(b.cameras), Images: gpu.All(b.images), State: state, Rays: gpu.All(b.rays), Targets: gpu.All(b.targets)}, rays)

	t.recordOverrides(r, state, rays)
	t.recordExposures(r, state, rays)
	t.recordDepths(r, state)

	march := kernels.NewMarchPush(lo, hi, law, t.grid.maxMip, maxRaySamples, t.cap)
	kernels.MarchCount(r, kernels.MarchCountBinds{Rays: gpu.All(b.rays), Occupancy: gpu.All(t.grid.bits), State: state, RayCounts: gpu.All(b.rayCounts)}, march)
	kernels.Scan(r, kernels.ScanBinds{Values: gpu.All(b.rayCounts), Sums: gpu.All(b.sums), State: state, Offsets: gpu.All(b.offsets)}, kernels.ScanSamples(t.cap, groupSize), t.maxRays)
	kernels.MarchEmit(r, kernels.MarchEmitBinds{Rays: gpu.All(b.rays), Occupancy: gpu.All(t.grid.bits), State: state,
		RayCounts: gpu.All(b.rayCounts), Offsets: gpu.All(b.offsets), Samples: gpu.All(b.samples), RayOf: gpu.All(b.rayOf)}, march)

	t.Field.Infer(r, t.Field.Params(), kernels.Batch{Capacity: int(t.cap), Counts: state, CountIndex: kernels.StateSamples, Groups: kernels.SampleGroups(state), Owners: t.owners(b.rayCounts, b.offsets)},
		gpu.All(b.samples), gpu.All(b.raw))

	hdr := uint32(0)
	if t.Field.HDR {
		hdr = 1
	}
	kernels.CompositeTrain(r, kernels.CompositeTrainBinds{State: state, RayCounts: gpu.All(b.rayCounts), Offsets: gpu.All(b.offsets), Samples: gpu.All(b.samples),
		Raw: gpu.All(b.raw), Targets: gpu.All(b.targets), KeptCounts: gpu.All(b.keptCounts), Results: gpu.All(b.results)},
		kernels.CompositeTrainPush{Capacity: t.cap, LossKind: uint32(t.loss), Hdr: hdr})
	t.recordExposureGradients(r, state)
	kernels.Scan(r, kernels.ScanBinds{Values: gpu.All(b.keptCounts), Sums: gpu.All(b.sums), State: state, Offsets: gpu.All(b.keptOffsets)}, kernels.ScanKept(t.keptCap, groupSize), t.maxRays)
	switch kind.mode {
	case ModeNeRF:
		kernels.CompositeGrad(r, kernels.CompositeGradBinds{State: state, Offsets: gpu.All(b.offsets), KeptCounts: gpu.All(b.keptCounts), KeptOffsets: gpu.All(b.keptOffsets),
			Rays: gpu.All(b.rays), Samples: gpu.All(b.samples), Raw: gpu.All(b.raw), Targets: gpu.All(b.targets), Results: gpu.All(b.results),
			GridMean: gpu.All(t.grid.mean), KeptSamples: gpu.All(b.kept), Draw: gpu.All(b.draw)},
			kernels.CompositeGradPush{Capacity: t.cap, KeptCapacity: t.keptCap, LossKind: uint32(t.loss), Hdr: hdr, Scale: lossScale, Regularizer: kernels.Regularizer(lossScale),
				NearDistance: t.opt.NearDistance, SizeX: hi[0] - lo[0], SizeY: hi[1] - lo[1], SizeZ: hi[2] - lo[2], LoX: lo[0], LoY: lo[1], LoZ: lo[2]})
	default:
		kernels.CompositeRfl(r, kernels.CompositeRflBinds{State: state, Offsets: gpu.All(b.offsets), KeptCounts: gpu.All(b.keptCounts), KeptOffsets: gpu.All(b.keptOffsets),
			Rays: gpu.All(b.rays), Samples: gpu.All(b.samples), Raw: gpu.All(b.raw), Targets: gpu.All(b.targets), Results: gpu.All(b.results),
			KeptSamples: gpu.All(b.kept), Draw: gpu.All(b.draw)},
			kernels.CompositeRflPush{Capacity: t.cap, KeptCapacity: t.keptCap, LossKind: uint32(t.loss), Hdr: hdr, Relax: flag(kind.mode == ModeRflRelax), Scale: lossScale, Regularizer: kernels.Regularizer(lossScale),
				NearDistance: t.opt.NearDistance, SizeX: hi[0] - lo[0], SizeY: hi[1] - lo[1], SizeZ: hi[2] - lo[2], LoX: lo[0], LoY: lo[1], LoZ: lo[2]})
	}

	t.recordDepthLoss(r, state, lo, hi)

	t.recordBackward(r, state)
	t.recordOptimizer(r, kind.average)
	kernels.TrainEnd(r, kernels.TrainEndBinds{State: state, Results: gpu.All(b.results), Losses: gpu.All(b.losses)}, lossRing)
	return r
}

// recordBackward goes from dL/draw of the kept samples to gradients of all parameters.
func (t *NeRF) recordBackward(r *gpu.Recording, state gpu.Bind) {
	b := &t.buf
	batch := kernels.Batch{Capacity: int(t.keptCap), Counts: state, CountIndex: kernels.StateKept, Groups: kernels.KeptGroups(state), Owners: t.owners(b.keptCounts, b.keptOffsets)}
	t.Field.Backward(r, batch, gpu.All(b.kept), gpu.All(b.draw), field.Gradients{
		Slices: t.slices, Partial: gpu.All(b.partial), Weights: gpu.All(b.dweights), Table: gpu.All(b.dtable), Fixed: t.opt.Deterministic, Inputs: t.inputGradients(), Extra: t.extraGradients()})
	t.recordLatentGradients(r, state)
	t.recordCameraGradients(r, state)
}

// recordOptimizer takes the Adam step: first the networks' weights, with weight decay, then the encoding's table, where
// entries without a gradient are left alone.
func (t *NeRF) recordOptimizer(r *gpu.Recording, average bool) {
	b, f := &t.buf, t.Field
	kernels.AdvanceSchedule(r, gpu.All(b.schedule), average)
	network, table := f.Layout.NetworkParams, f.Layout.Total-f.Layout.NetworkParams
	for _, part := range []struct {
		first, count int
		grads        gpu.Buffer
		matrix       bool
		l2, rate     float32
	}{
		{0, network, b.dweights, true, t.adam.L2Reg, float32(1 - flag(t.opt.FreezeNetworks))},
		{network, table, b.dtable, false, t.adam.NonMatrixL2Reg, t.adam.NonMatrixLearningRateFactor * float32(1-flag(t.opt.FreezeEncoding))},
	} {
		if part.count == 0 {
			continue // an encoding without parameters
		}
		of := func(buffer gpu.Buffer) gpu.Bind { return gpu.Part(buffer, 4*part.first, 4*part.count) }
		spec := kernels.DefaultAdamSpec()
		spec.Matrix = flag(part.matrix)
		spec.GradFixed = flag(!part.matrix && t.opt.Deterministic)
		spec.Ema = flag(average && t.ema != nil)
		binds := kernels.AdamBinds{Params: of(f.Params()), Grads: gpu.All(part.grads), Moments1: of(b.moments1), Moments2: of(b.moments2), Steps: of(b.steps),
			Correction: gpu.All(b.correction), Schedule: gpu.All(b.schedule), Ema: gpu.All(b.none), Halves: gpu.All(b.none)}
		if spec.Ema != 0 {
			binds.Ema = of(f.Average())
		}
		if !part.matrix && f.Halves() != nil {
			spec.WriteHalf, binds.Halves = 1, gpu.All(f.Halves())
		}
		push := kernels.AdamPush{Count: uint32(part.count), Corrections: uint32(b.correction.Size() / 4), GradientScale: 1.0 / lossScale, RateScale: part.rate,
			Beta1: t.adam.Beta1, Beta2: t.adam.Beta2, Epsilon: t.adam.Epsilon, L2: part.l2}
		r.Dispatch(kernels.Adam, kernels.Groups(uint32(part.count/2), spec.LocalSizeX), push.Bytes(), spec.Values(), binds.List()...)
	}
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
