package render

import (
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// sheet is how thick the slice is, in units of the scene's cube: an edge of a cell of the finest occupancy grid.
const sheet = 1.0 / kernels.GridEdge

// slice finishes a tile in the mode Slice: one sample a ray, where it meets the plane at the view's distance, gives
//
//	C = c (1 - exp(-σ δ)),  A = 1 - exp(-σ δ)
//
// with δ the thickness of the sheet; the occupancy grid is not asked. rec makes the rays.
func (r *NeRF) slice(rec *gpu.Recording, f *Frame, v View, first, count int) error {
	if r.sliceIn == nil {
		n := r.tile
		err := r.allocate([]sized{
			{&r.sliceIn, "slice samples", 7 * 4 * n},
			{&r.sliceOut, "slice raw", 4 * 4 * n},
			{&r.sliceCount, "slice count", 4},
		})
		if err != nil {
			return err
		}
		r.sliceSamples = make([]float32, 7*n)
		r.sliceRaw = make([]float32, 4*n)
	}
	if r.raysHost == nil {
		r.raysHost = make([]kernels.Ray, r.tile)
	}
	rays := r.raysHost[:count]
	rec.Download(r.rays, 0, gpu.Bytes(rays))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	lo, hi := field.TrainingBox(r.field.AABBScale)
	inside := make([]bool, count)
	for i, ray := range rays {
		t := v.Slice/max(ray.Cosine, 1e-6) - v.NearDistance // rays begin at that distance
		p := [3]float32{ray.Ox + t*ray.Dx, ray.Oy + t*ray.Dy, ray.Oz + t*ray.Dz}
		d := [3]float32{ray.Dx, ray.Dy, ray.Dz}
		inside[i] = t >= 0
		for k := range p {
			inside[i] = inside[i] && p[k] >= max(lo[k], r.box[0][k]) && p[k] <= min(hi[k], r.box[1][k])
			r.sliceSamples[k*r.tile+i] = (p[k] - lo[k]) / (hi[k] - lo[k])
			r.sliceSamples[(3+k)*r.tile+i] = (d[k] + 1) * 0.5
		}
	}
	rec = gpu.NewRecording("slice")
	rec.Upload(r.sliceCount, 0, gpu.Bytes([]uint32{uint32(count)}))
	rec.Upload(r.sliceIn, 0, gpu.Bytes(r.sliceSamples))
	r.field.Infer(rec, r.params, kernels.Batch{Capacity: r.tile, Counts: gpu.All(r.sliceCount)}, gpu.All(r.sliceIn), gpu.All(r.sliceOut))
	rec.Download(r.sliceOut, 0, gpu.Bytes(r.sliceRaw))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	for i := range count {
		if f.Depth[first+i] = NoDepth; !inside[i] {
			continue
		}
		c := f.Color[4*(first+i) : 4*(first+i)+4]
		a := float32(1 - math.Exp(-math.Exp(float64(r.sliceRaw[3*r.tile+i]))*sheet))
		for k := range 3 {
			raw := float64(r.sliceRaw[k*r.tile+i])
			value := 1 / (1 + math.Exp(-raw))
			if r.field.HDR {
				value = math.Exp(min(max(raw, -10), 10))
			}
			c[k] += float32(value) * a
		}
		c[3] += a
		if f.Cost[first+i]++; a > 0.2 {
			f.Depth[first+i] = v.Slice
		}
	}
	f.Rays, f.Samples = f.Rays+int64(count), f.Samples+int64(count)
	return nil
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
		if err := r.allocate([]sized{{&r.masked, "params of some levels", 4 * r.field.Layout.Total}}); err != nil {
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
