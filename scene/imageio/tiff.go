package imageio

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"golang.org/x/image/tiff/lzw"
)

// golang.org/x/image/tiff decodes a file in one piece and knows no BigTIFF, in which pictures of more than 4 GiB come. This reader follows TIFF 6.0 (1992)
// and BigTIFF (2007) for what large pictures are: grey, RGB and palettes of 8 or 16 bits in strips or tiles, with the samples of a pixel side by side.

// Tags.
const (
	tiffWidth       = 256
	tiffHeight      = 257
	tiffBits        = 258
	tiffCompression = 259
	tiffPhotometric = 262
	tiffOffsets     = 273
	tiffSamples     = 277
	tiffRowsInStrip = 278
	tiffCounts      = 279
	tiffPlanar      = 284
	tiffPredictor   = 317
	tiffColors      = 320
	tiffTileWidth   = 322
	tiffTileHeight  = 323
	tiffTileOffsets = 324
	tiffTileCounts  = 325
	tiffExtra       = 338
	tiffFormat      = 339
)

// tiffFile is the first picture of a TIFF file.
type tiffFile struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder
	big   bool
	tags  map[uint16][]uint64

	width, height, samples, bits        int
	compression, photometric, predictor uint64
	alpha                               uint64 // 0: none, 1: colours are multiplied by it, 2: they are not
	offsets, counts                     []uint64
	partWidth, partHeight               int // of a strip or a tile
	tiled                               bool
	palette                             []uint64
}

// isTIFF tells a TIFF file by its first bytes.
func isTIFF(b []byte) bool {
	for _, s := range []string{"II*\x00", "MM\x00*", "II+\x00", "MM\x00+"} {
		if bytes.HasPrefix(b, []byte(s)) {
			return true
		}
	}
	return false
}

// openTIFF reads the description of the first picture. An error says what of it cannot be read row by row.
func openTIFF(r io.ReaderAt, size int64) (*tiffFile, error) {
	f := &tiffFile{r: r, size: size, tags: map[uint16][]uint64{}, order: binary.LittleEndian}
	var head [16]byte
	n, err := r.ReadAt(head[:], 0)
	if n < 8 || !isTIFF(head[:]) || err != nil && err != io.EOF {
		return nil, fmt.Errorf("is no TIFF file")
	}
	if head[0] == 'M' {
		f.order = binary.BigEndian
	}
	at := uint64(f.order.Uint32(head[4:]))
	if f.big = f.order.Uint16(head[2:]) == 43; f.big {
		if n < 16 || f.order.Uint16(head[4:]) != 8 {
			return nil, fmt.Errorf("is a BigTIFF file with offsets of %d bytes", f.order.Uint16(head[4:]))
		}
		at = f.order.Uint64(head[8:])
	}
	if err := f.directory(at); err != nil {
		return nil, err
	}
	return f, f.describe()
}

