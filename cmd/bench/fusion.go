package main

import (
	"fmt"
	"slices"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
)

// fusionCmd measures what joining kernels gives.
type fusionCmd struct {
	deviceFlags
	viewFlags
}

// paperRatio is what Mubarik et al. 2023 (Hardware Acceleration of Neural Graphics, abstract) report for the fusion of all
// kernels but encoding and network in Vulkan. It does not say which kernels, at what resolution.
const paperRatio = 9.94

// The un-fused set U1..U10 stands for its numbers here: kernels of one step each.
var fusionSteps = [...]struct {
	name    string
	kernels []string
}{
	{"U1 rays", []string{"split_rays"}},
	{"U2 spans", []string{"split_spans"}},
	{"U3 march", []string{"split_march"}},
	{"U4 inputs", []string{"split_inputs"}},
	{"U5 directions", []string{"encode"}},
	{"U6 activations", []string{"split_radiance"}},
	{"U7 opacity", []string{"split_alpha"}},
	{"U8 composite", []string{"split_composite"}},
	{"U9 compaction", []string{"scan_blocks", "scan", "render_compact"}},
	{"U10 display", []string{"display"}},
}

// fusionPlans differ in one thing from each to the next.
var fusionPlans = []plan{
	{"U1..U10, split network", render.Split, field.Unfused},
	{"P, Q, split network", render.Joined, field.Unfused},
	{"P, Q, fused network", render.Joined, field.Fused},
	{"mega", render.Whole, field.Fused},
}

// fusionLine is one size; its fields are the keys of the JSON output. Times are sums of the medians of kernels over
// frames in which the four plans took turns, in milliseconds of the device's own clock.
type fusionLine struct {
	Bench  string `json:"bench"`
	Device string `json:"device"`
	Model  string `json:"model"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Frames int    `json:"frames"`

	Steps     map[string]float64 `json:"step_ms"` // U1 to U10, P, Q
	Unjoined  float64            `json:"u1_u10_ms"`
	Joined    float64            `json:"p_q_ms"`
	Ratio     float64            `json:"u1_u10_over_p_q"`
	Split     float64            `json:"split_network_ms"` // grid, density MLP, colour MLP; P has encoded the directions
	Fused     float64            `json:"fused_network_ms"` // with the directions
	Network   float64            `json:"split_over_fused_network"`
	Kernels   map[string]float64 `json:"kernel_ms"` // of whole frames, by plan
	Wall      map[string]float64 `json:"frame_ms"`
	Spread    map[string]float64 `json:"spread"` // of it: half the distance of the quartiles over the median
	Dispatch  map[string]int     `json:"dispatches"`
	Bytes     map[string]float64 `json:"counted_mbytes"` // of a frame, counted and not measured
	Variants  map[string]string  `json:"variant"`        // of the networks' kernel
	OverFused float64            `json:"unfused_over_fused"`
	OverMega  float64            `json:"unfused_over_mega"`
	FusedMega float64            `json:"fused_over_mega"`
	Paper     float64            `json:"paper_ratio"`
	PaperNote string             `json:"paper_note"`
}

// Run implements the command.
func (c *fusionCmd) Run(e *app.Env) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.open(e)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	if d.Info().Limits.TimestampBits == 0 {
		return fmt.Errorf("fusion compares kernels by the device's timestamps, and %v has none", d.Info())
	}
	sizes, frames := c.plan(d)
	s, err := c.view(d, fusionPlans)
	if err != nil {
		return err
	}
	defer s.release()
	for _, size := range sizes {
		all, err := s.frames(e, d, fusionPlans, size, frames)
		if err != nil {
			return err
		}
		l := newFusionLine(d, s, all)
		if err := printLine(e, l, l.text()); err != nil {
			return err
		}
	}
	return nil
}

// newFusionLine sums up the frames of fusionPlans.
func newFusionLine(d gpu.Device, s *nerfView, all []measured) *fusionLine {
	l := &fusionLine{Bench: "fusion", Device: d.Info().String(), Model: s.name, Width: all[0].frame.Width, Height: all[0].frame.Height, Frames: len(all[0].wall),
		Steps: map[string]float64{}, Kernels: map[string]float64{}, Wall: map[string]float64{}, Spread: map[string]float64{}, Dispatch: map[string]int{}, Bytes: map[string]float64{},
		Variants: map[string]string{}, Paper: paperRatio, PaperNote: "paper, definition not given"}
	times := make([]map[string]float64, len(all))
	sums := make([]float64, len(all))
	for k, p := range fusionPlans {
		times[k], sums[k] = all[k].times(d)
		wall := summary(slices.Clone(all[k].wall))
		l.Kernels[p.name], l.Wall[p.name], l.Spread[p.name] = sums[k], milliseconds(wall.median), wall.spread
		l.Dispatch[p.name], l.Bytes[p.name] = all[k].count, s.bytes(all[k].frame, p)*1e-6
		if l.Variants[p.name] = d.Stats()[p.kernel()].Variant; l.Variants[p.name] == "" {
			l.Variants[p.name] = "portable"
		}
	}
	for _, step := range fusionSteps {
		for _, kernel := range step.kernels {
			l.Steps[step.name] += times[0][kernel]
		}
		l.Unjoined += l.Steps[step.name]
	}
	l.Steps["P"], l.Steps["Q"] = times[1]["frame_pre"], times[1]["frame_post"]
	l.Joined = l.Steps["P"] + l.Steps["Q"]
	l.Split, l.Fused = sums[1]-l.Joined, times[2]["nerf_infer"]
	ratio := func(a, b float64) float64 { return a / max(b, 1e-9) }
	l.Ratio, l.Network = ratio(l.Unjoined, l.Joined), ratio(l.Split, l.Fused)
	l.OverFused, l.OverMega, l.FusedMega = ratio(sums[0], sums[2]), ratio(sums[0], sums[3]), ratio(sums[2], sums[3])
	return l
}

func (l *fusionLine) text() string {
	out := fmt.Sprintf("%dx%d, median of %d frames, %s\n", l.Width, l.Height, l.Frames, l.Device)
	for _, p := range fusionPlans {
		out += fmt.Sprintf("  %-24s kernels %10.3f ms, frame %10.3f ms (±%.0f%%), %5d dispatches, %9.1f MB, networks %s\n", p.name, l.Kernels[p.name], l.Wall[p.name], 100*l.Spread[p.name],
			l.Dispatch[p.name], l.Bytes[p.name], l.Variants[p.name])
	}
	for _, step := range fusionSteps {
		out += fmt.Sprintf("  %-24s %10.3f ms\n", step.name, l.Steps[step.name])
	}
	out += fmt.Sprintf("  %-24s %10.3f ms\n  %-24s %10.3f ms\n", "P", l.Steps["P"], "Q", l.Steps["Q"])
	out += fmt.Sprintf("  U1..U10 over P, Q        %6.2f   (%.2f: %s)\n", l.Ratio, l.Paper, l.PaperNote)
	out += fmt.Sprintf("  split over fused network %6.2f\n  un-fused over fused      %6.2f\n  un-fused over mega       %6.2f\n  fused over mega          %6.2f\n",
		l.Network, l.OverFused, l.OverMega, l.FusedMega)
	return out
}
