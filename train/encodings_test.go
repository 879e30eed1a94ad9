package train

import (
	"context"
	"fmt"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels/enc"
	"github.com/radia-go/radia/scene/mesh"
)

// trainable is every encoding that a configuration can name, as it stands there, over three inputs.
var trainable = map[string]string{
	"HashGrid":           `{"otype": "HashGrid", "n_levels": 4, "log2_hashmap_size": 10, "base_resolution": 8, "per_level_scale": 1.5}`,
	"DenseGrid":          `{"otype": "DenseGrid", "n_levels": 3, "base_resolution": 4, "per_level_scale": 1.5}`,
	"TiledGrid":          `{"otype": "TiledGrid", "n_levels": 3, "base_resolution": 4, "per_level_scale": 1.5, "interpolation": "Smoothstep"}`,
	"SphericalHarmonics": `{"otype": "SphericalHarmonics", "degree": 4}`,
	"Frequency":          `{"otype": "Frequency", "n_frequencies": 4}`,
	"TriangleWave":       `{"otype": "TriangleWave", "n_frequencies": 4}`,
	"OneBlob":            `{"otype": "OneBlob", "n_bins": 16}`,
	"Identity":           `{"otype": "Identity", "scale": 2, "offset": -1}`,
	"Composite": `{"otype": "Composite", "nested": [{"otype": "TriangleWave", "n_dims_to_encode": 1, "n_frequencies": 3},
		{"otype": "DenseGrid", "n_dims_to_encode": 2, "n_levels": 2, "base_resolution": 8, "per_level_scale": 2}, {"otype": "Identity", "n_dims_to_encode": 3, "dims_to_encode_begin": 0}]}`,
	"Composite of composites": `{"otype": "Composite", "nested": [{"otype": "Composite", "n_dims_to_encode": 3, "nested": [
		{"otype": "HashGrid", "n_dims_to_encode": 2, "n_levels": 2, "log2_hashmap_size": 8, "base_resolution": 8}, {"otype": "OneBlob", "n_bins": 4}]},
		{"otype": "HashGrid", "n_dims_to_encode": 3, "dims_to_encode_begin": 0, "n_levels": 2, "log2_hashmap_size": 8, "base_resolution": 4}]}`,
	// Each factor is a grid plus a wave: the product of fresh tables alone, which hold 1e-4, begins at nothing.
	"Product of sums": `{"otype": "Composite", "reduction": "Product", "nested": [` + planeFactor(0) + "," + planeFactor(1) + "]}",
}

// planeFactor is a grid over two inputs plus coordinates.
func planeFactor(begin int) string {
	return fmt.Sprintf(`{"otype": "Composite", "reduction": "Sum", "n_dims_to_encode": 2, "dims_to_encode_begin": %d, "nested": [
		{"otype": "HashGrid", "n_dims_to_encode": 2, "n_levels": 2, "log2_hashmap_size": 8, "base_resolution": 8, "per_level_scale": 2},
		{"otype": "Frequency", "n_dims_to_encode": 2, "dims_to_encode_begin": 0, "n_frequencies": 1}]}`, begin)
}

// encodingLoss trains a small field of the test mesh's distances with an encoding and returns the mean losses of five
// steps at the beginning and of five at the end.
func encodingLoss(t *testing.T, d gpu.Device, encoding string, rate float64, steps int) (first, last float64) {
	t.Helper()
	c, err := config.Parse("encoding", fmt.Appendf(nil, `{"encoding": %s, "loss": {"otype": "L2"},
		"network": {"otype": "FullyFusedMLP", "activation": "ReLU", "output_activation": "None", "n_neurons": 16, "n_hidden_layers": 1},
		"optimizer": {"otype": "Adam", "learning_rate": %g, "epsilon": 1e-15}}`, encoding, rate))
	if err != nil {
		t.Fatal(err)
	}
	m := testMesh(t)
	tr, err := NewSDF(d, m, mesh.SignFor(m), FitOptions{Config: c, Batch: 256, Seed: 1337})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Release()
	const window = 5
	for i := range steps {
		if err := tr.Run(context.Background(), Limits{Steps: i + 1}, func(r Report) {
			if i < window {
				first += r.Loss / window
			} else if i >= steps-window {
				last += r.Loss / window
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	return first, last
}

// TestEveryEncodingTrains: on the CPU and on Vulkan a field with each encoding, chosen by its configuration alone, comes to
// a fifth of the loss that it begins with. What does not learn is seen: with a learning rate of nearly nothing it does not.
func TestEveryEncodingTrains(t *testing.T) {
	for _, e := range enc.All() {
		if trainable[e.OType] == "" {
			t.Errorf("%s is not in the list", e.OType)
		}
	}
	const steps, factor = 40, 5
	run := func(t *testing.T, d gpu.Device) {
		for name, encoding := range trainable {
			first, last := encodingLoss(t, d, encoding, 1e-2, steps)
			t.Logf("%s: %.3g to %.3g", name, first, last)
			if !(last*factor <= first) {
				t.Errorf("%s: the loss goes from %.3g to %.3g in %d steps (seed 1337), want it divided by %d", name, first, last, steps, factor)
			}
		}
		if first, last := encodingLoss(t, d, trainable["Frequency"], 1e-9, steps); last*factor <= first {
			t.Errorf("planted fault: without a learning rate the loss goes from %.3g to %.3g", first, last)
		}
	}
	t.Run("cpu", func(t *testing.T) {
		d := host.Open(host.Options{Threads: 2})
		defer d.Close()
		run(t, d)
	})
	t.Run("vulkan", func(t *testing.T) {
		d, err := vulkan.Open(vulkan.Options{Select: "software", CacheDir: "none"})
		if err != nil {
			testenv.Skip(t, "vulkan", "%v", err)
		}
		defer d.Close()
		run(t, d)
	})
}
