package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/scene/snapshot"
)

// left lists the files under a folder, by path inside it.
func left(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, dir+string(filepath.Separator)))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// TestInterruptedProcess sends Ctrl-C to commands at work: exit code 130, one line, and only whole files.
func TestInterruptedProcess(t *testing.T) {
	f := share(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		begun string // appears when the work has begun
		says  string
		args  func(dir string) []string
	}{
		{"eval", "view_000.png", "of 12 views", func(dir string) []string {
			return []string{"eval", f.model, f.scene, "--split", "train", "--spp", "64", "--out", dir, "--device", "cpu"}
		}},
		{"render", "v_0000.png", "of 9000 views", func(dir string) []string {
			return []string{"render", f.model, "-o", filepath.Join(dir, "v.png"), "--orbit", "9000", "--size", "64x64", "--device", "cpu"}
		}},
		{"synth", filepath.Join("train", "r_0.png"), "interrupted", func(dir string) []string {
			return []string{"synth", dir, "--views", "9000", "--size", "32"}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(self, c.args(dir)...)
			cmd.Env = append(os.Environ(), asProgram+"=1")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for range 600 {
				if _, err := os.Stat(filepath.Join(dir, c.begun)); err == nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != app.ExitInterrupted {
				t.Fatalf("exit code %d (%v)\n%s", code, err, &stderr)
			}
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "radia: interrupted") || !strings.Contains(last, c.says) || stdout.Len() > 0 {
				t.Errorf("stderr %q, stdout %q", &stderr, &stdout)
			}
			for _, file := range left(t, dir) {
				if filepath.Ext(file) != ".png" || strings.HasPrefix(filepath.Base(file), ".") {
					t.Errorf("left behind: %s", file)
				} else if b := read(t, filepath.Join(dir, file)); !bytes.HasSuffix(b, []byte("IEND\xaeB`\x82")) {
					t.Errorf("%s is half a picture", file)
				}
			}
		})
	}
}

// trigger is an output that interrupts when a text is written to it.
type trigger struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (w *trigger) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.at) {
		w.cancel()
	}
	return n, err
}

// When an interruption comes, besides with a text of standard error.
const (
	atOnce = ""
	soon   = "soon" // in a fraction of a second
)

// interrupted runs a command whose interruption comes at a time, and returns how it ended.
func interrupted(t *testing.T, when string, args ...string) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out := trigger{at: when, cancel: cancel}
	switch when {
	case atOnce:
		cancel()
	case soon:
		defer time.AfterFunc(300*time.Millisecond, cancel).Stop()
	}
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	err = parsed.Run(&app.Env{Ctx: ctx, Stdout: &out, Stderr: &out})
	if app.ExitCode(err) != app.ExitInterrupted {
		t.Errorf("%s: %v, want an interruption\n%s", args[0], err, &out)
	}
	return err
}

// TestInterruptedEarly interrupts before the first step, the first view and the first tile: nothing is written then, and a file
// that was there stays.
func TestInterruptedEarly(t *testing.T) {
	f, dir := share(t), t.TempDir()
	model := filepath.Join(dir, "m.ingp")
	const old = "an older model"
	if err := os.WriteFile(model, []byte(old), 0o666); err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(dir, "v.png")
	views := filepath.Join(dir, "views")
	interrupted(t, atOnce, f.train(model, "--steps", "5")...)
	if err := interrupted(t, "parameters on", f.train(model, "--steps", "5")...); !strings.HasSuffix(err.Error(), "before the first step: nothing was written") {
		t.Error(err)
	}
	interrupted(t, atOnce, "eval", f.model, f.scene, "--out", views, "--device", "cpu")
	interrupted(t, atOnce, "render", f.model, "-o", picture, "--size", "16x16", "--device", "cpu")
	interrupted(t, atOnce, "synth", filepath.Join(dir, "scene"), "--views", "2", "--size", "8")
	interrupted(t, atOnce, "demo", filepath.Join(dir, "demo"), "--views", "2", "--size", "8", "--config", f.config, "--device", "cpu")
	// One picture that would take hours.
	interrupted(t, soon, "render", f.model, "-o", picture, "--size", "64x64", "--spp", "65536", "--device", "cpu")
	interrupted(t, soon, "render", f.model, "-o", picture, "--size", "64x64", "--spp", "65536", "--device", "cpu", "--pipeline", "mega")
	if got := left(t, dir); len(got) != 1 || string(read(t, model)) != old {
		t.Errorf("left behind: %v", got)
	}
}

// TestInterruptedSynthLeavesNoScene: a scene that is interrupted while it is written over an older one is no scene.
func TestInterruptedSynthLeavesNoScene(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scene")
	succeed(t, "synth", dir, "--views", "1", "--test", "1", "--size", "4")
	interrupted(t, atOnce, "synth", dir, "--views", "2", "--test", "1", "--size", "8")
	if files, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(files) != 0 {
		t.Errorf("%v name pictures of two scenes", files)
	}
}

// TestInterruptedFit interrupts trainings of a picture, a mesh and a volume once something is saved: the model is whole, and going on from it ends
// where an uninterrupted training does.
func TestInterruptedFit(t *testing.T) {
	_, in := fittedData(t)
	for mode, data := range map[string]string{"image": "picture.png", "sdf": "mesh.obj", "volume": "volume/cloud.json"} {
		train := func(out string, more ...string) []string {
			return append([]string{"train", in(data), "-o", in(out), "--batch", "256", "--device", "cpu"}, more...)
		}
		model := mode + "_stopped.ingp"
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			for ctx.Err() == nil {
				if _, err := os.Stat(in(model)); err == nil {
					cancel()
				}
				time.Sleep(time.Millisecond)
			}
		}()
		var c cli
		parser, err := kong.New(&c, kong.Vars{"version": "test"})
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(train(model, "--config", in(mode+".json"), "--steps", "1000000", "--save-every", "1ns"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := parsed.Run(&app.Env{Ctx: ctx, Stdout: &out, Stderr: &out}); app.ExitCode(err) != app.ExitInterrupted || !strings.Contains(out.String(), "continue with --resume") {
			t.Fatalf("%s: %v\n%s", mode, err, &out)
		}
		s, err := snapshot.Load(in(model))
		if err != nil || s.TrainingStep < 1 {
			t.Fatalf("%s: %v", mode, err)
		}
		steps := fmt.Sprint(s.TrainingStep + 7)
		succeed(t, train("on.ingp", "--resume", in(model), "--steps", steps)...)
		succeed(t, train("whole.ingp", "--config", in(mode+".json"), "--steps", steps)...)
		if !bytes.Equal(read(t, in("on.ingp")), read(t, in("whole.ingp"))) {
			t.Errorf("%s: an interrupted training of %s steps differs from one in a piece", mode, steps)
		}
	}
}
