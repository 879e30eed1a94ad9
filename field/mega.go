package field

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// FusedShape is the shape of kernels that evaluate the whole network with the parameters in b: Weights(b), Levels and
// Table(b) are what they bind. An un-fused field has none.
func (n *NeRF) FusedShape(b gpu.Buffer) (kernels.NeRF, error) {
	if n.Pipeline != Fused {
		return kernels.NeRF{}, fmt.Errorf("%s: no kernel evaluates the whole network of an un-fused field", n.Config.Name)
	}
	return n.shapeFor(b), nil
}
