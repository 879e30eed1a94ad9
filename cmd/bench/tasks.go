package main

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// task is one line of the result.
type task struct {
	name    string
	kernels []string // whose time counts, and which must have passed their checks; the first gives the variant
	wall    bool     // time from submission to completion instead
	// prepare records what must happen before each run and does not count; nil for nothing.
	prepare func(b *bench, r *gpu.Recording)
	record  func(b *bench, r *gpu.Recording)
	work    func(c *cost) work
}

// work is what one run does, whoever does it.
type work struct {
	flops    float64 // float32 operations of multiplications and additions
	rows     float64 // table rows read or written at places that the points decide
	streamed float64 // bytes read and written in order
	rowBytes float64 // bytes of these rows, both directions
}

func (w work) plus(o work) work {
	return work{w.flops + o.flops, w.rows + o.rows, w.streamed + o.streamed, w.rowBytes + o.rowBytes}
}

// cost counts the work of a subject. Operations are those of the published formulas: two for each weight that a sample
// meets (padding included), two for each of the 8·F·L interpolated values; index arithmetic and harmonics are not
// counted.
type cost struct {
	n, levels, features float64
	density, rgb        float64 // weights
	element             float64 // bytes of a table element
	params              float64
	touched             float64 // parameters that one step changes
}

func newCost(s *subject, touched int) *cost {
	c := &cost{n: float64(s.n), levels: float64(s.shape.Levels), features: float64(s.shape.Features),
		density: float64(s.shape.DensityMLP().Weights()), rgb: float64(s.shape.RGBMLP().Weights()),
		element: 4, params: float64(len(s.params)), touched: float64(touched)}
	if s.shape.Half {
		c.element = 2
	}
	return c
}

// lookup is the interpolation of every level.
func (c *cost) lookup() work {
	rows := c.n * 8 * c.levels
	return work{flops: 2 * rows * c.features, rows: rows, rowBytes: rows * c.features * c.element}
}

func (c *cost) planes(n float64) work { return work{streamed: 4 * n * c.n} }

func (c *cost) encode() work {
	return c.lookup().plus(c.planes(3 + c.levels*c.features))
}

func (c *cost) densityOnly() work {
	return c.lookup().plus(work{flops: 2 * c.n * c.density}).plus(c.planes(3 + 1))
}

func (c *cost) fused() work {
	return c.lookup().plus(work{flops: 2 * c.n * (c.density + c.rgb)}).plus(c.planes(6 + 4))
}

func (c *cost) mlp() work {
	return work{flops: 2 * c.n * (c.density + c.rgb)}.plus(c.planes(2*32 + 2*16))
}

// backward is the forward pass once more, the gradients of activations and those of weights: three multiplications by
// every matrix.
func (c *cost) backward() work {
	return c.lookup().plus(work{flops: 6 * c.n * (c.density + c.rgb)}).plus(c.planes(6 + 4 + c.levels*c.features))
}

func (c *cost) scatter() work {
	rows := c.n * 8 * c.levels
	return work{flops: 2 * rows * c.features, rows: rows, rowBytes: 2 * 4 * rows * c.features}.plus(c.planes(3 + c.levels*c.features))
}

// adam reads every gradient; where there is one it reads and writes the gradient, the parameter, two moments and the
// counter. Twelve operations an update.
func (c *cost) adam() work {
	return work{flops: 12 * c.touched, streamed: 4*c.params + (4+4*8)*c.touched}
}

func (c *cost) train() work {
	return c.fused().plus(c.backward()).plus(c.scatter()).plus(c.adam())
}

// tasks lists what is measured, in the order of a training step.
func tasks() []task {
	return []task{
		{name: "grid_encode", kernels: []string{"grid_encode"}, record: (*bench).encode, work: (*cost).encode},
		{name: "nerf_density", kernels: []string{"nerf_density"}, record: (*bench).density, work: (*cost).densityOnly},
		{name: "fused", kernels: []string{"nerf_infer"}, record: (*bench).infer, work: (*cost).fused},
		{name: "mlp", kernels: []string{"mlp_forward"}, record: (*bench).mlp, work: (*cost).mlp},
		{name: "nerf_backward", kernels: []string{"nerf_backward"}, record: (*bench).backward, work: (*cost).backward},
		{name: "grid_encode_backward", kernels: []string{"grid_encode_backward"}, prepare: (*bench).clearGradients, record: (*bench).scatter, work: (*cost).scatter},
		{name: "adam", kernels: []string{"adam"}, prepare: (*bench).restoreGradients, record: (*bench).optimise, work: (*cost).adam},
		{name: "train", kernels: []string{"nerf_backward", "nerf_infer", "loss", "sum_slices", "grid_encode_backward", "schedule", "adam"}, wall: true,
			record: (*bench).train, work: (*cost).train},
	}
}

func (b *bench) encode(r *gpu.Recording) {
	kernels.RecordGridEncode(r, b.grid(), kernels.Samples{Count: uint32(b.n)}, b.gridPush(), kernels.GridEncodeBinds{
		Positions: gpu.All(b.samples), Levels: gpu.All(b.levels), Table: b.read(), Counts: gpu.All(b.counts), Features: gpu.All(b.dfeatures)})
}

func (b *bench) density(r *gpu.Recording) {
	b.shape.Density(r, b.batch(), gpu.All(b.samples), gpu.All(b.levels), b.weights(), b.read(), gpu.All(b.values))
}

