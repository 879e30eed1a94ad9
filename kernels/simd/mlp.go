package simd

import (
	"sync"
	"unsafe"

	"github.com/radia-go/radia/gpu"
)

// mlpPush are the push constants of mlp_forward and mlp_backward; mlp_weights has the number of slices after them.
type mlpPush struct{ capacity, countIndex uint32 }
type mlpWeightsPush struct{ capacity, countIndex, slices uint32 }

// Activations that a matrix product applies on the way; other networks are left to the twins.
const (
	actNone = 0
	actReLU = 1
)

// mlpCall is one call of mlp_forward, mlp_backward or mlp_weights. Planes that would fall into the same sets of the cache pass
// through blocks; others are worked on where they are.
type mlpCall struct {
	v               *vec
	in, width, out  int
	hidden          int
	reluOut, wanted bool // the output is rectified; hidden planes (forward) or dinput (backward) are written
	inPlanes        bool // whole blocks stay where they are
	mats            []matrix
	count           int // weights
	n, capacity     int
	slices, perTask int

	weights, turned                                           []float32
	inputs, outputs, doutput, kept, deltas, dinputs, partials []float32

	workers                           []*mlpWorker
	forward, inPlace, backward, weigh func(task, worker int)
}

// mlpWorker is the memory of one worker.
type mlpWorker struct {
	mem        []float32
	a, b, mask []float32
	in, out    [2][]float32 // inputs of this block and the next, outputs of this block and the one before
	gemm       gemmArgs
	carries
	_ [64]byte
}

var mlpCalls = sync.Pool{New: func() any {
	s := new(mlpCall)
	s.forward, s.inPlace, s.backward, s.weigh = s.forwardTask, s.inPlaceTask, s.backwardTask, s.weightsTask
	return s
}}

// MLPForward is the vector form of mlp_forward for networks of rectified linear units.
func MLPForward(c *gpu.Call) bool { return mlpForward(active, c) }

// MLPBackward is the vector form of mlp_backward for the same networks.
func MLPBackward(c *gpu.Call) bool { return mlpBackward(active, c) }

// MLPWeights is the vector form of mlp_weights. A slice is one task, so the result does not depend on the number of
// workers.
func MLPWeights(c *gpu.Call) bool { return mlpWeights(active, c) }

// set reads the shape; binding counts holds the number of samples.
func (s *mlpCall) set(v *vec, c *gpu.Call, counts int, capacity, index uint32) bool {
	if v == nil || c.SpecOf("ACT") != actReLU {
		return false
	}
	s.v = v
	s.in, s.width, s.out, s.hidden = int(c.SpecOf("IN")), int(c.SpecOf("WIDTH")), int(c.SpecOf("OUT")), int(c.SpecOf("HIDDEN"))
	for _, n := range []int{s.in, s.width, s.out} {
		if n < 16 || n%16 != 0 || n > 256 {
			return false
		}
	}
	if s.hidden < 0 || s.hidden > 8 || s.hidden == 0 && s.width != s.in {
		return false
	}
	s.capacity, s.n = int(capacity), int(min(gpu.View[uint32](c.Bind[counts])[index], capacity))
	s.mats, s.count = s.mats[:0], 0
	for i := range s.hidden + 1 {
		m := matrix{s.count, s.width, s.width}
		if i == 0 {
			m.in = s.in
		}
		if i == s.hidden {
			m.out = s.out
		}
		s.mats = append(s.mats, m)
		s.count += m.out * m.in
	}
	return true
}

// output reads the activation of the last layer.
func (s *mlpCall) output(c *gpu.Call) bool {
	act := c.SpecOf("OUT_ACT")
	s.reluOut = act == actReLU
	return act == actNone || act == actReLU
}

// planes reports whether p holds n planes of the call's capacity.
func (s *mlpCall) planes(p []float32, n int) bool { return n*s.capacity <= len(p) }

