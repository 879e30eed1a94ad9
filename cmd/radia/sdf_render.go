package main

import (
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/snapshot"
)

// loadSDF reads the distance field of a snapshot.
func loadSDF(d gpu.Device, path string) (*field.SDF, error) {
	s, err := snapshot.Load(path)
	if err != nil {
		return nil, err
	}
	return field.LoadSDF(d, s, path)
}

// renderSDF renders views of a distance field.
func (c *renderCmd) renderSDF(env *app.Env, d gpu.Device) (*renderReport, error) {
	for flag, set := range map[string]bool{"--data": c.Data != "", "--view": c.View != 0, "--split": c.Split != "all", "--window": c.Window != "", "--appearance": c.Appearance != nil} {
		if set {
			return nil, app.Usagef("%s is a distance field: %s has no meaning for it, as it was trained from no cameras; use --orbit or --camera-path", c.Model, flag)
		}
	}
	f, err := loadSDF(d, c.Model)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	cameras, err := c.sdfCameras(f)
	if err != nil {
		return nil, err
	}
	r, err := render.NewSDF(d, f)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	box, err := c.crop([2][3]float32{f.Lo, f.Hi})
	if err != nil {
		return nil, err
	}
	r.SetBox(box)
	return c.frames(env, d, r, cameras)
}

// sdfFOV is the vertical field of view of an orbit in degrees.
const sdfFOV = 35

// sdfStart turns an orbit's first view to the front left of a mesh that looks along +z.
const sdfStart = 30

// sdfCameras are the views of a distance field: along a camera path in the mesh's coordinates, or on a circle from which
// all of its box is seen. One view without either is the first of a circle.
func (c *renderCmd) sdfCameras(f *field.SDF) ([]scene.Camera, error) {
	width, height, err := parseSize(c.Size)
	if err != nil {
		return nil, err
	}
	if out, given, err := c.eyeCamera(mgl32.Vec3{0, 1, 0}); given || err != nil {
		return out, err
	}
	sized := func(w, h int) (int, int) {
		switch {
		case width > 0:
			return width, height
		case w > 0:
			return w, h
		}
		return 512, 512
	}
	if c.CameraPath != "" {
		o := f.Offset
		path, err := campath.Load(c.CameraPath, scene.Transform{Scale: float32(f.Scale), Offset: [3]float32{float32(o[0]), float32(o[1]), float32(o[2])}, Mitsuba: true})
		if err != nil {
			return nil, err
		}
		n := c.Frames
		if n == 0 {
			n = max(len(path.Keys), 1)
		}
		w, h := sized(path.Width, path.Height)
		return path.Cameras(n, w, h), nil
	}
	w, h := sized(0, 0)
	var center mgl32.Vec3
	diagonal := 0.0
	for k := range center {
		center[k] = (f.Lo[k] + f.Hi[k]) / 2
		diagonal += math.Pow(float64(f.Hi[k]-f.Lo[k]), 2)
	}
	half := math.Tan(sdfFOV * math.Pi / 360)
	if w < h {
		half *= float64(w) / float64(h)
	}
	// The sphere around the box just fits where its radius is the sine of the half angle times the distance; meshes fill
	// their boxes badly, so a sphere of 9/10 of that is taken.
	radius := 0.9 * math.Sqrt(diagonal) / 2 / math.Sin(math.Atan(half))
	path, err := campath.Orbit(max(c.Orbit, 1), campath.OrbitOptions{Center: center, Radius: float32(radius), Elevation: c.Elevation, Start: sdfStart + c.Azimuth, FOV: sdfFOV})
	if err != nil {
		return nil, err
	}
	return path.Cameras(max(c.Orbit, 1), w, h), nil
}
