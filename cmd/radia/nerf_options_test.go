package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
	for _, c := range []struct {
		code        int
		flags, want string
	}{
		{1, "--depth-weight 1", "no picture has a depth map"},
		{2, "--depth-weight=-1", "must be a number that is not negative"},
		{2, "--depth-weight 1 --depth-loss cubic", "--depth-loss cubic"},
		{2, "--depth-loss L1", "needs a --depth-weight"},
	} {
		code, _, text := command(f.train(filepath.Join(dir, "no.msgpack"), strings.Fields(c.flags)...)...)
		if code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit code %d, %q", c.flags, code, text)
		}
	}
}
