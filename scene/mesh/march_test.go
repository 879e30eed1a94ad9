package mesh

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

func march(t *testing.T, n int, f func(p vec) float64) *Mesh {
	t.Helper()
	cell := 2 / float64(n-1)
	m, err := MarchingCubes([3]int{n, n, n}, vec{-1, -1, -1}, vec{cell, cell, cell}, func(k int, v []float32) error {
		for i := range v {
			v[i] = float32(f(vec{-1 + cell*float64(i%n), -1 + cell*float64(i/n), -1 + cell*float64(k)}))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// volume is the sum of the signed tetrahedra between the faces and the origin: positive where faces look outwards.
func volume(m *Mesh) float64 {
	sum := 0.0
	for _, f := range m.Triangles {
		sum += dot(m.at(f[0]), cross(m.at(f[1]), m.at(f[2]))) / 6
	}
	return sum
}

func TestMarchingCubesSphere(t *testing.T) {
	const n, r = 33, 0.7
	m := march(t, n, func(p vec) float64 { return length(p) - r })
	if !m.Closed() {
		t.Error("the sphere has cracks")
	}
	// Chords of length h lie at most h²/8r inside the sphere, with h at most √3 cells.
	h := 2.0 / (n - 1)
	sag := 3 * h * h / (8 * r)
	for i := range m.Vertices {
		if d := r - length(m.at(uint32(i))); math.Abs(d) > sag {
			t.Fatalf("vertex %d is %v off the sphere, at most %v is possible", i, d, sag)
		}
	}
	if v, want := volume(m), 4.0/3*math.Pi*r*r*r; v > want || v < want*(1-6*sag/r) {
		t.Errorf("volume %v, the sphere has %v", v, want)
	}
	if v := volume(march(t, n, func(p vec) float64 { return r - length(p) })); v > 0 {
		t.Errorf("volume %v of a hole: the orientation is not told", v)
	}
}

// Random signs meet every pattern of a cell; with positive values on the border the surface must be closed and every
// vertex must lie on an edge that changes sign.
func TestMarchingCubesRandom(t *testing.T) {
	const n = 12
	rng := pcg32.New(9)
	values := make([]float32, n*n*n)
	for i := range values {
		x, y, z := i%n, i/n%n, i/n/n
		values[i] = rng.Float32()*2 - 1
		if min(x, y, z) == 0 || max(x, y, z) == n-1 {
			values[i] = 1
		}
	}
	m, err := MarchingCubes([3]int{n, n, n}, vec{}, vec{1, 1, 1}, func(k int, v []float32) error {
		copy(v, values[k*n*n:])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// An edge of the surface may be shared by more than two faces only where separate sheets touch, which they do not
	// here: every directed edge occurs as often as its reverse.
	edges := map[[2]uint32]int{}
	for _, f := range m.Triangles {
		for k := range f {
			edges[[2]uint32{f[k], f[(k+1)%3]}]++
			edges[[2]uint32{f[(k+1)%3], f[k]}]--
		}
	}
	for e, n := range edges {
		if n != 0 {
			t.Fatalf("seed 9: the edge %v is open", e)
		}
	}
	if _, err := MarchingCubes([3]int{2, 2, 2}, vec{}, vec{1, 1, 1}, func(_ int, v []float32) error { clear(v); return nil }); err == nil {
		t.Error("no surface, no error")
	}
	if _, err := MarchingCubes([3]int{2, 2, 2}, vec{}, vec{1, 1, 1}, func(int, []float32) error { return fmt.Errorf("x") }); err == nil {
		t.Error("an error of the field is lost")
	}
}

func TestWrite(t *testing.T) {
	m := sphere(12, 6)
	for _, name := range []string{"a.obj", "a.ply"} {
		path := filepath.Join(t.TempDir(), name)
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		back, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(back.Vertices) != len(m.Vertices) || len(back.Triangles) != len(m.Triangles) || !back.Closed() || volume(back) != volume(m) {
			t.Errorf("%s: %d vertices, %d triangles, volume %v of %v", name, len(back.Vertices), len(back.Triangles), volume(back), volume(m))
		}
	}
	if err := m.Write(filepath.Join(t.TempDir(), "a.stl")); err == nil {
		t.Error("wrote an unknown format")
	}
}
