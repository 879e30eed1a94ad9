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
