package app

import (
	"image"
	"math"

	"github.com/radia-go/radia/cmd/viewer/internal/compose"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// truthMode is what is laid over the picture at a training view.
type truthMode int

const (
	noTruth truthMode = iota
	showTruth
	showError
)

// truth is the training picture of the chosen view.
type truth struct {
	mode  truthMode
	alpha float64
	view  int
	image *imageio.Image
	stale bool
	// seen is the picture as the present camera sees it, made of what from says.
	seen *compose.Truth
	from truthFrom
}

// truthFrom is what a picture to compare with is made of.
type truthFrom struct {
	image      *imageio.Image
	camera     scene.Camera
	background [3]float32
	failing    bool
	alpha      float64
}

func (a *App) toggleTruth(m truthMode) {
	if len(a.status.About.Views) == 0 {
		a.say("there are no training pictures to compare with")
		return
	}
	if a.truth.mode == m {
		a.truth.mode = noTruth
	} else {
		a.truth.mode = m
		if a.view.index < 0 {
			a.trainingView(0)
		}
	}
	a.baseStale = true
	a.say("%s", [...]string{"the picture alone", "training picture over the picture", "difference from the training picture"}[a.truth.mode])
}

// compared is the training picture as it is to be laid over the one shown, nil where none is.
func (a *App) compared() *compose.Truth {
	t := &a.truth
	i := a.view.index
	views := a.status.About.Views
	if t.mode == noTruth || i < 0 || i >= len(views) {
		return nil
	}
	if t.image == nil || t.view != i || t.stale {
		m, err := views[i].Image()
		if err != nil {
			t.mode = noTruth
			a.say("%v", err)
			return nil
		}
		t.image, t.view, t.stale = m.To8(), i, false
	}
	if t.alpha == 0 {
		t.alpha = 1
	}
	from := truthFrom{t.image, a.cam.Camera(a.width, a.height), a.style.Background, t.mode == showError, t.alpha}
	if t.seen == nil || from != t.from {
		t.seen, t.from = &compose.Truth{Pix: seenBy(&from, views[i].Camera.Resized(t.image.Width, t.image.Height)), Error: from.failing, Alpha: t.alpha}, from
	}
	return t.seen
}

// seenBy is a picture over the background as another camera at its place sees it, RGBA; A is 0 where it has no pixel.
func seenBy(f *truthFrom, cam scene.Camera) []byte {
	w, h := f.camera.Width, f.camera.Height
	out := make([]byte, 4*w*h)
	for i := range w * h {
		o, d, ok := f.camera.Ray(float64(i%w)+0.5, float64(i/w)+0.5)
		if !ok {
			continue
		}
		px, py, ok := cam.Project([3]float64{o[0] + d[0], o[1] + d[1], o[2] + d[2]})
		if !ok || px < 0 || py < 0 || px >= float64(f.image.Width) || py >= float64(f.image.Height) {
			continue
		}
		j := int(py)*f.image.Width + int(px)
		r, g, b, al := imageio.Unpack(f.image.Pix[j])
		if f.image.IsMasked(j) {
			continue
		}
		for k, v := range [3]uint8{r, g, b} {
			under := float64(f.background[k]) * 255
			out[4*i+k] = uint8(under + (float64(v)-under)*float64(al)/255 + 0.5)
		}
		out[4*i+3] = 255
	}
	return out
}

// compare lays a training picture, or the difference from it, over a developed picture.
func compare(base *image.RGBA, t *compose.Truth) {
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
