package main

import (
	"bytes"
	"fmt"
	"image/png"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEvalChoosesViews holds that the flags of eval take the images they name, in order, and no others.
func TestEvalChoosesViews(t *testing.T) {
	f := share(t)
	for _, c := range []struct{ flags, want string }{
		{"", "test/r_0 test/r_1 test/r_2"},
		{"--max-views 2", "test/r_0 test/r_1"},
		{"--every 2", "test/r_0 test/r_2"},
		{"--split train --every 5", "train/r_0 train/r_5 train/r_10"},
		{"--split train --every 5 --max-views 2", "train/r_0 train/r_5"},
		{"--split val --max-views 1", "val/r_0"},
	} {
		args := append([]string{"eval", f.model, f.scene, "--device", "cpu"}, strings.Fields(c.flags)...)
		var names []string
		for _, view := range object(t, evalKeys, args...)["per_view"].([]any) {
			name := view.(map[string]any)["name"].(string)
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(name, "./"), ".png"))
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%q measures %s, want %s", c.flags, got, c.want)
		}
	}
	// Other images, sizes, samples and backgrounds are other numbers.
	seen := map[float64]string{}
	for _, flags := range []string{"", "--split train", "--downscale 2", "--spp 4", "--background black"} {
		args := append([]string{"eval", f.model, f.scene, "--device", "cpu"}, strings.Fields(flags)...)
		psnr := number(t, object(t, evalKeys, args...), "psnr")
		if other, ok := seen[psnr]; ok {
			t.Errorf("%q and %q give the same %v dB", flags, other, psnr)
		}
		seen[psnr] = flags
	}
}

// TestEvalPictures holds that --out writes the truth beside the prediction of each view.
func TestEvalPictures(t *testing.T) {
	f, dir := share(t), t.TempDir()
	succeed(t, "eval", f.model, f.scene, "--device", "cpu", "--background", "white", "--max-views", "2", "--out", dir)
	for i := range 2 {
		side, err := png.Decode(bytes.NewReader(read(t, filepath.Join(dir, fmt.Sprintf("view_%03d.png", i)))))
		if err != nil {
			t.Fatal(err)
		}
		truth, err := png.Decode(bytes.NewReader(read(t, filepath.Join(f.scene, "test", fmt.Sprintf("r_%d.png", i)))))
		if err != nil {
			t.Fatal(err)
		}
		b := side.Bounds()
		if b.Dx() < 2*24 || b.Dy() < 24 {
			t.Fatalf("view %d has %v pixels", i, b)
		}
		// Pixels that are opaque in the file stand in the left picture as they are.
		same, other, wrong := 0, 0, 0
		for y := range 24 {
			for x := range 24 {
				r, g, bl, a := truth.At(x, y).RGBA()
				if a != 0xffff {
					continue
				}
				is := func(dx int) bool {
					r1, g1, b1, _ := side.At(dx+x, b.Dy()-24+y).RGBA()
					return r == r1 && g == g1 && bl == b1
				}
				if is(0) {
					same++
				} else {
					wrong++
				}
				if !is(b.Dx() - 24) {
					other++
				}
			}
		}
		if wrong > 0 || same == 0 || other < same/2 {
			t.Errorf("view %d: %d pixels of the truth, %d others where the truth should be, %d that differ in the prediction", i, same, wrong, other)
		}
	}
}

// TestRenderFlags holds that the flags of render change the picture, and that two ways to one camera make one picture.
func TestRenderFlags(t *testing.T) {
	f, dir := share(t), t.TempDir()
	made := 0
	picture := func(flags ...string) []byte {
		t.Helper()
		made++
		path := filepath.Join(dir, fmt.Sprintf("%d.png", made))
		object(t, renderKeys, append([]string{"render", f.model, "-o", path, "--device", "cpu"}, flags...)...)
		return read(t, path)
	}
	plain := picture("--size", "24x24")
	if !bytes.Equal(plain, picture("--size", "24x24")) || !bytes.Equal(plain, picture("--size", "24x24", "--view", "0", "--spp", "1")) {
		t.Error("the same picture twice is not the same")
	}
	seen := [][]byte{plain}
	for _, flags := range []string{"--spp 4", "--spp 5", "--view 1", "--exposure 1", "--background white", "--mode alpha", "--orbit 1", "--orbit 1 --elevation 60"} {
		p := picture(append([]string{"--size", "24x24"}, strings.Fields(flags)...)...)
		if slices.ContainsFunc(seen, func(q []byte) bool { return bytes.Equal(p, q) }) {
			t.Errorf("%s makes the picture of other flags", flags)
		}
		seen = append(seen, p)
	}
	if v := object(t, renderKeys, "render", f.model, "-o", filepath.Join(dir, "s.png"), "--spp", "3", "--size", "8x8", "--device", "cpu"); number(t, v, "spp") != 3 {
		t.Errorf("%v", v)
	}
	// The first camera of a path, and that view of the data.
	test := filepath.Join(f.scene, "transforms_test.json")
	path := filepath.Join(dir, "path.png")
	v := object(t, renderKeys, "render", f.model, "-o", path, "--camera-path", test, "--size", "24x24", "--device", "cpu")
	if number(t, v, "views") != 3 {
		t.Errorf("a path of 3 cameras has %v views", v["views"])
	}
	views := [3][]byte{}
	for i := range views {
		views[i] = read(t, filepath.Join(dir, fmt.Sprintf("path_%04d.png", i)))
	}
	if bytes.Equal(views[0], views[1]) || bytes.Equal(views[1], views[2]) {
		t.Error("the cameras of a path make one picture")
	}
	if !bytes.Equal(views[0], picture("--data", test, "--view", "0", "--size", "24x24")) {
		t.Error("the first camera of the path and the first view of the data make two pictures")
	}
	if v := object(t, renderKeys, "render", f.model, "-o", filepath.Join(dir, "long.png"), "--camera-path", test, "--frames", "5", "--size", "8x8", "--device", "cpu"); number(t, v, "views") != 5 {
		t.Errorf("--frames 5 makes %v views", v["views"])
	}
	// Pictures of a circle are different, also from each other.
	turn := filepath.Join(dir, "turn.png")
	succeed(t, "render", f.model, "-o", turn, "--orbit", "2", "--size", "24x24", "--device", "cpu")
	if bytes.Equal(read(t, filepath.Join(dir, "turn_0000.png")), read(t, filepath.Join(dir, "turn_0001.png"))) {
		t.Error("both pictures of a circle are the same")
	}
}
