package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
	"github.com/radia-go/radia/train"
)

// trainCmd trains a model.
type trainCmd struct {
	Data         string        `arg:"" help:"Folder or JSON file with posed images (also a COLMAP model), one picture, a mesh (OBJ, PLY, STL), or a volume (NanoVDB, NIfTI, raw)."`
	Out          string        `short:"o" required:"" placeholder:"MODEL.ingp" help:"Snapshot to write, .ingp or .msgpack."`
	Config       string        `placeholder:"NAME|FILE.json" help:"Preset (base, the default, small, big; ngpc-2022 or ingp-2023, also with -densegrid or -densegrid_1res, for every kind of data) or configuration file."`
	Steps        int           `default:"0" help:"Stop after so many steps in all; 0: 10000 unless --seconds is given."`
	Seconds      float64       `default:"0" help:"Stop after so many seconds; 0 means no limit."`
	Split        string        `default:"" help:"Images to train on: train, all or NAME for transforms_NAME.json."`
	Downscale    int           `default:"1" placeholder:"K" help:"Train on images smaller by K in width and height."`
	AABBScale    int           `name:"aabb-scale" placeholder:"N" help:"Edge of the scene's cube instead of what the data set says: a power of two from 1 to 128; larger takes in more background, coarser."`
	Batch        int           `default:"0" help:"Samples that a step should keep; 0 chooses by device."`
	Seed         *uint64       `placeholder:"N" help:"Seed of parameters and random numbers; default 1337, or that of --resume."`
	LearningRate float64       `placeholder:"RATE" help:"Learning rate instead of the configuration's, also of --resume; 0: that one."`
	Loss         string        `placeholder:"NAME" help:"Loss instead of the configuration's, also of --resume: L2, L1, Huber, MAPE, SMAPE, LogL1, RelativeL2 or RelativeL1."`
	Background   string        `default:"random" help:"Background behind transparent images: random, black, white or #rrggbb."`
	Precision    string        `default:"full" enum:"full,half" help:"Table of the encoding as the kernels read it."`
	Exact        bool          `help:"Make runs with the same seed equal bit by bit on a GPU too (the CPU always is)."`
	Resume       string        `placeholder:"MODEL" help:"Continue the training of this snapshot, with its configuration, batch and random numbers."`
	Small        bool          `help:"Write the model without what resuming needs; a tenth of the size."`
	SaveEvery    time.Duration `default:"1m" help:"Also save this often while training; 0 never."`
	fittedOptions
	nerfOptions
	app.PipelineFlags
	app.DeviceFlags
}

// defaultSteps ends a training for which the user set no limit.
const defaultSteps = 10000

// maxRate is the largest learning rate.
const maxRate = 1000

// maxSeconds is 30 years; a time.Duration ends at 292.
const maxSeconds = 1e9

// trainReport is the JSON result.
type trainReport struct {
	Device        string  `json:"device"`
	Model         string  `json:"model"`
	Steps         int     `json:"steps"`
	Seconds       float64 `json:"seconds"`
	SamplesRate   float64 `json:"samples_per_s"`
	RaysRate      float64 `json:"rays_per_s"`
	SamplesPerRay float64 `json:"samples_per_ray"`
	Loss          float64 `json:"loss"`
	PSNR          float64 `json:"psnr_train"`
	Parameters    int     `json:"parameters"`
	Images        int     `json:"images"`
	Batch         int     `json:"batch"`
	Interrupted   bool    `json:"interrupted"`
}

func (c *trainCmd) Run(env *app.Env) error {
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.Open(env)
	if err != nil {
		return err
	}
	result, err := c.train(env, d)
	if closing := d.Close(); err == nil {
		err = closing
	}
	if result == nil {
		return err
	}
	rays := ""
	if result.RaysRate > 0 {
		rays = fmt.Sprintf(", %.0f rays/s", result.RaysRate)
	}
	text := fmt.Sprintf("%s: %d steps in %.1f s, loss %.6f, training PSNR %.2f dB, %.2f Msamples/s%s on %s\n",
		result.Model, result.Steps, result.Seconds, result.Loss, result.PSNR, result.SamplesRate/1e6, rays, result.Device)
	if printing := env.Result(result, text); err == nil {
		err = printing
	}
	return err
}

