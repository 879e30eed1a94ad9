package render

import (
	"fmt"
	"math"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// lenses have distortions of the size that real ones have.
var lenses = []scene.Lens{
	{Kind: scene.Perspective},
	{Kind: scene.OpenCV, Params: [8]float32{-0.12, 0.03, 0.004, -0.003}},
	{Kind: scene.FTheta, Params: [8]float32{0, 0.02, 1e-5, 2e-7, 0, 64, 48}},
	{Kind: scene.LatLong},
	{Kind: scene.OpenCVFisheye, Params: [8]float32{0.05, -0.01, 0.002, -0.0003}},
	{Kind: scene.Equirectangular},
	{Kind: scene.Orthographic},
}

// raysOf renders nothing and returns the rays that the frame sent.
func raysOf(t *testing.T, r *NeRF, v View) []kernels.Ray {
	t.Helper()
	frameOf(t, r, v)
	rays := make([]kernels.Ray, v.Camera.PixelCount())
	rec := gpu.NewRecording("read rays")
	rec.Download(r.rays, 0, gpu.Bytes(rays))
	if err := r.device.Submit(rec); err != nil {
		t.Fatal(err)
	}
	return rays
}

// roundTrip projects a point of every ray back with the float64 camera and demands the centre of the ray's pixel. A ray is
// off by fewer than 60 roundings of 2.5 ulp and the square of Newton's last step of 1e-5 (docs/precision.md), in
// units of the picture: a direction times the focal length, or a part of the whole sphere times the picture's size. Where
// the cylinder projection is steep, towards the poles, the same error is more pixels.
func roundTrip(rays []kernels.Ray, c *scene.Camera) error {
	seen := 0
	for i, r := range rays {
		x, y := float64(i%c.Width)+0.5, float64(i/c.Width)+0.5
		if _, _, ok := c.Ray(x, y); !ok {
			continue
		}
		p := [3]float64{float64(r.Ox) + 1.5*float64(r.Dx), float64(r.Oy) + 1.5*float64(r.Dy), float64(r.Oz) + 1.5*float64(r.Dz)}
		px, py, ok := c.Project(p)
		if !ok {
			return fmt.Errorf("%v: pixel %d: the camera does not see a point of its own ray", c.Lens.Kind, i)
		}
		steep := 1.0
		if c.Lens.Kind == scene.Equirectangular || c.Lens.Kind == scene.LatLong {
			steep = 1 / math.Max(1e-3, math.Sqrt(math.Max(0, 1-math.Pow(2*y/float64(c.Height)-1, 2))))
		}
		tol := 60 * 2.5 * 2 * u * 2 * math.Max(float64(c.Width), float64(c.Focal[0])) * steep
		if miss := math.Hypot(px-x, py-y); !(miss <= tol) {
			return fmt.Errorf("%v: pixel %d at (%v, %v) comes back at (%v, %v): off by %.2g, at most %.2g", c.Lens.Kind, i, x, y, px, py, miss, tol)
		}
		seen++
	}
	if seen < len(rays)/2 {
		return fmt.Errorf("%v: only %d pixels have rays", c.Lens.Kind, seen)
	}
	return nil
}

func TestCameraRoundTrips(t *testing.T) {
	onDevices(t, func(t *testing.T, d gpu.Device) {
		r := newRenderer(t, d, newField(t, d, constant(0, [3]float32{})), middle, nowhere(), 4096)
		for _, lens := range lenses {
			v := View{Camera: testCamera(64, 48)}
			v.Camera.Lens, v.Camera.Focal = lens, [2]float32{40, 42}
			for _, v.NearDistance = range []float32{0, 0.25} {
				if err := roundTrip(raysOf(t, r, v), &v.Camera); err != nil {
					t.Error(err)
				}
			}
			other := v
			other.First = 3 // not the centres of pixels
			if roundTrip(raysOf(t, r, other), &v.Camera) == nil {
				t.Errorf("planted fault: %v: rays beside the centres of their pixels are accepted", lens.Kind)
			}
			other = v
			other.Camera.Lens = scene.Lens{Kind: scene.Perspective}
			if lens.Kind == scene.Perspective {
				other.Camera.Lens = lenses[1]
			}
			if roundTrip(raysOf(t, r, other), &v.Camera) == nil {
				t.Errorf("planted fault: %v: rays of another lens are accepted", lens.Kind)
			}
		}
	})
}
