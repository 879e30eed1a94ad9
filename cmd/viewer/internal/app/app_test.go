package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/script"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/synth"
)

// play runs a script on the exact procedural scene in a window of 320 x 200 and returns the folder of its files.
func play(t *testing.T, text string) (*App, string) {
	t.Helper()
	dir := t.TempDir()
	a := playIn(t, dir, text, engine.NewAnalytic(1, 3, 24))
	return a, dir
}

func playIn(t *testing.T, dir, text string, e engine.Engine) *App {
	t.Helper()
	steps, err := script.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s := settings.Default()
	s.Samples = 1
	a := New(Options{Window: window.NewMemory(window.Options{Width: 320, Height: 200}), Engine: e, Settings: s, Script: steps, OutDir: dir, Context: ctx,
		Open: func(_ context.Context, path string, _ func(float64)) (engine.Engine, error) {
			if filepath.Base(path) != "other.ingp" {
				return nil, errors.New("unknown file")
			}
			return engine.NewAnalytic(2, 2, 24), nil
		}})
	if err := a.Run(); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatal("the script did not end within five minutes")
	}
	return a
}

func read(t *testing.T, dir, name string) *imageio.Image {
	t.Helper()
	m, err := imageio.Read(filepath.Join(dir, name), 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// banner is the height of the strip at the bottom where messages come and go.
const banner = 40

// difference is the mean absolute difference of two pictures' channels above the banner, 0 to 255.
func difference(t *testing.T, a, b *imageio.Image) float64 {
	t.Helper()
	if a.Width != b.Width || a.Height != b.Height {
		t.Fatalf("pictures of %d x %d and %d x %d", a.Width, a.Height, b.Width, b.Height)
	}
	sum := 0.0
	n := a.Width * max(a.Height-banner, 1)
	for i := range n {
		r, g, bl, _ := imageio.Unpack(a.Pix[i])
		r2, g2, bl2, _ := imageio.Unpack(b.Pix[i])
		for _, d := range [3]int{int(r) - int(r2), int(g) - int(g2), int(bl) - int(bl2)} {
			sum += float64(max(d, -d))
		}
	}
	return sum / float64(3*n)
}

// visible is a mean difference that a person sees at once; sampling of an unchanged view differs by nothing at all.
const visible = 2

func TestShowsTheScene(t *testing.T) {
	a, dir := play(t, "key TAB\nwait-still\nscreenshot a.png\nwait-still\nscreenshot again.png\nquit")
	shot := read(t, dir, "a.png")
	v := a.cam.Camera(320, 200)
	truth := synth.New(1).Render(v).Over([3]float32{1, 1, 1})
	// One sample a pixel against 9 or 16 along edges: half of the contrast on the edges' share of the pixels.
	if d := difference(t, shot, truth); d > 4 {
		t.Errorf("the window differs from the scene by %g on average", d)
	}
	if d := difference(t, shot, read(t, dir, "again.png")); d != 0 {
		t.Errorf("the picture changes by %g while nothing happens", d)
	}
}

func TestDragKeysAndResize(t *testing.T) {
	_, dir := play(t, `
key TAB
wait-still
screenshot 0.png
drag 200 100 260 110
wait-still
screenshot 1.png
mdrag 200 100 230 130
wait-still
screenshot 2.png
rdrag 200 100 190 130
wait-still
screenshot 3.png
scroll 3
wait-still
screenshot 4.png
hold W 0.2
wait-still
screenshot 5.png
key .
wait-still
screenshot 6.png
key 5
wait-still
screenshot 7.png
key 3
wait-still
screenshot 8.png
key 2
key E
wait-still
screenshot 9.png
key SHIFT+E
key HOME
wait 0.5
wait-still
screenshot home.png
resize 200 240
wait-still
screenshot small.png
quit`)
	last := read(t, dir, "0.png")
	for _, name := range []string{"1.png", "2.png", "3.png", "4.png", "5.png", "6.png", "7.png", "8.png", "9.png", "home.png"} {
		m := read(t, dir, name)
		if d := difference(t, last, m); d < visible {
			t.Errorf("%s looks like the picture before it (%g)", name, d)
		}
		last = m
	}
	if d := difference(t, last, read(t, dir, "0.png")); d > visible {
		t.Errorf("reset does not lead home: %g", d)
	}
	if m := read(t, dir, "small.png"); m.Width != 200 || m.Height != 240 {
		t.Errorf("after resizing: %d x %d", m.Width, m.Height)
	}
}

func TestPanelsTakeTheMouse(t *testing.T) {
	a, dir := play(t, "click 100 20\nmove 1 1\nwait-still\nscreenshot a.png\ndrag 100 60 200 100\nwait-still\nscreenshot b.png\nkey ?\nwait-still\nscreenshot help.png\nkey ?\nquit")
	if d := difference(t, read(t, dir, "a.png"), read(t, dir, "b.png")); d > visible {
		t.Errorf("a drag on a panel moved the view (%g)", d)
	}
	if d := difference(t, read(t, dir, "b.png"), read(t, dir, "help.png")); d < visible {
		t.Error("help is not seen")
	}
	if a.view.help {
		t.Error("help does not close")
	}
}

func TestDoubleClickFocuses(t *testing.T) {
	a, _ := play(t, "key TAB\nwait-still\ndouble 160 110\nwait 0.5\nwait-still\nquit")
	if p, ok := a.under(160, 100); !ok || p.Sub(a.cam.Center()).Len() > 0.1 {
		t.Errorf("the middle shows %v, the center is %v", p, a.cam.Center())
	}
}

func TestSavesPictures(t *testing.T) {
	a, dir := play(t, "wait-still\nkey P\nkey P\nkey CTRL+S\nquit")
	m := read(t, dir, "picture-0001.png")
	_, _, _, corner := imageio.Unpack(m.Pix[0])
	_, _, _, middle := imageio.Unpack(m.Pix[m.Width*(m.Height/2)+m.Width/2])
	if corner != 0 || middle != 255 {
		t.Errorf("alpha %d in the corner, %d in the middle", corner, middle)
	}
	read(t, dir, "picture-0002.png")
	a.saveEXR()
	if w, h, planes, err := imageio.ReadPlanes(filepath.Join(dir, "picture-0001.exr"), 0); err != nil || w != m.Width || h != m.Height || len(planes) != 5 {
		t.Errorf("EXR of %d x %d with %d planes: %v", w, h, len(planes), err)
	}
}

func TestTruthAndErrorAtATrainingView(t *testing.T) {
	_, dir := play(t, "key TAB\nkey ]\nwait-still\nscreenshot field.png\nkey O\nwait-still\nscreenshot error.png\nkey G\nwait-still\nscreenshot truth.png\nkey G\nkey V\nwait-still\nscreenshot frusta.png\nquit")
	black := imageio.New(320, 200)
	field, truth := read(t, dir, "field.png"), read(t, dir, "truth.png")
	if d := difference(t, field, truth); d > 16 { // a truth of 24 x 24 pixels, nearest ones
		t.Errorf("the exact scene differs from its training picture by %g", d)
	}
	middle := func(m *imageio.Image) *imageio.Image {
		out := imageio.New(200, 200) // the square that the training picture covers
		for y := range 200 {
			copy(out.Pix[y*200:(y+1)*200], m.Pix[y*320+60:])
		}
		return out
	}
	black = middle(black)
	if d, all := difference(t, middle(read(t, dir, "error.png")), black), difference(t, middle(field), black); d > all/2 {
		t.Errorf("the error %g is not small against the picture's %g", d, all)
	}
}

func TestCameraPath(t *testing.T) {
	a, dir := play(t, "key TAB\nwait-still\nkey K\ndrag 200 100 280 100\nkey K\nscroll 2\nkey K\nquit")
	if len(a.path.Keys) != 3 {
		t.Fatalf("%d keys", len(a.path.Keys))
	}
	a.savePath()
	file := filepath.Join(dir, "path-0001.json")
	p, err := campath.Load(file, a.status.About.Transform)
	if err != nil || len(p.Keys) != 3 || p.Order != 3 {
		t.Fatalf("%+v %v", p, err)
	}
	// Another application gets the path by dropping the file on it, plays it and renders it.
	b := playIn(t, dir, "drop "+file+"\nkey CTRL+SPACE\nwait 0.3\nkey CTRL+SPACE\nquit", engine.NewAnalytic(1, 3, 24))
	if len(b.path.Keys) != 3 || b.path.time <= 0 || b.path.time >= 1 {
		t.Errorf("%d keys, played to %g", len(b.path.Keys), b.path.time)
	}
}

func TestRendersAFilm(t *testing.T) {
	dir := t.TempDir()
	a := New(Options{Window: window.NewMemory(window.Options{Width: 64, Height: 48}), Engine: engine.NewAnalytic(1, 3, 24), Settings: settings.Default(), OutDir: dir})
	a.request()
	a.addKey()
	a.cam.Drag(0.2, 0)
	a.addKey()
	a.path.seconds, a.path.fps, a.path.samples, a.path.height = 0.5, 8, 1, 96
	t.Setenv("PATH", dir) // no ffmpeg
	a.renderPath()
	for end := time.Now().Add(3 * time.Minute); a.news.Load() == nil && a.worker.Status().Err == nil && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	if err := errors.Join(a.worker.Status().Err, a.worker.Close()); err != nil {
		t.Fatal(err)
	}
	first, last := read(t, dir, "film-0001/frame_0000.png"), read(t, dir, "film-0001/frame_0003.png")
	if difference(t, first, last) < visible || first.Height != 96 || first.Width != 128 {
		t.Errorf("pictures of %d x %d that differ by %g", first.Width, first.Height, difference(t, first, last))
	}
	if st, err := os.Stat(filepath.Join(dir, "film-0001", "film.gif")); err != nil || st.Size() < 100 {
		t.Errorf("film.gif: %v", err)
	}
}

// endsAfter is an engine that calls a function after so many pictures.
type endsAfter struct {
	engine.Engine
	left int
	then func()
}

func (e *endsAfter) Render(ctx context.Context, v engine.View, f *engine.Frame) error {
	err := e.Engine.Render(ctx, v, f)
	if e.left--; e.left == 0 {
		e.then()
	}
	return err
}

// TestCancelledFilm: Esc in the middle of a film leaves the pictures that were made, whole, and says how many.
func TestCancelledFilm(t *testing.T) {
	dir := t.TempDir()
	e := &endsAfter{Engine: engine.NewAnalytic(1, 3, 24)}
	a := New(Options{Window: window.NewMemory(window.Options{Width: 64, Height: 48}), Engine: e, Settings: settings.Default(), OutDir: dir})
	a.addKey()
	a.cam.Drag(0.2, 0)
	a.addKey()
	a.path.seconds, a.path.fps, a.path.samples, a.path.height = 1, 8, 1, 64
	e.left, e.then = 3, a.worker.Cancel // nothing is shown before request, so that these are pictures of the film
	a.lastReq.View = engine.View{Camera: a.cam.Camera(64, 48)}
	a.renderPath()
	for end := time.Now().Add(3 * time.Minute); a.news.Load() == nil && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	a.collect()
	if err := a.worker.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(a.message, "cancelled: 3 of 8 pictures") {
		t.Errorf("the window says %q", a.message)
	}
	for i := range 3 {
		if m := read(t, dir, fmt.Sprintf("film-0001/frame_%04d.png", i)); m.Height != 64 {
			t.Errorf("picture %d is %d high", i, m.Height)
		}
	}
	if files, _ := os.ReadDir(filepath.Join(dir, "film-0001")); len(files) != 3 {
		t.Errorf("%d files are left of 3 pictures: %v", len(files), files)
	}
}

func TestDropOpens(t *testing.T) {
	a, _ := play(t, "wait-still\ndrop missing.bin\nwait 0.2\nwait-still\ndrop other.ingp\nwait 0.2\nwait-still\nquit")
	if n := len(a.status.About.Views); n != 2 {
		t.Errorf("%d training views, the dropped scene has 2", n)
	}
}

func TestSettingsComeBack(t *testing.T) {
	a, _ := play(t, "key E\nkey E\nkey TAB\nresize 400 300\nwait 0.1\nquit")
	s := a.Settings()
	if s.Exposure != 1 || s.Panels || s.Width != 400 || s.Height != 300 || s.Background != nil {
		t.Errorf("%+v", s)
	}
}

// TestModesOfTheField: a key of a mode that the field does not have changes nothing.
func TestModesOfTheField(t *testing.T) {
	a, _ := play(t, "wait-still\nkey 5\nwait-still\nkey 8\nwait-still\nquit")
	if a.style.Mode != look.Depth {
		t.Errorf("the exact scene has no slice, and the mode is %v", a.style.Mode)
	}
}

// TestZoomGoesToThePointer: what is under the pointer stays there.
func TestZoomGoesToThePointer(t *testing.T) {
	a, _ := play(t, "key TAB\nwait-still\nmove 180 110\nwait 0.1\nquit")
	p, hit := a.under(180, 110)
	if !hit {
		t.Fatal("nothing is at the middle of the scene")
	}
	a.zoomPointer(3)
	cam := a.cam.Camera(a.width, a.height)
	if x, y, ok := cam.Project([3]float64{float64(p[0]), float64(p[1]), float64(p[2])}); !ok || math.Hypot(x-180, y-110) > 1 {
		t.Errorf("the point under the pointer went to (%g, %g)", x, y)
	}
}
