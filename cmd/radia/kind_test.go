package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedFiles holds that a file that is not sound is named for what it is, by train and by info alike.
func TestDamagedFiles(t *testing.T) {
	f, dir := share(t), t.TempDir()
	picture := read(t, filepath.Join(f.scene, "train/r_0.png"))
	for name, c := range map[string]struct{ data, want string }{
		"empty.png":   {"", "empty file"},
		"zero.png":    {string(claim(0)(picture)), "dimension"},
		"huge.png":    {string(claim(16384)(picture[:100])), "cannot hold"},
		"unnamed":     {string(claim(1 << 30)(picture)), "png"},
		"text.exr":    {"a text, no picture", "known format"},
		"cut.jpg":     {"\xff\xd8\xff\xe0\x00\x10JFIF", "cut short"},
		"text.obj":    {"a text, no mesh", "text.obj"},
		"cut.stl":     {strings.Repeat("\x00", 80) + "\xff\xff\xff\xff", "cut.stl"},
		"cut.nii":     {"\x5c\x01\x00\x00", "cut.nii"},
		"no.raw":      {"0123", "need a description"},
		"m.msgpack":   {"\x80", "m.msgpack"},
		"zeros.ingp":  {"\x80", "zeros.ingp"},
		"letter.docx": {"hello", "not a scene"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.data), 0o666); err != nil {
			t.Fatal(err)
		}
		want := name + "|" + c.want
		refuse(t, dir, want, "info", path)
		refuse(t, dir, want, "train", path, "-o", filepath.Join(dir, "o.ingp"), "--steps", "1", "--device", "cpu")
	}
}

// A model is told by what it holds, also as data, where it does not belong.
func TestRenamedModel(t *testing.T) {
	f, dir := share(t), t.TempDir()
	renamed := filepath.Join(dir, "renamed.bin")
	if err := os.WriteFile(renamed, read(t, f.model), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, "info", renamed, "--json"); !strings.Contains(out, `"grid_cells"`) {
		t.Errorf("no model: %s", out)
	}
	refuse(t, dir, "renamed.bin|is a model", "train", renamed, "-o", filepath.Join(dir, "o.ingp"), "--steps", "1", "--device", "cpu")
}

func TestAbsurdFlags(t *testing.T) {
	f, dir := share(t), t.TempDir()
	picture := filepath.Join(dir, "p.png")
	for _, flag := range []string{"--exposure=NaN", "--exposure=1e30", "--fps=NaN", "--fps=0", "--threads=1000000", "--threads=-1", "--orbit=1000000000", "--spp=99999999"} {
		want, _, _ := strings.Cut(flag, "=")
		refuse(t, dir, want, "render", f.model, "-o", picture, flag, "--size", "8x8", "--device", "cpu")
	}
	refuse(t, dir, "--seconds 1e+30", f.train(filepath.Join(dir, "m.ingp"), "--seconds", "1e30")...)
}

// TestNumbered holds that only a number's form is filled in; any other percent sign belongs to the name.
func TestNumbered(t *testing.T) {
	for path, want := range map[string]string{"a.png": "a_0003.png", "a%d.png": "a3.png", "a%04d.png": "a0003.png", "a%s.png": "a%s_0003.png",
		"a%99999999d.png": "a%99999999d_0003.png", "100%.png": "100%_0003.png", "%d%s.png": "%d%s_0003.png"} {
		if got := numbered(path, 3, 9); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestPictureFits holds that memory is foretold from the header: 24 x 24 pixels of four bytes, three times.
func TestPictureFits(t *testing.T) {
	path := filepath.Join(share(t).scene, "train/r_0.png")
	for free, ok := range map[int64]bool{0: true, 3 * 4 * 24 * 24: true, 3*4*24*24 - 1: false} {
		if err := pictureFits(path, free); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%d bytes: %v", free, err)
		}
	}
}
