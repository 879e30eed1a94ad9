package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
)

// tunable notes how it is tuned, and refuses to refine cameras.
type tunable struct {
	*engine.Analytic
	mu     sync.Mutex
	tuning engine.Tuning
	asked  []engine.Tuning
	begun  []string
}

func (e *tunable) About() engine.About {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.Analytic.About()
	a.CanTrain, a.Radiance, a.Source, a.Split, a.Tuning = true, true, "my scene", "all", e.tuning
	return a
}

func (e *tunable) Tune(t engine.Tuning) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, t)
	if t.RefineCameras {
		return errors.New("it has no cameras")
	}
	e.tuning = t
	return nil
}

func (e *tunable) Begin(config string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun = append(e.begun, config)
	return nil
}

func (e *tunable) Save(path string) error { return os.WriteFile(path, nil, 0o644) }

// TestTuningOfThePanel: what the panel changes is asked for once, when the mouse is let go; what is refused is told and shown as it was; a
// configuration that is dropped starts the training again, and no other JSON file does.
func TestTuningOfThePanel(t *testing.T) {
	e := &tunable{Analytic: engine.NewAnalytic(1, 3, 24), tuning: engine.Tuning{Batch: 4096, Rate: 0.01, Loss: "L2", Backdrop: "random", NearDistance: 0.1}}
	dir := t.TempDir()
	w := window.NewMemory(window.Options{Width: 160, Height: 120})
	a := New(Options{Window: w, Engine: e, Settings: settings.Default(), OutDir: dir})
	defer a.worker.Close()
	until := func(what string, f func() bool) {
		t.Helper()
		for end := time.Now().Add(5 * time.Minute); !f(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: not within five minutes", what)
			}
			turn(t, a)
		}
	}
	asked := func() int {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.asked)
	}
	until("first look", func() bool { return a.tuning.want.Batch == 4096 })
	a.mouse.in.Down = true
	for _, loss := range []string{"L1", "Huber", "SMAPE"} {
		a.tuning.want.Loss = loss
		turn(t, a)
	}
	a.mouse.in.Down = false
	until("tuned", func() bool { return a.status.Tuned == 1 })
	turn(t, a)
	if asked() != 1 || e.asked[0].Loss != "SMAPE" || e.asked[0].Rate != 0.01 {
		t.Errorf("asked for %+v", e.asked)
	}
	a.tuning.want.RefineCameras = true
	until("refused", func() bool { return a.status.Tuned == 2 })
	if a.message != "it has no cameras" || a.tuning.want.RefineCameras || a.tuning.want.Loss != "SMAPE" {
		t.Errorf("after what was refused: %q, %+v", a.message, a.tuning.want)
	}
	for range 5 {
		turn(t, a)
	}
	if asked() != 2 {
		t.Errorf("asked %d times for two changes", asked())
	}

	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("mine.json", "{\"parent\": \"nerf/small\"} // a comment")
	a.handle(event.Drop{Paths: []string{config, write("scene.json", `{"frames": [], "parent": 1}`), write("text.json", "{}")}})
	until("begun", func() bool { return a.status.Tuned == 3 })
	e.mu.Lock()
	if len(e.begun) != 1 || e.begun[0] != config {
		t.Errorf("begun with %q", e.begun)
	}
	e.mu.Unlock()

	a.copyTraining()
	said := ""
	a.opt.Print = func(line string) { said = line }
	until("command", func() bool { return said != "" })
	for _, want := range []string{"radia train 'my scene' -o trained.ingp --resume=", "--batch=4096", "--split=all", "--near-distance=0.1"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s lacks %q", said, want)
		}
	}
	if strings.Contains(said, "--refine-cameras") || strings.Contains(said, "--freeze") {
		t.Errorf("%s says what is not so", said)
	}
}
