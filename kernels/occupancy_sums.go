package kernels

import "github.com/radia-go/radia/gpu"

// OccupancySumsKernel sums max(v, 0) over each 8,192 cells of cascade 0, in a fixed order.
var OccupancySumsKernel = register(&gpu.Kernel{
	Name:     "occupancy_sums",
	Layout:   occupancySumsLayout,
	Variants: occupancySumsVariants,
	Twin:     occupancySumsTwin,
	SIMD:     occupancySumsForm,
})

func occupancySumsTwin(c *gpu.Call) {
	grid, sums := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1])
	c.Pool.Run(int(c.Groups[0]), func(group, _ int) {
		var part [256]float32
		for i, v := range grid[group*8192 : (group+1)*8192] {
			part[i%256] += max(v, 0)
		}
		sums[group] = treeSum(&part)
	})
}

// treeSum adds halves to halves, as a workgroup does.
func treeSum(part *[256]float32) float32 {
	for half := 128; half > 0; half /= 2 {
		for i := range half {
			part[i] += part[i+half]
		}
	}
	return part[0]
}
