package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
	"github.com/radia-go/radia/train"
)

// fittedOptions are for trainings of pictures and volumes alone.
type fittedOptions struct {
	Up            string `placeholder:"AXIS" help:"Direction of a volume's voxels that points upwards: x, y, z, -x, -y or -z; default: what the file says."`
	Environment   string `placeholder:"LIGHT" help:"Light around a volume: sky (the default), black, white, #rrggbb, or a picture in latitude and longitude."`
	Sampling      string `placeholder:"NAME" enum:",stratified,random,halton,sobol" default:"" help:"Where a step's positions on a picture come from: stratified (the default), random, halton or sobol."`
	PictureMemory int    `default:"0" placeholder:"MIB" help:"Memory for the pixels of a picture; of a larger one tiles are read from a file beside the model. 0: what it needs, up to 2^28 pixels."`
}

// refuse reports a flag that the data, of the kind that what names, has no use for; allowed are those that it has.
func (o *fittedOptions) refuse(data, what string, allowed ...string) error {
	for _, f := range []struct {
		flag string
		set  bool
	}{{"--up", o.Up != ""}, {"--environment", o.Environment != ""}, {"--sampling", o.Sampling != ""}, {"--picture-memory", o.PictureMemory != 0}} {
		if f.set && !slices.Contains(allowed, f.flag) {
			return app.Usagef("%s: %s has no meaning for %s", data, f.flag, what)
		}
	}
	return nil
}

// isPicture tells a picture from other data by its content.
func isPicture(path string) bool {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	_, err = imageio.Probe(path, maxPicture)
	return err == nil
}

// modeOf is the mode of a snapshot, or what is wrong with the file.
func modeOf(path string) (config.Mode, error) {
	s, err := loadSnapshot(path)
	if err != nil {
		return "", err
	}
	return config.Mode(s.Mode), nil
}

// loadSnapshot reads a model; data in its place is called what it is.
func loadSnapshot(path string) (*snapshot.Snapshot, error) {
	s, err := snapshot.Load(path)
	if err == nil || snapshot.Probe(path) {
		return s, err
	}
	what := ""
	switch {
	case isPicture(path):
		what = kinds[config.Image]
	case mesh.Probe(path):
		what = kinds[config.SDF]
	case volume.Probe(path):
		what = kinds[config.Volume]
	default:
		return nil, err
	}
	return nil, fmt.Errorf("%s: is %s, not a model; radia train makes a model of it", path, what)
}

// kinds are what the data of a mode is called.
var kinds = map[config.Mode]string{config.NeRF: "posed images", config.Image: "a picture", config.SDF: "a mesh", config.Volume: "a volume"}

// presetFor is the configuration that --config names for data of a mode: a file, or the preset of that mode. A preset of another mode, whose loss and rates
// suit other data, is refused.
func (c *trainCmd) presetFor(mode config.Mode) (*config.Config, error) {
	name := c.configName()
	if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
		return config.Load(name)
	}
	var own []string
	other := false
	for _, preset := range config.Presets() {
		of, short, _ := strings.Cut(preset, "/")
		if of == string(mode) {
			if name == short || name == preset {
				return config.Load(preset)
			}
			own = append(own, short)
		}
		other = other || name == short || name == preset
	}
	if other {
		return nil, app.Usagef("--config %s is no preset for %s; presets: %s", name, kinds[mode], strings.Join(own, ", "))
	}
	return config.Load(name)
}

