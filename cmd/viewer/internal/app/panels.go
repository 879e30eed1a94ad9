package app

import (
	"fmt"
	"math"
	"time"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/camera"
)

// wideHelp is the width of the window, in points, from which on help has two columns.
const wideHelp = 760

// Sizes of the window in points: below wideEnough both panels stand in one, since they would overlap; below roomyWidth or roomyHeight
// panels begin closed.
const (
	wideEnough  = 520
	roomyWidth  = 400
	roomyHeight = 300
)

// helpColumn is where each of the groups of actions stands, so that both columns are about as long.
var helpColumn = [...]int{0, 1, 1, 0}

// drawPanels draws the overlay and returns true where it must be drawn again.
func (a *App) drawPanels() bool {
	u := a.ui
	u.Begin(a.canvas, a.mouse.in, a.scale)
	points, lines := float64(a.width)/a.scale, float64(a.height)/a.scale
	switch {
	case !a.view.panels:
		u.Forget("radia", "camera path")
	case points < wideEnough: // one panel, so that some of the picture is left
		roomy := points >= roomyWidth && lines >= roomyHeight
		u.Panel("radia", 10, 10, min(256, max(0.62*points, 180)), roomy, func() {
			a.mainPanel()
			if u.Section("path of the camera", false) {
				a.pathPanel()
			}
		})
		u.Forget("camera path")
	default:
		u.Panel("radia", 10, 10, 256, lines >= roomyHeight, a.mainPanel)
		u.Panel("camera path", -10, 10, 236, lines >= roomyHeight, a.pathPanel)
	}
	if a.view.help {
		columns, width := 1, 400.0
		if points >= wideHelp {
			columns, width = 2, 700
		}
		u.Panel("keys and mouse", max(points/2-width/2, 0), min(30, max(0, (lines-400)/4)), width, true, func() { a.helpPanel(columns) })
	} else {
		u.Forget("keys and mouse")
	}
	switch {
	case a.status.Busy != "":
		u.Banner(fmt.Sprintf("%s  %.0f%%   (Esc cancels)", a.status.Busy, 100*a.status.Done), a.status.Done)
	case a.last == nil && a.waiting != "":
		u.Banner(a.waiting, -1)
	case a.message != "":
		u.Banner(a.message, -1)
	case a.last == nil:
		u.Banner("waiting for the first picture", -1)
	}
	return u.End()
}

// helpPanel lists the actions.
func (a *App) helpPanel(columns int) {
	u := a.ui
	u.Columns(columns, func(column int) {
		for i, g := range groups {
			if columns > 1 && helpColumn[i] != column {
				continue
			}
			if i > column {
				u.Gap()
			}
			u.Title(g.name)
			for _, act := range g.actions {
				if act.does != "" {
					u.Caps(act.show, act.does)
				}
			}
		}
	})
	u.Gap()
	u.Note("a click anywhere closes this")
}

func (a *App) mainPanel() {
	u, s := a.ui, &a.status
	u.Text("%s", s.About.Name)
	if n := len(s.About.Views); n > 1 {
		u.Note("%s, %d pictures", s.About.Kind, n)
	} else {
		u.Note("%s", s.About.Kind)
	}
	u.Note("%s", s.About.Device)
	if s.About.Memory > 0 {
		u.Pair("memory on the device", "%s", bytesText(s.About.Memory))
	}
	if s.About.CanTrain {
		a.trainingPanel()
		a.tuningPanel()
	}
	a.picturePanel()
	a.lightPanel()
	a.viewPanel()
	a.scenePanel()
	a.qualityPanel()
	a.stagesPanel()
	if u.Section("files", false) {
		switch u.Buttons(-1, "picture", "EXR", "snapshot") {
		case 0:
			a.savePicture()
		case 1:
			a.saveEXR()
		case 2:
			a.saveSnapshot()
		}
		if u.Button("copy command line") {
			a.copyCommand()
		}
		u.Note("drop a scene or snapshot here")
	}
	u.Gap()
	if u.Button("help  ?") {
		a.view.help = true
	}
}

