package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

func loadConfig(preset string) (*config.Config, error) {
	c, err := config.Load(preset)
	if err != nil {
		return nil, app.UsageError(err.Error())
	}
	return c, nil
}

// contrast spreads the densities of random numbers, so that rays end inside.
const contrast = 16

// viewFlags say what is rendered, and how large and often.
type viewFlags struct {
	Model  string   `placeholder:"MODEL" help:"Snapshot to render, seen from its first training camera; default: a field of random numbers in a ball, of --preset."`
	Preset string   `default:"ingp-2023" help:"Network where there is no --model."`
	Size   []string `placeholder:"WxH" help:"Pictures to render; default: 1920x1080 and 3840x2160 on a GPU, 160x120 on a software driver, 320x240 on a processor."`
	Frames int      `default:"0" help:"Frames of each size and pipeline, of which the median counts; 0 is 50 on a GPU and 20 elsewhere."`
}

func (c *viewFlags) check() error {
	if c.Frames < 0 || c.Frames > 10000 {
		return app.UsageError(fmt.Sprintf("--frames %d: must be from 0 to 10000", c.Frames))
	}
	for _, s := range c.Size {
		if _, err := parseSize(s); err != nil {
			return err
		}
	}
	return nil
}

// plan is which pictures are rendered how often on a device.
func (c *viewFlags) plan(d gpu.Device) (sizes [][2]int, frames int) {
	for _, s := range c.Size {
		size, err := parseSize(s)
		if err != nil {
			panic("bench: sizes were not checked: " + err.Error())
		}
		sizes = append(sizes, size)
	}
	switch kind := d.Info().Kind; {
	case kind == gpu.KindHost:
		return orSizes(sizes, [2]int{320, 240}), or(c.Frames, 20)
	case kind == gpu.KindSoftware:
		return orSizes(sizes, [2]int{160, 120}), or(c.Frames, 20)
	}
	return orSizes(sizes, [2]int{1920, 1080}, [2]int{3840, 2160}), or(c.Frames, 50)
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

// view is the field to render: the model's, from its first training camera, or random numbers in a ball.
func (c *viewFlags) view(d gpu.Device, plans []plan) (*nerfView, error) {
	if c.Model == "" {
		return c.randomView(d, plans)
	}
	snap, err := snapshot.Load(c.Model)
	if err != nil {
		return nil, err
	}
	cameras := field.TrainingCameras(snap)
	if len(cameras) == 0 {
		return nil, fmt.Errorf("%s holds no cameras", c.Model)
	}
	s := &nerfView{name: c.Model, camera: cameras[0]}
	return s, s.prepare(d, plans, func(p field.Pipeline) (*field.NeRF, []float32, error) {
		return field.LoadNeRF(d, snap, c.Model, field.NeRFOptions{Pipeline: p})
	})
}

// randomView is a field whose table is drawn from [-1/2, 1/2) and whose weights are those of a start.
func (c *viewFlags) randomView(d gpu.Device, plans []plan) (*nerfView, error) {
	settings, err := loadConfig(c.Preset)
	if err != nil {
		return nil, err
	}
	s := &nerfView{name: c.Preset + ", random numbers in a ball", camera: scene.Camera{Width: 64, Height: 48, Focal: [2]float32{80, 80},
		Principal: [2]float32{0.5, 0.5}, Pose: scene.LookAt(mgl32.Vec3{1.4, 0.9, -0.4}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})}}
	return s, s.prepare(d, plans, func(p field.Pipeline) (*field.NeRF, []float32, error) {
		f, err := field.NewNeRF(d, settings, 1, field.NeRFOptions{Pipeline: p})
		if err != nil {
			return nil, nil, err
		}
		return f, ball(), f.SetParams(randomParams(f.Layout))
	})
}

func randomParams(l *config.Layout) []float32 {
	params := l.Init(paramSeed)
	rng := pcg32.New(paramSeed)
	for i := l.NetworkParams; i < len(params); i++ {
		params[i] = rng.Float32() - 0.5
	}
	last := l.Density.Matrices[len(l.Density.Matrices)-1]
	for i := range last.Cols {
		params[last.Offset+i] *= contrast
	}
	return params
}

// nerfView is a field with a view of it, once fused and once un-fused as the pipelines need it.
type nerfView struct {
	name    string
	camera  scene.Camera
	engines map[field.Pipeline]*nerfEngine
	first   *render.Frame // that the others are compared with
}

type nerfEngine struct {
	field    *field.NeRF
	renderer *render.NeRF
}

// prepare makes an engine for each pipeline from the field that open gives for it.
func (s *nerfView) prepare(d gpu.Device, plans []plan, open func(field.Pipeline) (*field.NeRF, []float32, error)) (err error) {
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	s.engines = map[field.Pipeline]*nerfEngine{}
	for _, plan := range plans {
		p := plan.network
		if s.engines[p] != nil {
			continue
		}
		f, grid, err := open(p)
		if err != nil {
			return err
		}
		e := &nerfEngine{field: f}
		s.engines[p] = e
		lo, hi := field.TrainingBox(f.AABBScale)
		if e.renderer, err = render.NewNeRF(d, f, [2][3]float32{lo, hi}); err != nil {
			return err
		}
		if err := e.renderer.SetGrid(grid); err != nil {
			return err
		}
	}
	return nil
}

func (s *nerfView) release() {
	for _, e := range s.engines {
		if e.renderer != nil {
			e.renderer.Release()
		}
		e.field.Release()
	}
}

// renderer renders by the plan.
func (s *nerfView) renderer(p plan) (*render.NeRF, error) {
	r := s.engines[p.network].renderer
	return r, r.Use(p.stages)
}

// ball is the analytic occupancy of a field of random numbers: cells whose centre is within 0.3 of the middle.
func ball() []float32 {
	grid := make([]float32, field.GridCells)
	for i := range grid {
		var d float64
		for axis := range 3 {
			v := 0
			for bit := range 7 {
				v |= i >> (3*bit + axis) & 1 << bit
			}
			x := (float64(v)+0.5)/kernels.GridEdge - 0.5
			d += x * x
		}
		if d < 0.3*0.3 {
			grid[i] = 1000
		}
	}
	return grid
}
