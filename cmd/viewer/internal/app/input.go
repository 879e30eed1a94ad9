package app

import (
	"math"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/camera"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/scene"
)

// overPanels reports whether the pointer is on a panel.
func (a *App) overPanels() bool {
	return (a.view.panels || a.view.help) && a.ui.Contains(a.mouse.x, a.mouse.y)
}

func (a *App) move(e event.Move) {
	dx, dy := e.X-a.mouse.x, e.Y-a.mouse.y
	moved := motion{a.mouse.x, a.mouse.y, e.X, e.Y}
	a.mouse.seen = true
	a.mouse.x, a.mouse.y, a.mouse.in.X, a.mouse.in.Y = e.X, e.Y, e.X, e.Y
	if a.mouse.dragging == 0 || a.height == 0 {
		return
	}
	a.mouse.travelled += math.Abs(dx) + math.Abs(dy)
	u, v := float32(dx/float64(a.height)), float32(dy/float64(a.height))
	switch a.mouse.dragging - 1 {
	case event.ButtonLeft:
		if a.cropDragged(moved) {
			return
		}
		if a.status.About.Flat && !a.cam.Fly {
			a.cam.Pan(u, v, a.mouse.depth)
		} else {
			a.cam.Drag(u, v)
		}
	case event.ButtonMiddle:
		a.cam.Pan(u, v, a.mouse.depth)
	case event.ButtonRight:
		fly := a.cam.Fly
		a.cam.Fly = true
		a.cam.Drag(u, v)
		a.cam.Fly = fly
	}
	a.view.index = -1
	a.changed()
}

// Clicks are two if they come within doubleClick at about the same place.
const (
	doubleClick = 400 * time.Millisecond
	sameplace   = 6 // pixels
)

func (a *App) button(e event.Button) {
	left := e.Button == event.ButtonLeft
	if !e.Down {
		if left {
			a.mouse.in.Down, a.mouse.in.Released = false, true
		}
		if a.mouse.dragging == e.Button+1 || a.mouse.dragging == event.ButtonMiddle+1 && left {
			a.mouse.dragging = 0
		}
		return
	}
	if a.overPanels() || a.view.help {
		if left {
			a.mouse.in.Down, a.mouse.in.Pressed = true, true
		}
		if a.view.help {
			a.view.help = false
		}
		return
	}
	p, hit := a.under(a.mouse.x, a.mouse.y)
	if left && e.Mods&event.Shift != 0 && hit {
		a.cam.Focus(p)
		return
	}
	if left && time.Since(a.mouse.clicked) < doubleClick && math.Hypot(a.mouse.x-a.mouse.clickX, a.mouse.y-a.mouse.clickY) < sameplace {
		a.mouse.clicked = time.Time{}
		if hit {
			a.cam.Focus(p)
		} else {
			a.say("nothing is there to look at")
		}
		return
	}
	if left {
		a.mouse.clicked, a.mouse.clickX, a.mouse.clickY = time.Now(), a.mouse.x, a.mouse.y
	}
	a.mouse.dragging, a.mouse.travelled = e.Button+1, 0
	if left && e.Mods&event.Ctrl != 0 {
		a.mouse.dragging = event.ButtonMiddle + 1
	}
	a.mouse.depth = a.cam.Distance
	if hit {
		a.mouse.depth = p.Sub(a.cam.Eye).Dot(a.cam.Forward())
	}
}

// under is the point of the scene that is seen at a place of the window.
func (a *App) under(x, y float64) (mgl32.Vec3, bool) {
	if a.last == nil || a.width == 0 || a.height == 0 {
		return mgl32.Vec3{}, false
	}
	p := a.last
	px, py := int(x*float64(p.Width)/float64(a.width)), int(y*float64(p.Height)/float64(a.height))
	if px < 0 || py < 0 || px >= p.Width || py >= p.Height {
		return mgl32.Vec3{}, false
	}
	var depth, alpha float32
	if a.staying() {
		var err error
		if depth, alpha, err = p.Stage.Probe((float64(px)+0.5)/float64(p.Width), (float64(py)+0.5)/float64(p.Height)); err != nil {
			return mgl32.Vec3{}, false
		}
	} else if p.Stage == nil {
		i := py*p.Width + px
		depth, alpha = p.Depth[i], p.Color[4*i+3]
	}
	if !(depth > 0) || alpha < 0.1 {
		return mgl32.Vec3{}, false
	}
	cam := p.Request.View.Camera.Resized(p.Width, p.Height)
	return look.Unproject(&cam, float64(px)+0.5, float64(py)+0.5, depth)
}

// toggleFly changes what drags turn.
func (a *App) toggleFly() {
	a.cam.Fly = !a.cam.Fly
	a.say("drags %s", map[bool]string{true: "turn the head (fly)", false: "turn the scene (orbit)"}[a.cam.Fly])
}

// step rolls the camera, or while one level of the encoding is shown goes to the next.
func (a *App) step(by int) {
	if !a.view.only {
		a.roll(float32(by))
		return
	}
	a.setLevel(int(a.view.levels+0.5) + by)
}

