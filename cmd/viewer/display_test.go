package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/demo"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/snapshot"
)

// TestWindowOnADenseDisplay: on a display of twice the usual density panels have twice the size, and the picture all of the window's
// pixels.
func TestWindowOnADenseDisplay(t *testing.T) {
	d := startDisplay(t)
	if _, err := exec.LookPath("xprop"); err != nil {
		testenv.Skip(t, "window", "xprop, which sets the display's density, is not installed (package x11-utils)")
	}
	program, dir := build(t), t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("wait-still 10\nscreenshot shot.png\nquit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// panel is the width of the panel at the left edge: dark from its first pixel on, beside a white background.
	panel := func(density string) (width int) {
		set := exec.Command("xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", "Xft.dpi:\t"+density+"\n")
		set.Env = append(os.Environ(), "DISPLAY="+d.name)
		if out, err := set.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		c := exec.Command(program, "--exact", "--settings", "none", "--width", "1300", "--height", "200", "--headless-script", script, "--show", "--out", dir)
		c.Env = append(os.Environ(), "DISPLAY="+d.name)
		if validates() {
			c.Env = append(c.Env, "RADIA_VALIDATE=1")
		}
		out, err := c.CombinedOutput()
		switch {
		case err != nil && strings.Contains(string(out), "no window can be opened"):
			testenv.Skip(t, "window", "%s", strings.TrimSpace(string(out)))
		case err != nil || strings.Contains(string(out), "validation"):
			t.Fatalf("%v\n%s", err, out)
		}
		m, err := imageio.Read(filepath.Join(dir, "shot.png"), 0)
		if err != nil {
			t.Fatal(err)
		}
		if m.Width != 1300 || m.Height != 200 {
			t.Fatalf("at a density of %s the window has %d x %d pixels", density, m.Width, m.Height)
		}
		const row = 30 // within the title, twice as high on the dense display
		first := -1
		for x := range m.Width {
			r, g, b, _ := imageio.Unpack(m.Pix[row*m.Width+x])
			if dark := max(r, g, b) < 90; dark && first < 0 {
				first = x
			} else if r > 250 && g > 250 && b > 250 && first >= 0 && x > first+100 {
				return x - first
			}
		}
		t.Fatalf("at a density of %s no panel is seen", density)
		return 0
	}
	plain, dense := panel("96"), panel("192")
	if dense < 2*plain-4 || dense > 2*plain+4 {
		t.Errorf("the panel is %d pixels wide, and %d at twice the density", plain, dense)
	}
}

// TestWindowTakesDrops: a file that another program drops on the window is opened.
func TestWindowTakesDrops(t *testing.T) {
	v := startViewer(t, "--exact", "--device", "cpu")
	source := filepath.Join("testdata", "xdnd.c")
	drop := filepath.Join(t.TempDir(), "xdnd")
	if out, err := exec.Command("gcc", "-Wall", "-Wextra", "-o", drop, source, "-lX11").CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	s, err := demo.Model()
	if err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(v.dir, "dropped.ingp")
	if err := snapshot.Save(model, s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, drop, v.window, model)
	c.Env = append(os.Environ(), "DISPLAY="+v.name)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("the drop: %v\n%s", err, out)
	}
	for end := time.Now().Add(3 * time.Minute); !strings.Contains(v.do(t, "getwindowname", v.window), "dropped.ingp"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the window shows %q\n%s", v.do(t, "getwindowname", v.window), v.out.String())
		}
	}
	keep(t, v.settled(t), "window-drop.png")
	v.end(t)
}
