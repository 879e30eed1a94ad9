package app

import (
	"context"
	"time"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
)

// drawScene draws lines of the scene over the picture.
func (a *App) drawScene() {
	k := a.sketch()
	views := a.status.About.Views
	if a.view.frusta {
		for i := range views {
			k.View(&views[i].Camera, i == a.view.index)
		}
	}
	if a.view.grid {
		a.askBoxes()
		k.Occupied(a.boxes)
	}
	if a.view.crop {
		k.Crop(a.cropBox())
	}
	a.drawPath(k)
}

// sketch draws into the canvas as the present camera sees.
func (a *App) sketch() *look.Sketch {
	return look.NewSketch(a.canvas, a.cam.Camera(a.width, a.height))
}

// cropBox is what the panel's sliders leave of the scene.
func (a *App) cropBox() (b engine.Box) {
	for k := range 3 {
		b.Lo[k], b.Hi[k] = float32(a.view.cropLo[k]), float32(a.view.cropHi[k])
	}
	return b
}

// boxesAge is how old the list of occupied boxes may become while training changes them.
const boxesAge = 2 * time.Second

// askBoxes lists the occupied boxes, and again while training goes on.
func (a *App) askBoxes() {
	step := a.status.Progress.Step
	if a.asked && (step == a.boxesOf || time.Since(a.askedAt) < boxesAge) {
		return
	}
	a.asked, a.askedAt, a.boxesOf = true, time.Now(), step
	a.worker.Do("", func(_ context.Context, e engine.Engine, _ func(float64)) error {
		b, err := e.Occupied(look.MostBoxes)
		if err == nil {
			a.newBoxes.Store(&b)
		}
		return err
	})
}
