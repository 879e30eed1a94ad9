package app

import (
	"github.com/radia-go/radia/cmd/internal/look"
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
	seen *look.Truth
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
func (a *App) compared() *look.Truth {
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
	from := truthFrom{t.image, a.cam.Camera(a.width, a.height), a.style.Background, t.mode == showError, t.alpha}
	if t.seen == nil || from != t.from {
		t.seen, t.from = &look.Truth{Pix: look.SeenBy(from.camera, t.image, views[i].Camera.Resized(t.image.Width, t.image.Height), from.background), Error: from.failing, Alpha: t.alpha}, from
	}
	return t.seen
}
