package app

import (
	"math"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/viewer/internal/camera"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/picture"
	"github.com/radia-go/radia/scene"
)

// overPanels reports whether the pointer is on a panel.
func (a *App) overPanels() bool { return a.view.panels && a.ui.Contains(a.mouse.x, a.mouse.y) }

func (a *App) move(e event.Move) {
	dx, dy := e.X-a.mouse.x, e.Y-a.mouse.y
	a.mouse.seen = true
	a.mouse.x, a.mouse.y, a.mouse.in.X, a.mouse.in.Y = e.X, e.Y, e.X, e.Y
	if a.mouse.dragging == 0 || a.height == 0 {
		return
	}
	a.mouse.travelled += math.Abs(dx) + math.Abs(dy)
	u, v := float32(dx/float64(a.height)), float32(dy/float64(a.height))
	switch a.mouse.dragging - 1 {
	case event.ButtonLeft:
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
	return picture.Unproject(&cam, float64(px)+0.5, float64(py)+0.5, depth)
}

// modeKeys are instant-ngp's numbers; those of modes that do not exist here are left out.
var modeKeys = map[string]picture.Mode{"1": picture.Alpha, "2": picture.Shade, "3": picture.Normals, "4": picture.Position, "5": picture.Depth, "7": picture.Cost, "8": picture.Slice}

func (a *App) key(k event.Key) {
	if k.Down {
		a.held[k.Name] = true
	} else {
		delete(a.held, k.Name)
	}
	a.thrust(k.Mods)
	if !k.Down {
		return
	}
	shift, ctrl := k.Mods&event.Shift != 0, k.Mods&event.Ctrl != 0
	if m, ok := modeKeys[k.Name]; ok && k.Mods == 0 {
		a.setMode(m)
		return
	}
	if k.Repeat && k.Name != "=" && k.Name != "-" && k.Name != "E" && k.Name != "," && k.Name != "." {
		return
	}
	switch k.Name {
	case event.Tab, "`":
		a.view.panels = !a.view.panels
	case "/", event.Question, "F1":
		if k.Name == "F1" || shift || k.Name == event.Question {
			a.view.help = !a.view.help
		}
	case event.Escape:
		a.view.help, a.path.playing = false, false
		a.worker.Cancel()
	case "Q":
		if ctrl {
			a.quit = true
		}
	case "T":
		a.setTraining(!a.view.train)
	case "R":
		switch {
		case shift:
			a.resetView()
		case a.status.About.CanTrain:
			a.worker.Reset()
			a.say("training starts again")
		}
	case event.Home:
		a.resetView()
	case "G":
		a.toggleTruth(showTruth)
	case "O":
		a.toggleTruth(showError)
	case "F":
		a.cam.Fly = !a.cam.Fly
		a.say("drags %s", map[bool]string{true: "turn the head (fly)", false: "turn the scene (orbit)"}[a.cam.Fly])
	case "[":
		a.trainingView(map[bool]int{false: max(a.view.index, 0) - 1, true: 0}[shift])
	case "]":
		a.trainingView(map[bool]int{false: a.view.index + 1, true: len(a.status.About.Views) - 1}[shift])
	case "E":
		if !a.cam.Fly {
			a.setExposure(a.style.Exposure + map[bool]float64{false: 0.5, true: -0.5}[shift])
		}
	case "=", event.KeypadPlus:
		a.zoomKey(1)
	case "-", event.KeypadMinus:
		a.zoomKey(-1)
	case ",":
		a.roll(-1)
	case ".":
		a.roll(1)
	case "K":
		a.addKey()
	case "P":
		a.savePicture()
	case "S":
		if ctrl {
			a.saveSnapshot()
		}
	case "V":
		a.view.frusta = !a.view.frusta
	case "B":
		a.view.grid = !a.view.grid
	case event.Space:
		if ctrl {
			a.path.playing = !a.path.playing
		}
	}
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
		p, hit = picture.Unproject(&cam, a.mouse.x, a.mouse.y, a.cam.Distance)
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

func (a *App) setMode(m picture.Mode) {
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