func (b *bench) infer(r *gpu.Recording) {
	b.shape.Infer(r, b.batch(), gpu.All(b.samples), gpu.All(b.levels), b.weights(), b.read(), gpu.All(b.raw))
}

// mlp runs the density network and the colour network on inputs that are there already, in planes as far apart as
// training and evaluation lay them.
func (b *bench) mlp(r *gpu.Recording) {
	density, rgb, batch := b.shape.DensityMLP(), b.shape.RGBMLP(), b.batch()
	batch.Capacity = kernels.SpreadCapacity(b.n)
	part := func(first, count int) gpu.Bind { return gpu.Part(b.params, 4*first, 4*count) }
	input := func(m kernels.MLP) gpu.Bind { return gpu.Part(b.inputs, 0, 4*m.In*batch.Capacity) }
	density.Forward(r, batch, input(density), part(0, density.Weights()), gpu.All(b.outputs), gpu.Bind{})
	rgb.Forward(r, batch, input(rgb), part(density.Weights(), rgb.Weights()), gpu.All(b.outputs), gpu.Bind{})
}

// loss is the squared error of all four raw outputs, which stands for compositing and its gradient.
func (b *bench) loss(r *gpu.Recording) {
	spec := kernels.DefaultLossSpec()
	spec.Kind = uint32(kernels.LossL2)
	r.Dispatch(kernels.LossKernel, kernels.Groups(uint32(b.n), spec.LocalSizeX),
		kernels.LossPush{Capacity: uint32(b.n), Channels: 4, Scale: lossScale}.Bytes(), spec.Values(), kernels.LossBinds{
			Prediction: gpu.All(b.raw), Targets: gpu.All(b.targets), Counts: gpu.All(b.counts), Dprediction: gpu.All(b.draw), Values: gpu.All(b.values),
		}.List()...)
}

func (b *bench) backward(r *gpu.Recording) {
	b.shape.Backward(r, b.batch(), weightSlices, gpu.All(b.samples), gpu.All(b.levels), b.weights(), b.read(),
		gpu.All(b.draw), gpu.All(b.dfeatures), gpu.All(b.partial))
}

func (b *bench) scatter(r *gpu.Recording) {
	kernels.RecordGridEncodeBackward(r, false, b.grid(), kernels.Samples{Count: uint32(b.n)}, b.gridPush(), kernels.GridEncodeBackwardBinds{
		Positions: gpu.All(b.samples), Levels: gpu.All(b.levels), Dfeatures: gpu.All(b.dfeatures), Counts: gpu.All(b.counts), Dtable: gpu.All(b.dtable)})
}

func (b *bench) clearGradients(r *gpu.Recording) { r.Fill(b.dtable, 0, 0, 0) }

func (b *bench) restoreGradients(r *gpu.Recording) { r.Copy(b.dtable, 0, b.saved, 0, b.saved.Size()) }

// sumWeights adds the slices of the networks' gradients.
func (b *bench) sumWeights(r *gpu.Recording) {
	n := uint32(b.layout.NetworkParams)
	spec := kernels.DefaultSumSlicesSpec()
	r.Dispatch(kernels.SumSlices, kernels.Groups(n, spec.LocalSizeX), kernels.SumSlicesPush{Count: n, Stride: n, Slices: weightSlices}.Bytes(), spec.Values(),
		kernels.SumSlicesBinds{Partial: gpu.All(b.partial), Total: gpu.All(b.dweights)}.List()...)
}

func (b *bench) advance(r *gpu.Recording) {
	kernels.AdvanceSchedule(r, gpu.All(b.schedule), false)
}

// optimise updates the networks' weights and the table.
func (b *bench) optimise(r *gpu.Recording) {
	network := b.layout.NetworkParams
	for _, part := range []struct {
		first, count int
		grads        gpu.Buffer
		matrix       bool
	}{{0, network, b.dweights, true}, {network, len(b.table()), b.dtable, false}} {
		of := func(buffer gpu.Buffer) gpu.Bind { return gpu.Part(buffer, 4*part.first, 4*part.count) }
		spec := kernels.DefaultAdamSpec()
		spec.Matrix = 0
		if part.matrix {
			spec.Matrix = 1
		}
		if !part.matrix && b.shape.Half {
			spec.WriteHalf = 1
		}
		push := kernels.AdamPush{Count: uint32(part.count), Corrections: uint32(b.correction.Size() / 4), GradientScale: 1.0 / lossScale,
			RateScale: 1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-15}
		r.Dispatch(kernels.Adam, kernels.Groups(uint32(part.count/2), spec.LocalSizeX), push.Bytes(), spec.Values(), kernels.AdamBinds{
			Params: of(b.params), Grads: gpu.All(part.grads), Moments1: of(b.moments1), Moments2: of(b.moments2), Steps: of(b.steps),
			Correction: gpu.All(b.correction), Schedule: gpu.All(b.schedule), Ema: gpu.All(b.values), Halves: gpu.All(b.halves),
		}.List()...)
	}
}

// gradients goes from the points to gradients of all parameters.
func (b *bench) gradients(r *gpu.Recording) {
	b.infer(r)
	b.loss(r)
	b.backward(r)
	b.sumWeights(r)
	b.scatter(r)
}

func (b *bench) train(r *gpu.Recording) {
	b.gradients(r)
	b.advance(r)
	b.optimise(r)
}