// release forgets the memory of the call.
func (s *mlpCall) release() {
	s.weights, s.inputs, s.outputs, s.doutput, s.kept, s.deltas, s.dinputs, s.partials = nil, nil, nil, nil, nil, nil, nil, nil
	mlpCalls.Put(s)
}

// prepare makes the workers ready; rows is the size of each of their three blocks.
func (s *mlpCall) prepare(workers int) {
	n := max(s.in, s.width, s.out) * block
	total := 3*n + (2*s.in+2*s.out)*block
	for len(s.workers) < workers {
		s.workers = append(s.workers, new(mlpWorker))
	}
	for _, w := range s.workers[:workers] {
		if len(w.mem) < total {
			w.mem = aligned(total)
		}
		w.a, w.b, w.mask = w.mem[:n], w.mem[n:2*n], w.mem[2*n:3*n]
		rest := w.mem[3*n:]
		for i := range 2 {
			w.in[i], rest = rest[:s.in*block], rest[s.in*block:]
			w.out[i], rest = rest[:s.out*block], rest[s.out*block:]
		}
	}
}

// run spreads the blocks over the pool.
func (s *mlpCall) run(pool gpu.Pool, f func(task, worker int)) {
	if s.n == 0 {
		return
	}
	s.prepare(pool.Workers())
	perTask, tasks := share((s.n+block-1)/block, pool.Workers())
	s.perTask = perTask
	pool.Run(tasks, f)
}

// load copies m samples of some planes into a block; the places after the last sample are zero.
func (s *mlpCall) load(dst, planes []float32, rows, first, m int) {
	for r := range rows {
		d := dst[r*block : (r+1)*block]
		clear(d[copy(d, planes[r*s.capacity+first:][:m]):])
	}
}

// store is the inverse of load.
func (s *mlpCall) store(planes, src []float32, rows, first, m int) {
	for r := range rows {
		copy(planes[r*s.capacity+first:][:m], src[r*block:])
	}
}

func mlpForward(v *vec, c *gpu.Call) bool {
	s := mlpCalls.Get().(*mlpCall)
	defer s.release()
	p := gpu.PushOf[mlpPush](c)
	if !s.set(v, c, 2, p.capacity, p.countIndex) || !s.output(c) {
		return false
	}
	s.wanted = c.SpecOf("SAVE") != 0
	s.inputs, s.weights = gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1])
	s.outputs, s.kept = gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	if len(s.weights) < s.count || !s.planes(s.inputs, s.in) || !s.planes(s.outputs, s.out) || s.wanted && !s.planes(s.kept, s.hidden*s.width) {
		return false
	}
	if c.Groups[0] != 0 && c.Groups[1] != 0 {
		task := s.forward
		if spread(4*s.capacity, max(s.in, s.width, s.out)) {
			task = s.inPlace
		}
		s.run(c.Pool, task)
	}
	return true
}

// spread reports whether planes that lie stride bytes apart leave each other room in the first-level cache, so that a
// product can read and write the samples of a block where they are: no place of it, as far as an address picks it, holds
// more than a few of their lines.
func spread(stride, planes int) bool {
	const sets, most = 64, 6
	var lines [sets]int
	for i := range planes {
		for j := range planeBytes / 64 {
			set := (i*stride/64 + j) % sets
			if lines[set]++; lines[set] > max(most, 2*planes*planeBytes/64/sets) {
				return false
			}
		}
	}
	return true
}

// inPlaceTask runs the network on its blocks: whole ones where their planes are, while products ask for the planes of the
// block to come.
func (s *mlpCall) inPlaceTask(task, worker int) {
	w := s.workers[worker]
	first, end := task*s.perTask*block, min(s.n, (task+1)*s.perTask*block)
	for ; first+block <= end; first += block {
		s.inPlaceBlock(w, first)
	}
	if first < end {
		s.load(w.in[0], s.inputs, s.in, first, end-first)
		w.n, w.done = 0, 0
		s.forwardBlock(w, w.in[0], w.out[0], first, end-first)
		s.store(s.outputs, w.out[0], s.out, first, end-first)
	}
}

