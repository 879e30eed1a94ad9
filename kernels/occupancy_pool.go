package kernels

import "github.com/radia-go/radia/gpu"

// OccupancyPoolKernel makes cascade `level` cover what cascade level-1 holds: eight fine cells give one cell of its centre.
var OccupancyPoolKernel = register(&gpu.Kernel{
	Name:     "occupancy_pool",
	Layout:   occupancyPoolLayout,
	Variants: occupancyPoolVariants,
	Twin:     occupancyPoolTwin,
	SIMD:     occupancyPoolForm,
})

func occupancyPoolTwin(c *gpu.Call) {
	level, occupancy := gpu.PushOf[OccupancyPoolPush](c).Level, gpu.View[uint32](c.Bind[0])
	lanes(c, gridWords, func(word uint32) {
		bits := uint32(0)
		for k := range uint32(4) {
			x, y, z := Unmorton3(word*4 + k)
			x, y, z = x-16, y-16, z-16
			if x >= 32 || y >= 32 || z >= 32 {
				continue
			}
			source := (level-1)*gridWords + Morton3(x, y, z)*2
			a, b := occupancy[source], occupancy[source+1]
			for j := range uint32(4) {
				if a>>(8*j)&255 != 0 {
					bits |= 1 << (8*k + j)
				}
				if b>>(8*j)&255 != 0 {
					bits |= 1 << (8*k + j + 4)
				}
			}
		}
		if bits != 0 {
			occupancy[level*gridWords+word] |= bits
		}
	})
}
