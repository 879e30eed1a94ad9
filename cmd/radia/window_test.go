package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/imageio"
)

// pixels reads a picture.
func pixels(t *testing.T, path string) *image.NRGBA {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(m.Bounds())
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}

// apart is the mean difference of two pictures of one size, bytes.
func apart(a, b *image.NRGBA) float64 {
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a.Pix))
}

// TestRenderWindow holds that each flag of the window's look changes its picture, that the look agrees with the other one where both
// show the same, and that wrong values are refused in one line.
func TestRenderWindow(t *testing.T) {
	f, dir := share(t), t.TempDir()
	made := 0
	view := []string{"--eye", "1.4,0.9,1.5", "--at", "0.5,0.4,0.5", "--size", "40x30", "--background", "white"}
	picture := func(flags ...string) *image.NRGBA {
		t.Helper()
		made++
		path := filepath.Join(dir, fmt.Sprintf("%d.png", made))
		object(t, renderKeys, append(append([]string{"render", f.model, "-o", path, "--device", "cpu"}, view...), flags...)...)
		return pixels(t, path)
	}
	plain, window := picture("--background", "transparent"), picture("--look", "window")
	// The window mixes with the white in linear light what the other look has with straight alpha, rounded to bytes: that is up to 2 bytes
	// in dark places, where the curve is 13 times as steep.
	for i := 0; i < len(plain.Pix); i += 4 {
		alpha := float64(plain.Pix[i+3]) / 255
		for k := range 3 {
			c := imageio.SRGBToLinear(float64(plain.Pix[i+k])/255)*alpha + 1 - alpha
			plain.Pix[i+k] = uint8(imageio.LinearToSRGB(c)*255 + 0.5)
		}
		plain.Pix[i+3] = 255
	}
	if d := apart(plain, window); d > 2 {
		t.Errorf("the looks differ by %.1f on average", d)
	}
	seen := map[string]*image.NRGBA{"": window}
	for _, flags := range []string{"--roll 40", "--eye 1.4,0.9,1.2", "--at 0.5,0.6,0.5", "--fov 30", "--curve ACES", "--curve Hable", "--curve Reinhard", "--exposure 1", "--background checker", "--background black", "--mode depth", "--mode normals",
		"--mode cost", "--mode position", "--mode alpha", "--mode slice --slice 1.5", "--overlay cameras", "--overlay occupancy", "--overlay crop", "--crop 0.3,0.1,0.3,0.7,0.6,0.7",
		"--truth picture --split train --view 2 --data " + f.scene, "--truth error --split train --view 2 --data " + f.scene, "--truth error --truth-opacity 0.5 --split train --view 2 --data " + f.scene} {
		got := picture(append([]string{"--look", "window"}, strings.Fields(flags)...)...)
		for other, m := range seen {
			if apart(got, m) == 0 {
				t.Errorf("%q shows the picture of %q", flags, other)
			}
		}
		seen[flags] = got
	}
	refuse(t, dir, "--view 999", append(append([]string{"render", f.model, "-o", filepath.Join(dir, "bad.png"), "--device", "cpu"}, view...), "--look", "window", "--truth", "error", "--view", "999", "--data", f.scene)...)
}
