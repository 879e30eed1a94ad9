package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/volume"
)

// renderCmd renders pictures from a model.
type renderCmd struct {
	Model       string  `arg:"" help:"Snapshot to render."`
	Out         string  `short:"o" required:"" placeholder:"OUT.png" help:"Picture to write: .png, .exr or, for several views, .gif; several PNG or EXR files get numbers."`
	Data        string  `placeholder:"DATA" help:"Take the view from this data set; see --view."`
	View        int     `default:"0" help:"Which view of --data (of its --split), or of the training cameras."`
	Split       string  `default:"all" help:"Split of --data."`
	Orbit       int     `default:"0" placeholder:"N" help:"Render N views on a circle around the scene."`
	Elevation   float32 `default:"25" help:"Degrees above the horizon of --orbit."`
	CameraPath  string  `placeholder:"FILE" help:"Render along a camera path of instant-ngp or nerfstudio, or the poses of a transforms file."`
	Frames      int     `default:"0" help:"Pictures along --camera-path; 0: one per key, or what the file says."`
	FPS         float64 `default:"12" help:"Pictures a second of an animated .gif."`
	Size        string  `placeholder:"WxH" help:"Size of the picture; default: the view's, or 512x512."`
	Spp         int     `default:"1" help:"Samples per pixel."`
	Mode        string  `default:"shade" enum:"shade,depth,normals,alpha,cost,position,slice" help:"shade, depth, normals, alpha, cost, position or slice."`
	Background  string  `default:"transparent" help:"transparent, black, white or #rrggbb; behind a volume also environment; with --look window also checker, and transparent is the data's own."`
	Up          string  `placeholder:"AXIS" help:"Direction of a volume's voxels that points upwards: x, y, z, -x, -y or -z; default: what the file says."`
	Environment string  `placeholder:"LIGHT" help:"Light around a volume: sky (the default), black, white, #rrggbb, or a picture in latitude and longitude."`
	Appearance  *int    `placeholder:"PICTURE" help:"Show the scene as this training picture has it, of a model that was trained with --appearance; default: the mean of all."`
	Exposure    float32 `default:"0" help:"Stops brighter (or darker, negative)."`
	Window      string  `placeholder:"X0,Y0,X1,Y1" help:"Part of a picture to render, in fractions of it; default: all."`
	lookFlags
	windowFlags
	app.FramePipelineFlags
	app.DeviceFlags
}

// renderReport is the JSON result.
type renderReport struct {
	Device        string   `json:"device"`
	Files         []string `json:"files"`
	Views         int      `json:"views"`
	Size          [2]int   `json:"size"`
	Spp           int      `json:"spp"`
	Seconds       float64  `json:"seconds"`
	PerFrame      float64  `json:"seconds_per_frame"`
	SamplesPerRay float64  `json:"samples_per_ray"`
}

func (c *renderCmd) Run(env *app.Env) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.Open(env)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	voxels := volume.Probe(c.Model)
	mode := config.Volume
	if !voxels {
		if mode, err = modeOf(c.Model); err != nil {
			return err
		}
	}
	what := "samples"
	var result *renderReport
	switch {
	case c.Look == "window" && voxels:
		return fmt.Errorf("%s holds voxels: --look window is for models; train one with radia train", c.Model)
	case c.Look == "window":
		result, err = c.renderWindow(env, d, mode)
	case mode == config.Image:
		return c.renderImage(env, d)
	case mode == config.Volume:
		result, err = c.renderVolume(env, d, !voxels)
	case mode == config.SDF:
		what = "steps"
		result, err = c.renderSDF(env, d)
	default:
		result, err = c.render(env, d)
	}
	if err != nil {
		return err
	}
	c.LogShares(env, d)
	return env.Result(result, fmt.Sprintf("%s: %d views of %dx%d, %.3f s a frame, %.1f %s a ray on %s\n",
		strings.Join(shorten(result.Files), ", "), result.Views, result.Size[0], result.Size[1], result.PerFrame, result.SamplesPerRay, what, result.Device))
}

func shorten(files []string) []string {
	if len(files) <= 3 {
		return files
	}
	return []string{files[0], "...", files[len(files)-1]}
}

