package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/imageio"
)

const smallImage = `{"parent": "image/base", "encoding": {"n_levels": 6, "log2_hashmap_size": 10, "base_resolution": 8},
	"network": {"n_neurons": 32, "n_hidden_layers": 1}}`

// testPicture has smooth colours, edges, and no symmetry between its axes or channels.
func testPicture(half bool) *imageio.Image {
	const w, h = 48, 32
	m := imageio.New(w, h)
	if half {
		m = imageio.NewHalf(w, h)
	}
	for i := range w * h {
		x, y := float64(i%w)/w, float64(i/w)/h
		c := [3]float64{x, 0.5 + 0.4*math.Sin(7*y), 0.2}
		if x > 0.6 && y < 0.4 {
			c[2] = 0.9
		}
		if half {
			for k, v := range c {
				m.Half[4*i+k] = f16.From32(float32(imageio.SRGBToLinear(v)))
			}
			m.Half[4*i+3] = f16.From32(1)
			continue
		}
		m.Pix[i] = imageio.Pack(uint8(c[0]*255), uint8(c[1]*255), uint8(c[2]*255), 255)
	}
	return m
}

func trainPicture(t *testing.T, m *imageio.Image, text string, steps, threads int) *Image {
	t.Helper()
	c, err := config.Parse("small", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{Threads: threads})
	t.Cleanup(func() { d.Close() })
	tr, err := NewImage(d, m, FitOptions{Config: c, Batch: 1024, Seed: 1337})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(context.Background(), Limits{Steps: steps}, nil); err != nil {
		t.Fatal(err)
	}
	return tr
}

func psnrOf(t *testing.T, tr *Image) float64 {
	t.Helper()
	v, err := tr.PSNR()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestImageLearns(t *testing.T) {
	for _, half := range []bool{false, true} {
		m := testPicture(half)
		tr := trainPicture(t, m, smallImage, 200, 0)
		const enough = 30 // dB; a constant colour reaches about 12
		if v := psnrOf(t, tr); v < enough {
			t.Errorf("half=%v: %.2f dB after 200 steps, want %d", half, v, enough)
		}
		// The same training on the picture turned upside down must be far from this picture: what is measured is this
		// picture and not any.
		turned := *m
		if half {
			turned.Half = slices.Clone(m.Half)
			for i := range m.Width * m.Height {
				copy(turned.Half[4*i:4*i+4], m.Half[4*(m.Width*m.Height-1-i):])
			}
		} else {
			turned.Pix = slices.Clone(m.Pix)
			slices.Reverse(turned.Pix)
		}
		wrong, err := ImagePSNR(tr.Field, &turned)
		if err != nil || wrong >= enough {
			t.Errorf("half=%v: %.2f dB against another picture, %v", half, wrong, err)
		}
		tr.Release()
	}
}

func TestImageDoesNotLearnWithoutRate(t *testing.T) {
	tr := trainPicture(t, testPicture(false), `{"parent": "image/base", "encoding": {"n_levels": 6, "log2_hashmap_size": 10, "base_resolution": 8},
		"network": {"n_neurons": 32, "n_hidden_layers": 1}, "optimizer": {"nested": {"learning_rate": 1e-9}}}`, 200, 0)
	if v := psnrOf(t, tr); v > 15 {
		t.Errorf("%.2f dB with a learning rate of almost 0: the measure cannot fail", v)
	}
}

// Two runs are equal bit by bit, whatever the number of threads.
func TestImageIsDeterministic(t *testing.T) {
	var params [2][]float32
	for i, threads := range []int{1, 3} {
		var err error
		if params[i], err = trainPicture(t, testPicture(false), smallImage, 20, threads).Field.ReadMaster(); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(params[0], params[1]) {
		t.Error("1 and 3 threads give different parameters")
	}
}

func TestImageSnapshot(t *testing.T) {
	tr := trainPicture(t, testPicture(false), smallImage, 50, 0)
	s, err := tr.Snapshot(false)
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{})
	defer d.Close()
	f, err := field.LoadImage(d, s, "copy")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	whole := field.Window{X1: 1, Y1: 1}
	a, err := tr.Field.Render(whole, 48, 32)
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Render(whole, 48, 32)
	if err != nil {
		t.Fatal(err)
	}
	// Parameters are rounded to halves, 2^-11 each; features and two matrices carry that to at most four times the
	// activations' size of about 1, with room for their sums.
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 0.02 {
			t.Fatalf("value %d: %v trained, %v loaded", i, a[i], b[i])
		}
	}
	// Zooming in shows the same colours in the same places: pixel (31, 5) fills the window.
	w := field.Window{X0: 31.0 / 48, X1: 32.0 / 48, Y0: 5.0 / 32, Y1: 6.0 / 32}
	zoom, err := f.Render(w, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k := range zoom {
		if d := math.Abs(float64(zoom[k] - b[3*(5*48+31)+k])); d > 1e-4 {
			t.Errorf("channel %d differs by %v after zooming", k, d)
		}
	}
}

func TestImageRefuses(t *testing.T) {
	c, err := config.Load("image/base")
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{})
	defer d.Close()
	bad := testPicture(true)
	bad.Half[4] = 0x7c00
	for name, m := range map[string]*imageio.Image{"infinite": bad, "empty": {}} {
		if _, err := NewImage(d, m, FitOptions{Config: c, Batch: 1024}); err == nil {
			t.Errorf("%s picture: no error", name)
		}
	}
	if _, err := NewImage(d, testPicture(false), FitOptions{Config: c, Batch: 3}); err == nil {
		t.Error("batch of 3: no error")
	}
	tr := trainPicture(t, testPicture(false), smallImage, 1, 0)
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if err := tr.Run(stopped, Limits{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled training: %v", err)
	}
	if _, err := tr.Field.Render(field.Window{X0: 1, X1: 1, Y1: 1}, 4, 4); err == nil {
		t.Error("an empty window: no error")
	}
}
