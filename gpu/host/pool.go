package host

import (
	"sync"
	"sync/atomic"
)

// pool keeps its goroutines between dispatches, so that a dispatch costs a wake-up and not a start.
type pool struct {
	workers int
	wake    []chan struct{}
	done    sync.WaitGroup

	// The dispatch in progress.
	f     func(task, worker int)
	tasks int64
	next  atomic.Int64
	fault atomic.Pointer[any] // first panic of a worker, raised again on the caller's goroutine
}

func newPool(workers int) *pool {
	p := &pool{workers: workers}
	for w := 1; w < workers; w++ {
		wake := make(chan struct{}, 1)
		p.wake = append(p.wake, wake)
		go func() {
			for range wake {
				p.work(w)
				p.done.Done()
			}
		}()
	}
	return p
}

func (p *pool) close() {
	for _, w := range p.wake {
		close(w)
	}
}

// Workers implements gpu.Pool.
func (p *pool) Workers() int { return p.workers }

// Run implements gpu.Pool. The caller works too, as worker 0.
func (p *pool) Run(tasks int, f func(task, worker int)) {
	if tasks <= 0 {
		return
	}
	if tasks == 1 || p.workers == 1 {
		for i := range tasks {
			f(i, 0)
		}
		return
	}
	p.f, p.tasks = f, int64(tasks)
	p.next.Store(0)
	helpers := min(p.workers-1, tasks-1)
	p.done.Add(helpers)
	for _, w := range p.wake[:helpers] {
		w <- struct{}{}
	}
	p.work(0)
	p.done.Wait()
	p.f = nil
	if e := p.fault.Swap(nil); e != nil {
		panic(*e)
	}
}

func (p *pool) work(worker int) {
	defer func() {
		if e := recover(); e != nil {
			fault := e // only a panic allocates
			p.fault.CompareAndSwap(nil, &fault)
			p.next.Store(p.tasks)
		}
	}()
	for {
		i := p.next.Add(1) - 1
		if i >= p.tasks {
			return
		}
		p.f(int(i), worker)
	}
}