// inPlaceBlock runs the network on a whole block.
func (s *mlpCall) inPlaceBlock(w *mlpWorker, first int) {
	far := 4 * s.capacity
	next := min(first+block, s.capacity-1)
	src, stride := at(s.inputs, first), far
	for l, mat := range s.mats {
		dst, to, flags := at(w.a, 0), planeBytes, relu
		switch {
		case l == s.hidden:
			dst, to = at(s.outputs, first), far
			if !s.reluOut {
				flags = 0
			}
		case s.wanted:
			dst, to = at(s.kept, l*s.width*s.capacity+first), far
		}
		w.gemm = gemmArgs{dst: dst, a: at(s.weights, mat.offset), b: src, rowTiles: mat.out / s.v.rows, k: mat.in,
			colTiles: s.v.blockTiles(), lda: 4 * mat.in, ldb: stride, ldc: to, flags: flags}
		ask := &w.gemm.carry
		ask.nextStride = uintptr(far)
		switch {
		case l == 0:
			ask.next, ask.left = uintptr(at(s.inputs, next)), s.in
		case l == s.hidden:
			ask.next, ask.left = uintptr(at(s.outputs, next)), s.out
		}
		s.v.asking((*byte)(unsafe.Pointer(&w.gemm)))
		src, stride = dst, to
		w.a, w.b = w.b, w.a
	}
}

// forwardTask runs the network on its blocks. While the products of one block run, they copy the outputs of the block
// before it out and the inputs of the block after it in.
func (s *mlpCall) forwardTask(task, worker int) {
	w := s.workers[worker]
	first, end := task*s.perTask*block, min(s.n, (task+1)*s.perTask*block)
	s.load(w.in[0], s.inputs, s.in, first, min(block, end-first))
	w.n, w.done = 0, 0
	for this := 0; first < end; first, this = first+block, 1-this {
		m, next := min(block, end-first), first+block
		whole := next+block <= end
		if whole {
			s.carryIn(w, w.in[1-this], s.inputs, s.in, next)
		}
		s.forwardBlock(w, w.in[this], w.out[this], first, m)
		w.finish(s.v, &w.gemm)
		if next < end && !whole {
			s.load(w.in[1-this], s.inputs, s.in, next, end-next)
		}
		if next < end {
			s.carryOut(w, s.outputs, w.out[this], s.out, first)
		} else {
			s.store(s.outputs, w.out[this], s.out, first, m)
		}
	}
}

// carryIn lets the products to come load a whole block of samples.
func (s *mlpCall) carryIn(w *mlpWorker, dst, planes []float32, rows, first int) {
	w.add(at(planes, first), at(dst, 0), at(planes, min(first+block, s.capacity-1)), 4*s.capacity, rows, true)
}

// carryOut lets the products to come store a whole block of samples.
func (s *mlpCall) carryOut(w *mlpWorker, planes, src []float32, rows, first int) {
	w.add(at(planes, first), at(src, 0), at(planes, min(first+block, s.capacity-1)), 4*s.capacity, rows, false)
}

// forwardBlock runs the network on m samples from first on.
func (s *mlpCall) forwardBlock(w *mlpWorker, src, out []float32, first, m int) {
	for l, mat := range s.mats {
		dst, flags := w.b, relu
		if l == s.hidden {
			dst = out
			if !s.reluOut {
				flags = 0
			}
		}
		w.gemm = gemmArgs{dst: at(dst, 0), a: at(s.weights, mat.offset), b: at(src, 0), rowTiles: mat.out / s.v.rows, k: mat.in,
			colTiles: s.v.blockTiles(), lda: 4 * mat.in, ldb: planeBytes, ldc: planeBytes, flags: flags}
		w.carries.multiply(s.v, &w.gemm)
		if l < s.hidden && s.wanted {
			w.finish(s.v, &w.gemm) // of the layer before, whose memory the next product overwrites
			if planes := s.kept[l*s.width*s.capacity:]; m == block {
				s.carryOut(w, planes, w.b, s.width, first)
			} else {
				s.store(planes, w.b, s.width, first, m)
			}
		}
		w.a, w.b = w.b, w.a
		src = w.a
	}
}

