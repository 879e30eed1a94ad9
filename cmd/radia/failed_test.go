package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/snapshot"
)

// TestFailedDevice loses the device, or its memory, at many points of a training: the command ends with code 1 and one
// line, and the target is a whole model that was saved before, or what lay there.
func TestFailedDevice(t *testing.T) {
	f := share(t)
	for _, fault := range []string{"lost", "memory"} {
		want := map[string]string{"lost": "device lost", "memory": "out of device memory"}[fault]
		kept, saved := 0, 0
		for _, at := range []int{1, 20, 60, 120} {
			dir := t.TempDir()
			path := filepath.Join(dir, "m.msgpack")
			before := []byte("what lay there")
			if err := os.WriteFile(path, before, 0o666); err != nil {
				t.Fatal(err)
			}
			t.Setenv("RADIA_FAULT", fmt.Sprintf("%s:%d", fault, at))
			args := f.train(path, "--steps", "4096", "--save-every", "1ns")
			code, out, text := command(args...)
			text = strings.TrimRight(text, "\n")
			last := text[strings.LastIndex(text, "\n")+1:]
			if code != 1 || out != "" || !strings.HasPrefix(last, "radia: ") || strings.Count(text, "radia: ") != 1 || !strings.Contains(last, want) {
				t.Fatalf("%s %d: code %d, stdout %q, stderr\n%s", fault, at, code, out, text)
			}
			if got := names(t, dir); len(got) != 2 { // the folder and the target
				t.Errorf("%s %d: left behind %v", fault, at, got)
			}
			if bytes.Equal(read(t, path), before) {
				kept++
				if strings.Contains(last, "--resume") {
					t.Errorf("%s %d: nothing was saved, and the line says %q", fault, at, last)
				}
				continue
			}
			saved++
			s, err := snapshot.Load(path)
			if err != nil || s.Radia == nil {
				t.Fatalf("%s %d: the checkpoint: %v", fault, at, err)
			}
			state, err := s.Radia.Uint32("train_state")
			if err != nil {
				t.Fatal(err)
			}
			if hint := fmt.Sprintf("%s holds step %d, continue with --resume %s", path, state[0], path); !strings.HasSuffix(last, hint) {
				t.Errorf("%s %d: %q does not end in %q", fault, at, last, hint)
			}
			t.Setenv("RADIA_FAULT", "")
			succeed(t, f.train(filepath.Join(dir, "on.msgpack"), "--resume", path, "--steps", fmt.Sprint(state[0]+2))...)
		}
		if kept == 0 || saved == 0 {
			t.Errorf("%s: %d trainings failed before the first checkpoint and %d after it; want some of both", fault, kept, saved)
		}
	}
}

// TestFailedFitting does the same to the training of a picture.
func TestFailedFitting(t *testing.T) {
	dir, in := fittedData(t)
	path := filepath.Join(dir, "m.ingp")
	t.Setenv("RADIA_FAULT", "lost:120")
	code, _, text := command("train", in("picture.png"), "-o", path, "--config", in("image.json"), "--batch", "1024", "--steps", "4096", "--save-every", "1ns", "--device", "cpu")
	if code != 1 || !strings.Contains(text, "device lost") || !strings.Contains(text, "continue with --resume "+path) {
		t.Fatalf("code %d, %s", code, text)
	}
	if _, err := snapshot.Load(path); err != nil {
		t.Error(err)
	}
}
