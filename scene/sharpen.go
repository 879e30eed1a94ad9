package scene

import (
	"sort"

	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/imageio"
)

// Sharpen raises the contrast of a picture's details by the amount s in place: each colour c, in linear light and premultiplied, becomes
//
//	s · ((4 + 1/s)·c − left − right − above − below) = c + s·(4c − left − right − above − below)
//
// where a neighbour outside the picture is the pixel at the edge. Alpha stays; colours end in 0..alpha for 8-bit pictures, at 0 or above
// for half ones.
func Sharpen(m *Image, s float64) {
	if s == 0 {
		return
	}
	w := m.Width
	above, here, below := make([][3]float64, w), make([][3]float64, w), make([][3]float64, w)
	linearRow(m, 0, here)
	copy(above, here)
	for y := range m.Height {
		if y+1 < m.Height {
			linearRow(m, y+1, below)
		} else {
			copy(below, here)
		}
		for x := range w {
			var c [3]float64
			l, r := here[max(x-1, 0)], here[min(x+1, w-1)]
			for k := range c {
				c[k] = here[x][k] + s*(4*here[x][k]-l[k]-r[k]-above[x][k]-below[x][k])
			}
			storeLinear(m, y*w+x, c)
		}
		above, here, below = here, below, above
	}
}

// linearRow is a row's colours in linear light, premultiplied.
func linearRow(m *Image, y int, row [][3]float64) {
	for x := range row {
		i := y*m.Width + x
		if m.Half != nil {
			for k := range 3 {
				row[x][k] = float64(f16.To32(m.Half[4*i+k]))
			}
			continue
		}
		p := m.Pix[i]
		a := float64(p>>24) / 255
		for k := range 3 {
			row[x][k] = linearOf[p>>(8*k)&0xFF] * a
		}
	}
}

func storeLinear(m *Image, i int, c [3]float64) {
	if m.Half != nil {
		for k, v := range c {
			m.Half[4*i+k] = f16.From32(float32(min(max(v, 0), maxHalf)))
		}
		return
	}
	p := m.Pix[i] & 0xFF000000
	if a := float64(p>>24) / 255; a > 0 {
		for k, v := range c {
			p |= uint32(encode8(v/a)) << (8 * k)
		}
		m.Pix[i] = p
	}
}

// maxHalf is the largest finite half.
const maxHalf = 65504

// linearOf decodes an sRGB byte; encodeFrom[k] is the smallest linear value that is encoded as k+1.
var linearOf, encodeFrom = func() (of [256]float64, from [255]float64) {
	for k := range of {
		of[k] = imageio.SRGBToLinear(float64(k) / 255)
	}
	for k := range from {
		from[k] = imageio.SRGBToLinear((float64(k) + 0.5) / 255)
	}
	return of, from
}()

// encode8 is the nearest sRGB byte of a linear value, clamped.
func encode8(l float64) uint8 {
	return uint8(sort.Search(len(encodeFrom), func(k int) bool { return !(l >= encodeFrom[k]) }))
}

// unpremultiplyOnce divides the colours of a half picture by alpha, for files that were multiplied by it twice.
func unpremultiplyOnce(m *Image) {
	for i := 0; i < len(m.Half); i += 4 {
		a := f16.To32(m.Half[i+3])
		if !(a > 0) {
			continue
		}
		for k := range 3 {
			m.Half[i+k] = f16.From32(min(f16.To32(m.Half[i+k])/a, maxHalf))
		}
	}
}
