// Package ui is a small immediate-mode overlay: text, panels, buttons, sliders and plots drawn into an RGBA picture.
package ui

import (
	"image"
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// glyph is a letter drawn once.
type glyph struct {
	mask    *image.Alpha
	at      image.Point // of the mask, from the pen
	advance fixed.Int26_6
}

// face is a font at one size with the glyphs used so far.
type face struct {
	face    font.Face
	glyphs  map[rune]glyph
	ascent  int
	descent int
}

func newFace(ttf []byte, pixels float64) *face {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic("ui: the built-in font: " + err.Error())
	}
	ff, err := opentype.NewFace(f, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("ui: the built-in font: " + err.Error())
	}
	m := ff.Metrics()
	return &face{face: ff, glyphs: map[rune]glyph{}, ascent: m.Ascent.Ceil(), descent: m.Descent.Ceil()}
}

func regular(pixels float64) *face { return newFace(goregular.TTF, pixels) }
func medium(pixels float64) *face  { return newFace(gomedium.TTF, pixels) }

func (f *face) glyph(r rune) glyph {
	if g, ok := f.glyphs[r]; ok {
		return g
	}
	var g glyph
	box, mask, at, advance, ok := f.face.Glyph(fixed.Point26_6{}, r)
	if ok {
		g.at, g.advance = box.Min, advance
		g.mask = image.NewAlpha(image.Rect(0, 0, box.Dx(), box.Dy()))
		for y := 0; y < box.Dy(); y++ {
			for x := 0; x < box.Dx(); x++ {
				_, _, _, a := mask.At(at.X+x, at.Y+y).RGBA()
				g.mask.Pix[y*g.mask.Stride+x] = uint8(a >> 8)
			}
		}
	}
	f.glyphs[r] = g
	return g
}

// width is the length of a text in pixels.
func (f *face) width(s string) int {
	var w fixed.Int26_6
	for _, r := range s {
		w += f.glyph(r).advance
	}
	return w.Ceil()
}

// draw writes a text whose letters' upper edge is at y, and returns where it ends.
func (f *face) draw(dst *image.RGBA, clip image.Rectangle, x, y int, s string, c color.RGBA) int {
	pen := fixed.I(x)
	base := y + f.ascent
	for _, r := range s {
		g := f.glyph(r)
		if g.mask != nil {
			blendMask(dst, clip, g.mask, pen.Round()+g.at.X, base+g.at.Y, c)
		}
		pen += g.advance
	}
	return pen.Ceil()
}

// blendMask paints a colour through a mask.
func blendMask(dst *image.RGBA, clip image.Rectangle, m *image.Alpha, x, y int, c color.RGBA) {
	r := m.Bounds().Add(image.Pt(x, y)).Intersect(clip).Intersect(dst.Bounds())
	for py := r.Min.Y; py < r.Max.Y; py++ {
		row := dst.Pix[dst.PixOffset(r.Min.X, py):]
		src := m.Pix[(py-y)*m.Stride+r.Min.X-x:]
		for i := 0; i < r.Dx(); i++ {
			if a := uint32(src[i]) * uint32(c.A) / 255; a > 0 {
				blend(row[4*i:4*i+4], c, a)
			}
		}
	}
}

// blend mixes a colour (not premultiplied) over a pixel, which is opaque or premultiplied.
func blend(p []byte, c color.RGBA, a uint32) {
	p[0] = uint8((uint32(p[0])*(255-a) + uint32(c.R)*a + 127) / 255)
	p[1] = uint8((uint32(p[1])*(255-a) + uint32(c.G)*a + 127) / 255)
	p[2] = uint8((uint32(p[2])*(255-a) + uint32(c.B)*a + 127) / 255)
	p[3] = uint8((uint32(p[3])*(255-a) + 255*a + 127) / 255)
}

// Fill paints a rectangle; c.A is its opacity.
func Fill(dst *image.RGBA, r image.Rectangle, c color.RGBA) {
	r = r.Intersect(dst.Bounds())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(r.Min.X, y):]
		for i := 0; i < r.Dx(); i++ {
			blend(row[4*i:4*i+4], c, uint32(c.A))
		}
	}
}

// Line paints a line of one pixel's width with soft edges (Wu 1991); c.A is its opacity.
func Line(dst *image.RGBA, x0, y0, x1, y1 float64, c color.RGBA) {
	b := dst.Bounds()
	var ok bool
	if x0, y0, x1, y1, ok = clipLine(x0, y0, x1, y1, float64(b.Dx()-1), float64(b.Dy()-1)); !ok {
		return
	}
	steep := abs(y1-y0) > abs(x1-x0)
	if steep {
		x0, y0, x1, y1 = y0, x0, y1, x1
	}
	if x0 > x1 {
		x0, y0, x1, y1 = x1, y1, x0, y0
	}
	slope := 0.0
	if x1 > x0 {
		slope = (y1 - y0) / (x1 - x0)
	}
	put := func(x, y int, cover float64) {
		if steep {
			x, y = y, x
		}
		if image.Pt(x, y).In(b) {
			i := dst.PixOffset(x, y)
			blend(dst.Pix[i:i+4], c, uint32(cover*float64(c.A)))
		}
	}
	for x := int(x0 + 0.5); x <= int(x1+0.5); x++ {
		y := y0 + slope*(float64(x)-x0)
		i := int(y)
		put(x, i, 1-(y-float64(i)))
		put(x, i+1, y-float64(i))
	}
}

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}

// clipLine cuts a line to [0, w] x [0, h] (Liang and Barsky 1984).
func clipLine(x0, y0, x1, y1, w, h float64) (float64, float64, float64, float64, bool) {
	t0, t1 := 0.0, 1.0
	dx, dy := x1-x0, y1-y0
	for _, e := range [4][2]float64{{-dx, x0}, {dx, w - x0}, {-dy, y0}, {dy, h - y0}} {
		p, q := e[0], e[1]
		switch {
		case p != p || q != q, p == 0 && q < 0:
			return 0, 0, 0, 0, false
		case p < 0:
			t0 = max(t0, q/p)
		case p > 0:
			t1 = min(t1, q/p)
		}
	}
	if t0 > t1 {
		return 0, 0, 0, 0, false
	}
	return x0 + t0*dx, y0 + t0*dy, x0 + t1*dx, y0 + t1*dy, true
}
