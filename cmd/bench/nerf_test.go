package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
)

// TestNerf: one JSON object per pipeline, with figures that agree with each other.
func TestNerf(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"nerf", "--json", "--device", "cpu", "--threads", "2", "--preset", "small", "--size", "24x16", "--frames", "3"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines: %s", len(lines), out.String())
	}
	var l [3]nerfLine
	for i := range l {
		if err := json.Unmarshal([]byte(lines[i]), &l[i]); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, v := range l[i].Shares {
			sum += v
		}
		if l[i].Frames != 3 || l[i].Width != 24 || l[i].Height != 16 || !(l[i].Frame > 0) || !(l[i].Kernels > 0) || sum < 0.999 || sum > 1.001 {
			t.Errorf("%+v", l[i])
		}
	}
	unfused, fused, mega := l[0], l[1], l[2]
	if unfused.Shares["encode"] == 0 || unfused.Shares["mlp"] == 0 || unfused.Bytes <= fused.Bytes {
		t.Errorf("un-fused %+v, fused %+v", unfused, fused)
	}
	if fused.Pipeline != "fused" || mega.Pipeline != "mega" || mega.Dispatches != 1 || fused.Dispatches < 10 || mega.Bytes >= fused.Bytes {
		t.Errorf("fused %+v, mega %+v", fused, mega)
	}
	if mega.SamplesPerRay != mega.Evaluated || fused.Evaluated < fused.SamplesPerRay || fused.SamplesPerRay == 0 {
		t.Errorf("samples: fused %+v, mega %+v", fused, mega)
	}
}

// TestNerfRefuses: pipelines whose pictures differ are not timed, and wrong flags end with exit code 2.
func TestNerfRefuses(t *testing.T) {
	twin, simd := kernels.NerfMega.Twin, kernels.NerfMega.SIMD
	defer func() { kernels.NerfMega.Twin, kernels.NerfMega.SIMD = twin, simd }()
	kernels.NerfMega.SIMD = nil
	kernels.NerfMega.Twin = func(c *gpu.Call) {
		twin(c)
		px := gpu.View[kernels.Pixel](c.Bind[7])
		for i := range px {
			px[i].R *= 0.9
		}
	}
	var out, errs bytes.Buffer
	if code := run([]string{"nerf", "--device", "cpu", "--preset", "small", "--size", "24x16", "--frames", "1"}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "not timed") {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	for _, args := range [][]string{{"--size", "0x4"}, {"--size", "4"}, {"--frames", "-1"}, {"--pipeline", "magic"}, {"--preset", "absent"}} {
		errs.Reset()
		if code := run(append([]string{"nerf", "--device", "cpu"}, args...), &out, &errs); code != 2 {
			t.Errorf("%v: exit code %d: %s", args, code, errs.String())
		}
	}
	a, b := &render.Frame{Color: []float32{0.5}}, &render.Frame{Color: []float32{0.51}}
	if samePicture(a, a) != nil || samePicture(a, b) == nil {
		t.Error("pictures are compared wrongly")
	}
}
