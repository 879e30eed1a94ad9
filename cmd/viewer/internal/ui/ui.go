package ui

import (
	"image"
	"image/color"

	"github.com/radia-go/radia/cmd/internal/paint"
)

// Colours of the overlay.
var (
	ink     = color.RGBA{236, 239, 244, 255}
	faint   = color.RGBA{150, 159, 172, 255}
	ground  = color.RGBA{22, 24, 30, 232}
	edge    = color.RGBA{255, 255, 255, 26}
	rule    = color.RGBA{255, 255, 255, 18}
	field   = color.RGBA{255, 255, 255, 22}
	lit     = color.RGBA{255, 255, 255, 44}
	accent  = color.RGBA{76, 141, 255, 255}
	quiet   = color.RGBA{76, 141, 255, 150}
	shade   = color.RGBA{76, 141, 255, 40}
	caution = color.RGBA{250, 170, 60, 255}
)

// Input is the state of the mouse for one drawing of the overlay.
type Input struct {
	X, Y              float64
	Down              bool // left button held
	Pressed, Released bool // since the last drawing
	Scroll            float64
}

// UI draws widgets and remembers what must last from one drawing to the next. Widgets are told apart by panel and label.
type UI struct {
	dst   *image.RGBA
	in    Input
	scale float64
	text  *face
	bold  *face

	active  string // the widget being dragged
	hovered bool   // the pointer is over the overlay
	panels  map[string]*panel
	open    map[string]bool
	changed bool

	// Told, where not nil, is called with the kind and the label of every widget, for tests.
	Told func(kind, label string)

	cur  *panel
	clip image.Rectangle
	x, y int // where the next widget goes
	w    int // its width
	row  int // height of a line
	pad  int
}

// panel is what stays of a panel.
type panel struct {
	name   string
	height int // of its contents, as measured at the last drawing
	scroll int
	area   image.Rectangle
}

// New returns an empty overlay.
func New() *UI { return &UI{panels: map[string]*panel{}, open: map[string]bool{}} }

// Begin starts a drawing over dst. Scale is pixels per point of text.
func (u *UI) Begin(dst *image.RGBA, in Input, scale float64) {
	if scale != u.scale {
		u.scale = scale
		u.text, u.bold = regular(13*scale), medium(13*scale)
		u.row = u.text.ascent + u.text.descent + int(8*scale)
		u.pad = int(10 * scale)
	}
	u.dst, u.in, u.hovered, u.changed = dst, in, false, false
	if in.Pressed {
		u.active = ""
	}
}

// End finishes a drawing. It returns true when it must be drawn again, because sizes became known only now.
func (u *UI) End() bool {
	if u.in.Released || !u.in.Down {
		u.active = ""
	}
	return u.changed
}

// Busy reports whether the pointer is over the overlay or drags one of its widgets, so that a click is not the picture's.
func (u *UI) Busy() bool { return u.hovered || u.active != "" }

// Contains reports whether a place belonged to a panel at the last drawing.
func (u *UI) Contains(x, y float64) bool {
	for _, p := range u.panels {
		if image.Pt(int(x), int(y)).In(p.area) {
			return true
		}
	}
	return false
}

// Points converts points of text to pixels.
func (u *UI) Points(v float64) int { return int(v*u.scale + 0.5) }

// Area is where a panel was at the last drawing, empty for one that is not drawn.
func (u *UI) Area(title string) image.Rectangle {
	if p := u.panels[title]; p != nil {
		return p.area
	}
	return image.Rectangle{}
}

