package simd

import "unsafe"

// ahead finds the corners of the block to come and fetches their table rows while the matrix products of the present
// block run. Random rows of a large table come from memory that is a hundred times slower than a multiply-add; the
// products leave the load ports idle enough to ask for them in time.
type ahead struct {
	frac  []float32 // 3 planes a level
	index []float32 // 8 planes a level, read as uint32; then zeros, which a product may read beyond the end
	table unsafe.Pointer
	first int // first entry of index worth fetching: levels before it stay in the cache
	total int // entries of index
	slots int // chances to fetch in the products of one block
	next  int // first entry not yet fetched
	left  int // chances that remain in this block
	cells cellArgs
	look  lookupArgs
}

// cached is the size in bytes up to which the table of a level is expected to stay in the second-level cache.
const cached = 256 << 10

// memory is how many values the arrays of ahead need.
func (a *ahead) memory(n *network) int { return len(n.levels)*(3+8)*block + n.overrun() }

// overrun is the most entries of index that one product reads.
func (n *network) overrun() int {
	widest := max(n.width, n.in, rgbIn)
	return n.iterations(widest, widest) * n.v.fetches[1]
}

// iterations is how often a product of a block fetches: every four steps of k in each tile.
func (n *network) iterations(rows, k int) int {
	return (rows + n.v.rows - 1) / n.v.rows * n.v.blockTiles() * (k / 4)
}

// prepare cuts the arrays from mem and returns the rest. pos is where the positions of a block lie.
func (a *ahead) prepare(n *network, mem, pos []float32, slots int) []float32 {
	levels := len(n.levels)
	a.total = levels * 8 * block
	a.index, mem = mem[:a.total+n.overrun()], mem[a.total+n.overrun():]
	a.frac, mem = mem[:levels*3*block], mem[levels*3*block:]
	clear(a.index[a.total:])
	a.table, a.slots, a.left = unsafe.Pointer(&n.table[0]), slots, 0
	a.first = 0
	for a.first < a.total && uint64(n.levels[a.first/(8*block)].size)<<n.shift <= cached {
		a.first += 8 * block
	}
	vectors := block / n.v.lanes
	a.cells = cellArgs{pos: at(pos, 0), vectors: vectors, stride: planeBytes}
	a.look = lookupArgs{table: a.table, vectors: vectors, stride: planeBytes}
	return mem
}

// find locates the corners of the block whose positions are loaded and arms the fetching.
func (a *ahead) find(n *network) {
	for i := range n.levels {
		l := &n.levels[i]
		a.cells.frac, a.cells.index = at(a.frac, i*3*block), at(a.index, i*8*block)
		a.cells.add.v = l.offset << n.shift
		n.find(l, &a.cells)
	}
	a.next, a.left = a.first, a.slots
}

// lookup writes the features of the block that find located.
func (a *ahead) lookup(n *network, dst []float32) {
	for i := range n.levels {
		a.look.frac, a.look.index = at(a.frac, i*3*block), at(a.index, i*8*block)
		a.look.dst = at(dst, i*n.features*block)
		n.interpolate(&a.look)
	}
}

// multiply runs a product of a block and fetches rows as long as there are any.
func (a *ahead) multiply(n *network, g *gemmArgs) {
	v := n.v
	if a.next >= a.total || a.left <= 0 {
		v.multiply(v.columns, g)
		return
	}
	// The faster pace only where the slower one would not get through the list.
	pace := 0
	if a.total-a.next > a.left*v.fetches[0] {
		pace = 1
	}
	iterations := g.rowTiles * g.colTiles * (g.k / 4)
	g.fetch, g.table = at(a.index, a.next), a.table
	v.fetching[pace]((*byte)(unsafe.Pointer(g)))
	a.next += iterations * v.fetches[pace]
	a.left -= iterations
}
