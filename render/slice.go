package render

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// sheet is how thick the slice is, in units of the scene's cube: an edge of a cell of the finest occupancy grid.
const sheet = 1.0 / kernels.GridEdge

// slice makes the pixels of a tile in the mode Slice: one sample a ray, where it meets the plane at the view's distance, gives
//
//	C = c (1 - exp(-σ δ)),  A = 1 - exp(-σ δ)
//
// with δ the thickness of the sheet; the occupancy grid is not asked. rec makes the rays.
func (r *NeRF) slice(rec *gpu.Recording, v View, count int) error {
	if r.sliceIn == nil {
		n := r.tile
		err := r.allocate(
			sized{&r.sliceIn, "slice samples", 7 * 4 * n},
			sized{&r.sliceOut, "slice raw", 4 * 4 * n},
			sized{&r.sliceCount, "slice count", 4},
		)
		if err != nil {
			return err
		}
	}
	lo, hi := field.TrainingBox(r.field.AABBScale)
	push := kernels.PlanePointsPush{Count: uint32(count), Capacity: uint32(r.tile), Distance: v.Slice, Thickness: sheet, Near: v.NearDistance,
		LoX: max(lo[0], r.box[0][0]), LoY: max(lo[1], r.box[0][1]), LoZ: max(lo[2], r.box[0][2]), HiX: min(hi[0], r.box[1][0]), HiY: min(hi[1], r.box[1][1]), HiZ: min(hi[2], r.box[1][2]),
		FromX: lo[0], FromY: lo[1], FromZ: lo[2], InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2])}
	rec.Upload(r.sliceCount, 0, gpu.Bytes([]uint32{uint32(count)}))
	kernels.PlanePoints(rec, kernels.PlanePointsBinds{Rays: gpu.All(r.rays), Samples: gpu.All(r.sliceIn), Pixels: gpu.All(r.pixels)}, push)
	r.field.Infer(rec, r.params, kernels.Batch{Capacity: r.tile, Counts: gpu.All(r.sliceCount)}, gpu.All(r.sliceIn), gpu.All(r.sliceOut))
	colors := kernels.PlaneRadiance
	if r.field.HDR {
		colors = kernels.PlaneHDR
	}
	kernels.PlaneColors(rec, kernels.PlaneColorsBinds{Samples: gpu.All(r.sliceIn), Raw: gpu.All(r.sliceOut), Pixels: gpu.All(r.pixels)},
		kernels.PlaneColorsPush{Count: uint32(count), Capacity: uint32(r.tile), Colors: colors})
	return r.device.Submit(rec)
}

// choose makes the parameters that a picture is evaluated with: the field's own, or a copy with some levels only.
func (r *NeRF) choose(keep field.Levels) error {
	if err := keep.Check(r.field.LevelCount()); err != nil {
		return err
	}
	if keep.All(r.field.LevelCount()) {
		r.params = r.field.Average()
		return nil
	}
	if r.masked == nil {
		if err := r.allocate(sized{&r.masked, "params of some levels", 4 * r.field.Layout.Total}); err != nil {
			return err
		}
	}
	rec := gpu.NewRecording("some levels")
	if err := r.field.MaskLevels(rec, r.masked, keep); err != nil {
		return err
	}
	r.params = r.masked
	return r.device.Submit(rec)
}
