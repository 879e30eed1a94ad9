package ui

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// Colours of the overlay.
var (
	ink     = color.RGBA{235, 238, 242, 255}
	faint   = color.RGBA{160, 168, 180, 255}
	ground  = color.RGBA{20, 23, 28, 225}
	bar     = color.RGBA{44, 52, 64, 255}
	field   = color.RGBA{52, 60, 72, 255}
	lit     = color.RGBA{70, 82, 100, 255}
	accent  = color.RGBA{66, 150, 250, 255}
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
		u.row = u.text.ascent + u.text.descent + int(6*scale)
		u.pad = int(8 * scale)
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

// Panel draws a titled panel at (x, y) of the given width, all in points, with what body draws in it. A title that is
// clicked opens and closes it. Contents higher than the picture scroll. Negative x is from the right edge.
func (u *UI) Panel(title string, x, y, width float64, body func()) {
	p := u.panels[title]
	if p == nil {
		p = &panel{name: title}
		u.panels[title] = p
	}
	u.cur = p
	b := u.dst.Bounds()
	px, py, pw := u.Points(x), u.Points(y), min(u.Points(width), b.Dx())
	if x < 0 {
		px = b.Dx() - pw + px
	}
	px = max(0, px)
	head := u.row + u.pad/2
	open := u.IsOpen(title, true)
	space := max(0, b.Dy()-py-head-u.pad) // room for contents
	shown := 0
	if open {
		shown = min(p.height, space)
	}
	p.area = image.Rect(px, py, px+pw, py+head+shown)
	inside := u.inside(p.area)
	u.hovered = u.hovered || inside
	Fill(u.dst, p.area, ground)
	bar0 := image.Rect(px, py, px+pw, py+head)
	Fill(u.dst, bar0, bar)
	u.clip = bar0
	mark := "+ "
	if open {
		mark = "- "
	}
	u.bold.draw(u.dst, u.clip, px+u.pad, py+u.pad/2, mark+title, ink)
	if u.in.Pressed && u.inside(bar0) {
		u.open[title] = !open
		u.changed = true
	}
	if !open {
		return
	}
	if inside && u.in.Scroll != 0 && p.height > space {
		p.scroll -= int(u.in.Scroll * float64(3*u.row))
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

func (u *UI) fill(r image.Rectangle, c color.RGBA) { Fill(u.dst, r.Intersect(u.clip), c) }

func (u *UI) visible(r image.Rectangle) bool { return u.inside(r.Intersect(u.clip)) }

// Text draws one line.
func (u *UI) Text(format string, args ...any) { u.line(ink, format, args...) }

// Note draws one line of lesser weight.
func (u *UI) Note(format string, args ...any) { u.line(faint, format, args...) }

// Warn draws one line that asks for attention.
func (u *UI) Warn(format string, args ...any) { u.line(caution, format, args...) }

func (u *UI) line(c color.RGBA, format string, args ...any) {
	s := format
	if len(args) > 0 {
		s = fmt.Sprintf(format, args...)
	}
	r := u.place()
	u.text.draw(u.dst, u.clip, r.Min.X, r.Min.Y+u.Points(1), u.fit(s, r.Dx()), c)
}

// fit shortens a text to a width.
func (u *UI) fit(s string, w int) string {
	if u.text.width(s) <= w {
		return s
	}
	rs := []rune(s)
	for len(rs) > 1 && u.text.width(string(rs)+"…") > w {
		rs = rs[:len(rs)-1]
	}
	return string(rs) + "…"
}

// Pair draws a name and, flush right, its value.
func (u *UI) Pair(name, format string, args ...any) {
	value := fmt.Sprintf(format, args...)
	r := u.place()
	value = u.fit(value, r.Dx()*3/4)
	end := r.Max.X - u.text.width(value)
	u.text.draw(u.dst, u.clip, r.Min.X, r.Min.Y+u.Points(1), u.fit(name, end-r.Min.X-u.pad), faint)
	u.text.draw(u.dst, u.clip, end, r.Min.Y+u.Points(1), value, ink)
}

// Gap leaves some space.
func (u *UI) Gap() { u.y += u.row / 3 }

// Section draws a heading that opens and closes what follows, and reports whether it is open.
func (u *UI) Section(name string, def bool) bool {
	r := u.place()
	open := u.IsOpen(name, def)
	if u.visible(r) {
		u.fill(r, field)
		if u.in.Pressed {
			u.open[name] = !open
			u.changed = true
		}
	} else {
		u.fill(r, bar)
	}
	mark := "+ "
	if open {
		mark = "- "
	}
	u.bold.draw(u.dst, u.clip, r.Min.X+u.Points(4), r.Min.Y+u.Points(1), mark+name, ink)
	return open
}

// Button draws a button and reports a click.
func (u *UI) Button(label string) bool { return u.Buttons(-1, label) == 0 }

// Buttons draws buttons side by side, the one of index on lit, and returns the index of the one clicked, or -1.
func (u *UI) Buttons(on int, labels ...string) int {
	r := u.place()
	gap := u.Points(4)
	clicked := -1
	for i, l := range labels {
		b := image.Rect(r.Min.X+i*(r.Dx()+gap)/len(labels), r.Min.Y, r.Min.X+(i+1)*(r.Dx()+gap)/len(labels)-gap, r.Max.Y)
		c := field
		if u.visible(b) {
			c = lit
			if u.in.Pressed {
				clicked = i
			}
		}
		if i == on {
			c = accent
		}
		u.fill(b, c)
		s := u.fit(l, b.Dx()-2)
		u.text.draw(u.dst, u.clip.Intersect(b), b.Min.X+(b.Dx()-u.text.width(s))/2, b.Min.Y+u.Points(1), s, ink)
	}
	return clicked
}

// Check draws a check box and reports a change.
func (u *UI) Check(label string, v *bool) bool {
	r := u.place()
	side := r.Dy() - u.Points(4)
	box := image.Rect(r.Min.X, r.Min.Y+u.Points(2), r.Min.X+side, r.Min.Y+u.Points(2)+side)
	hot := u.visible(r)
	c := field
	if hot {
		c = lit
	}
	u.fill(box, c)
	if *v {
		u.fill(box.Inset(u.Points(3)), accent)
	}
	u.text.draw(u.dst, u.clip, box.Max.X+u.pad, r.Min.Y+u.Points(1), u.fit(label, r.Max.X-box.Max.X-u.pad), ink)
	if hot && u.in.Pressed {
		*v = !*v
		return true
	}
	return false
}

// Slider draws a value that is set by dragging and reports a change. With log set, equal distances are equal factors.
func (u *UI) Slider(label, format string, v *float64, lo, hi float64, log bool) bool {
	r := u.place()
	id := u.cur.name + "/" + label
	hot := u.visible(r)
	if hot && u.in.Pressed {
		u.active = id
	}
	toUnit := func(v float64) float64 {
		if log {
			return math.Log(v/lo) / math.Log(hi/lo)
		}
		return (v - lo) / (hi - lo)
	}
	changed := false
	if u.active == id && u.in.Down {
		t := min(max((u.in.X-float64(r.Min.X))/float64(max(1, r.Dx()-1)), 0), 1)
		next := lo + t*(hi-lo)
		if log {
			next = lo * math.Pow(hi/lo, t)
		}
		changed = next != *v
		*v = next
	}
	u.fill(r, field)
	t := min(max(toUnit(*v), 0), 1)
	c := accent
	c.A = 150
	u.fill(image.Rect(r.Min.X, r.Min.Y, r.Min.X+int(t*float64(r.Dx())), r.Max.Y), c)
	value := fmt.Sprintf(format, *v)
	u.text.draw(u.dst, u.clip, r.Min.X+u.Points(5), r.Min.Y+u.Points(1), label, ink)
	u.text.draw(u.dst, u.clip, r.Max.X-u.Points(5)-u.text.width(value), r.Min.Y+u.Points(1), value, ink)
	return changed
}

// Progress draws a bar of how much is done, 0 to 1.
func (u *UI) Progress(done float64, text string) {
	r := u.place()
	u.fill(r, field)
	u.fill(image.Rect(r.Min.X, r.Min.Y, r.Min.X+int(min(max(done, 0), 1)*float64(r.Dx())), r.Max.Y), accent)
	u.text.draw(u.dst, u.clip, r.Min.X+u.Points(5), r.Min.Y+u.Points(1), u.fit(text, r.Dx()), ink)
}

// Plot draws values as a curve between their extremes, over the given number of lines.
func (u *UI) Plot(label string, values []float64, lines int) {
	r := image.Rect(u.x, u.y, u.x+u.w, u.y+lines*u.row)
	u.y += lines*u.row + u.Points(3)
	u.fill(r, field)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	inner := r.Intersect(u.clip)
	if lo <= hi && !inner.Empty() && r == inner {
		if hi-lo < 1e-9 {
			lo, hi = lo-0.5, hi+0.5
		}
		at := func(i int) (float64, float64) {
			return float64(r.Min.X) + float64(i)*float64(r.Dx()-1)/float64(max(1, len(values)-1)),
				float64(r.Max.Y-3) - (values[i]-lo)/(hi-lo)*float64(r.Dy()-6)
		}
		for i := 1; i < len(values); i++ {
			x0, y0 := at(i - 1)
			x1, y1 := at(i)
			Line(u.dst, x0, y0, x1, y1, accent)
		}
	}
	u.text.draw(u.dst, inner, r.Min.X+u.Points(5), r.Min.Y+u.Points(1), label, ink)
}

// Banner writes one line in the middle of the bottom edge.
func (u *UI) Banner(s string) {
	b := u.dst.Bounds()
	w := u.text.width(s)
	r := image.Rect((b.Dx()-w)/2-u.pad, b.Dy()-u.row-2*u.pad, (b.Dx()+w)/2+u.pad, b.Dy()-u.pad)
	Fill(u.dst, r, ground)
	u.text.draw(u.dst, b, r.Min.X+u.pad, r.Min.Y+(r.Dy()-u.text.ascent-u.text.descent)/2, s, ink)
}

// Opened is which panels and sections were opened or closed.
func (u *UI) Opened() map[string]bool {
	out := make(map[string]bool, len(u.open))
	for k, v := range u.open {
		out[k] = v
	}
	return out
}
