package ui

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/radia-go/radia/cmd/internal/paint"
)

// screen draws with given input until sizes are known.
type screen struct {
	u    *UI
	dst  *image.RGBA
	body func(u *UI)
}

func newScreen(body func(u *UI)) *screen {
	s := &screen{u: New(), dst: image.NewRGBA(image.Rect(0, 0, 300, 200)), body: body}
	s.draw(Input{X: -1, Y: -1})
	return s
}

func (s *screen) draw(in Input) {
	for i := 0; i < 4; i++ {
		s.u.Begin(s.dst, in, 1)
		s.u.Panel("p", 10, 10, 200, true, func() { s.body(s.u) })
		in.Pressed, in.Released, in.Scroll = false, false, 0
		if !s.u.End() {
			return
		}
	}
}

func (s *screen) click(x, y float64) {
	s.draw(Input{X: x, Y: y, Down: true, Pressed: true})
	s.draw(Input{X: x, Y: y, Released: true})
}

// row is the middle of widget i of the panel.
func (s *screen) row(i int) float64 {
	return float64(10 + s.u.row + s.u.pad/2 + s.u.pad/2 + i*s.u.row + s.u.row/2)
}

func TestWidgets(t *testing.T) {
	var clicks, chosen int
	check, value := false, 1.0
	s := newScreen(func(u *UI) {
		if u.Button("push") {
			clicks++
		}
		u.Check("tick", &check)
		u.Slider("slide", "%.1f", &value, 0, 10, false)
		if i := u.Buttons(0, "a", "b", "c"); i >= 0 {
			chosen = i
		}
	})
	s.click(100, s.row(0))
	s.click(100, s.row(1))
	s.click(195, s.row(3))
	if clicks != 1 || !check || chosen != 2 || value != 1 {
		t.Errorf("clicks %d, check %v, chosen %d, value %g", clicks, check, chosen, value)
	}
	s.draw(Input{X: 22, Y: s.row(2), Down: true, Pressed: true})
	s.draw(Input{X: 110, Y: 190, Down: true}) // outside, but the slider is held
	if value < 4.5 || value > 5.5 {
		t.Errorf("the slider's middle is %g", value)
	}
	s.draw(Input{X: 110, Y: 190, Released: true})
	s.draw(Input{X: 20, Y: 190})
	if value < 4.5 || value > 5.5 {
		t.Error("the slider moves after it was let go")
	}
	if !s.u.Contains(100, s.row(1)) || s.u.Contains(250, 100) {
		t.Error("the panel's place is wrong")
	}
	s.click(100, 20)
	s.click(100, s.row(0))
	if clicks != 1 || s.u.IsOpen("p", true) {
		t.Error("a closed panel takes clicks")
	}
}

func TestLongPanelsScroll(t *testing.T) {
	hit := -1
	s := newScreen(func(u *UI) {
		for i := range 40 {
			if u.Button(string(rune('A' + i))) {
				hit = i
			}
		}
	})
	s.click(100, 140)
	first := hit
	for range 30 {
		s.draw(Input{X: 100, Y: 140, Scroll: -1})
	}
	s.click(100, 140)
	if first < 0 || hit <= first || hit >= 40 {
		t.Errorf("widget %d, after scrolling %d", first, hit)
	}
	// The bar is dragged past its ends: the last widget is above the line of the banner, and the first is back.
	drag := func(y float64) {
		s.draw(Input{X: 206, Y: 120, Down: true, Pressed: true})
		s.draw(Input{X: 206, Y: y, Down: true})
		s.draw(Input{X: 206, Y: y, Released: true})
	}
	drag(500)
	s.click(100, float64(200-s.u.bannerHeight()-4-s.u.pad/2-s.u.row/2))
	if hit != 39 {
		t.Errorf("at the end of the bar widget %d is the last that can be clicked, of 40", hit)
	}
	drag(-500)
	s.click(100, s.row(0))
	if hit != 0 {
		t.Errorf("at the beginning of the bar the first widget is %d", hit)
	}
}

func TestPlotTakesAnything(t *testing.T) {
	newScreen(func(u *UI) {
		u.Plot("", "", nil, 2)
		u.Plot("one", "1", []float64{1}, 2)
		u.Plot("not finite", "", []float64{math.NaN(), math.Inf(1), 2, math.Inf(-1)}, 2)
		u.Plot("flat", "3", []float64{3, 3, 3}, 2)
		u.Pair("a very long name that does not fit into the panel at all", "%s", "and a value as long as the name")
	})
}

func TestLineStaysInThePicture(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 20, 10))
	white := color.RGBA{255, 255, 255, 255}
	paint.Line(m, -1e7, 5, 1e7, 5, white)
	paint.Line(m, math.NaN(), 0, 5, 5, white)
	paint.Line(m, math.Inf(1), 0, 5, math.Inf(-1), white)
	paint.Line(m, 3, -1e9, 3, 1e9, white)
	for x := range 20 {
		if m.Pix[m.PixOffset(x, 5)] != 255 {
			t.Fatalf("the line misses column %d", x)
		}
	}
	if m.Pix[m.PixOffset(3, 9)] != 255 || m.Pix[m.PixOffset(10, 8)] != 0 {
		t.Error("the vertical line is wrong")
	}
}
