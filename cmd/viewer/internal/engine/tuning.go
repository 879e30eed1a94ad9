package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/train"
)

// Tuning is what can be changed while a training goes on; each is a flag of radia train.
type Tuning struct {
	Batch int     // --batch, samples a step
	Rate  float64 // --learning-rate
	Loss  string  // --loss

	// The rest is of radiance fields.

	Backdrop         string  // --background: random, black or white
	NearDistance     float64 // --near-distance
	Mode             train.Mode
	DepthWeight      float64 // --depth-weight
	RefineCameras    bool
	OptimizeExposure bool
	Freeze           string // --freeze: encoding, networks, or "" for neither
}

// Tuner is an engine whose training can be changed while it goes on.
type Tuner interface {
	// Tune goes on with the training in another way, from the step where it is: what radia train does with --resume. An error
	// leaves the training as it was.
	Tune(Tuning) error
	// Begin starts the training again from a configuration: a preset or a file.
	Begin(config string) error
}

// untuned is how a training begins. In what an engine remembers, 0 and "" are what the configuration or the device asks for.
var untuned = Tuning{Backdrop: "random", NearDistance: 0.1}

// Backdrops are the values of Tuning.Backdrop.
func Backdrops() []string { return []string{"random", "black", "white"} }

// RflWarmup is how many steps pass before train.ModeRfl, as in radia train.
const RflWarmup = 1000

// merged is what an engine remembers once it is to be tuned as t: what t leaves as it is in force stays with the configuration.
func (t Tuning) merged(inForce, remembered Tuning) Tuning {
	if t.Batch == inForce.Batch {
		t.Batch = remembered.Batch
	}
	if t.Rate == inForce.Rate {
		t.Rate = remembered.Rate
	}
	if t.Loss == inForce.Loss {
		t.Loss = remembered.Loss
	}
	return t
}

// again is t for a training that starts again: there is nothing yet that could stay as it is. With another configuration, rate and loss
// are that one's.
func (t Tuning) again(other bool) Tuning {
	t.Freeze = ""
	if other {
		t.Rate, t.Loss = 0, ""
	}
	return t
}

// inForce is t with what a configuration and a batch make of it.
func (t Tuning) inForce(c *config.Config, batch int) Tuning {
	rate := strconv.FormatFloat(float64(c.Optimizer.Adam.LearningRate), 'g', -1, 32) // as it was written
	t.Rate, _ = strconv.ParseFloat(rate, 64)
	t.Batch, t.Loss = batch, c.Loss.OType
	return t
}

// options are those of a radiance field's training, whose batch is batch unless t says otherwise.
func (t *Tuning) options(c *config.Config, batch int, seed uint64) (o train.Options, err error) {
	o = train.Options{Batch: batch, Seed: seed, NearDistance: float32(t.NearDistance), Mode: t.Mode, RefineCameras: t.RefineCameras, OptimizeExposure: t.OptimizeExposure,
		FreezeEncoding: t.Freeze == "encoding", FreezeNetworks: t.Freeze == "networks", Depth: train.DepthOptions{Weight: float32(t.DepthWeight), Loss: kernels.LossL1}}
	if t.Batch != 0 {
		o.Batch = t.Batch
	}
	if t.Mode == train.ModeRfl {
		o.ModeFrom = RflWarmup
	}
	switch t.Backdrop {
	case "random":
	case "black":
		o.Background = &[3]float32{}
	case "white":
		o.Background = &[3]float32{1, 1, 1}
	default:
		return o, fmt.Errorf("background %q: must be random, black or white", t.Backdrop)
	}
	o.Config, err = c.WithLearning(t.Loss, t.Rate)
	return o, err
}

// Tune implements Tuner.
func (n *NeRF) Tune(t Tuning) error {
	if n.trainer == nil {
		return ErrFixed
	}
	s, err := n.trainer.Snapshot(true)
	if err != nil {
		return err
	}
	was := n.tuning
	return n.change(func() { n.opt.Snapshot, n.kept, n.tuning = s, s, t.merged(n.about.Tuning, was) }, func() { n.opt.Snapshot, n.kept, n.tuning = s, s, was })
}

// Begin implements Tuner.
func (n *NeRF) Begin(name string) error {
	if n.trainer == nil {
		return ErrFixed
	}
	if _, err := config.Load(name); err != nil {
		return err
	}
	s, err := n.trainer.Snapshot(true)
	if err != nil && !errors.Is(err, train.ErrDiverged) {
		return err
	}
	was, tuning, elapsed := n.opt.Config, n.tuning, n.elapsed
	return n.change(func() {
		n.opt.Snapshot, n.kept, n.opt.Config, n.elapsed = nil, nil, name, 0
		n.tuning = tuning.again(true)
	}, func() { n.opt.Snapshot, n.kept, n.opt.Config, n.tuning, n.elapsed = s, s, was, tuning, elapsed })
}

