package main

import (
	"fmt"

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

// view is the field to render: the model's, from its first training camera, or random numbers in a ball.
func (c *nerfCmd) view(d gpu.Device) (*nerfView, error) {
	if c.Model == "" {
		return c.randomView(d)
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
	return s, s.prepare(d, c.Pipeline, func(p field.Pipeline) (*field.NeRF, []float32, error) {
		return field.LoadNeRF(d, snap, c.Model, field.NeRFOptions{Pipeline: p})
	})
}

// randomView is a field whose table is drawn from [-1/2, 1/2) and whose weights are those of a start.
func (c *nerfCmd) randomView(d gpu.Device) (*nerfView, error) {
	settings, err := loadConfig(c.Preset)
	if err != nil {
		return nil, err
	}
	s := &nerfView{name: c.Preset + ", random numbers in a ball", camera: scene.Camera{Width: 64, Height: 48, Focal: [2]float32{80, 80},
		Principal: [2]float32{0.5, 0.5}, Pose: scene.LookAt(mgl32.Vec3{1.4, 0.9, -0.4}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})}}
	return s, s.prepare(d, c.Pipeline, func(p field.Pipeline) (*field.NeRF, []float32, error) {
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
}

type nerfEngine struct {
	field    *field.NeRF
	renderer *render.NeRF
}

// prepare makes an engine for each pipeline from the field that open gives for it.
func (s *nerfView) prepare(d gpu.Device, pipelines []string, open func(field.Pipeline) (*field.NeRF, []float32, error)) (err error) {
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	s.engines = map[field.Pipeline]*nerfEngine{}
	for _, name := range pipelines {
		p := fieldPipeline(name)
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

// engine renders by the named pipeline.
func (s *nerfView) engine(name string) (*nerfEngine, error) {
	e := s.engines[fieldPipeline(name)]
	return e, e.renderer.Use(stagesOf(name))
}

func fieldPipeline(name string) field.Pipeline {
	if name == "unfused" {
		return field.Unfused
	}
	return field.Fused
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

// stagesOf are the stages of a pipeline.
func stagesOf(name string) render.Stages {
	return (&app.FramePipelineFlags{Pipeline: name}).Stages()
}