// bytes reads part of the file.
func (f *tiffFile) bytes(at, n uint64) ([]byte, error) {
	if at > uint64(f.size) || n > uint64(f.size)-at {
		return nil, fmt.Errorf("the tiff file is cut short: %d bytes at %d, it has %d", n, at, f.size)
	}
	b := make([]byte, n)
	if _, err := f.r.ReadAt(b, int64(at)); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// directory reads the tags that matter.
func (f *tiffFile) directory(at uint64) error {
	head, entry, word := uint64(2), uint64(12), uint64(4)
	if f.big {
		head, entry, word = 8, 20, 8
	}
	b, err := f.bytes(at, head)
	if err != nil {
		return err
	}
	count := uint64(f.order.Uint16(b))
	if f.big {
		count = f.order.Uint64(b)
	}
	if count > 1<<12 {
		return fmt.Errorf("a tiff directory of %d entries", count)
	}
	if b, err = f.bytes(at+head, count*entry); err != nil {
		return err
	}
	sizes := map[uint16]uint64{1: 1, 3: 2, 4: 4, 16: 8} // byte, short, long, long8
	for ; len(b) > 0; b = b[entry:] {
		tag, kind := f.order.Uint16(b), f.order.Uint16(b[2:])
		each := sizes[kind]
		n, value := uint64(f.order.Uint32(b[4:])), b[8:12]
		if f.big {
			n, value = f.order.Uint64(b[4:]), b[12:20]
		}
		if each == 0 || tag < tiffWidth || tag > tiffFormat {
			continue
		}
		if n > uint64(f.size)/each {
			return fmt.Errorf("tiff tag %d claims %d values, the file has %d bytes", tag, n, f.size)
		}
		if n*each > word {
			where := uint64(f.order.Uint32(value))
			if f.big {
				where = f.order.Uint64(value)
			}
			if value, err = f.bytes(where, n*each); err != nil {
				return err
			}
		}
		values := make([]uint64, n)
		for i := range values {
			switch v := value[uint64(i)*each:]; each {
			case 1:
				values[i] = uint64(v[0])
			case 2:
				values[i] = uint64(f.order.Uint16(v))
			case 4:
				values[i] = uint64(f.order.Uint32(v))
			default:
				values[i] = f.order.Uint64(v)
			}
		}
		f.tags[tag] = values
	}
	return nil
}

// first is the first value of a tag, or what stands for one that is missing.
func (f *tiffFile) first(tag uint16, missing uint64) uint64 {
	if v := f.tags[tag]; len(v) > 0 {
		return v[0]
	}
	return missing
}

// describe checks the tags and refuses what is not read here.
func (f *tiffFile) describe() error {
	w, h, samples := f.first(tiffWidth, 0), f.first(tiffHeight, 0), f.first(tiffSamples, 1)
	if w < 1 || h < 1 || w > 1<<24 || h > 1<<24 || samples < 1 || samples > 8 {
		return fmt.Errorf("tiff header claims %d x %d pixels of %d samples", w, h, samples)
	}
	f.width, f.height, f.samples, f.bits = int(w), int(h), int(samples), int(f.first(tiffBits, 1))
	for _, b := range f.tags[tiffBits] {
		if int(b) != f.bits {
			return fmt.Errorf("tiff samples of %v bits", f.tags[tiffBits])
		}
	}
	f.compression, f.photometric, f.predictor = f.first(tiffCompression, 1), f.first(tiffPhotometric, 1), f.first(tiffPredictor, 1)
	colors := map[uint64]int{0: 1, 1: 1, 2: 3, 3: 1}[f.photometric]
	f.palette = f.tags[tiffColors]
	switch {
	case f.bits != 8 && f.bits != 16, f.first(tiffFormat, 1) != 1:
		return fmt.Errorf("tiff samples of %d bits in format %d", f.bits, f.first(tiffFormat, 1))
	case colors == 0, f.samples < colors, f.photometric == 3 && (f.bits != 8 || len(f.palette) != 3<<8):
		return fmt.Errorf("tiff colours of kind %d with %d samples", f.photometric, f.samples)
	case f.compression != 1 && f.compression != 5 && f.compression != 8 && f.compression != 32946 && f.compression != 32773:
		return fmt.Errorf("tiff compression %d", f.compression)
	case f.predictor != 1 && f.predictor != 2:
		return fmt.Errorf("tiff predictor %d", f.predictor)
	case f.samples > 1 && f.first(tiffPlanar, 1) != 1:
		return fmt.Errorf("tiff samples in planes")
	}
	if f.samples > colors {
		f.alpha = f.first(tiffExtra, 0)
	}
	f.offsets, f.counts, f.partWidth, f.partHeight = f.tags[tiffOffsets], f.tags[tiffCounts], f.width, int(min(f.first(tiffRowsInStrip, math.MaxUint32), h))
	if f.tags[tiffTileWidth] != nil {
		f.tiled, f.offsets, f.counts = true, f.tags[tiffTileOffsets], f.tags[tiffTileCounts]
		tw, th := f.first(tiffTileWidth, 0), f.first(tiffTileHeight, 0)
		if tw < 1 || th < 1 || tw > 1<<16 || th > 1<<16 {
			return fmt.Errorf("tiff tiles of %d x %d pixels", tw, th)
		}
		f.partWidth, f.partHeight = int(tw), int(th)
	}
	if f.partHeight < 1 {
		return fmt.Errorf("tiff strips without rows")
	}
	parts := ((f.width + f.partWidth - 1) / f.partWidth) * ((f.height + f.partHeight - 1) / f.partHeight)
	if len(f.offsets) != parts || len(f.counts) != parts {
		return fmt.Errorf("tiff file with %d places and %d sizes of its %d parts", len(f.offsets), len(f.counts), parts)
	}
	return nil
}

// part is a strip or tile, unpacked while it is read.
func (f *tiffFile) part(i int) (io.Reader, error) {
	at, n := f.offsets[i], f.counts[i]
	if at > uint64(f.size) || n > uint64(f.size)-at {
		return nil, fmt.Errorf("the tiff file is cut short: part %d has %d bytes at %d, it has %d", i, n, at, f.size)
	}
	packed := bufio.NewReaderSize(io.NewSectionReader(f.r, int64(at), int64(n)), 1<<15)
	switch f.compression {
	case 1:
		return packed, nil
	case 5:
		return lzw.NewReader(packed, lzw.MSB, 8), nil
	case 32773:
		return &packBits{r: packed}, nil
	}
	z, err := zlib.NewReader(packed)
	if err != nil {
		return nil, describe(err)
	}
	return z, nil
}

// packBits unpacks runs of bytes (TIFF 6.0, section 9).
type packBits struct {
	r    *bufio.Reader
	copy int  // bytes to pass on
	run  int  // times that value is left
	what byte // value of the run
}

// Read implements io.Reader.
func (p *packBits) Read(b []byte) (int, error) {
	for p.copy == 0 && p.run == 0 {
		n, err := p.r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch {
		case n < 128:
			p.copy = int(n) + 1
		case n > 128:
			p.run = 257 - int(n)
			if p.what, err = p.r.ReadByte(); err != nil {
				return 0, io.ErrUnexpectedEOF
			}
		}
	}
	if p.run > 0 {
		n := min(len(b), p.run)
		for i := range n {
			b[i] = p.what
		}
		p.run -= n
		return n, nil
	}
	n, err := p.r.Read(b[:min(len(b), p.copy)])
	p.copy -= n
	return n, err
}

// tiffStrips decodes strips row by row, and tiles a row of them at a time.
func tiffStrips(r io.ReaderAt, size int64, opt StripOptions, each func(y int, strip *Image) error) error {
	f, err := openTIFF(r, size)
	if err != nil {
		return err
	}
	across := (f.width + f.partWidth - 1) / f.partWidth
	n := opt.rows(f.width, 1)
	if f.tiled {
		n = f.partHeight
	}
	line := make([]byte, f.partWidth*f.samples*f.bits/8)
	deep := opt.Deep && f.bits == 16
	readers := make([]io.Reader, across) // of the parts side by side
	for top := 0; top < f.height; top += n {
		strip := &Image{Width: f.width, Height: min(n, f.height-top)}
		if deep {
			strip.Half = make([]uint16, 4*strip.Width*strip.Height)
		} else {
			strip.Pix = make([]uint32, strip.Width*strip.Height)
		}
		// Tiles are read one after the other, so that each is unpacked once, and strips row after row.
		for column := range across {
			for y := top; y < top+strip.Height; y++ {
				if y%f.partHeight == 0 {
					if readers[column], err = f.part(y/f.partHeight*across + column); err != nil {
						return err
					}
				}
				if _, err := io.ReadFull(readers[column], line); err != nil {
					return describe(err)
				}
				f.undo(line)
				x := column * f.partWidth
				f.pixels(strip, (y-top)*f.width+x, min(f.partWidth, f.width-x), line, deep)
			}
			if f.tiled {
				readers[column] = nil
			}
		}
		if err := each(top, strip); err != nil {
			return err
		}
	}
	return nil
}

// undo adds to each sample the one of the pixel before, where the predictor took it away.
func (f *tiffFile) undo(line []byte) {
	if f.predictor != 2 {
		return
	}
	if f.bits == 8 {
		for i := f.samples; i < len(line); i++ {
			line[i] += line[i-f.samples]
		}
		return
	}
	for i := 2 * f.samples; i < len(line); i += 2 {
		f.order.PutUint16(line[i:], f.order.Uint16(line[i:])+f.order.Uint16(line[i-2*f.samples:]))
	}
}

// pixels writes count pixels of a row from pixel `at` of the strip on.
func (f *tiffFile) pixels(to *Image, at, count int, line []byte, deep bool) {
	colors := 1
	if f.photometric == 2 {
		colors = 3
	}
	sample := func(i int) uint32 { // of 16 bits
		if f.bits == 8 {
			return uint32(line[i]) * 257
		}
		return uint32(f.order.Uint16(line[2*i:]))
	}
	for x := range count {
		var c [4]uint32
		for k := range 3 {
			c[k] = sample(x*f.samples + min(k, colors-1))
		}
		switch f.photometric {
		case 0: // white is 0
			c[0], c[1], c[2] = 65535-c[0], 65535-c[1], 65535-c[2]
		case 3:
			e := line[x*f.samples]
			for k := range 3 {
				c[k] = uint32(f.palette[k<<8+int(e)]) & 0xffff
			}
		}
		c[3] = 65535
		if f.alpha != 0 {
			c[3] = sample(x*f.samples + colors)
			for k := range 3 {
				if f.alpha == 1 && c[3] > 0 {
					c[k] = min((c[k]*65535+c[3]/2)/c[3], 65535)
				}
			}
		}
		if deep {
			deepPixel(to.Half[4*(at+x):], uint16(c[0]), uint16(c[1]), uint16(c[2]), uint16(c[3]))
			continue
		}
		to.Pix[at+x] = Pack(round16(c[0]), round16(c[1]), round16(c[2]), round16(c[3]))
	}
}
