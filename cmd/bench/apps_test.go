package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/cmd/internal/app"
)

// Each of the twelve workloads gives a line whose figures agree with each other.
func TestApps(t *testing.T) {
	chart := filepath.Join(t.TempDir(), "shares.svg")
	var out, errs bytes.Buffer
	if code := run([]string{"apps", "--json", "--device", "cpu", "--size", "24x16", "--frames", "2", "--chart", chart}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	seen := map[string]bool{}
	var lines []*appLine
	for text := range strings.Lines(out.String()) {
		var l appLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, &l)
		seen[l.App+" "+l.Encoding] = true
		if sum := l.Pre + l.Encode + l.MLP + l.Post; math.Abs(sum-1) > 1e-9 || !(l.Encode > 0 && l.MLP > 0) {
			t.Errorf("shares: %s", text)
		}
		if l.App != "image" && !(l.Pre > 0 && l.Post > 0) {
			t.Errorf("nothing but the network took time: %s", text)
		}
		if l.Size != "24x16" || l.Frames != 2 || !(l.Time > 0) || !(l.Kernels > 0) || !(math.Abs(l.Rate*l.Time-24*16*1e-3) <= 1e-6) || l.Reached || l.Paper != 0 {
			t.Errorf("%s", text)
		}
		if want := map[bool]string{true: "4k30", false: "8k120"}[l.App == "nerf"]; l.Target != want {
			t.Errorf("target %s, want %s", l.Target, want)
		}
		switch {
		case l.App == "image" && l.PerRay != 1:
			t.Errorf("a pixel of a picture takes %v evaluations", l.PerRay)
		case !(l.PerRay > 0.5):
			t.Errorf("%s: %v samples a ray: the picture is all but empty", l.Preset, l.PerRay)
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d workloads: %v", len(seen), seen)
	}
	checkChart(t, chart, lines)
}

// checkChart compares the lengths of bars with the shares.
func checkChart(t *testing.T, path string, lines []*appLine) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	total, texts := 0.0, 0
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "rect" && start.Name.Local != "text" {
			continue
		}
		if start.Name.Local == "text" {
			texts++
			continue
		}
		var bar struct {
			Width  float64 `xml:"width,attr"`
			Height float64 `xml:"height,attr"`
		}
		for _, a := range start.Attr {
			if a.Name.Local == "height" && a.Value == "20" {
				bar.Height = 20
			}
		}
		if bar.Height != 20 {
			continue
		}
		if err := d.DecodeElement(&bar, &start); err != nil {
			t.Fatal(err)
		}
		total += bar.Width
	}
	// Widths are written to a tenth: four bars a line are off by at most 0.2.
	if want := 480 * float64(len(lines)); math.Abs(total-want) > 0.2*float64(len(lines)) {
		t.Errorf("bars of %v in all, want %v", total, want)
	}
	if want := 6 + 2*len(lines); texts != want {
		t.Errorf("%d texts, want %d", texts, want)
	}
}

// A target is reached by pixels per second, and the paper's figures stand beside its own size only.
func TestAppTargets(t *testing.T) {
	for name, want := range map[string]float64{"4k30": 248832000, "8k120": 3981312000} {
		if targets[name] != want {
			t.Errorf("%s: %v pixels a second, want %v", name, targets[name], want)
		}
	}
	l := appLine{App: "nerf", Target: targetOf("nerf"), Paper: paperFrames["nerf"], PaperNote: "paper, RTX 3090"}
	if text := l.text(); !strings.Contains(text, "4k30 not reached (paper, RTX 3090: 231.00 ms)") {
		t.Error(text)
	}
}

// Sizes whose frames do not fit into memory are left out by name.
func TestAppSizes(t *testing.T) {
	var errs bytes.Buffer
	e := &app.Env{Stderr: &errs}
	sizes := [][2]int{{256, 256}, {7680, 4320}}
	if got := new(appsCmd).possible(e, sizes, 1<<30); len(got) != 1 || !strings.Contains(errs.String(), "7680x4320 is left out: a frame takes 1139 MiB") {
		t.Errorf("%v: %s", got, errs.String())
	}
	if got := new(appsCmd).possible(e, sizes, 0); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestAppsRefuse(t *testing.T) {
	for flag, value := range map[string]string{"--app": "nurf", "--encoding": "dense", "--settings": "2024", "--size": "12", "--frames": "-1"} {
		var out, errs bytes.Buffer
		if code := run([]string{"apps", flag, value}, &out, &errs); code != 2 || !strings.Contains(errs.String(), value) {
			t.Errorf("%s %s: exit code %d: %s", flag, value, code, errs.String())
		}
	}
}
