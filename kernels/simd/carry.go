package simd

import "unsafe"

// carry is a run of planes of a block that matrix products copy on the way, one every four steps of their sums: a product
// leaves the load and store ports half idle, while copying alone waits for memory. The addresses are numbers, since they
// end up after the last plane, where no pointer may point; the buffers are kept alive by the call.
type carry struct {
	from, to, next                   uintptr
	fromStride, toStride, nextStride uintptr
	left                             int
}

// lead is how many planes ahead of its copy a plane is asked for: some 600 cycles. All of them together fit into the ways
// of one set of the second-level cache, where planes at a distance of a power of two meet. Networks have at least 16.
const lead = 12

// carries is the copying that the products of a block have before them: two runs for the inputs of the next block, two for
// the outputs of the last, two for activations that are kept.
type carries struct {
	runs    [6]carry
	n, done int
}

// add queues planes that lie far apart on one side (far) and side by side in a block on the other (near), to be copied in
// or out; there are more than lead of them. next is where the same planes of the block after it lie: the last copies ask
// for its first planes.
func (q *carries) add(far, near, next unsafe.Pointer, stride, planes int, in bool) {
	step := uintptr(stride)
	c := carry{from: uintptr(far), to: uintptr(near), next: uintptr(far) + lead*step,
		fromStride: step, toStride: planeBytes, nextStride: step, left: planes - lead}
	if !in {
		c.from, c.to, c.fromStride, c.toStride = c.to, c.from, c.toStride, c.fromStride
	}
	q.runs[q.n] = c
	c.from, c.to = c.from+uintptr(c.left)*c.fromStride, c.to+uintptr(c.left)*c.toStride
	c.next, c.left = uintptr(next), lead
	q.runs[q.n+1] = c
	q.n += 2
}

// finish copies what is left.
func (q *carries) finish(v *vec, g *gemmArgs) {
	for ; q.done < q.n; q.done++ {
		g.carry = q.runs[q.done]
		v.carry((*byte)(unsafe.Pointer(g)))
	}
	q.n, q.done = 0, 0
}

// multiply runs a product of a block and copies as long as there is something to copy.
func (q *carries) multiply(v *vec, g *gemmArgs) {
	rows := g.rowTiles
	for rows > 0 && q.done < q.n {
		c := &q.runs[q.done]
		chances := g.colTiles * (g.k / 4) // of a row of tiles
		tiles := min(rows, (c.left+chances-1)/chances)
		g.rowTiles, g.carry = tiles, *c
		v.carrying((*byte)(unsafe.Pointer(g)))
		if *c = g.carry; c.left == 0 {
			q.done++
		}
		rows -= tiles
		if rows > 0 {
			g.a, g.dst = unsafe.Add(g.a, tiles*v.rows*g.lda), unsafe.Add(g.dst, tiles*v.rows*g.ldc)
		}
	}
	if g.rowTiles = rows; rows > 0 {
		v.multiply(v.columns, g)
	}
}