func (c *renderCmd) render(env *app.Env, d gpu.Device) (*renderReport, error) {
	m, err := loadModel(d, c.Model, c.Field())
	if err != nil {
		return nil, err
	}
	defer m.Release()
	if err := m.renderer.Use(c.Stages()); err != nil {
		return nil, err
	}
	box, err := c.crop(m.box)
	if err != nil {
		return nil, err
	}
	m.renderer.SetBox(box)
	if err := m.appear(c.appearance(), nil); err != nil {
		return nil, err
	}
	cameras, err := c.cameras(m)
	if err != nil {
		return nil, err
	}
	return c.frames(env, d, m.renderer, cameras)
}

// appearance is the training picture whose appearance is wanted, -1 for the mean.
func (c *renderCmd) appearance() int {
	if c.Appearance == nil {
		return -1
	}
	return *c.Appearance
}

// interruptedAfter says how far work on several pictures was when it was interrupted.
func interruptedAfter(done, all int) error {
	return fmt.Errorf("%w after %d of %d views", app.ErrInterrupted, done, all)
}

// check refuses what no model can be asked for, before any work is done.
func (c *renderCmd) check() error {
	switch {
	case c.Orbit < 0 || c.Frames < 0 || c.View < 0:
		return app.Usagef("--orbit, --frames and --view must not be negative")
	case c.Appearance != nil && *c.Appearance < 0:
		return app.Usagef("--appearance %d: must not be negative", *c.Appearance)
	case c.Orbit > maxViews || c.Frames > maxViews:
		return app.Usagef("--orbit and --frames must be at most %d", maxViews)
	case !(c.Elevation >= -90 && c.Elevation <= 90):
		return app.Usagef("--elevation %v: must be from -90 to 90 degrees", c.Elevation)
	case c.Spp < 1 || c.Spp > 1<<16:
		return app.Usagef("--spp %d: must be from 1 to 65536", c.Spp)
	case !(c.Exposure >= -64 && c.Exposure <= 64):
		return app.Usagef("--exposure %v: must be from -64 to 64 stops", c.Exposure)
	case !(c.FPS > 0 && c.FPS <= 1000):
		return app.Usagef("--fps %v: must be more than 0 and at most 1000", c.FPS)
	}
	if c.Background != "transparent" && c.Background != "environment" && c.Background != "checker" {
		if _, err := parseColor(c.Background); err != nil {
			return app.Usagef("--background: %v; also transparent, and environment behind a volume", err)
		}
	}
	if _, _, err := parseSize(c.Size); err != nil {
		return err
	}
	if _, err := parseWindow(c.Window); err != nil {
		return err
	}
	if c.Up != "" {
		if err := new(volume.Volume).SetUp(c.Up); err != nil {
			return app.Usagef("--up: %v", err)
		}
	}
	if err := c.lookFlags.check(); err != nil {
		return err
	}
	if err := c.checkWindow(); err != nil {
		return err
	}
	return writable(c.Out, ".png", ".exr", ".gif")
}

// renderer makes pictures of a model.
type renderer interface {
	Render(render.View) (*render.Frame, error)
}

// frames renders a view after the other and writes them.
func (c *renderCmd) frames(env *app.Env, d gpu.Device, r renderer, cameras []scene.Camera) (*renderReport, error) {
	mode, err := render.ParseMode(c.Mode)
	if err != nil {
		return nil, err
	}
	var background *[3]float32
	if c.Background != "transparent" {
		color, err := parseColor(c.Background)
		if err != nil {
			return nil, app.Usagef("--background: %v", err)
		}
		background = &color
	}
	animated := strings.EqualFold(filepath.Ext(c.Out), ".gif")
	result := &renderReport{Device: d.Info().String(), Spp: c.Spp}
	var pictures []*imageio.Image
	progress := env.NewProgress("render", int64(len(cameras)))
	defer progress.Done()
	var samples, rays int64
	for i, camera := range cameras {
		start := time.Now()
		frame, err := r.Render(c.view(render.View{Ctx: env.Ctx, Camera: camera, SPP: c.Spp, Mode: mode, Exposure: c.Exposure}))
		if env.Ctx.Err() != nil {
			return nil, interruptedAfter(i, len(cameras))
		}
		if err != nil {
			return nil, err
		}
		result.Seconds += time.Since(start).Seconds()
		samples, rays = samples+frame.Samples, rays+frame.Rays
		result.Size = [2]int{frame.Width, frame.Height}
		if animated {
			back := [3]float32{1, 1, 1}
			if background != nil {
				back = *background
			}
			pictures = append(pictures, frame.Image(&back))
		} else {
			path := numbered(c.Out, i, len(cameras))
			if err := writeFrame(path, frame, mode, background); err != nil {
				return nil, err
			}
			result.Files = append(result.Files, path)
		}
		progress.Set(int64(i+1), "views")
	}
	if animated {
		if err := imageio.WriteGIF(c.Out, pictures, imageio.GIFOptions{FPS: c.FPS}); err != nil {
			return nil, err
		}
		result.Files = []string{c.Out}
	}
	result.Views = len(cameras)
	result.PerFrame = result.Seconds / float64(result.Views)
	result.SamplesPerRay = float64(samples) / float64(max(rays, 1))
	return result, nil
}

