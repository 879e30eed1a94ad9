package train

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// TestReleaseFreesAll makes the same training again and again on a device that has room for one and a half of them.
func TestReleaseFreesAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 3, TestViews: 1, ValViews: 1, Size: 16, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	data, err := scene.Load(dir, scene.LoadOptions{Split: "train"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("small")
	if err != nil {
		t.Fatal(err)
	}
	const room = 80 << 20 // a training takes about 55 MiB
	d, err := vulkan.Open(vulkan.Options{Select: "software", MaxMemory: room, CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Config: c, Batch: 1024, Seed: 1, NearDistance: 0.1}
	for i := range 2 { // the second would not fit if the first left half of itself behind

		tr, err := NewNeRF(d, data, opt)
		if err != nil {
			t.Fatalf("training %d: %v", i+1, err)
		}
		if i == 0 { // so that there is something in flight when it is released
			if err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
		tr.Release()
	}
	// Without a release two do not fit.
	if _, err := NewNeRF(d, data, opt); err != nil {
		t.Fatal(err)
	}
	if _, err := NewNeRF(d, data, opt); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Fatalf("a second training beside the first: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
