package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/ui"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/scene/campath"
)

// helps are the texts of `radia COMMAND --help`, as flags and commands.
func helps(t *testing.T) map[string]string {
	t.Helper()
	radia := filepath.Join(t.TempDir(), "radia")
	if out, err := exec.Command("go", "build", "-o", radia, filepath.Join(testenv.Root(), "cmd", "radia")).CombinedOutput(); err != nil {
		t.Fatalf("building radia: %v\n%s", err, out)
	}
	all := map[string]string{}
	for _, command := range []string{"render", "train", "devices"} {
		out, err := exec.Command(radia, command, "--help").CombinedOutput()
		if err != nil {
			t.Fatalf("radia %s --help: %v\n%s", command, err, out)
		}
		all[command] = string(out)
	}
	return all
}

// missing is what of a twin radia does not know, "" for a sound one.
func missing(helps map[string]string, twin string) string {
	if reason, none := strings.CutPrefix(twin, "- "); none {
		if reason == "" {
			return "a reason"
		}
		return ""
	}
	words := strings.Fields(twin)
	if len(words) < 1 {
		return "a twin"
	}
	help, known := helps[words[0]]
	if !known {
		return "the command " + words[0]
	}
	for _, flag := range words[1:] {
		if !regexp.MustCompile(regexp.QuoteMeta(flag) + `[=,\s]`).MatchString(help) {
			return flag
		}
	}
	return ""
}

// TestEveryActionHasATwin walks all keys, all gestures and all widgets of the window: each does what a flag of radia does, or says
// why no flag could, and the manual has them all.
func TestEveryActionHasATwin(t *testing.T) {
	helps := helps(t)
	for _, planted := range []string{"render --no-such-flag", "paint --mode", "", "- "} {
		if missing(helps, planted) == "" {
			t.Errorf("planted fault: %q passes for a twin", planted)
		}
	}
	manual, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "viewer.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := func(what, twin string) {
		t.Helper()
		if m := missing(helps, twin); m != "" {
			t.Errorf("%s: radia lacks %s (of %q)", what, m, twin)
		}
		for _, flag := range strings.Fields(twin) {
			if strings.HasPrefix(flag, "--") && !strings.Contains(string(manual), "`"+flag+"`") {
				t.Errorf("%s: docs/viewer.md does not name %s", what, flag)
			}
		}
	}
	for _, g := range groups {
		for _, a := range g.actions {
			listed(g.name+" "+a.show, a.twin)
		}
	}
	kinds := map[string]bool{}
	for _, label := range widgets(t) {
		kind, name, _ := strings.Cut(label, " ")
		kinds[kind] = true
		if kind == "section" {
			continue
		}
		twin, ok := widgetTwins[name]
		if !ok {
			t.Errorf("the %s %q has no twin", kind, name)
			continue
		}
		listed(label, twin)
	}
	for _, kind := range []string{"section", "button", "check", "slider"} {
		if !kinds[kind] {
			t.Errorf("no %s was seen: the walk misses something", kind)
		}
	}
}

// widgets are all widgets that the panels have, as "kind label".
func widgets(t *testing.T) []string { return widgetsOf(t, 900, 9000) }

// widgetsOf are those of a window's size.
func widgetsOf(t *testing.T, width, height int) []string {
	t.Helper()
	e := &trainable{Analytic: engine.NewAnalytic(1, 3, 24)}
	a := New(Options{Window: window.NewMemory(window.Options{Width: width, Height: height}), Engine: e, Settings: settings.Default(), OutDir: t.TempDir()})
	defer a.worker.Close()
	a.status = a.worker.Status()
	a.status.RenderMS, a.status.Progress = 1, engine.Progress{Step: 1, RaysRate: 1, SamplesRate: 1}
	a.path.Keys = []campath.Key{campath.FromPose(a.cam.Pose(), 50)}
	var seen []string
	for _, set := range []func(){func() {}, func() { a.view.crop, a.view.fixed, a.view.train = true, true, true }, func() { a.style.Mode = look.Slice }, func() { a.path.playing = true }} {
		set()
		a.ui.SetOpen("radia", true)
		a.ui.SetOpen("camera path", true)
		for range 3 { // sections open one after the other
			a.ui.Told = func(kind, label string) {
				if kind == "section" {
					a.ui.SetOpen(label, true)
				}
				if s := kind + " " + label; !slices.Contains(seen, s) {
					seen = append(seen, s)
				}
			}
			a.mouse.in = ui.Input{X: -1, Y: -1}
			a.drawPanels()
		}
	}
	return seen
}

// trainable is the exact scene that claims everything that a panel could show.
type trainable struct{ *engine.Analytic }

func (e *trainable) About() engine.About {
	a := e.Analytic.About()
	a.CanTrain, a.CanSave, a.Levels, a.Modes, a.Radiance, a.Depths = true, true, 8, look.Names(), true, true
	return a
}

// TestKeysOfActions: no key is bound twice (the table would not build), every key that a script can name is known to the table or
// moves the camera, and help tells all that have a meaning.
func TestKeysOfActions(t *testing.T) {
	for name, a := range byKey {
		if a.do == nil {
			t.Errorf("%s does nothing", name)
		}
		if combined(event.Key{Name: "S", Mods: event.Ctrl | event.Shift}) != "CTRL+SHIFT+S" {
			t.Fatal("modifiers are in another order than the table's")
		}
	}
	for _, ngp := range []string{"TAB", "T", "R", "SHIFT+R", "E", "SHIFT+E", "O", "G", "M", ",", ".", "1", "2", "3", "4", "5", "7", "8", "[", "]", "SHIFT+[", "SHIFT+]", "=", "-", "CTRL+Q", "Z", "X"} {
		if byKey[ngp] == nil {
			t.Errorf("%s of instant-ngp means nothing here", ngp)
		}
	}
}

// TestFlagsOfTheView: the flags that Ctrl+C writes say what is shown.
func TestFlagsOfTheView(t *testing.T) {
	a, _ := play(t, "key TAB\nwait-still\nkey 5\nkey E\nkey .\nkey ]\nkey O\nkey V\nwait-still\nquit")
	a.view.crop, a.view.aperture, a.view.near = true, 0.01, 0.2
	a.style.Curve, a.style.Checker = look.ACES, true
	a.status.About.Data, a.status.About.Split = "a scene", "train"
	got := commandLine("my model.ingp", a.flags())
	for _, want := range []string{"radia render 'my model.ingp' -o view.png --look=window --size=320x200 --eye=", " --at=", " --fov=", " --mode=depth", " --exposure=0.5", " --curve=ACES", " --background=checker",
		" --aperture=0.01 --focus=", " --near=0.2", " --crop=", " '--data=a scene' --split=train --view=0 --truth=error --truth-opacity=1", " --overlay=cameras,crop"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %q", got, want)
		}
	}
	if strings.Contains(got, "--slice") || strings.Contains(got, "--levels") {
		t.Errorf("%s says what is not shown", got)
	}
	// The exact scene is no model.
	a.copyCommand()
	if !strings.Contains(a.message, "no model") {
		t.Errorf("the window says %q", a.message)
	}
}
