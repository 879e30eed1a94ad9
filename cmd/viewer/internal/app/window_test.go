package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
)

// opened is an application of the exact scene in a window in memory, at rest.
func opened(t *testing.T, o window.Options) *App {
	t.Helper()
	s := settings.Default()
	s.Samples = 1
	a := New(Options{Window: window.NewMemory(o), Engine: engine.NewAnalytic(1, 3, 24), Settings: s, OutDir: t.TempDir()})
	t.Cleanup(func() {
		if err := a.worker.Close(); err != nil {
			t.Error(err)
		}
	})
	rest(t, a)
	return a
}

// rest goes on until the picture is finished.
func rest(t *testing.T, a *App) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); !a.Still(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the window does not come to rest")
		}
		turn(t, a)
	}
}

// turn is one round of App.Run without events.
func turn(t *testing.T, a *App) {
	t.Helper()
	a.advance(0.01)
	a.request()
	a.collect()
	if a.dirty && a.width > 0 && a.height > 0 {
		if err := a.draw(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDenseDisplay: on a display of twice as many pixels a point, panels have twice the size in pixels, and take the mouse there.
func TestDenseDisplay(t *testing.T) {
	plain := opened(t, window.Options{Width: 340, Height: 200})
	dense := opened(t, window.Options{Width: 680, Height: 400, Scale: 2})
	for _, a := range []*App{plain, dense} {
		a.ui.SetOpen("radia", true)
		a.dirty = true
		turn(t, a)
	}
	for _, at := range [][2]float64{{20, 20}, {5, 5}, {50, 120}, {335, 100}} {
		if p, d := plain.ui.Contains(at[0], at[1]), dense.ui.Contains(2*at[0], 2*at[1]); p != d || p != (at[0] > 5 && at[0] < 330) {
			t.Errorf("a panel is at %v points: %v, and on the dense display %v", at, p, d)
		}
	}
	// The title closes the panel where it is seen.
	for _, e := range []event.Event{event.Move{X: 60, Y: 44}, event.Button{Down: true}, event.Button{}} {
		dense.handle(e)
		turn(t, dense)
	}
	if dense.ui.IsOpen("radia", true) || dense.ui.Contains(60, 300) {
		t.Error("a click on the title does not close the panel")
	}
}

// TestNoPixels: a window of no pixels, as some systems report of a minimised one, waits; afterwards it shows the scene again. What is
// asked of it meanwhile does nothing, or says why.
func TestNoPixels(t *testing.T) {
	a := opened(t, window.Options{Width: 160, Height: 120})
	before := append([]byte(nil), a.base.Pix...)
	a.win.Resize(0, 0)
	for _, e := range append(a.win.Poll(0), event.Move{X: 5, Y: 5}, event.Button{Down: true}, event.Move{X: 50, Y: 9}, event.Button{}, event.Scroll{DY: 1}, event.Key{Name: "P", Down: true}, event.Key{Name: "W", Down: true},
		event.Key{Name: "W"}, event.Key{Name: "]", Down: true}, event.Key{Name: "G", Down: true}, event.Key{Name: event.Home, Down: true}, event.Key{Name: "G", Down: true}) {
		a.handle(e)
		turn(t, a)
	}
	if a.width != 0 || a.height != 0 {
		t.Fatalf("the window has %d x %d pixels", a.width, a.height)
	}
	if s := a.Settings(); s.Width < 64 || s.Height < 64 {
		t.Errorf("a size of %d x %d would be remembered", s.Width, s.Height)
	}
	a.win.Resize(160, 120)
	for _, e := range a.win.Poll(0) {
		a.handle(e)
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		turn(t, a) // until the camera is home again
	}
	rest(t, a)
	if string(a.base.Pix) != string(before) {
		t.Error("the scene is not what it was")
	}
}

// TestFilmByFFmpeg: where ffmpeg is installed the pictures go to it, in order and at the chosen speed; its failure is told, and the
// pictures are left.
func TestFilmByFFmpeg(t *testing.T) {
	a := opened(t, window.Options{Width: 64, Height: 48})
	tools := t.TempDir()
	script := "#!/bin/sh\nfor last; do :; done\necho \"$@\" > \"$last\"\n"
	if err := os.WriteFile(filepath.Join(tools, "ffmpeg"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", tools)
	a.addKey()
	a.cam.Drag(0.2, 0)
	a.addKey()
	a.path.seconds, a.path.fps, a.path.samples, a.path.height = 0.25, 12, 1, 64
	finish := func() string {
		t.Helper()
		a.renderPath()
		for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if s := a.news.Swap(nil); s != nil {
				return *s
			}
			if err := a.worker.Status().Err; err != nil {
				a.worker.Clear()
				return err.Error()
			}
		}
		return "nothing within 20 s"
	}
	if said := finish(); !strings.Contains(said, "3 pictures and film.mp4") {
		t.Errorf("the window says %q", said)
	}
	call, err := os.ReadFile(filepath.Join(a.opt.OutDir, "film-0001", "film.mp4"))
	if err != nil || !strings.Contains(string(call), "-framerate 12 -i "+filepath.Join(a.opt.OutDir, "film-0001", "frame_%04d.png")) {
		t.Errorf("ffmpeg was called with %q: %v", call, err)
	}
	if err := os.WriteFile(filepath.Join(tools, "ffmpeg"), []byte("#!/bin/sh\necho no such codec >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if said := finish(); !strings.Contains(said, "no such codec") {
		t.Errorf("after a failure the window says %q", said)
	}
	if _, err := os.Stat(filepath.Join(a.opt.OutDir, "film-0002", "frame_0002.png")); errors.Is(err, os.ErrNotExist) {
		t.Error("the pictures are gone")
	}
}

// TestReorderKeys: keys of the camera path change places, and the file keeps their order.
func TestReorderKeys(t *testing.T) {
	a := opened(t, window.Options{Width: 64, Height: 48})
	for range 3 {
		a.addKey()
		a.cam.Drag(0.1, 0)
	}
	first, last := a.path.Keys[0], a.path.Keys[2]
	a.path.move(-1)
	a.path.move(-1)
	a.path.move(-1) // it is the first already
	if a.path.chosen != 0 || a.path.Keys[0] != last || a.path.Keys[1] != first {
		t.Errorf("the last key stands at %d", a.path.chosen)
	}
	a.path.move(1)
	if a.path.chosen != 1 || a.path.Keys[0] != first || a.path.Keys[1] != last {
		t.Error("a key does not move later")
	}
}
