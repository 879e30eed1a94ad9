package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/metrics"
)

// evalCmd measures a model on held-out images (docs/formats.md, "Evaluation").
type evalCmd struct {
	Model      string `arg:"" help:"Snapshot to measure."`
	Data       string `arg:"" help:"Folder or JSON file with posed images, or the picture, mesh or volume that the model shows."`
	Split      string `default:"test" help:"Images to compare with: test (the held-out ones) or NAME for transforms_NAME.json."`
	Every      int    `default:"1" help:"Take every N-th image of the split."`
	MaxViews   int    `default:"0" help:"Stop after so many images; 0 takes all."`
	Downscale  int    `default:"1" help:"Compare at a size smaller by K."`
	Spp        int    `default:"1" help:"Samples per pixel."`
	Background string `default:"auto" help:"auto (white for NeRF-synthetic, else black), black, white or #rrggbb."`
	Out        string `placeholder:"DIR" help:"Write each view beside its truth as PNG."`
	app.FramePipelineFlags
	app.DeviceFlags
}

// evalReport is the JSON result.
type evalReport struct {
	Device     string       `json:"device"`
	Model      string       `json:"model"`
	Views      int          `json:"views"`
	PSNR       float64      `json:"psnr"`
	SSIM       float64      `json:"ssim"`
	Seconds    float64      `json:"seconds"`
	PerFrame   float64      `json:"seconds_per_frame"`
	Background [3]float32   `json:"background"`
	PerView    []viewReport `json:"per_view"`
}

type viewReport struct {
	Name          string  `json:"name"`
	PSNR          float64 `json:"psnr"`
	SSIM          float64 `json:"ssim"`
	SamplesPerRay float64 `json:"samples_per_ray"`
}

func (c *evalCmd) Run(env *app.Env) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.Open(env)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	mode, err := modeOf(c.Model)
	if err != nil {
		return err
	}
	switch mode {
	case config.Image:
		return c.evalImage(env, d)
	case config.SDF:
		return c.evalSDF(env, d)
	case config.Volume:
		return c.evalVolume(env, d)
	}
	result, err := c.eval(env, d)
	if err != nil {
		return err
	}
	c.LogShares(env, d)
	return env.Result(result, fmt.Sprintf("%s: %d views, PSNR %.2f dB, SSIM %.4f, %.3f s a frame on %s\n",
		c.Model, result.Views, result.PSNR, result.SSIM, result.PerFrame, result.Device))
}

// check refuses wrong values of flags.
func (c *evalCmd) check() error {
	if c.Every < 1 || c.Downscale < 1 || c.Spp < 1 || c.Spp > 1<<16 || c.MaxViews < 0 {
		return app.Usagef("--every, --downscale and --spp must be at least 1, --spp at most 65536, --max-views at least 0")
	}
	if c.Background != "auto" {
		if _, err := parseColor(c.Background); err != nil {
			return app.Usagef("--background: %v, or auto", err)
		}
	}
	return nil
}

func (c *evalCmd) eval(env *app.Env, d gpu.Device) (*evalReport, error) {
	if err := damaged(c.Data); err != nil {
		return nil, err
	}
	data, err := scene.Load(c.Data, scene.LoadOptions{Split: c.Split, Downscale: c.Downscale, Every: c.Every, MaxFrames: c.MaxViews, Lazy: true})
	if err != nil {
		return nil, err
	}
	background := data.Background
	if c.Background != "auto" {
		if background, err = parseColor(c.Background); err != nil {
			return nil, fmt.Errorf("--background: %w", err)
		}
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return nil, fmt.Errorf("%s: cannot be made: %w", c.Out, unwrapPath(err))
		}
	}
	m, err := loadModel(d, c.Model, c.Field())
	if err != nil {
		return nil, err
	}
	defer m.Release()
	if err := m.renderer.Use(c.Stages()); err != nil {
		return nil, err
	}

	result := &evalReport{Device: d.Info().String(), Model: c.Model, Background: background}
	progress := env.NewProgress("eval", int64(len(data.Frames)))
	defer progress.Done()
	var rendering time.Duration
	for i, f := range data.Frames {
		truth, err := data.Image(i)
		if err != nil {
			return nil, err
		}
		if err := m.appear(-1, f.Light); err != nil {
			return nil, err
		}
		start := time.Now()
		frame, err := m.renderer.Render(render.View{Ctx: env.Ctx, Camera: f.Camera, SPP: c.Spp, MinTransmittance: render.ExactTransmittance})
		if env.Ctx.Err() != nil {
			return nil, interruptedAfter(i, len(data.Frames))
		}
		if err != nil {
			return nil, err
		}
		rendering += time.Since(start)
		v, err := compare(frame, truth, background)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		v.Name, v.SamplesPerRay = f.Name, float64(frame.Samples)/float64(frame.Rays)
		result.PerView = append(result.PerView, v)
		if c.Out != "" {
			if err := writeComparison(filepath.Join(c.Out, fmt.Sprintf("view_%03d.png", i)), frame, truth, background, v.PSNR); err != nil {
				return nil, err
			}
		}
		progress.Set(int64(i+1), fmt.Sprintf("%.2f dB", v.PSNR))
	}
	result.Views = len(result.PerView)
	for _, v := range result.PerView {
		result.PSNR += v.PSNR / float64(result.Views)
		result.SSIM += v.SSIM / float64(result.Views)
	}
	result.Seconds = rendering.Seconds()
	result.PerFrame = result.Seconds / float64(result.Views)
	return result, nil
}

// compare measures one view after compositing both pictures on the background and quantising to 8 bits.
func compare(frame *render.Frame, truth *imageio.Image, background [3]float32) (viewReport, error) {
	got, want := metrics.FromImage(frame.Image(nil), background), metrics.FromImage(truth, background)
	got.Pix = frame.Over(background)
	var v viewReport
	var err error
	if v.PSNR, err = metrics.PSNR(got, want); err != nil {
		return v, err
	}
	v.PSNR = math.Min(v.PSNR, 99) // identical pictures have no finite value
	if truth.Width >= 11 && truth.Height >= 11 {
		v.SSIM, err = metrics.SSIM(got, want)
	}
	return v, err
}

func writeComparison(path string, frame *render.Frame, truth *imageio.Image, background [3]float32, psnr float64) error {
	side, err := imageio.SideBySide([]*imageio.Image{truth.Over(background), frame.Image(&background)},
		[]string{"truth", fmt.Sprintf("radia %.2f dB", psnr)})
	if err != nil {
		return err
	}
	return imageio.WritePNG(path, side)
}
