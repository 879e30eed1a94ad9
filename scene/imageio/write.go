package imageio

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"sort"

	"github.com/mrjoshuak/go-openexr/exr"

	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/internal/f16"
)

// WritePNG writes an 8-bit PNG: RGB where every pixel is opaque, else RGBA with straight alpha. A half picture is converted by To8.
func WritePNG(path string, m *Image) error {
	if err := m.check(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	var enc png.Encoder
	return atomicfile.WriteFunc(path, func(w io.Writer) error { return enc.Encode(w, m.NRGBA()) })
}

// WriteGray16PNG writes a 16-bit grey PNG, such as depth in integer units.
func WriteGray16PNG(path string, m *Gray16) error {
	if m == nil || m.Width <= 0 || m.Height <= 0 || len(m.Pix) != m.Width*m.Height {
		return fmt.Errorf("writing %s: the grey picture's values do not match its size", path)
	}
	img := image.NewGray16(image.Rect(0, 0, m.Width, m.Height))
	for i, v := range m.Pix {
		binary.BigEndian.PutUint16(img.Pix[2*i:], v)
	}
	return atomicfile.WriteFunc(path, func(w io.Writer) error { return png.Encode(w, img) })
}

// WriteEXR writes the planes as channels of one ZIP-compressed OpenEXR picture; each is stored as float16 or float32 by its Half flag.
func WriteEXR(path string, width, height int, planes []Plane) error {
	if width <= 0 || height <= 0 || len(planes) == 0 {
		return fmt.Errorf("writing %s: %d x %d pixels and %d channels", path, width, height, len(planes))
	}
	sorted := append([]Plane(nil), planes...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	hd := exr.NewScanlineHeader(width, height)
	hd.SetCompression(exr.CompressionZIP)
	list, fb := exr.NewChannelList(), exr.NewFrameBuffer()
	for i, p := range sorted {
		if p.Name == "" || len(p.Data) != width*height || (i > 0 && sorted[i-1].Name == p.Name) {
			return fmt.Errorf("writing %s: channel %q has no name, a repeated name, or %d values for %d pixels", path, p.Name, len(p.Data), width*height)
		}
		t, size := exr.PixelTypeFloat, 4
		if p.Half {
			t, size = exr.PixelTypeHalf, 2
		}
		raw := make([]byte, size*len(p.Data))
		for j, v := range p.Data {
			if p.Half {
				binary.NativeEndian.PutUint16(raw[2*j:], f16.From32(v))
			} else {
				binary.NativeEndian.PutUint32(raw[4*j:], math.Float32bits(v))
			}
		}
		list.Add(exr.Channel{Name: p.Name, Type: t, XSampling: 1, YSampling: 1})
		fb.Set(p.Name, exr.NewSlice(t, raw, width, height))
	}
	hd.SetChannels(list)
	var mem memFile
	w, err := exr.NewScanlineWriter(&mem, hd)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	w.SetFrameBuffer(fb)
	if err := w.WritePixels(0, height-1); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return atomicfile.Write(path, mem.b)
}

// memFile is a growing file in memory; the EXR writer goes back to fill in its offset table.
type memFile struct {
	b  []byte
	at int64
}

func (m *memFile) Write(p []byte) (int, error) {
	if end := m.at + int64(len(p)); end > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, end-int64(len(m.b)))...)
	}
	n := copy(m.b[m.at:], p)
	m.at += int64(n)
	return n, nil
}

func (m *memFile) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += m.at
	case io.SeekEnd:
		off += int64(len(m.b))
	}
	if off < 0 {
		return 0, fmt.Errorf("seek before the start")
	}
	m.at = off
	return off, nil
}

// EXRPlanes splits a picture into R, G, B, A in linear light with premultiplied alpha, ready for WriteEXR; more channels (depth "Z")
// can be appended. Half says how they are stored.
func EXRPlanes(m *Image, asHalf bool) []Plane {
	n := m.Width * m.Height
	out := make([]Plane, 4)
	for k, name := range [4]string{"R", "G", "B", "A"} {
		out[k] = Plane{Name: name, Data: make([]float32, n), Half: asHalf}
	}
	for i := 0; i < n; i++ {
		if m.Half != nil {
			for k := range out {
				out[k].Data[i] = f16.To32(m.Half[4*i+k])
			}
			continue
		}
		r, g, b, a := Unpack(m.Pix[i])
		al := float64(a) / 255
		for k, v := range [3]uint8{r, g, b} {
			out[k].Data[i] = float32(SRGBToLinear(float64(v)/255) * al)
		}
		out[3].Data[i] = float32(al)
	}
	return out
}