// numberForm is the only form of fmt's that a file name may hold; any other percent sign is a part of the name.
var numberForm = regexp.MustCompile(`%(0?[1-9])?d`)

// maxViews bounds what --orbit and --frames can ask for, because all cameras are made before the first picture.
const maxViews = 1 << 20

// numbered puts a number before the extension where there are several pictures; a name with a %d form decides itself.
func numbered(path string, i, n int) string {
	if n == 1 {
		return path
	}
	if numberForm.MatchString(path) && strings.Count(path, "%") == 1 {
		return fmt.Sprintf(path, i)
	}
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s_%04d%s", strings.TrimSuffix(path, ext), i, ext)
}

func writeFrame(path string, f *render.Frame, mode render.Mode, background *[3]float32) error {
	switch {
	case strings.EqualFold(filepath.Ext(path), ".exr"):
		return imageio.WriteEXR(path, f.Width, f.Height, f.Planes())
	case mode == render.Depth:
		return imageio.WriteGray16PNG(path, f.DepthImage())
	}
	return imageio.WritePNG(path, f.Image(background))
}

// cameras are the views to render, in order of what the user asked for.
func (c *renderCmd) cameras(m *model) ([]scene.Camera, error) {
	width, height, err := parseSize(c.Size)
	if err != nil {
		return nil, err
	}
	trained := m.trainingCameras()
	up := mgl32.Vec3(m.snapshot.UpDir)
	if !(up.Len() > 0) {
		up = mgl32.Vec3{0, 1, 0}
	}
	if out, given, err := c.eyeCamera(up); given || err != nil {
		return out, err
	}
	var out []scene.Camera
	switch {
	case c.CameraPath != "":
		path, err := campath.Load(c.CameraPath, m.transform())
		if err != nil {
			return nil, err
		}
		n := c.Frames
		if n == 0 {
			n = max(len(path.Keys), 1)
		}
		if width == 0 {
			width, height = path.Width, path.Height
		}
		if width == 0 {
			width, height = 512, 512
		}
		return path.Cameras(n, width, height), nil
	case c.Orbit > 0:
		if width == 0 {
			width, height = 512, 512
		}
		around := m.orbit(c.Elevation)
		around.Start += c.Azimuth
		path, err := campath.Orbit(c.Orbit, around)
		if err != nil {
			return nil, err
		}
		return path.Cameras(c.Orbit, width, height), nil
	case c.Data != "":
		data, err := scene.Load(c.Data, scene.LoadOptions{Split: c.Split, Lazy: true})
		if err != nil {
			return nil, err
		}
		if c.View >= len(data.Frames) {
			return nil, fmt.Errorf("--view %d: %s has %d views, counted from 0", c.View, c.Data, len(data.Frames))
		}
		out = []scene.Camera{data.Frames[c.View].Camera}
		if err := m.appear(c.appearance(), data.Frames[c.View].Light); err != nil {
			return nil, err
		}
	case len(trained) == 0:
		return nil, fmt.Errorf("%s holds no cameras: use --orbit, --data or --camera-path", c.Model)
	case c.View >= len(trained):
		return nil, fmt.Errorf("--view %d: %s was trained from %d views, counted from 0", c.View, c.Model, len(trained))
	default:
		out = []scene.Camera{trained[c.View]}
	}
	if width > 0 {
		out[0] = out[0].Resized(width, height)
	}
	return out, nil
}

// maxSide bounds the pictures that can be asked for.
const maxSide = 1 << 15

func parseSize(s string) (width, height int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	w, h, ok := strings.Cut(strings.ToLower(s), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || width < 1 || height < 1 || width > maxSide || height > maxSide {
		return 0, 0, app.Usagef("--size %s: want WIDTHxHEIGHT, each from 1 to %d", s, maxSide)
	}
	return width, height, nil
}
