package look

import (
	"image"
	"math"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// Truth is a picture of the data that is laid over the one shown, or compared with it.
type Truth struct {
	Pix   []byte // RGBA of the size of the picture shown; where A is 0 there is none
	Error bool   // four times the difference instead of the picture
	Alpha float64
}

// Compare lays a truth over a developed picture, or does nothing where that is nil.
func Compare(base *image.RGBA, t *Truth) {
	if t == nil {
		return
	}
	for i := 0; i < len(base.Pix); i += 4 {
		if t.Pix[i+3] == 0 {
			continue
		}
		for k := i; k < i+3; k++ {
			have, to := float64(base.Pix[k]), float64(t.Pix[k])
			if t.Error {
				have, to = to, min(4*math.Abs(have-to), 255)
			}
			base.Pix[k] = uint8(have + (to-have)*t.Alpha + 0.5)
		}
	}
}

// SeenBy is a picture that cam took, over the sRGB-encoded background, as another camera at its place sees it: RGBA; A is 0
// where it has no pixel.
func SeenBy(by scene.Camera, picture *imageio.Image, cam scene.Camera, background [3]float32) []byte {
	w, h := by.Width, by.Height
	out := make([]byte, 4*w*h)
	for i := range w * h {
		o, d, ok := by.Ray(float64(i%w)+0.5, float64(i/w)+0.5)
		if !ok {
			continue
		}
		px, py, ok := cam.Project([3]float64{o[0] + d[0], o[1] + d[1], o[2] + d[2]})
		if !ok || px < 0 || py < 0 || px >= float64(picture.Width) || py >= float64(picture.Height) {
			continue
		}
		j := int(py)*picture.Width + int(px)
		r, g, b, al := imageio.Unpack(picture.Pix[j])
		if picture.IsMasked(j) {
			continue
		}
		for k, v := range [3]uint8{r, g, b} {
			under := float64(background[k]) * 255
			out[4*i+k] = uint8(under + (float64(v)-under)*float64(al)/255 + 0.5)
		}
		out[4*i+3] = 255
	}
	return out
}
