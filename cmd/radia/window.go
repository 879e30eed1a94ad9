package main

import (
	"fmt"
	"image"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// windowFlags make the very pictures that the viewer shows: its views, its way to develop a picture, and what it draws over it.
type windowFlags struct {
	Eye          string   `placeholder:"X,Y,Z" help:"Look from this point of the scene's cube, in the direction of --at."`
	At           string   `placeholder:"X,Y,Z" help:"What to look at from --eye."`
	Roll         float32  `default:"0" placeholder:"DEGREES" help:"Turn the camera at --eye about its viewing direction."`
	Look         string   `default:"file" enum:"file,window" help:"file: colours as they were trained, values as greys; window: as the viewer shows it, mixed in linear light, values in colours."`
	Curve        string   `default:"none" enum:"none,ACES,Hable,Reinhard" help:"Tone curve of --look window."`
	Overlay      []string `placeholder:"LIST" help:"Lines drawn over --look window: cameras, occupancy, crop."`
	Truth        string   `default:"none" enum:"none,picture,error" help:"Lay the picture --view of --data over --look window, or four times the difference from it."`
	TruthOpacity float64  `default:"1" help:"Opacity of --truth."`
}

// defaultFOV is the vertical field of view from --eye without --fov, degrees.
const defaultFOV = 50

// checkWindow refuses what the flags of the window's look can never be, and those that say nothing without it.
func (c *renderCmd) checkWindow() error {
	if _, _, err := c.eyeCamera(mgl32.Vec3{0, 1, 0}); err != nil {
		return err
	}
	if !(c.TruthOpacity > 0 && c.TruthOpacity <= 1) {
		return app.Usagef("--truth-opacity %v: must be more than 0 and at most 1", c.TruthOpacity)
	}
	for _, name := range c.Overlay {
		switch name {
		case "cameras", "occupancy", "crop":
		default:
			return app.Usagef("--overlay %s: want cameras, occupancy or crop", name)
		}
	}
	window := c.Look == "window"
	for flag, set := range map[string]bool{"--curve": c.Curve != "none", "--overlay": len(c.Overlay) > 0, "--truth": c.Truth != "none", "--background checker": c.Background == "checker"} {
		if set && !window {
			return app.Usagef("%s goes with --look window", flag)
		}
	}
	switch {
	case c.Truth != "none" && c.Data == "":
		return app.Usagef("--truth %s: needs the picture --view of --data", c.Truth)
	case window && strings.EqualFold(filepath.Ext(c.Out), ".exr"):
		return app.Usagef("--out %s: --look window is for screens, in .png or .gif; an .exr holds numbers", c.Out)
	}
	return nil
}

// eyeCamera is the view from --eye; ok is false without that flag.
func (c *renderCmd) eyeCamera(up mgl32.Vec3) (cameras []scene.Camera, ok bool, err error) {
	if !(c.Roll >= -360 && c.Roll <= 360) {
		return nil, false, app.Usagef("--roll %v: must be from -360 to 360", c.Roll)
	}
	if c.Eye == "" {
		if c.At != "" || c.Roll != 0 {
			return nil, false, app.Usagef("--at and --roll go with --eye")
		}
		return nil, false, nil
	}
	if c.Orbit != 0 || c.CameraPath != "" {
		return nil, false, app.Usagef("--eye is one view: it goes with neither --orbit nor --camera-path")
	}
	eye, err := parsePoint("--eye", c.Eye)
	if err != nil {
		return nil, false, err
	}
	if c.At == "" {
		return nil, false, app.Usagef("--eye goes with --at, the point to look at")
	}
	at, err := parsePoint("--at", c.At)
	if err != nil {
		return nil, false, err
	}
	if at.Sub(eye).Len() < 1e-6 {
		return nil, false, app.Usagef("--at %s: is where --eye is", c.At)
	}
	width, height, err := parseSize(c.Size)
	if err != nil {
		return nil, false, err
	}
	if width == 0 {
		width, height = 512, 512
	}
	out := scene.Camera{Width: width, Height: height, Principal: [2]float32{0.5, 0.5}, Pose: look.Aim(eye, at, up, c.Roll)}
	fov := c.Fov
	if fov == 0 {
		fov = defaultFOV
	}
	return []scene.Camera{pinhole(out, fov)}, true, nil
}

// parsePoint reads three coordinates.
func parsePoint(flag, text string) (p mgl32.Vec3, err error) {
	parts := strings.Split(text, ",")
	if len(parts) != len(p) {
		return p, app.Usagef("%s %q: want X,Y,Z", flag, text)
	}
	for k, s := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 32)
		if err != nil || !(v > -1e6 && v < 1e6) {
			return p, app.Usagef("%s %q: want X,Y,Z", flag, text)
		}
		p[k] = float32(v)
	}
	return p, nil
}

