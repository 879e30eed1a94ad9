package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/snapshot"
)

// model is a snapshot on a device, ready to render.
type model struct {
	snapshot *snapshot.Snapshot
	field    *field.NeRF
	renderer *render.NeRF
	box      [2][3]float32
	grid     []float32 // of occupancy
}

func loadModel(d gpu.Device, path string, pipeline field.Pipeline) (*model, error) {
	s, err := snapshot.Load(path)
	if err != nil {
		return nil, err
	}
	f, grid, err := field.LoadNeRF(d, s, path, field.NeRFOptions{Pipeline: pipeline})
	if err != nil {
		return nil, err
	}
	box := [2][3]float32{s.RenderAABB.Min, s.RenderAABB.Max}
	for axis := range 3 {
		if !(box[0][axis] < box[1][axis]) { // empty, infinite or not given
			half := float32(f.AABBScale) / 2
			box[0][axis], box[1][axis] = 0.5-half, 0.5+half
		}
	}
	r, err := render.NewNeRF(d, f, box)
	if err != nil {
		f.Release()
		return nil, err
	}
	if err := r.SetGrid(grid); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &model{s, f, r, box, grid}, nil
}

// appear shows a scene as training picture i has it, or with a negative i as the mean of all; a light replaces that of the picture
// where the model knows of lights.
func (m *model) appear(i int, light *[3]float32) error {
	v, err := field.Appearance(m.snapshot, i)
	switch {
	case err != nil:
		return fmt.Errorf("--%w", err)
	case v == nil && i >= 0:
		return fmt.Errorf("--appearance %d: the model was trained without appearances of pictures (train --appearance)", i)
	case v == nil:
		return nil
	}
	v = slices.Clone(v)
	if _, lights := field.StoredExtra(m.snapshot); lights && light != nil {
		inputs := field.LightInputs(*light)
		copy(v, inputs[:])
	}
	m.field.SetAppearance(v)
	return nil
}

// Release frees the model's memory on the device.
func (m *model) Release() {
	m.renderer.Release()
	m.field.Release()
}

// transform maps coordinates of the model's data set to ngp space.
func (m *model) transform() scene.Transform { return modelTransform(m.snapshot) }

// modelTransform maps coordinates of a model's data set to ngp space.
func modelTransform(s *snapshot.Snapshot) scene.Transform {
	d := s.NeRF.Dataset
	if d.Scale == 0 {
		return scene.DefaultTransform()
	}
	return scene.Transform{Scale: d.Scale, Offset: d.Offset, Mitsuba: d.FromMitsuba}
}

// trainingCameras are the cameras the model was trained from.
func (m *model) trainingCameras() []scene.Camera { return field.TrainingCameras(m.snapshot) }

// orbit is a circle at the training cameras' mean distance around the point they look at.
func (m *model) orbit(elevation float32) campath.OrbitOptions {
	o := campath.OrbitOptions{Elevation: elevation}
	if up := mgl32.Vec3(m.snapshot.UpDir); up.Len() > 0 {
		o.Up = up.Normalize()
	}
	cameras := m.trainingCameras()
	if len(cameras) == 0 {
		return o
	}
	o.Center = scene.FocusPoint(cameras)
	for i := range cameras {
		o.Radius += cameras[i].Position().Sub(o.Center).Len() / float32(len(cameras))
	}
	c := cameras[0]
	if c.Focal[1] > 0 && c.Lens.Kind != scene.Orthographic {
		o.FOV = mgl32.RadToDeg(2 * float32(math.Atan(float64(c.Height)/(2*float64(c.Focal[1])))))
	}
	return o
}
