package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
	"github.com/radia-go/radia/train"
)

// FittedOptions make a field that is fitted to samples. Exactly one of Picture, Mesh, Volume and Snapshot is given.
type FittedOptions struct {
	Device   func() (gpu.Device, error)
	Name     string
	File     string // the path of Snapshot
	Path     string // of the data
	Picture  *imageio.Image
	Mesh     *mesh.Mesh
	Volume   *volume.Medium     // lit by the sky
	Snapshot *snapshot.Snapshot // shown as it is
	Config   string             // "" chooses by device
	Seed     uint64
}

// subject is a field on a device with what trains and shows it.
type subject struct {
	field    *field.Function
	trainer  trainer // nil for a snapshot
	renderer renderer
	snapshot func() (*snapshot.Snapshot, error)
	release  func() // of field and trainer
	box      Box
	up       mgl32.Vec3
	occupied func() []float32 // cells in Morton order, nil where there is no grid
	kind     string
	sheet    *field.Image // of a picture
}

// Fitted shows a picture, a distance field or a volume, trained meanwhile where there is something to train on.
type Fitted struct {
	opt     FittedOptions
	device  *meter
	subject *subject // nil after a reset that failed
	about   About
	elapsed time.Duration
	keeper  keeper
	kept    *snapshot.Snapshot // of the training, in the host's memory
	tuning  Tuning             // as remembered
	inForce Tuning
	called  string // its configuration
}

var _ Engine = (*Fitted)(nil)

// NewFitted opens a device and puts a field on it.
func NewFitted(o FittedOptions) (*Fitted, error) {
	d, err := o.Device()
	if err != nil {
		return nil, err
	}
	f := &Fitted{opt: o, device: &meter{Device: d}, tuning: untuned}
	if err := f.build(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", o.Name, err), d.Close())
	}
	return f, nil
}

func (f *Fitted) build() error {
	s, err := f.make()
	if err != nil {
		return err
	}
	f.subject = s
	f.describe()
	return nil
}

func (f *Fitted) make() (*subject, error) {
	o := &f.opt
	mode := config.Image
	switch {
	case o.Mesh != nil:
		mode = config.SDF
	case o.Volume != nil:
		mode = config.Volume
	case o.Snapshot != nil:
		mode = config.Mode(o.Snapshot.Mode)
	}
	if o.Snapshot == nil {
		opt, err := f.fitOptions(mode)
		if err != nil {
			return nil, err
		}
		if mode == config.SDF {
			t, err := train.NewSDF(f.device, o.Mesh, mesh.SignFor(o.Mesh), opt)
			if err != nil {
				return nil, err
			}
			return f.distance(t.Field, t, resumable(t.Snapshot), t.Release)
		}
		if mode == config.Volume {
			t, err := train.NewVolume(f.device, o.Volume, volume.NewSky(o.Volume.Up), opt)
			if err != nil {
				return nil, err
			}
			return f.volume(t.Field, t, resumable(t.Snapshot), t.Release)
		}
		t, err := train.NewImage(f.device, o.Picture, opt)
		if err != nil {
			return nil, err
		}
		return f.image(t.Field, t, resumable(t.Snapshot), t.Release)
	}
	same := func() (*snapshot.Snapshot, error) { return o.Snapshot, nil }
	switch mode {
	case config.Image:
		m, err := field.LoadImage(f.device, o.Snapshot, o.Name)
		if err != nil {
			return nil, err
		}
		return f.image(m, nil, same, m.Release)
	case config.SDF:
		m, err := field.LoadSDF(f.device, o.Snapshot, o.Name)
		if err != nil {
			return nil, err
		}
		return f.distance(m, nil, same, m.Release)
	case config.Volume:
		m, err := field.LoadVolume(f.device, o.Snapshot, o.Name)
		if err != nil {
			return nil, err
		}
		return f.volume(m, nil, same, m.Release)
	}
	return nil, fmt.Errorf("a snapshot of mode %q cannot be shown here", o.Snapshot.Mode)
}

// resumable saves a training so that it can be resumed.
func resumable(save func(bool) (*snapshot.Snapshot, error)) func() (*snapshot.Snapshot, error) {
	return func() (*snapshot.Snapshot, error) { return save(true) }
}

// preset is the configuration of fresh parameters.
func (f *Fitted) preset(mode config.Mode) string {
	name := f.opt.Config
	switch {
	case name != "" && (filepath.Ext(name) != "" || filepath.Base(name) != name):
		return name
	case name != "":
		return string(mode) + "/" + name
	case mode != config.Image && onProcessor(f.device):
		return string(mode) + "/small"
	}
	return string(mode) + "/base"
}

