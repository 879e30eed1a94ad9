package render

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// normalOffset is the half width of the central differences, in cells of the finest occupancy grid.
const normalOffset = 0.5 / 128

// normals replaces the colours of count finished pixels, from `at` of pixels on, by surface normals: at the sample of each ray
// that weighs most,
//
//	n = -∇ln σ / |∇ln σ|,  ∂ln σ/∂x ≈ (ln σ(p+εx) - ln σ(p-εx)) / 2ε
//
// which needs six evaluations of the density network a pixel. n goes from -1..1 to colours 0..1. The pixels' rays are those
// of the tile; nothing of them comes to the host.
func (r *NeRF) normals(v View, pixels gpu.Buffer, at, count int) error {
	capacity := 6 * r.tile
	if r.normalIn == nil {
		err := r.allocate(
			sized{&r.normalIn, "normal samples", 3 * 4 * capacity},
			sized{&r.normalOut, "normal densities", 4 * capacity},
			sized{&r.normalCount, "normal count", 4},
		)
		if err != nil {
			return err
		}
	}
	lo, hi := field.TrainingBox(r.field.AABBScale)
	rec := gpu.NewRecording("normals")
	rec.Upload(r.normalCount, 0, gpu.Bytes([]uint32{uint32(6 * count)}))
	kernels.NormalPoints(rec, kernels.NormalPointsBinds{Rays: gpu.All(r.rays), Pixels: gpu.All(pixels), Samples: gpu.All(r.normalIn)},
		kernels.NormalPointsPush{First: uint32(at), Count: uint32(count), Capacity: uint32(capacity), LoX: lo[0], LoY: lo[1], LoZ: lo[2],
			InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2]), Near: v.NearDistance, Offset: normalOffset})
	r.field.Density(rec, r.params, kernels.Batch{Capacity: capacity, Counts: gpu.All(r.normalCount)}, gpu.All(r.normalIn), gpu.All(r.normalOut))
	kernels.NormalColors(rec, kernels.NormalColorsBinds{Density: gpu.All(r.normalOut), Pixels: gpu.All(pixels)}, kernels.NormalColorsPush{First: uint32(at), Count: uint32(count)})
	return r.device.Submit(rec)
}
