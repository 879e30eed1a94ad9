package field

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
)

// SurfaceOptions of a mesh made of a field.
type SurfaceOptions struct {
	// Resolution is the number of lattice points along the longest edge of Box.
	Resolution int
	// Box in which the surface is looked for, in the unit cube. The field counts as outside on its border, so that the
	// mesh is closed.
	Box [2][3]float32
	// Threshold is the distance of the surface for a distance field, the logarithm of the density for a radiance field.
	Threshold float32
	// Progress, where set, is told how many of how many layers are done; an error of it ends the work.
	Progress func(done, total int) error
}

// block is the edge of the blocks of lattice points that are evaluated or left out together.
const block = 8

// lattice is the regular lattice of a box.
type lattice struct {
	size [3]int
	lo   [3]float64
	cell float64
}

func (o *SurfaceOptions) lattice() (l lattice, err error) {
	if o.Resolution < 8 || o.Resolution > 2048 {
		return l, fmt.Errorf("a resolution of %d points; 8 to 2048 are possible", o.Resolution)
	}
	longest := 0.0
	for k := range 3 {
		longest = max(longest, float64(o.Box[1][k])-float64(o.Box[0][k]))
	}
	if !(longest > 0) || math.IsInf(longest, 0) {
		return l, fmt.Errorf("the box from %v to %v is empty", o.Box[0], o.Box[1])
	}
	l.cell = longest / float64(o.Resolution-1)
	for k := range 3 {
		l.lo[k] = float64(o.Box[0][k])
		edge := float64(o.Box[1][k]) - l.lo[k]
		l.size[k] = max(2, int(math.Ceil(edge/l.cell-1e-6))+1)
	}
	return l, nil
}

// Memory is what a surface takes: values of the lattice, of which a slab is kept, and the mesh, for a surface that crosses
// as many cells as the sides of the box have. Each crossed cell brings about one vertex and two triangles: position,
// normal and colour, three indices each, and an entry of the map of vertices.
func (o *SurfaceOptions) Memory() (lattice, surface int64) {
	l, err := o.lattice()
	if err != nil {
		return 0, 0
	}
	x, y, z := int64(l.size[0]), int64(l.size[1]), int64(l.size[2])
	return 4 * x * y * (block + 3), 2 * (x*y + y*z + z*x) * (12 + 12 + 3 + 2*12 + 48)
}

func (l *lattice) point(i, j, k int) [3]float32 {
	return [3]float32{float32(l.lo[0] + float64(i)*l.cell), float32(l.lo[1] + float64(j)*l.cell), float32(l.lo[2] + float64(k)*l.cell)}
}

// border reports whether a point lies on the border of the lattice.
func (l *lattice) border(i, j, k int) bool {
	return i == 0 || j == 0 || k == 0 || i == l.size[0]-1 || j == l.size[1]-1 || k == l.size[2]-1
}

// march runs marching cubes over the lattice. slab(k, n, values) fills layers k … k+n-1 with values that are negative
// inside; only that many layers are in memory.
func (l *lattice) march(o *SurfaceOptions, slab func(k, n int, values []float32) error) (*mesh.Mesh, error) {
	layer := l.size[0] * l.size[1]
	values := make([]float32, block*layer)
	return mesh.MarchingCubes(l.size, l.lo, [3]float64{l.cell, l.cell, l.cell}, func(k int, out []float32) error {
		if k%block == 0 {
			n := min(block, l.size[2]-k)
			if err := slab(k, n, values[:n*layer]); err != nil {
				return err
			}
			if o.Progress != nil {
				if err := o.Progress(k+n, l.size[2]); err != nil {
					return err
				}
			}
		}
		copy(out, values[k%block*layer:])
		for j := range l.size[1] {
			for i := range l.size[0] {
				if v := &out[j*l.size[0]+i]; l.border(i, j, k) && !(*v > 0) {
					*v = float32(l.cell)
				}
			}
		}
		return nil
	})
}

// caution is how many times too small a learned distance may be where a block is left out because of it.
const caution = 2

