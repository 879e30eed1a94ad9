package synth

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// sample is one ray's result: linear display light, premultiplied, and coverage.
type sample struct {
	c vec
	a float64
}

// encoded is the sample as the picture would show it, for judging contrast.
func (s sample) encoded() [4]float64 {
	return [4]float64{math.Sqrt(s.c[0]), math.Sqrt(s.c[1]), math.Sqrt(s.c[2]), s.a}
}

// ray traces picture position (x, y) of a camera, which can meet the given objects only.
func (s *Scene) ray(among []*object, cam *scene.Camera, x, y float64, near *light) sample {
	if len(among) == 0 {
		return sample{}
	}
	o, d, ok := cam.Ray(x, y)
	if !ok {
		return sample{}
	}
	tr := scene.DefaultTransform()
	c, _, ok := s.trace(among, tr.PointBack(o), tr.DirectionBack(d), near)
	if !ok {
		return sample{}
	}
	return sample{c, 1}
}

// contrast between neighbours, in encoded values, above which a pixel is sampled again.
const contrast = 0.07

// Render draws the scene as the camera sees it, with transparency where there is nothing. Pixels that differ from a neighbour are
// averaged over a regular grid of 9 rays, on a silhouette of 16, in linear light.
func (s *Scene) Render(cam scene.Camera) *imageio.Image {
	return s.render(cam, runtime.GOMAXPROCS(0))
}

func (s *Scene) render(cam scene.Camera, workers int) *imageio.Image {
	w, h := cam.Width, cam.Height
	mid := make([]sample, w*h)
	enc := make([][4]float64, w*h)
	tiles := s.inTiles(&cam)
	rows(h, workers, func(y int) {
		for x := 0; x < w; x++ {
			mid[y*w+x] = s.ray(tiles.at(x, y), &cam, float64(x)+0.5, float64(y)+0.5, nil)
			enc[y*w+x] = mid[y*w+x].encoded()
		}
	})
	out := imageio.New(w, h)
	rows(h, workers, func(y int) {
		for x := 0; x < w; x++ {
			v := mid[y*w+x]
			if n := subdivide(enc, w, h, x, y); n > 1 {
				v = sample{}
				var near light
				for j := 0; j < n; j++ {
					for i := 0; i < n; i++ {
						q := s.ray(tiles.at(x, y), &cam, float64(x)+(float64(i)+0.5)/float64(n), float64(y)+(float64(j)+0.5)/float64(n), &near)
						v.c, v.a = v.c.add(q.c), v.a+q.a
					}
				}
				v.c, v.a = v.c.mul(1/float64(n*n)), v.a/float64(n*n)
			}
			out.Pix[y*w+x] = v.pack()
		}
	})
	return out
}

// Depth is the distance along the optical axis to what each pixel's centre sees, in units of the file's coordinates, 0 where
// that is nothing.
func (s *Scene) Depth(cam scene.Camera) []float64 {
	out := make([]float64, cam.PixelCount())
	tiles, tr := s.inTiles(&cam), scene.DefaultTransform()
	for i := range out {
		x, y := i%cam.Width, i/cam.Width
		o, d, ok := cam.Ray(float64(x)+0.5, float64(y)+0.5)
		if !ok {
			continue
		}
		dir := vec(tr.DirectionBack(d))
		n := dir.len()
		if h, ok := first(tiles.at(x, y), tr.PointBack(o), dir.mul(1/n), 1e-3, 100); ok {
			out[i] = h.t / n
		}
	}
	return out
}

// subdivide is the side of the grid of rays a pixel needs.
func subdivide(enc [][4]float64, w, h, x, y int) int {
	e, n := enc[y*w+x], 1
	for j := max(y-1, 0); j <= min(y+1, h-1); j++ {
		for i := max(x-1, 0); i <= min(x+1, w-1); i++ {
			v := enc[j*w+i]
			if v[3] != e[3] {
				return 4
			}
			for k := 0; k < 3; k++ {
				if math.Abs(v[k]-e[k]) > contrast {
					n = 3
				}
			}
		}
	}
	return n
}

// pack divides by coverage and encodes.
func (s sample) pack() uint32 {
	if s.a == 0 {
		return 0
	}
	q := func(v float64) uint8 { return uint8(clamp01(v)*255 + 0.5) }
	enc := func(v float64) uint8 { return q(imageio.LinearToSRGB(clamp01(v / s.a))) }
	return imageio.Pack(enc(s.c[0]), enc(s.c[1]), enc(s.c[2]), q(s.a))
}

// rows runs f for each row on the given number of workers.
func rows(h, workers int, f func(y int)) {
	if workers <= 1 {
		for y := 0; y < h; y++ {
			f(y)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < workers; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				y := int(next.Add(1)) - 1
				if y >= h {
					return
				}
				f(y)
			}
		}()
	}
	wg.Wait()
}
