package kernels

import "github.com/radia-go/radia/gpu"

// OccupancyBitsKernel makes the bitfield of all eight cascades: occupied where the value exceeds min(0.01, mean).
var OccupancyBitsKernel = register(&gpu.Kernel{
	Name:     "occupancy_bits",
	Layout:   occupancyBitsLayout,
	Variants: occupancyBitsVariants,
	Twin:     occupancyBitsTwin,
	SIMD:     occupancyBitsForm,
})

// OccupancyBits records the bitfield and the seven passes that make each coarser cascade cover the finer one.
func OccupancyBits(r *gpu.Recording, b OccupancyBitsBinds, cascades uint32) {
	dispatch(r, OccupancyBitsKernel, GridCascades*gridWords, OccupancyBitsPush{Cascades: cascades}.Bytes(), b.List())
	for level := uint32(1); level < GridCascades; level++ {
		dispatch(r, OccupancyPoolKernel, gridWords, OccupancyPoolPush{Level: level}.Bytes(), []gpu.Bind{b.Occupancy})
	}
}

func occupancyBitsTwin(c *gpu.Call) {
	p := gpu.PushOf[OccupancyBitsPush](c)
	grid, occupancy := gpu.View[float32](c.Bind[0]), gpu.View[uint32](c.Bind[2])
	threshold := min(0.01, gpu.View[float32](c.Bind[1])[0])
	lanes(c, GridCascades*gridWords, func(word uint32) {
		bits := uint32(0)
		if word < p.Cascades*gridWords {
			for b, v := range grid[word*32 : word*32+32] {
				if v > threshold {
					bits |= 1 << b
				}
			}
		}
		occupancy[word] = bits
	})
}
