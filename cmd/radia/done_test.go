package main

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/snapshot"
)

// TestResumeWithoutStepsLeft: a training that has made its steps is not trained, keeps its loss, and is written all the same,
// as resumable as it was.
func TestResumeWithoutStepsLeft(t *testing.T) {
	f, dir := share(t), t.TempDir()
	out := filepath.Join(dir, "again.msgpack")
	code, _, text := command(f.train(out, "--resume", f.model, "--steps", "24")...)
	if code != 0 || !strings.Contains(text, "has made 24 steps already") {
		t.Fatalf("code %d: %s", code, text)
	}
	if !bytes.Equal(read(t, out), read(t, f.model)) {
		t.Error("the model changed")
	}
	v := object(t, trainKeys, f.train(out, "--resume", f.model, "--steps", "10", "--small")...)
	small, err := snapshot.Load(out)
	if err != nil || small.Radia != nil || small.Loss <= 0 {
		t.Fatalf("%v", err)
	}
	if number(t, v, "loss") != small.Loss || number(t, v, "steps") != 24 || number(t, v, "psnr_train") != -10*math.Log10(small.Loss) {
		t.Errorf("%v, stored %v", v, small.Loss)
	}
}
