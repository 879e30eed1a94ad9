package simd

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/radia-go/radia/gpu"
)

// adamPush are the push constants of adam.
type adamPush struct {
	count, corrections       uint32
	gradientScale, rateScale float32
	beta1, beta2             float32
	epsilon, l2              float32
}

// schedule is the beginning of the schedule buffer.
type schedule struct {
	step                 uint32
	learningRate, factor float32
	emaOld, emaNew       float32
	emaPower             float32
	nonfinite            uint32
}

// adamArgs asks for whole registers of parameters to be updated.
type adamArgs struct {
	params, grads, moments1, moments2, steps, ema, halves, correction unsafe.Pointer
	vectors, matrix, nonfinite                                        int
	base, one1, one2, beta1, beta2, epsilon, l2, scale                real
	emaOld, emaNew                                                    real
	last                                                              wide
}

// real is a float32 in an 8-byte argument.
type real struct {
	v float32
	_ uint32
}

// adamCall is one call of adam.
type adamCall struct {
	v         *vec
	args      adamArgs
	n         int
	nonfinite atomic.Uint32
	workers   []*adamWorker
	run       func(task, worker int)
}

// adamWorker is the memory of one worker: the arguments of a task, and a register of each array for the last values.
type adamWorker struct {
	args adamArgs
	tail [7][16]float32
	_    [64]byte
}

var adamCalls = sync.Pool{New: func() any {
	s := new(adamCall)
	s.run = s.task
	return s
}}

// adamGrain is the number of parameters of a task.
const adamGrain = 1 << 14

// Adam is the vector form of adam for gradients in float32. In the range of the grid, registers of parameters without
// a gradient cost one load unless the moving average or the packed copy is wanted.
func Adam(c *gpu.Call) bool { return adam(active, c) }

func adam(v *vec, c *gpu.Call) bool {
	if v == nil || c.SpecOf("GRAD_FIXED") != 0 {
		return false
	}
	p := gpu.PushOf[adamPush](c)
	state := &gpu.View[schedule](c.Bind[6])[0]
	n := 2 * reached(c, p.count/2)
	average, half := c.SpecOf("EMA") != 0, c.SpecOf("WRITE_HALF") != 0
	for i := range 5 {
		if 4*n > len(c.Bind[i]) {
			return false
		}
	}
	if average && 4*n > len(c.Bind[7]) || half && 2*n > len(c.Bind[8]) || p.corrections == 0 || uint64(p.corrections)*4 > uint64(len(c.Bind[5])) {
		return false
	}
	if n == 0 {
		return true
	}
	s := adamCalls.Get().(*adamCall)
	defer func() {
		s.args = adamArgs{}
		adamCalls.Put(s)
	}()
	address := func(i int) unsafe.Pointer { return unsafe.Pointer(&c.Bind[i][0]) }
	s.v, s.n = v, n
	s.nonfinite.Store(0)
	s.args = adamArgs{
		params: address(0), grads: address(1), moments1: address(2), moments2: address(3), steps: address(4), correction: address(5),
		matrix: int(c.SpecOf("MATRIX")),
		base:   real{v: state.learningRate * p.rateScale}, one1: real{v: 1 - p.beta1}, one2: real{v: 1 - p.beta2},
		beta1: real{v: p.beta1}, beta2: real{v: p.beta2}, epsilon: real{v: p.epsilon}, l2: real{v: p.l2}, scale: real{v: p.gradientScale},
		emaOld: real{v: state.emaOld}, emaNew: real{v: state.emaNew}, last: wide{v: p.corrections - 1},
	}
	if average {
		s.args.ema = address(7)
	}
	if half {
		s.args.halves = address(8)
	}
	for len(s.workers) < c.Pool.Workers() {
		s.workers = append(s.workers, new(adamWorker))
	}
	c.Pool.Run((n+adamGrain-1)/adamGrain, s.run)
	state.nonfinite += s.nonfinite.Load()
	for _, w := range s.workers {
		w.args = adamArgs{}
	}
	return true
}

func (s *adamCall) task(task, worker int) {
	w := s.workers[worker]
	first := task * adamGrain
	count := min(adamGrain, s.n-first)
	w.args = s.args
	each := func(f func(i int, p *unsafe.Pointer)) {
		a := &w.args
		for i, p := range [...]*unsafe.Pointer{&a.params, &a.grads, &a.moments1, &a.moments2, &a.steps, &a.ema, &a.halves} {
			if *p != nil {
				f(i, p)
			}
		}
	}
	advance := func(by int) {
		each(func(i int, p *unsafe.Pointer) {
			if i == halvesArray {
				*p = unsafe.Add(*p, 2*by)
			} else {
				*p = unsafe.Add(*p, 4*by)
			}
		})
	}
	advance(first)
	whole := count / s.v.lanes
	bad := 0
	if whole > 0 {
		w.args.vectors = whole
		s.v.adam((*byte)(unsafe.Pointer(&w.args)))
		bad = w.args.nonfinite
	}
	if rest := count - whole*s.v.lanes; rest > 0 {
		if whole > 0 {
			advance(whole * s.v.lanes)
		}
		// The last values go through memory of a whole register, where the others have no gradient.
		var home [7]unsafe.Pointer
		w.tail = [7][16]float32{}
		each(func(i int, p *unsafe.Pointer) {
			home[i], *p = *p, unsafe.Pointer(&w.tail[i])
			copy(w.bytes(i, rest), unsafe.Slice((*byte)(home[i]), len(w.bytes(i, rest))))
		})
		w.args.vectors = 1
		s.v.adam((*byte)(unsafe.Pointer(&w.args)))
		bad += w.args.nonfinite
		each(func(i int, _ *unsafe.Pointer) {
			copy(unsafe.Slice((*byte)(home[i]), len(w.bytes(i, rest))), w.bytes(i, rest))
		})
	}
	s.nonfinite.Add(uint32(bad))
}

// halvesArray is the place of the packed copy among the arrays, two bytes a value.
const halvesArray = 6

// bytes is the memory of rest values of array i in the tail.
func (w *adamWorker) bytes(i, rest int) []byte {
	if i == halvesArray {
		return gpu.Bytes(w.tail[i][:])[:2*rest]
	}
	return gpu.Bytes(w.tail[i][:rest])
}
