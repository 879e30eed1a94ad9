package simd

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/radia-go/radia/gpu"
)

// gridPush are the push constants of grid_encode and grid_encode_backward.
type gridPush struct{ capacity, countIndex, activeLevels, inputPlane, outputPlane, accumulate uint32 }

// gridCall is one call of grid_encode or grid_encode_backward.
type gridCall struct {
	grid
	positions []float32 // 3 planes
	features  []float32 // planes of the result, or of its gradient
	capacity  int
	n         int
	active    int // levels from here on give 0 and get no gradient
	perTask   int
	parts     []part
	heavies   []int // levels, memory of split
	lights    []int
	workers   []*gridWorker
	encode    func(task, worker int)
	scatter   func(task, worker int)
}

// part is one task of the scatter: the rows [low, low+length) of a level, in bytes; all of them when whole is set.
type part struct {
	level       int
	whole       bool
	low, length uint64
}

// gridWorker is the memory of one worker.
type gridWorker struct {
	mem   []float32
	in    []float32    // 3 planes
	frac  [2][]float32 // 3 planes, of this block and the next
	index [2][]float32 // 8 planes, read as uint32
	feat  []float32    // F planes
	w     []float32    // 8 planes of corner weights
	rows  []float32    // gradients, one row per sample
	cells cellArgs
	look  lookupArgs
	add   scatterArgs
	_     [64]byte
}

// scatterArgs asks for the gradients of a block to be added to one level.
type scatterArgs struct {
	table, grad, frac, index, next, weights, rows unsafe.Pointer
	samples, vectors, stride                      int
	low, length                                   uint64
}

var gridCalls = sync.Pool{New: func() any {
	s := new(gridCall)
	s.encode, s.scatter = s.encodeTask, s.scatterTask
	return s
}}

// GridEncode is the vector form of grid_encode for three dimensions, one (in float32), two, four or eight features a level, linear
// or smoothstep.
func GridEncode(c *gpu.Call) bool { return gridEncode(active, c) }

// GridEncodeBackward is the vector form of grid_encode_backward for the same shapes. A row of the table belongs to one
// task, which adds in the order of the samples, so nothing is lost, no write takes a lock, and the sums have the same
// bits for every number of workers.
func GridEncodeBackward(c *gpu.Call) bool { return gridEncodeBackward(active, c) }

func gridEncode(v *vec, c *gpu.Call) bool {
	if v == nil {
		return false
	}
	s := gridCalls.Get().(*gridCall)
	defer s.release()
	if !s.begin(v, c, c.SpecOf("HALF"), 2, 4) {
		return false
	}
	perTask, tasks := share((s.n+block-1)/block, c.Pool.Workers())
	s.perTask = perTask
	c.Pool.Run(tasks, s.encode)
	return true
}

func gridEncodeBackward(v *vec, c *gpu.Call) bool {
	if v == nil {
		return false
	}
	s := gridCalls.Get().(*gridCall)
	defer s.release()
	if !s.begin(v, c, 0, 4, 2) {
		return false
	}
	s.split(c.Pool.Workers())
	c.Pool.Run(len(s.parts), s.scatter)
	return true
}

// begin reads the call; table and features are the bindings of the table or its gradient and of the feature planes.
func (s *gridCall) begin(v *vec, c *gpu.Call, half uint32, table, features int) bool {
	levels, f := int(c.SpecOf("LEVELS")), int(c.SpecOf("FEATURES"))
	if c.SpecOf("DIMS") != 3 || !s.grid.set(v, gpu.View[level](c.Bind[1]), levels, f, c.SpecOf("INTERPOLATION"), half, c.Bind[table]) {
		return false
	}
	p := gpu.PushOf[gridPush](c)
	s.capacity = int(p.capacity)
	s.n = reached(c, min(gpu.View[uint32](c.Bind[3])[p.countIndex], p.capacity))
	if c.Groups[2] == 0 {
		s.n = 0
	}
	s.active = int(min(uint32(levels), p.activeLevels))
	positions, planes := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[features])
	first, out := int(p.inputPlane)*s.capacity, int(p.outputPlane)*s.capacity
	if first+2*s.capacity+s.n > len(positions) || out+(levels*f-1)*s.capacity+s.n > len(planes) {
		return false
	}
	s.positions, s.features = positions[first:], planes[out:]
	for len(s.workers) < c.Pool.Workers() {
		s.workers = append(s.workers, new(gridWorker))
	}
	for _, w := range s.workers {
		w.prepare(s)
	}
	return true
}

// release returns s without the memory of the call.
func (s *gridCall) release() {
	s.grid, s.positions, s.features = grid{}, nil, nil
	gridCalls.Put(s)
}

func (w *gridWorker) prepare(s *gridCall) {
	const most = 3 + 2*(3+8) + 8 + 8 + 8
	if w.mem == nil {
		w.mem = aligned(most * block)
	}
	rest := w.mem
	take := func(rows int) []float32 {
		p := rest[: rows*block : rows*block]
		rest = rest[rows*block:]
		return p
	}
	w.in = take(3)
	for i := range 2 {
		w.frac[i], w.index[i] = take(3), take(8)
	}
	w.feat, w.w, w.rows = take(8), take(8), take(8)
	vectors := block / s.v.lanes
	w.cells = cellArgs{pos: at(w.in, 0), vectors: vectors, stride: planeBytes}
	w.look = lookupArgs{dst: at(w.feat, 0), vectors: vectors, stride: planeBytes}
	w.add = scatterArgs{grad: at(w.feat, 0), weights: at(w.w, 0), rows: at(w.rows, 0), stride: planeBytes}
}

