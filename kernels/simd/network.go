package simd

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/radia-go/radia/gpu"
)

// level is one level of the grid as the kernels bind it.
type level struct {
	scale      float32
	resolution uint32
	offset     uint32 // rows
	size       uint32 // rows
	hashed     uint32
}

// mul32 are the multipliers of a vertex's coordinates: the primes of the hash, or the strides of an unhashed level,
// which are 0 where resolution³ does not fit into 32 bits.
func (l *level) mul32() [3]uint32 {
	switch {
	case l.hashed != 0:
		return [3]uint32{1, 2654435761, 805459861}
	case l.resolution > 1625:
		return [3]uint32{}
	}
	return [3]uint32{1, l.resolution, l.resolution * l.resolution}
}

// grid is a three-dimensional grid encoding with its table.
type grid struct {
	v        *vec
	levels   []level
	features int // per level
	shift    int // log2 of the bytes of a row
	smooth   bool
	half     bool
	table    []byte
	lookup   func(*byte)
	part     int // features that lookup and scatter handle at a time: rows of eight take two passes
}

// set checks that the vector form covers the shape. interpolation: 0 linear, 1 smoothstep, 2 nearest.
func (g *grid) set(v *vec, levels []level, n, features int, interpolation, half uint32, table []byte) bool {
	logF := bits.Len(uint(features)) - 1
	if n < 1 || n > len(levels) || features < 1 || features != 1<<logF || logF > 3 || interpolation > 1 || half > 1 {
		return false
	}
	*g = grid{v: v, levels: levels[:n], features: features, shift: logF + 2 - int(half), smooth: interpolation == 1, half: half == 1,
		table: table, lookup: v.lookup[half][min(logF, 2)], part: min(features, 4)}
	if g.lookup == nil {
		return false
	}
	for i := range g.levels {
		l := &g.levels[i]
		end := (uint64(l.offset) + uint64(l.size)) << g.shift
		// Byte offsets of rows have 32 bits, with a sign where rows are gathered.
		if l.size == 0 || end > 1<<32 || features == 1 && end > 1<<31 || end > uint64(len(table)) || l.hashed != 0 && l.size&(l.size-1) != 0 {
			return false
		}
	}
	return true
}

// find writes corners and interpolation weights of one level.
func (g *grid) find(l *level, c *cellArgs) {
	m := l.mul32()
	c.scale = l.scale
	for d := range m {
		c.mul[d].v = m[d]
	}
	c.mask.v, c.size.v, c.shift = l.size-1, l.size, g.shift
	c.hashed, c.smooth = int(l.hashed), 0
	if g.smooth {
		c.smooth = 1
	}
	g.v.cells((*byte)(unsafe.Pointer(c)))
	if l.hashed == 0 && c.over.v >= l.size {
		g.wrap(l, c)
	}
}

// wrap redoes the rows of an unhashed level with a full modulo: some sample lies far outside the unit cube.
func (g *grid) wrap(l *level, c *cellArgs) {
	n, stride := c.vectors*g.v.lanes, c.stride/4
	pos := unsafe.Slice((*float32)(c.pos), 2*stride+n)
	index := unsafe.Slice((*uint32)(c.index), 7*stride+n)
	m := l.mul32()
	for i := range n {
		var lo, hi [3]uint32
		for d := range 3 {
			lo[d] = cell(l.scale, pos[d*stride+i]) * m[d]
			hi[d] = lo[d] + m[d]
		}
		for corner := range 8 {
			var row uint32
			for d := range 3 {
				if corner>>d&1 == 0 {
					row += lo[d]
				} else {
					row += hi[d]
				}
			}
			index[corner*stride+i] = row%l.size<<g.shift + c.add.v
		}
	}
}

// cell is the integer cell of a coordinate; one that no int32 can name, and NaN, counts as cell 0 as in the twin.
func cell(scale, x float32) uint32 {
	p := float32(math.FMA(float64(scale), float64(x), 0.5))
	if !(p < 1<<31 && p > -1<<31) {
		return 0
	}
	return uint32(int32(math.Floor(float64(p))))
}

// interpolate writes the features of a block in one level, whose corners and destination l names.
func (g *grid) interpolate(l *lookupArgs) {
	dst, table := l.dst, l.table
	for f := 0; f < g.features; f += g.part {
		l.dst, l.table = unsafe.Add(dst, f*l.stride), unsafe.Add(table, f<<g.shift/g.features)
		g.lookup((*byte)(unsafe.Pointer(l)))
	}
	l.dst, l.table = dst, table
}

// base is the address of the level's first row.
func (g *grid) base(l *level) unsafe.Pointer {
	return unsafe.Pointer(&g.table[uint64(l.offset)<<g.shift])
}

// network is the NeRF network of one call: grid, density MLP to 16 values, spherical harmonics, colour MLP.
type network struct {
	grid
	in, width        int // padded grid features; hidden width
	dHidden, rHidden int
	weights          []float32
}

// rgbIn is the input of the colour MLP: 16 values of the density MLP and 16 spherical harmonics.
const (
	rgbIn  = 32
	outPad = 16
)

// mlp is one network as a list of matrices inside weights.
type matrix struct{ offset, out, in int }

// matrices lists the matrices of a network of h hidden layers in storage order, starting at offset.
func matrices(list []matrix, offset, in, width, hidden int) ([]matrix, int) {
	for i := range hidden + 1 {
		m := matrix{offset, width, width}
		if i == 0 {
			m.in = in
		}
		if i == hidden {
			m.out = outPad
		}
		list = append(list, m)
		offset += m.out * m.in
	}
	return list, offset
}

// set reads the shape from the call, whose bindings begin samples, levels, weights, table in all NeRF kernels.
func (n *network) set(v *vec, c *gpu.Call, colour bool) bool {
	levels, f := int(c.SpecOf("LEVELS")), int(c.SpecOf("FEATURES"))
	if !n.grid.set(v, gpu.View[level](c.Bind[1]), levels, f, c.SpecOf("INTERPOLATION"), c.SpecOf("HALF"), c.Bind[3]) {
		return false
	}
	n.in = (levels*f + 15) &^ 15
	n.width, n.dHidden = int(c.SpecOf("WIDTH")), int(c.SpecOf("DENSITY_HIDDEN"))
	n.rHidden = 0
	n.weights = gpu.View[float32](c.Bind[2])
	if n.width%16 != 0 || n.width < 16 || n.width > 256 || n.dHidden < 1 || n.dHidden > 8 || n.in > 256 {
		return false
	}
	need := n.width*n.in + (n.dHidden-1)*n.width*n.width + outPad*n.width
	if colour {
		n.rHidden = int(c.SpecOf("RGB_HIDDEN"))
		if n.rHidden < 1 || n.rHidden > 8 {
			return false
		}
		need += n.width*rgbIn + (n.rHidden-1)*n.width*n.width + outPad*n.width
	}
	return len(n.weights) >= need
}
