package mesh

import "fmt"

// MarchingCubes is the surface where a field of values on a lattice is 0, counter-clockwise seen from where values are
// positive (Lorensen and Cline 1987). value(i, j, k) is asked once for every point of the lattice of size points, layer by
// layer in k; point (i, j, k) lies at lo + (i, j, k)·cell. Which corners a cell's faces connect depends on the signs at the
// corners of that face alone, so neighbouring cells agree and the surface has no cracks.
func MarchingCubes(size [3]int, lo, cell [3]float64, layer func(k int, values []float32) error) (*Mesh, error) {
	nx, ny, nz := size[0], size[1], size[2]
	if nx < 2 || ny < 2 || nz < 2 || nx > 2048 || ny > 2048 || nz > 2048 {
		return nil, fmt.Errorf("a lattice of %d x %d x %d points; 2 to 2048 along each edge are possible", nx, ny, nz)
	}
	w := &walker{m: &Mesh{}, nx: nx, ny: ny, lo: lo, cell: cell, number: map[uint64]uint32{}}
	below, above := make([]float32, nx*ny), make([]float32, nx*ny)
	if err := layer(0, above); err != nil {
		return nil, err
	}
	for k := range nz - 1 {
		below, above = above, below
		if err := layer(k+1, above); err != nil {
			return nil, err
		}
		w.layers = [2][]float32{below, above}
		for j := range ny - 1 {
			for i := range nx - 1 {
				w.cube(i, j, k)
			}
		}
		for id := range w.number { // only the edges of the upper layer are met again
			if id/(3*uint64(nx)*uint64(ny)) < uint64(k+1) {
				delete(w.number, id)
			}
		}
	}
	if len(w.m.Triangles) == 0 {
		return nil, fmt.Errorf("the field has no surface in the box")
	}
	return w.m, nil
}

// walker makes the triangles of one cell after the other.
type walker struct {
	m        *Mesh
	nx, ny   int
	lo, cell vec
	layers   [2][]float32
	number   map[uint64]uint32 // vertex on the edge of the lattice that begins at a point, times three, plus its axis
}

// Corner c of a cell lies at (c&1, c>>1&1, c>>2&1). The corners of each face run counter-clockwise seen from outside.
var faces = [6][4]int{{0, 4, 6, 2}, {1, 3, 7, 5}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 2, 3, 1}, {4, 5, 7, 6}}

// loops lists for each of the 256 patterns of negative corners the polygons of the surface, as pairs of corners whose
// edges they cross. On each face the surface enters where a run of negative corners begins and leaves where it ends, so
// that two separate negative corners of a face stay separate; each crossing is the end of a segment on one face of the
// edge and the beginning of one on the other, which closes the polygons.
var loops = func() (table [256][][][2]int) {
	for pattern := range table {
		negative := func(c int) bool { return pattern>>c&1 != 0 }
		next := map[[2]int][2]int{}
		for _, f := range faces {
			for s := range 4 {
				a, b := f[s], f[(s+1)%4]
				if negative(a) || !negative(b) {
					continue
				}
				// The run of negative corners begins at b; it ends before the next corner that is not.
				e := s + 1
				for negative(f[(e+1)%4]) {
					e++
				}
				next[edge(f[e%4], f[(e+1)%4])] = edge(a, b)
			}
		}
		for c := range 8 {
			for axis := range 3 {
				start := edge(c, c|1<<axis)
				var polygon [][2]int
				for at, ok := next[start]; ok; at, ok = next[start] {
					delete(next, start)
					polygon = append(polygon, start)
					start = at
				}
				if polygon != nil {
					table[pattern] = append(table[pattern], polygon)
				}
			}
		}
	}
	return table
}()

func edge(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

func (w *walker) value(i, j, upper int) float32 { return w.layers[upper][j*w.nx+i] }

func (w *walker) cube(i, j, k int) {
	pattern := 0
	var v [8]float32
	for c := range v {
		v[c] = w.value(i+c&1, j+c>>1&1, c>>2)
		if v[c] < 0 {
			pattern |= 1 << c
		}
	}
	for _, polygon := range loops[pattern] {
		var corners [12]uint32
		for n, e := range polygon {
			corners[n] = w.vertex(i, j, k, e, v[e[0]], v[e[1]])
		}
		for n := 2; n < len(polygon); n++ {
			w.m.Triangles = append(w.m.Triangles, [3]uint32{corners[0], corners[n], corners[n-1]})
		}
	}
}

// vertex is the vertex on the edge e of a cell, whose ends have values a and b of different signs.
func (w *walker) vertex(i, j, k int, e [2]int, a, b float32) uint32 {
	c := e[0]
	at := [3]int{i + c&1, j + c>>1&1, k + c>>2}
	axis := 0
	for e[0]|1<<axis != e[1] {
		axis++
	}
	id := 3*((uint64(at[2])*uint64(w.ny)+uint64(at[1]))*uint64(w.nx)+uint64(at[0])) + uint64(axis)
	if n, ok := w.number[id]; ok {
		return n
	}
	t := float64(a) / (float64(a) - float64(b))
	if !(t >= 0 && t <= 1) {
		t = 0.5
	}
	var p [3]float32
	for d := range p {
		x := float64(at[d])
		if d == axis {
			x += t
		}
		p[d] = float32(w.lo[d] + x*w.cell[d])
	}
	n := uint32(len(w.m.Vertices))
	w.m.Vertices = append(w.m.Vertices, p)
	w.number[id] = n
	return n
}
