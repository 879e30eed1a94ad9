package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	cli "github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/cmd/viewer/internal/demo"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/synth"
	"github.com/radia-go/radia/scene/volume"
)

// Size of the built-in scene's data set: small, so that it is made within seconds on two processors.
const (
	demoViews = 40
	demoSize  = 100
)

// opener opens what a path names; the empty path is the built-in scene.
type opener struct {
	flags *flags
	env   *cli.Env
	win   window.Window
	data  *scene.Dataset // of the last training, which a dropped snapshot continues
	name  string
	path  string // of data

	compiling atomic.Pointer[string] // what the first picture waits for
}

func (o *opener) open(ctx context.Context, path string, progress func(float64)) (engine.Engine, error) {
	if o.flags.Exact && path == "" {
		return engine.NewAnalytic(o.flags.Seed, demoViews, demoSize), nil
	}
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".ingp" || ext == ".msgpack" || snapshot.Probe(path) {
		return o.model(path)
	}
	if e, known, err := o.single(path); known {
		return e, err
	}
	name, builtin := filepath.Base(path), path == ""
	if builtin {
		dir, err := demoData(o.flags.Seed, progress)
		if err != nil {
			return nil, err
		}
		path, name = dir, builtinName
	} else if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	data, err := scene.Load(path, scene.LoadOptions{Split: o.flags.Split, Progress: func(done, total int) { progress(float64(done) / float64(max(total, 1))) }})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, w := range data.Warnings {
		o.env.Logf("%s", w)
	}
	opt := o.options(name)
	opt.Data, opt.Path, opt.Split = data, path, o.flags.Split
	if kept := o.kept(); builtin && kept != "" && o.data == nil && o.flags.Snapshot == "" {
		// What an earlier version kept may not fit any more; then training starts afresh.
		if s, err := snapshot.Load(kept); err == nil {
			opt.Snapshot = s
			if e, err := engine.NewNeRF(opt); err == nil {
				o.data, o.name, o.path = data, name, path
				return e, nil
			}
			opt.Snapshot = nil
		}
	}
	if builtin && o.untrained() && o.data == nil {
		if opt.Snapshot, err = gently(); err != nil {
			return nil, err
		}
	}
	if o.flags.Snapshot != "" && o.data == nil {
		if opt.Snapshot, err = snapshot.Load(o.flags.Snapshot); err != nil {
			return nil, err
		}
	}
	e, err := engine.NewNeRF(opt)
	if err != nil {
		return nil, err
	}
	o.data, o.name, o.path = data, name, path
	return e, nil
}

// builtinName is the name of the built-in scene.
const builtinName = "procedural scene"

// kept is the file that keeps the training of the built-in scene from one start to the next; "" keeps nothing. Scripts
// and trainings that were asked for in detail do not.
func (o *opener) kept() string {
	f := o.flags
	dir, err := os.UserCacheDir()
	if err != nil || f.Headless != "" || f.Config != "" || f.Split != "train" || f.Settings == "none" {
		return ""
	}
	return filepath.Join(dir, "radia", fmt.Sprintf("procedural-%d-%dx%d.ingp", f.Seed, demoViews, demoSize))
}

// keep saves the built-in scene's training.
func (o *opener) keep(e engine.Engine) error {
	path := o.kept()
	if a := e.About(); path == "" || !a.CanTrain || a.Name != builtinName {
		return nil
	}
	return e.Save(path)
}

// model opens a snapshot: to continue the training at hand where it fits, else to look at.
func (o *opener) model(path string) (engine.Engine, error) {
	s, err := snapshot.Load(path)
	if err != nil {
		return nil, err
	}
	if s.Mode != "nerf" {
		return shown(engine.NewFitted(engine.FittedOptions{Name: filepath.Base(path), File: path, Snapshot: s, Device: o.device}))
	}
	opt := o.options(filepath.Base(path))
	opt.Snapshot, opt.File = s, path
	if d := o.data; d != nil && s.NeRF != nil && s.NeRF.AABBScale == d.AABBScale && len(s.NeRF.Dataset.Images) == len(d.Frames) {
		training := opt
		training.Data, training.Name, training.File = d, fmt.Sprintf("%s on %s", opt.Name, o.name), ""
		training.Path, training.Split = o.path, o.flags.Split
		if e, err := engine.NewNeRF(training); err == nil {
			return e, nil
		}
	}
	return shown(engine.NewNeRF(opt))
}

func (o *opener) options(name string) engine.NeRFOptions {
	return engine.NeRFOptions{
		Name: name, Config: o.flags.Config, Seed: uint64(o.flags.Seed),
		Device: o.device,
	}
}

