package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/cmd/viewer/internal/demo"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/snapshot"
)

// TestCommandMakesThePicture: the command lines that Ctrl+C copies make what the window shows.
func TestCommandMakesThePicture(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "the model.ingp")
	s, err := demo.Model()
	if err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Save(model, s); err != nil {
		t.Fatal(err)
	}
	radia := filepath.Join(dir, "radia")
	if out, err := exec.Command("go", "build", "-o", radia, filepath.Join(testenv.Root(), "cmd", "radia")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	states := []string{"drag 80 50 100 55", "key 5", "key 3\nscroll 3", "key 8", "key 4", "key 7\nkey M\nkey ,", "key M\nkey 2\nkey V\nkey E\nkey .", "key E\nkey B\nkey V"}
	script := "key TAB\nwait 4.2\n" // until the first message is gone
	for i, s := range states {
		script += s + "\nwait-still\nscreenshot shown" + string(rune('a'+i)) + ".png\nkey CTRL+C\nwait 0.2\n"
	}
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, []byte(script+"quit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "settings.json")
	if err := os.WriteFile(settings, []byte(`{"samples": 4}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(buildPlain(t), model, "--settings", settings, "--device", "cpu", "--headless-script", file, "--width", "160", "--height", "120", "--out", dir)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(states) {
		t.Fatalf("%d command lines for %d views:\n%s", len(lines), len(states), out)
	}
	read := func(name string) *imageio.Image {
		m, err := imageio.Read(filepath.Join(dir, name), 0)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	// Messages come and go in the lower part of the window.
	apart := func(a, b *imageio.Image) float64 {
		sum, n := 0, 160*80
		for i := range n {
			for k := range 3 {
				d := int(a.Pix[i]>>(8*k)&255) - int(b.Pix[i]>>(8*k)&255)
				sum += max(d, -d)
			}
		}
		return float64(sum) / float64(3*n)
	}
	var shown []*imageio.Image
	for i, line := range lines {
		rest, ok := strings.CutPrefix(line, "radia ")
		if !ok {
			t.Fatalf("%q is no command line of radia", line)
		}
		run := exec.Command("sh", "-c", "exec ./radia "+rest+" --device cpu")
		run.Dir = dir
		if text, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, text)
		}
		shown = append(shown, read("shown"+string(rune('a'+i))+".png"))
		// The window draws in bands, whose rays begin at other places of the first step: four samples leave a little of that. Of depth and
		// position the first sample alone is shown, which moves a step, or at an edge all of the way to what is behind it.
		limit := 1.5
		if strings.Contains(line, "--mode=depth") || strings.Contains(line, "--mode=position") {
			limit = 6
		}
		if d := apart(shown[i], read("view.png")); d > limit {
			t.Errorf("view %d differs by %.2f from what is made by\n%s", i, d, line)
		}
		for j := range i {
			if d := apart(shown[i], shown[j]); d < 2*limit {
				t.Errorf("views %d and %d differ by %.2f only: the test sees little", i, j, d)
			}
		}
	}
}
