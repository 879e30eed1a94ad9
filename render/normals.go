package render

import (
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// normalOffset is the half width of the central differences, in cells of the finest occupancy grid.
const normalOffset = 0.5 / 128

// normals replaces the colours of a tile by surface normals: at the sample of each ray that weighs most,
//
//	n = -∇ln σ / |∇ln σ|,  ∂ln σ/∂x ≈ (ln σ(p+εx) - ln σ(p-εx)) / 2ε
//
// which needs six evaluations of the density network a pixel. n goes from -1..1 to colours 0..1.
func (r *NeRF) normals(f *Frame, v View, first, count int) error {
	if r.normalIn == nil {
		err := r.allocate([]sized{
			{&r.normalIn, "normal samples", 7 * 4 * 6 * r.tile},
			{&r.normalOut, "normal densities", 4 * 6 * r.tile},
			{&r.normalCount, "normal count", 4},
		})
		if err != nil {
			return err
		}
		r.normalSamples = make([]float32, 7*6*r.tile)
	}
	if r.raysHost == nil {
		r.raysHost = make([]kernels.Ray, r.tile)
	}
	rays := r.raysHost[:count]
	rec := gpu.NewRecording("read rays")
	rec.Download(r.rays, 0, gpu.Bytes(rays))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	lo, hi := field.TrainingBox(r.field.AABBScale)
	size := hi[0] - lo[0]
	capacity := 6 * r.tile
	for i, ray := range rays {
		t := float32(0) // from the ray's origin, which lies NearDistance before the camera
		if depth := f.Depth[first+i]; depth < NoDepth {
			t = depth/ray.Cosine - v.NearDistance
		}
		p := [3]float32{ray.Ox + t*ray.Dx, ray.Oy + t*ray.Dy, ray.Oz + t*ray.Dz}
		for side := range 6 {
			for axis := range 3 {
				x := p[axis]
				if side/2 == axis {
					x += normalOffset * float32(2*(side%2)-1)
				}
				r.normalSamples[axis*capacity+6*i+side] = (x - lo[axis]) / size
			}
		}
	}
	density := make([]float32, 6*count)
	rec = gpu.NewRecording("normals")
	rec.Upload(r.normalCount, 0, gpu.Bytes([]uint32{uint32(6 * count)}))
	rec.Upload(r.normalIn, 0, gpu.Bytes(r.normalSamples))
	r.field.Density(rec, r.params, kernels.Batch{Capacity: capacity, Counts: gpu.All(r.normalCount)}, gpu.All(r.normalIn), gpu.All(r.normalOut))
	rec.Download(r.normalOut, 0, gpu.Bytes(density))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	for i := range count {
		d := density[6*i : 6*i+6]
		n := [3]float32{d[0] - d[1], d[2] - d[3], d[4] - d[5]}
		length := float32(math.Sqrt(float64(n[0]*n[0] + n[1]*n[1] + n[2]*n[2])))
		c := f.Color[4*(first+i) : 4*(first+i)+4]
		if f.Depth[first+i] >= NoDepth || !(length > 0) {
			clear(c)
			continue
		}
		for k := range n {
			c[k] = (0.5 + 0.5*n[k]/length) * c[3]
		}
	}
	return nil
}
