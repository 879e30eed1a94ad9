package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/train"
)

// training is that of a field of any kind.
type training interface {
	Run(ctx context.Context, limits train.Limits, report func(train.Report)) error
	Snapshot(resumable bool) (*snapshot.Snapshot, error)
	Done() int
	Batch() int
}

// run trains to the limits of the command and writes the model; then found says what was found beside the field. A result beside an
// error means that the model was saved.
func (c *trainCmd) run(env *app.Env, d gpu.Device, t training, result *trainReport, found func() error) (*trainReport, error) {
	result.Device, result.Model, result.Batch = d.Info().String(), c.Out, t.Batch()
	first, images := t.Done(), ""
	if result.Images > 1 {
		images = fmt.Sprintf(" on %d images", result.Images)
	}
	env.Logf("training %d parameters%s, batch %d, from step %d", result.Parameters, images, result.Batch, first)
	save := func() error {
		s, err := t.Snapshot(!c.Small)
		if err != nil {
			return err
		}
		return snapshot.Save(c.Out, s)
	}
	limits := train.Limits{Steps: c.Steps, Time: time.Duration(c.Seconds * float64(time.Second))}
	if c.Steps == 0 && c.Seconds == 0 {
		limits.Steps = defaultSteps
	}
	if c.reached(limits, first) {
		return c.nothingLeft(env, d, result, limits, first)
	}
	ctx, stop := context.WithCancel(env.Ctx)
	defer stop()
	saved := time.Now()
	var saving error
	savedStep := 0
	progress := c.progress(env, first, limits)
	err := t.Run(ctx, limits, func(r train.Report) {
		result.Steps, result.Seconds, result.Loss, result.PSNR = r.Step, r.Elapsed.Seconds(), r.Loss, r.PSNR
		result.SamplesRate, result.RaysRate, result.SamplesPerRay = r.SamplesRate, r.RaysRate, r.SamplesPerRay
		progress(r)
		if c.SaveEvery > 0 && time.Since(saved) >= c.SaveEvery {
			if saving = save(); saving != nil {
				stop()
			} else {
				savedStep = r.Step
			}
			saved = time.Now()
		}
	})
	progress(train.Report{})
	switch {
	case saving != nil:
		return nil, c.failed(saving, savedStep)
	case errors.Is(err, context.Canceled):
		if t.Done() == first {
			return nil, errBeforeFirst // nothing was trained, so nothing replaces a file that may be there
		}
		result.Interrupted = true
	case err != nil:
		return nil, c.failed(err, savedStep)
	}
	if err := save(); err != nil {
		return nil, c.failed(err, savedStep)
	}
	if math.IsInf(result.PSNR, 0) || math.IsNaN(result.PSNR) {
		result.PSNR = 0 // JSON has no infinities; a loss of exactly 0 means that nothing was trained
	}
	result.Steps = t.Done()
	if err := found(); err != nil {
		return result, err
	}
	c.LogShares(env, d)
	if result.Interrupted {
		env.Logf("interrupted at step %d: saved %s; continue with --resume %s", result.Steps, c.Out, c.Out)
		return result, app.ErrInterrupted
	}
	return result, nil
}

// nothingFound is for fields beside which training finds nothing.
func nothingFound() error { return nil }

// errBeforeFirst is an interruption that comes before there is anything to save.
var errBeforeFirst = fmt.Errorf("%w before the first step: nothing was written", app.ErrInterrupted)

// progress returns a function that shows a report; an empty report ends the display.
func (c *trainCmd) progress(env *app.Env, first int, limits train.Limits) func(train.Report) {
	total := int64(limits.Steps - first)
	byTime := limits.Steps == 0
	if byTime {
		total = int64(limits.Time / time.Millisecond)
	}
	p := env.NewProgress("train", total)
	return func(r train.Report) {
		if r.Step == 0 {
			p.Done()
			return
		}
		done := int64(r.Step - first)
		if byTime {
			done = r.Elapsed.Milliseconds()
		}
		p.Set(done, fmt.Sprintf("step %d, loss %.5f, %.2f dB, %.2f Msamples/s", r.Step, r.Loss, r.PSNR, r.SamplesRate/1e6))
	}
}
