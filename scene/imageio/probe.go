package imageio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // registers the decoder
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"

	"github.com/mrjoshuak/go-openexr/exr"
	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// DefaultMaxPixels is the largest picture read where a caller gives no limit: 16384 x 16384.
const DefaultMaxPixels = 1 << 28

// Header is what the first bytes of a picture promise.
type Header struct {
	Format        string // png, jpeg, gif, bmp, tiff, webp, exr or bin
	Width, Height int
	HDR           bool // half or float samples in linear light
	Bits          int  // of a channel: 8, or 16 where a file has more; those of EXR pictures are halves here
	Interlaced    bool // a PNG picture whose rows do not come one after the other
	Rows          bool // a TIFF picture that can be decoded in strips
	Progressive   bool // a JPEG picture whose coefficients must all be there before the first row
}

// Bytes is the memory the decoded Image takes: 4 bytes a pixel, 8 for half pictures.
func (h Header) Bytes() int64 {
	n := int64(h.Width) * int64(h.Height)
	if h.HDR {
		return 8 * n
	}
	return 4 * n
}

// DecodeBytes is the memory that ReadStrips takes for a picture that cannot be decoded in strips, 0 for one that can. JPEG pictures are kept as
// planes of at most 3 bytes a pixel, and progressive ones with a coefficient of 4 bytes beside each.
func (h Header) DecodeBytes() int64 {
	n := int64(h.Width) * int64(h.Height)
	switch {
	case h.Format == "exr" || h.Format == "bin" || h.Format == "png" && !h.Interlaced || h.Rows:
		return 0
	case h.Format == "jpeg" && h.Progressive:
		return 15 * n
	case h.Format == "jpeg":
		return 3 * n
	case h.Bits == 16:
		return 8 * n
	}
	return 4 * n
}

// pixelsPerByte bounds how many pixels one byte of a file can stand for, so that a short file cannot make a decoder allocate much.
// PNG and TIFF hold deflate streams (at most 1032 bytes out per byte in, 8 one-bit pixels a byte); GIF's LZW code of 12 bits stands for
// at most 4096 pixels; a JPEG block needs a bit, and the largest minimum coded unit is 32 x 32 pixels; BMP is not compressed.
// WebP and EXR have no useful bound: there only the pixel limit guards.
var pixelsPerByte = map[string]int64{"png": 1032 * 8, "tiff": 1032 * 8, "gif": 4096, "jpeg": 8192, "bmp": 8}

