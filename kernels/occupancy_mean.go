package kernels

import "github.com/radia-go/radia/gpu"

// OccupancyMeanKernel finishes a grid update: the mean of cascade 0, the next step of the grid, its random sequence moved on.
var OccupancyMeanKernel = register(&gpu.Kernel{
	Name:     "occupancy_mean",
	Layout:   occupancyMeanLayout,
	Variants: occupancyMeanVariants,
	Twin:     occupancyMeanTwin,
})

// OccupancyMean records both passes: densityGrid to sums (256 words of scratch), then to b.GridMean; b.State advances.
func OccupancyMean(r *gpu.Recording, densityGrid gpu.Bind, b OccupancyMeanBinds) {
	k := OccupancySumsKernel
	r.Dispatch(k, [3]uint32{GridCells / 8192, 1, 1}, nil, k.Layout.SpecValues(nil), OccupancySumsBinds{DensityGrid: densityGrid, Sums: b.Sums}.List()...)
	k = OccupancyMeanKernel
	r.Dispatch(k, [3]uint32{1, 1, 1}, nil, k.Layout.SpecValues(nil), b.List()...)
}

func occupancyMeanTwin(c *gpu.Call) {
	state, mean := stateOf(c.Bind[1]), gpu.View[float32](c.Bind[2])
	part := [256]float32(gpu.View[float32](c.Bind[0]))
	mean[0] = treeSum(&part) * (1.0 / GridCells)
	rng := state.gridRng()
	rng.Jump()
	rng.Jump()
	state.GridRngLo, state.GridRngHi = split64(rng.State)
	state.GridStep++
}
