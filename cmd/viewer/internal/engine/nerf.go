package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/train"
)

// NeRFOptions make a radiance field.
type NeRFOptions struct {
	// Device opens the device; each engine has its own, so that closing it frees everything.
	Device func() (gpu.Device, error)
	Name   string
	// File is the path of a snapshot that is shown as it is; Path and Split are where Data came from.
	File, Path, Split string
	// Data is what to train on; without it a snapshot is shown as it is.
	Data *scene.Dataset
	// Snapshot is where to begin; without it the parameters are fresh.
	Snapshot *snapshot.Snapshot
	Config   string // of fresh parameters; "" chooses by device
	Seed     uint64
}

// NeRF shows a radiance field, trained meanwhile where there is data.
type NeRF struct {
	opt      NeRFOptions
	device   *meter
	trainer  *train.NeRF // nil without data
	field    *field.NeRF
	renderer *render.NeRF
	bits     gpu.Buffer // of a training
	grid     []float32  // of a snapshot without data
	box      Box
	about    About
	elapsed  time.Duration
	keeper   keeper
	kept     *snapshot.Snapshot // of the training, in the host's memory
	tuning   Tuning             // as remembered
	inForce  Tuning
	called   string // its configuration
}

var _ Engine = (*NeRF)(nil)

// kindOf names a kind of field with its configuration, where that has a name of its own.
func kindOf(kind, config, name string) string {
	if base := filepath.Base(config); base != "" && base != filepath.Base(name) {
		return kind + ", " + base
	}
	return kind
}

// meter counts the bytes of buffers.
type meter struct {
	gpu.Device
	bytes int64
	lost  atomic.Bool // on purpose
}

func (m *meter) NewBuffer(name string, size int) (gpu.Buffer, error) {
	b, err := m.Device.NewBuffer(name, size)
	if err == nil {
		m.bytes += int64(size)
	}
	return b, err
}

