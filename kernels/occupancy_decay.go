package kernels

import (
	"math"

	"github.com/radia-go/radia/gpu"
)

// OccupancyDecayKernel merges a measurement into the density grid, v = max(v·decay, measured) where v >= 0, and clears it.
var OccupancyDecayKernel = register(&gpu.Kernel{
	Name:     "occupancy_decay",
	Layout:   occupancyDecayLayout,
	Variants: occupancyDecayVariants,
	Twin:     occupancyDecayTwin,
	SIMD:     occupancyDecayForm,
})

// OccupancyDecay records the merge of p.Count cells.
func OccupancyDecay(r *gpu.Recording, b OccupancyDecayBinds, p OccupancyDecayPush) {
	dispatch(r, OccupancyDecayKernel, p.Count, p.Bytes(), b.List())
}

func occupancyDecayTwin(c *gpu.Call) {
	p := gpu.PushOf[OccupancyDecayPush](c)
	grid, measured := gpu.View[float32](c.Bind[0]), gpu.View[uint32](c.Bind[1])
	lanes(c, p.Count, func(i uint32) {
		if v := grid[i]; !(v < 0) {
			grid[i] = max(v*p.Decay, math.Float32frombits(measured[i]))
		}
		measured[i] = 0
	})
}
