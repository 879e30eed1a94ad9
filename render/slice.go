package render

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// sheet is how thick the slice is, in units of the scene's cube: an edge of a cell of the finest occupancy grid.
const sheet = 1.0 / kernels.GridEdge

// slicer makes the pixels of a tile in the mode Slice: one sample a ray, where it meets the plane at the view's distance, whose colour
// is what plane_colors makes of it in a sheet of that thickness. Of a radiance field and of a volume that is
//
//	C = c (1 - exp(-σ δ)),  A = 1 - exp(-σ δ)
//
// with δ the thickness; the occupancy grid is not asked.
type slicer struct{ in, out, count gpu.Buffer }

// record appends the pixels of the n rays of a tile. domain is what the network's inputs from 0 to 1 span, infer evaluates it with so
// many outputs.
func (s *slicer) record(rec *gpu.Recording, r *tiles, v View, n int, domain [2][3]float32, outputs int, colors kernels.PlaneColorsPush,
	infer func(b kernels.Batch, in, out gpu.Bind)) error {
	if s.in == nil {
		err := r.allocate(
			sized{&s.in, "slice samples", 7 * 4 * r.tile},
			sized{&s.out, "slice raw", 4 * outputs * r.tile},
			sized{&s.count, "slice count", 4},
		)
		if err != nil {
			return err
		}
	}
	lo, hi := domain[0], domain[1]
	push := kernels.PlanePointsPush{Count: uint32(n), Capacity: uint32(r.tile), Distance: v.Slice, Thickness: sheet, Near: v.NearDistance,
		LoX: max(lo[0], r.box[0][0]), LoY: max(lo[1], r.box[0][1]), LoZ: max(lo[2], r.box[0][2]), HiX: min(hi[0], r.box[1][0]), HiY: min(hi[1], r.box[1][1]), HiZ: min(hi[2], r.box[1][2]),
		FromX: lo[0], FromY: lo[1], FromZ: lo[2], InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2])}
	rec.Upload(s.count, 0, gpu.Bytes([]uint32{uint32(n)}))
	kernels.PlanePoints(rec, kernels.PlanePointsBinds{Rays: gpu.All(r.rays), Samples: gpu.All(s.in), Pixels: gpu.All(r.pixels)}, push)
	infer(kernels.Batch{Capacity: r.tile, Counts: gpu.All(s.count)}, gpu.All(s.in), gpu.All(s.out))
	colors.Count, colors.Capacity = uint32(n), uint32(r.tile)
	kernels.PlaneColors(rec, kernels.PlaneColorsBinds{Samples: gpu.All(s.in), Raw: gpu.All(s.out), Pixels: gpu.All(r.pixels)}, colors)
	return r.device.Submit(rec)
}

// unit is the cube that fields of other kinds than radiance span.
var unit = [2][3]float32{{0, 0, 0}, {1, 1, 1}}

func (r *NeRF) slice(rec *gpu.Recording, v View, count int) error {
	colors := kernels.PlaneRadiance
	if r.field.HDR {
		colors = kernels.PlaneHDR
	}
	lo, hi := field.TrainingBox(r.field.AABBScale)
	return r.slicer.record(rec, &r.tiles, v, count, [2][3]float32{lo, hi}, 4, kernels.PlaneColorsPush{Colors: colors}, func(b kernels.Batch, in, out gpu.Bind) {
		r.field.Infer(rec, r.params, b, in, out)
	})
}

// slice shows distances: bands, and the surface as a line.
func (r *SDF) slice(rec *gpu.Recording, v View, count int) error {
	return r.slicer.record(rec, &r.tiles, v, count, unit, r.field.MLP().Out, kernels.PlaneColorsPush{Colors: kernels.PlaneDistance}, func(b kernels.Batch, in, out gpu.Bind) {
		r.field.Forward(rec, r.params, b, in, gpu.All(r.features), out, gpu.Bind{})
	})
}

func (r *Volume) slice(rec *gpu.Recording, v View, count int) error {
	colors := kernels.PlaneColorsPush{Colors: kernels.PlaneVolume, Extinction: float32(r.field.Extinction)}
	return r.slicer.record(rec, &r.tiles, v, count, unit, r.field.MLP().Out, colors, func(b kernels.Batch, in, out gpu.Bind) {
		r.field.Forward(rec, r.params, b, in, gpu.All(r.features), out, gpu.Bind{})
	})
}
