package field

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/enc"
)

// chain evaluates a radiance field with a kernel for each encoding and each network:
//
//	position → encoding → features → density network ┐
//	                    direction → encoding ────────┴→ joined → colour network → colours
//
// joined is the output of the density network, then the encoded direction; density is its plane 0.
type chain struct{ *NeRF }

// Names of the planes between the kernels.
const (
	planesFeatures  = "features"
	planesJoined    = "density outputs and directions"
	planesColours   = "colours"
	planesHidden    = "hidden activations of the density network"
	planesRGBHidden = "hidden activations of the colour network"
	planesDeltas    = "dL/dpre-activations"
	planesDcolours  = "dL/dcolours"
	planesDjoined   = "dL/ddensity outputs"
	planesDfeatures = "dL/dfeatures"
)

// scratch is 4 bytes a plane and sample.
func (c chain) scratch(samples, kept int) []Scratch {
	all, gridded := max(samples, kept), kept
	if !c.position.grids() && !c.inputs {
		gridded = 0
	}
	return []Scratch{
		{planesFeatures, 4 * c.featurePlanes() * all},
		{planesJoined, 4 * c.joinedPlanes() * all},
		{planesColours, 4 * c.rgbMLP.Out * all},
		{planesHidden, 4 * c.densityMLP.HiddenPlanes() * kept},
		{planesRGBHidden, 4 * c.rgbMLP.HiddenPlanes() * kept},
		{planesDeltas, 4 * max(c.densityMLP.DeltaPlanes(), c.rgbMLP.DeltaPlanes()) * kept},
		{planesDcolours, 4 * c.rgbMLP.Out * kept},
		{planesDjoined, 4 * c.joinedPlanes() * kept},
		{planesDfeatures, 4 * c.featurePlanes() * gridded},
		{planesExtra, 4 * c.extraPlanes() * all},
	}
}

// featurePlanes and joinedPlanes are what the networks read, and behind it nested encodings that are added or multiplied.
func (c chain) featurePlanes() int { return c.Layout.Position.Planes }
func (c chain) joinedPlanes() int  { return c.densityMLP.Out + c.Layout.Direction.Planes }

// extraPlanes are planesExtra's; the samples' own directions are read where there are no extra inputs.
func (c chain) extraPlanes() int {
	if c.extra == 0 {
		return 0
	}
	return 3 + c.extra
}

// directions binds what the direction's encoding reads, and its first plane there.
func (c chain) directions(samples gpu.Bind, batch kernels.Batch) (inputs gpu.Bind, first int) {
	if c.extra == 0 {
		return samples, 3
	}
	return c.planes(planesExtra, c.extraPlanes(), batch), 0
}

func (c chain) planes(name string, n int, batch kernels.Batch) gpu.Bind {
	return c.memory.planes(name, n, batch.Capacity)
}

// hidden binds what a network keeps for its backward pass; a network without hidden layers may keep nothing.
func (c chain) hidden(name string, m kernels.MLP, batch kernels.Batch) gpu.Bind {
	if m.HiddenPlanes() == 0 {
		return gpu.Bind{}
	}
	return c.planes(name, m.HiddenPlanes(), batch)
}

// densityWeights and rgbWeights are the networks of the parameters in b.
func (c chain) densityWeights(b gpu.Buffer) gpu.Bind { return gpu.Part(b, 0, 4*c.Layout.Density.Count) }
func (c chain) rgbWeights(b gpu.Buffer) gpu.Bind {
	return gpu.Part(b, 4*c.Layout.RGB.Offset, 4*c.Layout.RGB.Count)
}

// forwardDensity appends position encoding and density network; it returns features and joined.
func (c chain) forwardDensity(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, hidden gpu.Bind) (features, joined gpu.Bind) {
	m := c.densityMLP
	features, joined = c.planes(planesFeatures, c.featurePlanes(), batch), c.planes(planesJoined, c.joinedPlanes(), batch)
	c.position.forward(r, batch, samples, 0, c.Table(b), c.readsHalves(b), features, 0)
	m.Forward(r, batch, features, c.densityWeights(b), part(joined, 0, m.Out, batch.Capacity), hidden)
	return features, joined
}

// forwardRGB appends direction encoding and colour network.
func (c chain) forwardRGB(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, joined, hidden gpu.Bind) (colours gpu.Bind) {
	colours = c.planes(planesColours, c.rgbMLP.Out, batch)
	if c.extra > 0 {
		c.extraInputs(r, batch, samples)
	}
	directions, first := c.directions(samples, batch)
	c.direction.forward(r, batch, directions, first, c.Table(b), c.readsHalves(b), joined, c.densityMLP.Out)
	c.rgbMLP.Forward(r, batch, joined, c.rgbWeights(b), colours, hidden)
	return colours
}

