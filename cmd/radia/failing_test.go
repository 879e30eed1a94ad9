package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/snapshot"
)

// TestFailedCommands loses the device, or its memory, at the first submission, an early and a late one of every command that
// computes, for every kind of field: exit code 1, one line with the reason, no file half-written, and what lay at the target
// as it was.
func TestFailedCommands(t *testing.T) {
	dir, in := fittedData(t)
	f := share(t)
	models := map[string]string{"nerf": f.model}
	data := map[string]string{"nerf": f.scene, "image": in("picture.png"), "sdf": in("mesh.obj"), "volume": in("volume/cloud.json")}
	for _, mode := range []string{"image", "sdf", "volume"} {
		models[mode] = in(mode + ".ingp")
		succeed(t, "train", data[mode], "-o", models[mode], "--config", in(mode+".json"), "--batch", "1024", "--steps", "2", "--device", "cpu")
	}
	before := []byte("what lay there")
	for _, name := range []string{"out.png", "out.obj"} {
		if err := os.WriteFile(in(name), before, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	commands := map[string][]string{}
	for mode, model := range models {
		commands["render "+mode] = []string{"render", model, "-o", in("out.png"), "--size", "16x12"}
		commands["eval "+mode] = []string{"eval", model, data[mode]}
	}
	commands["mesh sdf"] = []string{"mesh", models["sdf"], "-o", in("out.obj"), "--resolution", "16"}
	for what, args := range commands {
		args = append(args, "--device", "cpu")
		for _, fault := range []string{"lost", "memory"} {
			want := map[string]string{"lost": "device lost", "memory": "out of device memory"}[fault]
			failed := 0
			for _, at := range []int{1, 2, 4, 8} {
				t.Setenv("RADIA_FAULT", fmt.Sprintf("%s:%d", fault, at))
				if code, _, _ := command(args...); code == 0 { // it needs fewer submissions
					for _, name := range []string{"out.png", "out.obj"} {
						if err := os.WriteFile(in(name), before, 0o666); err != nil {
							t.Fatal(err)
						}
					}
					break
				}
				failed++
				refuse(t, dir, want, args...)
				if string(read(t, in("out.png"))) != string(before) || string(read(t, in("out.obj"))) != string(before) {
					t.Errorf("%s, %s %d: what lay at the target was overwritten", what, fault, at)
				}
			}
			if failed < 2 {
				t.Errorf("%s: %s was noticed at %d submissions", what, fault, failed)
			}
		}
	}
	t.Setenv("RADIA_FAULT", "buffer:params")
	for what, args := range commands {
		if strings.HasPrefix(what, "render") {
			refuse(t, dir, "buffer params of |out of device memory", append(args, "--device", "cpu")...)
		}
	}
}

// TestFailedFittings does to the other trainings what TestFailedDevice does to that of a radiance field.
func TestFailedFittings(t *testing.T) {
	dir, in := fittedData(t)
	for mode, data := range map[string]string{"image": "picture.png", "sdf": "mesh.obj", "volume": "volume/cloud.json"} {
		for _, fault := range []string{"lost", "memory"} {
			want := map[string]string{"lost": "device lost", "memory": "out of device memory"}[fault]
			path := filepath.Join(dir, mode+"_"+fault+".ingp")
			args := []string{"train", in(data), "-o", path, "--config", in(mode + ".json"), "--batch", "1024", "--steps", "4096", "--save-every", "1ns", "--device", "cpu"}
			t.Setenv("RADIA_FAULT", fault+":1")
			refuse(t, dir, want, args...)
			t.Setenv("RADIA_FAULT", fault+":120")
			code, out, text := command(args...)
			if code != 1 || out != "" || strings.Count(text, "radia: ") != 1 || !strings.Contains(text, want) || !strings.HasSuffix(text, "continue with --resume "+path+"\n") {
				t.Errorf("%s, %s: code %d, stdout %q, stderr\n%s", mode, fault, code, out, text)
			}
			if s, err := snapshot.Load(path); err != nil || s.Radia == nil {
				t.Errorf("%s, %s: the checkpoint: %v", mode, fault, err)
			}
			t.Setenv("RADIA_FAULT", "")
		}
	}
}
