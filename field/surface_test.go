package field_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/fieldtest"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene/mesh"
)

// The surface of a ball: closed, of the ball's Euler characteristic, area and volume, with normals that point outwards.
func TestSurfaceBall(t *testing.T) {
	d := host.Open(host.Options{})
	defer d.Close()
	const r = 0.3
	f, err := fieldtest.SDF(d, func(p [3]float64) float64 {
		return math.Sqrt(math.Pow(p[0]-0.5, 2)+math.Pow(p[1]-0.5, 2)+math.Pow(p[2]-0.5, 2)) - r
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	m, err := f.Surface(field.SurfaceOptions{Resolution: 48, Box: [2][3]float32{f.Lo, f.Hi}})
	if err != nil {
		t.Fatal(err)
	}
	v, e := len(m.Vertices), 3*len(m.Triangles)/2
	if !m.Closed() || v-e+len(m.Triangles) != 2 {
		t.Errorf("closed %v, Euler characteristic %d", m.Closed(), v-e+len(m.Triangles))
	}
	area := 0.0
	for i := range m.Triangles {
		area += m.Area(i)
	}
	// Chords of cells of 0.02 and the table's cells of 1/63 lie within 3h²/8r + h²/4r of the ball: less than 1/500 of r twice.
	if want := 4 * math.Pi * r * r; math.Abs(area/want-1) > 0.01 {
		t.Errorf("area %v, want %v", area, want)
	}
	for i, n := range m.Normals {
		dot := 0.0
		for k, x := range m.Vertices[i] {
			dot += (float64(x) - 0.5) / r * float64(n[k])
		}
		if !(dot > 0.98) { // the gradient of a cell is off by h/r, 3 degrees
			t.Fatalf("vertex %d: cosine %v to the outward direction", i, dot)
		}
	}
	for _, name := range []string{"a.obj", "a.ply"} {
		path := filepath.Join(t.TempDir(), name)
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		if back, err := mesh.Load(path); err != nil || len(back.Triangles) != len(m.Triangles) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
