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

// Where the gradient points inwards, which a rough field has, the triangles' normal stands in its place.
func TestSurfaceOfRoughField(t *testing.T) {
	d := host.Open(host.Options{})
	defer d.Close()
	f, err := fieldtest.SDF(d, func(p [3]float64) float64 {
		ball := math.Sqrt(math.Pow(p[0]-0.5, 2)+math.Pow(p[1]-0.5, 2)+math.Pow(p[2]-0.5, 2)) - 0.3
		return ball + 0.03*math.Sin(150*p[0])*math.Sin(170*p[1])*math.Sin(190*p[2])
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	m, err := f.Surface(field.SurfaceOptions{Resolution: 24, Box: [2][3]float32{f.Lo, f.Hi}})
	if err != nil {
		t.Fatal(err)
	}
	gradients, err := f.Gradients(m.Vertices)
	if err != nil {
		t.Fatal(err)
	}
	dot := func(a, b [3]float32) float32 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
	inwards := 0
	for i, c := range m.CornerNormals() {
		if dot(gradients[i], c) < 0 {
			inwards++
		}
		if !(dot(m.Normals[i], c) > -1e-6) {
			t.Fatalf("normal %d, %v, points against its triangles, %v", i, m.Normals[i], c)
		}
	}
	if inwards == 0 {
		t.Error("no gradient points inwards: nothing was tested")
	}
}
