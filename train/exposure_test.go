package train

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/synth"
)

// TestOptimizeExposure darkens every picture of the procedural scene by up to 2 stops, differently in each channel:
// training finds by how much, up to half of what they differ by and up to a common factor, and the views that it has not
// seen are better than those of a training that takes the pictures as they are. What changes smoothly with the direction of
// view cannot be told from the colours' own dependence on it.
func TestOptimizeExposure(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 24, TestViews: 3, ValViews: 1, Size: 32, Seed: 5}); err != nil {
		t.Fatal(err)
	}
	load := func(split string) *scene.Dataset {
		data, err := scene.Load(dir, scene.LoadOptions{Split: split})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	data, test := load("train"), load("test")
	rng := pcg32.New(4)
	truth, mean := make([][3]float64, len(data.Frames)), [3]float64{}
	for i := range truth {
		for k := range 3 {
			truth[i][k] = -2 * float64(rng.Float32())
			mean[k] += truth[i][k] / float64(len(truth))
		}
	}
	shift := func(m *scene.Image, stops [3]float64) {
		for j, p := range m.Pix {
			out := p &^ 0xffffff
			for k, s := range stops {
				light := imageio.SRGBToLinear(float64(p>>(8*k)&255)/255) * math.Exp2(s)
				out |= uint32(min(max(imageio.LinearToSRGB(light), 0), 1)*255+0.5) << (8 * k)
			}
			m.Pix[j] = out
		}
	}
	for i := range data.Frames {
		m, err := data.Image(i)
		if err != nil {
			t.Fatal(err)
		}
		shift(m, truth[i])
	}
	for i := range test.Frames { // as bright as the mean of the pictures
		m, err := test.Image(i)
		if err != nil {
			t.Fatal(err)
		}
		shift(m, mean)
	}
	d := host.Open(host.Options{})
	defer d.Close()
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	trained := func(learn bool, seed uint64) (off, psnr float64) {
		tr, err := NewNeRF(d, data, Options{Config: c, Batch: 4096, Seed: seed, NearDistance: 0.1, OptimizeExposure: learn})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Release()
		if err := tr.Run(context.Background(), Limits{Steps: 400}, nil); err != nil {
			t.Fatal(err)
		}
		found, err := tr.Exposures()
		if err != nil {
			t.Fatal(err)
		}
		for i := range truth {
			for k := range 3 {
				e := mean[k] - truth[i][k] // what undoes the shift
				if learn {
					e -= float64(found[i][k])
				}
				off += math.Abs(e) / float64(3*len(truth))
			}
		}
		psnr = heldOut(t, d, tr, test)
		t.Logf("exposures learned %v: off by %.3f stops, %.2f dB on held-out views", learn, off, psnr)
		return off, psnr
	}
	// Held-out views of so short trainings vary by half a decibel with the seed, so means of several are compared.
	const seeds = 3
	var before, after, plain, psnr float64
	for seed := range uint64(seeds) {
		off, p := trained(false, seed)
		before, plain = before+off/seeds, plain+p/seeds
		off, p = trained(true, seed)
		after, psnr = after+off/seeds, psnr+p/seeds
	}
	if !(after < before/2) {
		t.Errorf("exposures are off by %.3f stops, the pictures differ by %.3f", after, before)
	}
	if !(psnr > plain) {
		t.Errorf("%.2f dB with exposures, %.2f without", psnr, plain)
	}
}
