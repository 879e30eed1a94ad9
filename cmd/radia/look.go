package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
)

// lookFlags are what the viewer's panels set, for pictures made by the command line.
type lookFlags struct {
	Near     float32 `default:"0" help:"Show nothing nearer than this, in units of the scene's cube."`
	Crop     string  `placeholder:"X0,Y0,Z0,X1,Y1,Z1" help:"Show only this box, in coordinates of the scene's cube."`
	Slice    float32 `default:"0" help:"Distance of the plane that --mode slice shows, along the viewing axis; 0 is through the middle of the scene's cube."`
	Levels   string  `placeholder:"A-B" help:"Only these levels of the encoding, counted from 0: 3 or 0-3."`
	Aperture float32 `default:"0" help:"Radius of the lens, for depth of field; use with --focus and a large --spp."`
	Focus    float32 `default:"1" help:"Distance of what is sharp."`
	Azimuth  float32 `default:"0" placeholder:"DEGREES" help:"How much further around --orbit begins, or the one view of a mesh or a volume."`
	Fov      float32 `default:"0" placeholder:"DEGREES" help:"Vertical field of view of a pinhole instead of the view's own lens."`
}

// check reports what none of the flags may be.
func (l *lookFlags) check() error {
	for name, v := range map[string]float32{"--near": l.Near, "--aperture": l.Aperture, "--slice": l.Slice} {
		if !(v >= 0) || v > 1e6 {
			return app.Usagef("%s %v: must be from 0 to a million", name, v)
		}
	}
	if !(l.Focus > 0) || l.Focus > 1e6 {
		return app.Usagef("--focus %v: must be more than 0 and at most a million", l.Focus)
	}
	if !(l.Azimuth >= -1e6 && l.Azimuth <= 1e6) {
		return app.Usagef("--azimuth %v: must be from -1000000 to 1000000", l.Azimuth)
	}
	if l.Fov != 0 && !(l.Fov >= 1 && l.Fov <= 170) {
		return app.Usagef("--fov %v: must be from 1 to 170", l.Fov)
	}
	if _, err := l.levels(); err != nil {
		return err
	}
	_, err := l.crop([2][3]float32{{0, 0, 0}, {1, 1, 1}})
	return err
}

// view adds the flags to a view.
func (l *lookFlags) view(v render.View) render.View {
	v.NearDistance, v.Slice, v.Aperture, v.Focus = l.Near, l.Slice, l.Aperture, l.Focus
	if l.Slice == 0 {
		v.Slice = mgl32.Vec3{0.5, 0.5, 0.5}.Sub(v.Camera.Position()).Dot(v.Camera.Forward())
	}
	v.Levels, _ = l.levels()
	if l.Fov > 0 {
		v.Camera = pinhole(v.Camera, l.Fov)
	}
	return v
}

// pinhole is a camera with a vertical field of view in degrees instead of its lens.
func pinhole(c scene.Camera, fov float32) scene.Camera {
	f := float32(float64(c.Height) / (2 * math.Tan(float64(fov)*math.Pi/360)))
	c.Focal, c.Lens = [2]float32{f, f}, scene.Lens{}
	return c
}

func (l *lookFlags) levels() (field.Levels, error) {
	if l.Levels == "" {
		return field.Levels{}, nil
	}
	a, b, several := strings.Cut(l.Levels, "-")
	if !several {
		b = a
	}
	first, err1 := strconv.Atoi(a)
	last, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || first < 0 || last < first || last > 1000 {
		return field.Levels{}, app.Usagef("--levels %s: want a number or FIRST-LAST, counted from 0", l.Levels)
	}
	return field.Levels{First: first, End: last + 1}, nil
}

// crop cuts a box down to the one asked for.
func (l *lookFlags) crop(box [2][3]float32) ([2][3]float32, error) {
	return cutBox(box, "--crop", l.Crop)
}

// cutBox cuts a box down to the one that a flag asks for.
func cutBox(box [2][3]float32, flag, text string) ([2][3]float32, error) {
	if text == "" {
		return box, nil
	}
	bad := app.Usagef("%s %s: want X0,Y0,Z0,X1,Y1,Z1 with each first value below its second", flag, text)
	parts := strings.Split(text, ",")
	if len(parts) != 6 {
		return box, bad
	}
	var want [2][3]float32
	for i, s := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 32)
		if err != nil || !(v > -1e6 && v < 1e6) {
			return box, bad
		}
		want[i/3][i%3] = float32(v)
	}
	for k := range 3 {
		if !(want[0][k] < want[1][k]) {
			return box, bad
		}
		box[0][k], box[1][k] = max(box[0][k], want[0][k]), min(box[1][k], want[1][k])
	}
	return box, nil
}
