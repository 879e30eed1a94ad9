package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/metrics"
	"github.com/radia-go/radia/scene/snapshot"
)

// A permutation meets every number once, and another epoch or seed is another permutation.
func TestPermuted(t *testing.T) {
	for _, n := range []int{1, 2, 3, 9, 64, 1000} {
		seen := make([]bool, n)
		same := 0
		for i := range n {
			p := permuted(7, 0, i, n)
			if p < 0 || p >= n || seen[p] {
				t.Fatalf("%d of %d: %d", i, n, p)
			}
			seen[p] = true
			if p == permuted(7, 1, i, n) {
				same++
			}
		}
		if n >= 64 && same > n/4 {
			t.Errorf("%d of %d are equal in two epochs", same, n)
		}
	}
}

// tiledPicture cuts a picture of 200 x 150 pixels, whose red and green say where a pixel is.
func tiledPicture(t *testing.T, half bool) (*imageio.Tiled, string) {
	t.Helper()
	const w, h = 200, 150
	path := filepath.Join(t.TempDir(), "p.png")
	if half {
		path = filepath.Join(t.TempDir(), "p.bin")
		b := binary.LittleEndian.AppendUint32(nil, h)
		b = binary.LittleEndian.AppendUint32(b, w)
		for i := range w * h {
			for _, v := range [4]uint16{uint16(0x3000 + i%w), uint16(0x3000 + i/w), 0x3800, 0x3c00} {
				b = binary.LittleEndian.AppendUint16(b, v)
			}
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	} else {
		m := imageio.New(w, h)
		for i := range m.Pix {
			m.Pix[i] = imageio.Pack(uint8(i%w), uint8(i/w), 77, 255)
		}
		if err := imageio.WritePNG(path, m); err != nil {
			t.Fatal(err)
		}
	}
	tiles, err := imageio.Cut(path, t.TempDir(), imageio.StripOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tiles.Close)
	return tiles, path
}

func tiledTraining(t *testing.T, tiles *imageio.Tiled, inMemory, threads int, resume *snapshot.Snapshot) *Image {
	t.Helper()
	c, err := config.Parse("small", []byte(smallImage))
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{Threads: threads})
	t.Cleanup(func() { d.Close() })
	tr, err := NewTiledImage(d, tiles, inMemory, FitOptions{Config: c, Batch: 1024, Seed: 9, Resume: resume})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Release)
	return tr
}

// Samples are pixels of the picture, all of which come with the same frequency while the pool passes over it.
func TestTiledSamples(t *testing.T) {
	for _, half := range []bool{false, true} {
		tiles, _ := tiledPicture(t, half)
		tr := tiledTraining(t, tiles, 3, 1, nil) // of 12
		const steps = 240                        // a tile a step: 20 times over the picture
		n := tr.Batch()
		var count [200 * 150]int
		var strip [4]int
		for step := range steps {
			if err := tr.before(step); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				x, y := int(tr.drawn.points[i]*200), int(tr.drawn.points[tr.drawn.stride+i]*150)
				if at := (float32(x) + 0.5) / 200; math.Abs(float64(tr.drawn.points[i]-at)) > 1e-6 {
					t.Fatalf("sample %d lies at %v, beside the centre of a pixel", i, tr.drawn.points[i])
				}
				count[y*200+x]++
				strip[x/50]++
				if half {
					continue // the colours of halves are compared below
				}
				want := [3]float32{float32(x) / 255, float32(y) / 255, 77.0 / 255}
				for k, w := range want {
					if math.Abs(float64(tr.drawn.values[k*tr.drawn.stride+i]-w)) > 1e-6 {
						t.Fatalf("pixel (%d, %d): channel %d is %v", x, y, k, tr.drawn.values[k*tr.drawn.stride+i])
					}
				}
			}
		}
		never := 0
		for _, c := range count {
			if c == 0 {
				never++
			}
		}
		// 8.2 samples a pixel: Poisson leaves 2.8 pixels in ten thousand out; tiles stay a whole number of steps, so that a pixel of a full
		// tile gets fewer than one of an edge tile while they are there.
		if never > 30 {
			t.Errorf("half=%v: %d of %d pixels are never drawn", half, never, len(count))
		}
		mean := float64(steps*n) / 4
		for i, c := range strip {
			if math.Abs(float64(c)-mean) > 0.15*mean {
				t.Errorf("half=%v: a quarter of the picture, %d, gets %d samples of %v", half, i, c, mean)
			}
		}
	}
}