func (a *App) picturePanel() {
	u, s := a.ui, &a.status
	if !u.Section("picture", true) {
		return
	}
	if s.RenderMS > 0 {
		u.Pair("frame", "%.0f ms   %.1f fps", s.RenderMS, 1e3/s.RenderMS)
		u.Pair("rays", "%s/s", countText(s.PixelRate))
		u.Pair("resolution", "%d x %d   %d spp", s.Width, s.Height, s.Samples)
	}
	var names []string // of the modes that show something here
	chosen := -1
	for _, name := range look.Names() {
		if s.About.Has(name) {
			if name == a.style.Mode.String() {
				chosen = len(names)
			}
			names = append(names, name)
		}
	}
	inRow := 4
	if len(names)%4 != 0 && len(names)%3 == 0 {
		inRow = 3
	}
	for i := 0; i < len(names); i += inRow {
		row := names[i:min(i+inRow, len(names))]
		if n := u.Buttons(chosen-i, row...); n >= 0 {
			if m, err := look.ParseMode(row[n]); err == nil {
				a.setMode(m)
			}
		}
	}
	if a.style.Mode == look.Slice && u.Slider("slice at", "%.3f", &a.view.slice, 0.01, 4, true) {
		a.changed()
	}
	if n := s.About.Levels; n > 1 {
		if u.Slider("levels", "%.0f", &a.view.levels, 1, float64(n), false) {
			a.view.levels = math.Round(a.view.levels)
			a.changed()
		}
		if u.Check("this level alone", &a.view.only) {
			a.changed()
		}
	}
}

func (a *App) lightPanel() {
	u, s := a.ui, &a.status
	if !u.Section("light and background", false) {
		return
	}
	if u.Slider("exposure", "%+.1f", &a.style.Exposure, -10, 10, false) {
		a.style.Exposure = math.Round(2*a.style.Exposure) / 2
		a.baseStale = true
	}
	if n := u.Buttons(int(a.style.Curve), look.CurveNames()...); n >= 0 {
		a.style.Curve, a.baseStale = look.Curve(n), true
	}
	switch u.Buttons(-1, "black", "white", "grey", "data") {
	case 0:
		a.setBackground([3]float32{})
	case 1:
		a.setBackground([3]float32{1, 1, 1})
	case 2:
		a.setBackground([3]float32{0.5, 0.5, 0.5})
	case 3:
		a.setBackground(s.About.Background)
		a.view.own = false
	}
	if u.Check("checkerboard behind", &a.style.Checker) {
		a.baseStale = true
	}
}

func (a *App) qualityPanel() {
	u := a.ui
	if u.Section("quality", false) {
		u.Slider("ms per frame", "%.0f", &a.view.budget, 5, 1000, true)
		u.Slider("samples per pixel", "%.0f", &a.view.samples, 1, 1024, true)
		u.Check("fixed resolution", &a.view.fixed)
		if a.view.fixed {
			u.Slider("divided by", "%.1f", &a.view.fixedScale, 1, 16, true)
		}
	}
}

func (a *App) setBackground(c [3]float32) {
	a.style.Background, a.style.Checker, a.baseStale, a.view.own = c, false, true, true
}

func (a *App) trainingPanel() {
	u, s := a.ui, &a.status
	if !u.Section("training", true) {
		return
	}
	label := "train"
	if a.view.train {
		label = "stop"
	}
	switch u.Buttons(-1, label, "start again") {
	case 0:
		a.setTraining(!a.view.train)
	case 1:
		a.worker.Reset()
	}
	p := s.Progress
	if p.Step == 0 {
		u.Note("not trained yet")
		return
	}
	u.Pair("step", "%d   %v", p.Step, p.Elapsed.Round(time.Second/10))
	if p.SamplesRate > 0 {
		u.Pair("samples", "%s/s", countText(p.SamplesRate))
	}
	of := "samples"
	if p.RaysRate > 0 {
		of = "rays"
		u.Pair("rays", "%s/s   %.0f samples each", countText(p.RaysRate), p.SamplesRay)
	}
	u.Plot("loss (log)", fmt.Sprintf("%.5f", p.Loss), logs(s.Losses), 2)
	u.Plot("PSNR of training "+of, fmt.Sprintf("%.2f dB", p.PSNR), s.PSNRs, 2)
}

