package imageio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mrjoshuak/go-openexr/exr"

	"github.com/radia-go/radia/internal/f16"
)

// join puts strips together and returns how many there were.
func join(t *testing.T, path string, opt StripOptions) (*Image, int) {
	t.Helper()
	out, n := &Image{}, 0
	err := ReadStrips(path, opt, func(y int, s *Image) error {
		if y != out.Height {
			t.Fatalf("a strip from row %d after %d rows", y, out.Height)
		}
		out.Width = s.Width
		out.Height += s.Height
		out.Pix, out.Half = append(out.Pix, s.Pix...), append(out.Half, s.Half...)
		n++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, n
}

func put(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// pictures are pictures of every type that the standard library writes as PNG.
func pictures() map[string]image.Image {
	const w, h = 29, 17
	rng := rand.New(rand.NewPCG(3, 4))
	box := image.Rect(0, 0, w, h)
	out := map[string]image.Image{}
	fill := func(name string, m interface {
		image.Image
		Set(x, y int, c color.Color)
	}) {
		for y := range h {
			for x := range w {
				m.Set(x, y, color.NRGBA64{uint16(rng.Uint32()), uint16(2000*x + y), uint16(rng.Uint32()), uint16(rng.Uint32() | uint32(x&1)*0xffff)})
			}
		}
		out[name] = m
	}
	fill("gray", image.NewGray(box))
	fill("gray16", image.NewGray16(box))
	fill("nrgba", image.NewNRGBA(box))
	fill("nrgba64", image.NewNRGBA64(box))
	opaque, opaque64 := image.NewNRGBA(box), image.NewNRGBA64(box)
	for y := range h {
		for x := range w {
			opaque.Set(x, y, color.NRGBA{uint8(rng.Uint32()), uint8(9 * x), uint8(8*x + y), 255})
			opaque64.Set(x, y, color.NRGBA64{uint16(rng.Uint32()), uint16(2100 * x), uint16(2000*x + 3000*y), 0xffff})
		}
	}
	out["rgb"], out["rgb64"] = opaque, opaque64
	for _, n := range []int{2, 4, 16, 200} {
		var p color.Palette
		for i := range n {
			p = append(p, color.NRGBA{uint8(rng.Uint32()), uint8(i), uint8(rng.Uint32()), uint8(255 - i%3*100)})
		}
		m := image.NewPaletted(box, p)
		for i := range m.Pix {
			m.Pix[i] = uint8(rng.Uint32N(uint32(n)))
		}
		out["palette"+string(rune('a'+n%26))] = m
	}
	return out
}

// Rows as they are inflated are those that the standard library decodes in one piece, with every filter its encoder chooses.
func TestPNGStrips(t *testing.T) {
	opt := StripOptions{Pixels: 29 * 5}
	for name, m := range pictures() {
		for _, level := range []png.CompressionLevel{png.DefaultCompression, png.NoCompression} {
			var b bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: level}).Encode(&b, m); err != nil {
				t.Fatal(err)
			}
			path := put(t, "p.png", b.Bytes())
			want, err := Read(path, 0)
			if err != nil {
				t.Fatal(err)
			}
			got, strips := join(t, path, opt)
			if got.Width != want.Width || got.Height != want.Height || strips != 4 {
				t.Fatalf("%s: %d x %d in %d strips", name, got.Width, got.Height, strips)
			}
			for i := range want.Pix {
				if got.Pix[i] != want.Pix[i] {
					t.Fatalf("%s: pixel %d is %08x, want %08x", name, i, got.Pix[i], want.Pix[i])
				}
			}
			deep, err := ReadDeep(path, 0)
			if err != nil {
				t.Fatal(err)
			}
			if sixteen := strings.HasSuffix(name, "16") || strings.HasSuffix(name, "64"); deep.HDR() != sixteen {
				t.Errorf("%s: halves %v", name, deep.HDR())
			}
			if !deep.HDR() && !slices.Equal(deep.Pix, want.Pix) {
				t.Errorf("%s: ReadDeep differs", name)
			}
		}
	}
}

// A picture of 16 bits keeps more than 8: a half is within 2^-11 of a linear value, that is within 2^-11 / 2.4 of the sRGB value above the straight
// part, where a byte is 2^-9 away at most; with a planted byte's worth of error the bound is exceeded.
func TestDeepPNG(t *testing.T) {
	m := image.NewNRGBA64(image.Rect(0, 0, 256, 8))
	for i := range 256 * 8 {
		m.Set(i%256, i/256, color.NRGBA64{uint16(32 * i), uint16(65535 - 31*i), 40000, 0xffff})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	got, err := ReadDeep(put(t, "deep.png", b.Bytes()), 0)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i := range 256 * 8 {
		c := m.NRGBA64At(i%256, i/256)
		for k, v := range [3]uint16{c.R, c.G, c.B} {
			worst = max(worst, math.Abs(LinearToSRGB(float64(f16.To32(got.Half[4*i+k])))-float64(v)/65535))
		}
	}
	if bound := 1.0 / (1 << 11); worst > bound {
		t.Errorf("a value is off by %v", worst)
	}
	if byteStep := 0.5 / 255; worst >= byteStep {
		t.Errorf("no better than 8 bits: %v", worst)
	}
}

// Interlaced pictures are decoded in one piece: a single pixel is the same data either way.
func TestInterlacedPNG(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	m.Set(0, 0, color.NRGBA{1, 2, 3, 4})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	raw[28] = 1
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	path := put(t, "i.png", raw)
	h, err := Probe(path, 0)
	if err != nil || !h.Interlaced || h.DecodeBytes() != 4 {
		t.Fatalf("%+v, %v", h, err)
	}
	if got, _ := join(t, path, StripOptions{}); got.Pix[0] != Pack(1, 2, 3, 4) {
		t.Errorf("%08x", got.Pix[0])
	}
}

// Every damaged byte of a PNG file is an error or the picture, never a panic or a picture with fewer rows.
func TestDamagedPNGStrips(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, pictures()["rgb"]); err != nil {
		t.Fatal(err)
	}
	good, refused := b.Bytes(), 0
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x55
		rows := 0
		err := pngStrips(bytes.NewReader(bad), StripOptions{}, func(y int, s *Image) error { rows = y + s.Height; return nil })
		if err != nil {
			refused++
		} else if rows != 17 && i > 33 {
			t.Fatalf("byte %d: %d rows and no error", i, rows)
		}
	}
	if refused < len(good)/2 {
		t.Errorf("%d of %d damages are noticed", refused, len(good))
	}
	for i := range len(good) - 16 { // without IEND all pixels are there
		if err := pngStrips(bytes.NewReader(good[:i]), StripOptions{}, func(int, *Image) error { return nil }); err == nil {
			t.Fatalf("%d of %d bytes are enough", i, len(good))
		}
	}
}

