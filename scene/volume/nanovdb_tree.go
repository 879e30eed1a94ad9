package volume

import (
	"bytes"
	"fmt"
	"math"
)

// A grid in memory: 672 bytes of grid data, 64 of tree data, and the nodes: root → 32³ upper nodes → 16³ lower nodes →
// leaves of 8³ voxels. Slots of upper and lower nodes hold a child's distance from the node, or a tile's value.
const (
	nanoMajor    = 32
	nanoGridSize = 672 + 64
	nanoLevelSet = 1

	rootHeader = 64 // box 6 i32, tiles u32, background f32, statistics
	rootTile   = 32 // key u64, child i64, state u32, value f32

	upperSlots, lowerSlots = 1 << 15, 1 << 12
	upperMask, lowerMask   = upperSlots / 8, lowerSlots / 8
	nodeMasks              = 32 // box 24 bytes, flags 8
	upperTable             = nodeMasks + 2*upperMask + 32
	lowerTable             = nodeMasks + 2*lowerMask + 32
	upperSize              = upperTable + 8*upperSlots
	lowerSize              = lowerTable + 8*lowerSlots

	leafFlags, leafMinimum, leafQuantum = 15, 80, 84
	leafTable                           = 96
)

// Types of grids whose voxels are numbers of 32 bits or fewer; quantised ones store code·quantum + minimum.
const (
	nanoFloat = 1
	nanoFp4   = 13
	nanoFp8   = 14
	nanoFp16  = 15
	nanoFpN   = 16
)

var nanoTypes = [...]string{"unknown", "float", "double", "int16", "int32", "int64", "vec3f", "vec3d", "mask", "half", "uint32", "boolean", "rgba8",
	"fp4", "fp8", "fp16", "fpN", "vec4f", "vec4d", "index", "onindex", "indexmask", "onindexmask", "pointindex", "vec3u8", "vec3u16", "uint8"}

type nanoGrid struct {
	b      []byte
	class  uint32
	kind   uint32
	matrix [3][3]float64
	offset [3]float64
	leaves int // visited
	uppers int
	lowers int
	out    *Grid
	codes  [brickCells]float32
}

func newNanoGrid(b []byte) (*nanoGrid, error) {
	if len(b) < nanoGridSize+rootHeader {
		return nil, fmt.Errorf("is cut short: %d bytes", len(b))
	}
	if !bytes.HasPrefix(b, nanoMagicOld) && !bytes.HasPrefix(b, nanoMagicGrid) {
		return nil, fmt.Errorf("begins with %q, not as a NanoVDB grid", b[:8])
	}
	if v := le.Uint32(b[16:]); v>>21 != nanoMajor {
		return nil, fmt.Errorf("is of version %d.%d.%d; version %d is supported", v>>21, v>>10&2047, v&1023, nanoMajor)
	}
	g := &nanoGrid{b: b, class: le.Uint32(b[632:]), kind: le.Uint32(b[636:])}
	switch g.kind {
	case nanoFloat, nanoFp4, nanoFp8, nanoFp16, nanoFpN:
	default:
		return nil, fmt.Errorf("holds values of type %s; float, fp4, fp8, fp16 and fpN are supported", g.typeName())
	}
	// The map's float64 matrix and translation.
	for i := range g.matrix {
		for k := range g.matrix[i] {
			g.matrix[i][k] = math.Float64frombits(le.Uint64(b[296+88+8*(3*i+k):]))
		}
		g.offset[i] = math.Float64frombits(le.Uint64(b[296+88+144+8*i:]))
	}
	return g, nil
}

func (g *nanoGrid) typeName() string {
	if int(g.kind) < len(nanoTypes) {
		return nanoTypes[g.kind]
	}
	return fmt.Sprintf("number %d", g.kind)
}

// node checks that size bytes lie at an offset relative to base.
func (g *nanoGrid) node(base int, relative int64, size int, what string) (int, error) {
	at := int64(base) + relative
	if relative < 0 || at < 0 || at > int64(len(g.b)-size) {
		return 0, fmt.Errorf("%s lies %d bytes after byte %d, the grid has %d bytes", what, relative, base, len(g.b))
	}
	return int(at), nil
}

