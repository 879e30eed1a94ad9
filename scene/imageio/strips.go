package imageio

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"sync"

	"github.com/mrjoshuak/go-openexr/exr"

	"github.com/radia-go/radia/internal/f16"
)

// StripOptions say how a picture is read in strips.
type StripOptions struct {
	MaxPixels int64 // of a picture; 0: DefaultMaxPixels
	// Deep makes half pictures of those with 16 bits a channel, instead of 8-bit ones.
	Deep   bool
	Pixels int // about how many a strip has; 0: 2^20
}

// ReadStrips decodes the picture at path from top to bottom and hands out strips of whole rows, the first of which is row y of the picture. PNG
// (unless it is interlaced), most TIFF, OpenEXR and bin pictures are never in memory as a whole; the others are decoded in one piece, of Header.DecodeBytes.
// A strip is valid until each returns.
func ReadStrips(path string, opt StripOptions, each func(y int, strip *Image) error) error {
	_, err := readPath(path, opt.MaxPixels, func(r io.ReaderAt, size int64, h Header) (struct{}, error) {
		var none struct{}
		switch {
		case h.Format == "exr":
			return none, exrStrips(r, size, opt, each)
		case h.Format == "bin":
			return none, binStrips(r, h, opt, each)
		case h.Rows:
			return none, tiffStrips(r, size, opt, each)
		case h.Format == "png" && !h.Interlaced:
			return none, pngStrips(io.NewSectionReader(r, 0, size), opt, each)
		}
		src, _, err := image.Decode(io.NewSectionReader(r, 0, size))
		if err != nil {
			return none, describe(err)
		}
		return none, imageStrips(src, h, opt, each)
	})
	return err
}

