package imageio

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"

	"github.com/mrjoshuak/go-openexr/exr"
)

// Read decodes the picture at path after Probe has accepted its header. Pictures rotated by EXIF tags are taken as stored, because
// camera poses refer to the stored pixels.
func Read(path string, maxPixels int64) (*Image, error) {
	m, err := readPath(path, maxPixels, func(r io.ReaderAt, size int64, h Header) (*Image, error) {
		switch {
		case h.Format == "exr":
			return readEXRHalf(r, size)
		case h.Format == "bin", h.Rows:
			return readRows(r, size, h)
		}
		src, _, err := image.Decode(io.NewSectionReader(r, 0, size))
		if err != nil {
			return nil, describe(err)
		}
		if b := src.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
			return nil, fmt.Errorf("decoded to %d x %d pixels where the header says %d x %d", b.Dx(), b.Dy(), h.Width, h.Height)
		}
		return FromImage(src), nil
	})
	return m, err
}

// Decode is Read for a file in memory.
func Decode(b []byte, maxPixels int64) (*Image, error) {
	r := bytes.NewReader(b)
	h, err := ProbeReader(r, int64(len(b)), maxPixels)
	if err != nil {
		return nil, err
	}
	return guarded(func() (*Image, error) {
		switch {
		case h.Format == "exr":
			return readEXRHalf(r, int64(len(b)))
		case h.Format == "bin", h.Rows:
			return readRows(r, int64(len(b)), h)
		}
		src, _, err := image.Decode(r)
		if err != nil {
			return nil, describe(err)
		}
		return FromImage(src), nil
	})
}

// Gray16 is a picture of 16-bit values, such as integer depth.
type Gray16 struct {
	Width, Height int
	Pix           []uint16
}

// ReadGray16 decodes a grey picture without reducing it to 8 bits; 8-bit grey is widened by 257 like the standard library does.
func ReadGray16(path string, maxPixels int64) (*Gray16, error) {
	return readPath(path, maxPixels, func(r io.ReaderAt, size int64, h Header) (*Gray16, error) {
		if h.HDR {
			return nil, fmt.Errorf("is a picture in linear light (%s); 16-bit grey is expected", h.Format)
		}
		src, _, err := image.Decode(io.NewSectionReader(r, 0, size))
		if err != nil {
			return nil, describe(err)
		}
		b := src.Bounds()
		out := &Gray16{Width: b.Dx(), Height: b.Dy(), Pix: make([]uint16, b.Dx()*b.Dy())}
		for y := 0; y < out.Height; y++ {
			for x := 0; x < out.Width; x++ {
				out.Pix[y*out.Width+x] = color.Gray16Model.Convert(src.At(b.Min.X+x, b.Min.Y+y)).(color.Gray16).Y
			}
		}
		return out, nil
	})
}

// readPath opens path, checks the header and decodes under a guard that turns a decoder's panic on damaged input into an error.
func readPath[T any](path string, maxPixels int64, decode func(io.ReaderAt, int64, Header) (T, error)) (T, error) {
	var none T
	st, err := os.Stat(path)
	if err != nil {
		return none, err
	}
	if st.IsDir() {
		return none, fmt.Errorf("%s: is a folder, not a picture", path)
	}
	if !st.Mode().IsRegular() { // opening a pipe would wait for its writer
		return none, fmt.Errorf("%s: is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return none, err
	}
	defer f.Close()
	h, err := ProbeReader(f, st.Size(), maxPixels)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	m, err := guarded(func() (T, error) { return decode(f, st.Size(), h) })
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func guarded[T any](f func() (T, error)) (m T, err error) {
	defer func() {
		if p := recover(); p != nil {
			var none T
			m, err = none, fmt.Errorf("damaged picture: %v", p)
		}
	}()
	return f()
}

// Plane is one named channel of an EXR picture, rows from the top.
type Plane struct {
	Name string
	Data []float32
	Half bool // stored as float16 when written
}

// ReadPlanes reads every channel of an EXR picture as float32, such as depth "Z" beside R, G, B, A.
func ReadPlanes(path string, maxPixels int64) (width, height int, planes []Plane, err error) {
	type result struct {
		w, h   int
		planes []Plane
	}
	res, err := readPath(path, maxPixels, func(r io.ReaderAt, size int64, h Header) (result, error) {
		if h.Format != "exr" {
			return result{}, fmt.Errorf("is a %s picture; OpenEXR is expected", h.Format)
		}
		f, err := openEXR(r, size)
		if err != nil {
			return result{}, err
		}
		fb, err := f.rows(0, h.Height)
		if err != nil {
			return result{}, err
		}
		box := f.box
		out := result{w: h.Width, h: h.Height}
		for _, name := range f.list.Names() {
			s := fb.Get(name)
			if s == nil || s.XSampling > 1 || s.YSampling > 1 {
				continue
			}
			p := Plane{Name: name, Data: make([]float32, h.Width*h.Height), Half: s.Type == exr.PixelTypeHalf}
			for y := 0; y < h.Height; y++ {
				for x := 0; x < h.Width; x++ {
					p.Data[y*h.Width+x] = s.GetFloat32(int(box.Min.X)+x, int(box.Min.Y)+y)
				}
			}
			out.planes = append(out.planes, p)
		}
		return out, nil
	})
	return res.w, res.h, res.planes, err
}

// readEXRHalf reads R, G, B, A (or Y as grey); a missing alpha is 1.
func readEXRHalf(r io.ReaderAt, size int64) (*Image, error) {
	f, err := openEXR(r, size)
	if err != nil {
		return nil, err
	}
	h := int(f.box.Height())
	fb, err := f.rows(0, h)
	if err != nil {
		return nil, err
	}
	return f.half(fb, 0, h)
}

// readRows reads a bin or a TIFF picture.
func readRows(r io.ReaderAt, size int64, h Header) (*Image, error) {
	if h.Format == "bin" {
		out := NewHalf(h.Width, h.Height)
		return out, binStrips(r, h, StripOptions{}, func(y int, strip *Image) error {
			copy(out.Half[4*y*h.Width:], strip.Half)
			return nil
		})
	}
	out := New(h.Width, h.Height)
	return out, tiffStrips(r, size, StripOptions{}, func(y int, strip *Image) error {
		copy(out.Pix[y*h.Width:], strip.Pix)
		return nil
	})
}
