package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// FitOptions of the training of an image, a distance field or another field that is fitted to samples.
type FitOptions struct {
	Config *config.Config
	// Batch is how many samples a step takes.
	Batch int
	Seed  uint64
	// Sampling says where the positions on a picture come from.
	Sampling Sampling
	// Deterministic makes two runs on one device equal bit by bit; gradients are summed in fixed point. The CPU device
	// always is.
	Deterministic bool
	// Resume is a snapshot whose training goes on, with Config its configuration; nil begins a new one.
	Resume *snapshot.Snapshot
}

// fit trains a field.Function on samples: positions and what the field should be there. A step is
//
//	samples → encoding → network → loss → network backwards → scatter → Adam
//
// in one recording that is replayed.
type fit struct {
	f        *field.Function
	device   gpu.Device
	opt      FitOptions
	capacity int // values of a plane, a kernels.SpreadCapacity
	channels int
	loss     kernels.Loss
	adam     config.Adam
	ema      *config.Ema
	slices   int

	positions, targets                 gpu.Buffer
	counts, features, outputs, hidden  gpu.Buffer
	doutput, values, deltas, dfeatures gpu.Buffer
	partial, dweights, dtable          gpu.Buffer
	moments1, moments2, steps          gpu.Buffer
	correction, schedule, unused       gpu.Buffer

	step   *gpu.Recording
	before func(step int) error // what the host does before a step, or nil
	drawn  *drawn               // the samples of a step where the host draws them
	done   int
	seen   []float32 // losses of the last step
}

// averages tells whether the configuration's optimiser keeps an average.
func averages(c *config.Config) bool { return c.Optimizer.Ema != nil }

// newFit allocates everything and records the step; samples appends what fills positions and targets, which are planes of
// capacity values.
func newFit(d gpu.Device, f *field.Function, opt FitOptions, samples func(t *fit, r *gpu.Recording)) (*fit, error) {
	if opt.Batch < LeastFitBatch || opt.Batch > MostBatch {
		return nil, fmt.Errorf("batch %d: must be from %d to %d samples", opt.Batch, LeastFitBatch, MostBatch)
	}
	t := &fit{f: f, device: d, opt: opt, capacity: kernels.SpreadCapacity(opt.Batch), channels: f.Layout.Density.Outputs}
	var err error
	if t.loss, err = kernels.ParseLoss(f.Config.Loss.OType); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Config.Name, err)
	}
	var decay config.ExponentialDecay
	t.adam, decay, t.ema = optimizerChain(f.Config.Optimizer)
	t.slices = gpuSlices
	if d.Info().Backend == "host" {
		t.slices = hostSlices
	}
	if err := t.allocate(); err != nil {
		t.release()
		return nil, err
	}
	average := float32(0)
	if t.ema != nil {
		average = t.ema.Decay
	}
	schedule := kernels.NewSchedule(t.adam.LearningRate, decay.Base, uint32(decay.Start), uint32(decay.Interval), uint32(decay.End), average)
	correction := kernels.BiasCorrection(float64(t.adam.Beta1), float64(t.adam.Beta2), t.correction.Size()/4)
	r := gpu.NewRecording("begin training")
	r.Upload(t.correction, 0, gpu.Bytes(correction))
	r.Upload(t.schedule, 0, gpu.Bytes([]kernels.Schedule{schedule}))
	r.Upload(t.counts, 0, gpu.Bytes([]uint32{uint32(opt.Batch)}))
	if err := d.Submit(r); err != nil {
		return nil, err
	}
	if err := d.Wait(); err != nil {
		return nil, err
	}
	t.seen = make([]float32, t.channels*t.capacity)
	t.step = gpu.NewRecording("training step")
	samples(t, t.step)
	t.record(t.step)
	return t, nil
}

