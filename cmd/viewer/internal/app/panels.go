package app

import (
	"fmt"
	"math"
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/camera"
	"github.com/radia-go/radia/cmd/viewer/internal/picture"
)

// help is the list of keys and mouse gestures, key and meaning in turn.
var help = [][2]string{
	{"left drag", "turn the scene (look around when flying)"},
	{"right drag", "look around"},
	{"middle drag, Ctrl+left", "pan"},
	{"wheel, + -", "zoom to the pointer (speed when flying)"},
	{"double click, Shift+left", "look at a point and turn about it"},
	{"W A S D, arrows", "move; Space up, C down"},
	{"F", "fly / orbit; Q E down and up when flying"},
	{", .", "roll"},
	{"[ ]   { }", "previous, next; first, last training view"},
	{"Shift+R, Home", "reset the camera"},
	{"1 2 3 4 5 7 8", "alpha, shade, normals, position, depth, cost, slice"},
	{"G   O", "training picture over the view; error"},
	{"V   B", "cameras; occupancy"},
	{"E   Shift+E", "exposure up, down"},
	{"T   R", "training on / off; start again"},
	{"P   Ctrl+S", "save a picture; save a snapshot"},
	{"K   Ctrl+Space", "add a camera key; play the path"},
	{"Tab, `", "panels on / off"},
	{"?, F1", "this help"},
	{"Esc", "cancel long work"},
	{"Ctrl+Q", "quit"},
}

// drawPanels draws the overlay and returns true where it must be drawn again.
func (a *App) drawPanels() bool {
	u := a.ui
	u.Begin(a.canvas, a.mouse.in, a.scale)
	if a.view.panels {
		u.Panel("radia", 10, 10, 250, a.mainPanel)
		u.Panel("camera path", -10, 10, 230, a.pathPanel)
	} else {
		u.Forget("radia", "camera path")
	}
	if a.view.help {
		u.Panel("keys and mouse", float64(a.width)/a.scale/2-210, 30, 420, func() {
			for _, h := range help {
				u.Pair(h[0], "%s", h[1])
			}
		})
	} else {
		u.Forget("keys and mouse")
	}
	switch {
	case a.message != "":
		u.Banner(a.message)
	case a.status.Busy != "":
		u.Banner(fmt.Sprintf("%s %.0f%%  (Esc cancels)", a.status.Busy, 100*a.status.Done))
	case a.last == nil:
		u.Banner("waiting for the first picture")
	}
	return u.End()
}

func (a *App) mainPanel() {
	u, s := a.ui, &a.status
	u.Text("%s", s.About.Name)
	u.Note("%s", s.About.Kind)
	u.Note("%s", s.About.Device)
	u.Note("%s", s.About.Driver)
	a.stagesPanel()
	if s.About.CanTrain {
		a.trainingPanel()
	}
	a.picturePanel()
	a.viewPanel()
	if u.Section("files", false) {
		switch u.Buttons(-1, "picture", "EXR", "snapshot") {
		case 0:
			a.savePicture()
		case 1:
			a.saveEXR()
		case 2:
			a.saveSnapshot()
		}
		u.Note("drop a scene or snapshot on the window")
	}
	if u.Button("help (?)") {
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
	for _, name := range picture.Names() {
		if s.About.Has(name) {
			if name == a.style.Mode.String() {
				chosen = len(names)
			}
			names = append(names, name)
		}
	}
	for i := 0; i < len(names); i += 3 {
		row := names[i:min(i+3, len(names))]
		if n := u.Buttons(chosen-i, row...); n >= 0 {
			if m, err := picture.ParseMode(row[n]); err == nil {
				a.setMode(m)
			}
		}
	}
	if a.style.Mode == picture.Slice && u.Slider("slice at", "%.3f", &a.view.slice, 0.01, 4, true) {
		a.changed()
	}
	if n := s.About.Levels; n > 1 {
		if a.view.levels == 0 {
			a.view.levels = float64(n)
		}
		if u.Slider("levels", "%.0f", &a.view.levels, 1, float64(n), false) {
			a.view.levels = math.Round(a.view.levels)
			a.changed()
		}
	}
	if !u.Section("light and background", false) {
		a.qualityPanel()
		return
	}
	if u.Slider("exposure", "%+.1f", &a.style.Exposure, -10, 10, false) {
		a.style.Exposure = math.Round(2*a.style.Exposure) / 2
		a.baseStale = true
	}
	if n := u.Buttons(int(a.style.Curve), picture.CurveNames()...); n >= 0 {
		a.style.Curve, a.baseStale = picture.Curve(n), true
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
	a.qualityPanel()
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
	u.Plot(fmt.Sprintf("loss %.5f", p.Loss), logs(s.Losses), 3)
	u.Plot(fmt.Sprintf("PSNR %.2f dB (training %s)", p.PSNR, of), s.PSNRs, 2)
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
	if n := len(a.status.About.Views); n > 0 {
		u.Pair("training views", "%d", n)
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