// Probe reads the header of the picture at path and refuses one of more than maxPixels (0: DefaultMaxPixels) or of more than its bytes
// can hold.
func Probe(path string, maxPixels int64) (Header, error) {
	st, err := os.Stat(path)
	if err != nil {
		return Header{}, err
	}
	if st.IsDir() {
		return Header{}, fmt.Errorf("%s: is a folder, not a picture", path)
	}
	if !st.Mode().IsRegular() { // opening a pipe would wait for its writer
		return Header{}, fmt.Errorf("%s: is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return Header{}, err
	}
	defer f.Close()
	h, err := ProbeReader(f, st.Size(), maxPixels)
	if err != nil {
		return Header{}, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// ProbeReader is Probe for size bytes at r.
func ProbeReader(r io.ReaderAt, size, maxPixels int64) (h Header, err error) {
	defer func() {
		if p := recover(); p != nil {
			h, err = Header{}, fmt.Errorf("damaged picture header: %v", p)
		}
	}()
	if maxPixels <= 0 {
		maxPixels = DefaultMaxPixels
	}
	if size == 0 {
		return Header{}, fmt.Errorf("empty file")
	}
	if isEXR(r) {
		h, err = probeEXR(r, size)
	} else if bin, ok := probeBin(r, size); ok {
		h = bin
	} else if h, err = probeTIFF(r, size); err == nil && !h.Rows {
		h, err = probeStd(r, size)
	}
	if err != nil {
		return Header{}, err
	}
	if h.Width <= 0 || h.Height <= 0 {
		return Header{}, fmt.Errorf("%s header claims %d x %d pixels", h.Format, h.Width, h.Height)
	}
	if int64(h.Width) > maxPixels/int64(h.Height) {
		return Header{}, fmt.Errorf("%s header claims %d x %d pixels, more than the limit of %d", h.Format, h.Width, h.Height, maxPixels)
	}
	if k, ok := pixelsPerByte[h.Format]; ok && int64(h.Width)*int64(h.Height) > size*k {
		return Header{}, fmt.Errorf("%s header claims %d x %d pixels, which %d bytes cannot hold (truncated or forged)", h.Format, h.Width, h.Height, size)
	}
	return h, nil
}

// ProbeBytes is Probe for a file in memory.
func ProbeBytes(b []byte, maxPixels int64) (Header, error) {
	return ProbeReader(bytes.NewReader(b), int64(len(b)), maxPixels)
}

func isEXR(r io.ReaderAt) bool {
	var m [4]byte
	n, _ := r.ReadAt(m[:], 0)
	return n == 4 && binary.LittleEndian.Uint32(m[:]) == 20000630
}

// probeTIFF reads the header of a TIFF picture that tiffStrips reads, and leaves any other picture but a BigTIFF to the standard decoders.
func probeTIFF(r io.ReaderAt, size int64) (Header, error) {
	var head [4]byte
	if n, _ := r.ReadAt(head[:], 0); n < 4 || !isTIFF(head[:]) {
		return Header{}, nil
	}
	f, err := openTIFF(r, size)
	if err != nil {
		if head[2] == '+' || head[3] == '+' {
			return Header{}, err
		}
		return Header{}, nil
	}
	return Header{Format: "tiff", Width: f.width, Height: f.height, Bits: f.bits, Rows: true}, nil
}

func probeStd(r io.ReaderAt, size int64) (Header, error) {
	cfg, format, err := image.DecodeConfig(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Header{}, describe(err)
	}
	h := Header{Format: format, Width: cfg.Width, Height: cfg.Height, Bits: 8}
	switch cfg.ColorModel {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		h.Bits = 16
	}
	switch format {
	case "png": // signature, length and name of IHDR, and its 13 bytes
		var b [29]byte
		if _, err := r.ReadAt(b[:], 0); err != nil {
			return Header{}, describe(io.ErrUnexpectedEOF)
		}
		h.Interlaced = parsePNGHeader(b[16:]).interlace != 0
	case "jpeg":
		h.Progressive = progressive(r)
	}
	return h, nil
}

// progressive reports whether the first frame of a JPEG file is a progressive one.
func progressive(r io.ReaderAt) bool {
	var b [4]byte
	for at := int64(2); ; {
		if n, _ := r.ReadAt(b[:], at); n < len(b) || b[0] != 0xff {
			return false
		}
		switch marker := b[1]; {
		case marker == 0xff: // a byte that only fills
			at++
			continue
		case marker == 0xc2:
			return true
		case marker == 0xc0 || marker == 0xc1 || marker == 0xda:
			return false
		}
		at += 2 + int64(binary.BigEndian.Uint16(b[2:]))
	}
}

// describe turns the decoders' terse errors into a line a person can act on.
func describe(err error) error {
	switch err {
	case image.ErrFormat:
		return fmt.Errorf("not a picture in a known format (png, jpeg, gif, bmp, tiff, webp, exr, bin)")
	case io.EOF, io.ErrUnexpectedEOF:
		return fmt.Errorf("the picture is cut short")
	}
	return err
}

func probeEXR(r io.ReaderAt, size int64) (Header, error) {
	f, err := exr.OpenReader(r, size)
	if err != nil {
		return Header{}, err
	}
	hd := f.Header(0)
	if hd == nil {
		return Header{}, fmt.Errorf("exr file without a header")
	}
	dw := hd.DataWindow()
	w, h := int64(dw.Max.X)-int64(dw.Min.X)+1, int64(dw.Max.Y)-int64(dw.Min.Y)+1
	if w <= 0 || h <= 0 || w > 1<<24 || h > 1<<24 {
		return Header{}, fmt.Errorf("exr data window (%d,%d)-(%d,%d) is empty or too large", dw.Min.X, dw.Min.Y, dw.Max.X, dw.Max.Y)
	}
	return Header{Format: "exr", Width: int(w), Height: int(h), HDR: true, Bits: 16}, nil
}

// signatures begin pictures; those of two letters (BMP) are left out, because other files begin with them too.
var signatures = []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "II*\x00", "MM\x00*", "II+\x00", "MM\x00+", "\x76\x2f\x31\x01"}

// Signed reports whether the file at path begins as a picture does, whether or not the rest is sound.
func Signed(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 12)
	n, _ := io.ReadFull(f, head)
	for _, s := range signatures {
		if bytes.HasPrefix(head[:n], []byte(s)) {
			return true
		}
	}
	return n == len(head) && string(head[:4]) == "RIFF" && string(head[8:]) == "WEBP"
}
