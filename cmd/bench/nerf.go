package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/train"
)

// nerfCmd measures rendering, and training where there is data.
type nerfCmd struct {
	deviceFlags
	Model     string        `placeholder:"MODEL" help:"Snapshot to render, seen from its first training camera; default: a field of random numbers in a ball, of --preset."`
	Data      string        `placeholder:"DATA" help:"Data set to measure training with."`
	TrainTime time.Duration `default:"10s" help:"How long to train on --data."`
	Preset    string        `default:"ingp-2023" help:"Network where there is no --model."`
	Size      []string      `placeholder:"WxH" help:"Pictures to render; default: 1920x1080 and 3840x2160 on a GPU, 160x120 on a software driver, 320x240 on a processor."`
	Frames    int           `default:"0" help:"Frames of each size and pipeline, of which the median counts; 0 is 50 on a GPU and 20 elsewhere."`
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
	Stages        map[string]float64 `json:"stage_ms"`  // by kernel, as the device times them
	Shares        map[string]float64 `json:"share"`     // of Kernels: pre, encode, mlp, network (encode and MLP in one), post, whole
	Dispatches    int                `json:"dispatches"`
	SamplesPerRay float64            `json:"samples_per_ray"`
	Evaluated     float64            `json:"evaluated_per_ray"` // with those behind the end of a ray
	RaysRate      float64            `json:"mrays_per_s"`
	SamplesRate   float64            `json:"msamples_per_s"`
	Bytes         float64            `json:"mbytes"` // counted: arrays between kernels and rows of the table
	Variant       string             `json:"variant"`
}

// trainLine is a training.
type trainLine struct {
	Bench       string  `json:"bench"`
	Device      string  `json:"device"`
	Data        string  `json:"data"`
	Batch       int     `json:"batch"`
	Steps       int     `json:"steps"`
	StepsRate   float64 `json:"steps_per_s"`
	RaysRate    float64 `json:"mrays_per_s"`
	SamplesRate float64 `json:"msamples_per_s"`
	PerRay      float64 `json:"samples_per_ray"`
}

// stageOf is the part of a frame that a kernel belongs to.
var stageOf = map[string]string{
	"camera_rays": "pre", "render_march": "pre",
	"grid_encode": "encode", "encode": "encode", "mlp_forward": "mlp", "nerf_infer": "network",
	"render_composite": "post", "scan_blocks": "post", "scan": "post", "render_compact": "post", "tonemap": "post",
	"nerf_mega": "whole",
}

