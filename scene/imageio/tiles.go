package imageio

import (
	"fmt"
	"io"
	"os"
	"unsafe"
)

// TileEdge is the edge of the tiles of a Tiled picture in pixels.
const TileEdge = 64

// Tiled is a picture that need not fit into memory: square tiles of TileEdge pixels, row by row, in a file of their own. A pixel is one word as in
// Image.Pix, or two words, red and green, blue and alpha, of half pixels. Tiles at the right and the lower edge are filled up with zeros.
type Tiled struct {
	Width, Height int
	Half          bool
	columns, rows int
	file          *os.File
}

// Cut decodes the picture at path strip by strip into a file in dir, which exists under no name once it is open where the system allows that, and is removed
// by Close elsewhere. It takes the memory of a row of tiles, beside Header.DecodeBytes. Pixels that are infinite or not numbers are refused. progress, which
// may be nil, is told the rows that are done and can end the work by an error.
func Cut(path, dir string, opt StripOptions, progress func(done, total int) error) (*Tiled, error) {
	h, err := Probe(path, opt.MaxPixels)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, ".radia-tiles-*")
	if err != nil {
		return nil, fmt.Errorf("a file for the tiles of %s: %w", path, err)
	}
	t := &Tiled{Width: h.Width, Height: h.Height, columns: (h.Width + TileEdge - 1) / TileEdge, rows: (h.Height + TileEdge - 1) / TileEdge, file: f}
	os.Remove(f.Name()) // an open file cannot be removed on Windows; Close does it there
	c := cutter{t: t}
	opt.Deep = true
	err = ReadStrips(path, opt, func(y int, s *Image) error {
		if err := c.add(y, s); err != nil {
			return err
		}
		if progress != nil {
			return progress(y+s.Height, h.Height)
		}
		return nil
	})
	if err == nil {
		err = c.flush()
	}
	if err == nil && c.y != h.Height {
		err = fmt.Errorf("%s: %d of %d rows are there", path, c.y, h.Height)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close removes the file.
func (t *Tiled) Close() {
	t.file.Close()
	os.Remove(t.file.Name())
}

// Words is how many words a pixel has.
func (t *Tiled) Words() int {
	if t.Half {
		return 2
	}
	return 1
}

// TileWords is how many words a tile has.
func (t *Tiled) TileWords() int { return t.Words() * TileEdge * TileEdge }

// Count is how many tiles there are.
func (t *Tiled) Count() int { return t.columns * t.rows }

// Bytes is the size of the file.
func (t *Tiled) Bytes() int64 { return int64(t.Count()) * int64(t.TileWords()) * 4 }

// Corner is the first pixel of tile i.
func (t *Tiled) Corner(i int) (x, y int) { return i % t.columns * TileEdge, i / t.columns * TileEdge }

// Read reads tile i into TileWords words. It may be called from several goroutines.
func (t *Tiled) Read(i int, to []uint32) error {
	b := wordBytes(to[:t.TileWords()])
	if _, err := t.file.ReadAt(b, int64(i)*int64(len(b))); err != nil {
		return fmt.Errorf("tile %d of the picture cannot be read back: %w", i, err)
	}
	return nil
}

// wordBytes are the bytes of words as they lie in memory, which is how the file holds them.
func wordBytes(w []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), 4*len(w))
}

// cutter puts strips together to rows of tiles.
type cutter struct {
	t    *Tiled
	y    int      // rows that have come
	band []uint32 // a row of tiles, tile by tile
}

func (c *cutter) add(y int, s *Image) error {
	t := c.t
	if y != c.y || s.Width != t.Width || y+s.Height > t.Height {
		return fmt.Errorf("rows %d to %d of the picture come after %d", y, y+s.Height, c.y)
	}
	if c.band == nil {
		t.Half = s.HDR()
		c.band = make([]uint32, t.columns*t.TileWords())
	}
	words := t.Words()
	for row := range s.Height {
		inside := c.y % TileEdge
		for x := range t.Width {
			to := c.band[x/TileEdge*t.TileWords()+words*(inside*TileEdge+x%TileEdge):]
			if !t.Half {
				to[0] = s.Pix[row*t.Width+x]
				continue
			}
			px := s.Half[4*(row*t.Width+x):][:4]
			for _, h := range px {
				if h&0x7c00 == 0x7c00 {
					return fmt.Errorf("pixel (%d, %d) is not finite", x, c.y)
				}
			}
			to[0], to[1] = uint32(px[0])|uint32(px[1])<<16, uint32(px[2])|uint32(px[3])<<16
		}
		if c.y++; c.y%TileEdge == 0 {
			if err := c.write(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes the last row of tiles.
func (c *cutter) flush() error {
	if c.y%TileEdge == 0 {
		return nil
	}
	return c.write()
}

func (c *cutter) write() error {
	if _, err := c.t.file.Write(wordBytes(c.band)); err != nil {
		if err == io.ErrShortWrite {
			err = fmt.Errorf("the disk is full")
		}
		return fmt.Errorf("the tiles of the picture cannot be written: %w", err)
	}
	clear(c.band)
	return nil
}
