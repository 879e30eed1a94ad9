package train

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// depthError is the mean error of depth over the pixels of views whose depth is known, in the space of the unit cube.
func depthError(t *testing.T, d gpu.Device, tr *NeRF, views *scene.Dataset) float64 {
	t.Helper()
	r, err := render.NewNeRF(d, tr.Field, [2][3]float32{views.RenderAABB[0], views.RenderAABB[1]})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	r.ShareGrid(tr.Occupancy())
	sum, n := 0.0, 0
	for i, f := range views.Frames {
		want, err := views.Depth(i)
		if err != nil {
			t.Fatal(err)
		}
		frame, err := r.Render(render.View{Camera: f.Camera, MinTransmittance: render.ExactTransmittance})
		if err != nil {
			t.Fatal(err)
		}
		for j, z := range want {
			if z > 0 {
				sum += math.Min(math.Abs(float64(frame.Depth[j]-z)), 0.5) // a hole counts as half the cube
				n++
			}
		}
	}
	return sum / float64(n)
}

// TestDepthSupervision: with few pictures, the depths of views that were not seen are twice as good where depth maps are learned
// from, whatever the loss.
func TestDepthSupervision(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 4, TestViews: 3, ValViews: 1, Size: 24, Seed: 5, Depth: true}); err != nil {
		t.Fatal(err)
	}
	load := func(split string) *scene.Dataset {
		data, err := scene.Load(dir, scene.LoadOptions{Split: split})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	views, test := load("train"), load("test")
	d := host.Open(host.Options{})
	t.Cleanup(func() { d.Close() })
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	trained := func(o DepthOptions) (off, psnr float64) {
		tr, err := NewNeRF(d, views, Options{Config: c, Batch: 2048, Seed: 5, NearDistance: 0.1, Depth: o})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Release()
		if err := tr.Run(context.Background(), Limits{Steps: 120}, nil); err != nil {
			t.Fatal(err)
		}
		off, psnr = depthError(t, d, tr, test), heldOut(t, d, tr, test)
		t.Logf("weight %v, loss %v: depth is off by %.4f, %.2f dB", o.Weight, o.Loss, off, psnr)
		return off, psnr
	}
	without, plain := trained(DepthOptions{})
	for _, o := range []DepthOptions{{0.1, kernels.LossL1}, {0.3, kernels.LossHuber}} {
		if with, psnr := trained(o); !(with < without/2 && psnr > plain) {
			t.Errorf("%v: depth is off by %.4f with depth maps, %.4f without; %.2f and %.2f dB", o, with, without, psnr, plain)
		}
	}
}