// voxels reads the whole tree.
func (g *nanoGrid) voxels() (*Grid, error) {
	root, err := g.node(672, int64(le.Uint64(g.b[672+24:])), rootHeader, "the root")
	if err != nil {
		return nil, err
	}
	b := g.b[root:]
	var lo, hi [3]int
	for k := range lo {
		lo[k], hi[k] = int(int32(le.Uint32(b[4*k:]))), int(int32(le.Uint32(b[12+4*k:])))
	}
	if g.out, err = newGrid(lo, hi, math.Float32frombits(le.Uint32(b[28:]))); err != nil {
		return nil, err
	}
	tiles := int(le.Uint32(b[24:]))
	if tiles > (len(b)-rootHeader)/rootTile {
		return nil, fmt.Errorf("the root claims %d tiles, %d bytes are left", tiles, len(b)-rootHeader)
	}
	seen := make(map[uint64]bool, tiles)
	for i := range tiles {
		t := b[rootHeader+rootTile*i:]
		key, child := le.Uint64(t), int64(le.Uint64(t[8:]))
		if seen[key] {
			return nil, fmt.Errorf("the root has two tiles at one place")
		}
		seen[key] = true
		// Three times 21 bits: the coordinates over 2^12, x highest.
		corner := [3]int{}
		for k := range corner {
			corner[k] = int(int32(uint32(key>>(42-21*k)) << 12))
		}
		if child == 0 {
			g.out.fill(corner, 1<<12, math.Float32frombits(le.Uint32(t[20:])))
			continue
		}
		if err := g.inner(root, child, corner, 12); err != nil {
			return nil, err
		}
	}
	return g.out, g.out.finish()
}

// inner reads an upper (edge 2^12) or a lower (2^7) node.
func (g *nanoGrid) inner(parent int, relative int64, corner [3]int, log2Edge int) error {
	size, table, mask, slots, bits, count, what := upperSize, upperTable, upperMask, upperSlots, 5, &g.uppers, "an upper node"
	if log2Edge == 7 {
		size, table, mask, slots, bits, count, what = lowerSize, lowerTable, lowerMask, lowerSlots, 4, &g.lowers, "a lower node"
	}
	at, err := g.node(parent, relative, size, what)
	if err != nil {
		return err
	}
	// A tree that uses a node twice could be endless; one that does not has no more nodes than fit.
	if *count++; *count > len(g.b)/size {
		return fmt.Errorf("the tree uses nodes more than once")
	}
	children := g.b[at+nodeMasks+mask:][:mask]
	childLog2 := log2Edge - bits
	for n := range slots {
		slot := g.b[at+table+8*n:]
		p := corner
		for k := range p {
			p[k] += (n >> (bits * (2 - k)) & (1<<bits - 1)) << childLog2
		}
		if children[n>>3]>>(n&7)&1 == 0 {
			g.out.fill(p, 1<<childLog2, math.Float32frombits(le.Uint32(slot)))
			continue
		}
		child := int64(le.Uint64(slot))
		if log2Edge == 12 {
			err = g.inner(at, child, p, 7)
		} else {
			err = g.leaf(at, child, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leaf reads 8³ voxels.
func (g *nanoGrid) leaf(parent int, relative int64, corner [3]int) error {
	at, err := g.node(parent, relative, leafTable, "a leaf")
	if err != nil {
		return err
	}
	bits := 32
	switch g.kind {
	case nanoFp4:
		bits = 4
	case nanoFp8:
		bits = 8
	case nanoFp16:
		bits = 16
	case nanoFpN:
		bits = 1 << (g.b[at+leafFlags] >> 5)
		if bits > 16 {
			return fmt.Errorf("a leaf has codes of %d bits", bits)
		}
	}
	size := brickCells / 8 * bits
	if at+leafTable+size > len(g.b) {
		return fmt.Errorf("a leaf's voxels lie beyond the grid's %d bytes", len(g.b))
	}
	if g.leaves++; g.leaves > len(g.b)/(leafTable+brickCells/8) {
		return fmt.Errorf("the tree uses leaves more than once")
	}
	codes := g.b[at+leafTable:][:size]
	minimum, quantum := math.Float32frombits(le.Uint32(g.b[at+leafMinimum:])), math.Float32frombits(le.Uint32(g.b[at+leafQuantum:]))
	for i := range g.codes {
		switch bits {
		case 32:
			g.codes[i] = math.Float32frombits(le.Uint32(codes[4*i:]))
		case 16:
			g.codes[i] = float32(float32(le.Uint16(codes[2*i:]))*quantum) + minimum
		default: // codes of 1, 2, 4 or 8 bits, the first in the lowest ones
			code := codes[i*bits>>3] >> (i * bits & 7) & uint8(1<<bits-1)
			g.codes[i] = float32(float32(code)*quantum) + minimum
		}
	}
	g.out.setBrick(corner[0], corner[1], corner[2], &g.codes)
	return nil
}
