package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/radia-go/radia/gpu"
)

// Request is what the window wants to see.
type Request struct {
	View       View // of the full window; Sample and Region are the worker's
	Moving     bool // the view changes: speed goes before sharpness
	Train      bool
	MaxSamples int     // a pixel, when nothing moves
	Budget     float64 // seconds a picture may take while moving
	FixedScale float64 // resolution divided by this, 0 to choose it
	// Stay is a device on which pictures may stay: they do where the engine computes with it and is an Adder.
	Stay          gpu.Device
	serial, model int
}

// Picture is a finished picture: the mean of Samples frames.
type Picture struct {
	Frame
	Stage   *Stage // where it is, of a picture that stays on the device; then the Frame has a size only
	Samples int
	Request Request // what it shows
	Time    float64 // seconds of its last frame
	Full    bool    // at the window's resolution
}

// Status is what the worker says of itself.
type Status struct {
	About     About
	Progress  Progress
	Losses    []float64 // one per slice of training, newest last
	PSNRs     []float64
	Training  bool
	TrainMS   float64 // of a slice
	StepMS    float64 // of a step of training
	RenderMS  float64 // of a frame
	PixelRate float64 // pixels a second
	Width     int     // of the last frame
	Height    int
	Samples   int
	Busy      string // what long work goes on
	Done      float64
	Err       error // the last failure, until Clear
	// Recovered counts the devices that were lost and opened again; the training went on with step RecoveredAt.
	Recovered, RecoveredAt int
	Tuned                  int   // how often Tune or Begin ended
	Refused                error // what the last of them could not do
	// Kernels are the times of the engine's kernels where its device measures them.
	Kernels gpu.Stats
}

// Worker owns an engine and works for the window.
type Worker struct {
	mu      sync.Mutex
	cond    *sync.Cond
	wake    func()
	engine  Engine
	want    Request
	served  int
	picture *Picture
	status  Status
	jobs    []func(context.Context) error
	stop    bool
	cancel  context.CancelFunc // of the work in progress that a changed view makes useless
	halt    context.CancelFunc // of long work
	done    chan struct{}

	now   func() time.Time
	spare time.Time // until then a picture in work is finished though the view changed: it is of a view that moves

	stage *Stage  // of the engine's device
	rate  float64 // pixels a second, a running estimate
	model int     // counts changes of the parameters

	losses []time.Time // of devices
}

// history is how many points the curves keep.
const history = 512

// firstRate is how many pixels a second are expected of an unknown device: a software driver's, so that the first picture
// comes soon everywhere, if coarse.
const firstRate = 5e3

// NewWorker starts working. wake is called from its goroutine when there is news.
func NewWorker(e Engine, wake func()) *Worker {
	w := newWorker(e, wake)
	go w.loop()
	return w
}

// newWorker is a worker whose loop does not run yet.
func newWorker(e Engine, wake func()) *Worker {
	w := &Worker{engine: e, wake: wake, done: make(chan struct{}), rate: firstRate, now: time.Now}
	w.cond = sync.NewCond(&w.mu)
	w.status.About = e.About()
	return w
}

// Show asks for a view. Work on another one is abandoned, unless it is a picture of a view that moves: those take the budget only, and
// a view that changes faster than that would never be seen.
func (w *Worker) Show(r Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.serial = w.want.serial
	r.model = w.want.model
	if r == w.want {
		return
	}
	if r.View != w.want.View || r.FixedScale != w.want.FixedScale || r.Stay != w.want.Stay {
		r.serial++
		if w.cancel != nil && !(r.Moving && w.now().Before(w.spare)) {
			w.cancel()
		}
	}
	w.want = r
	w.cond.Signal()
}

// Picture returns the newest picture, or nil when it was returned before.
func (w *Worker) Picture() *Picture {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.picture
	w.picture = nil
	return p
}

// Status returns how things stand.
func (w *Worker) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.status
	s.Losses = append([]float64(nil), s.Losses...)
	s.PSNRs = append([]float64(nil), s.PSNRs...)
	return s
}

// Clear forgets the last failure.
func (w *Worker) Clear() {
	w.mu.Lock()
	w.status.Err = nil
	w.mu.Unlock()
}

// Do runs work on the engine's goroutine, in order, under a name that Status shows.
func (w *Worker) Do(name string, f func(ctx context.Context, e Engine, progress func(float64)) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, func(ctx context.Context) error {
		w.set(func(s *Status) { s.Busy, s.Done = name, 0 })
		defer w.set(func(s *Status) { s.Busy, s.Done = "", 0 })
		last := time.Now()
		return f(ctx, w.engine, func(v float64) {
			w.set(func(s *Status) { s.Done = v })
			if time.Since(last) > 50*time.Millisecond {
				last = time.Now()
				w.wake()
			}
		})
	})
	if w.cancel != nil {
		w.cancel()
	}
	w.cond.Signal()
}

// Replace shows another engine; open runs on the engine's goroutine, and the old engine is closed when it succeeded.
func (w *Worker) Replace(name string, open func(ctx context.Context, progress func(float64)) (Engine, error)) {
	w.Do(name, func(ctx context.Context, old Engine, progress func(float64)) error {
		e, err := open(ctx, progress)
		if err != nil {
			return err
		}
		err = old.Close()
		w.engine = e
		w.changed()
		w.set(func(s *Status) {
			s.About, s.Progress, s.Losses, s.PSNRs = e.About(), Progress{}, nil, nil
		})
		return err
	})
}