// toggleLevel shows one level of the encoding alone, or all again.
func (a *App) toggleLevel() {
	if a.status.About.Levels < 2 {
		a.say("%s: it has no levels", a.status.About.Kind)
		return
	}
	a.view.only = !a.view.only
	if !a.view.only {
		a.view.levels = float64(a.status.About.Levels)
		a.changed()
		a.say("all levels")
		return
	}
	a.setLevel(int(a.view.levels + 0.5))
}

// setLevel chooses the finest level that is shown, counted from 1.
func (a *App) setLevel(n int) {
	all := a.status.About.Levels
	n = min(max(n, 1), all)
	a.view.levels = float64(n)
	a.changed()
	if a.view.only {
		a.say("level %d of %d alone", n, all)
	} else {
		a.say("levels 1 to %d of %d", n, all)
	}
}

// expose changes the exposure; when flying its key goes up and down.
func (a *App) expose(stops float64) {
	if !a.cam.Fly {
		a.setExposure(a.style.Exposure + stops)
	}
}

// restart begins the training again.
func (a *App) restart() {
	if !a.status.About.CanTrain {
		a.say("%s: nothing to train", a.status.About.Kind)
		return
	}
	a.worker.Reset()
	a.say("training starts again")
}

// cancel ends what takes long, and closes help.
func (a *App) cancel() {
	a.view.help, a.path.playing = false, false
	a.worker.Cancel()
}

// roll turns the picture by steps of two degrees.
func (a *App) roll(steps float32) {
	a.cam.Roll(mgl32.DegToRad(2 * steps))
	a.changed()
}

// zoomPointer zooms towards what is under the pointer.
func (a *App) zoomPointer(steps float64) {
	p, hit := a.under(a.mouse.x, a.mouse.y)
	if cam := a.cam.Camera(max(1, a.width), max(1, a.height)); !hit {
		p, hit = look.Unproject(&cam, a.mouse.x, a.mouse.y, a.cam.Distance)
	}
	if hit && a.mouse.seen {
		a.cam.ZoomAt(steps, p)
	} else {
		a.cam.Zoom(steps)
	}
	a.changed()
}

func (a *App) zoomKey(steps float64) {
	a.cam.Zoom(steps)
	if a.cam.Fly {
		a.say("speed %.3g", a.cam.Speed)
	}
	a.changed()
}

func (a *App) setExposure(stops float64) {
	a.style.Exposure = min(max(stops, -10), 10)
	a.baseStale = true
	a.say("exposure %+.1f stops", a.style.Exposure)
}

func (a *App) setMode(m look.Mode) {
	if about := &a.status.About; about.Kind != "" && !about.Has(m.String()) {
		a.say("%s: it has no %v", about.Kind, m)
		return
	}
	a.style.Mode, a.baseStale = m, true
	a.say("%v", m)
}

func (a *App) setTraining(on bool) {
	switch {
	case !a.status.About.CanTrain:
		a.say("%s: nothing to train", a.status.About.Kind)
		a.view.train = false
	default:
		a.view.train = on
		a.say("training %s", map[bool]string{true: "goes on", false: "stands still"}[on])
	}
}

func (a *App) resetView() {
	a.cam.Reset()
	a.view.index = -1
	a.changed()
}

// thrust flies by the keys held. Q and E are for flying only, since E is exposure otherwise.
func (a *App) thrust(mods event.Mods) {
	axis := func(plus, minus []string) (v float32) {
		for _, n := range plus {
			if a.held[n] {
				v = 1
			}
		}
		for _, n := range minus {
			if a.held[n] {
				v--
			}
		}
		return mgl32.Clamp(v, -1, 1)
	}
	if mods&(event.Ctrl|event.Alt|event.Super) != 0 {
		a.cam.Thrust(0, 0, 0)
		return
	}
	down, up := []string{"C"}, []string{event.Space}
	if a.cam.Fly {
		down, up = append(down, "Q"), append(up, "E")
	}
	a.cam.Thrust(axis([]string{"D", event.Right}, []string{"A", event.Left}), axis(down, up), axis([]string{"W", event.Up}, []string{"S", event.Down}))
	if a.cam.Moving() {
		a.view.index = -1
	}
}

// trainingView goes to a picture of the data.
func (a *App) trainingView(i int) {
	views := a.status.About.Views
	if len(views) == 0 {
		a.say("there are no training pictures")
		return
	}
	i = (i%len(views) + len(views)) % len(views)
	a.view.index = i
	a.cam.SetView(a.viewOf(views[i].Camera))
	a.truth.stale, a.baseStale = true, true
	a.say("training view %d of %d: %s", i+1, len(views), views[i].Name)
	a.changed()
}

// viewOf is the view of a data set's camera, with its vertical field of view.
func (a *App) viewOf(c scene.Camera) camera.View {
	about := a.status.About
	about.Home = c
	return camera.FromPose(c.Pose, a.distance(about), verticalFOV(about))
}