// product computes dst = A·src for a block, where A has rows rows of k values, stride values apart.
func (w *mlpWorker) product(v *vec, dst, a, src []float32, rows, k, stride, flags int) {
	w.gemm = gemmArgs{dst: at(dst, 0), a: at(a, 0), b: at(src, 0), mask: at(w.mask, 0), rowTiles: rows / v.rows, k: k,
		colTiles: v.blockTiles(), lda: 4 * stride, ldb: planeBytes, ldc: planeBytes, flags: flags}
	v.multiply(v.columns, &w.gemm)
}

func mlpBackward(v *vec, c *gpu.Call) bool {
	s := mlpCalls.Get().(*mlpCall)
	defer s.release()
	p := gpu.PushOf[mlpPush](c)
	if !s.set(v, c, 4, p.capacity, p.countIndex) || !s.output(c) {
		return false
	}
	s.wanted = c.SpecOf("INPUT") != 0
	s.doutput, s.outputs, s.kept = gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])
	s.weights, s.dinputs, s.deltas = gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[5]), gpu.View[float32](c.Bind[6])
	if len(s.weights) < s.count || !s.planes(s.doutput, s.out) || !s.planes(s.outputs, s.out) || !s.planes(s.kept, s.hidden*s.width) ||
		!s.planes(s.deltas, s.hidden*s.width+s.out) || s.wanted && !s.planes(s.dinputs, s.in) {
		return false
	}
	if c.Groups[0] == 0 || c.Groups[1] == 0 {
		return true
	}
	if len(s.turned) < s.count {
		s.turned = aligned(s.count)
	}
	for _, m := range s.mats {
		v.transpose(&s.turned[m.offset], &s.weights[m.offset], m.out/v.lanes, m.in/4, 4*m.out, 4*m.in)
	}
	s.inPlanes = spread(4*s.capacity, max(s.in, s.width, s.out))
	s.run(c.Pool, s.backward)
	return true
}

func (s *mlpCall) backwardTask(task, worker int) {
	w := s.workers[worker]
	for first := task * s.perTask * block; first < min(s.n, (task+1)*s.perTask*block); first += block {
		m := min(block, s.n-first)
		if s.inPlanes && m == block {
			s.backwardInPlace(w, first)
			continue
		}
		s.load(w.a, s.doutput, s.out, first, m)
		if s.reluOut {
			s.load(w.mask, s.outputs, s.out, first, m)
			for i, y := range w.mask[:s.out*block] {
				if !(y > 0) {
					w.a[i] = 0
				}
			}
		}
		s.store(s.deltas[s.hidden*s.width*s.capacity:], w.a, s.out, first, m)
		for l := s.hidden; l > 0; l-- {
			mat, planes := s.mats[l], (l-1)*s.width*s.capacity
			s.load(w.mask, s.kept[planes:], s.width, first, m)
			w.product(s.v, w.b, s.turned[mat.offset:], w.a, mat.in, mat.out, mat.out, masked)
			s.store(s.deltas[planes:], w.b, s.width, first, m)
			w.a, w.b = w.b, w.a
		}
		if s.wanted {
			rows := s.mats[0].out
			w.product(s.v, w.b, s.turned, w.a, s.in, rows, rows, 0)
			s.store(s.dinputs, w.b, s.in, first, m)
		}
	}
}

