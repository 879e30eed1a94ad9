//go:build !race

// The race detector makes sync.Pool forget at random.

package train

import (
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels/simd"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// TestStepsMakeNoGarbage: on the CPU device a training step allocates nothing once its memory is there, whatever its batch.
func TestStepsMakeNoGarbage(t *testing.T) {
	if simd.Name() == "" {
		t.Skip("no vector instruction set: twins allocate what they need")
	}
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
	const threads = 2
	d := host.Open(host.Options{Threads: threads})
	tr, err := NewNeRF(d, data, Options{Config: c, Batch: 1024, Seed: 1, NearDistance: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	step := func() {
		if err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 { // every recording has run
		step()
	}
	n := testing.AllocsPerRun(16, step)
	// The collector may empty the forms' pools once, which costs their memory; spread over the runs that is below 1.
	if n >= 1 {
		t.Errorf("%d threads: %v allocations a step", threads, n)
	}
	// The planted fault: a step that looks at the device afterwards makes a new recording.
	if n := testing.AllocsPerRun(4, func() {
		step()
		if _, err := tr.State(); err != nil {
			t.Fatal(err)
		}
	}); n < 1 {
		t.Error("a recording in every step was not noticed")
	}
	tr.Release()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestFittedStepsMakeNoGarbage: the same for the trainings of pictures, distance fields and volumes.
func TestFittedStepsMakeNoGarbage(t *testing.T) {
	if simd.Name() == "" {
		t.Skip("no vector instruction set: twins allocate what they need")
	}
	for kind, begin := range fittings {
		t.Run(kind, func(t *testing.T) {
			d := host.Open(host.Options{Threads: 2})
			defer d.Close()
			tr, err := begin(t, d, 0, FitOptions{Batch: 2048, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer tr.Release()
			f := tr.(interface {
				Step() error
				report() (Report, error)
			})
			step := func() {
				if err := f.Step(); err != nil {
					t.Fatal(err)
				}
			}
			step()
			if n := testing.AllocsPerRun(20, step); n >= 1 {
				t.Errorf("%v allocations a step", n)
			}
			// The planted fault: reading the losses makes a recording.
			if n := testing.AllocsPerRun(4, func() {
				step()
				if _, err := f.report(); err != nil {
					t.Fatal(err)
				}
			}); n < 1 {
				t.Error("a recording in every step was not noticed")
			}
		})
	}
}
