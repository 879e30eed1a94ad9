package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/metrics"
	"github.com/radia-go/radia/scene/synth"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// qualityNeRF is a whole radiance field, small enough for a software driver to train in seconds: coarse levels and a high
// learning rate leave the first plateau, in which the mean colour is all that is known, within a hundred steps.
const qualityNeRF = `{"parent": "nerf/base",
	"encoding": {"n_levels": 4, "n_features_per_level": 4, "log2_hashmap_size": 13, "base_resolution": 8, "per_level_scale": 1.6},
	"network": {"n_neurons": 16}, "rgb_network": {"n_neurons": 16, "n_hidden_layers": 1},
	"optimizer": {"decay": 0.5, "nested": {"nested": {"learning_rate": 4e-2}}}}`

// What a training of qualityNeRF must reach, and how far two devices may be apart.
const (
	qualitySteps = 128
	qualityPSNR  = 19  // dB on held-out views; half of the steps reach 2 less
	devicesApart = 0.3 // dB
)

// qualityShort says why a training is not as good as it must be.
func qualityShort(psnr float64) error {
	if !(psnr >= qualityPSNR) {
		return fmt.Errorf("%.2f dB on held-out views, want %v", psnr, qualityPSNR)
	}
	return nil
}

// qualityApart says how two trainings differ.
func qualityApart(a, b float64) error {
	if d := math.Abs(a - b); !(d <= devicesApart) {
		return fmt.Errorf("%.2f and %.2f dB on held-out views, %.2f apart", a, b, d)
	}
	return nil
}

// heldOut is the mean PSNR over the held-out views on white, as radia eval measures it.
func heldOut(t *testing.T, d gpu.Device, tr *NeRF, views *scene.Dataset) float64 {
	t.Helper()
	half := float32(views.AABBScale) / 2
	r, err := render.NewNeRF(d, tr.Field, [2][3]float32{{0.5 - half, 0.5 - half, 0.5 - half}, {0.5 + half, 0.5 + half, 0.5 + half}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	r.ShareGrid(tr.Occupancy())
	white, sum := [3]float32{1, 1, 1}, 0.0
	for i, f := range views.Frames {
		truth, err := views.Image(i)
		if err != nil {
			t.Fatal(err)
		}
		frame, err := r.Render(render.View{Camera: f.Camera, MinTransmittance: render.ExactTransmittance})
		if err != nil {
			t.Fatal(err)
		}
		got, want := metrics.FromImage(frame.Image(nil), white), metrics.FromImage(truth, white)
		got.Pix = frame.Over(white)
		v, err := metrics.PSNR(got, want)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	return sum / float64(len(views.Frames))
}

// trainedQuality trains a field and returns the held-out PSNR before the first step, after half of the steps and after all.
func trainedQuality(t *testing.T, d gpu.Device, views, test *scene.Dataset) (psnr [3]float64) {
	t.Helper()
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := NewNeRF(d, views, Options{Config: c, Batch: 4096, Seed: 5, NearDistance: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Release()
	for i := range psnr {
		if steps := i * qualitySteps / 2; steps > 0 { // a limit of 0 steps is none
			if err := tr.Run(context.Background(), Limits{Steps: steps}, nil); err != nil {
				t.Fatal(err)
			}
		}
		psnr[i] = heldOut(t, d, tr, test)
	}
	t.Logf("%s: %.2f dB before the first step, %.2f after %d, %.2f after %d", d.Info().Name, psnr[0], psnr[1], qualitySteps/2, psnr[2], qualitySteps)
	return psnr
}

// TestQuality trains the procedural scene on the CPU and on Vulkan from the same seed: both reach a stated PSNR on views
// they have not seen, and the same within 0.3 dB, although sums in another order lead each training its own way.
func TestQuality(t *testing.T) {
	if testing.Short() {
		t.Skip("two whole trainings")
	}
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 24, TestViews: 4, ValViews: 1, Size: 32, Seed: 5}); err != nil {
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
	cpu := host.Open(host.Options{})
	t.Cleanup(func() { cpu.Close() })
	onCPU := trainedQuality(t, cpu, views, test)
	if err := qualityShort(onCPU[2]); err != nil {
		t.Error(err)
	}
	for _, psnr := range onCPU[:2] { // planted faults: the untrained field, and one that has done half of the steps
		if qualityShort(psnr) == nil || qualityApart(psnr, onCPU[2]) == nil {
			t.Errorf("%.2f dB pass for a whole training", psnr)
		}
	}
	d, err := vulkan.Open(vulkan.Options{Select: "software", CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	onVulkan := trainedQuality(t, d, views, test)
	if err := errors.Join(qualityShort(onVulkan[2]), qualityApart(onVulkan[2], onCPU[2]), d.Close()); err != nil {
		t.Error(err)
	}
}
