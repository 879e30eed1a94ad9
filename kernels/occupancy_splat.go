package kernels

import (
	"math"
	"sync/atomic"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// OccupancySplatKernel keeps the largest optical thickness exp(density)·sqrt(3)/1024 measured in each cell.
var OccupancySplatKernel = register(&gpu.Kernel{
	Name:     "occupancy_splat",
	Layout:   occupancySplatLayout,
	Variants: occupancySplatVariants,
	Twin:     occupancySplatTwin,
	SIMD:     occupancySplatForm,
	Bounds: map[string]cmp.Bound{
		"measured": {Kind: cmp.ULP, ULP: 4, Why: "one rExp, the same polynomial everywhere, and one product"},
	},
})

// OccupancySplat records the measurement of p.Count points.
func OccupancySplat(r *gpu.Recording, b OccupancySplatBinds, p OccupancySplatPush) {
	dispatch(r, OccupancySplatKernel, p.Count, p.Bytes(), b.List())
}

func occupancySplatTwin(c *gpu.Call) {
	p := gpu.PushOf[OccupancySplatPush](c)
	density, cells, measured := gpu.View[float32](c.Bind[0]), gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	lanes(c, p.Count, func(i uint32) {
		bits := math.Float32bits(rExp(density[i]) * stepMin)
		if bits > 0x7f800000 {
			return
		}
		for word := &measured[cells[i]]; ; {
			old := atomic.LoadUint32(word)
			if old >= bits || atomic.CompareAndSwapUint32(word, old, bits) {
				return
			}
		}
	})
}