func TestEXRStrips(t *testing.T) {
	opt := StripOptions{Pixels: 40 * 16}
	const w, h = 40, 70
	planes := make([]Plane, 3)
	rng := rand.New(rand.NewPCG(5, 6))
	for k := range planes {
		planes[k] = Plane{Name: "RGB"[k : k+1], Data: make([]float32, w*h), Half: k > 0}
		for i := range planes[k].Data {
			planes[k].Data[i] = f16.To32(f16.From32(rng.Float32() * 3))
		}
	}
	lines := filepath.Join(t.TempDir(), "lines.exr")
	if err := WriteEXR(lines, w, h, planes); err != nil {
		t.Fatal(err)
	}
	tiles := filepath.Join(t.TempDir(), "tiles.exr")
	writeTiledEXR(t, tiles, w, h, planes)
	for _, path := range []string{lines, tiles} {
		got, strips := join(t, path, opt)
		if strips < 4 || got.Height != h {
			t.Fatalf("%s: %d rows in %d strips", path, got.Height, strips)
		}
		whole, err := Read(path, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Half, whole.Half) {
			t.Errorf("%s: strips differ from the whole", path)
		}
		for i := range w * h {
			for k := range planes {
				if f16.To32(got.Half[4*i+k]) != planes[k].Data[i] {
					t.Fatalf("%s: pixel %d, channel %d", path, i, k)
				}
			}
		}
	}
}

func writeTiledEXR(t *testing.T, path string, w, h int, planes []Plane) {
	t.Helper()
	hd := exr.NewTiledHeader(w, h, 16, 12)
	list, fb := exr.NewChannelList(), exr.NewFrameBuffer()
	for _, name := range []string{"B", "G", "R"} {
		for _, p := range planes {
			if p.Name == name {
				list.Add(exr.Channel{Name: name, Type: exr.PixelTypeFloat, XSampling: 1, YSampling: 1})
				fb.Set(name, exr.NewSliceFromFloat32(p.Data, w, h))
			}
		}
	}
	hd.SetChannels(list)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := exr.NewTiledWriter(f, hd)
	if err != nil {
		t.Fatal(err)
	}
	out.SetFrameBuffer(fb)
	if err := out.WriteTiles(0, 0, out.NumTilesX()-1, out.NumTilesY()-1); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// binPicture writes a picture of halves in instant-ngp's own format.
func binPicture(w, h int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(h))
	b = binary.LittleEndian.AppendUint32(b, uint32(w))
	for i := range 4 * w * h {
		b = binary.LittleEndian.AppendUint16(b, f16.From32(float32(i%97)/97))
	}
	return b
}

