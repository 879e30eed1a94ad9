package render

import (
	"errors"
	"math"
	"runtime"
	"sync"

	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene/volume"
)

// Reference is the picture of a medium by tracing paths of light through it, on all processors: v.SPP paths a pixel;
// a single one goes through its centre. behind is seen where the medium is transparent; nil leaves it transparent. The picture depends
// on the seed alone, not on the number of threads. Samples of the frame are paths.
func Reference(m *volume.Medium, light, behind volume.Light, v View, seed uint64) (*Frame, error) {
	if v.Mode == Slice {
		return nil, errors.New("a slice is of a learned volume, not of traced paths")
	}
	f, err := volumeFrame(&v)
	if err != nil {
		return nil, err
	}
	var workers sync.WaitGroup
	var next sync.Mutex
	row := 0
	for range runtime.GOMAXPROCS(0) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				next.Lock()
				y := row
				row++
				next.Unlock()
				if y >= f.Height || v.stopped() != nil {
					return
				}
				for x := range f.Width {
					f.trace(m, light, v, x, y, seed)
				}
			}
		}()
	}
	workers.Wait()
	if err := v.stopped(); err != nil {
		return nil, err
	}
	f.Rays = int64(f.Width) * int64(f.Height) * int64(v.SPP)
	f.Samples = f.Rays
	f.finishLinear(v, behind)
	return f, nil
}

// trace adds the paths of a pixel. Depth is the mean of the first collisions'.
func (f *Frame) trace(m *volume.Medium, light volume.Light, v View, x, y int, seed uint64) {
	i := y*f.Width + x
	c := f.Color[4*i : 4*i+4]
	depth, hits := 0.0, 0
	for s := range v.SPP {
		rng := pcg32.Split(seed, uint64(v.pixel(i))*uint64(v.SPP)+uint64(s))
		dx, dy := 0.5, 0.5
		if s > 0 || v.SPP > 1 {
			dx, dy = float64(rng.Float32()), float64(rng.Float32())
		}
		o, d, ok := v.Camera.Ray(float64(x)+dx, float64(y+v.Band.First)+dy)
		f.Cost[i]++
		if !ok {
			continue
		}
		length := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
		for k := range d {
			d[k] /= length
			o[k] += float64(v.NearDistance) * d[k]
		}
		radiance, t, hit, _ := m.Path(o, d, light, &rng, nil)
		if !hit {
			continue
		}
		hits++
		depth += (t + float64(v.NearDistance)) / length // lengths along the ray are 1/length along the axis
		for k := range radiance {
			c[k] += float32(radiance[k])
		}
		c[3]++
	}
	f.Depth[i] = NoDepth
	if float64(hits) > 0.2*float64(v.SPP) {
		f.Depth[i] = float32(depth / float64(hits))
	}
}
