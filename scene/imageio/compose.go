package imageio

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

const (
	labelHeight = 18 // basicfont is 13 pixels high
	panelGap    = 4
)

// SideBySide puts pictures in one row on a dark ground, each under its label (empty: none); shorter pictures are centred vertically.
func SideBySide(pictures []*Image, labels []string) (*Image, error) {
	if len(pictures) == 0 {
		return nil, fmt.Errorf("imageio: side by side needs at least one picture")
	}
	if len(labels) > len(pictures) {
		return nil, fmt.Errorf("imageio: %d labels for %d pictures", len(labels), len(pictures))
	}
	width, height := panelGap*(len(pictures)-1), 0
	for i, p := range pictures {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("picture %d: %w", i, err)
		}
		width += p.Width
		height = max(height, p.Height)
	}
	top := 0
	for _, l := range labels {
		if l != "" {
			top = labelHeight
		}
	}
	ground := color.NRGBA{24, 24, 28, 255}
	out := image.NewNRGBA(image.Rect(0, 0, width, height+top))
	draw.Draw(out, out.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	x := 0
	for i, p := range pictures {
		at := image.Rect(x, top+(height-p.Height)/2, x+p.Width, top+(height-p.Height)/2+p.Height)
		draw.Draw(out, at, p.NRGBA(), image.Point{}, draw.Over)
		if i < len(labels) {
			text(out, labels[i], image.Rect(x, 0, x+p.Width, top))
		}
		x += p.Width + panelGap
	}
	return FromImage(out), nil
}

// text draws a line centred in box, cut where it does not fit.
func text(dst *image.NRGBA, s string, box image.Rectangle) {
	face := basicfont.Face7x13
	if s == "" || box.Empty() {
		return
	}
	if n := box.Dx() / face.Advance; len(s) > n {
		s = s[:n]
	}
	w := len(s) * face.Advance
	d := font.Drawer{
		Dst:  dst.SubImage(box).(draw.Image),
		Src:  image.NewUniform(color.NRGBA{235, 235, 235, 255}),
		Face: face,
		Dot:  fixed.P(box.Min.X+(box.Dx()-w)/2, box.Min.Y+13),
	}
	d.DrawString(s)
}
