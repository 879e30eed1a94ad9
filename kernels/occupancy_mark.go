package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// OccupancyMarkKernel marks the cells that no camera sees with -1, the others with 0.
var OccupancyMarkKernel = register(&gpu.Kernel{
	Name:     "occupancy_mark",
	Layout:   occupancyMarkLayout,
	Variants: occupancyMarkVariants,
	Twin:     occupancyMarkTwin,
	Bounds: map[string]cmp.Bound{
		"density_grid": {Kind: cmp.Stat, Abs: 0.5, Outliers: 0.001,
			Why: "values are 0, with either sign, and -1; only cells with no seen corner but one within 1e-5 of an image's edge can change"},
	},
})

// OccupancyMark records the marking of all cells of the given number of cascades.
func OccupancyMark(r *gpu.Recording, b OccupancyMarkBinds, nCameras, cascades uint32) {
	n := cascades * GridCells
	dispatch(r, OccupancyMarkKernel, n, OccupancyMarkPush{Count: n, NCameras: nCameras}.Bytes(), b.List())
}

func (c *Camera) sees(corner vec3) bool {
	dir := corner.sub(c.position())
	length := sqrt32(dir.dot(dir))
	if length == 0 {
		return false
	}
	dir = vec3{dir[0] / length, dir[1] / length, dir[2] / length}
	if dir.dot(c.forward()) < 1e-4 {
		return false
	}
	u, v, ok := c.project(corner)
	if !ok || !(u > 0 && v > 0 && u < 1 && v < 1) {
		return false
	}
	if c.Lens == lensOrthographic {
		return true
	}
	_, d, _, ok := c.ray(u, v)
	d = d.sub(dir)
	return ok && d.dot(d) < 1e-6
}

func occupancyMarkTwin(c *gpu.Call) {
	p := gpu.PushOf[OccupancyMarkPush](c)
	cameras, grid := gpu.View[Camera](c.Bind[0]), gpu.View[float32](c.Bind[1])
	lanes(c, p.Count, func(at uint32) {
		index := p.First + at
		edge := power2(int(index/GridCells)) / 128
		x, y, z := Unmorton3(index % GridCells)
		var low vec3
		for k, v := range [3]uint32{x, y, z} {
			low[k] = float32((float32(v)-64)*edge) + 0.5
		}
		seen := false
		for k := 0; k < int(p.NCameras) && !seen; k++ {
			cam := &cameras[k]
			seen = cam.seesAll()
			for j := 0; j < 8 && !seen; j++ {
				seen = cam.sees(low.add(vec3{float32(j & 1), float32(j >> 1 & 1), float32(j >> 2)}.mul(edge)))
			}
		}
		grid[index] = -1
		if seen {
			grid[index] = 0
		}
	})
}
