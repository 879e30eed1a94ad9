package volume

import (
	"fmt"
	"math"
)

// brickEdge is the edge of a brick in voxels, that of a leaf of OpenVDB's tree; bricks lie at multiples of it.
const (
	brickEdge  = 8
	brickCells = brickEdge * brickEdge * brickEdge
)

// maxBricks bounds the bricks of a box, 2048³ voxels, so that a file of a few bytes cannot ask for more than their table.
const maxBricks = 1 << 24

// Grid is a scalar at every voxel of a box. Only bricks of 8³ voxels that are not constant take memory.
type Grid struct {
	Min, Max [3]int // first and last voxel
	Lo, Hi   float32
	first    [3]int // first brick
	bricks   [3]int
	index    []int32   // brick numbers; constant ones are -1 - (their number among constants)
	values   []float32 // bricks, each x slowest
	constant []float32 // constant 0 is the background
	known    map[float32]int32
}

// newGrid makes a grid of a box of voxels, all of them background.
func newGrid(lo, hi [3]int, background float32) (*Grid, error) {
	g := &Grid{Min: lo, Max: hi, constant: []float32{background}, known: map[float32]int32{background: -1}}
	n := 1
	for k := range lo {
		if lo[k] > hi[k] {
			return nil, fmt.Errorf("the box of voxels %d to %d is empty", lo, hi)
		}
		g.first[k] = lo[k] >> 3
		g.bricks[k] = hi[k]>>3 - g.first[k] + 1
		if g.bricks[k] > maxBricks/n {
			return nil, fmt.Errorf("a box of %d x %d x %d voxels; at most %d bricks of 8 x 8 x 8 are possible",
				hi[0]-lo[0]+1, hi[1]-lo[1]+1, hi[2]-lo[2]+1, maxBricks)
		}
		n *= g.bricks[k]
	}
	g.index = make([]int32, n)
	for i := range g.index {
		g.index[i] = -1
	}
	return g, nil
}

// Dims is the size of the box in voxels.
func (g *Grid) Dims() (n [3]int) {
	for k := range n {
		n[k] = g.Max[k] - g.Min[k] + 1
	}
	return n
}

// slot is the place in index of the brick with the voxel, or -1 outside the bricks.
func (g *Grid) slot(x, y, z int) int {
	x, y, z = x>>3-g.first[0], y>>3-g.first[1], z>>3-g.first[2]
	if uint(x) >= uint(g.bricks[0]) || uint(y) >= uint(g.bricks[1]) || uint(z) >= uint(g.bricks[2]) {
		return -1
	}
	return (x*g.bricks[1]+y)*g.bricks[2] + z
}

// At is the value of a voxel; outside the box that of the nearest voxel in it.
func (g *Grid) At(x, y, z int) float32 {
	x, y, z = min(max(x, g.Min[0]), g.Max[0]), min(max(y, g.Min[1]), g.Max[1]), min(max(z, g.Min[2]), g.Max[2])
	b := g.index[((x>>3-g.first[0])*g.bricks[1]+y>>3-g.first[1])*g.bricks[2]+z>>3-g.first[2]]
	if b < 0 {
		return g.constant[-1-b]
	}
	return g.values[int(b)*brickCells+(x&7)<<6+(y&7)<<3+z&7]
}

// setBrick stores the 512 values (x slowest) of the brick with the voxel. What lies outside the box is dropped.
func (g *Grid) setBrick(x, y, z int, values *[brickCells]float32) {
	at := g.slot(x, y, z)
	if at < 0 {
		return
	}
	same := true
	for _, v := range values {
		same = same && v == values[0]
	}
	if same {
		g.index[at] = g.constantBrick(values[0])
		return
	}
	if g.index[at] < 0 {
		g.index[at] = int32(len(g.values) / brickCells)
		g.values = append(g.values, values[:]...)
		return
	}
	copy(g.values[int(g.index[at])*brickCells:], values[:])
}

func (g *Grid) constantBrick(v float32) int32 {
	if at, ok := g.known[v]; ok {
		return at
	}
	g.constant = append(g.constant, v)
	at := int32(-len(g.constant))
	g.known[v] = at
	return at
}

// fill gives a cube of voxels one value; corner and edge are multiples of 8.
func (g *Grid) fill(corner [3]int, edge int, v float32) {
	if v == g.constant[0] {
		return
	}
	var lo, hi [3]int
	for k := range lo {
		lo[k] = max(corner[k]>>3-g.first[k], 0)
		hi[k] = min((corner[k]+edge)>>3-g.first[k], g.bricks[k])
	}
	at := g.constantBrick(v)
	for x := lo[0]; x < hi[0]; x++ {
		for y := lo[1]; y < hi[1]; y++ {
			for z := lo[2]; z < hi[2]; z++ {
				g.index[(x*g.bricks[1]+y)*g.bricks[2]+z] = at
			}
		}
	}
}

// finish finds the range of the values inside the box; a value that is not finite is an error.
func (g *Grid) finish() error {
	g.known = nil
	g.Lo, g.Hi = float32(math.Inf(1)), float32(math.Inf(-1))
	var b [3]int
	for b[0] = range g.bricks[0] {
		for b[1] = range g.bricks[1] {
			for b[2] = range g.bricks[2] {
				at := g.index[(b[0]*g.bricks[1]+b[1])*g.bricks[2]+b[2]]
				if at < 0 {
					v := g.constant[-1-at]
					if v-v != 0 {
						return fmt.Errorf("a tile of value %v", v)
					}
					g.Lo, g.Hi = min(g.Lo, v), max(g.Hi, v)
					continue
				}
				if err := g.measure(b, g.values[int(at)*brickCells:][:brickCells]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// measure widens the range by the voxels of a brick that lie in the box.
func (g *Grid) measure(b [3]int, values []float32) error {
	for i, v := range values {
		p := [3]int{(b[0]+g.first[0])<<3 + i>>6, (b[1]+g.first[1])<<3 + i>>3&7, (b[2]+g.first[2])<<3 + i&7}
		if p[0] < g.Min[0] || p[1] < g.Min[1] || p[2] < g.Min[2] || p[0] > g.Max[0] || p[1] > g.Max[1] || p[2] > g.Max[2] {
			continue
		}
		if v-v != 0 {
			return fmt.Errorf("voxel (%d, %d, %d) is %v", p[0], p[1], p[2], v)
		}
		g.Lo, g.Hi = min(g.Lo, v), max(g.Hi, v)
	}
	return nil
}

// Bytes is the memory that the grid takes.
func (g *Grid) Bytes() int64 { return 4 * int64(len(g.index)+len(g.values)+len(g.constant)) }

// fromDense makes a grid of n[0]·n[1]·n[2] values, x fastest, of which value(i) is the i-th.
func fromDense(n [3]int, value func(i int) float32) (*Grid, error) {
	g, err := newGrid([3]int{}, [3]int{n[0] - 1, n[1] - 1, n[2] - 1}, 0)
	if err != nil {
		return nil, err
	}
	var brick [brickCells]float32
	for x := 0; x < n[0]; x += brickEdge {
		for y := 0; y < n[1]; y += brickEdge {
			for z := 0; z < n[2]; z += brickEdge {
				for i := range brick {
					// A brick that sticks out of the box repeats its last voxels, so that it may stay constant.
					a, b, c := min(x+i>>6, n[0]-1), min(y+i>>3&7, n[1]-1), min(z+i&7, n[2]-1)
					brick[i] = value((c*n[1]+b)*n[0] + a)
				}
				g.setBrick(x, y, z, &brick)
			}
		}
	}
	return g, g.finish()
}
