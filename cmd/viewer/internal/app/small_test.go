package app

import (
	"fmt"
	"image"
	"slices"
	"testing"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/ui"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
)

// TestPanelsOfSmallWindows: at any size panels neither overlap nor leave the window, what a large window's panels have can be had in a
// small one's too, and a small window shows its picture before anything is opened.
func TestPanelsOfSmallWindows(t *testing.T) {
	all := widgetsOf(t, 900, 9000)
	for _, size := range [][2]int{{200, 150}, {320, 240}, {400, 300}, {519, 400}, {520, 280}, {640, 480}, {1280, 720}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			w := window.NewMemory(window.Options{Width: size[0], Height: size[1]})
			a := New(Options{Window: w, Engine: &trainable{Analytic: engine.NewAnalytic(1, 3, 24)}, Settings: settings.Default(), OutDir: t.TempDir()})
			defer a.worker.Close()
			a.status = a.worker.Status()
			draw := func() {
				for range 4 {
					a.mouse.in = ui.Input{X: -1, Y: -1}
					a.drawPanels()
				}
			}
			draw()
			window0 := image.Rect(0, 0, size[0], size[1])
			left := func() image.Rectangle { return a.ui.Area("radia") }
			if covered := left().Dx() * left().Dy(); size[0] < 400 && 4*covered > size[0]*size[1] {
				t.Errorf("at first the panel covers %v of the window", left())
			}
			a.ui.SetOpen("radia", true)
			a.ui.SetOpen("camera path", true)
			draw()
			for _, name := range []string{"radia", "camera path"} {
				if r := a.ui.Area(name); !r.In(window0) {
					t.Errorf("%s is at %v", name, r)
				}
			}
			if both := left().Intersect(a.ui.Area("camera path")); !both.Empty() {
				t.Errorf("the panels overlap at %v", both)
			}
			a.view.help = true
			draw()
			if r := a.ui.Area("keys and mouse"); !r.In(window0) {
				t.Errorf("help is at %v", r)
			}
			// The wheel scrolls help instead of zooming.
			a.mouse.x, a.mouse.y = float64(size[0]/2), float64(size[1]/2)
			a.handle(event.Scroll{DY: -1})
			if a.mouse.in.Scroll == 0 {
				t.Error("the wheel does not scroll help")
			}
		})
		seen := widgetsOf(t, size[0], size[1])
		for _, w := range all {
			if !slices.Contains(seen, w) {
				t.Errorf("%v lacks the %s", size, w)
			}
		}
	}
}