func TestBin(t *testing.T) {
	opt := StripOptions{Pixels: 11 * 3}
	good := binPicture(11, 7)
	path := put(t, "p.bin", good)
	h, err := Probe(path, 0)
	if err != nil || h != (Header{Format: "bin", Width: 11, Height: 7, HDR: true, Bits: 16}) || h.DecodeBytes() != 0 {
		t.Fatalf("%+v, %v", h, err)
	}
	whole, err := Read(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, strips := join(t, path, StripOptions{Pixels: opt.Pixels, Deep: true})
	if strips != 3 || !slices.Equal(got.Half, whole.Half) || whole.Half[4*11+2] != f16.From32(float32((4*11+2)%97)/97) {
		t.Errorf("%d strips, %v", strips, whole.Half[:8])
	}
	for _, bad := range [][]byte{good[:len(good)-1], append(bytes.Clone(good), 0), good[:8], binPicture(0, 0)} {
		if _, err := Probe(put(t, "bad.bin", bad), 0); err == nil {
			t.Errorf("a bin picture of %d bytes is accepted", len(bad))
		}
	}
}

// What a header foretells of decoding in one piece.
func TestDecodeBytes(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, pictures()["rgb"], nil); err != nil {
		t.Fatal(err)
	}
	h, err := ProbeBytes(b.Bytes(), 0)
	if err != nil || h.Progressive || h.DecodeBytes() != 3*29*17 {
		t.Errorf("%+v, %v", h, err)
	}
	at := bytes.Index(b.Bytes(), []byte{0xff, 0xc0})
	raw := bytes.Clone(b.Bytes())
	raw[at+1] = 0xc2
	if h, err := ProbeBytes(raw, 0); err != nil || !h.Progressive || h.DecodeBytes() != 15*29*17 {
		t.Errorf("%+v, %v", h, err)
	}
}

// Tiles hold every pixel where it belongs, in every layout, and leave no file behind.
func TestTiles(t *testing.T) {
	opt := StripOptions{Pixels: 150 * 10}
	dir := t.TempDir()
	flat := random(150, 131, 4)
	eight := filepath.Join(t.TempDir(), "p.png")
	if err := WritePNG(eight, flat); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{eight, put(t, "p.bin", binPicture(150, 131))} {
		want, err := ReadDeep(path, 0)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		tiled, err := Cut(path, dir, opt, func(done, total int) error { rows = done; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if tiled.Count() != 9 || rows != 131 || tiled.Half != want.HDR() || tiled.Bytes() != int64(9*4096*4*tiled.Words()) {
			t.Errorf("%s: %d tiles of %d bytes after %d rows", path, tiled.Count(), tiled.Bytes(), rows)
		}
		seen := 0
		words := make([]uint32, tiled.TileWords())
		for i := range tiled.Count() {
			if err := tiled.Read(i, words); err != nil {
				t.Fatal(err)
			}
			x0, y0 := tiled.Corner(i)
			for p := range TileEdge * TileEdge {
				x, y := x0+p%TileEdge, y0+p/TileEdge
				if x >= want.Width || y >= want.Height {
					continue
				}
				seen++
				at := y*want.Width + x
				if !tiled.Half && words[p] != want.Pix[at] {
					t.Fatalf("pixel (%d, %d)", x, y)
				}
				for k := range 4 * (tiled.Words() - 1) {
					if uint16(words[2*p+k/2]>>(16*(k%2))) != want.Half[4*at+k] {
						t.Fatalf("pixel (%d, %d), channel %d", x, y, k)
					}
				}
			}
		}
		if seen != 150*131 {
			t.Errorf("%d pixels", seen)
		}
		tiled.Close()
	}
	nan := binPicture(70, 70)
	binary.LittleEndian.PutUint16(nan[binHeader+8*71:], 0x7e00)
	if _, err := Cut(put(t, "nan.bin", nan), dir, opt, nil); err == nil || !strings.Contains(err.Error(), "(1, 1) is not finite") {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}