// train does the work on an open device. A result beside an error means that the model was saved.
func (c *trainCmd) train(env *app.Env, d gpu.Device) (*trainReport, error) {
	if isPicture(c.Data) {
		return c.trainImage(env, d)
	}
	if mesh.Probe(c.Data) {
		return c.trainSDF(env, d)
	}
	if volume.Probe(c.Data) {
		return c.trainVolume(env, d)
	}
	if err := damaged(c.Data); err != nil {
		return nil, err
	}
	if err := c.fittedOptions.refuse(c.Data, "posed images"); err != nil {
		return nil, err
	}
	data, err := c.load(env)
	if err != nil {
		return nil, err
	}
	t, err := c.begin(d, data)
	if err != nil {
		return nil, err
	}
	return c.run(env, d, t, &trainReport{Parameters: t.Field.Layout.Total, Images: len(data.Frames)}, func() error { return c.found(env, t) })
}

// check refuses flags and targets before any work is done.
func (c *trainCmd) check() error {
	switch {
	case c.Steps < 0 || c.Seconds < 0 || math.IsNaN(c.Seconds) || math.IsInf(c.Seconds, 0):
		return app.Usagef("--steps and --seconds must not be negative")
	case c.Seconds > maxSeconds:
		return app.Usagef("--seconds %g: must be at most %g", c.Seconds, float64(maxSeconds))
	case c.Downscale < 1:
		return app.Usagef("--downscale %d: must be at least 1", c.Downscale)
	case c.AABBScale < 0 || c.AABBScale > 128 || c.AABBScale&(c.AABBScale-1) != 0:
		return app.Usagef("--aabb-scale %d: must be a power of two from 1 to 128", c.AABBScale)
	case c.Batch != 0 && (c.Batch < train.LeastFitBatch || c.Batch > train.MostBatch):
		return app.Usagef("--batch %d: must be from %d to %d", c.Batch, train.LeastFitBatch, train.MostBatch)
	case !(c.LearningRate >= 0 && c.LearningRate <= maxRate):
		return app.Usagef("--learning-rate %g: must be from 0 to %d", c.LearningRate, maxRate)
	case c.Loss != "" && !slices.ContainsFunc(config.Losses(), func(n string) bool { return strings.EqualFold(n, c.Loss) }):
		return app.Usagef("--loss %s: must be one of %s", c.Loss, strings.Join(config.Losses(), ", "))
	case c.PictureMemory < 0 || c.PictureMemory > 1<<30:
		return app.Usagef("--picture-memory %d: must be from 0 to %d MiB", c.PictureMemory, 1<<30)
	case c.SaveEvery < 0:
		return app.Usagef("--save-every %v: must not be negative", c.SaveEvery)
	}
	if c.Background != "random" {
		if _, err := parseColor(c.Background); err != nil {
			return app.Usagef("--background: %v, or random", err)
		}
	}
	if c.Up != "" {
		if err := new(volume.Volume).SetUp(c.Up); err != nil {
			return app.Usagef("--up: %v", err)
		}
	}
	if err := c.nerfOptions.check(); err != nil {
		return err
	}
	if c.Freeze != "" && c.Resume == "" {
		return app.UsageError("--freeze needs --resume: there is nothing to keep yet")
	}
	return writable(c.Out, ".ingp", ".msgpack")
}

// writable refuses an output that cannot be written, before the work that it is for, or whose extension is none of those given.
func writable(path string, extensions ...string) error {
	ok := len(extensions) == 0
	for _, e := range extensions {
		ok = ok || strings.EqualFold(filepath.Ext(path), e)
	}
	if !ok {
		return app.Usagef("%s: the file name must end in %s", path, strings.Join(extensions, " or "))
	}
	return atomicfile.Check(path)
}

func (c *trainCmd) load(env *app.Env) (*scene.Dataset, error) {
	progress := env.NewProgress("images", 1000)
	data, err := scene.Load(c.Data, scene.LoadOptions{Ctx: env.Ctx, Split: c.Split, Downscale: c.Downscale, AABBScale: c.AABBScale,
		Progress: func(done, total int) {
			progress.Set(int64(1000*done/max(total, 1)), fmt.Sprintf("%d of %d", done, total))
		}})
	progress.Done()
	if err != nil {
		return nil, err
	}
	for _, w := range data.Warnings {
		env.Logf("%s", w)
	}
	env.Logf("%v", data)
	return data, nil
}

