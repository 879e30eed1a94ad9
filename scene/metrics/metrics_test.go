package metrics

import (
	"math"
	"math/rand"
	"testing"

	"github.com/radia-go/radia/scene/imageio"
)

func noise(w, h int, seed int64) *RGB {
	r := rand.New(rand.NewSource(seed))
	m := &RGB{Width: w, Height: h, Pix: make([]float32, 3*w*h)}
	for i := range m.Pix {
		m.Pix[i] = r.Float32()
	}
	return m
}

// near mixes truth with other noise, so that SSIM is neither 0 nor 1.
func near(t *RGB, amount float32, seed int64) *RGB {
	n := noise(t.Width, t.Height, seed)
	for i := range n.Pix {
		n.Pix[i] = t.Pix[i]*(1-amount) + n.Pix[i]*amount
	}
	return n
}

// byteOf is the oracle's quantiser, written over bytes.
func byteOf(v float32) int {
	for b := 0; b < 256; b++ {
		if float64(v) < (float64(b)+0.5)/255 {
			return b
		}
	}
	return 255
}

func TestPSNRVectors(t *testing.T) {
	// One value of 12 off by 51/255 = 0.2: MSE = 0.04/12, PSNR = -10 log10(1/300) = 24.7712 dB.
	a := &RGB{2, 2, make([]float32, 12)}
	b := &RGB{2, 2, make([]float32, 12)}
	b.Pix[7] = 0.2
	if p, err := PSNR(a, b); err != nil || math.Abs(p-24.771212547196626) > 1e-9 {
		t.Fatalf("PSNR = %v %v", p, err)
	}
	b.Pix[7] = 0.49 / 255 // below half a level: the same 8-bit picture
	if p, err := PSNR(a, b); err != nil || !math.IsInf(p, 1) {
		t.Fatalf("PSNR of equal 8-bit pictures = %v %v", p, err)
	}
	b.Pix[7] = 7 // clamps to white, not to 7
	if p, _ := PSNR(a, b); math.Abs(p-10*math.Log10(12)) > 1e-9 {
		t.Fatalf("unclamped PSNR %v", p)
	}
}

// ssimOracle is the plain double loop: a two-dimensional window, central moments, integer levels.
func ssimOracle(a, b *RGB) float64 {
	var win [11][11]float64
	norm := 0.0
	for j := range win {
		for i := range win[j] {
			d2 := float64((i-5)*(i-5) + (j-5)*(j-5))
			win[j][i] = math.Exp(-d2 / 4.5)
			norm += win[j][i]
		}
	}
	c1, c2 := 6.5025, 58.5225 // (0.01*255)^2, (0.03*255)^2
	total, n := 0.0, 0
	for c := 0; c < 3; c++ {
		for y := 0; y+11 <= a.Height; y++ {
			for x := 0; x+11 <= a.Width; x++ {
				var ma, mb float64
				at := func(m *RGB, i, j int) float64 { return float64(byteOf(m.Pix[3*((y+j)*m.Width+x+i)+c])) }
				for j := range win {
					for i := range win[j] {
						ma += win[j][i] / norm * at(a, i, j)
						mb += win[j][i] / norm * at(b, i, j)
					}
				}
				var va, vb, cov float64
				for j := range win {
					for i := range win[j] {
						da, db := at(a, i, j)-ma, at(b, i, j)-mb
						va += win[j][i] / norm * da * da
						vb += win[j][i] / norm * db * db
						cov += win[j][i] / norm * da * db
					}
				}
				total += (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
				n++
			}
		}
	}
	return total / float64(n)
}

func TestSSIMAgainstOracle(t *testing.T) {
	for _, amount := range []float32{0, 0.1, 0.5, 1} {
		a := noise(17, 14, 1)
		b := near(a, amount, 2)
		got, err := SSIM(b, a)
		if err != nil {
			t.Fatal(err)
		}
		// Both are float64 sums of 121 terms of order one; moments by E[x^2]-E[x]^2 lose at most a few 1e-16 against C2 = 9e-4.
		if want := ssimOracle(b, a); !(math.Abs(got-want) < 1e-10) {
			t.Errorf("amount %v: SSIM %v, oracle %v", amount, got, want)
		}
		if amount == 0 && got != 1 && math.Abs(got-1) > 1e-12 {
			t.Errorf("SSIM of a picture with itself = %v", got)
		}
	}
}

// Each planted fault must change both numbers for the worse.
func TestPlantedFaults(t *testing.T) {
	truth := noise(24, 20, 3)
	pred := near(truth, 0.05, 4)
	p0, _ := PSNR(pred, truth)
	s0, _ := SSIM(pred, truth)
	faults := map[string]func(m *RGB){
		"shifted by one pixel": func(m *RGB) { copy(m.Pix[3:], append([]float32(nil), m.Pix...)) },
		"channels swapped": func(m *RGB) {
			for i := 0; i < len(m.Pix); i += 3 {
				m.Pix[i], m.Pix[i+2] = m.Pix[i+2], m.Pix[i]
			}
		},
		"all zero": func(m *RGB) { clear(m.Pix) },
		"inverted": func(m *RGB) {
			for i := range m.Pix {
				m.Pix[i] = 1 - m.Pix[i]
			}
		},
		"linear instead of sRGB": func(m *RGB) {
			for i := range m.Pix {
				m.Pix[i] = float32(imageio.SRGBToLinear(float64(m.Pix[i])))
			}
		},
		"last six rows missing": func(m *RGB) { clear(m.Pix[len(m.Pix)-18*m.Width:]) },
	}
	for name, plant := range faults {
		bad := &RGB{pred.Width, pred.Height, append([]float32(nil), pred.Pix...)}
		plant(bad)
		p, err1 := PSNR(bad, truth)
		s, err2 := SSIM(bad, truth)
		if err1 != nil || err2 != nil || !(p < p0-1) || !(s < s0-0.01) {
			t.Errorf("%s: PSNR %v (was %v), SSIM %v (was %v)", name, p, p0, s, s0)
		}
	}
}

func TestRefusals(t *testing.T) {
	a := noise(12, 12, 5)
	nan := noise(12, 12, 6)
	nan.Pix[100] = float32(math.NaN())
	for name, b := range map[string]*RGB{
		"NaN": nan, "size": noise(12, 13, 1), "short": {12, 12, make([]float32, 5)}, "empty": {0, 0, nil},
	} {
		if p, err := PSNR(b, a); err == nil || !math.IsNaN(p) {
			t.Errorf("PSNR accepts %s: %v", name, p)
		}
		if s, err := SSIM(b, a); err == nil || !math.IsNaN(s) {
			t.Errorf("SSIM accepts %s: %v", name, s)
		}
	}
	if _, err := SSIM(noise(10, 30, 1), noise(10, 30, 1)); err == nil {
		t.Error("SSIM accepts a picture without a whole window")
	}
}

func TestFromImage(t *testing.T) {
	m := imageio.New(1, 1)
	m.Pix[0] = imageio.Pack(255, 0, 0, 128)
	rgb := FromImage(m, [3]float32{1, 1, 1})
	// red at 128/255 over white: green and blue are 127/255.
	if rgb.Pix[0] != 1 || byteOf(rgb.Pix[1]) != 127 || byteOf(rgb.Pix[2]) != 127 {
		t.Fatalf("%v", rgb.Pix)
	}
}
