package train

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// TestModes: trainings that go over to a radiance-field loss reach the quality of the others on unseen views; colours of
// samples being compared, surfaces are thinner, so that rays end after fewer samples.
func TestModes(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 24, TestViews: 3, ValViews: 1, Size: 32, Seed: 5, Depth: true}); err != nil {
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
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{})
	defer d.Close()
	trained := func(mode Mode, from, to int) (psnr, samples float64) {
		tr, err := NewNeRF(d, views, Options{Config: c, Batch: 4096, Seed: 5, NearDistance: 0.1, Mode: mode, ModeFrom: from, ModeTo: to})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Release()
		if err := tr.Run(context.Background(), Limits{Steps: 192}, nil); err != nil {
			t.Fatal(err)
		}
		state, err := tr.State()
		if err != nil {
			t.Fatal(err)
		}
		psnr, samples = heldOut(t, d, tr, test), float64(state.Kept)/float64(state.Rays)
		t.Logf("mode %d from %d to %d: %.2f dB, %.1f samples a ray", mode, from, to, psnr, samples)
		return psnr, samples
	}
	plain, all := trained(ModeNeRF, 0, 0)
	rfl, few := trained(ModeRfl, 96, 0)
	relaxed, _ := trained(ModeRflRelax, 64, 160)
	for _, psnr := range []float64{rfl, relaxed} {
		if err := qualityShort(psnr); err != nil {
			t.Error(err)
		}
	}
	if !(few < 0.9*all) {
		t.Errorf("%.1f samples a ray with a radiance-field loss, %.1f without", few, all)
	}
	if relaxed == plain || rfl == plain {
		t.Error("a mode changes nothing")
	}
}
