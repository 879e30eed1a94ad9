package imageio

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// Rows that are unpacked one after the other are those that golang.org/x/image decodes in one piece.
func TestTIFFStrips(t *testing.T) {
	for name, m := range pictures() {
		for _, o := range []tiff.Options{{}, {Compression: tiff.Deflate}, {Compression: tiff.Deflate, Predictor: true}} {
			var b bytes.Buffer
			if err := tiff.Encode(&b, m, &o); err != nil {
				t.Fatal(err)
			}
			path := put(t, "p.tiff", b.Bytes())
			h, err := Probe(path, 0)
			if err != nil || !h.Rows || h.DecodeBytes() != 0 || h.Width != 29 || h.Height != 17 {
				t.Fatalf("%s: %+v, %v", name, h, err)
			}
			src, _, err := image.Decode(bytes.NewReader(b.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			want := FromImage(src)
			got, strips := join(t, path, StripOptions{Pixels: 29 * 5})
			if strips != 4 || got.Height != 17 {
				t.Fatalf("%s: %d rows in %d strips", name, got.Height, strips)
			}
			for i := range want.Pix {
				// A premultiplied byte is divided by its alpha in 16 bits by both, but rounded once more by one of them.
				r, g, bl, a := Unpack(got.Pix[i])
				r2, g2, b2, a2 := Unpack(want.Pix[i])
				near := func(x, y uint8) bool { return max(x, y)-min(x, y) <= 1 }
				if a != a2 || a > 0 && !(near(r, r2) && near(g, g2) && near(bl, b2)) {
					t.Fatalf("%s %+v: pixel %d is %08x, want %08x", name, o, i, got.Pix[i], want.Pix[i])
				}
			}
		}
	}
}

// tiffKind is a way to write a file by hand.
type tiffKind struct {
	order       binary.ByteOrder
	big, tiled  bool
	compression int
	predictor   bool
	bits        int
}

// tiffBytes writes an RGB picture of w x h pixels, whose samples value gives, in strips of 4 rows or tiles of 16 x 16.
func tiffBytes(k tiffKind, w, h int, value func(x, y, c int) uint16) []byte {
	pw, ph := w, 4
	if k.tiled {
		pw, ph = 16, 16
	}
	b := make([]byte, 16)
	var offsets, counts []uint64
	for y0 := 0; y0 < h; y0 += ph {
		for x0 := 0; x0 < w; x0 += pw {
			var raw []byte
			for y := y0; y < y0+ph; y++ {
				if !k.tiled && y >= h {
					break
				}
				var before [3]uint16
				for x := x0; x < x0+pw; x++ {
					for c := range 3 {
						v := uint16(0)
						if x < w && y < h {
							v = value(x, y, c)
						}
						d := v
						if k.predictor {
							d -= before[c]
							before[c] = v
						}
						if k.bits == 8 {
							raw = append(raw, uint8(d))
						} else {
							raw = k.order.(binary.AppendByteOrder).AppendUint16(raw, d)
						}
					}
				}
			}
			offsets = append(offsets, uint64(len(b)))
			packed := packTIFF(k.compression, raw)
			counts = append(counts, uint64(len(packed)))
			b = append(b, packed...)
		}
	}
	put16 := func(v int) { b = k.order.(binary.AppendByteOrder).AppendUint16(b, uint16(v)) }
	word := func(v uint64) {
		if k.big {
			b = k.order.(binary.AppendByteOrder).AppendUint64(b, v)
		} else {
			b = k.order.(binary.AppendByteOrder).AppendUint32(b, uint32(v))
		}
	}
	arrays := map[int]uint64{}
	for tag, list := range map[int][]uint64{tiffTileOffsets: offsets, tiffTileCounts: counts} {
		arrays[tag] = uint64(len(b))
		for _, v := range list {
			word(v)
		}
	}
	entries := [][2]uint64{{tiffWidth, uint64(w)}, {tiffHeight, uint64(h)}, {tiffBits, uint64(k.bits)}, {tiffCompression, uint64(k.compression)}, {tiffPhotometric, 2}, {tiffSamples, 3}}
	places := [2]int{tiffOffsets, tiffCounts}
	if k.tiled {
		entries = append(entries, [2]uint64{tiffTileWidth, 16}, [2]uint64{tiffTileHeight, 16})
		places = [2]int{tiffTileOffsets, tiffTileCounts}
	} else {
		entries = append(entries, [2]uint64{tiffRowsInStrip, 4})
	}
	if k.predictor {
		entries = append(entries, [2]uint64{tiffPredictor, 2})
	}
	directory := uint64(len(b))
	if n := len(entries) + 2; k.big {
		word(uint64(n))
	} else {
		put16(n)
	}
	for _, e := range entries {
		put16(int(e[0]))
		if k.big {
			put16(16)
		} else {
			put16(4)
		}
		word(1)
		word(e[1])
	}
	for i, tag := range []int{tiffTileOffsets, tiffTileCounts} {
		put16(places[i])
		if k.big {
			put16(16)
		} else {
			put16(4)
		}
		word(uint64(len(offsets)))
		if len(offsets) == 1 {
			word([][]uint64{offsets, counts}[i][0])
		} else {
			word(arrays[tag])
		}
	}
	if copy(b, "II"); k.order == binary.BigEndian {
		copy(b, "MM")
	}
	if k.big {
		k.order.PutUint16(b[2:], 43)
		k.order.PutUint16(b[4:], 8)
		k.order.PutUint64(b[8:], directory)
	} else {
		k.order.PutUint16(b[2:], 42)
		k.order.PutUint32(b[4:], uint32(directory))
	}
	return b
}

func packTIFF(compression int, raw []byte) []byte {
	var out []byte
	switch compression {
	case 1:
		return raw
	case 8:
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write(raw)
		w.Close()
		return z.Bytes()
	case 32773: // runs of equal bytes where there are some, a byte that says nothing, and single bytes
		for i := 0; i < len(raw); {
			n := 1
			for n < 128 && i+n < len(raw) && raw[i+n] == raw[i] {
				n++
			}
			if n > 1 {
				out = append(out, uint8(257-n), raw[i], 128)
			} else {
				out = append(out, 0, raw[i])
			}
			i += n
		}
		return out
	}
	// LZW: every byte after a code that clears the table, so that codes stay at 9 bits.
	var bits, have uint32
	code := func(c uint32) {
		bits, have = bits<<9|c, have+9
		for ; have >= 8; have -= 8 {
			out = append(out, uint8(bits>>(have-8)))
		}
	}
	for _, v := range raw {
		code(256)
		code(uint32(v))
	}
	code(257)
	return append(out, uint8(bits<<(8-have)))
}

// Tiles, BigTIFF, both orders of bytes and every packing give the pixels that were written, and cut or changed files an error.
func TestTIFFKinds(t *testing.T) {
	const w, h = 37, 21
	value := func(x, y, c int) uint16 { return uint16(x*1700 + y*y*90*c + c*3) }
	for _, compression := range []int{1, 5, 8, 32773} {
		for variant := range 32 {
			k := tiffKind{order: binary.LittleEndian, big: variant&1 > 0, tiled: variant&2 > 0, compression: compression, predictor: variant&4 > 0, bits: 8}
			if variant&8 > 0 {
				k.bits = 16
			}
			if variant&16 > 0 {
				k.order = binary.BigEndian
			}
			name := fmt.Sprintf("%+v", k)
			b := tiffBytes(k, w, h, value)
			path := put(t, "p.tif", b)
			whole, err := Read(path, 0)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, _ := join(t, path, StripOptions{Pixels: w * 6})
			deep, err := ReadDeep(path, 0)
			if err != nil || deep.HDR() != (k.bits == 16) || !slices.Equal(got.Pix, whole.Pix) {
				t.Fatalf("%s: %v, halves %v", name, err, deep.HDR())
			}
			for i := range w * h {
				var want [3]uint8
				for c := range want {
					v := value(i%w, i/w, c)
					if want[c] = uint8(v); k.bits == 16 {
						want[c] = round16(uint32(v))
					}
				}
				if got.Pix[i] != Pack(want[0], want[1], want[2], 255) {
					t.Fatalf("%s: pixel %d is %08x, want %v", name, i, got.Pix[i], want)
				}
			}
			if variant > 3 {
				continue
			}
			for n := 0; n < len(b); n += 1 + len(b)/37 {
				if _, err := Decode(b[:n], 0); err == nil {
					t.Errorf("%s: %d of %d bytes are enough", name, n, len(b))
				}
			}
			for i := 0; i < len(b); i++ { // never a panic, whatever is claimed, above all before and after the pixels
				if i > 40 && i < len(b)-400 {
					i += 97
				}
				bad := bytes.Clone(b)
				bad[i] ^= 0xff
				_, _ = Decode(bad, 1<<16)
			}
		}
	}
}

// What is not read row by row is left to the standard decoder, but for BigTIFF, which says what it lacks.
func TestTIFFRefuses(t *testing.T) {
	b := tiffBytes(tiffKind{order: binary.LittleEndian, big: true, compression: 1, bits: 8}, 8, 8, func(x, y, c int) uint16 { return 0 })
	if _, err := Probe(put(t, "plain.tif", b), 0); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte{tiffCompression & 255, tiffCompression >> 8, 16, 0})
	b[at+12] = 7
	if _, err := Probe(put(t, "jpeg.tif", b), 0); err == nil || !strings.Contains(err.Error(), "tiff compression 7") {
		t.Errorf("%v", err)
	}
}
