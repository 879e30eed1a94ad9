package render

import (
	"fmt"

	"github.com/radia-go/radia/scene"
)

// Band is some rows of a picture; the zero value is all of them.
type Band struct{ First, Count int }

// size is that of the frame.
func (v *View) size() (width, height int) {
	if v.Band == (Band{}) {
		return v.Camera.Width, v.Camera.Height
	}
	if b := v.Band; b.First < 0 || b.Count < 1 || b.First+b.Count > v.Camera.Height {
		panic(fmt.Sprintf("render: rows %d+%d of a picture of %d", b.First, b.Count, v.Camera.Height))
	}
	return v.Camera.Width, v.Band.Count
}

// pixel numbers pixel i of the frame in the whole picture.
func (v *View) pixel(i int) int { return v.Band.First*v.Camera.Width + i }

// rayOf is the ray through the centre of pixel i of the frame.
func (v *View) rayOf(i int) (o, d scene.Vec3, ok bool) {
	w := v.Camera.Width
	return v.Camera.Ray(float64(i%w)+0.5, float64(i/w+v.Band.First)+0.5)
}

// outline is the frame of a view whose pixels stay on the device.
func (v *View) outline() *Frame {
	w, h := v.size()
	return &Frame{Width: w, Height: h, Mode: v.Mode}
}

// blank is the frame of a view before the first sample.
func (v *View) blank() *Frame {
	f := v.outline()
	n := f.Width * f.Height
	f.Color, f.Depth, f.Cost = make([]float32, 4*n), make([]float32, n), make([]float32, n)
	return f
}
