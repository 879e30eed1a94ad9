// Package mesh reads and writes triangle meshes and answers where their surface is: OBJ, PLY and STL in, nearest point,
// ray and inside queries over a bounding volume hierarchy, marching cubes, OBJ, PLY and GLB out.
//
// Readers trust nothing in a file: a count is compared with the bytes that are there before memory follows from it, and
// every index with the number of vertices.
package mesh

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
)

// Mesh is a set of triangles: three vertex numbers each, counter-clockwise seen from outside.
type Mesh struct {
	Vertices  [][3]float32
	Triangles [][3]uint32
	// Normals and Colors of the vertices, sRGB-encoded; nil where there are none. Readers leave them out.
	Normals [][3]float32
	Colors  [][3]uint8
	// Skipped are faces that the reader left out: with fewer than three different corners, or without area.
	Skipped int
}

// maxFile bounds what is read into memory.
const maxFile = 1 << 31

// Load reads a mesh; the format is recognised by the content.
func Load(path string) (*Mesh, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular(): // opening a pipe would wait for its writer
		return nil, fmt.Errorf("%s: not a file", path)
	case st.Size() > maxFile:
		return nil, fmt.Errorf("%s: a mesh of %d MiB; at most %d are read", path, st.Size()>>20, maxFile>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m, err := Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Decode reads a mesh from memory.
func Decode(b []byte) (*Mesh, error) {
	var m *Mesh
	var err error
	switch {
	case bytes.HasPrefix(b, []byte("ply\n")), bytes.HasPrefix(b, []byte("ply\r")):
		m, err = decodePLY(b)
	case isBinarySTL(b):
		m, err = decodeBinarySTL(b)
	case isTextSTL(b):
		m, err = decodeTextSTL(b)
	case looksLikeOBJ(b):
		m, err = decodeOBJ(b)
	default:
		return nil, fmt.Errorf("neither OBJ, PLY nor STL")
	}
	if err != nil {
		return nil, err
	}
	return m, m.clean()
}

// Probe reports whether the file begins as a mesh does.
func Probe(path string) bool {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() { // opening a pipe would wait for its writer
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, _ := io.ReadFull(f, head)
	head = head[:n]
	return bytes.HasPrefix(head, []byte("ply\n")) || bytes.HasPrefix(head, []byte("ply\r")) || stlSize(head) == st.Size() && st.Size() >= 84 ||
		isTextSTL(head) || looksLikeOBJ(head)
}

// clean welds vertices of equal position and drops faces without area; what is left must be a surface.
func (m *Mesh) clean() error {
	for i, v := range m.Vertices {
		for _, x := range v {
			if x-x != 0 {
				return fmt.Errorf("vertex %d is not finite", i)
			}
			if math.Abs(float64(x)) > 1e15 {
				return fmt.Errorf("vertex %d is too far away: %v", i, x)
			}
		}
	}
	number := make(map[[3]float32]uint32, len(m.Vertices))
	to := make([]uint32, len(m.Vertices))
	var vertices [][3]float32
	for i, v := range m.Vertices {
		for k := range v {
			v[k] += 0 // -0 and 0 are one place
		}
		n, ok := number[v]
		if !ok {
			n = uint32(len(vertices))
			number[v] = n
			vertices = append(vertices, v)
		}
		to[i] = n
	}
	m.Vertices = vertices
	kept := m.Triangles[:0]
	for _, t := range m.Triangles {
		for k := range t {
			t[k] = to[t[k]]
		}
		if n := cross(sub(m.at(t[1]), m.at(t[0])), sub(m.at(t[2]), m.at(t[0]))); !(dot(n, n) > 0) {
			m.Skipped++
			continue
		}
		kept = append(kept, t)
	}
	m.Triangles = kept
	if len(kept) == 0 {
		return fmt.Errorf("the mesh has no faces with an area")
	}
	return nil
}

func (m *Mesh) at(v uint32) vec {
	p := m.Vertices[v]
	return vec{float64(p[0]), float64(p[1]), float64(p[2])}
}

// Bounds is the box of all vertices that a face uses.
func (m *Mesh) Bounds() (lo, hi [3]float64) {
	for k := range lo {
		lo[k], hi[k] = math.Inf(1), math.Inf(-1)
	}
	for _, t := range m.Triangles {
		for _, v := range t {
			for k, x := range m.at(v) {
				lo[k], hi[k] = min(lo[k], x), max(hi[k], x)
			}
		}
	}
	return lo, hi
}

// Closed reports whether every edge belongs to exactly two faces that run through it in opposite directions, so that the
// surface has an inside.
func (m *Mesh) Closed() bool {
	edges := make(map[[2]uint32]int, 3*len(m.Triangles))
	for _, t := range m.Triangles {
		for k := range t {
			edges[[2]uint32{t[k], t[(k+1)%3]}]++
		}
	}
	for e, n := range edges {
		if n != 1 || edges[[2]uint32{e[1], e[0]}] != 1 {
			return false
		}
	}
	return true
}

// Transform returns the mesh with every vertex p moved to p·scale + offset.
func (m *Mesh) Transform(scale float64, offset [3]float64) *Mesh {
	out := &Mesh{Vertices: make([][3]float32, len(m.Vertices)), Triangles: m.Triangles, Normals: m.Normals, Colors: m.Colors, Skipped: m.Skipped}
	for i, v := range m.Vertices {
		for k, x := range v {
			out.Vertices[i][k] = float32(float64(x)*scale + offset[k])
		}
	}
	return out
}

// Place moves every vertex and turns every normal in place.
func (m *Mesh) Place(point, direction func([3]float64) [3]float64) {
	move := func(all [][3]float32, by func([3]float64) [3]float64) {
		for i, v := range all {
			p := by(vec{float64(v[0]), float64(v[1]), float64(v[2])})
			all[i] = [3]float32{float32(p[0]), float32(p[1]), float32(p[2])}
		}
	}
	move(m.Vertices, point)
	move(m.Normals, direction)
}

type vec = [3]float64

func sub(a, b vec) vec           { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func add(a, b vec) vec           { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func scale(a vec, s float64) vec { return vec{a[0] * s, a[1] * s, a[2] * s} }
func dot(a, b vec) float64       { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func length(a vec) float64       { return math.Sqrt(dot(a, a)) }
func cross(a, b vec) vec {
	return vec{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
func unit(a vec) vec {
	if l := length(a); l > 0 {
		return scale(a, 1/l)
	}
	return a
}
