package render

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// differ says where two pictures differ by more than 1/255. Each pipeline's raw outputs are within networkBound, 2^-9, of
// the truth; a logistic turns 2·2^-9 of a colour's argument into 2^-10, and a density that is wrong by the factor
// e^(2·2^-9) moves transmittance by at most 2^-8/e: together below 2^-9 + 2^-10 < 1/255.
func differ(a, b *Frame) error {
	for i := range a.Color {
		if d := math.Abs(float64(a.Color[i] - b.Color[i])); !(d <= 1.0/255) {
			return fmt.Errorf("pixel %d, channel %d: %v and %v", i/4, i%4, a.Color[i], b.Color[i])
		}
	}
	return nil
}

// Fused and un-fused kernels make the same picture on every device; a chain that reads another direction does not.
func TestPipelinesMakeTheSamePicture(t *testing.T) {
	view := View{Camera: testCamera(20, 16), MinTransmittance: ExactTransmittance}
	picture := func(t *testing.T, d gpu.Device, pipeline field.Pipeline) *Frame {
		f := newFieldOf(t, d, random(11, 12), pipeline)
		if f.Pipeline != pipeline {
			t.Fatalf("%v was asked for, the field is %v", pipeline, f.Pipeline)
		}
		return frameOf(t, newRenderer(t, d, f, middle, everywhere(), 0), view)
	}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		before := d.Stats()["mlp_forward"].Dispatches
		fused := picture(t, d, field.Fused)
		if d.Stats()["mlp_forward"].Dispatches != before {
			t.Error("the fused pipeline ran an un-fused kernel")
		}
		infer := d.Stats()["nerf_infer"].Dispatches
		chain := picture(t, d, field.Unfused)
		if d.Stats()["nerf_infer"].Dispatches != infer || d.Stats()["mlp_forward"].Dispatches == before {
			t.Error("the un-fused pipeline did not run its kernels")
		}
		if err := differ(chain, fused); err != nil {
			t.Error(err)
		}
		if lo, hi := slices.Min(fused.Color), slices.Max(fused.Color); hi-lo < 0.5 {
			t.Errorf("the picture is almost one colour: %v to %v", lo, hi)
		}
	})
	t.Run("fault", func(t *testing.T) {
		d := twins(t)
		fused := picture(t, d, field.Fused)
		plant(t, kernels.Encode, func(c *gpu.Call, twin func(*gpu.Call)) {
			wrong := *c
			p := *gpu.PushOf[kernels.EncodePush](c)
			p.InputPlane-- // z x y instead of x y z
			wrong.Push = p.Bytes()
			twin(&wrong)
		})
		if differ(picture(t, d, field.Unfused), fused) == nil {
			t.Error("a chain that takes the wrong planes for the direction is accepted")
		}
	})
}

// stageCases are all ways to a frame: the kernels around the network, and the network.
var stageCases = []struct {
	name     string
	stages   Stages
	pipeline field.Pipeline
	kernel   string // that it must run
}{
	{"passes", Passes, field.Fused, "render_march"},
	{"unfused", Split, field.Unfused, "split_alpha"},
	{"unfused around the fused network", Split, field.Fused, "split_composite"},
	{"fused", Joined, field.Fused, "frame_pre"},
	{"fused around the un-fused network", Joined, field.Unfused, "frame_post"},
	{"mega", Whole, field.Fused, "nerf_mega"},
}

// All stages make the same picture, in numbers and as bytes; wrong opacities in one of them do not.
func TestStagesMakeTheSamePicture(t *testing.T) {
	view := View{Camera: testCamera(20, 16), MinTransmittance: ExactTransmittance, NearDistance: 0.1}
	screen := kernels.Display{BackR: 0.1, BackG: 0.8, BackB: 0.3, BackA: 1, Gain: 1}
	pictures := func(t *testing.T, d gpu.Device, from, to int) (numbers []*Frame, shown []*Shown) {
		for _, c := range stageCases[from:to] {
			r := newRenderer(t, d, newFieldOf(t, d, random(11, 12), c.pipeline), middle, everywhere(), 0)
			r.tile = 192 // two tiles
			if err := r.Use(c.stages); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			before := d.Stats()[c.kernel].Dispatches
			f := frameOf(t, r, view)
			if d.Stats()[c.kernel].Dispatches == before {
				t.Errorf("%s did not run %s", c.name, c.kernel)
			}
			s, err := r.Show(view, screen)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			numbers, shown = append(numbers, f), append(shown, s)
		}
		return numbers, shown
	}
	apart := func(f *Frame, s *Shown) error {
		for i, want := range f.Image(&[3]float32{screen.BackR, screen.BackG, screen.BackB}).Pix {
			for k := range 4 {
				if a, b := int(want>>(8*k)&255), int(s.Pix[i]>>(8*k)&255); a-b > 1 || b-a > 1 {
					return fmt.Errorf("pixel %d, channel %d: %d and %d", i, k, a, b)
				}
			}
		}
		return nil
	}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		f, s := pictures(t, d, 0, len(stageCases))
		for i, c := range stageCases {
			if err := differ(f[i], f[0]); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if err := apart(f[0], s[i]); err != nil {
				t.Errorf("%s as bytes: %v", c.name, err)
			}
			// A lattice point at the edge of a cell may count here and not there.
			if 100*math.Abs(float64(f[i].Samples-f[0].Samples)) > float64(f[0].Samples) || f[i].Rays != f[0].Rays {
				t.Errorf("%s: %d samples of %d rays, want %d of %d", c.name, f[i].Samples, f[i].Rays, f[0].Samples, f[0].Rays)
			}
		}
	})
	t.Run("fault", func(t *testing.T) {
		d := twins(t)
		good, _ := pictures(t, d, 0, 1)
		for _, c := range []struct {
			kernel  *gpu.Kernel
			binding int
			at      int // the case that runs it
		}{{kernels.SplitAlphaKernel, 3, 1}, {kernels.FramePostKernel, 7, 3}, {kernels.DisplayKernel, 2, 1}, {kernels.NerfMega, 10, 5}} {
			t.Run(c.kernel.Name, func(t *testing.T) {
				plant(t, c.kernel, func(call *gpu.Call, twin func(*gpu.Call)) {
					twin(call)
					w := gpu.View[uint32](call.Bind[c.binding])
					for j := range w {
						w[j] ^= 0x00404040
					}
				})
				f, s := pictures(t, d, c.at, c.at+1)
				if differ(f[0], good[0]) == nil && apart(good[0], s[0]) == nil {
					t.Error("a wrong kernel is accepted")
				}
			})
		}
	})
}
