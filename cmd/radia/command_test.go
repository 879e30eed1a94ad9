package main

import (
	"bufio"
	"bytes"
	"fmt"
	"image/gif"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/render"
)

const trainKeys = "device model steps seconds samples_per_s rays_per_s samples_per_ray loss psnr_train parameters images batch interrupted"

func TestTrainReport(t *testing.T) {
	f := share(t)
	checkKeys(t, "train", f.trained, trainKeys)
	if number(t, f.trained, "steps") != 24 || number(t, f.trained, "images") != 12 || number(t, f.trained, "batch") != 1024 {
		t.Errorf("%v", f.trained)
	}
	for _, key := range []string{"seconds", "samples_per_s", "rays_per_s", "samples_per_ray", "loss", "parameters"} {
		if !(number(t, f.trained, key) > 0) {
			t.Errorf("%s is %v", key, f.trained[key])
		}
	}
	if loss, psnr := number(t, f.trained, "loss"), number(t, f.trained, "psnr_train"); math.Abs(psnr+10*math.Log10(loss)) > 1e-9 {
		t.Errorf("loss %v and psnr_train %v disagree", loss, psnr)
	}
}

const evalKeys = "device model views psnr ssim seconds seconds_per_frame background per_view"

func TestEval(t *testing.T) {
	f, out := share(t), filepath.Join(t.TempDir(), "views")
	v := object(t, evalKeys, "eval", f.model, f.scene, "--device", "cpu", "--out", out)
	views := v["per_view"].([]any)
	if number(t, v, "views") != 3 || len(views) != 3 {
		t.Fatalf("%v", v)
	}
	mean := 0.0
	for _, view := range views {
		checkKeys(t, "per_view", view.(map[string]any), "name psnr ssim samples_per_ray")
		mean += number(t, view.(map[string]any), "psnr") / 3
	}
	if math.Abs(mean-number(t, v, "psnr")) > 1e-9 {
		t.Errorf("psnr %v is not the mean of the views, %v", v["psnr"], mean)
	}
	if files, _ := filepath.Glob(filepath.Join(out, "*.png")); len(files) != 3 {
		t.Errorf("pictures: %v", files)
	}
	if v := object(t, evalKeys, "eval", f.model, f.scene, "--device", "cpu", "--split", "train", "--every", "4", "--max-views", "2"); number(t, v, "views") != 2 {
		t.Errorf("%v", v["views"])
	}
}

const renderKeys = "device files views size spp seconds seconds_per_frame samples_per_ray"

func TestRenderEveryMode(t *testing.T) {
	f, dir := share(t), t.TempDir()
	seen := map[string]string{}
	for _, mode := range render.ModeNames() {
		path := filepath.Join(dir, mode+".png")
		object(t, renderKeys, "render", f.model, "-o", path, "--mode", mode, "--size", "20x16", "--spp", "2", "--device", "cpu")
		data := read(t, path)
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		if b := picture.Bounds(); b.Dx() != 20 || b.Dy() != 16 {
			t.Errorf("%s: %v", mode, b)
		}
		for other, pixels := range seen {
			if pixels == string(data) {
				t.Errorf("%s and %s are the same picture", mode, other)
			}
		}
		seen[mode] = string(data)
	}
}

func TestRenderViews(t *testing.T) {
	f, dir := share(t), t.TempDir()
	film := filepath.Join(dir, "turn.gif")
	v := object(t, renderKeys, "render", f.model, "-o", film, "--orbit", "3", "--size", "16x16", "--device", "cpu")
	animation, err := gif.DecodeAll(bytes.NewReader(read(t, film)))
	if err != nil || len(animation.Image) != 3 || number(t, v, "views") != 3 {
		t.Fatalf("%v: %v", err, v)
	}
	v = object(t, renderKeys, "render", f.model, "-o", filepath.Join(dir, "a.exr"), "--orbit", "2", "--size", "8x8", "--device", "cpu")
	for _, name := range []string{"a_0000.exr", "a_0001.exr"} {
		if data := read(t, filepath.Join(dir, name)); !bytes.HasPrefix(data, []byte{0x76, 0x2f, 0x31, 0x01}) {
			t.Errorf("%s is no EXR", name)
		}
	}
	if files := v["files"].([]any); len(files) != 2 {
		t.Errorf("files %v", files)
	}
	object(t, renderKeys, "render", f.model, "-o", filepath.Join(dir, "view.png"), "--data", f.scene, "--view", "11", "--device", "cpu")
	object(t, renderKeys, "render", f.model, "-o", filepath.Join(dir, "path.png"), "--camera-path", filepath.Join(f.scene, "transforms_test.json"), "--size", "8x8", "--device", "cpu")
}

