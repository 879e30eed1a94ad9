package scene

import (
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/imageio"
)

// Downscale shrinks a picture to width x height with a box filter: each new pixel is the mean of the area it covers, partly covered
// pixels counting by the part. Means are taken of premultiplied values, in the space the pictures are stored in (sRGB-encoded for 8-bit,
// linear for half), which is what data sets downscaled by common tools hold. A new pixel that covers any masked pixel is masked. A
// picture of that size already, or smaller, is returned as it is.
func Downscale(m *Image, width, height int) *Image {
	if width >= m.Width && height >= m.Height {
		return m
	}
	width, height = min(width, m.Width), min(height, m.Height)
	xs, ys := coverage(m.Width, width), coverage(m.Height, height)
	var out *Image
	if m.Half != nil {
		out = imageio.NewHalf(width, height)
	} else {
		out = imageio.New(width, height)
	}
	for y, cy := range ys {
		for x, cx := range xs {
			boxMean(m, out, y*width+x, cx, cy)
		}
	}
	return out
}

// span is the range of old pixels [lo, hi) a new one covers and the weights of the first and last; those between weigh 1.
type span struct {
	lo, hi      int
	first, last float32
}

func (s span) weight(i int) float32 {
	switch i {
	case s.lo:
		return s.first
	case s.hi - 1:
		return s.last
	}
	return 1
}

// coverage computes the spans in exact integer steps of 1/to.
func coverage(from, to int) []span {
	out := make([]span, to)
	for i := range out {
		a, b := i*from, (i+1)*from // in units of 1/to old pixels
		s := span{lo: a / to, hi: (b + to - 1) / to}
		s.first = float32(min((s.lo+1)*to, b)-a) / float32(to)
		s.last = float32(b-max((s.hi-1)*to, a)) / float32(to)
		out[i] = s
	}
	return out
}

func boxMean(m, out *Image, at int, cx, cy span) {
	var sum [4]float32
	var area float32
	for y := cy.lo; y < cy.hi; y++ {
		wy := cy.weight(y)
		for x := cx.lo; x < cx.hi; x++ {
			i := y*m.Width + x
			if m.IsMasked(i) {
				out.Mask(at)
				return
			}
			w := wy * cx.weight(x)
			area += w
			if m.Half != nil {
				for c := range sum {
					sum[c] += w * f16.To32(m.Half[4*i+c])
				}
				continue
			}
			p := m.Pix[i]
			a := w * float32(p>>24)
			sum[0] += a * float32(p&0xFF)
			sum[1] += a * float32(p>>8&0xFF)
			sum[2] += a * float32(p>>16&0xFF)
			sum[3] += a
		}
	}
	if m.Half != nil {
		for c := range sum {
			out.Half[4*at+c] = f16.From32(sum[c] / area)
		}
		return
	}
	if sum[3] > 0 {
		r := func(v float32) uint8 { return uint8(v + 0.5) }
		out.Pix[at] = imageio.Pack(r(sum[0]/sum[3]), r(sum[1]/sum[3]), r(sum[2]/sum[3]), r(sum[3]/area))
	}
}