// find locates a block's corners into buffer i.
func (w *gridWorker) find(s *gridCall, l *level, first, m, i int) {
	loadBlock(w.in, s.positions, s.capacity, first, m, 3)
	w.locate(s, l, i)
}

// locate locates the corners of the block that is loaded.
func (w *gridWorker) locate(s *gridCall, l *level, i int) {
	w.cells.frac, w.cells.index = at(w.frac[i], 0), at(w.index[i], 0)
	s.grid.find(l, &w.cells)
}

// encodeTask encodes its blocks level by level. Rows of the next level, or of the first level of the next block, are asked for
// before those of the present one are read.
func (s *gridCall) encodeTask(task, worker int) {
	w := s.workers[worker]
	end := min(s.n, (task+1)*s.perTask*block)
	first := task * s.perTask * block
	if first < end && s.active > 0 {
		w.find(s, &s.levels[0], first, min(block, end-first), 0)
	}
	now := 0
	for ; first < end; first += block {
		m := min(block, end-first)
		for i := range s.levels {
			f := s.grid.features
			out := s.features[i*f*s.capacity:]
			if i >= s.active {
				for k := range f {
					clear(out[k*s.capacity+first:][:m])
				}
				continue
			}
			l, next := &s.levels[i], first
			if i+1 < s.active {
				w.locate(s, &s.levels[i+1], 1-now)
			} else if next += block; next < end {
				w.find(s, &s.levels[0], next, min(block, end-next), 1-now)
			}
			if next < end {
				after := &s.levels[(i+1)%s.active]
				s.v.fetch((*byte)(s.base(after)), &w.index[1-now][0], 8*block/4)
			}
			s.v.askAhead(out, s.capacity, first, f)
			w.look.frac, w.look.index, w.look.table = at(w.frac[now], 0), at(w.index[now], 0), s.base(l)
			s.interpolate(&w.look)
			for k := range f {
				copy(out[k*s.capacity+first:][:m], w.feat[k*block:])
			}
			now = 1 - now
		}
	}
}

// heavy is the size in bytes from which a level's gradients no longer stay in a core's own cache.
const heavy = 1 << 20

// split makes the tasks: a level each, but as many heavy levels as do not divide evenly among the workers are cut into
// ranges of rows. A range costs its worker a look at every sample, so levels are cut only for balance.
func (s *gridCall) split(workers int) {
	s.parts = s.parts[:0]
	large, small := s.heavies[:0], s.lights[:0]
	for i := range s.levels[:s.active] {
		if uint64(s.levels[i].size)<<s.shift >= heavy {
			large = append(large, i)
		} else {
			small = append(small, i)
		}
	}
	s.heavies, s.lights = large, small
	rest := len(large) % workers
	for _, i := range large[rest:] {
		s.parts = append(s.parts, part{level: i, whole: true})
	}
	if rest > 0 {
		ranges := (workers + rest - 1) / rest
		for _, i := range large[:rest] {
			rows := uint64(s.levels[i].size)
			for r := range uint64(ranges) {
				lo, hi := rows*r/uint64(ranges), rows*(r+1)/uint64(ranges)
				s.parts = append(s.parts, part{level: i, whole: ranges == 1, low: lo << s.shift, length: (hi - lo) << s.shift})
			}
		}
	}
	for _, i := range small {
		s.parts = append(s.parts, part{level: i, whole: true})
	}
}

func (s *gridCall) scatterTask(task, worker int) {
	if s.n == 0 {
		return
	}
	w, p := s.workers[worker], s.parts[task]
	l := &s.levels[p.level]
	ranged := 1
	if p.whole {
		ranged = 0
	}
	scatter := s.v.scatter[ranged][bits.Len(uint(s.part))-1]
	table := s.base(l)
	w.add.low, w.add.length = p.low, p.length
	w.find(s, l, 0, min(block, s.n), 0)
	for i, first := 0, 0; first < s.n; i, first = 1-i, first+block {
		m := min(block, s.n-first)
		w.add.frac, w.add.index, w.add.next = at(w.frac[i], 0), at(w.index[i], 0), at(w.index[i], 0)
		if next := first + block; next < s.n {
			w.find(s, l, next, min(block, s.n-next), 1-i)
			w.add.next = at(w.index[1-i], 0)
		}
		for f := range s.grid.features {
			copy(w.feat[f*block:][:m], s.features[(p.level*s.grid.features+f)*s.capacity+first:])
		}
		w.add.samples, w.add.vectors = m, (m+7)/8
		for f := 0; f < s.grid.features; f += s.part {
			w.add.table, w.add.grad = unsafe.Add(table, 4*f), at(w.feat, f*block)
			scatter((*byte)(unsafe.Pointer(&w.add)))
		}
	}
}