func logs(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = math.Log(max(x, 1e-12))
	}
	return out
}

func (a *App) viewPanel() {
	u := a.ui
	if !u.Section("camera", false) {
		return
	}
	mode := 0
	if a.cam.Fly {
		mode = 1
	}
	if n := u.Buttons(mode, "orbit", "fly"); n >= 0 {
		a.cam.Fly = n == 1
	}
	fov := float64(a.cam.FOV)
	if u.Slider("field of view", "%.1f", &fov, camera.MinFOV, camera.MaxFOV, true) {
		a.cam.SetFOV(float32(fov))
		a.changed()
	}
	speed := float64(a.cam.Speed)
	if u.Slider("speed", "%.3f", &speed, 0.01, 10, true) {
		a.cam.Speed = float32(speed)
	}
	if u.Slider("aperture", "%.4f", &a.view.aperture, 0, 0.1, false) {
		a.changed()
	}
	if u.Slider("cut nearer than", "%.2f", &a.view.near, 0, 3, false) {
		a.changed()
	}
	switch u.Buttons(-1, "reset", "roll -", "roll +", "level") {
	case 0:
		a.resetView()
	case 1:
		a.roll(-1)
	case 2:
		a.roll(1)
	case 3:
		a.cam.Up = a.status.About.Up
		a.cam.Focus(a.cam.Center())
	}
}

// scenePanel is what is known of the scene besides the field: its pictures, its grid, the part of it that is shown.
func (a *App) scenePanel() {
	u := a.ui
	if !u.Section("scene", false) {
		return
	}
	if n := len(a.status.About.Views); n > 0 {
		chosen := "none"
		if i := a.view.index; i >= 0 && i < n {
			chosen = fmt.Sprint(i + 1)
		}
		u.Pair("training view", "%s of %d", chosen, n)
		switch u.Buttons(-1, "first", "prev", "next", "last") {
		case 0:
			a.trainingView(0)
		case 1:
			a.trainingView(max(a.view.index, 0) - 1)
		case 2:
			a.trainingView(a.view.index + 1)
		case 3:
			a.trainingView(n - 1)
		}
		if u.Slider("truth opacity", "%.2f", &a.truth.alpha, 0.05, 1, false) {
			a.baseStale = true
		}
		switch u.Buttons(int(a.truth.mode)-1, "truth", "error") {
		case 0:
			a.toggleTruth(showTruth)
		case 1:
			a.toggleTruth(showError)
		}
		u.Check("show cameras", &a.view.frusta)
	}
	if u.Check("show occupancy", &a.view.grid) {
		a.asked = false
		a.dirty = true
	}
	if u.Check("crop", &a.view.crop) {
		a.changed()
	}
	if a.view.crop {
		b := a.status.About.Box
		for k, axis := range [3]string{"x", "y", "z"} {
			lo, hi := float64(b.Lo[k]), float64(b.Hi[k])
			if u.Slider("from "+axis, "%.2f", &a.view.cropLo[k], lo, hi, false) {
				a.view.cropLo[k] = min(a.view.cropLo[k], a.view.cropHi[k]-0.01)
				a.changed()
			}
			if u.Slider("to "+axis, "%.2f", &a.view.cropHi[k], lo, hi, false) {
				a.view.cropHi[k] = max(a.view.cropHi[k], a.view.cropLo[k]+0.01)
				a.changed()
			}
		}
	}
}

func bytesText(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

func countText(v float64) string {
	switch {
	case v >= 1e9:
		return fmt.Sprintf("%.2f G", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.2f M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.1f k", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}
