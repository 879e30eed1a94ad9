package app

import (
	"math"
	"testing"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
)

// TestDragsOfTheCropBox: with X drags size the box about its middle, with Z its middle follows the pointer, in the scene; the view stays
// meanwhile, and turns again afterwards.
func TestDragsOfTheCropBox(t *testing.T) {
	a := opened(t, window.Options{Width: 160, Height: 120})
	key := func(name string) {
		a.handle(event.Key{Name: name, Down: true})
		a.handle(event.Key{Name: name})
	}
	drag := func(x0, y0, x1, y1 float64) {
		a.mouse.clicked = time.Time{} // not a double click
		for _, e := range []event.Event{event.Move{X: x0, Y: y0}, event.Button{Down: true}, event.Move{X: x1, Y: y1}, event.Button{}} {
			a.handle(e)
		}
	}
	middle := func() [3]float32 {
		b := a.cropBox()
		return b.Lo.Add(b.Hi).Mul(0.5)
	}
	// where the middle of the box is seen
	seen := func() (x, y float64) {
		m, cam := middle(), a.cam.Camera(a.width, a.height)
		d := float64(a.cam.Forward().Dot(mgl32.Vec3(m).Sub(a.cam.Eye)))
		best := math.Inf(1)
		for px := range a.width {
			for py := range a.height {
				if p, ok := look.Unproject(&cam, float64(px), float64(py), float32(d)); ok {
					if l := float64(p.Sub(mgl32.Vec3(m)).Len()); l < best {
						best, x, y = l, float64(px), float64(py)
					}
				}
			}
		}
		return x, y
	}
	key("TAB")
	home, eye := a.status.About.Box, a.cam.Eye
	key("Z")
	drag(80, 60, 120, 60)
	if a.cropBox() != home || !a.view.crop {
		t.Errorf("a box that is all of the scene moved to %v", a.cropBox())
	}
	key("X")
	drag(80, 60, 80, 100)
	b := a.cropBox()
	want := math.Exp(-2*40.0/120) * float64(home.Hi[0]-home.Lo[0])
	// Three float32 numbers make an edge, each rounded to 2^-24 of 1.
	if got := float64(b.Hi[0] - b.Lo[0]); math.Abs(got-want) > 1e-6 || middle() != [3]float32{0.5, 0.5, 0.5} {
		t.Errorf("a box of %g and %v, want %g", got, middle(), want)
	}
	key("Z")
	x0, y0 := seen()
	drag(x0, y0, x0+10, y0+5)
	x1, y1 := seen()
	if math.Abs(x1-x0-10) > 1 || math.Abs(y1-y0-5) > 1 { // seen is whole pixels
		t.Errorf("the middle was seen at %g, %g, and is at %g, %g after a drag by 10, 5", x0, y0, x1, y1)
	}
	drag(80, 60, 80, -4000)
	if b := a.cropBox(); b.Lo[0] < home.Lo[0] || b.Lo[1] < home.Lo[1] || b.Hi[0] > home.Hi[0]+1e-6 || b.Hi[1] > home.Hi[1]+1e-6 {
		t.Errorf("the box left the scene: %v", b)
	}
	if a.cam.Eye != eye {
		t.Error("the view moved with the box")
	}
	key("Z")
	before := a.cropBox()
	drag(80, 60, 110, 60)
	if a.cropBox() != before || a.cam.Eye == eye {
		t.Error("drags do not turn the view again")
	}
}
