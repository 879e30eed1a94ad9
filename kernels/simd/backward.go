package simd

import (
	"sync"

	"github.com/radia-go/radia/gpu"
)

// backwardPush are the push constants of nerf_backward.
type backwardPush struct{ capacity, countIndex, slices uint32 }

// training is one call of nerf_backward.
type training struct {
	network
	mats      []matrix  // of both networks, in storage order
	count     int       // weights
	turned    []float32 // every matrix transposed, at the same offset
	samples   []float32
	draw      []float32
	dfeatures []float32
	partial   []float32
	capacity  int
	n, slices int
	workers   []*trainWorker
	run       func(task, worker int)
}

// trainWorker is the memory of one worker. All planes are of one block.
type trainWorker struct {
	mem    []float32
	in     []float32
	inputs [][]float32 // input of each matrix: features, hidden activations, colour input, hidden activations
	a, b   []float32   // gradients with respect to a layer's pre-activations
	turned []float32   // block × neurons: a layer's input, one sample after the other
	ahead
	gemm gemmArgs
	_    [64]byte
}

var trainings = sync.Pool{New: func() any {
	s := new(training)
	s.run = s.task
	return s
}}

// NerfBackward is the vector form of nerf_backward. A slice is one task, so the result depends on the number of
// slices and not on the number of workers.
func NerfBackward(c *gpu.Call) bool { return backward(active, c) }

func backward(v *vec, c *gpu.Call) bool {
	if v == nil {
		return false
	}
	s := trainings.Get().(*training)
	defer func() {
		s.network, s.samples, s.draw, s.dfeatures, s.partial = network{}, nil, nil, nil, nil
		trainings.Put(s)
	}()
	if !s.network.set(v, c, true) {
		return false
	}
	push := gpu.PushOf[backwardPush](c)
	s.capacity, s.slices = int(push.capacity), int(push.slices)
	s.n = int(min(gpu.View[uint32](c.Bind[4])[push.countIndex], push.capacity))
	s.samples, s.draw = gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[5])
	s.dfeatures, s.partial = gpu.View[float32](c.Bind[6]), gpu.View[float32](c.Bind[7])
	s.mats, s.count = matrices(s.mats[:0], 0, s.in, s.width, s.dHidden)
	s.mats, s.count = matrices(s.mats, s.count, rgbIn, s.width, s.rHidden)
	if 7*s.capacity > len(s.samples) || 4*s.capacity > len(s.draw) ||
		len(s.levels)*s.features*s.capacity > len(s.dfeatures) || s.slices*s.count > len(s.partial) {
		return false
	}
	if c.Groups[0] == 0 || c.Groups[1] == 0 {
		return true
	}
	s.transposeWeights()
	workers := c.Pool.Workers()
	for len(s.workers) < workers {
		s.workers = append(s.workers, new(trainWorker))
	}
	for _, w := range s.workers[:workers] {
		w.prepare(s)
	}
	c.Pool.Run(s.slices, s.run)
	return true
}

// transposeWeights fills turned; it costs about as much as two blocks of samples.
func (s *training) transposeWeights() {
	if len(s.turned) < s.count {
		s.turned = aligned(s.count)
	}
	for _, m := range s.mats {
		s.v.transpose(&s.turned[m.offset], &s.weights[m.offset], m.out/s.v.lanes, m.in/4, 4*m.out, 4*m.in)
	}
}

func (w *trainWorker) prepare(s *training) {
	widest := max(s.width, s.in, rgbIn)
	total := w.ahead.memory(&s.network) + (6+3*widest)*block
	slots := 0
	for _, m := range s.mats {
		total += m.in * block
		slots += 2 * s.iterations(m.out, m.in) // forward and back
	}
	if len(w.mem) < total {
		w.mem = aligned(total)
	}
	rest := w.mem
	take := func(rows int) []float32 {
		p := rest[: rows*block : rows*block]
		rest = rest[rows*block:]
		return p
	}
	w.in = take(6)
	w.a, w.b, w.turned = take(widest), take(widest), take(widest)
	w.inputs = w.inputs[:0]
	for _, m := range s.mats {
		w.inputs = append(w.inputs, take(m.in))
	}
	w.ahead.prepare(&s.network, rest, w.in, slots)
	clear(w.inputs[0][len(s.levels)*s.features*block:])
}

// sliceStart is the first of n samples that slice i of slices owns: slices share whole tiles of 64 samples.
func sliceStart(i, slices, n int) int {
	const tile = 64
	tiles := (n + tile - 1) / tile
	return min(n, tile*(tiles/slices*i+tiles%slices*i/slices))
}