// Reset starts the training again.
func (w *Worker) Reset() {
	w.Do("reset", func(_ context.Context, e Engine, _ func(float64)) error {
		if err := e.Reset(); err != nil {
			return err
		}
		w.changed()
		w.set(func(s *Status) { s.Progress, s.Losses, s.PSNRs = Progress{}, nil, nil })
		return nil
	})
}

// Cancel ends long work.
func (w *Worker) Cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.halt != nil {
		w.halt()
	}
}

// Close ends the work and closes the engine.
func (w *Worker) Close() error { return w.CloseAfter(nil) }

// CloseAfter is Close with a last look at the engine, unless last is nil.
func (w *Worker) CloseAfter(last func(Engine) error) error {
	w.mu.Lock()
	w.stop = true
	if w.cancel != nil {
		w.cancel()
	}
	if w.halt != nil {
		w.halt()
	}
	w.cond.Signal()
	w.mu.Unlock()
	<-w.done
	var err error
	if last != nil {
		err = last(w.engine)
	}
	return errors.Join(err, w.engine.Close())
}

func (w *Worker) set(f func(*Status)) {
	w.mu.Lock()
	f(&w.status)
	w.mu.Unlock()
}

// changed makes pictures of the old parameters useless.
func (w *Worker) changed() {
	w.mu.Lock()
	w.model++
	w.mu.Unlock()
}

// begin makes the context of a piece of work that a changed view cancels.
func (w *Worker) begin() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	return ctx, cancel
}

// since is the time from start on, seconds.
func (w *Worker) since(start time.Time) float64 { return w.now().Sub(start).Seconds() }

func (w *Worker) loop() {
	defer close(w.done)
	var p plan
	for {
		w.mu.Lock()
		for !w.stop && len(w.jobs) == 0 && !w.due(&p) && !w.training() {
			w.cond.Wait()
		}
		if w.stop {
			w.mu.Unlock()
			return
		}
		if len(w.jobs) > 0 {
			job := w.jobs[0]
			w.jobs = w.jobs[1:]
			ctx, halt := context.WithCancel(context.Background())
			w.halt, w.cancel = halt, nil
			w.mu.Unlock()
			err := job(ctx)
			halt()
			if err != nil {
				err = w.recover(err)
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				w.set(func(s *Status) { s.Err = err })
			}
			w.wake()
			continue
		}
		r, model, train := w.want, w.model, w.training()
		render := w.due(&p) && !(train && p.trainFirst(r, w.status.StepMS))
		w.spare = time.Time{}
		ctx, cancel := w.begin()
		w.mu.Unlock()
		var err error
		start := w.now()
		if render {
			err = w.render(ctx, &p, r, model)
			p.debt = max(p.debt-w.since(start), -1)
			p.drawn += w.since(start)
		} else if train {
			err = w.train(ctx, &p, r)
			p.debt = min(p.debt+renderShare*w.since(start), 0.5)
			p.drawn = 0
		}
		cancel()
		if err != nil {
			if err = w.recover(err); err == nil {
				p = plan{}
			}
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			w.set(func(s *Status) { s.Err, s.Training = err, false })
			w.mu.Lock()
			w.want.Train = false
			w.mu.Unlock()
		}
		w.wake()
	}
}

// training reports whether a slice of training is wanted: while something moves, only where its steps are short. The lock is held.
func (w *Worker) training() bool {
	return w.want.Train && !(w.want.Moving && w.status.StepMS >= shortStep) && w.status.About.CanTrain && w.status.Err == nil
}

// trains is training for callers that do not hold the lock.
func (w *Worker) trains() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.training()
}

// train goes on training for a slice: short while somebody moves the view.
func (w *Worker) train(ctx context.Context, p *plan, r Request) error {
	slice := 250 * time.Millisecond
	if r.Moving {
		slice = 20 * time.Millisecond
	}
	start := w.now()
	progress, err := w.engine.Train(ctx, slice)
	if err != nil {
		return err
	}
	kernels := w.kernels()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.model++
	s := &w.status
	s.Kernels = kernels
	if steps := progress.Step - s.Progress.Step; steps > 0 {
		s.StepMS = 1e3 * w.since(start) / float64(steps)
	}
	s.Progress, s.TrainMS, s.Training = progress, 1e3*w.since(start), true
	s.Losses = keep(append(s.Losses, progress.Loss))
	s.PSNRs = keep(append(s.PSNRs, progress.PSNR))
	return nil
}

// kernels are the times of the engine's kernels, where it has any.
func (w *Worker) kernels() gpu.Stats {
	if k, ok := w.engine.(interface{ Kernels() gpu.Stats }); ok {
		return k.Kernels()
	}
	return nil
}

// keep halves a long history by dropping every other old value.
func keep(v []float64) []float64 {
	if len(v) < history {
		return v
	}
	out := v[:0]
	for i, x := range v {
		if i%2 == 1 || i > history*3/4 {
			out = append(out, x)
		}
	}
	return out
}

// Mean is the mean of n samples per pixel of a view.
func Mean(ctx context.Context, e Engine, v View, n int) (*Frame, error) {
	var sum, f Frame
	v.Region = Region{0, v.Camera.Height}
	for i := range n {
		v.Sample = i
		if err := e.Render(ctx, v, &f); err != nil {
			return nil, err
		}
		if i == 0 {
			sum, f = f, Frame{}
		} else {
			sum.Add(&f)
		}
	}
	mean := sum.Mean(n)
	return &mean, nil
}