// device opens what an engine computes with: shared with the window where pictures are to stay there.
func (o *opener) device() (gpu.Device, error) {
	f := o.flags
	f.Compiling = func(kernel string, before int) {
		line := fmt.Sprintf("compiling kernel %d: %s", before+1, kernel)
		o.compiling.Store(&line)
		o.win.Wake()
	}
	if f.Present == "host" {
		return f.Open(o.env)
	}
	f.InstanceExtensions, f.DeviceExtensions = o.win.Extensions()
	d, err := f.Open(o.env)
	if err != nil {
		return nil, err
	}
	// Devices that take calls from one goroutine only cannot be shared.
	if _, can := d.(interface{ Exclusive(func()) }); !can {
		return d, nil
	}
	if f.Present == "auto" && (d.Info().Kind == gpu.KindSoftware || len(f.DeviceExtensions) == 0) {
		return d, nil
	}
	return window.Share(d), nil
}

// single opens what is one file: a picture, a mesh or a volume. known is false for other data.
func (o *opener) single(path string) (e engine.Engine, known bool, err error) {
	st, err := os.Stat(path)
	if path == "" || err != nil || !st.Mode().IsRegular() {
		return nil, false, nil
	}
	opt := engine.FittedOptions{Name: filepath.Base(path), Path: path, Config: o.flags.Config, Seed: uint64(o.flags.Seed), Device: o.device}
	if _, err := imageio.Probe(path, imageio.DefaultMaxPixels); err == nil {
		if opt.Picture, err = imageio.Read(path, imageio.DefaultMaxPixels); err != nil {
			return nil, true, err
		}
	} else if mesh.Probe(path) {
		if opt.Mesh, err = mesh.Load(path); err != nil {
			return nil, true, err
		}
	} else if volume.Probe(path) {
		v, err := volume.Load(path)
		if err != nil {
			return nil, true, err
		}
		for _, w := range v.Warnings {
			o.env.Logf("%s: %s", path, w)
		}
		if opt.Volume, err = volume.NewMedium(v); err != nil {
			return nil, true, fmt.Errorf("%s: %w", path, err)
		}
	} else {
		return nil, false, nil
	}
	f, err := engine.NewFitted(opt)
	if err != nil {
		return nil, true, err
	}
	return f, true, nil
}

// shown is an engine as the interface, nil beside an error.
func shown[E engine.Engine](e E, err error) (engine.Engine, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// untrained reports whether the built-in scene begins with the model that is part of the program: nothing else was asked
// for, and no training of an earlier start is kept.
func (o *opener) untrained() bool {
	f := o.flags
	if f.Seed != demo.Seed || f.Config != "" || f.Split != "train" || f.Snapshot != "" || f.Exact {
		return false
	}
	kept := o.kept()
	if kept == "" {
		return true
	}
	_, err := os.Stat(kept)
	return err != nil
}

// first shows the built-in model at once, while the scene's pictures are still to be made.
func (o *opener) first() (engine.Engine, error) {
	s, err := demo.Model()
	if err != nil {
		return nil, err
	}
	opt := o.options(builtinName)
	opt.Snapshot = s
	return shown(engine.NewNeRF(opt))
}

// gently is the built-in model with a tenth of the learning rate: its optimiser's state is not kept, and its first steps
// would shake it.
func gently() (*snapshot.Snapshot, error) {
	s, err := demo.Model()
	if err != nil {
		return nil, err
	}
	for t := s.Config; t != nil; {
		if next, ok := t["optimizer"].(map[string]any); ok {
			t = next
			continue
		}
		if rate, ok := t["learning_rate"].(float64); ok {
			t["learning_rate"] = rate / 10
		}
		t, _ = t["nested"].(map[string]any)
	}
	return s, nil
}

// demoData makes the built-in scene's pictures once, in the user's cache folder, and returns their folder.
func demoData(seed int64, progress func(float64)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "radia", fmt.Sprintf("procedural-%d-%dx%d", seed, demoViews, demoSize))
	switch _, err := os.Stat(filepath.Join(dir, "transforms_train.json")); {
	case err == nil:
		return dir, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// Another viewer may be doing the same; each writes into a folder of its own, and the first to finish wins.
	work, err := os.MkdirTemp(filepath.Dir(dir), "procedural-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	err = synth.Write(work, synth.Options{Views: demoViews, TestViews: 1, ValViews: 1, Size: demoSize, Seed: seed,
		Progress: func(done, total int) { progress(float64(done) / float64(total)) }})
	if err != nil {
		return "", err
	}
	if err := os.Rename(work, dir); err != nil {
		if _, there := os.Stat(filepath.Join(dir, "transforms_train.json")); there != nil {
			return "", err
		}
	}
	return dir, nil
}