// Panel draws a titled panel at (x, y) of the given width, all in points, with what body draws in it. A title that is
// clicked opens and closes it; def is its state before. Contents higher than the picture scroll, by the wheel or by dragging the bar, and
// end above the line of the banner. Negative x is from the right edge.
func (u *UI) Panel(title string, x, y, width float64, def bool, body func()) {
	p := u.panels[title]
	if p == nil {
		p = &panel{name: title}
		u.panels[title] = p
	}
	u.cur = p
	b := u.dst.Bounds()
	px, py, pw := u.Points(x), u.Points(y), u.Points(width)
	if x >= 0 {
		pw = min(pw, b.Dx()-px)
	} else {
		pw = min(pw, b.Dx()+px)
	}
	if x < 0 {
		px = b.Dx() - pw + px
	}
	px = max(0, px)
	head := u.row + u.pad/2
	open := u.IsOpen(title, def)
	space := max(0, b.Dy()-py-head-u.pad) // room for contents
	if rest := b.Dy() - py - head - u.bannerHeight() - u.Points(4); p.height > rest {
		space = max(rest, min(space, 3*u.row))
	}
	shown := 0
	if open {
		shown = min(p.height, space)
	}
	p.area = image.Rect(px, py, px+pw, py+head+shown)
	inside := u.inside(p.area)
	u.hovered = u.hovered || inside
	u.sheet(p.area)
	head0 := image.Rect(px, py, px+pw, py+head)
	u.clip = head0
	over := u.inside(head0)
	u.chevron(head0.Max.X-u.pad-u.Points(8), py+head/2, open, over)
	u.bold.draw(u.dst, u.clip, px+u.pad, py+(head-u.bold.ascent-u.bold.descent)/2, title, ink)
	if u.in.Pressed && over {
		u.open[title] = !open
		u.changed = true
	}
	if !open {
		return
	}
	if inside && u.in.Scroll != 0 && p.height > space {
		p.scroll -= int(u.in.Scroll * float64(3*u.row))
	}
	bar := image.Rect(px+pw-u.Points(scrollWidth), py+head, px+pw, py+head+shown)
	if id := title + "/scroll"; p.height > space {
		if u.in.Pressed && u.inside(bar) {
			u.active = id
			u.in.Pressed = false
		}
		if u.active == id && u.in.Down { // the middle of the bar follows the pointer
			length := space * space / p.height
			at := (u.in.Y - float64(bar.Min.Y) - float64(length)/2) / float64(max(1, space-length))
			p.scroll = int(min(max(at, 0), 1)*float64(p.height-space) + 0.5)
		}
	}
	p.scroll = max(0, min(p.scroll, p.height-space))
	u.clip = image.Rect(px, py+head, px+pw, py+head+shown)
	u.x, u.y, u.w = px+u.pad, py+head+u.pad/2-p.scroll, pw-2*u.pad
	top := u.y
	body()
	if h := u.y - top + u.pad; h != p.height {
		p.height = h
		u.changed = true
	}
	if space > 0 && p.height > space { // how far it is scrolled
		u.clip = p.area
		length, room := space*space/p.height, space-u.Points(8)
		at := py + head + u.Points(4) + p.scroll*max(room-length, 0)/max(1, p.height-space)
		c := lit
		if u.inside(bar) || u.active == title+"/scroll" {
			c = quiet
		}
		paint.Rounded(u.dst, u.clip, image.Rect(px+pw-u.Points(6), at, px+pw-u.Points(2), at+length), float64(u.Points(2)), c)
	}
}

// scrollWidth is how wide the strip is in which the bar of a panel that scrolls is dragged, points; widgets end before it.
const scrollWidth = 10

// sheet is the ground of a panel, with a line around.
func (u *UI) sheet(r image.Rectangle) {
	radius := 8 * u.scale
	paint.Rounded(u.dst, u.dst.Bounds(), r, radius, edge)
	paint.Rounded(u.dst, u.dst.Bounds(), r.Inset(1), radius-1, ground)
}

// chevron points down where something is open, and right where it is closed.
func (u *UI) chevron(x, y int, open, over bool) {
	c := faint
	if over {
		c = ink
	}
	s, cx, cy := 3.2*u.scale, float64(x)+4*u.scale, float64(y)
	if open {
		paint.Thick(u.dst, u.clip, cx-s, cy-s/2, cx, cy+s/2, 1.6*u.scale, c)
		paint.Thick(u.dst, u.clip, cx, cy+s/2, cx+s, cy-s/2, 1.6*u.scale, c)
		return
	}
	paint.Thick(u.dst, u.clip, cx-s/2, cy-s, cx+s/2, cy, 1.6*u.scale, c)
	paint.Thick(u.dst, u.clip, cx+s/2, cy, cx-s/2, cy+s, 1.6*u.scale, c)
}

// IsOpen reports whether a panel or section is open; def is for one never touched.
func (u *UI) IsOpen(name string, def bool) bool {
	if v, ok := u.open[name]; ok {
		return v
	}
	return def
}

// SetOpen opens or closes a panel or section.
func (u *UI) SetOpen(name string, open bool) { u.open[name] = open }

// Forget drops panels that are no longer drawn from the places that Contains knows.
func (u *UI) Forget(names ...string) {
	for _, n := range names {
		if p := u.panels[n]; p != nil {
			p.area = image.Rectangle{}
		}
	}
}

func (u *UI) inside(r image.Rectangle) bool { return image.Pt(int(u.in.X), int(u.in.Y)).In(r) }

// place takes the next line.
func (u *UI) place() image.Rectangle {
	r := image.Rect(u.x, u.y, u.x+u.w, u.y+u.row-u.Points(2))
	u.y += u.row
	return r
}

// fill paints the ground of a widget.
func (u *UI) fill(r image.Rectangle, c color.RGBA) { paint.Rounded(u.dst, u.clip, r, 4*u.scale, c) }

// baseline is where a text begins in a widget's rectangle.
func (u *UI) baseline(r image.Rectangle) int {
	return r.Min.Y + (r.Dy()-u.text.ascent-u.text.descent)/2
}

func (u *UI) visible(r image.Rectangle) bool { return u.inside(r.Intersect(u.clip)) }

// Opened is which panels and sections were opened or closed.
func (u *UI) Opened() map[string]bool {
	out := make(map[string]bool, len(u.open))
	for k, v := range u.open {
		out[k] = v
	}
	return out
}