// fitOptions are the options of a training of the mode, those of the snapshot of --resume where there is one; concrete
// fills in what a configuration leaves to the data.
func (c *trainCmd) fitOptions(d gpu.Device, mode config.Mode, concrete func(*config.Config) (*config.Config, error)) (train.FitOptions, error) {
	opt := train.FitOptions{Batch: c.Batch, Seed: defaultSeed, Deterministic: c.Exact}
	if c.Seed != nil {
		opt.Seed = *c.Seed
	}
	batch := train.ImageBatch(d)
	if mode == config.Volume {
		batch = train.VolumeBatch(d)
	}
	var err error
	if c.Resume == "" {
		if opt.Batch == 0 {
			opt.Batch = batch
		}
		if opt.Config, err = c.presetFor(mode); err == nil {
			opt.Config, err = opt.Config.WithLearning(c.Loss, c.LearningRate)
		}
		return opt, err
	}
	s, err := snapshot.Load(c.Resume)
	if err != nil {
		return opt, err
	}
	if s.Mode != string(mode) {
		return opt, fmt.Errorf("%s: a snapshot of mode %q cannot go on with %s, which is data of mode %q", c.Resume, s.Mode, c.Data, mode)
	}
	if opt.Config, err = config.FromTree(s.Config, c.Resume); err != nil {
		return opt, err
	}
	if opt.Seed, err = c.seedOf(s); err != nil {
		return opt, err
	}
	if opt.Batch == 0 {
		opt.Batch = train.StoredBatch(s, batch)
	}
	if c.Config != "" {
		asked, err := c.presetFor(mode)
		if err != nil {
			return opt, err
		}
		if asked, err = concrete(asked); err != nil {
			return opt, err
		}
		stored, err := concrete(opt.Config)
		if err != nil {
			return opt, fmt.Errorf("%s: %w", c.Resume, err)
		}
		if what := config.Differ(stored, asked); what != "" {
			return opt, fmt.Errorf("--config %s is not the configuration that %s was trained with: %s; leave --config out", c.Config, c.Resume, what)
		}
	}
	opt.Resume = s
	opt.Config, err = opt.Config.WithLearning(c.Loss, c.LearningRate)
	return opt, err
}

// begun names the file that is to blame where a training could not begin.
func (c *trainCmd) begun(err error) error {
	if c.Resume != "" {
		return fmt.Errorf("%s, %s: %w", c.Resume, c.Data, err)
	}
	return fmt.Errorf("%s: %w", c.Data, err)
}

// refuseNeRFFlags reports a flag that data of the kind that what names has no use for: those of radiance fields, and of other kinds but for those allowed.
func (c *trainCmd) refuseNeRFFlags(what string, allowed ...string) error {
	for flag, set := range map[string]bool{"--split": c.Split != "", "--background": c.Background != "random",
		"--precision": c.Precision != "full", "--downscale": c.Downscale != 1, "--aabb-scale": c.AABBScale != 0} {
		if set {
			return app.Usagef("%s: %s has no meaning for %s", c.Data, flag, what)
		}
	}
	if flag := c.nerfOptions.given(); flag != "" {
		return app.Usagef("%s: %s has no meaning for %s", c.Data, flag, what)
	}
	return c.fittedOptions.refuse(c.Data, what, allowed...)
}

// fitted fills in the layout of a field other than NeRF.
func (r *modelReport) fitted(cfg *config.Config, s *snapshot.Snapshot) error {
	var err error
	switch config.Mode(s.Mode) {
	case config.Image:
		width, height, sizing := field.ImageSize(s)
		if sizing != nil {
			return fmt.Errorf("%s: %w", r.File, sizing)
		}
		r.Size = []int{width, height}
		cfg, err = cfg.ForImage(width, height)
	case config.SDF:
		cfg, err = cfg.ForSDF()
	case config.Volume:
		voxels, sizing := field.VolumeVoxels(s)
		if sizing != nil {
			return fmt.Errorf("%s: %w", r.File, sizing)
		}
		cfg, err = cfg.ForVolume(float32(voxels))
	default:
		return nil
	}
	if err != nil {
		return err
	}
	l, err := cfg.LayoutFor(r.Parameters)
	if err != nil {
		return err
	}
	r.Networks, r.Encoding = l.NetworkParams, l.Position.Count
	return nil
}
