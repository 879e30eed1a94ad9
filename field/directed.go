package field

import (
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// Directions is where the un-fused pipeline keeps the encoded directions of a batch, from plane `first` on, for who writes
// them itself and then calls InferDirected. ok is false where the field is fused, or encodes directions by anything but
// spherical harmonics of degree 4.
func (n *NeRF) Directions(batch kernels.Batch) (planes gpu.Bind, first int, ok bool) {
	c, ok := n.evaluation.(chain)
	if !ok || len(n.Layout.Direction.Parts) != 1 || n.Layout.Direction.Parts[0].Encoding != (config.SphericalHarmonics{Degree: 4}) {
		return gpu.Bind{}, 0, false
	}
	return c.planes(planesJoined, c.joinedPlanes(), batch), c.densityMLP.Out, true
}

// InferDirected is Infer with the directions encoded already.
func (n *NeRF) InferDirected(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, raw gpu.Bind) {
	c, ok := n.evaluation.(chain)
	if !ok {
		panic("field: InferDirected of a field without Directions")
	}
	_, joined := c.forwardDensity(r, b, batch, samples, gpu.Bind{})
	colours := c.planes(planesColours, c.rgbMLP.Out, batch)
	c.rgbMLP.Forward(r, batch, joined, c.rgbWeights(b), colours, gpu.Bind{})
	copyPlanes(r, raw, 0, colours, 0, 3, batch.Capacity)
	copyPlanes(r, raw, 3, joined, 0, 1, batch.Capacity)
}
