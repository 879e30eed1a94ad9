// Package imageio reads and writes the pictures of a scene: PNG, JPEG, GIF, BMP, TIFF, WebP, OpenEXR and bin in; PNG, OpenEXR and animated GIF out.
//
// Two pixel layouts exist, and an Image holds exactly one of them:
//
//   - 8-bit: one uint32 per pixel, R in the low byte, then G, B, A; sRGB-encoded, straight (not premultiplied) alpha.
//   - half: four float16 per pixel (R, G, B, A), linear light, premultiplied alpha, as OpenEXR stores it.
//
// Readers look at the header first and refuse a picture whose claimed size exceeds a limit or what its bytes can hold, before any
// allocation follows from it. Writers are atomic (package atomicfile).
package imageio

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/radia-go/radia/internal/f16"
)

// Masked marks a pixel that carries no information (R=255, G=0, B=255, A=0); a ray through it is skipped in training.
const Masked uint32 = 0x00FF00FF

// MaskedHalf is the float16 value -1 that all four channels of a masked half pixel hold.
const MaskedHalf uint16 = 0xBC00

// Image is a picture of Width by Height pixels, rows from the top, in one of the two layouts of the package comment.
type Image struct {
	Width, Height int
	Pix           []uint32 // 8-bit RGBA, straight alpha; nil for a half picture
	Half          []uint16 // float16 RGBA, linear, premultiplied; nil for an 8-bit picture
}

// New returns a transparent black 8-bit picture.
func New(width, height int) *Image {
	return &Image{Width: width, Height: height, Pix: make([]uint32, width*height)}
}

// NewHalf returns a transparent black half picture.
func NewHalf(width, height int) *Image {
	return &Image{Width: width, Height: height, Half: make([]uint16, 4*width*height)}
}

// HDR reports whether the picture holds half pixels in linear light.
func (m *Image) HDR() bool { return m.Half != nil }

// Bytes is the memory its pixels take.
func (m *Image) Bytes() int64 { return int64(len(m.Pix))*4 + int64(len(m.Half))*2 }

// Pack joins four bytes to a pixel.
func Pack(r, g, b, a uint8) uint32 {
	return uint32(r) | uint32(g)<<8 | uint32(b)<<16 | uint32(a)<<24
}

// Unpack is the inverse of Pack.
func Unpack(p uint32) (r, g, b, a uint8) {
	return uint8(p), uint8(p >> 8), uint8(p >> 16), uint8(p >> 24)
}

// IsMasked reports whether pixel i is marked as carrying no information.
func (m *Image) IsMasked(i int) bool {
	if m.Half != nil {
		return m.Half[4*i] == MaskedHalf && m.Half[4*i+1] == MaskedHalf && m.Half[4*i+2] == MaskedHalf && m.Half[4*i+3] == MaskedHalf
	}
	return m.Pix[i] == Masked
}

// Mask marks pixel i as carrying no information.
func (m *Image) Mask(i int) {
	if m.Half != nil {
		for c := 0; c < 4; c++ {
			m.Half[4*i+c] = MaskedHalf
		}
		return
	}
	m.Pix[i] = Masked
}

// SRGBToLinear decodes one sRGB value: s/12.92 up to 0.04045, else ((s+0.055)/1.055)^2.4 (IEC 61966-2-1).
func SRGBToLinear(s float64) float64 {
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}

// LinearToSRGB is the inverse of SRGBToLinear.
func LinearToSRGB(l float64) float64 {
	if l < 0.0031308 {
		return 12.92 * l
	}
	return 1.055*math.Pow(l, 1/2.4) - 0.055
}

// To8 returns the picture in the 8-bit layout: itself if it is one, else un-premultiplied, clamped to [0,1] and sRGB-encoded.
func (m *Image) To8() *Image {
	if m.Half == nil {
		return m
	}
	out := New(m.Width, m.Height)
	for i := range out.Pix {
		if m.IsMasked(i) {
			out.Pix[i] = Masked
			continue
		}
		a := float64(f16.To32(m.Half[4*i+3]))
		a = math.Min(math.Max(a, 0), 1)
		var c [3]uint8
		if a > 0 {
			for k := range c {
				c[k] = quantise(LinearToSRGB(math.Max(0, float64(f16.To32(m.Half[4*i+k]))) / a))
			}
		}
		out.Pix[i] = Pack(c[0], c[1], c[2], quantise(a))
	}
	return out
}