// shownModel is a model as the window shows it.
type shownModel struct {
	renderer interface {
		renderer
		SetBox([2][3]float32)
	}
	box        [2][3]float32
	up         mgl32.Vec3
	background [3]float32
	modes      []render.Mode // besides shade and alpha
	views      []scene.Camera
	cells      []bool                         // of the occupancy grid, nil where there is none
	cameras    func() ([]scene.Camera, error) // without --eye
	release    func()
}

func (c *renderCmd) shownModel(d gpu.Device, mode config.Mode) (*shownModel, error) {
	valued := []render.Mode{render.Depth, render.Cost, render.Position}
	switch mode {
	case config.Image:
		m, err := loadImage(d, c.Model)
		if err != nil {
			return nil, err
		}
		r, err := render.NewImage(d, m)
		if err != nil {
			m.Release()
			return nil, err
		}
		return &shownModel{renderer: r, box: [2][3]float32{{}, {1, 1, 1}}, up: mgl32.Vec3{0, -1, 0}, background: look.Dark,
			cameras: func() ([]scene.Camera, error) { return c.sheetCamera(m) }, release: func() { r.Release(); m.Release() }}, nil
	case config.SDF:
		m, err := loadSDF(d, c.Model)
		if err != nil {
			return nil, err
		}
		r, err := render.NewSDF(d, m)
		if err != nil {
			m.Release()
			return nil, err
		}
		return &shownModel{renderer: r, box: [2][3]float32{m.Lo, m.Hi}, up: mgl32.Vec3{0, 1, 0}, background: look.Dark, modes: append(valued, render.Normals, render.Slice),
			cameras: func() ([]scene.Camera, error) { return c.sdfCameras(m) }, release: func() { r.Release(); m.Release() }}, nil
	case config.Volume:
		m, r, err := loadVolume(d, c.Model)
		if err != nil {
			return nil, err
		}
		s := &shownModel{renderer: r, box: [2][3]float32{m.Lo, m.Hi}, up: m.Up, background: look.Sky, modes: append(valued, render.Slice), cells: look.Cells(m.Occupancy()),
			release: func() { r.Release(); m.Release() }}
		s.cameras = func() ([]scene.Camera, error) { return c.volumeCameras(&volumePainter{lo: m.Lo, hi: m.Hi, up: m.Up}) }
		return s, nil
	}
	m, err := loadModel(d, c.Model, c.Field())
	if err != nil {
		return nil, err
	}
	if err := m.renderer.Use(c.Stages()); err != nil {
		m.Release()
		return nil, err
	}
	if err := m.appear(c.appearance(), nil); err != nil {
		m.Release()
		return nil, err
	}
	s := &shownModel{renderer: m.renderer, box: m.box, up: m.snapshot.UpDir, background: [3]float32(m.snapshot.BackgroundColor[:3]), modes: append(valued, render.Normals, render.Slice),
		views: m.trainingCameras(), cells: look.Cells(m.grid), release: m.Release}
	if !(s.up.Len() > 0) {
		s.up = mgl32.Vec3{0, 1, 0}
	}
	s.cameras = func() ([]scene.Camera, error) { return c.cameras(m) }
	return s, nil
}

// sheetCamera sees just all of a picture, or what --window says.
func (c *renderCmd) sheetCamera(m *field.Image) ([]scene.Camera, error) {
	if c.Orbit != 0 || c.CameraPath != "" || c.Window != "" {
		return nil, fmt.Errorf("%s is a picture: with --look window it is seen from --eye, or all of it", c.Model)
	}
	width, height, err := parseSize(c.Size)
	if err != nil {
		return nil, err
	}
	camera := look.SheetCamera(m.Width, m.Height)
	if width > 0 {
		camera = camera.Resized(width, height)
	}
	return []scene.Camera{camera}, nil
}

// developer finishes pictures as the window does.
type developer struct {
	c     *renderCmd
	model *shownModel
	style look.Style
	box   [2][3]float32
	truth *imageio.Image
	taken scene.Camera // by which the truth was
}