// Surface is the surface of the field as a mesh in the coordinates of the mesh that it was trained on, with the field's
// gradient as normals. Distances are asked for at the middle of each block of 8³ lattice points, and at the others only
// where the surface may come near: |f| ≤ 2·r, with r the block's radius.
func (f *SDF) Surface(o SurfaceOptions) (*mesh.Mesh, error) {
	l, err := o.lattice()
	if err != nil {
		return nil, err
	}
	e, err := newEvaluator(f.Function)
	if err != nil {
		return nil, err
	}
	defer e.release()
	nx, ny := l.size[0], l.size[1]
	bx, by := (nx+block-1)/block, (ny+block-1)/block
	radius := float32(caution * math.Sqrt(3) / 2 * block * l.cell)
	var wanted []int32 // points of a slab to evaluate
	m, err := l.march(&o, func(k, n int, values []float32) error {
		wanted = wanted[:0]
		err := e.run(bx*by, func(i int, p []float32) {
			for d, c := range [3]int{i % bx * block, i / bx * block, k} {
				p[d] = min(float32(l.lo[d]+(float64(c)+(block-1)/2.0)*l.cell), 1)
			}
		}, func(i int, v []float32) {
			d := v[0] - o.Threshold
			evaluate := !(d > radius || d < -radius)
			for z := range n {
				for y := i / bx * block; y < min(ny, i/bx*block+block); y++ {
					for x := i % bx * block; x < min(nx, i%bx*block+block); x++ {
						at := (z*ny+y)*nx + x
						values[at] = d
						if evaluate {
							wanted = append(wanted, int32(at))
						}
					}
				}
			}
		})
		if err != nil {
			return err
		}
		return e.run(len(wanted), func(i int, p []float32) {
			at := int(wanted[i])
			q := l.point(at%nx, at/nx%ny, k+at/nx/ny)
			copy(p, q[:])
		}, func(i int, v []float32) { values[wanted[i]] = v[0] - o.Threshold })
	})
	if err != nil {
		return nil, err
	}
	corners := m.CornerNormals()
	if m.Normals, err = f.Gradients(m.Vertices); err != nil {
		return nil, err
	}
	for i, g := range m.Normals {
		c := corners[i] // for gradients that vanish or point inwards, as some do where the field is flat
		length := math.Sqrt(float64(g[0]*g[0] + g[1]*g[1] + g[2]*g[2]))
		for k := range g {
			m.Normals[i][k] = float32(float64(g[k]) / length)
		}
		if !(length > 0 && m.Normals[i][0]*c[0]+m.Normals[i][1]*c[1]+m.Normals[i][2]*c[2] > 0) {
			m.Normals[i] = c
		}
	}
	back := [3]float64{}
	for k := range back {
		back[k] = -f.Offset[k] / f.Scale
	}
	return m.Transform(1/f.Scale, back), nil
}

// Surface is where the logarithm of the density passes the threshold, as a mesh in ngp space. Cells of the occupancy grid
// that are empty count as outside and are not evaluated. With colors set, vertices get the colour seen along the inverse
// normal.
func (n *NeRF) Surface(grid []float32, o SurfaceOptions, colors bool) (*mesh.Mesh, error) {
	l, err := o.lattice()
	if err != nil {
		return nil, err
	}
	if len(grid) != Cascades(n.AABBScale)*GridCells {
		return nil, fmt.Errorf("the occupancy grid has %d cells, aabb_scale %d needs %d", len(grid), n.AABBScale, Cascades(n.AABBScale)*GridCells)
	}
	e, err := n.newEvaluator()
	if err != nil {
		return nil, err
	}
	defer e.release()
	nx, ny := l.size[0], l.size[1]
	var wanted []int32
	m, err := l.march(&o, func(k, layers int, values []float32) error {
		wanted = wanted[:0]
		for at := range values {
			values[at] = outsideDensity
			if occupied(grid, l.point(at%nx, at/nx%ny, k+at/nx/ny)) {
				wanted = append(wanted, int32(at))
			}
		}
		return e.densities(len(wanted), func(i int) [3]float32 {
			at := int(wanted[i])
			return l.point(at%nx, at/nx%ny, k+at/nx/ny)
		}, func(i int, v float32) { values[wanted[i]] = o.Threshold - v })
	})
	if err != nil {
		return nil, err
	}
	m.Normals = m.CornerNormals()
	if colors {
		m.Colors, err = e.colors(m.Vertices, m.Normals)
	}
	return m, err
}

// outsideDensity is how far below the threshold empty cells count as.
const outsideDensity = 10

