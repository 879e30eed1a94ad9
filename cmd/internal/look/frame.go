package look

import (
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene/imageio"
)

// Frame is one sample per pixel of a picture, or the mean of several.
type Frame struct {
	Width, Height int
	// Color is premultiplied linear light and coverage, four values a pixel.
	Color []float32
	// Depth is along the optical axis in ngp units, 0 where nothing is seen.
	Depth []float32
	// Cost is how many places of the field the pixel asked for; nil where the engine does not say.
	Cost []float32
	// Normals says that the colours are normals, from -1..1 to 0..1.
	Normals bool
}

// Resize sets the size and makes room; the contents are arbitrary.
func (f *Frame) Resize(width, height int, cost bool) {
	n := width * height
	f.Width, f.Height, f.Normals = width, height, false
	grow := func(s []float32, n int) []float32 {
		if cap(s) < n {
			return make([]float32, n)
		}
		return s[:n]
	}
	f.Color, f.Depth = grow(f.Color, 4*n), grow(f.Depth, n)
	if cost {
		f.Cost = grow(f.Cost, n)
	} else {
		f.Cost = nil
	}
}

// Take makes f the rendered frame of one sample per pixel: its sRGB-encoded colours become linear light.
func (f *Frame) Take(out *render.Frame) {
	f.Resize(out.Width, out.Height, true)
	f.Normals = out.Mode == render.Normals
	copy(f.Cost, out.Cost)
	for i, d := range out.Depth {
		if f.Depth[i] = d; d >= render.NoDepth {
			f.Depth[i] = 0
		}
		c, px := out.Color[4*i:4*i+4], f.Color[4*i:4*i+4]
		if px[3] = c[3]; f.Normals || !(c[3] > 0) {
			copy(px, c)
			continue
		}
		for k := range 3 {
			px[k] = decode(c[k]/c[3]) * c[3]
		}
	}
}

// Add adds a frame of the same size; depth stays that of the first, the pixel's centre.
func (f *Frame) Add(g *Frame) {
	for i, v := range g.Color {
		f.Color[i] += v
	}
	for i := range f.Cost {
		f.Cost[i] += g.Cost[i]
	}
}

// Mean is the frame divided by a number of samples.
func (f *Frame) Mean(n int) Frame {
	out := Frame{Width: f.Width, Height: f.Height, Normals: f.Normals, Depth: append([]float32(nil), f.Depth...)}
	k := 1 / float32(n)
	out.Color = make([]float32, len(f.Color))
	for i, v := range f.Color {
		out.Color[i] = v * k
	}
	if f.Cost != nil {
		out.Cost = make([]float32, len(f.Cost))
		for i, v := range f.Cost {
			out.Cost[i] = v * k
		}
	}
	return out
}

// decodeSteps is the number of intervals of the table of decode.
const decodeSteps = 1024

var decodeTable = func() (t [decodeSteps + 2]float32) {
	for i := range t {
		t[i] = float32(imageio.SRGBToLinear(float64(i) / decodeSteps))
	}
	return t
}()

// decode is the linear light of an sRGB-encoded value; between 0 and 1 it interpolates in a table.
func decode(v float32) float32 {
	if !(v > 0) {
		return 0
	}
	if v >= 1 {
		return float32(imageio.SRGBToLinear(float64(v)))
	}
	x := v * decodeSteps
	i := int(x)
	return decodeTable[i] + (decodeTable[i+1]-decodeTable[i])*(x-float32(i))
}
