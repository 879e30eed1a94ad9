// Package paint draws into RGBA pictures, opaque or premultiplied: rectangles, lines, soft shapes.
package paint

import (
	"image"
	"image/color"
	"math"
)

// Blend mixes a colour (not premultiplied) over a pixel, which is opaque or premultiplied.
func Blend(p []byte, c color.RGBA, a uint32) {
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
			Blend(row[4*i:4*i+4], c, uint32(c.A))
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
			Blend(dst.Pix[i:i+4], c, uint32(cover*float64(c.A)))
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

// Rounded paints a rectangle with round corners and soft edges, where it lies in clip; c.A is its opacity.
func Rounded(dst *image.RGBA, clip, r image.Rectangle, radius float64, c color.RGBA) {
	in := r.Intersect(clip).Intersect(dst.Bounds())
	radius = min(radius, float64(r.Dx())/2, float64(r.Dy())/2)
	for y := in.Min.Y; y < in.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(in.Min.X, y):]
		// The distance of the row's middle beyond the straight part, and of each pixel's likewise.
		dy := max(float64(r.Min.Y)+radius-(float64(y)+0.5), float64(y)+0.5-(float64(r.Max.Y)-radius), 0)
		for i := range in.Dx() {
			x := float64(in.Min.X+i) + 0.5
			a := uint32(c.A)
			if dx := max(float64(r.Min.X)+radius-x, x-(float64(r.Max.X)-radius), 0); dx > 0 && dy > 0 {
				cover := min(max(radius-math.Hypot(dx, dy)+0.5, 0), 1)
				a = uint32(cover * float64(c.A))
			}
			if a > 0 {
				Blend(row[4*i:4*i+4], c, a)
			}
		}
	}
}

// Thick paints a line of the given width, where it lies in clip, with round ends and soft edges.
func Thick(dst *image.RGBA, clip image.Rectangle, x0, y0, x1, y1, width float64, c color.RGBA) {
	half := width / 2
	box := image.Rect(int(min(x0, x1)-half)-1, int(min(y0, y1)-half)-1, int(max(x0, x1)+half)+2, int(max(y0, y1)+half)+2).Intersect(clip).Intersect(dst.Bounds())
	dx, dy := x1-x0, y1-y0
	length := max(dx*dx+dy*dy, 1e-12)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			px, py := float64(x)+0.5-x0, float64(y)+0.5-y0
			t := min(max((px*dx+py*dy)/length, 0), 1)
			if cover := min(half-math.Hypot(px-t*dx, py-t*dy)+0.5, 1); cover > 0 {
				i := dst.PixOffset(x, y)
				Blend(dst.Pix[i:i+4], c, uint32(cover*float64(c.A)))
			}
		}
	}
}