func TestInfoDevicesSynth(t *testing.T) {
	f := share(t)
	v := object(t, "file kind mode bytes step loss parameters network_parameters encoding_parameters precision aabb_scale images grid_cells occupied resumable render_memory_bytes config", "info", f.model)
	if number(t, v, "parameters") != number(t, f.trained, "parameters") || v["resumable"] != true || number(t, v, "step") != 24 {
		t.Errorf("%v", v)
	}
	v = object(t, "file kind format images size lens aabb_scale background hdr memory_bytes warnings", "info", f.scene)
	if number(t, v, "images") != 12 || number(t, v, "memory_bytes") != 12*24*24*4 {
		t.Errorf("%v", v)
	}
	if v = object(t, "devices vulkan", "devices"); len(v["devices"].([]any)) == 0 {
		t.Error("no device, not even the CPU")
	}
	for _, x := range v["devices"].([]any) { // a GPU says which form of the network it runs, and why no better one
		d := x.(map[string]any)
		if d["backend"] != "vulkan" || d["usable"] != true {
			continue
		}
		passed, _ := d["passed_over"].(map[string]any)
		for _, k := range []string{"nerf_infer", "nerf_density", "nerf_backward", "nerf_mega"} {
			variant, why := d["variants"].(map[string]any)[k], fmt.Sprint(passed[k])
			if variant == "" || variant == "none" || variant != "coop" && !strings.Contains(why, "coop: ") {
				t.Errorf("%v: %s runs %v, passed over: %v", d["name"], k, variant, why)
			}
		}
	}
	object(t, "dir views test_views size seed", "synth", filepath.Join(t.TempDir(), "s"), "--views", "1", "--test", "1", "--size", "4")
}

// TestPlainOutput holds that without --json a result goes to standard output and all else to standard error.
func TestPlainOutput(t *testing.T) {
	f := share(t)
	for _, args := range [][]string{{"info", f.model}, {"info", f.scene}, {"devices"}, {"devices", "--kernels"}, {"eval", f.model, f.scene, "--device", "cpu"}} {
		if out := succeed(t, args...); out == "" || strings.HasPrefix(out, "{") {
			t.Errorf("%v printed %q", args, out)
		}
	}
}

func TestHelpAndUsage(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"--version"}, {"train", "--help"}} {
		if out := succeed(t, args...); out == "" {
			t.Errorf("%v printed nothing", args)
		}
	}
	for _, args := range [][]string{{}, {"paint"}, {"train"}, {"train", "x"}, {"train", "x", "-o", "y.ingp", "--steps", "many"}, {"render", "m.ingp", "-o", "x.png", "--mode", "art"}, {"info", "a", "b"}, {"eval", "--lots"}} {
		code, out, text := command(args...)
		if code != 2 || out != "" || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "radia: ") {
			t.Errorf("%v: code %d, stdout %q, stderr %q", args, code, out, text)
		}
	}
}

