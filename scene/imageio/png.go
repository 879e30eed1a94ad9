package imageio

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// The standard library decodes a PNG file in one piece. This reader follows the specification (W3C, Portable Network Graphics, third edition) for
// pictures that are not interlaced and hands out rows as they are inflated.

// pngHeader is the IHDR chunk.
type pngHeader struct {
	width, height                 int
	depth, kind, interlace, other uint8
}

// Colour types.
const (
	pngGray      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGrayAlpha = 4
	pngRGBA      = 6
)

var pngChannels = map[uint8]int{pngGray: 1, pngRGB: 3, pngPalette: 1, pngGrayAlpha: 2, pngRGBA: 4}

// parsePNGHeader reads the 13 bytes of IHDR.
func parsePNGHeader(b []byte) pngHeader {
	return pngHeader{width: int(binary.BigEndian.Uint32(b)), height: int(binary.BigEndian.Uint32(b[4:])), depth: b[8], kind: b[9], other: b[10] | b[11], interlace: b[12]}
}

// check refuses what the specification does not have.
func (h pngHeader) check() error {
	ok := h.width > 0 && h.height > 0 && h.width < 1<<31 && h.height < 1<<31 && h.other == 0 && h.interlace <= 1
	switch h.kind {
	case pngGray:
		ok = ok && (h.depth == 1 || h.depth == 2 || h.depth == 4 || h.depth == 8 || h.depth == 16)
	case pngPalette:
		ok = ok && (h.depth == 1 || h.depth == 2 || h.depth == 4 || h.depth == 8)
	case pngRGB, pngGrayAlpha, pngRGBA:
		ok = ok && (h.depth == 8 || h.depth == 16)
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("png header claims %d x %d pixels of colour type %d with %d bits", h.width, h.height, h.kind, h.depth)
	}
	return nil
}

// pngReader reads chunks; as io.Reader it is the data of the IDAT chunks.
type pngReader struct {
	r    *bufio.Reader
	left uint32 // bytes of the chunk that were not read
	kind string
	sum  hash.Hash32
}

// next begins a chunk.
func (p *pngReader) next() error {
	var head [8]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return describe(io.ErrUnexpectedEOF)
	}
	p.left, p.kind = binary.BigEndian.Uint32(head[:]), string(head[4:])
	if p.left > 1<<31-1 {
		return fmt.Errorf("png chunk %q claims %d bytes", p.kind, p.left)
	}
	p.sum = crc32.NewIEEE()
	p.sum.Write(head[4:])
	return nil
}

// end checks the sum of a chunk that was read.
func (p *pngReader) end() error {
	var sum [4]byte
	if _, err := io.ReadFull(p.r, sum[:]); err != nil {
		return describe(io.ErrUnexpectedEOF)
	}
	if binary.BigEndian.Uint32(sum[:]) != p.sum.Sum32() {
		return fmt.Errorf("the checksum of png chunk %q is wrong", p.kind)
	}
	return nil
}

// all reads a chunk of at most limit bytes.
func (p *pngReader) all(limit uint32) ([]byte, error) {
	if p.left > limit {
		return nil, fmt.Errorf("png chunk %q of %d bytes", p.kind, p.left)
	}
	b := make([]byte, p.left)
	if _, err := io.ReadFull(p.r, b); err != nil {
		return nil, describe(io.ErrUnexpectedEOF)
	}
	p.left = 0
	p.sum.Write(b)
	return b, p.end()
}

// skip passes over a chunk.
func (p *pngReader) skip() error {
	if _, err := io.CopyN(p.sum, p.r, int64(p.left)); err != nil {
		return describe(io.ErrUnexpectedEOF)
	}
	p.left = 0
	return p.end()
}

