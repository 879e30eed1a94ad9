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

	"github.com/radia-go/radia/cmd/internal/paint"
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
				paint.Blend(row[4*i:4*i+4], c, a)
			}
		}
	}
}
