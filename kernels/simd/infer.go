package simd

import (
	"sync"

	"github.com/radia-go/radia/gpu"
)

// block is the number of samples that pass through the network together: three AVX-512 registers, six AVX2 ones, twelve
// NEON ones. At this size a layer of 64 neurons and its weights stay in the first-level cache.
const block = 48

// planes and their strides inside a worker's scratch memory are all of one block.
const planeBytes = 4 * block

// nerfPush are the push constants of nerf_infer and nerf_density.
type nerfPush struct{ capacity, countIndex uint32 }

// inference is one call of nerf_infer or nerf_density.
type inference struct {
	network
	colour   bool
	samples  []float32
	out      []float32
	capacity int
	n        int
	perTask  int
	workers  []*inferWorker
	run      func(task, worker int)
}

// inferWorker is the memory of one worker; it is kept from call to call.
type inferWorker struct {
	mem  []float32
	in   []float32 // 6 planes: position of the block to come, direction of this block
	feat []float32
	a, b []float32 // hidden activations
	rgb  []float32 // input of the colour network
	out  []float32 // 8 planes
	ahead
	gemm gemmArgs
	_    [64]byte
}

var inferences = sync.Pool{New: func() any {
	s := new(inference)
	s.run = s.task
	return s
}}

// NerfInfer is the vector form of nerf_infer: the whole network for counts[count_index] samples. It covers grids of
// F = 1 (in float32), 2, 4 or 8 features a level with linear or smoothstep interpolation and networks of width 16 to 256.
func NerfInfer(c *gpu.Call) bool { return infer(active, c, true) }

// NerfDensity is the vector form of nerf_density: the density network alone.
func NerfDensity(c *gpu.Call) bool { return infer(active, c, false) }

func infer(v *vec, c *gpu.Call, colour bool) bool {
	if v == nil {
		return false
	}
	s := inferences.Get().(*inference)
	defer func() {
		s.release()
		inferences.Put(s)
	}()
	if !s.network.set(v, c, colour) {
		return false
	}
	push := gpu.PushOf[nerfPush](c)
	s.colour, s.capacity = colour, int(push.capacity)
	s.samples, s.out = gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[5])
	s.n = int(min(gpu.View[uint32](c.Bind[4])[push.countIndex], push.capacity))
	if 7*s.capacity > len(s.samples) || s.capacity > len(s.out) || colour && 4*s.capacity > len(s.out) {
		return false
	}
	if s.n == 0 || c.Groups[0] == 0 || c.Groups[1] == 0 {
		return true
	}
	workers := c.Pool.Workers()
	for len(s.workers) < workers {
		s.workers = append(s.workers, new(inferWorker))
	}
	for _, w := range s.workers[:workers] {
		w.prepare(&s.network)
	}
	perTask, tasks := share((s.n+block-1)/block, workers)
	s.perTask = perTask
	c.Pool.Run(tasks, s.run)
	return true
}

// release forgets the memory of the call, so that it does not outlive its buffers.
func (s *inference) release() {
	s.network, s.samples, s.out = network{}, nil, nil
}

func (w *inferWorker) prepare(n *network) {
	sizes := []*[]float32{&w.in, &w.feat, &w.a, &w.b, &w.rgb, &w.out}
	rows := [...]int{6, n.in, n.width, n.width, rgbIn, 8}
	total := w.ahead.memory(n)
	for _, r := range rows {
		total += r * block
	}
	if len(w.mem) < total {
		w.mem = aligned(total)
	}
	rest := w.mem
	for i, p := range sizes {
		*p, rest = rest[:rows[i]*block:rows[i]*block], rest[rows[i]*block:]
	}
	slots := n.iterations(n.width, n.in) + (n.dHidden-1)*n.iterations(n.width, n.width)
	if n.rHidden == 0 {
		slots += n.iterations(n.v.rows, n.width)
	} else {
		slots += n.iterations(outPad, n.width) + n.iterations(n.width, rgbIn) +
			(n.rHidden-1)*n.iterations(n.width, n.width) + n.iterations(n.v.rows, n.width)
	}
	w.ahead.prepare(n, rest, w.in, slots)
	w.gemm = gemmArgs{colTiles: n.v.blockTiles(), ldb: planeBytes, ldc: planeBytes}
	clear(w.feat[len(n.levels)*n.features*block:])
}

func (s *inference) task(task, worker int) {
	w := s.workers[worker]
	end := min(s.n, (task+1)*s.perTask*block)
	first := task * s.perTask * block
	w.locate(s, first, end)
	for ; first < end; first += block {
		m := min(block, end-first)
		w.lookup(&s.network, w.feat)
		if next := first + block; next < end {
			w.locate(s, next, end)
			s.v.askAhead(s.samples, s.capacity, next+block, 3)
		}
		if !s.colour {
			w.forward(s)
			copy(s.out[first:first+m], w.rgb)
			continue
		}
		loadBlock(w.in[3*block:], s.samples[3*s.capacity:], s.capacity, first, m, 3)
		s.v.askAhead(s.samples[3*s.capacity:], s.capacity, first+block, 3)
		s.v.askAhead(s.out, s.capacity, first, 4)
		w.forward(s)
		for plane, src := range [4][]float32{w.out, w.out[block:], w.out[2*block:], w.rgb} {
			copy(s.out[plane*s.capacity+first:][:m], src)
		}
	}
}

// locate finds the corners of the block from first on.
func (w *inferWorker) locate(s *inference, first, end int) {
	loadBlock(w.in, s.samples, s.capacity, first, min(block, end-first), 3)
	w.find(&s.network)
}

// loadBlock copies m samples of some planes into a block; the places after the last sample repeat it.
func loadBlock(dst, samples []float32, capacity, first, m, planes int) {
	for p := range planes {
		d := dst[p*block : (p+1)*block]
		copy(d, samples[p*capacity+first:][:m])
		for i := m; i < block; i++ {
			d[i] = d[m-1]
		}
	}
}

func (w *inferWorker) forward(s *inference) {
	rest := s.weights
	densityRows := outPad
	if !s.colour {
		densityRows = s.v.rows // one tile: only the first output is wanted
	}
	rest = w.mlp(s, rest, w.feat, w.rgb, s.in, s.dHidden, densityRows)
	if s.colour {
		s.v.sh4(&w.rgb[outPad*block], &w.in[3*block], block/s.v.lanes, planeBytes)
		w.mlp(s, rest, w.rgb, w.out, rgbIn, s.rHidden, s.v.rows)
	}
}

// mlp runs one network of h hidden layers and writes its first rows outputs; it returns the weights after its own.
func (w *inferWorker) mlp(s *inference, weights, src, dst []float32, in, h, rows int) []float32 {
	x, y, z := src, w.a, w.b
	for i := range h + 1 {
		out, flags := s.width, relu
		if i == h {
			y, out, flags = dst, rows, 0
		}
		g := &w.gemm
		g.dst, g.a, g.b = at(y, 0), at(weights, 0), at(x, 0)
		g.rowTiles, g.k, g.lda, g.flags = out/s.v.rows, in, 4*in, flags
		w.ahead.multiply(&s.network, g)
		if i == h {
			out = outPad
		}
		weights = weights[out*in:]
		in = s.width
		x, y, z = y, z, y
	}
	return weights
}