// ReadDeep decodes a picture as Read does, but keeps the precision of 16 bits a channel: those pictures become half pictures.
func ReadDeep(path string, maxPixels int64) (*Image, error) {
	h, err := Probe(path, maxPixels)
	if err != nil {
		return nil, err
	}
	out := &Image{Width: h.Width, Height: h.Height}
	rows := 0
	err = ReadStrips(path, StripOptions{MaxPixels: maxPixels, Deep: true}, func(y int, s *Image) error {
		if out.Pix == nil && out.Half == nil { // what the header claims is believed once the first rows are there
			if s.HDR() {
				out.Half = make([]uint16, 4*h.Width*h.Height)
			} else {
				out.Pix = make([]uint32, h.Width*h.Height)
			}
		}
		if s.Width != h.Width || y != rows || y+s.Height > h.Height {
			return fmt.Errorf("%s: the picture changed while it was read", path)
		}
		rows += s.Height
		copy(out.Pix[min(y*h.Width, len(out.Pix)):], s.Pix)
		copy(out.Half[min(4*y*h.Width, len(out.Half)):], s.Half)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rows != h.Height {
		return nil, fmt.Errorf("%s: %d of %d rows are there", path, rows, h.Height)
	}
	return out, nil
}

// rows is how many rows a strip of a picture so wide has, a multiple of unit.
func (o StripOptions) rows(width, unit int) int {
	pixels := o.Pixels
	if pixels == 0 {
		pixels = 1 << 20
	}
	return max(pixels/max(width, 1)/unit, 1) * unit
}

// imageStrips cuts up a decoded picture.
func imageStrips(src image.Image, h Header, opt StripOptions, each func(y int, strip *Image) error) error {
	b := src.Bounds()
	if b.Dx() != h.Width || b.Dy() != h.Height {
		return fmt.Errorf("decoded to %d x %d pixels where the header says %d x %d", b.Dx(), b.Dy(), h.Width, h.Height)
	}
	cut, ok := src.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok {
		return fmt.Errorf("a picture of type %T cannot be cut", src)
	}
	n := opt.rows(h.Width, 1)
	for y := 0; y < h.Height; y += n {
		part := cut.SubImage(image.Rect(b.Min.X, b.Min.Y+y, b.Max.X, min(b.Min.Y+y+n, b.Max.Y)))
		strip := (*Image)(nil)
		if opt.Deep && h.Bits == 16 {
			strip = deepImage(part)
		} else {
			strip = FromImage(part)
		}
		if err := each(y, strip); err != nil {
			return err
		}
	}
	return nil
}

// deepImage converts a picture of 16 bits a channel to halves.
func deepImage(src image.Image) *Image {
	b := src.Bounds()
	out := NewHalf(b.Dx(), b.Dy())
	for y := range out.Height {
		for x := range out.Width {
			c := color.NRGBA64Model.Convert(src.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA64)
			deepPixel(out.Half[4*(y*out.Width+x):], c.R, c.G, c.B, c.A)
		}
	}
	return out
}

// linear16 decodes every 16-bit sRGB value.
var linear16 = sync.OnceValue(func() []float32 {
	out := make([]float32, 1<<16)
	for i := range out {
		out[i] = float32(SRGBToLinear(float64(i) / 65535))
	}
	return out
})

// deepPixel stores sRGB-encoded 16-bit values with straight alpha as linear, premultiplied halves.
func deepPixel(to []uint16, r, g, b, a uint16) {
	table, alpha := linear16(), float32(a)/65535
	to[0], to[1], to[2], to[3] = f16.From32(table[r]*alpha), f16.From32(table[g]*alpha), f16.From32(table[b]*alpha), f16.From32(alpha)
}

// exrStrips decodes an EXR file by chunks of scanlines or rows of tiles.
func exrStrips(r io.ReaderAt, size int64, opt StripOptions, each func(y int, strip *Image) error) error {
	f, err := openEXR(r, size)
	if err != nil {
		return err
	}
	w, h := int(f.box.Width()), int(f.box.Height())
	n := opt.rows(w, f.unit)
	for y := 0; y < h; y += n {
		rows := min(n, h-y)
		fb, err := f.rows(y, rows)
		if err != nil {
			return err
		}
		strip, err := f.half(fb, y, rows)
		if err != nil {
			return err
		}
		if err := each(y, strip); err != nil {
			return err
		}
	}
	return nil
}

// exrFile is the first part of an EXR file.
type exrFile struct {
	box   exr.Box2i
	list  *exr.ChannelList
	tiles *exr.TiledReader // or nil
	lines *exr.ScanlineReader
	unit  int // rows that are decoded at once
}

func openEXR(r io.ReaderAt, size int64) (*exrFile, error) {
	file, err := exr.OpenReader(r, size)
	if err != nil {
		return nil, err
	}
	hd := file.Header(0)
	if hd == nil || hd.Channels() == nil || hd.Channels().Len() == 0 {
		return nil, fmt.Errorf("exr file without channels")
	}
	if file.IsDeep() {
		return nil, fmt.Errorf("deep exr pictures are not supported")
	}
	f := &exrFile{box: hd.DataWindow(), list: hd.Channels()}
	if hd.IsTiled() {
		if f.tiles, err = exr.NewTiledReader(file); err != nil {
			return nil, err
		}
		f.unit = int(f.tiles.TileDescription().YSize)
	} else {
		if f.lines, err = exr.NewScanlineReader(file); err != nil {
			return nil, err
		}
		f.unit = hd.Compression().ScanlinesPerChunk()
	}
	if f.unit < 1 || f.unit > 1<<24 {
		return nil, fmt.Errorf("exr file with chunks of %d rows", f.unit)
	}
	return f, nil
}

// rows decodes count rows from y, counted from the top of the data window; both are multiples of unit, but for the last rows.
func (f *exrFile) rows(y, count int) (*exr.FrameBuffer, error) {
	box := f.box
	box.Min.Y += int32(y)
	box.Max.Y = box.Min.Y + int32(count) - 1
	fb, _, err := exr.AllocateChannelsLimit(f.list, box, 0)
	if err != nil {
		return nil, err
	}
	if f.tiles != nil {
		f.tiles.SetFrameBuffer(fb)
		return fb, f.tiles.ReadTiles(0, y/f.unit, f.tiles.NumTilesX()-1, (y+count-1)/f.unit)
	}
	f.lines.SetFrameBuffer(fb)
	return fb, f.lines.ReadPixels(int(box.Min.Y), int(box.Max.Y))
}

// half takes R, G, B, A (or Y as grey) of rows that were decoded; a missing alpha is 1.
func (f *exrFile) half(fb *exr.FrameBuffer, top, count int) (*Image, error) {
	var ch [4]*exr.Slice
	for k, want := range [4][]string{{"R", "r", "Y"}, {"G", "g", "Y"}, {"B", "b", "Y"}, {"A", "a"}} {
		for _, n := range want {
			if s := fb.Get(n); ch[k] == nil && s != nil && s.XSampling <= 1 && s.YSampling <= 1 {
				ch[k] = s
			}
		}
	}
	if ch[0] == nil || ch[1] == nil || ch[2] == nil {
		return nil, fmt.Errorf("exr file has channels %v; R, G, B or Y are needed", f.list.Names())
	}
	w := int(f.box.Width())
	out := NewHalf(w, count)
	one := f16.From32(1)
	for y := range count {
		for x := range w {
			px := out.Half[4*(y*w+x):]
			at := [2]int{int(f.box.Min.X) + x, int(f.box.Min.Y) + top + y}
			for k, s := range ch {
				switch {
				case s == nil:
					px[k] = one
				case s.Type == exr.PixelTypeHalf:
					px[k] = s.GetHalf(at[0], at[1]).Bits()
				default:
					px[k] = f16.From32(s.GetFloat32(at[0], at[1]))
				}
			}
		}
	}
	return out, nil
}

// A bin picture is instant-ngp's own: height and width as int32, then RGBA as halves, linear and premultiplied, rows from the top, all
// little-endian. It has no signature; what tells it is that its length is exactly that of its pixels.
const binHeader = 8

// probeBin reads the header of a bin picture; ok is false for any other file.
func probeBin(r io.ReaderAt, size int64) (h Header, ok bool) {
	var b [binHeader]byte
	if n, _ := r.ReadAt(b[:], 0); n < len(b) {
		return h, false
	}
	height, width := int64(int32(binary.LittleEndian.Uint32(b[:]))), int64(int32(binary.LittleEndian.Uint32(b[4:])))
	if width < 1 || height < 1 || width > 1<<24 || height > 1<<24 || size != binHeader+8*width*height {
		return h, false
	}
	return Header{Format: "bin", Width: int(width), Height: int(height), HDR: true, Bits: 16}, true
}

func binStrips(r io.ReaderAt, h Header, opt StripOptions, each func(y int, strip *Image) error) error {
	n := opt.rows(h.Width, 1)
	raw := make([]byte, 8*h.Width*min(n, h.Height))
	for y := 0; y < h.Height; y += n {
		strip := NewHalf(h.Width, min(n, h.Height-y))
		b := raw[:2*len(strip.Half)]
		if _, err := r.ReadAt(b, binHeader+8*int64(y)*int64(h.Width)); err != nil && err != io.EOF {
			return err
		}
		for i := range strip.Half {
			strip.Half[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		if err := each(y, strip); err != nil {
			return err
		}
	}
	return nil
}
