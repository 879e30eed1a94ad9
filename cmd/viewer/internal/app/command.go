package app

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
)

// savedModel is the last snapshot of a training.
type savedModel struct {
	path, name string // of the file and of the scene
	step       int
}

// copyCommand puts the command line that makes this very picture into the clipboard and prints it. It needs a model: the file that
// is shown, or else a snapshot that is saved first.
func (a *App) copyCommand() {
	about := &a.status.About
	if !about.CanSave {
		a.say("%s: there is no model that radia render could take", about.Kind)
		return
	}
	flags := a.flags()
	if about.File != "" {
		line := commandLine(about.File, flags)
		a.command.Store(&line)
		return
	}
	if s := a.lastSaved; !a.view.train && s.path != "" && s.name == about.Name && s.step == a.status.Progress.Step {
		line := commandLine(s.path, flags)
		a.command.Store(&line)
		return
	}
	path, err := a.free("snapshot-%04d.ingp")
	if err != nil {
		a.say("%v", err)
		return
	}
	name, step := about.Name, a.status.Progress.Step
	a.worker.Do("saving "+filepath.Base(path), func(_ context.Context, e engine.Engine, _ func(float64)) error {
		err := e.Save(path)
		if err == nil {
			line := commandLine(path, flags)
			a.command.Store(&line)
		}
		return err
	})
	a.lastSaved = savedModel{path, name, step}
}

// tell shows and prints a finished command line.
func (a *App) tell(line string) {
	a.win.Copy(line)
	if a.opt.Print != nil {
		a.opt.Print(line)
	}
	a.say("the command line is in the clipboard and in the terminal")
}

// commandLine is the whole line.
func commandLine(model string, flags []string) string {
	return quoted(append([]string{"radia", "render", model, "-o", "view.png"}, flags...))
}

// quoted is a line of words for a shell.
func quoted(words []string) string {
	for i, w := range words {
		if strings.ContainsAny(w, " '\"\\$&|;<>()*?[]#~`!{}") {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// number writes a number so that its float32 comes back.
func number(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }

// point writes coordinates.
func point(v [3]float32) string { return number(v[0]) + "," + number(v[1]) + "," + number(v[2]) }

// flags are those of radia render that make this picture.
func (a *App) flags() []string {
	about := &a.status.About
	var out []string
	add := func(flag, value string) { out = append(out, flag+"="+value) } // a value of its own may not begin with a minus
	add("--look", "window")
	add("--size", fmt.Sprintf("%dx%d", a.width, a.height))
	add("--eye", point(a.cam.Eye))
	add("--at", point(a.cam.Center()))
	add("--fov", number(a.cam.FOV))
	add("--spp", strconv.Itoa(max(1, int(a.view.samples+0.5))))
	if roll := look.Roll(a.cam.Pose(), about.Up); math.Abs(float64(roll)) > 0.005 {
		add("--roll", number(roll))
	}
	if a.style.Mode != look.Shade {
		add("--mode", a.style.Mode.String())
	}
	if a.style.Mode == look.Slice {
		add("--slice", number(float32(a.view.slice)))
	}
	if l := a.lastReq.View.Levels; l.End > 0 {
		add("--levels", fmt.Sprintf("%d-%d", l.First, l.End-1))
	}
	if a.style.Exposure != 0 {
		add("--exposure", strconv.FormatFloat(a.style.Exposure, 'g', -1, 32))
	}
	if a.style.Curve != look.Identity {
		add("--curve", look.CurveNames()[a.style.Curve])
	}
	if a.style.Checker {
		add("--background", "checker")
	} else {
		b := a.style.Background
		add("--background", fmt.Sprintf("#%02x%02x%02x", byte8(b[0]), byte8(b[1]), byte8(b[2])))
	}
	if a.view.aperture > 0 {
		add("--aperture", number(float32(a.view.aperture)))
		add("--focus", number(a.cam.Distance))
	}
	if a.view.near > 0 {
		add("--near", number(float32(a.view.near)))
	}
	if a.view.crop {
		b := a.cropBox()
		add("--crop", point(b.Lo)+","+point(b.Hi))
	}
	if i := a.view.index; a.truth.mode != noTruth && i >= 0 && about.Data != "" {
		add("--data", about.Data)
		add("--split", about.Split)
		add("--view", strconv.Itoa(i))
		add("--truth", map[truthMode]string{showTruth: "picture", showError: "error"}[a.truth.mode])
		add("--truth-opacity", strconv.FormatFloat(a.truth.alpha, 'g', 4, 64))
	}
	var lines []string
	for _, l := range []struct {
		name string
		on   bool
	}{{"cameras", a.view.frusta}, {"occupancy", a.view.grid}, {"crop", a.view.crop}} {
		if l.on {
			lines = append(lines, l.name)
		}
	}
	if len(lines) > 0 {
		add("--overlay", strings.Join(lines, ","))
	}
	return out
}

func byte8(v float32) uint8 { return uint8(min(max(v, 0), 1)*255 + 0.5) }
