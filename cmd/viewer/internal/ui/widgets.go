package ui

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"github.com/radia-go/radia/cmd/internal/paint"
)

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
	u.text.draw(u.dst, u.clip, r.Min.X, u.baseline(r), u.fit(s, r.Dx()), c)
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
	u.text.draw(u.dst, u.clip, r.Min.X, u.baseline(r), u.fit(name, end-r.Min.X-u.pad), faint)
	u.text.draw(u.dst, u.clip, end, u.baseline(r), value, ink)
}

// Gap leaves some space.
func (u *UI) Gap() { u.y += u.row / 3 }

// Section draws a heading that opens and closes what follows, and reports whether it is open.
func (u *UI) Section(name string, def bool) bool {
	u.tell("section", name)
	u.y += u.Points(3)
	r := u.place()
	paint.Fill(u.dst, image.Rect(r.Min.X, r.Min.Y-u.Points(1), r.Max.X, r.Min.Y-u.Points(1)+1).Intersect(u.clip), rule)
	open := u.IsOpen(name, def)
	over := u.visible(r)
	if over && u.in.Pressed {
		u.open[name] = !open
		u.changed = true
	}
	u.chevron(r.Max.X-u.Points(8), (r.Min.Y+r.Max.Y)/2, open, over)
	c := faint
	if open || over {
		c = ink
	}
	u.bold.draw(u.dst, u.clip, r.Min.X, u.baseline(r), name, c)
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
		u.tell("button", l)
		b := image.Rect(r.Min.X+i*(r.Dx()+gap)/len(labels), r.Min.Y, r.Min.X+(i+1)*(r.Dx()+gap)/len(labels)-gap, r.Max.Y)
		c := field
		over := u.visible(b)
		switch {
		case i == on:
			c = accent
		case over:
			c = lit
		}
		if over && u.in.Pressed {
			clicked = i
		}
		u.fill(b, c)
		if over && u.in.Down {
			u.fill(b, lit)
		}
		s := u.fit(l, b.Dx()-2)
		u.text.draw(u.dst, u.clip.Intersect(b), b.Min.X+(b.Dx()-u.text.width(s))/2, u.baseline(b), s, ink)
	}
	return clicked
}

// Check draws a check box and reports a change.
func (u *UI) Check(label string, v *bool) bool {
	u.tell("check", label)
	r := u.place()
	side := r.Dy() - u.Points(6)
	top := r.Min.Y + (r.Dy()-side)/2
	box := image.Rect(r.Min.X, top, r.Min.X+side, top+side)
	hot := u.visible(r)
	c := field
	switch {
	case *v:
		c = accent
	case hot:
		c = lit
	}
	u.fill(box, c)
	if *v {
		x, y, s := float64(box.Min.X), float64(box.Min.Y), float64(side)
		paint.Thick(u.dst, u.clip, x+0.24*s, y+0.52*s, x+0.43*s, y+0.72*s, 1.7*u.scale, ink)
		paint.Thick(u.dst, u.clip, x+0.43*s, y+0.72*s, x+0.77*s, y+0.30*s, 1.7*u.scale, ink)
	}
	u.text.draw(u.dst, u.clip, box.Max.X+u.Points(8), u.baseline(r), u.fit(label, r.Max.X-box.Max.X-u.pad), ink)
	if hot && u.in.Pressed {
		*v = !*v
		return true
	}
	return false
}

// Slider draws a value that is set by dragging and reports a change. With log set, equal distances are equal factors.
func (u *UI) Slider(label, format string, v *float64, lo, hi float64, log bool) bool {
	u.tell("slider", label)
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
	c := field
	if hot || u.active == id {
		c = lit
	}
	u.fill(r, c)
	t := min(max(toUnit(*v), 0), 1)
	full := u.clip
	u.clip = full.Intersect(image.Rect(r.Min.X, r.Min.Y, r.Min.X+int(t*float64(r.Dx())), r.Max.Y))
	u.fill(r, quiet) // the left part of the whole, whose corners are round
	u.clip = full
	value := fmt.Sprintf(format, *v)
	u.text.draw(u.dst, u.clip, r.Min.X+u.Points(5), u.baseline(r), label, ink)
	u.text.draw(u.dst, u.clip, r.Max.X-u.Points(5)-u.text.width(value), u.baseline(r), value, ink)
	return changed
}