// NewNeRF opens a device and puts a radiance field on it.
func NewNeRF(o NeRFOptions) (*NeRF, error) {
	if o.Data == nil && o.Snapshot == nil {
		return nil, fmt.Errorf("%s: neither pictures nor a snapshot", o.Name)
	}
	d, err := o.Device()
	if err != nil {
		return nil, err
	}
	n := &NeRF{opt: o, device: &meter{Device: d}, tuning: untuned}
	if err := n.build(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return n, nil
}

func (n *NeRF) build() (err error) {
	o := &n.opt
	if o.Data != nil {
		err = n.buildTraining()
	} else if n.field, n.grid, err = field.LoadNeRF(n.device, o.Snapshot, o.Name, field.NeRFOptions{}); err == nil {
		n.box = boxOf(o.Snapshot.RenderAABB.Min, o.Snapshot.RenderAABB.Max, n.field.AABBScale)
	}
	if err != nil {
		return err
	}
	if n.renderer, err = render.NewNeRF(n.device, n.field, [2][3]float32{n.box.Lo, n.box.Hi}); err != nil {
		return err
	}
	if n.trainer != nil {
		n.bits = n.trainer.Occupancy()
		n.renderer.ShareGrid(n.bits)
	} else if err := n.renderer.SetGrid(n.grid); err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	n.describe()
	return nil
}

// batch is a batch whose steps do not keep the window waiting: on a processor a quarter of what suits training alone.
func batch(d gpu.Device) int {
	n := train.DefaultBatch(d)
	if onProcessor(d) {
		n /= 4
	}
	return n
}

// onProcessor reports whether a device computes on the processor.
func onProcessor(d gpu.Device) bool {
	k := d.Info().Kind
	return k == gpu.KindHost || k == gpu.KindSoftware
}

func (n *NeRF) buildTraining() (err error) {
	o := &n.opt
	var c *config.Config
	size := batch(n.device)
	if o.Snapshot != nil {
		size = train.StoredBatch(o.Snapshot, size)
		name := o.Name
		if n.kept == o.Snapshot && n.called != "" {
			name = n.called
		}
		c, err = config.FromTree(o.Snapshot.Config, name)
	} else {
		name := o.Config
		if name == "" {
			name = "base"
			if onProcessor(n.device) {
				name = "small"
			}
		}
		c, err = config.Load(name)
	}
	if err != nil {
		return err
	}
	opt, err := n.tuning.options(c, size, o.Seed)
	if err != nil {
		return err
	}
	if o.Snapshot != nil {
		n.trainer, err = train.ResumeNeRF(n.device, o.Data, o.Snapshot, opt)
	} else {
		n.trainer, err = train.NewNeRF(n.device, o.Data, opt)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	n.inForce, n.called = n.tuning.inForce(opt.Config, opt.Batch), opt.Config.Name
	n.field = n.trainer.Field
	n.box = boxOf(o.Data.RenderAABB[0], o.Data.RenderAABB[1], n.field.AABBScale)
	return nil
}

// boxOf is a file's box, or the training box where that is empty, infinite or not given.
func boxOf(lo, hi [3]float32, scale int) Box {
	for k := range 3 {
		if !(lo[k] < hi[k]) {
			lo, hi = field.TrainingBox(scale)
			break
		}
	}
	return Box{Lo: lo, Hi: hi}
}

func (n *NeRF) describe() {
	info := n.device.Info()
	a := About{
		Name: n.opt.Name, File: n.opt.File, Source: n.opt.Path, Data: n.opt.Path, Split: n.opt.Split, Hardware: n.device.Device, Kind: kindOf("radiance field", n.field.Config.Name, n.opt.Name), Device: info.Name, Driver: info.Backend + ": " + info.Driver,
		Params: n.field.Layout.Total, Memory: n.device.bytes, CanTrain: n.trainer != nil, CanSave: true, Box: n.box, Levels: n.field.LevelCount(), Modes: []string{"depth", "normals", "position", "cost", "slice"}, Transform: scene.DefaultTransform(),
		Up: mgl32.Vec3{0, 1, 0},
	}
	var cameras []scene.Camera
	if d := n.opt.Data; d != nil {
		a.Tuning, a.Radiance = n.inForce, true
		for i := range d.Frames {
			a.Depths = a.Depths || d.HasDepth(i)
		}
		a.Up, a.Transform, a.Background = d.Up, d.Transform, d.Background
		for i := range d.Frames {
			f := &d.Frames[i]
			cameras = append(cameras, f.Camera)
			a.Views = append(a.Views, TrainingView{Name: f.Name, Camera: f.Camera, Image: func() (*imageio.Image, error) { return d.Image(i) }})
		}
	} else {
		s := n.opt.Snapshot
		cameras = field.TrainingCameras(s)
		a.Up = s.UpDir
		a.Background = [3]float32(s.BackgroundColor[:3])
		if s.NeRF.Dataset.Scale != 0 {
			a.Transform = scene.Transform{Scale: s.NeRF.Dataset.Scale, Offset: s.NeRF.Dataset.Offset, Mitsuba: s.NeRF.Dataset.FromMitsuba}
		}
	}
	if !(a.Up.Len() > 0) {
		a.Up = mgl32.Vec3{0, 1, 0}
	}
	a.Home, a.Center = home(cameras, n.box, a.Up)
	n.about = a
}

// home is a first view: a training camera a third of the way through the data, or a look at the box.
func home(cameras []scene.Camera, b Box, up mgl32.Vec3) (scene.Camera, mgl32.Vec3) {
	if len(cameras) > 0 {
		return cameras[len(cameras)/3], scene.FocusPoint(cameras)
	}
	center := b.Lo.Add(b.Hi).Mul(0.5)
	side := up.Cross(mgl32.Vec3{0.8, 0.3, 0.5}).Normalize()
	eye := center.Add(side.Mul(1.3)).Add(up.Normalize().Mul(0.6))
	return scene.Camera{Width: 400, Height: 400, Focal: [2]float32{500, 500}, Principal: [2]float32{0.5, 0.5}, Pose: scene.LookAt(eye, center, up)}, center
}

// About implements Engine.
func (n *NeRF) About() About { return n.about }

// Render implements Engine.
func (n *NeRF) Render(ctx context.Context, v View, f *Frame) error {
	if n.renderer == nil {
		return errGone
	}
	return show(ctx, n.renderer, n.box, v, f)
}

// Train implements Engine.
func (n *NeRF) Train(ctx context.Context, d time.Duration) (Progress, error) {
	if n.trainer == nil {
		return Progress{}, ErrFixed
	}
	p, err := goOn(ctx, n.trainer, d, &n.elapsed)
	if err == nil {
		err = n.keeper.due(n.keep)
	}
	return p, err
}

// Reset implements Engine.
func (n *NeRF) Reset() error {
	if n.trainer == nil {
		return ErrFixed
	}
	n.release()
	n.opt.Snapshot, n.kept, n.elapsed, n.tuning = nil, nil, 0, n.tuning.again(false)
	if err := n.build(); err != nil {
		n.release()
		return err
	}
	return nil
}

// release frees everything but the device.
func (n *NeRF) release() {
	if n.renderer != nil {
		n.renderer.Release()
	}
	switch {
	case n.trainer != nil:
		n.trainer.Release()
	case n.field != nil:
		n.field.Release()
	}
	n.renderer, n.trainer, n.field, n.bits = nil, nil, nil, nil
	n.device.bytes = 0
}

// Save implements Engine.
func (n *NeRF) Save(path string) error {
	if n.renderer == nil {
		return errGone
	}
	s := n.opt.Snapshot
	if n.trainer != nil {
		var err error
		if s, err = n.trainer.Snapshot(true); err != nil {
			return err
		}
	}
	return snapshot.Save(path, s)
}

// Occupied implements Engine.
func (n *NeRF) Occupied(most int) ([]Box, error) {
	if n.renderer == nil {
		return nil, errGone
	}
	if n.bits == nil {
		return look.Boxes(look.Cells(n.grid), most), nil
	}
	cells := make([]bool, kernels.GridCells)
	words := make([]uint32, kernels.GridCells/32)
	r := gpu.NewRecording("read occupancy")
	r.Download(n.bits, 0, gpu.Bytes(words))
	if err := n.device.Submit(r); err != nil {
		return nil, err
	}
	for i := range cells {
		cells[i] = words[i/32]>>(i%32)&1 == 1
	}
	return look.Boxes(cells, most), nil
}

// Kernels are the times of the kernels that ran.
func (n *NeRF) Kernels() gpu.Stats { return n.device.Stats() }

// Close implements Engine.
func (n *NeRF) Close() error { return n.device.Close() }
