package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
)

// nerfCmd measures training and rendering.
type nerfCmd struct {
	deviceFlags
	viewFlags
	Data      string        `placeholder:"DATA" help:"Data set to measure training with; default: a procedural scene."`
	TrainTime time.Duration `default:"10s" help:"How long to train, after the first steps; 0s measures frames alone."`
	Pipeline  []string      `default:"unfused,fused,mega" help:"unfused, fused, mega."`
}

// nerfLine is one size in one pipeline; its fields are the keys of the JSON output. Times are the medians of frames, in
// which the pipelines took turns.
type nerfLine struct {
	Bench    string `json:"bench"`
	Device   string `json:"device"`
	Model    string `json:"model"`
	Pipeline string `json:"pipeline"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Frames   int    `json:"frames"`

	Frame         float64            `json:"frame_ms"`  // wall clock, with the copy to the host
	Spread        float64            `json:"spread"`    // of it: half the distance of the quartiles over the median
	Kernels       float64            `json:"kernel_ms"` // sum of Stages
	Stages        map[string]float64 `json:"stage_ms"`  // by kernel, from the device's timestamps; empty where it has none
	Shares        map[string]float64 `json:"share"`     // of Kernels: pre, encode, mlp, network (encode and MLP in one), post, whole
	Dispatches    int                `json:"dispatches"`
	SamplesPerRay float64            `json:"samples_per_ray"`
	Evaluated     float64            `json:"evaluated_per_ray"` // with those behind the end of a ray
	RaysRate      float64            `json:"mrays_per_s"`
	SamplesRate   float64            `json:"msamples_per_s"`
	Bytes         float64            `json:"counted_mbytes"` // of a frame, counted and not measured: arrays between kernels and rows of the table
	Variant       string             `json:"variant"`
}

// trainLine is a training; its fields are the keys of the JSON output. Times are means over the steps that count.
type trainLine struct {
	Bench  string `json:"bench"`
	Device string `json:"device"`
	Data   string `json:"data"`
	Preset string `json:"preset"`
	Batch  int    `json:"batch"` // samples that a step aims at
	Warmup int    `json:"warmup_steps"`
	Steps  int    `json:"steps"` // that count

	Seconds     float64            `json:"seconds"`
	StepsRate   float64            `json:"steps_per_s"`
	RaysRate    float64            `json:"mrays_per_s"`
	SamplesRate float64            `json:"msamples_per_s"`  // that reach the backward pass
	PerRay      float64            `json:"samples_per_ray"` // of the last step
	Step        float64            `json:"step_ms"`         // wall clock, with the occupancy grid's updates
	Kernels     float64            `json:"kernel_ms"`       // sum of Stages
	Stages      map[string]float64 `json:"stage_ms"`        // of a step, by kernel, from the device's timestamps; empty where it has none
	Dispatches  float64            `json:"dispatches"`      // of a step
	PSNR        float64            `json:"training_psnr"`
	Variant     string             `json:"variant"` // of the kernel that computes the gradients
}

// Run implements the command.
func (c *nerfCmd) Run(e *app.Env) (err error) {
	for _, p := range c.Pipeline {
		if p != "unfused" && p != "fused" && p != "mega" {
			return app.UsageError(fmt.Sprintf("--pipeline %s: want unfused, fused or mega", p))
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	if c.TrainTime < 0 || c.TrainTime > time.Hour {
		return app.UsageError(fmt.Sprintf("--train-time %v: must be from 0s to 1h", c.TrainTime))
	}
	d, err := c.open(e)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	sizes, frames := c.plan(d)
	if c.TrainTime > 0 {
		if err := c.train(e, d); err != nil {
			return err
		}
	}
	s, err := c.view(d, plansOf(c.Pipeline))
	if err != nil {
		return err
	}
	defer s.release()
	for _, size := range sizes {
		if err := c.measure(e, d, s, size, frames); err != nil {
			return err
		}
	}
	return nil
}

func printLine(e *app.Env, v any, text string) error {
	if !e.JSON {
		_, err := fmt.Fprint(e.Stdout, text)
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("result as JSON: %w", err)
	}
	_, err = fmt.Fprintf(e.Stdout, "%s\n", b)
	return err
}

// measure renders frames by each pipeline in turn and prints a line for each.
func (c *nerfCmd) measure(e *app.Env, d gpu.Device, s *nerfView, size [2]int, frames int) error {
	plans := plansOf(c.Pipeline)
	all, err := s.frames(e, d, plans, size, frames)
	if err != nil {
		return err
	}
	for k, p := range plans {
		l := all[k].line(d, s, p)
		if err := printLine(e, l, l.text()); err != nil {
			return err
		}
	}
	return nil
}

// line sums the frames up.
func (m *measured) line(d gpu.Device, s *nerfView, p plan) *nerfLine {
	wall := summary(slices.Clone(m.wall))
	l := &nerfLine{Bench: "nerf", Device: d.Info().String(), Model: s.name, Pipeline: p.name, Width: m.frame.Width, Height: m.frame.Height,
		Frames: len(m.wall), Frame: milliseconds(wall.median), Spread: wall.spread, Shares: map[string]float64{},
		Dispatches: m.count, Bytes: s.bytes(m.frame, p) * 1e-6}
	rays := float64(m.frame.Rays)
	l.SamplesPerRay, l.Evaluated = float64(m.frame.Samples)/rays, float64(m.frame.Evaluated)/rays
	seconds := max(wall.median.Seconds(), 1e-9)
	l.RaysRate, l.SamplesRate = rays/seconds*1e-6, float64(m.frame.Samples)/seconds*1e-6
	l.Stages, l.Kernels = m.times(d)
	for name, t := range l.Stages {
		l.Shares[stageOf[name]] += t / max(l.Kernels, 1e-9)
	}
	if l.Variant = d.Stats()[p.kernel()].Variant; l.Variant == "" {
		l.Variant = "portable"
	}
	return l
}

func (l *nerfLine) text() string {
	var shares []string
	for name, v := range l.Shares {
		shares = append(shares, fmt.Sprintf("%s %.0f%%", name, 100*v))
	}
	slices.Sort(shares)
	timed := fmt.Sprintf("%.2f ms: %s", l.Kernels, strings.Join(shares, ", "))
	if len(shares) == 0 {
		timed = untimed
	}
	return fmt.Sprintf("%dx%d %-6s %9.2f ms a frame (±%.0f%%), kernels %s; %d dispatches, %.1f samples a ray (%.1f evaluated), %.3f Mrays/s, %.1f MB, %s\n",
		l.Width, l.Height, l.Pipeline, l.Frame, 100*l.Spread, timed, l.Dispatches, l.SamplesPerRay, l.Evaluated, l.RaysRate, l.Bytes, l.Variant)
}
