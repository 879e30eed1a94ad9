// Package metrics measures how close a picture is to the truth: PSNR and SSIM as NeRF evaluation reports them.
//
// Pictures are compared after both were composited on the data set's background and quantised to 8-bit sRGB, so that numbers agree with
// those measured from saved PNG files.
package metrics

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/scene/imageio"
)

// RGB is a composited picture: width*height*3 sRGB-encoded values, rows from the top.
type RGB struct {
	Width, Height int
	Pix           []float32
}

// FromImage composites a picture on an sRGB-encoded background colour, in encoded values.
func FromImage(m *imageio.Image, background [3]float32) *RGB {
	flat := m.Over(background)
	out := &RGB{Width: m.Width, Height: m.Height, Pix: make([]float32, 3*len(flat.Pix))}
	for i, p := range flat.Pix {
		r, g, b, _ := imageio.Unpack(p)
		out.Pix[3*i], out.Pix[3*i+1], out.Pix[3*i+2] = float32(r)/255, float32(g)/255, float32(b)/255
	}
	return out
}

// check refuses what cannot be compared: other sizes, missing values, NaN.
func check(a, b *RGB) error {
	if a.Width <= 0 || a.Height <= 0 || a.Width != b.Width || a.Height != b.Height {
		return fmt.Errorf("metrics: pictures of %d x %d and %d x %d pixels cannot be compared", a.Width, a.Height, b.Width, b.Height)
	}
	for _, m := range []*RGB{a, b} {
		if len(m.Pix) != 3*m.Width*m.Height {
			return fmt.Errorf("metrics: %d values for %d x %d pixels", len(m.Pix), m.Width, m.Height)
		}
		for i, v := range m.Pix {
			if v != v {
				return fmt.Errorf("metrics: pixel (%d, %d) is NaN", i/3%m.Width, i/3/m.Width)
			}
		}
	}
	return nil
}

// quantise rounds to the nearest of 256 levels after clamping to [0, 1].
func quantise(v float32) float64 {
	return math.Floor(math.Min(math.Max(float64(v), 0), 1)*255+0.5) / 255
}

// MSE is the mean squared error of the 8-bit values, scaled to [0, 1].
func MSE(pred, truth *RGB) (float64, error) {
	if err := check(pred, truth); err != nil {
		return math.NaN(), err
	}
	sum := 0.0
	for i := range pred.Pix {
		d := quantise(pred.Pix[i]) - quantise(truth.Pix[i])
		sum += d * d
	}
	return sum / float64(len(pred.Pix)), nil
}

// PSNR is -10 log10(MSE) in decibels; +Inf where the 8-bit pictures agree.
func PSNR(pred, truth *RGB) (float64, error) {
	mse, err := MSE(pred, truth)
	if err != nil {
		return math.NaN(), err
	}
	return -10 * math.Log10(mse), nil
}

// SSIMRows is the edge of SSIM's windows in pixels.
const SSIMRows = taps

// Window of SSIM: 11 taps of a Gaussian with standard deviation 1.5.
const (
	taps  = 11
	sigma = 1.5
	k1    = 0.01
	k2    = 0.03
)

func gaussian() (w [taps]float64) {
	sum := 0.0
	for i := range w {
		x := float64(i - taps/2)
		w[i] = math.Exp(-x * x / (2 * sigma * sigma))
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// SSIM is the mean structural similarity (Wang et al. 2004) over all windows that lie inside the picture and over the three channels:
//
//	((2 mx my + C1)(2 sxy + C2)) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2)),  C1 = 0.01^2, C2 = 0.03^2
//
// with Gaussian-weighted moments. Pictures must be at least 11 pixels wide and high.
func SSIM(pred, truth *RGB) (float64, error) {
	if err := check(pred, truth); err != nil {
		return math.NaN(), err
	}
	w, h := pred.Width, pred.Height
	if w < taps || h < taps {
		return math.NaN(), fmt.Errorf("metrics: SSIM needs at least %d x %d pixels, the pictures have %d x %d", taps, taps, w, h)
	}
	g := gaussian()
	total := 0.0
	x, y := make([]float64, w*h), make([]float64, w*h)
	prod := make([]float64, w*h)
	for c := 0; c < 3; c++ {
		for i := range x {
			x[i], y[i] = quantise(pred.Pix[3*i+c]), quantise(truth.Pix[3*i+c])
		}
		moment := func(a, b []float64) []float64 {
			for i := range prod {
				prod[i] = a[i] * b[i]
			}
			return blur(prod, w, h, &g)
		}
		mx, my := blur(x, w, h, &g), blur(y, w, h, &g)
		xx, yy, xy := moment(x, x), moment(y, y), moment(x, y)
		sum := 0.0
		for i := range mx {
			sx, sy, sxy := xx[i]-mx[i]*mx[i], yy[i]-my[i]*my[i], xy[i]-mx[i]*my[i]
			sum += (2*mx[i]*my[i] + k1*k1) * (2*sxy + k2*k2) / ((mx[i]*mx[i] + my[i]*my[i] + k1*k1) * (sx + sy + k2*k2))
		}
		total += sum / float64(len(mx))
	}
	return total / 3, nil
}

// blur is the separable Gaussian over valid windows: (w-10) x (h-10) values.
func blur(a []float64, w, h int, g *[taps]float64) []float64 {
	vw, vh := w-taps+1, h-taps+1
	rows := make([]float64, vw*h)
	for y := 0; y < h; y++ {
		for x := 0; x < vw; x++ {
			s := 0.0
			for k, gk := range g {
				s += gk * a[y*w+x+k]
			}
			rows[y*vw+x] = s
		}
	}
	out := make([]float64, vw*vh)
	for y := 0; y < vh; y++ {
		for x := 0; x < vw; x++ {
			s := 0.0
			for k, gk := range g {
				s += gk * rows[(y+k)*vw+x]
			}
			out[y*vw+x] = s
		}
	}
	return out
}