// sizes lists every buffer with its size in bytes.
func (t *fit) sizes() []sized {
	n, l, m := t.capacity, t.f.Layout, t.f.MLP()
	gradient := 4
	if t.opt.Deterministic {
		gradient = 8 // two words of fixed point
	}
	return []sized{
		{&t.positions, "positions", 4 * n * t.f.Config.PosDims},
		{&t.targets, "targets", 4 * n * t.channels},
		{&t.counts, "counts", 4},
		{&t.features, "features", 4 * n * t.f.FeaturePlanes()},
		{&t.outputs, "outputs", 4 * n * m.Out},
		{&t.hidden, "hidden activations", 4 * n * m.HiddenPlanes()},
		{&t.doutput, "dL/doutput", 4 * n * m.Out},
		{&t.values, "losses", 4 * n * t.channels},
		{&t.deltas, "dL/dpre-activations", 4 * n * m.DeltaPlanes()},
		{&t.dfeatures, "dL/dfeatures", 4 * n * t.f.FeaturePlanes()},
		{&t.partial, "partial weight gradients", 4 * t.slices * l.NetworkParams},
		{&t.dweights, "network gradients", 4 * l.NetworkParams},
		{&t.dtable, "table gradients", gradient * max(1, l.Position.Count)},
		{&t.moments1, "first moments", 4 * l.Total},
		{&t.moments2, "second moments", 4 * l.Total},
		{&t.steps, "steps", 4 * l.Total},
		{&t.correction, "bias corrections", 4 * kernels.AdamTable(float64(t.adam.Beta1), float64(t.adam.Beta2))},
		{&t.schedule, "schedule", scheduleSize},
		{&t.unused, "unused", 256},
	}
}

// allocate takes the training's memory, after checking that all of it can be had.
func (t *fit) allocate() error {
	info, total := t.device.Info(), int64(0)
	for _, s := range t.sizes() {
		total += int64(s.bytes)
		if int64(s.bytes) > info.Limits.MaxBinding && bindsWhole(s.name) {
			return fmt.Errorf("%w: %s take %d MiB and %v binds at most %d MiB at once; use a smaller --batch",
				gpu.ErrTooLarge, s.name, s.bytes>>20, info.Name, info.Limits.MaxBinding>>20)
		}
	}
	if info.MemorySize > 0 && total > info.MemorySize {
		return fmt.Errorf("%w: training needs %d MiB, %v has %d MiB; use a smaller --batch", gpu.ErrOutOfMemory, total>>20, info.Name, info.MemorySize>>20)
	}
	for _, s := range t.sizes() {
		buffer, err := t.device.NewBuffer(s.name, s.bytes)
		if err != nil {
			return err
		}
		*s.buffer = buffer
	}
	return nil
}

// release frees what allocate took.
func (t *fit) release() {
	for _, s := range t.sizes() {
		if *s.buffer != nil {
			(*s.buffer).Release()
		}
	}
}

// record appends everything after the samples. Planes of doutput beyond the channels stay zero, as allocated.
func (t *fit) record(r *gpu.Recording) {
	f, m, n := t.f, t.f.MLP(), t.opt.Batch
	batch := kernels.Batch{Capacity: t.capacity, Counts: gpu.All(t.counts)}
	f.Forward(r, f.Params(), batch, gpu.All(t.positions), gpu.All(t.features), gpu.All(t.outputs), gpu.All(t.hidden))

	spec := kernels.DefaultLossSpec()
	spec.Kind = uint32(t.loss)
	r.Dispatch(kernels.LossKernel, kernels.Groups(uint32(n), spec.LocalSizeX),
		kernels.LossPush{Capacity: uint32(t.capacity), Channels: uint32(t.channels), Scale: lossScale}.Bytes(), spec.Values(),
		kernels.LossBinds{Prediction: gpu.All(t.outputs), Targets: gpu.All(t.targets), Counts: gpu.All(t.counts), Dprediction: gpu.All(t.doutput), Values: gpu.All(t.values)}.List()...)

	m.Backward(r, batch, gpu.All(t.doutput), gpu.All(t.outputs), gpu.All(t.hidden), f.Weights(f.Params()), gpu.All(t.dfeatures), gpu.All(t.deltas))
	m.WeightGradient(r, batch, t.slices, gpu.All(t.features), gpu.All(t.hidden), gpu.All(t.deltas), gpu.All(t.partial))
	kernels.RecordSumSlices(r, f.Layout.NetworkParams, t.slices, gpu.All(t.partial), gpu.All(t.dweights))
	f.Backward(r, t.opt.Deterministic, batch, gpu.All(t.positions), gpu.All(t.features), gpu.All(t.dfeatures), gpu.All(t.dtable))
	t.recordOptimizer(r)
}

