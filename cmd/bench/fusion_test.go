package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// A fusion line holds every step, and its ratios are those of its times.
func TestFusion(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"fusion", "--device", "cpu", "--json", "--size", "24x16", "--frames", "2", "--preset", "small"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var l pinnedFusion
	decode(t, out.String(), &l)
	var steps float64
	for _, s := range fusionSteps {
		if !(l.Steps[s.name] > 0) {
			t.Errorf("%s took %v ms", s.name, l.Steps[s.name])
		}
		steps += l.Steps[s.name]
	}
	near := func(what string, got, want float64) {
		if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("U1..U10", l.Unjoined, steps)
	near("P, Q", l.Joined, l.Steps["P"]+l.Steps["Q"])
	near("their ratio", l.Ratio, steps/l.Joined)
	near("networks", l.Network, l.Split/l.Fused)
	k := func(i int) float64 { return l.Kernels[fusionPlans[i].name] }
	near("split network", l.Split, k(1)-l.Joined)
	near("un-fused over fused", l.OverFused, k(0)/k(2))
	near("un-fused over mega", l.OverMega, k(0)/k(3))
	near("fused over mega", l.FusedMega, k(2)/k(3))
	if l.Dispatch["mega"] != 1 || l.Dispatch[fusionPlans[1].name] >= l.Dispatch[fusionPlans[0].name] || l.Dispatch[fusionPlans[2].name]%3 != 0 {
		t.Errorf("dispatches %v", l.Dispatch)
	}
	for i := range 3 {
		if a, b := fusionPlans[i].name, fusionPlans[i+1].name; !(l.Bytes[a] > l.Bytes[b]) {
			t.Errorf("%s moves %v MB, %s %v MB", a, l.Bytes[a], b, l.Bytes[b])
		}
	}
	var line fusionLine
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if text := line.text(); !strings.Contains(text, "(9.94: paper, definition not given)") || l.Paper != 9.94 || l.PaperNote != "paper, definition not given" {
		t.Errorf("the paper's ratio: %s", text)
	}
	if l.Bench != "fusion" || l.Device == "" || l.Model == "" || l.Width != 24 || l.Height != 16 || l.Frames != 2 {
		t.Errorf("%+v", l)
	}
	for _, p := range fusionPlans {
		if !(l.Wall[p.name] > 0) || l.Spread[p.name] < 0 || l.Variants[p.name] == "" {
			t.Errorf("%s: %v ms, spread %v, variant %q", p.name, l.Wall[p.name], l.Spread[p.name], l.Variants[p.name])
		}
	}
}

// Times of kernels that no part of a frame knows must not vanish from the sums.
func TestFramesKnowAllKernels(t *testing.T) {
	defer func(part string) { stageOf["split_alpha"] = part }(stageOf["split_alpha"])
	delete(stageOf, "split_alpha")
	var out, errs bytes.Buffer
	if code := run([]string{"fusion", "--device", "cpu", "--size", "8x8", "--frames", "1", "--preset", "small"}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "split_alpha") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}