func (s *training) task(slice, worker int) {
	w := s.workers[worker]
	partial := s.partial[slice*s.count : (slice+1)*s.count]
	clear(partial)
	first, end := sliceStart(slice, s.slices, s.n), sliceStart(slice+1, s.slices, s.n)
	if first < end {
		w.locate(s, first, end)
	}
	for ; first < end; first += block {
		m := min(block, end-first)
		w.lookup(&s.network, w.inputs[0])
		if next := first + block; next < end {
			w.locate(s, next, end)
			s.v.askAhead(s.samples, s.capacity, next+block, 3)
		}
		loadBlock(w.in[3*block:], s.samples[3*s.capacity:], s.capacity, first, m, 3)
		s.v.askAhead(s.samples[3*s.capacity:], s.capacity, first+block, 3)
		s.v.askAhead(s.draw, s.capacity, first, 4)
		s.v.askAhead(s.dfeatures, s.capacity, first, len(s.levels)*s.features)
		w.forward(s)
		w.backward(s, partial, first, m)
	}
}

// locate finds the corners of the block from first on.
func (w *trainWorker) locate(s *training, first, end int) {
	loadBlock(w.in, s.samples, s.capacity, first, min(block, end-first), 3)
	w.find(&s.network)
}

// forward keeps the input of every matrix. The last product of the colour network is not needed.
func (w *trainWorker) forward(s *training) {
	s.v.sh4(&w.inputs[s.dHidden+1][outPad*block], &w.in[3*block], block/s.v.lanes, planeBytes)
	for i := range len(s.mats) - 1 {
		m := s.mats[i]
		flags := relu
		if i == s.dHidden {
			flags = 0
		}
		w.gemm = gemmArgs{
			dst: at(w.inputs[i+1], 0), a: at(s.weights, m.offset), b: at(w.inputs[i], 0),
			rowTiles: m.out / s.v.rows, k: m.in, colTiles: s.v.blockTiles(),
			lda: 4 * m.in, ldb: planeBytes, ldc: planeBytes, flags: flags,
		}
		w.ahead.multiply(&s.network, &w.gemm)
	}
}

// backward turns draw into weight gradients, added to partial, and dfeatures of samples first to first+m.
func (w *trainWorker) backward(s *training, partial []float32, first, m int) {
	// Rows of the output beyond the three colours have no gradient; a tile's worth of them takes part.
	delta, other := w.a, w.b
	clear(delta[:s.v.rows*block])
	for c := range 3 {
		copy(delta[c*block:], s.draw[c*s.capacity+first:][:m])
	}
	rows := s.v.rows
	for i := len(s.mats) - 1; i >= 0; i-- {
		mat := s.mats[i]
		w.gradient(s, partial[mat.offset:], mat, delta, w.inputs[i], rows)
		// dL/d(input): of the colour input only the outputs of the density network, of the features only real ones.
		back, flags := mat.in, masked
		switch i {
		case s.dHidden + 1:
			back, flags = outPad, 0
		case 0:
			back, flags = len(s.levels)*s.features, 0
		}
		w.gemm = gemmArgs{
			dst: at(other, 0), a: at(s.turned, mat.offset), b: at(delta, 0), mask: at(w.inputs[i], 0),
			rowTiles: (back + s.v.rows - 1) / s.v.rows, k: rows, colTiles: s.v.blockTiles(),
			lda: 4 * mat.out, ldb: planeBytes, ldc: planeBytes, flags: flags,
		}
		// The last product of a whole block writes where its results belong.
		inPlace := i == 0 && m == block && back%s.v.rows == 0
		if inPlace {
			w.gemm.dst, w.gemm.ldc = at(s.dfeatures, first), 4*s.capacity
		}
		w.ahead.multiply(&s.network, &w.gemm)
		if inPlace {
			return
		}
		delta, other, rows = other, delta, mat.in
		if i == s.dHidden+1 {
			rows = outPad
			density := s.draw[3*s.capacity+first:][:m]
			for j, g := range density {
				delta[j] += g
			}
		}
	}
	for f := range len(s.levels) * s.features {
		copy(s.dfeatures[f*s.capacity+first:][:m], delta[f*block:])
	}
}

// gradient adds delta ⊗ input, summed over the block, to the first rows of a matrix's gradient.
func (w *trainWorker) gradient(s *training, dst []float32, m matrix, delta, input []float32, rows int) {
	s.v.transpose(&w.turned[0], &input[0], m.in/s.v.lanes, block/4, 4*m.in, planeBytes)
	vectors := m.in / s.v.lanes
	tile := s.v.tile(vectors)
	w.gemm = gemmArgs{
		dst: at(dst, 0), a: at(delta, 0), b: at(w.turned, 0),
		rowTiles: rows / s.v.rows, k: block, colTiles: vectors / tile,
		lda: planeBytes, ldb: 4 * m.in, ldc: 4 * m.in, flags: accumulate,
	}
	s.v.multiply(tile, &w.gemm)
}
