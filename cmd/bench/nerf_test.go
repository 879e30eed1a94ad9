package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
)

// decode reads one line of JSON that has the keys of v and no others.
func decode(t *testing.T, line string, v any) {
	t.Helper()
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &keys); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil || decoder.More() {
		t.Fatalf("%v: %s", err, line)
	}
	back, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(back, &all); err != nil {
		t.Fatal(err)
	}
	for k := range all {
		if _, ok := keys[k]; !ok {
			t.Errorf("no key %s in %s", k, line)
		}
	}
}

// The keys of the JSON output, written anew: scripts read them, so that a change is one here too.
type (
	pinnedTrain struct {
		Bench       string             `json:"bench"`
		Device      string             `json:"device"`
		Data        string             `json:"data"`
		Preset      string             `json:"preset"`
		Batch       int                `json:"batch"`
		Warmup      int                `json:"warmup_steps"`
		Steps       int                `json:"steps"`
		Seconds     float64            `json:"seconds"`
		StepsRate   float64            `json:"steps_per_s"`
		RaysRate    float64            `json:"mrays_per_s"`
		SamplesRate float64            `json:"msamples_per_s"`
		PerRay      float64            `json:"samples_per_ray"`
		Step        float64            `json:"step_ms"`
		Kernels     float64            `json:"kernel_ms"`
		Stages      map[string]float64 `json:"stage_ms"`
		Dispatches  float64            `json:"dispatches"`
		PSNR        float64            `json:"training_psnr"`
		Variant     string             `json:"variant"`
	}
	pinnedFrames struct {
		Bench         string             `json:"bench"`
		Device        string             `json:"device"`
		Model         string             `json:"model"`
		Pipeline      string             `json:"pipeline"`
		Width         int                `json:"width"`
		Height        int                `json:"height"`
		Frames        int                `json:"frames"`
		Frame         float64            `json:"frame_ms"`
		Spread        float64            `json:"spread"`
		Kernels       float64            `json:"kernel_ms"`
		Stages        map[string]float64 `json:"stage_ms"`
		Shares        map[string]float64 `json:"share"`
		Dispatches    int                `json:"dispatches"`
		SamplesPerRay float64            `json:"samples_per_ray"`
		Evaluated     float64            `json:"evaluated_per_ray"`
		RaysRate      float64            `json:"mrays_per_s"`
		SamplesRate   float64            `json:"msamples_per_s"`
		Bytes         float64            `json:"counted_mbytes"`
		Variant       string             `json:"variant"`
	}
	pinnedFusion struct {
		Bench     string             `json:"bench"`
		Device    string             `json:"device"`
		Model     string             `json:"model"`
		Width     int                `json:"width"`
		Height    int                `json:"height"`
		Frames    int                `json:"frames"`
		Steps     map[string]float64 `json:"step_ms"`
		Unjoined  float64            `json:"u1_u10_ms"`
		Joined    float64            `json:"p_q_ms"`
		Ratio     float64            `json:"u1_u10_over_p_q"`
		Split     float64            `json:"split_network_ms"`
		Fused     float64            `json:"fused_network_ms"`
		Network   float64            `json:"split_over_fused_network"`
		Kernels   map[string]float64 `json:"kernel_ms"`
		Wall      map[string]float64 `json:"frame_ms"`
		Spread    map[string]float64 `json:"spread"`
		Dispatch  map[string]int     `json:"dispatches"`
		Bytes     map[string]float64 `json:"counted_mbytes"`
		Variants  map[string]string  `json:"variant"`
		OverFused float64            `json:"unfused_over_fused"`
		OverMega  float64            `json:"unfused_over_mega"`
		FusedMega float64            `json:"fused_over_mega"`
		Paper     float64            `json:"paper_ratio"`
		PaperNote string             `json:"paper_note"`
	}
)

// smallScene makes what is trained on without --data small for a test.
func smallScene(t *testing.T) {
	kept := proceduralScene
	proceduralScene.Views, proceduralScene.Size = 4, 24
	t.Cleanup(func() { proceduralScene = kept })
}

// TestNerf: one JSON object for the training and one per pipeline, with figures that agree with each other.
func TestNerf(t *testing.T) {
	smallScene(t)
	var out, errs bytes.Buffer
	if code := run([]string{"nerf", "--json", "--device", "cpu", "--threads", "2", "--preset", "small", "--size", "24x16", "--frames", "3", "--train-time", "1ms"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines: %s", len(lines), out.String())
	}
	var tr pinnedTrain
	decode(t, lines[0], &tr)
	sum := 0.0
	for _, ms := range tr.Stages {
		sum += ms
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }
	if tr.Bench != "train" || !strings.Contains(tr.Data, "procedural") || tr.Preset != "small" || tr.Steps < 1 || tr.Warmup != 1 || tr.Variant == "" || tr.Device == "" ||
		!near(tr.StepsRate, float64(tr.Steps)/tr.Seconds) || !near(tr.Step, 1e3*tr.Seconds/float64(tr.Steps)) || !near(tr.Kernels, sum) ||
		tr.Kernels > tr.Step || tr.Kernels < tr.Step/2 || tr.Stages["nerf_backward"] <= 0 || tr.Stages["adam"] <= 0 || tr.Dispatches < 15 ||
		!(tr.RaysRate > 0) || !(tr.SamplesRate > 0) || tr.SamplesRate*1e6/tr.StepsRate > 2*float64(tr.Batch) || !(tr.PerRay > 0) || !(tr.PSNR > 3) {
		t.Errorf("training: %+v", tr)
	}
	for _, text := range []string{(&trainLine{}).text(), (&nerfLine{}).text()} {
		if !strings.Contains(text, "kernels not timed") || strings.Contains(text, "NaN") {
			t.Errorf("a device without timestamps: %s", text)
		}
	}
	var l [3]pinnedFrames
	for i := range l {
		decode(t, lines[i+1], &l[i])
		sum := 0.0
		for _, v := range l[i].Shares {
			sum += v
		}
		stages := 0.0
		for _, v := range l[i].Stages {
			stages += v
		}
		if l[i].Bench != "nerf" || l[i].Frames != 3 || l[i].Width != 24 || l[i].Height != 16 || !(l[i].Frame > 0) || !(l[i].Kernels > 0) || sum < 0.999 || sum > 1.001 ||
			!near(l[i].Kernels, stages) || l[i].Kernels > 1.5*l[i].Frame || !(l[i].Bytes > 0) || l[i].Spread < 0 || l[i].Variant == "" || l[i].Device == "" || l[i].Model == "" ||
			!near(l[i].RaysRate, 24*16/l[i].Frame*1e-3) || !near(l[i].SamplesRate, l[i].SamplesPerRay*l[i].RaysRate) {
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
	if code := run([]string{"nerf", "--device", "cpu", "--preset", "small", "--size", "24x16", "--frames", "1", "--train-time", "0s"}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "not timed") {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	for _, args := range [][]string{{"--size", "0x4"}, {"--size", "4"}, {"--frames", "-1"}, {"--pipeline", "magic"}, {"--preset", "absent"}, {"--train-time", "-1s"}} {
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