// change builds the training anew with other options. back restores those of before, with which it is built again where the
// others do not do: both at once may not fit into the device's memory.
func (n *NeRF) change(with, back func()) error {
	n.release()
	with()
	err := n.build()
	if err == nil {
		return nil
	}
	n.release()
	back()
	if again := n.build(); again != nil {
		n.release()
		return errors.Join(err, again)
	}
	return err
}

// Tune implements Tuner.
func (f *Fitted) Tune(t Tuning) error {
	if f.subject == nil || f.subject.trainer == nil {
		return ErrFixed
	}
	s, err := f.subject.snapshot()
	if err != nil {
		return err
	}
	was := f.tuning
	return f.change(func() { f.kept, f.tuning = s, t.merged(f.about.Tuning, was) }, func() { f.kept, f.tuning = s, was })
}

// Begin implements Tuner.
func (f *Fitted) Begin(name string) error {
	if f.subject == nil || f.subject.trainer == nil {
		return ErrFixed
	}
	s, err := f.subject.snapshot()
	if err != nil && !errors.Is(err, train.ErrDiverged) {
		return err
	}
	was, tuning, elapsed := f.opt.Config, f.tuning, f.elapsed
	return f.change(func() {
		f.kept, f.opt.Config, f.elapsed = nil, name, 0
		f.tuning = tuning.again(true)
	}, func() { f.kept, f.opt.Config, f.tuning, f.elapsed = s, was, tuning, elapsed })
}

func (f *Fitted) change(with, back func()) error {
	f.free()
	with()
	err := f.build()
	if err == nil {
		return nil
	}
	back()
	return errors.Join(err, f.build())
}

// free frees everything but the device.
func (f *Fitted) free() {
	f.subject.renderer.Release()
	f.subject.release()
	f.subject, f.device.bytes = nil, 0
}

// fitOptions are those of the training of a picture, a mesh or a volume, which goes on from what was kept of it.
func (f *Fitted) fitOptions(mode config.Mode) (opt train.FitOptions, err error) {
	batch := train.ImageBatch(f.device)
	if f.kept != nil {
		batch = train.StoredBatch(f.kept, batch)
		opt.Config, err = config.FromTree(f.kept.Config, f.called)
	} else {
		opt.Config, err = config.Load(f.preset(mode))
	}
	if err != nil {
		return opt, err
	}
	opt.Batch, opt.Seed, opt.Resume = batch, f.opt.Seed, f.kept
	if f.tuning.Batch != 0 {
		opt.Batch = f.tuning.Batch
	}
	if opt.Config, err = opt.Config.WithLearning(f.tuning.Loss, f.tuning.Rate); err == nil {
		f.inForce, f.called = f.tuning.inForce(opt.Config, opt.Batch), opt.Config.Name
	}
	return opt, err
}

// Tune goes on with the training in another way.
func (w *Worker) Tune(t Tuning) {
	w.Do("changing the training", func(_ context.Context, e Engine, _ func(float64)) error {
		x, ok := e.(Tuner)
		if !ok {
			return ErrFixed
		}
		return w.changing(x.Tune(t))
	})
}

// Begin starts the training again from a configuration.
func (w *Worker) Begin(config string) {
	w.Do("starting again with "+config, func(_ context.Context, e Engine, _ func(float64)) error {
		x, ok := e.(Tuner)
		if !ok {
			return ErrFixed
		}
		err := x.Begin(config)
		if err == nil {
			w.set(func(s *Status) { s.Progress, s.Losses, s.PSNRs = Progress{}, nil, nil })
		}
		return w.changing(err)
	})
}

// changing takes over what the engine says of itself after its training was built anew. What was refused is told, and training goes on
// as before; err is returned where the device is lost.
func (w *Worker) changing(err error) error {
	w.changed()
	about := w.engine.About()
	w.set(func(s *Status) { s.About, s.StepMS, s.Tuned, s.Refused = about, 0, s.Tuned+1, err })
	if errors.Is(err, gpu.ErrDeviceLost) {
		return err
	}
	return nil
}

var (
	_ Tuner = (*NeRF)(nil)
	_ Tuner = (*Fitted)(nil)
)
