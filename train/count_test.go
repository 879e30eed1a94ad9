package train

import (
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// TestStepsSubmitOnce: a training step is one submission, beside that of the grid update that is due, and the host neither
// waits for the device nor makes memory.
func TestStepsSubmitOnce(t *testing.T) {
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
	d := check.Inject(host.Open(host.Options{Threads: 2}), check.Faults{})
	defer d.Close()
	tr, err := NewNeRF(d, data, Options{Config: c, Batch: 1024, Seed: 1, NearDistance: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Release()
	steps := func(n int) {
		for range n {
			if err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	steps(24)
	before, first, want := *d, tr.Done(), 0
	steps(40)
	for s := first; s < first+40; s++ {
		if want++; due(s) {
			want++
		}
	}
	if got := d.Submissions - before.Submissions; got != want {
		t.Errorf("40 steps took %d submissions, want %d", got, want)
	}
	if d.HostWaits != before.HostWaits || d.Buffers != before.Buffers {
		t.Errorf("40 steps waited %d times and made %d buffers", d.HostWaits-before.HostWaits, d.Buffers-before.Buffers)
	}
	if _, err := tr.State(); err != nil || d.HostWaits != before.HostWaits+1 { // the planted fault: a step that looks
		t.Errorf("planted fault: looking at the device counts %d waits, %v", d.HostWaits-before.HostWaits, err)
	}
}
