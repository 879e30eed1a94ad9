package mesh

import (
	"math"
	"sort"

	"github.com/radia-go/radia/internal/pcg32"
)

// Area is the area of a triangle.
func (m *Mesh) Area(triangle int) float64 {
	f := m.Triangles[triangle]
	a := m.at(f[0])
	return length(cross(sub(m.at(f[1]), a), sub(m.at(f[2]), a))) / 2
}

// PointOn maps u and v, uniform in [0,1), to a point uniform on a triangle: (1-√u)·a + √u(1-v)·b + √u·v·c.
func (m *Mesh) PointOn(triangle int, u, v float64) [3]float64 {
	f := m.Triangles[triangle]
	r := math.Sqrt(u)
	return add(scale(m.at(f[0]), 1-r), add(scale(m.at(f[1]), r*(1-v)), scale(m.at(f[2]), r*v)))
}

// SurfacePoints draws n points uniformly from the surface.
func (t *Tree) SurfacePoints(n int, seed uint64) [][3]float32 {
	sums := make([]float64, len(t.mesh.Triangles))
	total := 0.0
	for i := range sums {
		total += t.mesh.Area(i)
		sums[i] = total
	}
	rng := pcg32.New(seed)
	out := make([][3]float32, n)
	for i := range out {
		face := min(sort.SearchFloat64s(sums, float64(rng.Float32())*total), len(sums)-1)
		p := t.mesh.PointOn(face, float64(rng.Float32()), float64(rng.Float32()))
		out[i] = [3]float32{float32(p[0]), float32(p[1]), float32(p[2])}
	}
	return out
}
