package main

import (
	"fmt"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
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

// view is the field to render: the model's, from its first training camera, or random numbers.
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
	f, grid, err := field.LoadNeRF(d, snap, c.Model, false)
	if err != nil {
		return nil, err
	}
	s := &nerfView{name: c.Model, field: f, camera: cameras[0]}
	lo, hi := field.TrainingBox(f.AABBScale)
	return s, s.render(d, [2][3]float32{lo, hi}, grid)
}

// randomView is a field whose table is drawn from [-1/2, 1/2) and whose weights are those of a start, in a ball.
func (c *nerfCmd) randomView(d gpu.Device) (*nerfView, error) {
	settings, err := loadConfig(c.Preset)
	if err != nil {
		return nil, err
	}
	f, err := field.NewNeRF(d, settings, 1, false, false)
	if err != nil {
		return nil, err
	}
	params := f.Layout.Init(paramSeed)
	rng := pcg32.New(paramSeed)
	for i := f.Layout.NetworkParams; i < len(params); i++ {
		params[i] = rng.Float32() - 0.5
	}
	last := f.Layout.Density.Matrices[len(f.Layout.Density.Matrices)-1]
	for i := range last.Cols {
		params[last.Offset+i] *= contrast
	}
	if err := f.SetParams(params); err != nil {
		return nil, err
	}
	s := &nerfView{name: c.Preset + ", random numbers in a ball", field: f, camera: scene.Camera{Width: 64, Height: 48, Focal: [2]float32{80, 80},
		Principal: [2]float32{0.5, 0.5}, Pose: scene.LookAt(mgl32.Vec3{1.4, 0.9, -0.4}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})}}
	lo, hi := field.TrainingBox(1)
	return s, s.render(d, [2][3]float32{lo, hi}, ball())
}

func (s *nerfView) render(d gpu.Device, box [2][3]float32, grid []float32) error {
	r, err := render.NewNeRF(d, s.field, box)
	if err != nil {
		s.field.Release()
		return err
	}
	s.renderer = r
	if err := r.SetGrid(grid); err != nil {
		s.release()
		return err
	}
	return nil
}