// The targets of halves are those that the kernel makes of a whole picture.
func TestTiledColors(t *testing.T) {
	tiles, path := tiledPicture(t, true)
	tr := tiledTraining(t, tiles, tiles.Count(), 1, nil)
	if err := tr.before(0); err != nil {
		t.Fatal(err)
	}
	whole, err := imageio.Read(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	flat := metrics.FromImage(whole, [3]float32{})
	n := tr.Batch()
	for i := range n {
		x, y := int(tr.drawn.points[i]*200), int(tr.drawn.points[tr.drawn.stride+i]*150)
		for k := range 3 {
			// FromImage rounds to bytes.
			if got, want := tr.drawn.values[k*tr.drawn.stride+i], flat.Pix[3*(y*200+x)+k]; math.Abs(float64(got-want)) > 0.51/255 {
				t.Fatalf("pixel (%d, %d), channel %d: %v, want %v", x, y, k, got, want)
			}
		}
	}
}

// A training in tiles learns the picture, is the same with any number of threads, and goes on as if it had not stopped.
func TestTiledTraining(t *testing.T) {
	tiles, path := tiledPicture(t, false)
	run := func(tr *Image, steps int) *Image {
		if err := tr.Run(context.Background(), Limits{Steps: steps}, nil); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	save := func(tr *Image) *snapshot.Snapshot {
		s, err := tr.Snapshot(true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	whole := run(tiledTraining(t, tiles, 3, 1, nil), 200)
	half := save(run(tiledTraining(t, tiles, 3, 2, nil), 77))
	if StoredTiles(half) != 3 {
		t.Errorf("%d tiles are stored", StoredTiles(half))
	}
	resumed := run(tiledTraining(t, tiles, StoredTiles(half), 2, half), 200)
	a, b := save(whole), save(resumed)
	for name, s := range a.Radia.Sections {
		if !bytes.Equal(s.Data, b.Radia.Sections[name].Data) {
			t.Errorf("%s differs after resuming", name)
		}
	}
	other := save(run(tiledTraining(t, tiles, 5, 2, half), 200))
	if slices.Equal(a.Params.Half, other.Params.Half) {
		t.Error("the size of the pool makes no difference: the comparison cannot fail")
	}
	psnr, ssim, err := CompareImageFile(whole.Field, path, imageio.StripOptions{}, nil)
	if err != nil || psnr < 30 || !(ssim > 0.9) {
		t.Errorf("%v dB, %v, %v", psnr, ssim, err)
	}
}

// Strip by strip gives the figures of the whole.
func TestCompareImageFile(t *testing.T) {
	m := testPicture(false)
	path := filepath.Join(t.TempDir(), "p.png")
	if err := imageio.WritePNG(path, m); err != nil {
		t.Fatal(err)
	}
	tr := trainPicture(t, m, smallImage, 20, 0)
	defer tr.Release()
	want := psnrOf(t, tr)
	pix, err := tr.Field.Render(field.Window{X1: 1, Y1: 1}, m.Width, m.Height)
	if err != nil {
		t.Fatal(err)
	}
	similar, err := metrics.SSIM(&metrics.RGB{Width: m.Width, Height: m.Height, Pix: pix}, metrics.FromImage(m, [3]float32{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, pixels := range []int{1 << 20, 48, 48 * 7} {
		psnr, ssim, err := CompareImageFile(tr.Field, path, imageio.StripOptions{Pixels: pixels}, nil)
		if err != nil || math.Abs(psnr-want) > 1e-6 || math.Abs(ssim-similar) > 1e-9 {
			t.Errorf("strips of %d pixels: %v and %v, want %v and %v (%v)", pixels, psnr, ssim, want, similar, err)
		}
	}
	wrong := imageio.New(47, 32)
	if err := imageio.WritePNG(path, wrong); err != nil {
		t.Fatal(err)
	}
	if _, _, err := CompareImageFile(tr.Field, path, imageio.StripOptions{}, nil); err == nil {
		t.Error("a picture of another size is compared")
	}
}
