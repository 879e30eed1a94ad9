package synth

import (
	"math"
	"testing"

	"github.com/radia-go/radia/scene"
)

// TestDepthMaps: a data set with depth maps reads back, and its depths are those of the scene along each pixel's ray.
func TestDepthMaps(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, Options{Views: 2, TestViews: 1, ValViews: 1, Size: 24, Seed: 3, Depth: true}); err != nil {
		t.Fatal(err)
	}
	data, err := scene.Load(dir, scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, known := New(3), 0
	for i := range data.Frames {
		z, err := data.Depth(i)
		if err != nil || z == nil {
			t.Fatalf("picture %d: %v %v", i, z, err)
		}
		cam := &data.Frames[i].Camera
		for j, v := range z {
			o, d, _ := cam.Ray(float64(j%24)+0.5, float64(j/24)+0.5)
			tr := scene.DefaultTransform()
			_, want, ok := s.Trace(tr.PointBack(o), tr.DirectionBack(d))
			if !ok {
				want = 0
			}
			// Half a step of the map, in ngp space; the ray parameter is depth along the axis in file units.
			if math.Abs(float64(v)/0.33-want) > depthUnit/2+1e-5 {
				t.Fatalf("picture %d pixel %d: depth %v, the ray says %v", i, j, v/0.33, want)
			}
			if v > 0 {
				known++
			}
		}
	}
	if known < 200 {
		t.Errorf("only %d pixels have a depth", known)
	}
}
