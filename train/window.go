package train

import "github.com/radia-go/radia/gpu"

// Occupancy is the bitfield that marching reads, kept up to date by the training: for a renderer that shows the field
// while it is trained (render.NeRF.ShareGrid).
func (t *NeRF) Occupancy() gpu.Buffer { return t.grid.bits }
