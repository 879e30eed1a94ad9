package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/imageio"
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
		"16k.bmp":     {"BM\x64\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x40\x00\x00\x00\x40\x00\x00\x01\x00\x18\x00" + strings.Repeat("\x00", 70), "cannot hold"},
		"nan.obj":     {"v 0 0 0\nv 1 0 0\nv nan 1 0\nf 1 2 3\n", "not finite"},
		"faces.obj":   {"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"},
		"flat.obj":    {"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\nf 1 1 2\n", "no faces with an area"},
		"magic.nvdb":  {"NanoVDBX" + strings.Repeat("\x00", 200), "is no NanoVDB file"},
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

// TestNumbered holds that only a number's form is filled in; any other percent sign belongs to the name.
func TestNumbered(t *testing.T) {
	for path, want := range map[string]string{"a.png": "a_0003.png", "a%d.png": "a3.png", "a%04d.png": "a0003.png", "a%s.png": "a%s_0003.png",
		"a%99999999d.png": "a%99999999d_0003.png", "100%.png": "100%_0003.png", "%d%s.png": "%d%s_0003.png"} {
		if got := numbered(path, 3, 9); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestPictureFits holds that memory is foretold from the header: 24 x 24 pixels of four bytes, three times, none in tiles; a JPEG picture is decoded in one
// piece of three bytes a pixel.
func TestPictureFits(t *testing.T) {
	path := filepath.Join(share(t).scene, "train/r_0.png")
	h, err := imageio.Probe(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	const whole = 3 * 4 * 24 * 24
	for _, c := range []struct {
		format    string
		tiled, ok bool
		free      int64
	}{
		{"png", false, true, 0}, {"png", false, true, whole}, {"png", false, false, whole - 1}, {"png", true, true, 1},
		{"jpeg", true, true, 3 * 24 * 24}, {"jpeg", true, false, 3*24*24 - 1},
	} {
		h.Format = c.format
		if err := pictureFits(path, h, c.tiled, c.free); (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestPictureInTiles trains on a picture that does not fit into the memory it may take, goes on as if it had not stopped,
// measures it, and leaves no file behind; bin and 16-bit pictures are data too.
func TestPictureInTiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	const w, h = 700, 600
	m := imageio.New(w, h)
	for i := range m.Pix {
		m.Pix[i] = imageio.Pack(uint8(i%w/3), uint8(i/w/3), 90, 255)
	}
	if err := imageio.WritePNG(in("large.png"), m); err != nil {
		t.Fatal(err)
	}
	config := `{"parent": "image/base", "encoding": {"n_levels": 4, "log2_hashmap_size": 10, "base_resolution": 8, "per_level_scale": 1.5}, "network": {"n_neurons": 32, "n_hidden_layers": 1}}`
	if err := os.WriteFile(in("c.json"), []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(out string, more ...string) string {
		t.Helper()
		code, _, text := command(append([]string{"train", in("large.png"), "-o", in(out), "--batch", "1024", "--device", "cpu"}, more...)...)
		if code != 0 {
			t.Fatalf("code %d: %s", code, text)
		}
		return text
	}
	fresh := []string{"--config", in("c.json"), "--picture-memory", "1"}
	if text := run("whole.ingp", append(fresh, "--steps", "60")...); !strings.Contains(text, "64 of its 110 tiles in memory") {
		t.Error(text)
	}
	run("half.ingp", append(fresh, "--steps", "23")...)
	run("resumed.ingp", "--resume", in("half.ingp"), "--steps", "60")
	if !bytes.Equal(read(t, in("whole.ingp")), read(t, in("resumed.ingp"))) {
		t.Error("a resumed training in tiles differs")
	}
	if text := run("plain.ingp", "--config", in("c.json"), "--steps", "1"); strings.Contains(text, "tiles") {
		t.Errorf("a small picture is cut: %s", text)
	}
	v := object(t, "device model size psnr ssim seconds model_bytes parameter_bytes image_bytes", "eval", in("whole.ingp"), in("large.png"), "--device", "cpu")
	if number(t, v, "psnr") < 20 {
		t.Errorf("%v", v)
	}
	for _, name := range []string{"random", "halton", "sobol"} {
		sampled := []string{"--config", in("c.json"), "--sampling", name}
		run(name+".ingp", append(sampled, "--steps", "12")...)
		run("half.ingp", append(sampled, "--steps", "5")...)
		run("resumed.ingp", "--resume", in("half.ingp"), "--steps", "12")
		if !bytes.Equal(read(t, in(name+".ingp")), read(t, in("resumed.ingp"))) {
			t.Errorf("--sampling %s: a resumed training differs", name)
		}
	}
	if bytes.Equal(read(t, in("halton.ingp")), read(t, in("sobol.ingp"))) || bytes.Equal(read(t, in("halton.ingp")), read(t, in("random.ingp"))) {
		t.Error("--sampling changes nothing")
	}
	refuse(t, dir, "--sampling halton|sobol.ingp", "train", in("large.png"), "-o", in("no.ingp"), "--resume", in("sobol.ingp"), "--steps", "20", "--sampling", "halton", "--device", "cpu")
	refuse(t, dir, "tile by tile, not sobol", append([]string{"train", in("large.png"), "-o", in("no.ingp"), "--sampling", "sobol", "--device", "cpu"}, fresh...)...)
	refuseWith(t, 2, dir, "--environment", "train", in("large.png"), "-o", in("no.ingp"), "--environment", "black", "--device", "cpu")
	refuseWith(t, 2, dir, "--sampling", append(share(t).train(in("no.ingp")), "--sampling", "sobol")...)
	left, err := filepath.Glob(in(".radia*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}

	bin := []byte{4, 0, 0, 0, 8, 0, 0, 0}
	for range 4 * 8 * 4 {
		bin = append(bin, 0, 0x38) // 0.5
	}
	if err := os.WriteFile(in("p.bin"), bin, 0o666); err != nil {
		t.Fatal(err)
	}
	v = object(t, "file kind format size hdr bits bytes memory_bytes", "info", in("p.bin"))
	if v["format"] != "bin" || number(t, v, "bits") != 16 {
		t.Errorf("%v", v)
	}
	if err := imageio.WriteGray16PNG(in("deep.png"), &imageio.Gray16{Width: 8, Height: 4, Pix: make([]uint16, 32)}); err != nil {
		t.Fatal(err)
	}
	v = object(t, "file kind format size hdr bits bytes memory_bytes", "info", in("deep.png"))
	if number(t, v, "bits") != 16 || number(t, v, "memory_bytes") != 8*32 {
		t.Errorf("%v", v)
	}
	for _, name := range []string{"p.bin", "deep.png"} {
		succeed(t, "train", in(name), "-o", in("x.ingp"), "--config", in("c.json"), "--steps", "2", "--batch", "256", "--device", "cpu")
	}
}