// occupied tells whether the cell of the occupancy grid around a point may hold something, in the finest cascade that
// holds the point.
func occupied(grid []float32, p [3]float32) bool {
	for c := 0; c < len(grid)/GridCells; c++ {
		var cell [3]uint32
		within := true
		for k := range p {
			x := math.Floor(float64(((p[k]-0.5)/float32(int(1)<<c) + 0.5) * snapshot.GridSize))
			within = within && x >= 0 && x < snapshot.GridSize
			cell[k] = uint32(max(x, 0))
		}
		if within {
			return grid[c*GridCells+int(kernels.Morton3(cell[0], cell[1], cell[2]))] > occupiedThickness
		}
	}
	return false
}

// occupiedThickness is the optical thickness of a cell from which on it is marched through.
const occupiedThickness = 0.01

// nerfEvaluator evaluates a radiance field at points of the host's choice.
type nerfEvaluator struct {
	n                    *NeRF
	samples, raw, counts gpu.Buffer
	planes, values       []float32
}

func (n *NeRF) newEvaluator() (*nerfEvaluator, error) {
	if err := n.Reserve(evaluatorBatch, 0); err != nil {
		return nil, err
	}
	e := &nerfEvaluator{n: n, planes: make([]float32, 7*evaluatorBatch), values: make([]float32, 4*evaluatorBatch)}
	for _, b := range []struct {
		to    *gpu.Buffer
		name  string
		words int
	}{{&e.samples, "samples", 7 * evaluatorBatch}, {&e.raw, "raw", 4 * evaluatorBatch}, {&e.counts, "counts", 1}} {
		buffer, err := n.device.NewBuffer(b.name, 4*b.words)
		if err != nil {
			e.release()
			return nil, err
		}
		*b.to = buffer
	}
	return e, nil
}

func (e *nerfEvaluator) release() {
	for _, b := range []gpu.Buffer{e.samples, e.raw, e.counts} {
		if b != nil {
			b.Release()
		}
	}
}

// run evaluates points in batches: fill writes sample i of a batch, forward appends the kernels, each reads the result.
func (e *nerfEvaluator) run(count int, at func(i int) [3]float32, fill func(i, slot int), forward func(r *gpu.Recording, b kernels.Batch), each func(i, slot int)) error {
	lo, hi := TrainingBox(e.n.AABBScale)
	for first := 0; first < count; first += evaluatorBatch {
		batch := min(evaluatorBatch, count-first)
		for i := range batch {
			p := at(first + i)
			for k := range p {
				e.planes[k*evaluatorBatch+i] = (p[k] - lo[k]) / (hi[k] - lo[k])
			}
			fill(first+i, i)
		}
		r := gpu.NewRecording("evaluate")
		r.Upload(e.samples, 0, gpu.Bytes(e.planes))
		r.Upload(e.counts, 0, gpu.Bytes([]uint32{uint32(batch)}))
		forward(r, kernels.Batch{Capacity: evaluatorBatch, Counts: gpu.All(e.counts)})
		r.Download(e.raw, 0, gpu.Bytes(e.values))
		if err := e.n.device.Submit(r); err != nil {
			return err
		}
		for i := range batch {
			each(first+i, i)
		}
	}
	return nil
}

// densities gives each the logarithm of the density at a point.
func (e *nerfEvaluator) densities(count int, at func(i int) [3]float32, each func(i int, v float32)) error {
	return e.run(count, at, func(int, int) {}, func(r *gpu.Recording, b kernels.Batch) {
		e.n.Density(r, e.n.Average(), b, gpu.All(e.samples), gpu.All(e.raw))
	}, func(i, slot int) { each(i, e.values[slot]) })
}

// colors are the colours of points seen against their normals, sRGB-encoded.
func (e *nerfEvaluator) colors(points, normals [][3]float32) ([][3]uint8, error) {
	out := make([][3]uint8, len(points))
	err := e.run(len(points), func(i int) [3]float32 { return points[i] }, func(i, slot int) {
		for k, x := range normals[i] {
			e.planes[(3+k)*evaluatorBatch+slot] = (1 - x) / 2
		}
	}, func(r *gpu.Recording, b kernels.Batch) {
		e.n.Infer(r, e.n.Average(), b, gpu.All(e.samples), gpu.All(e.raw))
	}, func(i, slot int) {
		for k := range 3 {
			raw := float64(e.values[k*evaluatorBatch+slot])
			c := 1 / (1 + math.Exp(-raw))
			if e.n.HDR {
				c = srgb(math.Exp(math.Min(math.Max(raw, -10), 10)))
			}
			out[i][k] = uint8(math.Min(c, 1)*255 + 0.5)
		}
	})
	return out, err
}

func srgb(v float64) float64 {
	if v < 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}
