package field

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/snapshot"
)

// Image is a picture as a function of two coordinates: x to the right and y down, from 0 to 1 at its edges, to
// sRGB-encoded red, green, blue over black (Müller et al. 2022, section 5.1).
type Image struct {
	*Function
	Width, Height int
}

// NewImage allocates the field of a picture of the given size; its parameters are zero until Init or SetParams.
func NewImage(d gpu.Device, c *config.Config, width, height int, averaged bool) (*Image, error) {
	c, err := c.ForImage(width, height)
	if err != nil {
		return nil, err
	}
	f, err := newFunction(d, c, averaged)
	if err != nil {
		return nil, err
	}
	return &Image{Function: f, Width: width, Height: height}, nil
}

// Keys of a snapshot's Radia.State: the picture's size, which the format does not store.
const (
	keyWidth  = "width"
	keyHeight = "height"
)

// Save describes the field as a snapshot.
func (m *Image) Save() (*snapshot.Snapshot, error) {
	s, err := m.save()
	if err != nil {
		return nil, err
	}
	s.Radia = snapshot.NewRadia()
	s.Radia.State[keyWidth], s.Radia.State[keyHeight] = int64(m.Width), int64(m.Height)
	return s, nil
}

// ImageSize is the size of the picture that a snapshot was trained on.
func ImageSize(s *snapshot.Snapshot) (width, height int, err error) {
	if s.Mode != string(config.Image) {
		return 0, 0, fmt.Errorf("a snapshot of mode %q is no picture", s.Mode)
	}
	if s.Radia != nil {
		w, _ := s.Radia.State[keyWidth].(int64)
		h, _ := s.Radia.State[keyHeight].(int64)
		if w >= 1 && h >= 1 && w <= 1<<22 && h <= 1<<22 {
			return int(w), int(h), nil
		}
	}
	return 0, 0, fmt.Errorf("the snapshot does not say how large its picture is")
}

// LoadImage makes the field of a snapshot; name appears in errors.
func LoadImage(d gpu.Device, s *snapshot.Snapshot, name string) (*Image, error) {
	w, h, err := ImageSize(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c, err := config.FromTree(s.Config, name)
	if err != nil {
		return nil, err
	}
	if c, err = c.ForImage(w, h); err != nil {
		return nil, err
	}
	f, err := loadFunction(d, c, s, name)
	if err != nil {
		return nil, err
	}
	return &Image{Function: f, Width: w, Height: h}, nil
}

// Window is a part of a picture in its coordinates; the whole is {0, 0, 1, 1}.
type Window struct{ X0, Y0, X1, Y1 float64 }

// maxRender bounds a rendered picture.
const maxRender = 1 << 28

// Render evaluates the window at the centres of width by height pixels: three sRGB-encoded values each, rows from the top.
func (m *Image) Render(w Window, width, height int) ([]float32, error) {
	if width < 1 || height < 1 || width > maxRender/height {
		return nil, fmt.Errorf("a picture of %d x %d pixels", width, height)
	}
	if !(w.X0 < w.X1 && w.Y0 < w.Y1) || math.IsInf(w.X1-w.X0, 0) || math.IsInf(w.Y1-w.Y0, 0) {
		return nil, fmt.Errorf("the window from (%v, %v) to (%v, %v) is empty", w.X0, w.Y0, w.X1, w.Y1)
	}
	out := make([]float32, 3*width*height)
	dx, dy := (w.X1-w.X0)/float64(width), (w.Y1-w.Y0)/float64(height)
	err := m.Evaluate(width*height, func(i int, p []float32) {
		p[0], p[1] = float32(w.X0+(float64(i%width)+0.5)*dx), float32(w.Y0+(float64(i/width)+0.5)*dy)
	}, func(i int, v []float32) { copy(out[3*i:], v) })
	return out, err
}

// Image8 quantises three values a pixel, as Render returns them, to an opaque picture.
func Image8(pix []float32, width, height int) *imageio.Image {
	out := imageio.New(width, height)
	byte8 := func(v float32) uint8 { return uint8(min(max(v, 0), 1)*255 + 0.5) }
	for i := range out.Pix {
		out.Pix[i] = imageio.Pack(byte8(pix[3*i]), byte8(pix[3*i+1]), byte8(pix[3*i+2]), 255)
	}
	return out
}