// backwardInPlace goes backwards through the network on a whole block: products read and write planes where they are, and ask
// for the activations of the block to come.
func (s *mlpCall) backwardInPlace(w *mlpWorker, first int) {
	far := 4 * s.capacity
	next := min(first+block, s.capacity-1)
	plane := func(p []float32, i int) unsafe.Pointer { return at(p, i*s.capacity+first) }
	delta := s.hidden * s.width
	for r := range s.out {
		d := s.deltas[(delta+r)*s.capacity+first:][:block]
		copy(d, s.doutput[r*s.capacity+first:][:block])
		if s.reluOut {
			for i, y := range s.outputs[r*s.capacity+first:][:block] {
				if !(y > 0) {
					d[i] = 0
				}
			}
		}
	}
	for l := s.hidden; l >= 0; l-- {
		mat := s.mats[l]
		g := &w.gemm
		*g = gemmArgs{a: at(s.turned, mat.offset), b: plane(s.deltas, delta), rowTiles: mat.in / s.v.rows, k: mat.out,
			colTiles: s.v.blockTiles(), lda: 4 * mat.out, ldb: far, ldc: far, flags: masked}
		ask := &g.carry
		ask.nextStride = uintptr(far)
		if l == 0 {
			if !s.wanted {
				return
			}
			g.dst, g.flags = plane(s.dinputs, 0), 0
			ask.next, ask.left = uintptr(at(s.doutput, next)), s.out
		} else {
			delta = (l - 1) * s.width
			g.dst, g.mask = plane(s.deltas, delta), plane(s.kept, delta)
			ask.next, ask.left = uintptr(at(s.kept, delta*s.capacity+next)), s.width
		}
		s.v.asking((*byte)(unsafe.Pointer(g)))
	}
}

func mlpWeights(v *vec, c *gpu.Call) bool {
	s := mlpCalls.Get().(*mlpCall)
	defer s.release()
	p := gpu.PushOf[mlpWeightsPush](c)
	if !s.set(v, c, 3, p.capacity, p.countIndex) {
		return false
	}
	s.slices = int(p.slices)
	s.inputs, s.kept, s.deltas = gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])
	s.partials = gpu.View[float32](c.Bind[4])
	if !s.planes(s.inputs, s.in) || !s.planes(s.kept, s.hidden*s.width) || !s.planes(s.deltas, s.hidden*s.width+s.out) || s.slices*s.count > len(s.partials) {
		return false
	}
	if c.Groups[0] == 0 || c.Groups[1] == 0 {
		return true
	}
	s.inPlanes = spread(4*s.capacity, max(s.in, s.width, s.out))
	s.prepare(c.Pool.Workers())
	c.Pool.Run(s.slices, s.weigh)
	return true
}

func (s *mlpCall) weightsTask(slice, worker int) {
	w := s.workers[worker]
	partial := s.partials[slice*s.count : (slice+1)*s.count]
	clear(partial)
	start := func(i int) int { return s.n/s.slices*i + s.n%s.slices*i/s.slices } // as the twin divides samples
	end := start(slice + 1)
	for first := start(slice); first < end; first += block {
		m := min(block, end-first)
		for l, mat := range s.mats {
			source := s.inputs
			if l > 0 {
				source = s.kept[(l-1)*s.width*s.capacity:]
			}
			delta := s.deltas[l*s.width*s.capacity:]
			if s.inPlanes && m == block {
				w.outer(s.v, partial[mat.offset:], mat, delta[first:], source[first:], w.mask, 4*s.capacity)
				continue
			}
			s.load(w.a, source, mat.in, first, m)
			s.load(w.b, delta, mat.out, first, m)
			w.outer(s.v, partial[mat.offset:], mat, w.b, w.a, w.mask, planeBytes)
		}
	}
}

// outer adds delta ⊗ input, summed over the block, to a matrix's gradient; planes of both lie stride bytes apart, and turned is
// room for the input transposed.
func (w *mlpWorker) outer(v *vec, dst []float32, m matrix, delta, input, turned []float32, stride int) {
	v.transpose(&turned[0], &input[0], m.in/v.lanes, block/4, 4*m.in, stride)
	vectors := m.in / v.lanes
	tile := v.tile(vectors)
	w.gemm = gemmArgs{dst: at(dst, 0), a: at(delta, 0), b: at(turned, 0), rowTiles: m.out / v.rows, k: block, colTiles: vectors / tile,
		lda: stride, ldb: 4 * m.in, ldc: 4 * m.in, flags: accumulate}
	v.multiply(tile, &w.gemm)
}
