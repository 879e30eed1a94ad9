package kernels

import (
	"sync"

	"github.com/radia-go/radia/gpu"
)

// A form is how the CPU device computes a kernel faster than its twin: the same results from the same bindings. Its
// memory is kept from call to call, so that a training step makes no garbage.

// form is the memory of one kind of form: S is the call in progress, W what each worker needs for itself.
type form[S, W any] struct {
	pool sync.Pool
	task func(s *S, w *W, lo, hi int)
}

// running is one call of a form.
type running[S, W any] struct {
	call    S
	f       *form[S, W]
	n       int
	grain   int
	workers []*W
	run     func(task, worker int)
}

// newForm makes a form from what it does with a range of the work.
func newForm[S, W any](task func(s *S, w *W, lo, hi int)) *form[S, W] {
	f := &form[S, W]{task: task}
	f.pool.New = func() any {
		r := &running[S, W]{f: f}
		r.run = func(task, worker int) {
			f.task(&r.call, r.workers[worker], task*r.grain, min(r.n, (task+1)*r.grain))
		}
		return r
	}
	return f
}

// do runs the form over [0, n) in tasks of grain; the tasks do not depend on the number of workers.
func (f *form[S, W]) do(c *gpu.Call, call S, n, grain int) {
	if n <= 0 {
		return
	}
	r := f.pool.Get().(*running[S, W])
	for len(r.workers) < c.Pool.Workers() {
		r.workers = append(r.workers, new(W))
	}
	r.call, r.n, r.grain = call, n, grain
	c.Pool.Run((n+grain-1)/grain, r.run)
	var none S
	r.call = none // it must not outlive its buffers
	f.pool.Put(r)
}

// alone is the worker's memory of forms that need none.
type alone = struct{}