// Run implements the command.
func (c *nerfCmd) Run(e *app.Env) error {
	if c.Frames < 0 || c.Frames > 10000 {
		return app.UsageError(fmt.Sprintf("--frames %d: must be from 0 to 10000", c.Frames))
	}
	for _, p := range c.Pipeline {
		if p != "unfused" && p != "fused" && p != "mega" {
			return app.UsageError(fmt.Sprintf("--pipeline %s: want unfused, fused or mega", p))
		}
	}
	var sizes [][2]int
	for _, s := range c.Size {
		size, err := parseSize(s)
		if err != nil {
			return err
		}
		sizes = append(sizes, size)
	}
	d, err := c.open(e)
	if err != nil {
		return err
	}
	defer d.Close()
	frames := c.Frames
	switch kind := d.Info().Kind; {
	case kind == gpu.KindHost:
		sizes, frames = orSizes(sizes, [2]int{320, 240}), or(frames, 20)
	case kind == gpu.KindSoftware:
		sizes, frames = orSizes(sizes, [2]int{160, 120}), or(frames, 20)
	default:
		sizes, frames = orSizes(sizes, [2]int{1920, 1080}, [2]int{3840, 2160}), or(frames, 50)
	}
	if c.Data != "" {
		if err := c.train(e, d); err != nil {
			return err
		}
	}
	s, err := c.view(d)
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

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func orSizes(s [][2]int, otherwise ...[2]int) [][2]int {
	if len(s) == 0 {
		return otherwise
	}
	return s
}

// parseSize reads WIDTHxHEIGHT.
func parseSize(s string) ([2]int, error) {
	w, h, ok := strings.Cut(strings.ToLower(s), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || width < 1 || height < 1 || width > 1<<14 || height > 1<<14 {
		return [2]int{}, app.UsageError(fmt.Sprintf("--size %s: want WIDTHxHEIGHT, each from 1 to %d", s, 1<<14))
	}
	return [2]int{width, height}, nil
}

// train measures training on the data set.
func (c *nerfCmd) train(e *app.Env, d gpu.Device) error {
	data, err := scene.Load(c.Data, scene.LoadOptions{Split: "train"})
	if err != nil {
		return err
	}
	config, err := loadConfig(c.Preset)
	if err != nil {
		return err
	}
	batch := train.DefaultBatch(d)
	t, err := train.NewNeRF(d, data, train.Options{Config: config, Batch: batch, Seed: paramSeed, NearDistance: 0.1})
	if err != nil {
		return err
	}
	defer t.Release()
	var last train.Report
	if err := t.Run(e.Ctx, train.Limits{Time: c.TrainTime}, func(r train.Report) { last = r }); err != nil {
		return err
	}
	l := trainLine{Bench: "train", Device: d.Info().String(), Data: c.Data, Batch: batch, Steps: last.Step,
		StepsRate: float64(last.Step) / max(last.Elapsed.Seconds(), 1e-9), RaysRate: last.RaysRate * 1e-6, SamplesRate: last.SamplesRate * 1e-6,
		PerRay: last.SamplesPerRay}
	return printLine(e, l, fmt.Sprintf("train %s: %.2f steps/s of %d samples, %.3f Mrays/s, %.3f Msamples/s, %.1f samples a ray on %s\n", c.Data, l.StepsRate,
		batch, l.RaysRate, l.SamplesRate, l.PerRay, l.Device))
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

// measured are the frames of one pipeline.
type measured struct {
	wall   []time.Duration
	stages map[string][]time.Duration
	count  int // dispatches of the last frame
	frame  *render.Frame
}

// measure renders frames by each pipeline in turn and prints a line for each.
func (c *nerfCmd) measure(e *app.Env, d gpu.Device, s *nerfView, size [2]int, frames int) error {
	camera := s.camera.Resized(size[0], size[1])
	all := make([]measured, len(c.Pipeline))
	var first *render.Frame
	for i := -1; i < frames; i++ { // the first compiles, is compared and does not count
		for k, name := range c.Pipeline {
			if err := e.Ctx.Err(); err != nil {
				return app.ErrInterrupted
			}
			engine, err := s.engine(name)
			if err != nil {
				return err
			}
			m := &all[k]
			view := render.View{Camera: camera}
			if i < 0 { // where rays end at 1/100, one that ends a sample later has another colour
				view.MinTransmittance = render.ExactTransmittance
			}
			before := maps.Clone(d.Stats())
			start := time.Now()
			frame, err := engine.renderer.Render(view)
			if err != nil {
				return err
			}
			switch took := time.Since(start); {
			case i >= 0:
				m.add(frame, took, before, d.Stats())
			case first == nil:
				first = frame
			default:
				if err := samePicture(first, frame); err != nil {
					return fmt.Errorf("not timed: %s and %s differ: %w", c.Pipeline[0], name, err)
				}
			}
		}
	}
	for k, name := range c.Pipeline {
		l := all[k].line(d, s, name)
		if err := printLine(e, l, l.text()); err != nil {
			return err
		}
	}
	return nil
}

// samePicture lets no colour differ by more than 1/255.
func samePicture(a, b *render.Frame) error {
	for i := range a.Color {
		if v := math.Abs(float64(a.Color[i] - b.Color[i])); !(v <= 1.0/255) {
			return fmt.Errorf("pixel %d: %v and %v", i/4, a.Color[i], b.Color[i])
		}
	}
	return nil
}

// add takes in one frame.
func (m *measured) add(f *render.Frame, wall time.Duration, before, after gpu.Stats) {
	m.frame, m.wall, m.count = f, append(m.wall, wall), 0
	if m.stages == nil {
		m.stages = map[string][]time.Duration{}
	}
	for name, s := range after {
		if n := s.Dispatches - before[name].Dispatches; n > 0 {
			m.count += n
			m.stages[name] = append(m.stages[name], s.Time-before[name].Time)
		}
	}
}

// line sums the frames up.
func (m *measured) line(d gpu.Device, s *nerfView, pipeline string) *nerfLine {
	wall := summary(slices.Clone(m.wall))
	l := &nerfLine{Bench: "nerf", Device: d.Info().String(), Model: s.name, Pipeline: pipeline, Width: m.frame.Width, Height: m.frame.Height,
		Frames: len(m.wall), Frame: milliseconds(wall.median), Spread: wall.spread, Stages: map[string]float64{}, Shares: map[string]float64{},
		Dispatches: m.count, Bytes: s.bytes(m.frame, pipeline) * 1e-6}
	rays := float64(m.frame.Rays)
	l.SamplesPerRay, l.Evaluated = float64(m.frame.Samples)/rays, float64(m.frame.Evaluated)/rays
	seconds := max(wall.median.Seconds(), 1e-9)
	l.RaysRate, l.SamplesRate = rays/seconds*1e-6, float64(m.frame.Samples)/seconds*1e-6
	for name, times := range m.stages {
		l.Stages[name] = milliseconds(summary(slices.Clone(times)).median)
		l.Kernels += l.Stages[name]
	}
	for name, t := range l.Stages {
		l.Shares[stageOf[name]] += t / max(l.Kernels, 1e-9)
	}
	network := map[string]string{"mega": "nerf_mega", "fused": "nerf_infer", "unfused": "mlp_forward"}[pipeline]
	if l.Variant = d.Stats()[network].Variant; l.Variant == "" {
		l.Variant = "portable"
	}
	return l
}

func milliseconds(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }

func (l *nerfLine) text() string {
	var shares []string
	for name, v := range l.Shares {
		shares = append(shares, fmt.Sprintf("%s %.0f%%", name, 100*v))
	}
	slices.Sort(shares)
	return fmt.Sprintf("%dx%d %-6s %9.2f ms a frame (±%.0f%%), kernels %.2f ms: %s; %d dispatches, %.1f samples a ray (%.1f evaluated), %.3f Mrays/s, %.1f MB, %s\n",
		l.Width, l.Height, l.Pipeline, l.Frame, 100*l.Spread, l.Kernels, strings.Join(shares, ", "), l.Dispatches, l.SamplesPerRay, l.Evaluated, l.RaysRate, l.Bytes, l.Variant)
}

// bytes counts what a frame moves: rows of the table for every evaluated sample, and the arrays between kernels by their
// shapes (docs/kernels.md). Weights, occupancy and level geometry, which stay in caches, are not counted.
func (s *nerfView) bytes(f *render.Frame, pipeline string) float64 {
	const word = 4
	rows, between := 0, 0 // values of the table, and those that an un-fused sample writes and reads
	for _, e := range s.engines {
		l := e.field.Layout
		for _, g := range l.Position.Grids {
			rows += 8 * len(g.Levels) * g.FeaturesPerLevel
		}
		between = 2 * (l.Density.Inputs + l.Density.PaddedOutputs + l.RGB.Inputs + l.RGB.PaddedOutputs)
		break
	}
	total := word * float64(f.Evaluated) * float64(rows)
	if pipeline == "unfused" {
		total += word * float64(f.Evaluated) * float64(between)
	}
	if pipeline == "mega" {
		return total + float64(f.Rays)*7*word // the finished pixel
	}
	// A sample: 7 values written, 6 read and 4 written by the network, 8 read to composite. A ray of a pass: lists, ray
	// and pixel of march (12), composite (26), scan (3) and compact (4). A ray of the frame: ray, flag, pixel, and the
	// first list (18 + 7).
	return total + word*(25*float64(f.Evaluated)+45*float64(f.RayPasses)+25*float64(f.Rays))
}