func (c *renderCmd) developer(m *shownModel, mode render.Mode) (*developer, error) {
	v := &developer{c: c, model: m, style: look.Style{Exposure: float64(c.Exposure), Background: m.background}}
	var err error
	if v.style.Mode, err = look.ParseMode(mode.String()); err != nil {
		return nil, err
	}
	if v.style.Curve, err = look.ParseCurve(c.Curve); err != nil {
		return nil, err
	}
	switch c.Background {
	case "transparent": // as the data says
	case "checker":
		v.style.Checker = true
	default:
		if v.style.Background, err = parseColor(c.Background); err != nil {
			return nil, fmt.Errorf("--background: %w, or checker", err)
		}
	}
	if v.box, err = c.crop(m.box); err != nil {
		return nil, err
	}
	if c.Truth == "none" {
		return v, nil
	}
	data, err := scene.Load(c.Data, scene.LoadOptions{Split: c.Split, Lazy: true})
	if err != nil {
		return nil, err
	}
	if c.View >= len(data.Frames) {
		return nil, fmt.Errorf("--view %d: %s has %d views, counted from 0", c.View, c.Data, len(data.Frames))
	}
	picture, err := data.Image(c.View)
	if err != nil {
		return nil, err
	}
	v.truth, v.taken = picture.To8(), data.Frames[c.View].Camera.Resized(picture.Width, picture.Height)
	return v, nil
}

// finish develops a frame and draws over it.
func (v *developer) finish(f *look.Frame, camera scene.Camera) *image.RGBA {
	out := look.Develop(f, camera, v.style)
	if v.truth != nil {
		look.Compare(out, &look.Truth{Pix: look.SeenBy(camera, v.truth, v.taken, v.style.Background), Error: v.c.Truth == "error", Alpha: v.c.TruthOpacity})
	}
	s := look.NewSketch(out, camera)
	for _, name := range v.c.Overlay {
		switch name {
		case "cameras":
			for i := range v.model.views {
				s.View(&v.model.views[i], false)
			}
		case "occupancy":
			s.Occupied(look.Boxes(v.model.cells, look.MostBoxes))
		case "crop":
			s.Crop(look.Box{Lo: v.box[0], Hi: v.box[1]})
		}
	}
	return out
}

// renderWindow renders views as the viewer's window shows them.
func (c *renderCmd) renderWindow(env *app.Env, d gpu.Device, kind config.Mode) (*renderReport, error) {
	mode, err := render.ParseMode(c.Mode)
	if err != nil {
		return nil, err
	}
	m, err := c.shownModel(d, kind)
	if err != nil {
		return nil, err
	}
	defer m.release()
	if !m.has(mode) {
		return nil, fmt.Errorf("%s has no picture of mode %v", c.Model, mode)
	}
	develop, err := c.developer(m, mode)
	if err != nil {
		return nil, err
	}
	m.renderer.SetBox(develop.box)
	cameras, given, err := c.eyeCamera(m.up)
	if err == nil && !given {
		cameras, err = m.cameras()
	}
	if err != nil {
		return nil, err
	}
	result := &renderReport{Device: d.Info().String(), Spp: c.Spp, Views: len(cameras)}
	animated := strings.EqualFold(filepath.Ext(c.Out), ".gif")
	var pictures []*imageio.Image
	progress := env.NewProgress("render", int64(len(cameras)))
	defer progress.Done()
	var samples, rays int64
	for i, camera := range cameras {
		view := c.view(render.View{Ctx: env.Ctx, Camera: camera, SPP: 1})
		if mode == render.Normals || mode == render.Slice {
			view.Mode = mode // the others are made of colour, depth and cost
		}
		start := time.Now()
		var sum look.Frame
		for view.First = range c.Spp {
			f, err := m.renderer.Render(view)
			if env.Ctx.Err() != nil {
				return nil, interruptedAfter(i, len(cameras))
			}
			if err != nil {
				return nil, err
			}
			samples, rays = samples+f.Samples, rays+f.Rays
			var one look.Frame
			if one.Take(f); view.First == 0 {
				sum = one
			} else {
				sum.Add(&one)
			}
		}
		mean := sum.Mean(c.Spp)
		picture := imageio.FromImage(develop.finish(&mean, view.Camera))
		result.Seconds += time.Since(start).Seconds()
		result.Size = [2]int{picture.Width, picture.Height}
		if animated {
			pictures = append(pictures, picture)
		} else {
			path := numbered(c.Out, i, len(cameras))
			if err := imageio.WritePNG(path, picture); err != nil {
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
	result.PerFrame = result.Seconds / float64(result.Views)
	result.SamplesPerRay = float64(samples) / float64(max(rays, 1))
	return result, nil
}

// has reports whether a mode shows something of the model.
func (m *shownModel) has(mode render.Mode) bool {
	for _, v := range m.modes {
		if v == mode {
			return true
		}
	}
	return mode == render.Shade || mode == render.Alpha
}
