package engine

import (
	"context"
	"errors"
	"math"
	"time"
)

// due reports whether a better picture can be made. The lock is held.
func (w *Worker) due(p *plan) bool {
	if w.want.View.Camera.Width < 1 || w.want.View.Camera.Height < 1 || p.failed != 0 && p.failed == w.want.serial {
		return false
	}
	return !p.fresh(w.want, w.model) || !p.finished(w.want)
}

// plan is where the refinement of a picture stands.
type plan struct {
	serial, model int
	scale         float64 // of the last picture
	samples       int
	sum           Frame
	full          bool
	started       bool
	failed        int     // the serial of a view that cannot be rendered
	debt          float64 // seconds that pictures may take before training has its turn
	drawn         float64 // seconds of pictures since training had it
}

// patience is how much longer than expected a picture of a moving view may take before a newer view ends it: what pixels cost may have
// changed.
const patience = 3

// renderShare is the time that pictures get for a second of training while nothing moves.
const renderShare = 0.5

// Training that goes on while a view changes: a slice after so many seconds of pictures, where a step takes at most so many
// milliseconds.
const (
	picturesBetween = 0.1
	shortStep       = 60
)

// trainFirst reports whether training comes before the next picture. A view that changed is shown first, except that a short slice of
// training now and then does not hurt, where steps are short: step is the time of one, milliseconds.
func (p *plan) trainFirst(r Request, step float64) bool {
	if !p.started || p.serial != r.serial {
		return p.started && p.drawn > picturesBetween && step > 0 && step < shortStep
	}
	return p.debt <= 0
}

// fresh reports whether the last picture shows this request with these parameters.
func (p *plan) fresh(r Request, model int) bool {
	return p.started && p.serial == r.serial && p.model == model
}

func (p *plan) finished(r Request) bool {
	if r.Moving {
		return true
	}
	return p.full && p.samples >= max(1, r.MaxSamples)
}

// refine is the ratio between resolutions of successive pictures of a view that stays.
const refine = 2

// trainingBudget is how long a picture may take while training goes on and nothing moves, seconds.
const trainingBudget = 0.25

// render makes the next picture.
func (w *Worker) render(ctx context.Context, p *plan, r Request, model int) error {
	full := r.View.Camera
	affordable := func(budget float64) float64 {
		return math.Sqrt(float64(full.Width) * float64(full.Height) / max(1, w.rate*budget))
	}
	scale := 1.0
	next := p.samples
	switch {
	case r.FixedScale > 0:
		scale = r.FixedScale
		if !p.fresh(r, model) {
			next = 0
		}
	case r.Moving:
		scale, next = affordable(r.Budget), 0
	case w.trains() && !p.fresh(r, model):
		scale, next = affordable(trainingBudget), 0
	case !p.fresh(r, model):
		scale, next = affordable(2*r.Budget), 0
	case !p.full:
		scale, next = p.scale/refine, 0
	}
	if scale = min(max(scale, 1), 16); scale < 1.2 {
		scale = 1
	}
	width, height := max(1, int(float64(full.Width)/scale)), max(1, int(float64(full.Height)/scale))
	v := r.View
	v.Camera = full.Resized(width, height)
	v.Sample = next
	var f Frame
	stage := w.staged(r)
	start := w.now()
	if r.Moving {
		expected := max(r.Budget, float64(width*height)/max(1, w.rate))
		w.mu.Lock()
		w.spare = start.Add(time.Duration(patience * expected * float64(time.Second)))
		w.mu.Unlock()
	}
	var err error
	rows := 0
	if stage != nil {
		rows, err = w.stay(ctx, v, stage)
	} else {
		rows, err = w.bands(ctx, v, &f)
	}
	spent := w.since(start)
	if rows > 0 { // also of a picture that was ended: the next one is to be cheaper
		w.rate += 0.5 * (float64(width*rows)/max(spent, 1e-6) - w.rate)
	}
	if err != nil {
		if stage != nil {
			p.started = false // some rows have this sample already
		}
		if !errors.Is(err, context.Canceled) {
			p.failed = r.serial
		}
		return err
	}
	switch {
	case stage != nil:
		p.sum = Frame{}
	case next == 0:
		p.sum = f
	default:
		p.sum.Add(&f)
	}
	p.serial, p.model, p.scale, p.samples, p.started, p.full = r.serial, model, scale, next+1, true, scale <= max(1, r.FixedScale)
	picture := &Picture{Stage: stage, Samples: p.samples, Request: r, Time: spent, Full: p.full}
	if stage != nil {
		picture.Width, picture.Height = width, height
	} else {
		picture.Frame = p.sum.Mean(p.samples)
	}
	kernels := w.kernels()
	w.mu.Lock()
	w.picture, w.status.Kernels = picture, kernels
	w.status.RenderMS, w.status.PixelRate, w.status.Width, w.status.Height, w.status.Samples = 1e3*spent, w.rate, width, height, p.samples
	w.mu.Unlock()
	return nil
}

// staged is where a picture of a request stays, nil where it comes to the host.
func (w *Worker) staged(r Request) *Stage {
	device := w.engine.About().Hardware
	if _, can := w.engine.(Adder); !can || device == nil || device != r.Stay {
		return nil
	}
	if w.stage == nil || w.stage.Device != device {
		w.stage = &Stage{Device: device}
	}
	return w.stage
}

// band is how long a piece of a picture takes; a changed view waits no longer.
const band = 0.03

// pieces calls f for bands of rows of a picture, so that a changed view can end it, and returns how many rows were done.
func (w *Worker) pieces(ctx context.Context, v View, f func(v View) error) (rows int, err error) {
	width, height := v.Camera.Width, v.Camera.Height
	for rows < height {
		n := min(max(int(w.rate*band/float64(width)), 4), height-rows)
		v.Region = Region{rows, n}
		if err := f(v); err != nil {
			return rows, err
		}
		rows += n
		if err := ctx.Err(); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// stay renders a view piece by piece into the stage, and returns how many rows were done.
func (w *Worker) stay(ctx context.Context, v View, s *Stage) (int, error) {
	width, height := v.Camera.Width, v.Camera.Height
	if err := s.room(width * height); err != nil {
		return 0, err
	}
	rows, err := w.pieces(ctx, v, func(v View) error {
		return w.engine.(Adder).Add(ctx, v, s.work, v.Region.First*width, v.Sample == 0)
	})
	if err != nil {
		return rows, err
	}
	return rows, s.publish(Staged{v.Camera, v.Sample + 1, v.Normals})
}

// bands renders a view piece by piece into a frame, and returns how many rows were done.
func (w *Worker) bands(ctx context.Context, v View, f *Frame) (int, error) {
	width, height := v.Camera.Width, v.Camera.Height
	var part Frame
	return w.pieces(ctx, v, func(v View) error {
		if err := w.engine.Render(ctx, v, &part); err != nil {
			return err
		}
		y := v.Region.First
		if y == 0 {
			f.Resize(width, height, part.Cost != nil)
			f.Normals = part.Normals
		}
		copy(f.Color[4*y*width:], part.Color)
		copy(f.Depth[y*width:], part.Depth)
		if part.Cost != nil && f.Cost != nil {
			copy(f.Cost[y*width:], part.Cost)
		}
		return nil
	})
}
