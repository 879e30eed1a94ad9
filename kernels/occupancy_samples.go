package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// OccupancySamplesKernel chooses the points at which the density grid is measured.
var OccupancySamplesKernel = register(&gpu.Kernel{
	Name:     "occupancy_samples",
	Layout:   occupancySamplesLayout,
	Variants: occupancySamplesVariants,
	Twin:     occupancySamplesTwin,
	SIMD:     occupancySamplesForm,
	Bounds: map[string]cmp.Bound{
		"samples": {Kind: cmp.AbsRel, Abs: 1e-6, Rel: 1e-6, Why: "six operations on numbers below the largest cascade, relative to a box of its size"},
	},
})

// Thresholds of OccupancySamplesPush: any cell that can be trained, and occupied cells.
const (
	OccupancyUniform = float32(-0.01)
	OccupancyBiased  = float32(0.01)
)

// OccupancySamples records a dispatch that makes p.Count samples.
func OccupancySamples(r *gpu.Recording, b OccupancySamplesBinds, p OccupancySamplesPush) {
	dispatch(r, OccupancySamplesKernel, p.Count, p.Bytes(), b.List())
}

// dispatch records a kernel over n invocations with its default workgroup size.
func dispatch(r *gpu.Recording, k *gpu.Kernel, n uint32, push []byte, binds []gpu.Bind) {
	spec := k.Layout.SpecValues(nil)
	r.Dispatch(k, Groups(n, k.Layout.GroupSize(spec)[0]), push, spec, binds...)
}

func occupancySamplesTwin(c *gpu.Call) {
	p := gpu.PushOf[OccupancySamplesPush](c)
	grid, state := gpu.View[float32](c.Bind[0]), stateOf(c.Bind[1])
	samples, cells := gpu.View[float32](c.Bind[2]), gpu.View[uint32](c.Bind[3])
	lo, inv := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.InvX, p.InvY, p.InvZ}
	lanes(c, p.Count, func(at uint32) {
		i := p.First + at
		rng := state.gridRng()
		rng.Advance(int64(i)*4 + int64(p.Stream)<<32)
		cascade := uint32(rng.Float32()*float32(p.Cascades)) % p.Cascades
		var cell uint32
		for j := range uint32(10) {
			cell = ((i+state.GridStep*p.Total)*56924617 + j*19349663 + 96925573) % GridCells
			if grid[cascade*GridCells+cell] > p.Threshold {
				break
			}
		}
		x, y, z := Unmorton3(cell)
		for k, v := range [3]uint32{x, y, z} {
			pos := float32(((float32(v)+rng.Float32())/128-0.5)*power2(int(cascade))) + 0.5
			samples[uint32(k)*p.Capacity+at] = (pos - lo[k]) * inv[k]
		}
		cells[at] = cascade*GridCells + cell
	})
}
