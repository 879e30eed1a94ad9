package render

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
)

// Mode is what a picture shows.
type Mode uint32

// The modes.
const (
	Shade    Mode = iota // colour
	Depth                // distance along the viewing axis of the sample that weighs most
	Normals              // direction in which density falls fastest, mapped from -1..1 to colours
	Alpha                // opacity
	Cost                 // samples along the ray
	Position             // where the sample that weighs most lies: the fractions of x, y, z as red, green, blue
	Slice                // the field on a plane that faces the camera, as a sheet one cell of the occupancy grid thick
)

var modeNames = [...]string{"shade", "depth", "normals", "alpha", "cost", "position", "slice"}

// ModeNames are the modes' names on the command line.
func ModeNames() []string { return modeNames[:] }

// String is the mode's name on the command line.
func (m Mode) String() string { return modeNames[m] }

// ParseMode is the inverse of String.
func ParseMode(s string) (Mode, error) {
	for i, name := range modeNames {
		if name == s {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q", s)
}

// NoDepth is the depth of a pixel that shows nothing, as in the reference.
const NoDepth = 16384

// Frame is a finished picture.
type Frame struct {
	Width, Height int
	Mode          Mode
	// Color has four values a pixel: red, green, blue, sRGB-encoded and multiplied by alpha, and alpha.
	Color []float32
	// Depth is along the viewing axis in units of the scene's cube, NoDepth where nothing is seen.
	Depth []float32
	// Cost is the number of samples along each ray, over all samples per pixel.
	Cost []float32
	// Rays were sent and Samples composited along them, over all samples per pixel. Evaluated counts the samples that went
	// through the network, with those behind the end of a ray. RayPasses counts the rays of every pass; the mega-kernel
	// has none.
	Rays, Samples, Evaluated, RayPasses int64
}

// add adds a sample of each pixel from first on; fresh is the first one, which gives the depth where alpha is above opaque.
func (f *Frame) add(first int, pixels []kernels.Pixel, fresh bool, opaque float32) {
	for i, p := range pixels {
		c := f.Color[4*(first+i) : 4*(first+i)+4]
		c[0], c[1], c[2], c[3] = c[0]+p.R, c[1]+p.G, c[2]+p.B, c[3]+p.A
		f.Cost[first+i] += p.Cost
		f.Samples += int64(p.Cost)
		if fresh {
			f.Depth[first+i] = NoDepth
			if p.A > opaque {
				f.Depth[first+i] = p.Depth
			}
		}
	}
	f.Rays += int64(len(pixels))
}

// finish turns sums over samples per pixel into means and applies what the mode shows. Colours are averaged as they are
// composited, sRGB-encoded; exposure acts in linear light.
func (f *Frame) finish(v View) {
	for i := range f.Color {
		f.Color[i] /= float32(v.SPP)
	}
	most := float32(1)
	for _, c := range f.Cost {
		most = max(most, c)
	}
	gain := math.Exp2(float64(v.Exposure))
	near, far := f.depthRange()
	for i := range f.Depth {
		c := f.Color[4*i : 4*i+4]
		gray := func(x float32) { c[0], c[1], c[2], c[3] = x, x, x, 1 }
		switch v.Mode {
		case Shade, Slice:
			if v.Exposure != 0 && c[3] > 0 {
				for k := range 3 {
					c[k] = float32(imageio.LinearToSRGB(imageio.SRGBToLinear(float64(c[k]/c[3]))*gain)) * c[3]
				}
			}
		case Alpha:
			gray(c[3])
		case Cost:
			gray(f.Cost[i] / most)
		case Position:
			o, d, ok := v.rayOf(i)
			if f.Depth[i] >= NoDepth || !ok {
				gray(0)
				continue
			}
			for k := range 3 {
				p := o[k] + d[k]*float64(f.Depth[i])
				c[k] = float32(p - math.Floor(p))
			}
			c[3] = 1
		case Depth:
			if f.Depth[i] >= NoDepth {
				gray(0)
			} else {
				gray(1 - 0.85*(f.Depth[i]-near)/max(far-near, 1e-6))
			}
		}
	}
}

// Over composites the picture on a background, sRGB-encoded: three values a pixel.
func (f *Frame) Over(background [3]float32) []float32 {
	out := make([]float32, 3*f.Width*f.Height)
	for i := range f.Width * f.Height {
		c := f.Color[4*i : 4*i+4]
		for k := range 3 {
			out[3*i+k] = c[k] + (1-c[3])*background[k]
		}
	}
	return out
}

// Image is the picture in 8 bits: on the background, or with straight alpha where that is nil.
func (f *Frame) Image(background *[3]float32) *imageio.Image {
	m := imageio.New(f.Width, f.Height)
	for i := range m.Pix {
		c := f.Color[4*i : 4*i+4]
		var v [3]float32
		alpha := c[3]
		switch {
		case background != nil:
			for k := range 3 {
				v[k] = c[k] + (1-alpha)*background[k]
			}
			alpha = 1
		case alpha > 0:
			v = [3]float32{c[0] / alpha, c[1] / alpha, c[2] / alpha}
		}
		m.Pix[i] = imageio.Pack(byte8(v[0]), byte8(v[1]), byte8(v[2]), byte8(alpha))
	}
	return m
}

func byte8(v float32) uint8 { return uint8(min(max(v, 0), 1)*255 + 0.5) }

// DepthImage is the depth in 16 bits: 65535 is the farthest thing seen, and 0 means that nothing is.
func (f *Frame) DepthImage() *imageio.Gray16 {
	_, far := f.depthRange()
	g := &imageio.Gray16{Width: f.Width, Height: f.Height, Pix: make([]uint16, len(f.Depth))}
	for i, d := range f.Depth {
		if d < NoDepth && far > 0 {
			g.Pix[i] = uint16(min(max(d/far, 0), 1)*65534 + 1)
		}
	}
	return g
}

// DepthPreview is the depth for people: near is bright, nothing is black.
func (f *Frame) DepthPreview() *imageio.Image {
	near, far := f.depthRange()
	m := imageio.New(f.Width, f.Height)
	for i, d := range f.Depth {
		var v uint8
		if d < NoDepth {
			v = byte8(1 - 0.85*(d-near)/max(far-near, 1e-6))
		}
		m.Pix[i] = imageio.Pack(v, v, v, 255)
	}
	return m
}

func (f *Frame) depthRange() (near, far float32) {
	near = math.MaxFloat32
	for _, d := range f.Depth {
		if d < NoDepth {
			near, far = min(near, d), max(far, d)
		}
	}
	return near, far
}

// Planes are the channels of an EXR picture: linear colour multiplied by alpha, alpha, and depth Z.
func (f *Frame) Planes() []imageio.Plane {
	n := f.Width * f.Height
	planes := []imageio.Plane{{Name: "R"}, {Name: "G"}, {Name: "B"}, {Name: "A"}, {Name: "Z"}}
	for i := range planes {
		planes[i].Data = make([]float32, n)
	}
	for i := range n {
		alpha := f.Color[4*i+3]
		for k := range 3 {
			if alpha > 0 {
				planes[k].Data[i] = float32(imageio.SRGBToLinear(float64(f.Color[4*i+k]/alpha))) * alpha
			}
		}
		planes[3].Data[i] = alpha
		planes[4].Data[i] = f.Depth[i]
	}
	return planes
}

// renderSamples makes a picture of all samples of a view, which render adds to a frame one by one.
func renderSamples(v View, render func(f *Frame, v View, sample int, fresh bool) error) (*Frame, error) {
	w, h := v.size()
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	v.SPP = max(v.SPP, 1)
	f := v.blank()
	for s := range v.SPP {
		if err := render(f, v, v.First+s, s == 0); err != nil {
			return nil, err
		}
	}
	f.finish(v)
	return f, nil
}

// eachTile calls render for the pixels of a frame, at most tile at once, until the view is stopped.
func eachTile(f *Frame, v View, tile int, render func(first, count int) error) error {
	n := f.Width * f.Height
	for first := 0; first < n; first += tile {
		if err := v.stopped(); err != nil {
			return err
		}
		if err := render(first, min(tile, n-first)); err != nil {
			return err
		}
	}
	return nil
}