// Plot draws values as a curve between their extremes, over the given number of lines, under a line that names them and their last
// value.
func (u *UI) Plot(name, value string, values []float64, lines int) {
	u.Pair(name, "%s", value)
	r := image.Rect(u.x, u.y, u.x+u.w, u.y+lines*u.row)
	u.y += lines*u.row + u.Points(4)
	u.fill(r, field)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if !(lo <= hi) || r != r.Intersect(u.clip) {
		return
	}
	if hi-lo < 1e-9 {
		lo, hi = lo-0.5, hi+0.5
	}
	inset := 4 * u.scale
	at := func(x int) float64 { // height of the curve in a column
		f := float64(x-r.Min.X) / float64(max(1, r.Dx()-1)) * float64(len(values)-1)
		i := int(f)
		v := values[i]
		if i+1 < len(values) {
			v += (values[i+1] - v) * (f - float64(i))
		}
		return float64(r.Max.Y) - inset - (v-lo)/(hi-lo)*(float64(r.Dy())-2*inset)
	}
	last := math.NaN()
	for x := r.Min.X + 1; x < r.Max.X-1; x++ {
		y := at(x)
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			paint.Fill(u.dst, image.Rect(x, int(y), x+1, r.Max.Y-1).Intersect(u.clip), shade)
			if !math.IsNaN(last) && !math.IsInf(last, 0) {
				paint.Thick(u.dst, r, float64(x)-0.5, last, float64(x)+0.5, y, 1.4*u.scale, accent)
			}
		}
		last = y
	}
}

// Caps draws the keys of a shortcut, separated by spaces, as key caps, and beside them what they do.
func (u *UI) Caps(keys, does string) {
	r := u.place()
	x := r.Min.X
	for _, k := range strings.Fields(keys) {
		w := max(u.text.width(k)+u.Points(10), r.Dy())
		cap0 := image.Rect(x, r.Min.Y+u.Points(1), x+w, r.Max.Y-u.Points(1))
		u.fill(cap0, lit)
		u.text.draw(u.dst, u.clip, x+(w-u.text.width(k))/2, u.baseline(cap0), k, ink)
		x += w + u.Points(3)
	}
	at := max(x+u.Points(6), r.Min.X+r.Dx()*2/5)
	u.text.draw(u.dst, u.clip, at, u.baseline(r), u.fit(does, r.Max.X-at), faint)
}

// Title draws a heading that does not open or close.
func (u *UI) Title(name string) {
	r := u.place()
	u.bold.draw(u.dst, u.clip, r.Min.X, u.baseline(r), name, ink)
}

// Columns divides the panel's width among n columns, which body draws one after the other.
func (u *UI) Columns(n int, body func(i int)) {
	x, y, w := u.x, u.y, u.w
	gap, end := 2*u.pad, y
	for i := range n {
		u.x, u.y, u.w = x+i*(w+gap)/n, y, (w+gap)/n-gap
		body(i)
		end = max(end, u.y)
	}
	u.x, u.y, u.w = x, end, w
}

// tell names a widget to a test.
func (u *UI) tell(kind, label string) {
	if u.Told != nil {
		u.Told(kind, label)
	}
}

// bannerHeight is how far the banner reaches up from the bottom edge.
func (u *UI) bannerHeight() int { return u.row + u.pad + u.Points(4) }

// Banner writes one line in the middle of the bottom edge, over a bar of what is done, 0 to 1, or none below 0.
func (u *UI) Banner(s string, done float64) {
	b := u.dst.Bounds()
	s = u.fit(s, b.Dx()-4*u.pad)
	w := u.text.width(s)
	if done >= 0 {
		w = max(w, min(u.Points(280), b.Dx()-4*u.pad))
	}
	r := image.Rect((b.Dx()-w)/2-u.pad, b.Max.Y-u.bannerHeight(), (b.Dx()+w)/2+u.pad, b.Max.Y-u.pad)
	u.clip = b
	u.sheet(r)
	if done >= 0 {
		u.clip = image.Rect(r.Min.X, r.Min.Y, r.Min.X+int(min(done, 1)*float64(r.Dx())), r.Max.Y)
		paint.Rounded(u.dst, u.clip, r, 8*u.scale, quiet)
		u.clip = b
	}
	u.text.draw(u.dst, b, (b.Dx()-u.text.width(s))/2, u.baseline(r), s, ink)
}