// recordOptimizer takes the Adam step: first the network, with weight decay, then the encoding's table, where entries
// without a gradient are left alone.
func (t *fit) recordOptimizer(r *gpu.Recording) {
	f := t.f
	kernels.AdvanceSchedule(r, gpu.All(t.schedule), t.ema != nil)
	network, table := f.Layout.NetworkParams, f.Layout.Position.Count
	for _, part := range []struct {
		first, count int
		grads        gpu.Buffer
		matrix       bool
		l2, rate     float32
	}{
		{0, network, t.dweights, true, t.adam.L2Reg, 1},
		{network, table, t.dtable, false, t.adam.NonMatrixL2Reg, t.adam.NonMatrixLearningRateFactor},
	} {
		if part.count == 0 {
			continue // an encoding without a table
		}
		of := func(buffer gpu.Buffer) gpu.Bind { return gpu.Part(buffer, 4*part.first, 4*part.count) }
		spec := kernels.DefaultAdamSpec()
		spec.Matrix = flag(part.matrix)
		spec.GradFixed = flag(!part.matrix && t.opt.Deterministic)
		binds := kernels.AdamBinds{Params: of(f.Params()), Grads: gpu.All(part.grads), Moments1: of(t.moments1), Moments2: of(t.moments2), Steps: of(t.steps),
			Correction: gpu.All(t.correction), Schedule: gpu.All(t.schedule), Ema: gpu.All(t.unused), Halves: gpu.All(t.unused)}
		if t.ema != nil {
			spec.Ema, binds.Ema = 1, of(f.Average())
		}
		push := kernels.AdamPush{Count: uint32(part.count), Corrections: uint32(t.correction.Size() / 4), GradientScale: 1.0 / lossScale, RateScale: part.rate,
			Beta1: t.adam.Beta1, Beta2: t.adam.Beta2, Epsilon: t.adam.Epsilon, L2: part.l2}
		r.Dispatch(kernels.Adam, kernels.Groups(uint32(part.count/2), spec.LocalSizeX), push.Bytes(), spec.Values(), binds.List()...)
	}
}

// Step submits one training step.
func (t *fit) Step() error {
	if t.before != nil {
		if err := t.before(t.done); err != nil {
			return err
		}
	}
	t.done++
	return t.device.Submit(t.step)
}

// Done is the number of steps submitted so far.
func (t *fit) Done() int { return t.done }

// Batch is how many samples a step takes.
func (t *fit) Batch() int { return t.opt.Batch }

// Run trains until a limit is reached or ctx ends, and calls report now and then from this goroutine. It returns
// ctx.Err() when it was stopped, with everything up to the last whole step done.
func (t *fit) Run(ctx context.Context, limits Limits, report func(Report)) error {
	start, first := time.Now(), t.done
	for t.done < limits.Steps || limits.Steps == 0 {
		for n := 0; n < reportEvery && (t.done < limits.Steps || limits.Steps == 0); n++ {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, t.device.Wait())
			}
			if err := t.Step(); err != nil {
				return err
			}
			if limits.Time > 0 && time.Since(start) >= limits.Time && t.device.Info().Backend == "host" {
				break
			}
		}
		r, err := t.report()
		if err != nil {
			return err
		}
		r.Elapsed = time.Since(start)
		r.SamplesRate = float64(t.done-first) * float64(t.opt.Batch) / r.Elapsed.Seconds()
		if report != nil {
			report(r)
		}
		if limits.Time > 0 && r.Elapsed >= limits.Time {
			break
		}
	}
	return t.device.Wait()
}

// report describes the last step; a loss or gradients that are not finite end the training.
func (t *fit) report() (Report, error) {
	schedule := make([]kernels.Schedule, 1)
	r := gpu.NewRecording("read losses")
	r.Download(t.values, 0, gpu.Bytes(t.seen))
	r.Download(t.schedule, 0, gpu.Bytes(schedule))
	if err := t.device.Submit(r); err != nil {
		return Report{}, err
	}
	sum := 0.0
	for c := range t.channels {
		for _, v := range t.seen[c*t.capacity:][:t.opt.Batch] {
			sum += float64(v)
		}
	}
	out := Report{Step: t.done, Loss: sum / float64(t.channels*t.opt.Batch)}
	out.PSNR = -10 * math.Log10(out.Loss)
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return out, fmt.Errorf("%w: the loss of step %d is not finite; the last checkpoint is untouched", ErrDiverged, t.done)
	}
	if n := schedule[0].Nonfinite; n != 0 {
		return out, fmt.Errorf("%w: %d gradients before step %d are not finite; the last checkpoint is untouched", ErrDiverged, n, t.done)
	}
	return out, nil
}
