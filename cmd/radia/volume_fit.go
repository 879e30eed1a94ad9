package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/metrics"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
	"github.com/radia-go/radia/train"
)

// parseLight reads what --environment names: sky, a colour, or a picture in latitude and longitude.
func parseLight(s string, up [3]float32) (volume.Light, error) {
	if s == "" || s == "sky" {
		return volume.NewSky(up), nil
	}
	if st, err := os.Stat(s); err == nil && st.Mode().IsRegular() {
		return volume.LoadMap(s, up)
	}
	c, err := parseColor(s)
	if err != nil {
		return nil, fmt.Errorf("--environment %s: want sky, black, white, #rrggbb or a picture file", s)
	}
	var light volume.Constant
	for k := range light {
		light[k] = imageio.SRGBToLinear(float64(c[k]))
	}
	return light, nil
}

// loadMedium reads a volume; up is what --up says, or empty.
func loadMedium(env *app.Env, path, up string) (*volume.Medium, error) {
	v, err := volume.Load(path)
	if err != nil {
		return nil, err
	}
	if up != "" {
		if err := v.SetUp(up); err != nil {
			return nil, fmt.Errorf("--up: %w", err)
		}
	}
	for _, w := range v.Warnings {
		env.Logf("%s: %s", path, w)
	}
	m, err := volume.NewMedium(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// trainVolume trains a volume.
func (c *trainCmd) trainVolume(env *app.Env, d gpu.Device) (*trainReport, error) {
	if err := c.refuseNeRFFlags("a volume", "--up", "--environment"); err != nil {
		return nil, err
	}
	m, err := loadMedium(env, c.Data, c.Up)
	if err != nil {
		return nil, err
	}
	opt, err := c.fitOptions(d, config.Volume, func(k *config.Config) (*config.Config, error) { return k.ForVolume(float32(m.Voxels)) })
	if err != nil {
		return nil, err
	}
	light, err := c.volumeLight(d, m, opt.Resume)
	if err != nil {
		return nil, err
	}
	t, err := train.NewVolume(d, m, light, opt)
	if err != nil {
		return nil, c.begun(err)
	}
	defer t.Release()
	env.Logf("%s: a volume of %.0f voxels along the cube, largest density %.4g", c.Data, m.Voxels, m.Majorant)
	return c.run(env, d, t, &trainReport{Parameters: t.Field.Layout.Total}, nothingFound)
}

// volumeLight is the light of --environment, or that of the snapshot whose training goes on; from there comes the
// direction upwards too.
func (c *trainCmd) volumeLight(d gpu.Device, m *volume.Medium, resumed *snapshot.Snapshot) (volume.Light, error) {
	if resumed == nil {
		return parseLight(c.Environment, m.Up)
	}
	f, err := field.LoadVolume(d, resumed, c.Resume)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	if c.Up == "" {
		m.Up = f.Up
	}
	if c.Environment != "" {
		return parseLight(c.Environment, m.Up)
	}
	return f.Light, nil
}

// loadVolume reads the volume of a snapshot and prepares its rendering.
func loadVolume(d gpu.Device, path string) (*field.Volume, *render.Volume, error) {
	s, err := snapshot.Load(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := field.LoadVolume(d, s, path)
	if err != nil {
		return nil, nil, err
	}
	r, err := render.NewVolume(d, f)
	if err != nil {
		f.Release()
		return nil, nil, err
	}
	return f, r, nil
}

// volumeOrbit is a circle that shows the whole box.
func volumeOrbit(n int, lo, hi, up [3]float32, elevation, azimuth float32) (*campath.Path, error) {
	const fov = 36
	diagonal := mgl32.Vec3(hi).Sub(mgl32.Vec3(lo)).Len()
	return campath.Orbit(n, campath.OrbitOptions{Up: mgl32.Vec3(up), Elevation: elevation, Start: 30 + azimuth, FOV: fov,
		Radius: 0.46 * diagonal / float32(math.Sin(fov/2*math.Pi/180))})
}

// Views of eval: enough to see every side, at a size and number of paths that take seconds.
const (
	evalVolumeViews = 2
	evalVolumeSize  = 128
	evalVolumePaths = 256
	evalVolumeSpp   = 4
	evalDensities   = 1 << 18
)

// volumeEval is the JSON result of eval for a volume.
type volumeEval struct {
	Device        string       `json:"device"`
	Model         string       `json:"model"`
	Views         int          `json:"views"`
	Size          [2]int       `json:"size"`
	Paths         int          `json:"reference_paths"`
	PSNR          float64      `json:"psnr"`
	SSIM          float64      `json:"ssim"`
	DensityPSNR   float64      `json:"psnr_density"`
	NoiseFloor    float64      `json:"psnr_reference"`
	Seconds       float64      `json:"seconds"`
	SamplesPerRay float64      `json:"samples_per_ray"`
	PerView       []viewReport `json:"per_view"`
}

// evalVolume compares pictures of a learned volume with those of paths traced through the voxels, in the same light and
// over it. What two references with other random numbers differ by is printed beside it: no model can be nearer.
func (c *evalCmd) evalVolume(env *app.Env, d gpu.Device) error {
	m, err := loadMedium(env, c.Data, "")
	if err != nil {
		return err
	}
	f, r, err := loadVolume(d, c.Model)
	if err != nil {
		return err
	}
	defer f.Release()
	defer r.Release()
	for k := range f.Lo {
		if math.Abs(float64(f.Lo[k])-m.Lo[k]) > 1e-5 || math.Abs(f.Extinction-m.Extinction) > 1e-6*m.Extinction {
			return fmt.Errorf("%s was trained on another volume than %s, or with another extinction", c.Model, c.Data)
		}
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return fmt.Errorf("%s: cannot be made: %w", c.Out, unwrapPath(err))
		}
	}
	result := volumeEval{Device: d.Info().String(), Model: c.Model, Views: evalVolumeViews, Size: [2]int{evalVolumeSize, evalVolumeSize}, Paths: evalVolumePaths}
	if result.DensityPSNR, err = train.DensityPSNR(f, m, evalDensities); err != nil {
		return err
	}
	path, err := volumeOrbit(evalVolumeViews, f.Lo, f.Hi, f.Up, 15, 0)
	if err != nil {
		return err
	}
	r.Behind = f.Light
	progress := env.NewProgress("eval", evalVolumeViews)
	defer progress.Done()
	var samples, rays int64
	for i, camera := range path.Cameras(evalVolumeViews, evalVolumeSize, evalVolumeSize) {
		truth, err := render.Reference(m, f.Light, f.Light, render.View{Ctx: env.Ctx, Camera: camera, SPP: evalVolumePaths}, 1)
		if env.Ctx.Err() != nil {
			return interruptedAfter(i, evalVolumeViews)
		}
		if err != nil {
			return err
		}
		start := time.Now()
		frame, err := r.Render(render.View{Ctx: env.Ctx, Camera: camera, SPP: evalVolumeSpp, MinTransmittance: render.ExactTransmittance})
		if err != nil {
			return err
		}
		result.Seconds += time.Since(start).Seconds()
		samples, rays = samples+frame.Samples, rays+frame.Rays
		v, err := compare(frame, truth.Image(nil), [3]float32{})
		if err != nil {
			return err
		}
		v.Name, v.SamplesPerRay = fmt.Sprintf("view %d", i), float64(frame.Samples)/float64(frame.Rays)
		result.PerView = append(result.PerView, v)
		result.PSNR += v.PSNR / evalVolumeViews
		result.SSIM += v.SSIM / evalVolumeViews
		if i == 0 {
			again, err := render.Reference(m, f.Light, f.Light, render.View{Ctx: env.Ctx, Camera: camera, SPP: evalVolumePaths}, 2)
			if err != nil {
				return err
			}
			if result.NoiseFloor, err = metrics.PSNR(metrics.FromImage(again.Image(nil), [3]float32{}), metrics.FromImage(truth.Image(nil), [3]float32{})); err != nil {
				return err
			}
			result.NoiseFloor = math.Min(result.NoiseFloor, 99)
		}
		if c.Out != "" {
			if err := writeComparison(filepath.Join(c.Out, fmt.Sprintf("view_%03d.png", i)), frame, truth.Image(nil), [3]float32{}, v.PSNR); err != nil {
				return err
			}
		}
		progress.Set(int64(i+1), fmt.Sprintf("%.2f dB", v.PSNR))
	}
	result.SamplesPerRay = float64(samples) / float64(max(rays, 1))
	c.LogShares(env, d)
	return env.Result(result, fmt.Sprintf("%s: %d views of %dx%d, PSNR %.2f dB, SSIM %.4f against %d paths a pixel (two such references: %.2f dB); density PSNR %.2f dB on %s\n",
		c.Model, result.Views, evalVolumeSize, evalVolumeSize, result.PSNR, result.SSIM, result.Paths, result.NoiseFloor, result.DensityPSNR, result.Device))
}

// volumePainter draws a view of a learned volume, or of voxels.
type volumePainter struct {
	lo, hi, up [3]float32
	light      volume.Light // around the volume
	behind     volume.Light // what is seen where it is transparent, or nil
	paint      func(v render.View, behind volume.Light) (*render.Frame, error)
	release    func()
}

// volumePainter prepares what draws c.Model, a snapshot or a file of voxels.
func (c *renderCmd) volumePainter(env *app.Env, d gpu.Device, learned bool) (*volumePainter, error) {
	if !learned {
		m, err := loadMedium(env, c.Model, c.Up)
		if err != nil {
			return nil, err
		}
		p := &volumePainter{up: m.Up, release: func() {}}
		for k := range p.lo {
			p.lo[k], p.hi[k] = float32(m.Lo[k]), float32(m.Hi[k])
		}
		if p.light, err = parseLight(c.Environment, m.Up); err != nil {
			return nil, err
		}
		p.paint = func(v render.View, behind volume.Light) (*render.Frame, error) {
			return render.Reference(m, p.light, behind, v, 1)
		}
		return p, nil
	}
	f, r, err := loadVolume(d, c.Model)
	if err != nil {
		return nil, err
	}
	p := &volumePainter{lo: f.Lo, hi: f.Hi, up: f.Up, light: f.Light, release: func() { r.Release(); f.Release() }}
	if c.Environment != "" {
		if p.light, err = parseLight(c.Environment, f.Up); err != nil {
			p.release()
			return nil, err
		}
		env.Logf("the light on the volume is the one it was trained in; --environment changes what is seen behind it")
	}
	box, err := c.crop([2][3]float32{f.Lo, f.Hi})
	if err != nil {
		p.release()
		return nil, err
	}
	r.SetBox(box)
	p.paint = func(v render.View, behind volume.Light) (*render.Frame, error) {
		r.Behind = behind
		return r.Render(v)
	}
	return p, nil
}

// Render makes a view with p.behind behind the volume.
func (p *volumePainter) Render(v render.View) (*render.Frame, error) { return p.paint(v, p.behind) }

// renderVolume renders a learned volume, or the voxels of a file by tracing paths.
func (c *renderCmd) renderVolume(env *app.Env, d gpu.Device, learned bool) (*renderReport, error) {
	for flag, set := range map[string]bool{"--data": c.Data != "", "--view": c.View != 0, "--split": c.Split != "all", "--window": c.Window != "", "--appearance": c.Appearance != nil} {
		if set {
			return nil, app.Usagef("%s is a volume: %s has no meaning for it; use --orbit or --camera-path", c.Model, flag)
		}
	}
	if !learned && (c.Crop != "" || c.Aperture != 0 || c.Levels != "" || c.Mode == render.Slice.String()) {
		return nil, app.Usagef("%s holds voxels, through which paths are traced: --crop, --aperture, --levels and --mode slice are for models", c.Model)
	}
	p, err := c.volumePainter(env, d, learned)
	if err != nil {
		return nil, err
	}
	defer p.release()
	if c.Background == "environment" {
		c.Background, p.behind = "transparent", p.light
	}
	cameras, err := c.volumeCameras(p)
	if err != nil {
		return nil, err
	}
	result, err := c.frames(env, d, p, cameras)
	if err == nil && !learned {
		result.Device = "CPU path tracer"
	}
	return result, err
}

// volumeCameras are the views of a volume: a camera path, or a circle; by default its first view.
func (c *renderCmd) volumeCameras(p *volumePainter) ([]scene.Camera, error) {
	width, height, err := parseSize(c.Size)
	if err != nil {
		return nil, err
	}
	if out, given, err := c.eyeCamera(p.up); given || err != nil {
		return out, err
	}
	if c.CameraPath != "" {
		path, err := campath.Load(c.CameraPath, scene.DefaultTransform())
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
	}
	if width == 0 {
		width, height = 512, 512
	}
	n := max(c.Orbit, 1)
	path, err := volumeOrbit(n, p.lo, p.hi, p.up, c.Elevation, c.Azimuth)
	if err != nil {
		return nil, err
	}
	return path.Cameras(n, width, height), nil
}
