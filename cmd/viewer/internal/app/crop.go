package app

import (
	"math"

	"github.com/radia-go/radia/cmd/internal/look"
)

// cropDrag is what drags with the left button do to the crop box.
type cropDrag int

const (
	cropStays cropDrag = iota
	cropMoves
	cropGrows
)

// leastCrop is the shortest edge of a crop box.
const leastCrop = 0.01

// dragCrop lets drags move or size the crop box from now on, or no longer.
func (a *App) dragCrop(how cropDrag) {
	if a.status.About.Flat {
		a.say("%s: it has no crop box", a.status.About.Kind)
		return
	}
	if a.cropping == how {
		a.cropping = cropStays
		a.say("drags turn the view again")
		return
	}
	a.cropping = how
	if !a.view.crop {
		a.view.crop = true
		a.changed()
	}
	switch b := a.status.About.Box; {
	case how == cropGrows:
		a.say("drags up and down size the crop box; X ends it")
	case a.cropBox() == b:
		a.say("the crop box is all of the scene: X makes it smaller")
	default:
		a.say("drags move the crop box; Z ends it")
	}
}

// moveCrop moves the crop box as the pointer moves from one place of the window to another, in the plane through the box's middle that
// faces the camera, and keeps it in the scene.
func (a *App) moveCrop(x0, y0, x1, y1 float64) {
	b, all := a.cropBox(), a.status.About.Box
	depth := b.Lo.Add(b.Hi).Mul(0.5).Sub(a.cam.Eye).Dot(a.cam.Forward())
	cam := a.cam.Camera(max(1, a.width), max(1, a.height))
	from, ok0 := look.Unproject(&cam, x0, y0, depth)
	to, ok1 := look.Unproject(&cam, x1, y1, depth)
	if !ok0 || !ok1 || !(depth > 0) {
		return
	}
	by := to.Sub(from)
	for k := range 3 {
		d := float64(min(max(by[k], all.Lo[k]-b.Lo[k]), all.Hi[k]-b.Hi[k]))
		a.view.cropLo[k] += d
		a.view.cropHi[k] += d
	}
	a.changed()
}

// sizeCrop makes the crop box larger by a factor, about its middle, as far as the scene goes.
func (a *App) sizeCrop(factor float64) {
	all := a.status.About.Box
	for k := range 3 {
		mid := (a.view.cropLo[k] + a.view.cropHi[k]) / 2
		half := max(factor*(a.view.cropHi[k]-a.view.cropLo[k])/2, leastCrop/2)
		a.view.cropLo[k] = max(mid-half, float64(all.Lo[k]))
		a.view.cropHi[k] = min(mid+half, float64(all.Hi[k]))
	}
	a.changed()
}

// cropDragged takes a drag of the left button, and reports whether it was the crop box's.
func (a *App) cropDragged(e motion) bool {
	switch {
	case a.cropping == cropStays || !a.view.crop:
		return false
	case a.cropping == cropMoves:
		a.moveCrop(e.x0, e.y0, e.x1, e.y1)
	default:
		a.sizeCrop(math.Exp(2 * (e.y0 - e.y1) / float64(max(1, a.height))))
	}
	return true
}

// motion is a movement of the pointer over the window.
type motion struct{ x0, y0, x1, y1 float64 }