func (c *trainCmd) begin(d gpu.Device, data *scene.Dataset) (*train.NeRF, error) {
	opt := train.Options{Batch: c.Batch, Seed: defaultSeed, Half: c.Precision == "half", Deterministic: c.Exact, Pipeline: c.PipelineFlags.Field()}
	if c.Seed != nil {
		opt.Seed = *c.Seed
	}
	if opt.Batch == 0 {
		opt.Batch = train.DefaultBatch(d)
	}
	if opt.Batch < train.LeastBatch {
		return nil, app.Usagef("--batch %d: must be at least %d, the samples of one ray", c.Batch, train.LeastBatch)
	}
	if err := c.nerfOptions.apply(&opt); err != nil {
		return nil, err
	}
	if c.Background != "random" {
		color, err := parseColor(c.Background)
		if err != nil {
			return nil, fmt.Errorf("--background: %w", err)
		}
		opt.Background = &color
	}
	opt.Latents = data.Latents
	if c.Appearance != nil {
		opt.Latents = *c.Appearance
	}
	if c.Resume == "" {
		var err error
		if opt.Config, err = config.Load(c.configName()); err != nil {
			return nil, err
		}
		if opt.Config, err = opt.Config.WithLearning(c.Loss, c.LearningRate); err != nil {
			return nil, err
		}
		return train.NewNeRF(d, data, opt)
	}
	s, err := snapshot.Load(c.Resume)
	if err != nil {
		return nil, err
	}
	if opt.Config, err = config.FromTree(s.Config, c.Resume); err != nil {
		return nil, err
	}
	if opt.Seed, err = c.seedOf(s); err != nil {
		return nil, err
	}
	if err := c.agrees(s, opt.Config); err != nil {
		return nil, err
	}
	if opt.Config, err = opt.Config.WithLearning(c.Loss, c.LearningRate); err != nil {
		return nil, err
	}
	if c.Batch == 0 {
		opt.Batch = train.StoredBatch(s, opt.Batch)
	}
	latents, lights := field.StoredExtra(s)
	if c.Appearance != nil && *c.Appearance != latents {
		return nil, app.Usagef("--appearance %d: %s was trained with %d", *c.Appearance, c.Resume, latents)
	}
	if lights && !data.HasLights() {
		return nil, fmt.Errorf("%s was trained with the direction of every picture's light, which %s does not have", c.Resume, data.Path)
	}
	opt.Latents, opt.IgnoreLights = latents, !lights
	t, err := train.ResumeNeRF(d, data, s, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Resume, err)
	}
	return t, nil
}

// configName is what --config says, or its default.
func (c *trainCmd) configName() string {
	if c.Config == "" {
		return "base"
	}
	return c.Config
}

// defaultSeed is that of a training for which neither the user nor the snapshot of --resume names one.
const defaultSeed = 1337

// seedOf is the seed whose random numbers the snapshot of --resume goes on with; a --seed that says otherwise is refused.
func (c *trainCmd) seedOf(s *snapshot.Snapshot) (uint64, error) {
	seed, ok := train.StoredSeed(s)
	switch {
	case c.Seed == nil && ok:
		return seed, nil
	case c.Seed == nil:
		return defaultSeed, nil
	case ok && *c.Seed != seed:
		return 0, fmt.Errorf("--seed %d: %s goes on with the random numbers of seed %d; leave --seed out", *c.Seed, c.Resume, seed)
	}
	return *c.Seed, nil
}

// agrees refuses a --config that is not the one the snapshot of --resume was trained with.
func (c *trainCmd) agrees(s *snapshot.Snapshot, stored *config.Config) error {
	if c.Config == "" {
		return nil
	}
	asked, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	if asked, err = field.ConfigOf(s, asked, c.Config); err != nil {
		return err
	}
	if stored, err = field.ConfigOf(s, stored, c.Resume); err != nil {
		return err
	}
	if what := config.Differ(stored, asked); what != "" {
		return fmt.Errorf("--config %s is not the configuration that %s was trained with: %s; leave --config out", c.Config, c.Resume, what)
	}
	return nil
}