func (f *Fitted) image(m *field.Image, t trainer, save func() (*snapshot.Snapshot, error), release func()) (*subject, error) {
	r, err := render.NewImage(f.device, m)
	if err != nil {
		release()
		return nil, err
	}
	return &subject{field: m.Function, trainer: t, renderer: r, snapshot: save, release: release, box: Box{Lo: mgl32.Vec3{0, 0, 0}, Hi: mgl32.Vec3{1, 1, 1}},
		kind: fmt.Sprintf("picture of %d x %d", m.Width, m.Height), sheet: m}, nil
}

func (f *Fitted) distance(m *field.SDF, t trainer, save func() (*snapshot.Snapshot, error), release func()) (*subject, error) {
	r, err := render.NewSDF(f.device, m)
	if err != nil {
		release()
		return nil, err
	}
	return &subject{field: m.Function, trainer: t, renderer: r, snapshot: save, release: release, box: Box{Lo: m.Lo, Hi: m.Hi}, kind: "distance field"}, nil
}

func (f *Fitted) volume(m *field.Volume, t trainer, save func() (*snapshot.Snapshot, error), release func()) (*subject, error) {
	r, err := render.NewVolume(f.device, m)
	if err != nil {
		release()
		return nil, err
	}
	return &subject{field: m.Function, trainer: t, renderer: r, snapshot: save, release: release, box: Box{Lo: m.Lo, Hi: m.Hi}, up: m.Up, occupied: m.Occupancy, kind: "volume"}, nil
}

func (f *Fitted) describe() {
	s, info := f.subject, f.device.Info()
	a := About{
		Name: f.opt.Name, File: f.opt.File, Source: f.opt.Path, Kind: kindOf(s.kind, s.field.Config.Name, f.opt.Name), Device: info.Name, Driver: info.Backend + ": " + info.Driver,
		Hardware: f.device.Device, Params: s.field.Layout.Total, Memory: f.device.bytes, CanTrain: s.trainer != nil, CanSave: true, Box: s.box, Transform: scene.DefaultTransform(),
		Background: look.Dark, Up: mgl32.Vec3{0, 1, 0}, Levels: s.field.LevelCount(), Tuning: f.inForce,
	}
	if s.sheet != nil {
		a.Flat, a.Up = true, mgl32.Vec3{0, -1, 0}
		a.Home, a.Center = look.SheetCamera(s.sheet.Width, s.sheet.Height), mgl32.Vec3{0.5, 0.5, 0.5}
		if m := f.opt.Picture; m != nil {
			a.Views = []TrainingView{{Name: f.opt.Name, Camera: a.Home, Image: func() (*imageio.Image, error) { return m, nil }}}
		}
	} else {
		if a.Modes = []string{"depth", "normals", "position", "cost", "slice"}; s.occupied != nil {
			a.Modes, a.Up = []string{"depth", "position", "cost", "slice"}, s.up
			a.Background = look.Sky
		}
		a.Home, a.Center = home(nil, s.box, a.Up)
	}
	f.about = a
}

// About implements Engine.
func (f *Fitted) About() About { return f.about }

// Render implements Engine.
func (f *Fitted) Render(ctx context.Context, v View, out *Frame) error {
	if f.subject == nil {
		return errGone
	}
	return show(ctx, f.subject.renderer, f.subject.box, v, out)
}

// Train implements Engine.
func (f *Fitted) Train(ctx context.Context, d time.Duration) (Progress, error) {
	if f.subject == nil || f.subject.trainer == nil {
		return Progress{}, ErrFixed
	}
	p, err := goOn(ctx, f.subject.trainer, d, &f.elapsed)
	if err == nil {
		err = f.keeper.due(f.keep)
	}
	return p, err
}

// Reset implements Engine.
func (f *Fitted) Reset() error {
	if f.subject == nil || f.subject.trainer == nil {
		return ErrFixed
	}
	f.free()
	f.kept, f.elapsed, f.tuning = nil, 0, f.tuning.again(false)
	return f.build()
}

// Save implements Engine.
func (f *Fitted) Save(path string) error {
	if f.subject == nil {
		return errGone
	}
	s, err := f.subject.snapshot()
	if err != nil {
		return err
	}
	return snapshot.Save(path, s)
}

// Occupied implements Engine: of these fields a volume has a grid.
func (f *Fitted) Occupied(most int) ([]Box, error) {
	if f.subject == nil || f.subject.occupied == nil {
		return nil, nil
	}
	return look.Boxes(look.Cells(f.subject.occupied()), most), nil
}

// Kernels are the times of the kernels that ran.
func (f *Fitted) Kernels() gpu.Stats { return f.device.Stats() }

// Close implements Engine.
func (f *Fitted) Close() error { return f.device.Close() }
