package render

import (
	"testing"

	"github.com/radia-go/radia/field/fieldtest"
	"github.com/radia-go/radia/scene/volume"
)

// TestBandsAreOfThePicture: bands of rows, however they are cut, hold exactly what the whole picture does: the same rays begin at the
// same place within a step and go through the same place of the lens.
func TestBandsAreOfThePicture(t *testing.T) {
	const n = 12
	v := View{Camera: front(n), First: 3, Aperture: 0.05, Focus: 1, Slice: 1}
	v.Camera.Principal = [2]float32{0.4, 0.6}
	_, r := small(t, false)
	for _, stages := range []Stages{Passes, Split, Joined, Whole} {
		if err := r.Use(stages); err != nil {
			t.Fatal(err)
		}
		for _, v.Mode = range []Mode{Shade, Normals, Slice, Position} {
			checkBands(t, "radiance", r.Render, v)
		}
	}

	d := r.device
	solid, err := fieldtest.SDF(d, ball)
	if err != nil {
		t.Fatal(err)
	}
	defer solid.Release()
	surface, err := NewSDF(d, solid)
	if err != nil {
		t.Fatal(err)
	}
	defer surface.Release()
	_, sheet := sheetOf(t, d)
	m, _, cloud := cloudOf(t, d)
	sky := volume.NewSky(m.Up)
	cloud.Behind = sky
	for _, v.Mode = range []Mode{Shade, Slice} {
		checkBands(t, "distance", surface.Render, v)
		checkBands(t, "volume", cloud.Render, v)
	}
	v.Mode = Shade
	checkBands(t, "image", sheet.Render, v)
	checkBands(t, "medium", func(v View) (*Frame, error) { return Reference(m, sky, nil, v, 5) }, v)
}

// checkBands compares a picture with its bands.
func checkBands(t *testing.T, of string, render func(View) (*Frame, error), v View) {
	t.Helper()
	whole, err := render(v)
	if err != nil {
		t.Fatal(err)
	}
	w, seen := v.Camera.Width, 0
	for _, v.Band = range []Band{{0, 1}, {1, 4}, {5, 7}, {0, 12}} {
		part, err := render(v)
		if err != nil {
			t.Fatal(err)
		}
		if part.Width != w || part.Height != v.Band.Count {
			t.Fatalf("%s, %v: the rows %v are %dx%d", of, v.Mode, v.Band, part.Width, part.Height)
		}
		for i, d := range part.Depth {
			at := v.Band.First*w + i
			if d != whole.Depth[at] || part.Cost[i] != whole.Cost[at] || [4]float32(part.Color[4*i:]) != [4]float32(whole.Color[4*at:]) {
				t.Fatalf("%s, %v: pixel %d of the rows %v: depth %v and colour %v, want %v and %v", of, v.Mode, i, v.Band, d, part.Color[4*i:4*i+4], whole.Depth[at], whole.Color[4*at:4*at+4])
			}
			if part.Color[4*i+3] > 0 {
				seen++
			}
		}
	}
	if seen < w/4 {
		t.Errorf("%s, %v: only %d pixels show anything", of, v.Mode, seen)
	}
}
