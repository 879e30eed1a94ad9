package field

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// Pipeline says which kernels evaluate a radiance field. Both compute the same function; fused ≈ un-fused is a test.
type Pipeline uint8

const (
	// AutoPipeline is Fused where the fused kernels cover the configuration, else Unfused.
	AutoPipeline Pipeline = iota
	// Fused is one kernel for encodings and networks together: nerf_infer, nerf_density, nerf_backward.
	Fused
	// Unfused is a kernel for each encoding and each network, with features and activations in memory between them.
	Unfused
)

// String is the pipeline's name on the command line.
func (p Pipeline) String() string { return [...]string{"auto", "fused", "unfused"}[p] }

// evaluation is the seam between a radiance field and the kernels that compute it. What it appends works on the first
// counts[batch.CountIndex] samples, with dispatches as batch says: a recording is replayed with counts of the device's own.
type evaluation interface {
	// scratch lists the buffers between the kernels for batches of so many samples, and for `kept` with gradients.
	scratch(samples, kept int) []Scratch
	infer(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, raw gpu.Bind)
	density(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, density gpu.Bind)
	backward(r *gpu.Recording, batch kernels.Batch, samples, draw gpu.Bind, g Gradients)
}

// Gradients is where a backward pass leaves the gradients of all parameters.
type Gradients struct {
	Slices  int      // partial sums of Weights; the result does not depend on the device's schedule
	Partial gpu.Bind // room for Slices times all weights
	Weights gpu.Bind // both networks, in the order of the parameters
	Table   gpu.Bind // the encodings' tables, added to; not looked at where there is none
	Fixed   bool     // Table holds two words of fixed point an element
	// Inputs takes the gradients by the samples' positions and directions (planes as those of samples, 0 to 5); none where
	// it is no buffer. Only a field with NeRFOptions.InputGradients has them.
	Inputs gpu.Bind
	// Extra takes the gradients by the directions and the extra inputs behind them (3 + ExtraDims planes); none where it is no
	// buffer.
	Extra gpu.Bind
}

// Scratch lists the buffers that evaluating takes beside the parameters: for batches of at most `samples` samples, and of
// at most `kept` samples with gradients.
func (n *NeRF) Scratch(samples, kept int) []Scratch { return n.evaluation.scratch(samples, kept) }

// Reserve takes the memory of Scratch, which every evaluation of the un-fused pipeline and every backward pass needs first.
func (n *NeRF) Reserve(samples, kept int) error { return n.memory.reserve(n.Scratch(samples, kept)) }

// Infer appends the evaluation with the parameters in b: samples (planes px py pz dx dy dz) give raw (planes r, g, b,
// density), all before their output activations.
func (n *NeRF) Infer(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, raw gpu.Bind) {
	n.evaluation.infer(r, b, batch, samples, raw)
}

// Density appends the evaluation of the density network alone.
func (n *NeRF) Density(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, density gpu.Bind) {
	n.evaluation.density(r, b, batch, samples, density)
}

// Backward appends the gradients of all parameters of Params, from the gradient draw of the raw outputs. The forward pass
// is computed again.
func (n *NeRF) Backward(r *gpu.Recording, batch kernels.Batch, samples, draw gpu.Bind, g Gradients) {
	if g.Inputs.Buffer != nil && !n.inputs {
		panic("field: gradients by inputs of a field without InputGradients")
	}
	if g.Inputs.Buffer != nil && n.extra > 0 && g.Extra.Buffer == nil {
		panic("field: gradients by inputs of a field with extra inputs go through Gradients.Extra")
	}
	n.evaluation.backward(r, batch, samples, draw, g)
}

// fused evaluates with one kernel for everything.
type fused struct{ *NeRF }

func (f fused) scratch(_, kept int) []Scratch {
	return []Scratch{{"dL/dfeatures", 4 * f.shape.Levels * f.shape.Features * kept}}
}

func (f fused) infer(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, raw gpu.Bind) {
	f.shapeFor(b).Infer(r, batch, samples, f.Levels(), f.Weights(b), f.Table(b), raw)
}

func (f fused) density(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, density gpu.Bind) {
	f.shapeFor(b).Density(r, batch, samples, f.Levels(), f.Weights(b), f.Table(b), density)
}

func (f fused) backward(r *gpu.Recording, batch kernels.Batch, samples, draw gpu.Bind, g Gradients) {
	dfeatures := f.memory.planes("dL/dfeatures", f.shape.Levels*f.shape.Features, batch.Capacity)
	f.shapeFor(f.params).Backward(r, batch, g.Slices, samples, f.Levels(), f.Weights(f.params), f.Table(f.params), draw, dfeatures, g.Partial)
	kernels.RecordSumSlices(r, f.Layout.NetworkParams, g.Slices, g.Partial, g.Weights)
	f.position.backward(r, g.Fixed, batch, samples, 0, gpu.Bind{}, dfeatures, 0, g.Table)
}

// differentiable evaluates with the fused kernels and goes backwards through the chain, whose activations in memory give
// the gradients by the inputs as well.
type differentiable struct {
	fused
	chain chain
}

func (d differentiable) scratch(samples, kept int) []Scratch { return d.chain.scratch(0, kept) }

func (d differentiable) backward(r *gpu.Recording, batch kernels.Batch, samples, draw gpu.Bind, g Gradients) {
	d.chain.backward(r, batch, samples, draw, g)
}
