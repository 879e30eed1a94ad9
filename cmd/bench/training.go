package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
	"github.com/radia-go/radia/train"
)

// proceduralScene is what is trained on without --data.
var proceduralScene = synth.Options{Views: 30, TestViews: 1, ValViews: 1, Size: 128, Seed: 1}

// data is the data set to train on, and what it is called.
func (c *nerfCmd) data(e *app.Env) (data *scene.Dataset, name string, err error) {
	name, path := c.Data, c.Data
	if path == "" {
		dir, err := os.MkdirTemp("", "radia-bench")
		if err != nil {
			return nil, "", err
		}
		defer os.RemoveAll(dir)
		o := proceduralScene
		name, path, o.Ctx = fmt.Sprintf("procedural scene, %d views of %dx%d", o.Views, o.Size, o.Size), filepath.Join(dir, "scene"), e.Ctx
		if err := synth.Write(path, o); err != nil {
			return nil, "", interrupted(e, err)
		}
	}
	data, err = scene.Load(path, scene.LoadOptions{Split: "train"})
	return data, name, err
}

// interrupted is what ended with the program's context, or err.
func interrupted(e *app.Env, err error) error {
	if err != nil && e.Ctx.Err() != nil && errors.Is(err, e.Ctx.Err()) {
		return app.ErrInterrupted
	}
	return err
}

// train measures training. The first steps compile kernels and do not count.
func (c *nerfCmd) train(e *app.Env, d gpu.Device) error {
	data, name, err := c.data(e)
	if err != nil {
		return err
	}
	config, err := loadConfig(c.Preset)
	if err != nil {
		return err
	}
	batch, warmup := train.DefaultBatch(d), 1
	if kind := d.Info().Kind; kind != gpu.KindHost && kind != gpu.KindSoftware {
		warmup = 16
	}
	t, err := train.NewNeRF(d, data, train.Options{Config: config, Batch: batch, Seed: paramSeed, NearDistance: 0.1})
	if err != nil {
		return err
	}
	defer t.Release()
	run := func(l train.Limits) (last train.Report, err error) {
		err = t.Run(e.Ctx, l, func(r train.Report) { last = r })
		return last, interrupted(e, err)
	}
	if _, err := run(train.Limits{Steps: warmup}); err != nil {
		return err
	}
	before := maps.Clone(d.Stats())
	last, err := run(train.Limits{Time: c.TrainTime})
	if err != nil {
		return err
	}
	l := &trainLine{Bench: "train", Device: d.Info().String(), Data: name, Preset: c.Preset, Batch: batch, Warmup: warmup, Steps: last.Step - warmup,
		Seconds: last.Elapsed.Seconds(), RaysRate: last.RaysRate * 1e-6, SamplesRate: last.SamplesRate * 1e-6, PerRay: last.SamplesPerRay,
		PSNR: last.PSNR, Stages: map[string]float64{}}
	steps := float64(l.Steps)
	l.StepsRate, l.Step = steps/l.Seconds, 1e3*l.Seconds/steps
	for kernel, s := range d.Stats() {
		l.Dispatches += float64(s.Dispatches-before[kernel].Dispatches) / steps
		if t := s.Time - before[kernel].Time; t > 0 && d.Info().Limits.TimestampBits > 0 {
			l.Stages[kernel] = milliseconds(t) / steps
			l.Kernels += l.Stages[kernel]
		}
	}
	if l.Variant = d.Stats()[kernels.NerfBackward.Name].Variant; l.Variant == "" {
		l.Variant = "portable"
	}
	return printLine(e, l, l.text())
}

func (l *trainLine) text() string {
	timed := fmt.Sprintf("kernels %.2f", l.Kernels)
	if len(l.Stages) == 0 {
		timed = "kernels " + untimed
	}
	return fmt.Sprintf("train %s, %s: %.4g steps/s of about %d samples, %.2f ms a step (%s; %.1f dispatches), %.4g Mrays/s, %.4g Msamples/s, %.1f samples a ray, %.2f dB after %d steps, %s, on %s\n",
		l.Data, l.Preset, l.StepsRate, l.Batch, l.Step, timed, l.Dispatches, l.RaysRate, l.SamplesRate, l.PerRay, l.PSNR, l.Warmup+l.Steps, l.Variant, l.Device)
}