// TestReproducible holds that a training on the CPU gives the same file for the same seed, whatever the number of
// threads, also when it is interrupted by a checkpoint, and another file for another seed.
func TestReproducible(t *testing.T) {
	f, dir := share(t), t.TempDir()
	want := read(t, f.model)
	at := func(name string) string { return filepath.Join(dir, name+".msgpack") }
	succeed(t, f.train(at("one"), "--steps", "24", "--threads", "1")...)
	succeed(t, f.train(at("half"), "--steps", "11", "--threads", "2")...)
	succeed(t, f.train(at("resumed"), "--steps", "24", "--resume", at("half"))...)
	succeed(t, f.train(at("seed"), "--steps", "24", "--seed", "7")...)
	succeed(t, f.train(at("seed half"), "--steps", "11", "--seed", "7")...)
	succeed(t, f.train(at("seed resumed"), "--steps", "24", "--resume", at("seed half"))...)
	succeed(t, f.train(at("seed said"), "--steps", "24", "--resume", at("seed half"), "--seed", "7")...)
	for _, name := range []string{"seed resumed", "seed said"} {
		if !bytes.Equal(read(t, at(name)), read(t, at("seed"))) {
			t.Errorf("%s: another file than that of the uninterrupted run with this seed", name)
		}
	}
	// The default of --seed, said in so many words, is as wrong as any other seed.
	code, _, text := command(f.train(at("wrong"), "--steps", "24", "--resume", at("seed half"), "--seed", "1337")...)
	if code != 1 || !strings.Contains(text, "--seed 1337: ") || !strings.Contains(text, "seed 7; leave --seed out") {
		t.Errorf("--seed 1337 after seed 7: code %d, %s", code, text)
	}
	for name, same := range map[string]bool{"one": true, "resumed": true, "half": false, "seed": false} {
		if bytes.Equal(read(t, at(name)), want) != same {
			t.Errorf("%s: equal to the reference run: %v, want %v", name, !same, same)
		}
	}
}

// TestVulkanExact holds that two runs with --exact on a Vulkan device give the same file, one of them resumed, with the
// validation layer watching where it is installed.
func TestVulkanExact(t *testing.T) {
	device := software(t)
	f, dir := share(t), t.TempDir()
	validate(t, dir, device)
	at := func(name string) string { return filepath.Join(dir, name+".msgpack") }
	succeed(t, f.train(at("whole"), "--steps", "4", "--exact", "--device", device)...)
	succeed(t, f.train(at("half"), "--steps", "2", "--exact", "--device", device)...)
	succeed(t, f.train(at("resumed"), "--steps", "4", "--exact", "--device", device, "--resume", at("half"))...)
	if !bytes.Equal(read(t, at("whole")), read(t, at("resumed"))) {
		t.Error("the resumed run differs from the uninterrupted one")
	}
	succeed(t, "render", at("whole"), "-o", filepath.Join(dir, "v.png"), "--size", "16x16", "--device", device)
}

// TestEveryDispatchChecked trains a few steps with each dispatch on Vulkan compared with its twin.
func TestEveryDispatchChecked(t *testing.T) {
	device := software(t)
	f := share(t)
	t.Setenv("RADIA_CHECK", "1")
	succeed(t, f.train(filepath.Join(t.TempDir(), "m.ingp"), "--steps", "3", "--device", device)...)
	t.Setenv("RADIA_FROM", "adam")
	if code, _, text := command(f.train(filepath.Join(t.TempDir(), "m.ingp"), "--steps", "1")...); code != 1 || !strings.Contains(text, "exclude each other") {
		t.Errorf("both variables: code %d, %s", code, text)
	}
}

// TestInterrupt sends Ctrl-C to a training and goes on from what it saved.
func TestInterrupt(t *testing.T) {
	f, path := share(t), filepath.Join(t.TempDir(), "m.msgpack")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, f.train(path, "--steps", "1000000", "--save-every", "1ms", "--json")...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // the first save shows that steps are being taken
		for range 600 {
			if _, err := os.Stat(path); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		cmd.Process.Signal(os.Interrupt)
	}()
	text, _ := io.ReadAll(bufio.NewReader(stderr))
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Fatalf("exit code %d (%v)\n%s", code, err, text)
	}
	if !strings.Contains(string(text), "saved "+path) || !strings.Contains(string(text), "--resume") {
		t.Errorf("no word of what was saved:\n%s", text)
	}
	if !strings.Contains(stdout.String(), `"interrupted":true`) {
		t.Errorf("the result says nothing of it: %s", stdout.String())
	}
	if v := object(t, "file kind mode bytes step loss parameters network_parameters encoding_parameters precision aabb_scale images grid_cells occupied resumable render_memory_bytes config", "info", path); number(t, v, "step") < 1 {
		t.Errorf("step %v", v["step"])
	}
}
