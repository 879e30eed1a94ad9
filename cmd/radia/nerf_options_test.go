package main

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

// TestDepthFlags: --depth-weight changes the training where there are depth maps, and what cannot be is refused in a line.
func TestDepthFlags(t *testing.T) {
	f, dir := share(t), t.TempDir()
	deep := filepath.Join(dir, "deep")
	succeed(t, "synth", deep, "--views", "3", "--test", "1", "--size", "12", "--depth")
	trained := func(name string, more ...string) []byte {
		out := filepath.Join(dir, name)
		args := f.train(out, append([]string{"--steps", "4"}, more...)...)
		args[1] = deep
		succeed(t, args...)
		return read(t, out)
	}
	plain := trained("plain.msgpack")
	if slices.Equal(plain, trained("l1.msgpack", "--depth-weight", "1")) {
		t.Error("--depth-weight changes nothing")
	}
	if !slices.Equal(trained("l2.msgpack", "--depth-weight", "1", "--depth-loss", "l2"), trained("again.msgpack", "--depth-weight", "1", "--depth-loss", "L2")) {
		t.Error("two trainings with depth maps differ")
	}
	if slices.Equal(plain, trained("exposed.msgpack", "--optimize-exposure")) {
		t.Error("--optimize-exposure changes nothing")
	}
	relaxed := trained("relaxed.msgpack", "--train-mode", "rflrelax")
	if slices.Equal(plain, relaxed) || slices.Equal(relaxed, trained("rfl.msgpack", "--train-mode", "rfl", "--train-mode-from", "0")) ||
		!slices.Equal(plain, trained("later.msgpack", "--train-mode", "rfl")) {
		t.Error("--train-mode does not do what it says")
	}
	for _, c := range []struct {
		code        int
		flags, want string
	}{
		{1, "--depth-weight 1", "no picture has a depth map"},
		{2, "--depth-weight=-1", "must be a number that is not negative"},
		{2, "--depth-weight 1 --depth-loss cubic", "--depth-loss cubic"},
		{2, "--depth-loss L1", "needs a --depth-weight"},
		{2, "--near-distance=-1", "must be a number that is not negative"},
		{2, "--freeze encoding", "needs --resume"},
		{2, "--freeze all", "must be encoding or networks"},
		{2, "--train-mode-to 5", "need a --train-mode other than nerf"},
		{2, "--train-mode rfl --train-mode-from=-1", "must not be negative"},
	} {
		code, _, text := command(f.train(filepath.Join(dir, "no.msgpack"), strings.Fields(c.flags)...)...)
		if code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit code %d, %q", c.flags, code, text)
		}
	}
}

// TestAppearance: a model trained with --appearance shows the scene as each of its pictures has it, and goes on with what it found.
func TestAppearance(t *testing.T) {
	f, dir := share(t), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	succeed(t, f.train(in("m.msgpack"), "--steps", "32", "--appearance", "3")...)
	picture := func(more ...string) []byte {
		t.Helper()
		succeed(t, append([]string{"render", in("m.msgpack"), "-o", in("p.png"), "--size", "16x16", "--device", "cpu"}, more...)...)
		return read(t, in("p.png"))
	}
	mean, first, second := picture(), picture("--appearance", "0"), picture("--appearance", "1")
	if slices.Equal(mean, first) || slices.Equal(first, second) || !slices.Equal(first, picture("--appearance", "0")) {
		t.Error("--appearance does not choose what is shown")
	}
	succeed(t, f.train(in("more.msgpack"), "--steps", "40", "--resume", in("m.msgpack"))...)
	s, err := snapshot.Load(in("more.msgpack"))
	if err != nil {
		t.Fatal(err)
	}
	if latents, lights := field.StoredExtra(s); latents != 3 || lights {
		t.Errorf("%d latents, lights %v", latents, lights)
	}
	refuse(t, dir, "--appearance 99|counted from 0", "render", in("m.msgpack"), "-o", in("no.png"), "--appearance", "99", "--device", "cpu")
	refuse(t, dir, "--appearance 0|without appearances", "render", f.model, "-o", in("no.png"), "--appearance", "0", "--device", "cpu")
	refuse(t, dir, "dir_encoding|fused", "render", in("m.msgpack"), "-o", in("no.png"), "--pipeline", "mega", "--device", "cpu")
	refuseWith(t, 2, dir, "--appearance 2|trained with 3", f.train(in("no.msgpack"), "--appearance", "2", "--resume", in("m.msgpack"))...)
	refuseWith(t, 2, dir, "--appearance", f.train(in("no.msgpack"), "--appearance=-1")...)
	refuseWith(t, 2, dir, "--appearance", "render", in("m.msgpack"), "-o", in("no.png"), "--appearance=-1", "--device", "cpu")
}

// TestRefinedCameras: training with --refine-cameras moves poses, radia cameras writes them, and they are what the data set
// then says; all else in it stays.
func TestRefinedCameras(t *testing.T) {
	f, dir := share(t), t.TempDir()
	deep := filepath.Join(dir, "deep")
	succeed(t, "synth", deep, "--views", "3", "--test", "1", "--size", "12", "--depth")
	model, from, to := filepath.Join(dir, "m.msgpack"), filepath.Join(deep, "transforms_train.json"), filepath.Join(deep, "transforms_refined.json")
	args := f.train(model, "--steps", "176", "--refine-cameras", "--small")
	args[1] = deep
	if code, _, text := command(args...); code != 0 || !strings.Contains(text, "cameras have moved by 0.00") {
		t.Fatalf("exit code %d: %s", code, text)
	}
	if got := number(t, object(t, "file model refined", "cameras", model, from, "-o", to), "refined"); got != 3 {
		t.Errorf("%v poses are refined", got)
	}
	before, err := scene.Load(from, scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	after, err := scene.Load(to, scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	moved := false
	for i, c := range field.TrainingCameras(s) {
		for k, v := range c.Pose {
			moved = moved || v != before.Frames[i].Camera.Pose[k]
			if got := after.Frames[i].Camera.Pose[k]; math.Abs(float64(got-v)) > 1e-6 {
				t.Errorf("picture %d entry %d: %v, the model has %v", i, k, got, v)
			}
		}
		if after.Frames[i].Name != before.Frames[i].Name || !after.HasDepth(i) {
			t.Errorf("picture %d is another: %s", i, after.Frames[i].Name)
		}
	}
	if !moved {
		t.Error("no camera has moved")
	}
	plain := filepath.Join(dir, "plain.msgpack")
	succeed(t, f.train(plain, "--steps", "1", "--small")...)
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{1, []string{"cameras", plain, from, "-o", to}, "holds no refined cameras"},
		{1, []string{"cameras", model, filepath.Join(deep, "transforms_val.json"), "-o", to}, "has none of the pictures"},
		{2, []string{"cameras", model, from, "-o", filepath.Join(dir, "t.json")}, "must lie in the folder"},
	} {
		if code, _, text := command(c.args...); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%v: exit code %d, %q", c.args, code, text)
		}
	}
}