func (c chain) infer(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, raw gpu.Bind) {
	_, joined := c.forwardDensity(r, b, batch, samples, gpu.Bind{})
	colours := c.forwardRGB(r, b, batch, samples, joined, gpu.Bind{})
	copyPlanes(r, raw, 0, colours, 0, 3, batch.Capacity)
	copyPlanes(r, raw, 3, joined, 0, 1, batch.Capacity)
}

func (c chain) density(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, density gpu.Bind) {
	_, joined := c.forwardDensity(r, b, batch, samples, gpu.Bind{})
	copyPlanes(r, density, 0, joined, 0, 1, batch.Capacity)
}

// backward appends the forward pass, which keeps its activations, and the chain rule through both networks. The density
// gets gradients from the colour network and from draw.
func (c chain) backward(r *gpu.Recording, batch kernels.Batch, samples, draw gpu.Bind, g Gradients) {
	m, b, capacity := c.densityMLP, c.params, batch.Capacity
	kept, rgbKept := c.hidden(planesHidden, m, batch), c.hidden(planesRGBHidden, c.rgbMLP, batch)
	features, joined := c.forwardDensity(r, b, batch, samples, kept)
	colours := c.forwardRGB(r, b, batch, samples, joined, rgbKept)

	dcolours, djoined := c.planes(planesDcolours, c.rgbMLP.Out, batch), c.planes(planesDjoined, c.joinedPlanes(), batch)
	copyPlanes(r, dcolours, 0, draw, 0, 3, capacity)
	fillPlanes(r, dcolours, capacity, 3, c.rgbMLP.Out-3, 0)
	deltas := c.planes(planesDeltas, c.rgbMLP.DeltaPlanes(), batch)
	c.rgbMLP.Backward(r, batch, dcolours, colours, rgbKept, c.rgbWeights(b), djoined, deltas)
	c.weights(r, batch, c.rgbMLP, c.Layout.RGB.Offset, joined, rgbKept, deltas, g)

	addPlane(r, batch, djoined, 0, draw, 3)
	dfeatures := gpu.Bind{}
	if c.position.grids() || c.inputs {
		dfeatures = c.planes(planesDfeatures, c.featurePlanes(), batch)
	}
	deltas = c.planes(planesDeltas, m.DeltaPlanes(), batch)
	m.Backward(r, batch, part(djoined, 0, m.Out, capacity), part(joined, 0, m.Out, capacity), kept, c.densityWeights(b), dfeatures, deltas)
	c.weights(r, batch, m, 0, features, kept, deltas, g)

	c.position.backward(r, g.Fixed, batch, samples, 0, features, dfeatures, 0, g.Table)
	directions, first := c.directions(samples, batch)
	c.direction.backward(r, g.Fixed, batch, directions, first, joined, djoined, m.Out, g.Table)
	half := c.readsHalves(b)
	if g.Inputs.Buffer != nil {
		c.position.inputGradient(r, batch, samples, 0, c.Table(b), half, features, dfeatures, 0, g.Inputs)
	}
	switch {
	case g.Extra.Buffer != nil:
		c.direction.inputGradient(r, batch, directions, first, c.Table(b), half, joined, djoined, m.Out, g.Extra)
		if g.Inputs.Buffer != nil {
			copyPlanes(r, g.Inputs, 3, g.Extra, 0, 3, capacity)
		}
	case g.Inputs.Buffer != nil:
		c.direction.inputGradient(r, batch, directions, first, c.Table(b), half, joined, djoined, m.Out, g.Inputs)
	}
}

// weights appends the gradients of a network whose first weight is parameter `first`.
func (c chain) weights(r *gpu.Recording, batch kernels.Batch, m kernels.MLP, first int, input, hidden, deltas gpu.Bind, g Gradients) {
	partial := gpu.Part(g.Partial.Buffer, g.Partial.Offset+4*g.Slices*first, 4*g.Slices*m.Weights())
	m.WeightGradient(r, batch, g.Slices, input, hidden, deltas, partial)
	kernels.RecordSumSlices(r, m.Weights(), g.Slices, partial, gpu.Part(g.Weights.Buffer, g.Weights.Offset+4*first, 4*m.Weights()))
}

// addPlane appends dst[to] += src[from]: the gradient of an identity, which is the sum of what leaves it.
func addPlane(r *gpu.Recording, batch kernels.Batch, dst gpu.Bind, to int, src gpu.Bind, from int) {
	identity := enc.ByOType("Identity")
	values, err := identity.Values(nil)
	if err != nil {
		panic("field: " + err.Error())
	}
	kernels.RecordEncodeInput(r, kernels.EncodeShape{Encoding: identity, Values: values, Dims: 1}, kernels.Samples{Count: uint32(batch.Capacity), Indirect: batch.Groups},
		kernels.EncodeInputPush{Capacity: uint32(batch.Capacity), CountIndex: uint32(batch.CountIndex), InputPlane: uint32(to), OutputPlane: uint32(from), Accumulate: 1},
		kernels.EncodeInputBinds{Inputs: src, Dfeatures: src, Counts: batch.Counts, Dinputs: dst})
}
