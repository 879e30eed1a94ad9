package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const demoKeys = "device train eval files"

// TestDemo runs the whole demonstration in small: from nothing to a scene, a model, measured views and an animation.
func TestDemo(t *testing.T) {
	f, dir := share(t), filepath.Join(t.TempDir(), "demo")
	small := []string{"demo", dir, "--seconds", "1", "--config", f.config, "--views", "6", "--size", "24", "--frames", "3", "--device", "cpu"}
	v := object(t, demoKeys, small...)
	train, eval := v["train"].(map[string]any), v["eval"].(map[string]any)
	checkKeys(t, "train", train, trainKeys)
	checkKeys(t, "eval", eval, evalKeys)
	if number(t, eval, "views") != 8 || number(t, train, "images") != 6 || !(number(t, train, "steps") > 0) || !(number(t, train, "samples_per_s") > 0) {
		t.Errorf("%v", v)
	}
	if psnr := number(t, eval, "psnr"); !(psnr > 3 && psnr < 99) { // how good a training becomes, package train tests
		t.Errorf("%v dB", psnr)
	}
	for _, file := range v["files"].([]any) {
		if _, err := os.Stat(file.(string)); err != nil {
			t.Error(err)
		}
	}
	if pictures, _ := filepath.Glob(filepath.Join(dir, "held-out", "*.png")); len(pictures) != 8 {
		t.Errorf("held-out views %v", pictures)
	}
	still, err := png.Decode(bytes.NewReader(read(t, filepath.Join(dir, "turntable.png"))))
	if err != nil {
		t.Fatal(err)
	}
	film, err := gif.DecodeAll(bytes.NewReader(read(t, filepath.Join(dir, "turntable.gif"))))
	if err != nil || len(film.Image) != 3 {
		t.Fatalf("%v: %d pictures in the animation, want 3", err, len(film.Image))
	}
	// Truth, prediction and depth stand beside each other, and none of them is one colour.
	b := still.Bounds()
	if b.Dx() < 3*24 || b.Dy() < 24 {
		t.Fatalf("the turntable has %v pixels", b)
	}
	for i := range 3 {
		if part := image.Rect(i*b.Dx()/3+2, b.Dy()-24, (i+1)*b.Dx()/3-2, b.Dy()); oneColor(still, part) && i != 2 {
			t.Errorf("part %d of the turntable is one colour", i)
		}
	}
	if !oneColor(image.NewGray(image.Rect(0, 0, 9, 9)), image.Rect(0, 0, 9, 9)) {
		t.Error("planted fault: a picture of one colour is not noticed")
	}

	// A second run keeps the scene and prints its result for people.
	scene := filepath.Join(dir, "scene", "transforms_train.json")
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(scene, past, past); err != nil {
		t.Fatal(err)
	}
	out := succeed(t, small...)
	if !strings.Contains(out, "PSNR ") || !strings.Contains(out, " dB and SSIM ") || !strings.Contains(out, " samples/s") && !strings.Contains(out, "samples/s)") {
		t.Errorf("printed %q", out)
	}
	if info, err := os.Stat(scene); err != nil || time.Since(info.ModTime()) < time.Minute {
		t.Errorf("the scene was made anew (%v)", err)
	}
	// Another size is another scene.
	succeed(t, append(small[:len(small):len(small)], "--size", "16")...)
	var options map[string]int
	if err := json.Unmarshal(read(t, filepath.Join(dir, "scene", "options.json")), &options); err != nil || options["size"] != 16 {
		t.Errorf("%v: %v", err, options)
	}
}

// oneColor reports whether a part of a picture has no second colour.
func oneColor(m image.Image, part image.Rectangle) bool {
	first := m.At(part.Min.X, part.Min.Y)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if m.At(x, y) != first {
				return false
			}
		}
	}
	return true
}