// Read implements io.Reader.
func (p *pngReader) Read(b []byte) (int, error) {
	for p.left == 0 {
		if err := p.end(); err != nil {
			return 0, err
		}
		if err := p.next(); err != nil {
			return 0, err
		}
		if p.kind != "IDAT" {
			return 0, io.ErrUnexpectedEOF
		}
	}
	n, err := p.r.Read(b[:min(len(b), int(p.left))])
	p.sum.Write(b[:n])
	p.left -= uint32(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// pngRows turns the bytes of a row into pixels.
type pngRows struct {
	pngHeader
	palette [256][3]uint8
	alpha   [256]uint8 // of the palette
	clear   [3]int     // the colour that is transparent, or -1
}

// pngStrips decodes the picture.
func pngStrips(r io.Reader, opt StripOptions, each func(y int, strip *Image) error) error {
	p := &pngReader{r: bufio.NewReaderSize(r, 1<<16)}
	if _, err := p.r.Discard(8); err != nil {
		return describe(io.ErrUnexpectedEOF)
	}
	rows, err := p.begin()
	if err != nil {
		return err
	}
	z, err := zlib.NewReader(p)
	if err != nil {
		return describe(err)
	}
	channels := pngChannels[rows.kind]
	size := (rows.width*channels*int(rows.depth) + 7) / 8
	pixel := max(channels*int(rows.depth)/8, 1)
	n := opt.rows(rows.width, 1)
	deep := opt.Deep && rows.depth == 16
	line, before := make([]byte, 1+size), make([]byte, 1+size)
	for top := 0; top < rows.height; top += n {
		strip := &Image{Width: rows.width, Height: min(n, rows.height-top)}
		if deep {
			strip.Half = make([]uint16, 4*strip.Width*strip.Height)
		} else {
			strip.Pix = make([]uint32, strip.Width*strip.Height)
		}
		for y := range strip.Height {
			if _, err := io.ReadFull(z, line); err != nil {
				return describe(err)
			}
			if err := unfilter(line[0], line[1:], before[1:], pixel); err != nil {
				return err
			}
			if deep {
				rows.deep(strip.Half[4*y*strip.Width:4*(y+1)*strip.Width], line[1:])
			} else {
				rows.bytes(strip.Pix[y*strip.Width:(y+1)*strip.Width], line[1:])
			}
			line, before = before, line
		}
		if err := each(top, strip); err != nil {
			return err
		}
	}
	if n, err := io.ReadFull(z, line[:1]); n > 0 {
		return fmt.Errorf("the png picture holds more than its rows")
	} else if err != io.EOF { // the sum of all rows comes after them
		return describe(err)
	}
	return nil
}

// begin reads up to the first IDAT chunk.
func (p *pngReader) begin() (*pngRows, error) {
	rows := &pngRows{clear: [3]int{-1, -1, -1}}
	for i := range rows.alpha {
		rows.alpha[i] = 255
	}
	entries := 0
	for first := true; ; first = false {
		if err := p.next(); err != nil {
			return nil, err
		}
		if first != (p.kind == "IHDR") {
			return nil, fmt.Errorf("png chunk %q at a place where none may be", p.kind)
		}
		switch p.kind {
		case "IHDR":
			b, err := p.all(13)
			if err != nil {
				return nil, err
			}
			if len(b) != 13 {
				return nil, fmt.Errorf("png header of %d bytes", len(b))
			}
			rows.pngHeader = parsePNGHeader(b)
			if err := rows.check(); err != nil {
				return nil, err
			}
		case "PLTE":
			b, err := p.all(768)
			if err != nil {
				return nil, err
			}
			for entries = 0; 3*entries+2 < len(b); entries++ {
				copy(rows.palette[entries][:], b[3*entries:])
			}
		case "tRNS":
			b, err := p.all(256)
			if err != nil {
				return nil, err
			}
			switch {
			case rows.kind == pngPalette:
				copy(rows.alpha[:], b)
			case rows.kind == pngGray && len(b) == 2, rows.kind == pngRGB && len(b) == 6:
				for k := range len(b) / 2 {
					rows.clear[k] = int(binary.BigEndian.Uint16(b[2*k:]))
				}
			default:
				return nil, fmt.Errorf("png chunk %q of %d bytes in a picture of colour type %d", p.kind, len(b), rows.kind)
			}
		case "IDAT":
			if rows.kind == pngPalette && entries == 0 {
				return nil, fmt.Errorf("png picture without its palette")
			}
			return rows, nil
		default:
			if err := p.skip(); err != nil {
				return nil, err
			}
		}
	}
}

// unfilter undoes the filter of a row, whose pixels take so many bytes, in place.
func unfilter(filter byte, row, before []byte, pixel int) error {
	switch filter {
	case 0:
	case 1:
		for i := pixel; i < len(row); i++ {
			row[i] += row[i-pixel]
		}
	case 2:
		for i := range row {
			row[i] += before[i]
		}
	case 3:
		for i := range row {
			left := 0
			if i >= pixel {
				left = int(row[i-pixel])
			}
			row[i] += uint8((left + int(before[i])) / 2)
		}
	case 4:
		for i := range row {
			a, b, c := 0, int(before[i]), 0
			if i >= pixel {
				a, c = int(row[i-pixel]), int(before[i-pixel])
			}
			row[i] += uint8(paeth(a, b, c))
		}
	default:
		return fmt.Errorf("png row with filter %d", filter)
	}
	return nil
}

// paeth is the neighbour that is nearest to left + above - upper left.
func paeth(a, b, c int) int {
	p := a + b - c
	pa, pb, pc := max(p-a, a-p), max(p-b, b-p), max(p-c, c-p)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

// value is value i of a row.
func (p *pngRows) value(row []byte, i int) int {
	switch d := int(p.depth); d {
	case 16:
		return int(row[2*i])<<8 | int(row[2*i+1])
	case 8:
		return int(row[i])
	default:
		bit := i * d
		return int(row[bit>>3]) >> (8 - d - bit&7) & (1<<d - 1)
	}
}

// color is pixel x of a row: values from 0 to the largest of its depth, straight alpha.
func (p *pngRows) color(row []byte, x int) (c [3]int, alpha, largest int) {
	largest = 1<<p.depth - 1
	alpha = largest
	switch p.kind {
	case pngPalette:
		i := p.value(row, x)
		e := p.palette[i]
		return [3]int{int(e[0]), int(e[1]), int(e[2])}, int(p.alpha[i]), 255
	case pngGray, pngGrayAlpha:
		n := pngChannels[p.kind]
		v := p.value(row, n*x)
		c = [3]int{v, v, v}
		if n == 2 {
			alpha = p.value(row, 2*x+1)
		} else if v == p.clear[0] {
			alpha = 0
		}
	default:
		n := pngChannels[p.kind]
		for k := range c {
			c[k] = p.value(row, n*x+k)
		}
		if n == 4 {
			alpha = p.value(row, 4*x+3)
		} else if c == p.clear {
			alpha = 0
		}
	}
	return c, alpha, largest
}

// bytes writes a row as 8-bit pixels.
func (p *pngRows) bytes(to []uint32, row []byte) {
	switch {
	case p.kind == pngRGB && p.depth == 8 && p.clear[0] < 0:
		for x := range to {
			to[x] = Pack(row[3*x], row[3*x+1], row[3*x+2], 255)
		}
		return
	case p.kind == pngRGBA && p.depth == 8:
		for x := range to {
			to[x] = Pack(row[4*x], row[4*x+1], row[4*x+2], row[4*x+3])
		}
		return
	}
	for x := range to {
		c, alpha, largest := p.color(row, x)
		eight := func(v int) uint8 { return uint8((v*255 + largest/2) / largest) }
		to[x] = Pack(eight(c[0]), eight(c[1]), eight(c[2]), eight(alpha))
	}
}

// deep writes a row of 16-bit values as halves.
func (p *pngRows) deep(to []uint16, row []byte) {
	for x := range len(to) / 4 {
		c, alpha, _ := p.color(row, x)
		deepPixel(to[4*x:], uint16(c[0]), uint16(c[1]), uint16(c[2]), uint16(alpha))
	}
}
