package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/synth"
)

// demoCmd goes from nothing to pictures of a trained model.
type demoCmd struct {
	Dir     string  `arg:"" default:"demo" help:"Folder for the scene, the model and the pictures."`
	Seconds float64 `default:"60" help:"Training time."`
	Config  string  `default:"small" help:"Preset or configuration file."`
	Views   int     `default:"60" help:"Training views."`
	Size    int     `default:"160" help:"Width and height of all pictures."`
	Frames  int     `default:"24" help:"Pictures of the turntable."`
	Seed    int64   `default:"1" help:"Seed of the scene."`
	app.DeviceFlags
}

// demoTest is the number of held-out views.
const demoTest = 8

// demoReport is the JSON result.
type demoReport struct {
	Device string       `json:"device"`
	Train  *trainReport `json:"train"`
	Eval   *evalReport  `json:"eval"`
	Files  []string     `json:"files"`
}

func (c *demoCmd) Run(env *app.Env) error {
	if c.Frames < 1 || c.Frames > maxViews || !(c.Seconds > 0 && c.Seconds <= maxSeconds) {
		return app.Usagef("demo: --frames and --seconds must be positive, and at most %d and %g", maxViews, float64(maxSeconds))
	}
	s := synthCmd{Views: c.Views, Test: demoTest, Size: c.Size}
	if err := s.check(); err != nil {
		return err
	}
	d, err := c.Open(env)
	if err != nil {
		return err
	}
	result, err := c.all(env, d)
	if closing := d.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	text := fmt.Sprintf("PSNR %.2f dB and SSIM %.4f on %d held-out views after %d steps (%.2f Msamples/s) on %s\n",
		result.Eval.PSNR, result.Eval.SSIM, result.Eval.Views, result.Train.Steps, result.Train.SamplesRate/1e6, result.Device)
	for _, f := range result.Files {
		text += "  " + f + "\n"
	}
	return env.Result(result, text)
}

// makeScene writes the procedural scene unless a finished one with the same options is there.
func (c *demoCmd) makeScene(env *app.Env, dir string) error {
	mark := filepath.Join(dir, "options.json")
	want, err := json.Marshal(map[string]any{"views": c.Views, "size": c.Size, "seed": c.Seed})
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(mark); err == nil && string(have) == string(want) {
		return nil
	}
	// Pictures of other options are about to be written over.
	if err := os.Remove(mark); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: cannot be replaced: %w", mark, unwrapPath(err))
	}
	s := synthCmd{Dir: dir, Views: c.Views, Test: demoTest, Size: c.Size, Seed: c.Seed}
	if err := s.write(env); err != nil {
		return err
	}
	return atomicfile.Write(mark, want)
}

// all does the work on an open device.
func (c *demoCmd) all(env *app.Env, d gpu.Device) (*demoReport, error) {
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return nil, fmt.Errorf("%s: cannot be made: %w", c.Dir, unwrapPath(err))
	}
	data := filepath.Join(c.Dir, "scene")
	if err := c.makeScene(env, data); err != nil {
		return nil, err
	}
	return c.demo(env, d, data)
}

func (c *demoCmd) demo(env *app.Env, d gpu.Device, data string) (*demoReport, error) {
	path := filepath.Join(c.Dir, "model.ingp")
	t := trainCmd{Data: data, Out: path, Config: c.Config, Seconds: c.Seconds, Downscale: 1, Background: "random", Precision: "full", Small: true, nerfOptions: nerfOptions{NearDistance: nearDistance}}
	trained, err := t.train(env, d)
	if err != nil {
		return nil, err
	}
	views := filepath.Join(c.Dir, "held-out")
	e := evalCmd{Model: path, Data: data, Split: "test", Every: 1, Downscale: 1, Spp: 1, Background: "white", Out: views}
	evaluated, err := e.eval(env, d)
	if err != nil {
		return nil, err
	}
	result := &demoReport{Device: d.Info().String(), Train: trained, Eval: evaluated, Files: []string{path, views}}
	files, err := c.turntable(env, d, path)
	result.Files = append(result.Files, files...)
	return result, err
}

// turntable renders a circle around the scene beside the truth, as an animation and as single pictures.
func (c *demoCmd) turntable(env *app.Env, d gpu.Device, path string) ([]string, error) {
	m, err := loadModel(d, path, field.AutoPipeline)
	if err != nil {
		return nil, err
	}
	defer m.Release()
	orbit, err := campath.Orbit(c.Frames, m.orbit(25))
	if err != nil {
		return nil, err
	}
	truth := synth.New(c.Seed)
	white := [3]float32{1, 1, 1}
	var pictures []*imageio.Image
	progress := env.NewProgress("turntable", int64(c.Frames))
	defer progress.Done()
	for i, camera := range orbit.Cameras(c.Frames, c.Size, c.Size) {
		if env.Ctx.Err() != nil {
			return nil, interruptedAfter(i, c.Frames)
		}
		side, err := beside(m.renderer, truth, camera, white)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, side)
		progress.Set(int64(i+1), "views")
	}
	still, film := filepath.Join(c.Dir, "turntable.png"), filepath.Join(c.Dir, "turntable.gif")
	err = errors.Join(imageio.WritePNG(still, pictures[0]), imageio.WriteGIF(film, pictures, imageio.GIFOptions{FPS: 12}))
	return []string{still, film}, err
}

// beside renders truth, prediction and depth of one view next to each other.
func beside(r *render.NeRF, truth *synth.Scene, camera scene.Camera, background [3]float32) (*imageio.Image, error) {
	frame, err := r.Render(render.View{Camera: camera, SPP: 2})
	if err != nil {
		return nil, err
	}
	return imageio.SideBySide([]*imageio.Image{truth.Render(camera).Over(background), frame.Image(&background), frame.DepthPreview()},
		[]string{"truth", "radia", "depth"})
}
