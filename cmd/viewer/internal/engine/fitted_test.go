package engine

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
)

// seen renders the home view at 16 x 16 pixels.
func seen(t *testing.T, e Engine) *Frame {
	t.Helper()
	var f Frame
	v := View{Camera: e.About().Home.Resized(16, 16), Region: Region{0, 16}}
	if err := e.Render(context.Background(), v, &f); err != nil {
		t.Fatal(err)
	}
	return &f
}

func testFitted(t *testing.T, o FittedOptions) {
	t.Helper()
	o.Device, o.Seed = onHost, 1
	f, err := NewFitted(o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fresh := seen(t, f)
	if p, err := f.Train(context.Background(), 10*time.Millisecond); err != nil || p.Step < 1 || !(p.Loss > 0) {
		t.Fatalf("%+v %v", p, err)
	}
	trained := seen(t, f)
	if same(fresh.Color, trained.Color) {
		t.Error("training does not change the picture")
	}
	testStays(t, f)
	path := filepath.Join(t.TempDir(), "a.ingp")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := NewFitted(FittedOptions{Device: onHost, Name: "a.ingp", Snapshot: s})
	if err != nil {
		t.Fatal(err)
	}
	defer fixed.Close()
	seen(t, fixed)
	if _, err := fixed.Train(context.Background(), time.Millisecond); err == nil || fixed.About().CanTrain {
		t.Error("a snapshot without data claims to train")
	}
	if err := f.Reset(); err != nil {
		t.Fatal(err)
	}
	if !same(seen(t, f).Color, fresh.Color) {
		t.Error("reset does not give the first picture back")
	}
}

func TestPicture(t *testing.T) {
	m := imageio.New(24, 16)
	for i := range m.Pix {
		m.Pix[i] = imageio.Pack(uint8(10*(i%24)), uint8(15*(i/24)), 128, 255)
	}
	testFitted(t, FittedOptions{Name: "p.png", Picture: m})
}

func TestDistance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.obj")
	if err := os.WriteFile(path, []byte("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := mesh.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	testFitted(t, FittedOptions{Name: "t.obj", Mesh: m})
}

func TestVolume(t *testing.T) {
	v, err := volume.Cloud(16, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := volume.NewMedium(v)
	if err != nil {
		t.Fatal(err)
	}
	o := FittedOptions{Name: "cloud.nvdb", Volume: m}
	testFitted(t, o)
	o.Device = onHost
	f, err := NewFitted(o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	about := f.About()
	if about.Has("normals") || about.Levels < 2 || !about.Has("slice") || !about.Has("depth") || !about.Has("shade") {
		t.Errorf("a volume has the modes %v", about.Modes)
	}
	if b, err := f.Occupied(100); err != nil || len(b) == 0 || len(b) > 100 {
		t.Errorf("%d occupied boxes: %v", len(b), err)
	}
	// Outside the crop box nothing is seen.
	var all, part Frame
	view := View{Camera: about.Home.Resized(16, 16), Region: Region{0, 16}}
	if err := f.Render(context.Background(), view, &all); err != nil {
		t.Fatal(err)
	}
	view.Crop = Box{Lo: about.Box.Lo, Hi: about.Box.Lo.Add(about.Box.Hi.Sub(about.Box.Lo).Mul(0.05))}
	if err := f.Render(context.Background(), view, &part); err != nil {
		t.Fatal(err)
	}
	whole, cut := 0.0, 0.0
	for i := range all.Depth {
		whole, cut = whole+float64(all.Color[4*i+3]), cut+float64(part.Color[4*i+3])
	}
	if !(whole > 0) || cut > whole/10 {
		t.Errorf("opacity %g, of a small corner %g", whole, cut)
	}
}
