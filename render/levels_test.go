package render

import (
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
)

// TestLevels renders some levels and compares with a field whose table has zeros elsewhere, bit by bit, for fields of every kind.
func TestLevels(t *testing.T) {
	f, r := small(t, false)
	checkLevels(t, "radiance", f, f.Layout, r.Render, View{Camera: front(12)})

	d := host.Open(host.Options{Threads: 1})
	defer d.Close()
	sheet, flat := sheetOf(t, d)
	checkLevels(t, "image", sheet, sheet.Layout, flat.Render, View{Camera: squarely(12)})
	c, err := config.Load("sdf/base")
	if err != nil {
		t.Fatal(err)
	}
	s, err := field.NewSDF(d, c, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	if err := s.SetParams(workloadParams(s.Layout, 5, 1, 1)); err != nil {
		t.Fatal(err)
	}
	surface, err := NewSDF(d, s)
	if err != nil {
		t.Fatal(err)
	}
	defer surface.Release()
	surface.SetBox(middle)
	checkLevels(t, "distance", s, s.Layout, surface.Render, View{Camera: front(12), Mode: Slice, Slice: 0.9})
	checkLevels(t, "distance", s, s.Layout, surface.Render, View{Camera: front(12), Mode: Normals})
	_, v, cloud := cloudOf(t, d)
	checkLevels(t, "volume", v, v.Layout, cloud.Render, View{Camera: front(12)})
}

// checkLevels checks levels of one field.
func checkLevels(t *testing.T, of string, f interface {
	LevelCount() int
	ReadParams() ([]float32, error)
	SetParams([]float32) error
}, layout *config.Layout, render func(View) (*Frame, error), view View) {
	t.Helper()
	picture := func() *Frame {
		t.Helper()
		f, err := render(view)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	all := picture()
	view.Levels = field.Levels{First: 0, End: f.LevelCount()}
	if !same(all, picture()) {
		t.Errorf("%s: all levels by name differ from all levels", of)
	}
	whole, err := f.ReadParams()
	if err != nil {
		t.Fatal(err)
	}
	g := layout.Position.Grids[0]
	for _, keep := range []field.Levels{{First: 0, End: 2}, {First: 3, End: 4}} {
		view.Levels = keep
		got := picture()
		if same(got, all) {
			t.Errorf("%s: levels %v show as much as all", of, keep)
		}
		params := append([]float32(nil), whole...)
		for l, level := range g.Levels {
			if l < keep.First || l >= keep.End {
				first := g.Offset + int(level.Offset)*g.FeaturesPerLevel
				clear(params[first : first+int(level.Size)*g.FeaturesPerLevel])
			}
		}
		if err := f.SetParams(params); err != nil {
			t.Fatal(err)
		}
		view.Levels = field.Levels{}
		if !same(got, picture()) {
			t.Errorf("%s: levels %v are not the field without the others", of, keep)
		}
		if err := f.SetParams(whole); err != nil {
			t.Fatal(err)
		}
	}
	view.Levels = field.Levels{First: 2, End: f.LevelCount() + 1}
	if _, err := render(view); err == nil {
		t.Errorf("%s: a level that does not exist is rendered", of)
	}
}
