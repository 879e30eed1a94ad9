package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
)

// plan is a way to a frame: the kernels around the network, and those of the network.
type plan struct {
	name    string
	stages  render.Stages
	network field.Pipeline
}

// kernel is that of the networks.
func (p plan) kernel() string {
	switch {
	case p.stages == render.Whole:
		return "nerf_mega"
	case p.network == field.Unfused:
		return "mlp_forward"
	}
	return "nerf_infer"
}

// plansOf are the plans of pipelines by their names on the command line.
func plansOf(names []string) []plan {
	var out []plan
	for _, name := range names {
		f := app.FramePipelineFlags{Pipeline: name}
		out = append(out, plan{name, f.Stages(), f.Field()})
	}
	return out
}

// measured are the frames of one plan.
type measured struct {
	wall   []time.Duration
	stages map[string][]time.Duration
	count  int // dispatches of the last frame
	frame  *render.Frame
}

// frames renders pictures by each plan in turn, so that whatever else the machine does meets all of them alike.
func (s *nerfView) frames(e *app.Env, d gpu.Device, plans []plan, size [2]int, frames int) ([]measured, error) {
	camera := s.camera.Resized(size[0], size[1])
	all := make([]measured, len(plans))
	for i := -1; i < frames; i++ { // the first compiles, is compared and does not count
		for k, p := range plans {
			if err := e.Ctx.Err(); err != nil {
				return nil, app.ErrInterrupted
			}
			r, err := s.renderer(p)
			if err != nil {
				return nil, err
			}
			m := &all[k]
			if i < 0 {
				// Where rays end at 1/100, one that ends a sample later has another colour.
				exact, err := r.Render(render.View{Camera: camera, MinTransmittance: render.ExactTransmittance})
				if err != nil {
					return nil, err
				}
				if m.frame, err = r.Render(render.View{Camera: camera}); err != nil {
					return nil, err
				}
				if k == 0 {
					s.first = exact
				} else if err := samePicture(s.first, exact); err != nil {
					return nil, fmt.Errorf("not timed: %s and %s differ: %w", plans[0].name, p.name, err)
				}
				continue
			}
			before := maps.Clone(d.Stats())
			start := time.Now()
			if _, err := r.Show(render.View{Camera: camera}, kernels.Display{BackR: 1, BackG: 1, BackB: 1, BackA: 1, Gain: 1}); err != nil {
				return nil, err
			}
			if err := m.add(time.Since(start), before, d.Stats()); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// samePicture lets no colour differ by more than 1/255.
func samePicture(a, b *render.Frame) error {
	for i := range a.Color {
		if v := math.Abs(float64(a.Color[i] - b.Color[i])); !(v <= 1.0/255) {
			return fmt.Errorf("pixel %d: %v and %v", i/4, a.Color[i], b.Color[i])
		}
	}
	return nil
}

// add takes in one frame.
func (m *measured) add(wall time.Duration, before, after gpu.Stats) error {
	m.wall, m.count = append(m.wall, wall), 0
	if m.stages == nil {
		m.stages = map[string][]time.Duration{}
	}
	for name, s := range after {
		n := s.Dispatches - before[name].Dispatches
		if n == 0 {
			continue
		}
		if stageOf[name] == "" {
			return fmt.Errorf("kernel %s belongs to no part of a frame", name)
		}
		m.count += n
		m.stages[name] = append(m.stages[name], s.Time-before[name].Time)
	}
	return nil
}

// untimed stands in a table where a device has no timestamps.
const untimed = "not timed, the device has no timestamps"

// times are the median milliseconds of each kernel, and their sum; none on a device without timestamps.
func (m *measured) times(d gpu.Device) (each map[string]float64, sum float64) {
	each = map[string]float64{}
	if d.Info().Limits.TimestampBits == 0 {
		return each, 0
	}
	for name, times := range m.stages {
		each[name] = milliseconds(summary(slices.Clone(times)).median)
		sum += each[name]
	}
	return each, sum
}

func milliseconds(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }

// Parts of a frame.
const (
	partPre     = "pre"
	partEncode  = "encode"
	partMLP     = "mlp"
	partNetwork = "network" // encoding and networks in one kernel
	partPost    = "post"
	partWhole   = "whole"
)

// stageOf is the part of a frame that a kernel belongs to.
var stageOf = map[string]string{
	"camera_rays": partPre, "render_march": partPre, "split_rays": partPre, "split_spans": partPre, "split_march": partPre, "split_inputs": partPre, "frame_pre": partPre,
	"grid_encode": partEncode, "encode": partEncode, "mlp_forward": partMLP, "nerf_infer": partNetwork,
	"render_composite": partPost, "scan_blocks": partPost, "scan": partPost, "render_compact": partPost, "tonemap": partPost,
	"split_radiance": partPost, "split_alpha": partPost, "split_composite": partPost, "display": partPost, "frame_post": partPost,
	"sdf_trace": partPre, "grid_encode_input": partEncode, "encode_input": partEncode, "mlp_backward": partMLP,
	"sdf_hits": partPost, "sdf_normal": partPost, "sdf_shade": partPost, "volume_composite": partPost,
	"nerf_mega": partWhole,
}

// bytes counts what a frame moves: rows of the table for every evaluated sample, and the arrays between kernels by their
// shapes (docs/kernels.md). Weights, occupancy and level geometry, which stay in caches, are not counted.
func (s *nerfView) bytes(f *render.Frame, p plan) float64 {
	const word = 4
	l := s.engines[p.network].field.Layout
	sample, pass, ray := 0, 0, 0 // words of a sample, of a ray in a pass and of a ray of the frame
	for _, g := range l.Position.Grids {
		sample += 8 * len(g.Levels) * g.FeaturesPerLevel
	}
	if p.network == field.Unfused {
		// Inputs and outputs of both networks written and read, and the four outputs copied to where they are wanted.
		sample += 2*(l.Density.Inputs+l.Density.PaddedOutputs+l.RGB.Inputs+l.RGB.PaddedOutputs) + 8
	}
	switch p.stages {
	case render.Whole: // pixel and bytes, each cleared and written
		ray += 16
	case render.Joined:
		// A sample: 8 values written, 6 read and 4 written by the network, 6 read to composite. A ray of a pass: lists (3),
		// next point (3), pixel (14). A ray of the frame: pixel and bytes cleared, bytes written.
		sample, pass, ray = sample+24, 20, 9
	case render.Split:
		// A sample: march 5, inputs 13, network 6 read and 4 written, activations 8, opacity 3, compositing 8. A ray of a
		// pass: march 12, compositing 26, scan 3, compaction 4. A ray of the frame: ray 10, span 20, list 6, display 8.
		sample, pass, ray = sample+47, 45, 44
	default:
		// A sample: 7 values written, 6 read and 4 written by the network, 8 read to composite. A ray of a pass as above. A
		// ray of the frame: ray, flag and pixel 18, list 7, display 8.
		sample, pass, ray = sample+25, 45, 33
	}
	return word * (float64(sample)*float64(f.Evaluated) + float64(pass)*float64(f.RayPasses) + float64(ray)*float64(f.Rays))
}