// quantise rounds v in [0,1] to 0..255; NaN becomes 0, so that a defect is dark rather than undefined.
func quantise(v float64) uint8 {
	switch {
	case !(v > 0):
		return 0
	case v >= 1:
		return 255
	}
	return uint8(v*255 + 0.5)
}

// NRGBA copies the picture into the standard library's straight-alpha type.
func (m *Image) NRGBA() *image.NRGBA {
	src := m.To8()
	out := image.NewNRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i, p := range src.Pix {
		out.Pix[4*i], out.Pix[4*i+1], out.Pix[4*i+2], out.Pix[4*i+3] = Unpack(p)
	}
	return out
}

// Over composites the picture on an opaque background colour (sRGB-encoded, 0..1) in encoded values, as NeRF evaluation does, and
// returns an opaque 8-bit picture.
func (m *Image) Over(bg [3]float32) *Image {
	src := m.To8()
	out := New(m.Width, m.Height)
	for i, p := range src.Pix {
		var c [3]uint8
		r, g, b, a8 := Unpack(p)
		a := float64(a8) / 255
		for k, v := range [3]uint8{r, g, b} {
			c[k] = quantise(float64(v)/255*a + float64(bg[k])*(1-a))
		}
		out.Pix[i] = Pack(c[0], c[1], c[2], 255)
	}
	return out
}

// FromImage converts any standard picture to the 8-bit layout. 16-bit channels are rounded, premultiplied ones divided by alpha.
func FromImage(src image.Image) *Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	out := New(w, h)
	switch s := src.(type) {
	case *image.NRGBA:
		for y := 0; y < h; y++ {
			row := s.Pix[s.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := 0; x < w; x++ {
				out.Pix[y*w+x] = Pack(row[4*x], row[4*x+1], row[4*x+2], row[4*x+3])
			}
		}
	case *image.YCbCr:
		for y := 0; y < h; y++ {
			for x := 0; x < w; x++ {
				yi, ci := s.YOffset(b.Min.X+x, b.Min.Y+y), s.COffset(b.Min.X+x, b.Min.Y+y)
				r, g, bl := color.YCbCrToRGB(s.Y[yi], s.Cb[ci], s.Cr[ci])
				out.Pix[y*w+x] = Pack(r, g, bl, 255)
			}
		}
	case *image.Gray:
		for y := 0; y < h; y++ {
			for x := 0; x < w; x++ {
				v := s.GrayAt(b.Min.X+x, b.Min.Y+y).Y
				out.Pix[y*w+x] = Pack(v, v, v, 255)
			}
		}
	default:
		for y := 0; y < h; y++ {
			for x := 0; x < w; x++ {
				out.Pix[y*w+x] = packColor(src.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return out
}

// packColor rounds to 8 bits after dividing by alpha; NRGBA64 goes straight, since its values are not premultiplied.
func packColor(c color.Color) uint32 {
	switch v := c.(type) {
	case color.NRGBA:
		return Pack(v.R, v.G, v.B, v.A)
	case color.NRGBA64:
		return Pack(round16(uint32(v.R)), round16(uint32(v.G)), round16(uint32(v.B)), round16(uint32(v.A)))
	}
	r, g, b, a := c.RGBA()
	if a == 0 {
		return 0
	}
	div := func(v uint32) uint8 { return round16(min((v*0xFFFF+a/2)/a, 0xFFFF)) }
	return Pack(div(r), div(g), div(b), round16(a))
}

func round16(v uint32) uint8 { return uint8((v*255 + 32767) / 65535) }

// check verifies that a picture has the pixels its size promises; writers call it since Images can be built by hand.
func (m *Image) check() error {
	if m == nil || m.Width <= 0 || m.Height <= 0 {
		return fmt.Errorf("imageio: empty picture")
	}
	n := m.Width * m.Height
	if (m.Pix == nil) == (m.Half == nil) || (m.Pix != nil && len(m.Pix) != n) || (m.Half != nil && len(m.Half) != 4*n) {
		return fmt.Errorf("imageio: %d x %d picture has %d packed and %d half values", m.Width, m.Height, len(m.Pix), len(m.Half))
	}
	return nil
}
