package app

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/train"
)

// tuning is how the training is to go on.
type tuning struct {
	want engine.Tuning // as the panel shows it
	seen engine.Tuning // in force, as the engine said last
	sent engine.Tuning // the last that was asked for
}

// presets are the configurations that buttons start a training with.
var presets = []string{"small", "base", "big"}

// Names of the choices of a Tuning, in the order of its buttons.
var (
	trainModes = []string{"nerf", "rfl", "rflrelax"}
	frozen     = []string{"", "encoding", "networks"}
)

// tuningPanel shows how the training goes on, and changes it.
func (a *App) tuningPanel() {
	u, about, t := a.ui, &a.status.About, &a.tuning.want
	if !u.Section("training options", false) {
		return
	}
	u.Note("start again with")
	choice := presets
	if !about.Radiance {
		choice = presets[:2]
	}
	if n := u.Buttons(-1, choice...); n >= 0 {
		a.begin(choice[n])
	}
	size := float64(t.Batch)
	if u.Slider("batch", "%.0f", &size, train.LeastBatch, 1<<20, true) {
		t.Batch = 1 << int(math.Round(math.Log2(size)))
	}
	if u.Slider("learning rate", "%.2g", &t.Rate, 1e-5, 0.1, true) {
		t.Rate, _ = strconv.ParseFloat(strconv.FormatFloat(t.Rate, 'e', 1, 64), 64)
	}
	u.Note("loss")
	losses := config.Losses()
	for i := 0; i < len(losses); i += 3 {
		row := losses[i:min(i+3, len(losses))]
		if n := u.Buttons(slices.Index(row, t.Loss), row...); n >= 0 {
			t.Loss = row[n]
		}
	}
	if about.Radiance {
		a.radianceOptions(t)
	}
	if u.Button("copy training command") {
		a.copyTraining()
	}
}

// radianceOptions are those that only radiance fields have.
func (a *App) radianceOptions(t *engine.Tuning) {
	u := a.ui
	u.Note("pictures lie on")
	if n := u.Buttons(slices.Index(engine.Backdrops(), t.Backdrop), "random", "on black", "on white"); n >= 0 {
		t.Backdrop = engine.Backdrops()[n]
	}
	u.Note("compared with pictures")
	if n := u.Buttons(int(t.Mode), trainModes...); n >= 0 {
		t.Mode = train.Mode(n)
		if t.Mode == train.ModeRfl && a.status.Progress.Step < engine.RflWarmup {
			a.say("rfl begins with step %d", engine.RflWarmup)
		}
	}
	if u.Slider("near distance", "%.2f", &t.NearDistance, 0, 1, false) {
		t.NearDistance = math.Round(100*t.NearDistance) / 100
	}
	if a.status.About.Depths && u.Slider("depth weight", "%.2f", &t.DepthWeight, 0, 1, false) {
		t.DepthWeight = math.Round(100*t.DepthWeight) / 100
	}
	u.Check("refine cameras", &t.RefineCameras)
	u.Check("optimize exposures", &t.OptimizeExposure)
	u.Note("stays as it is")
	if n := u.Buttons(slices.Index(frozen, t.Freeze), "nothing", "encoding", "networks"); n >= 0 {
		t.Freeze = frozen[n]
	}
}

// begin starts the training again from a configuration.
func (a *App) begin(name string) {
	if !a.status.About.CanTrain {
		a.say("%s: nothing to train", a.status.About.Kind)
		return
	}
	a.worker.Begin(name)
}

// retune takes what the engine says of its training, and asks for what the panel was changed to once the mouse is let go.
func (a *App) retune(s *engine.Status) {
	t := &a.tuning
	if now := s.About.Tuning; now != t.seen || s.Tuned != a.status.Tuned {
		t.want, t.seen, t.sent, a.dirty = now, now, now, true
		if s.Tuned != a.status.Tuned && s.Refused != nil {
			a.say("%v", s.Refused)
		}
		return
	}
	if t.want != t.sent && !a.mouse.in.Down {
		t.sent = t.want
		a.worker.Tune(t.want)
	}
}

// copyTraining puts the command line into the clipboard that goes on with this training, from a snapshot that is saved first.
func (a *App) copyTraining() {
	about := &a.status.About
	if about.Source == "" {
		a.say("%s: nothing that radia train could take", about.Kind)
		return
	}
	path, err := a.free("snapshot-%04d.ingp")
	if err != nil {
		a.say("%v", err)
		return
	}
	words := append([]string{"radia", "train", about.Source, "-o", "trained.ingp", "--resume=" + path}, trainingFlags(about)...)
	a.worker.Do("saving "+filepath.Base(path), func(_ context.Context, e engine.Engine, _ func(float64)) error {
		err := e.Save(path)
		if err == nil {
			line := quoted(words)
			a.command.Store(&line)
		}
		return err
	})
}

// trainingFlags are those of radia train, beside what a snapshot holds, that go on as the engine does.
func trainingFlags(about *engine.About) []string {
	t := &about.Tuning
	out := []string{fmt.Sprintf("--batch=%d", t.Batch)}
	if !about.Radiance {
		return out
	}
	add := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(about.Split != "" && about.Split != "train", "--split=%s", about.Split)
	add(t.Backdrop != "random", "--background=%s", t.Backdrop)
	add(true, "--near-distance=%s", number(float32(t.NearDistance)))
	add(t.Mode != train.ModeNeRF, "--train-mode=%s", trainModes[t.Mode])
	add(t.DepthWeight > 0, "--depth-weight=%s", number(float32(t.DepthWeight)))
	add(t.RefineCameras, "--refine-cameras")
	add(t.OptimizeExposure, "--optimize-exposure")
	add(t.Freeze != "", "--freeze=%s", t.Freeze)
	return out
}
