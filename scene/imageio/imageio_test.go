package imageio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/f16"
)

func random(w, h int, seed int64) *Image {
	r := rand.New(rand.NewSource(seed))
	m := New(w, h)
	for i := range m.Pix {
		m.Pix[i] = r.Uint32()
	}
	return m
}

func TestPNGRoundTrip(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.png")
	m := random(13, 7, 1)
	if err := WritePNG(p, m); err != nil {
		t.Fatal(err)
	}
	got, err := Read(p, 0)
	if err != nil || got.Width != 13 || got.Height != 7 {
		t.Fatalf("%v %v", got, err)
	}
	for i := range m.Pix {
		if got.Pix[i] != m.Pix[i] {
			t.Fatalf("pixel %d: %08x, want %08x", i, got.Pix[i], m.Pix[i])
		}
	}
	h, err := Probe(p, 0)
	if err != nil || h != (Header{Format: "png", Width: 13, Height: 7, Bits: 8}) || h.Bytes() != 4*13*7 {
		t.Fatalf("%+v %v", h, err)
	}
	// Opaque pictures become RGB files.
	for i := range m.Pix {
		m.Pix[i] |= 0xFF000000
	}
	WritePNG(p, m)
	raw, _ := os.ReadFile(p)
	if raw[25] != 2 {
		t.Errorf("an opaque PNG has colour type %d, want 2 (RGB)", raw[25])
	}
}

func TestGray16RoundTrip(t *testing.T) {
	p := filepath.Join(t.TempDir(), "d.png")
	g := &Gray16{3, 2, []uint16{0, 1, 256, 0xABCD, 0xFFFF, 77}}
	if err := WriteGray16PNG(p, g); err != nil {
		t.Fatal(err)
	}
	got, err := ReadGray16(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range g.Pix {
		if got.Pix[i] != v {
			t.Errorf("value %d: %d, want %d", i, got.Pix[i], v)
		}
	}
	if WriteGray16PNG(p, &Gray16{3, 2, nil}) == nil {
		t.Error("missing values are accepted")
	}
}

func TestEXRRoundTrip(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.exr")
	z := make([]float32, 15)
	for i := range z {
		z[i] = float32(i) * 1.234567
	}
	m := NewHalf(5, 3)
	for i := range m.Half {
		m.Half[i] = f16.From32(float32(i) / 7)
	}
	if err := WriteEXR(p, 5, 3, append(EXRPlanes(m, true), Plane{Name: "Z", Data: z})); err != nil {
		t.Fatal(err)
	}
	got, err := Read(p, 0)
	if err != nil || !got.HDR() {
		t.Fatal(err)
	}
	for i := range m.Half {
		if got.Half[i] != m.Half[i] {
			t.Fatalf("half %d: %04x, want %04x", i, got.Half[i], m.Half[i])
		}
	}
	w, h, planes, err := ReadPlanes(p, 0)
	if err != nil || w != 5 || h != 3 || len(planes) != 5 {
		t.Fatal(w, h, len(planes), err)
	}
	for _, pl := range planes {
		if pl.Name == "Z" {
			for i := range z {
				if pl.Data[i] != z[i] {
					t.Fatalf("Z[%d] = %v", i, pl.Data[i])
				}
			}
			z = nil
		}
	}
	if z != nil {
		t.Error("channel Z is lost")
	}
	if WriteEXR(p, 5, 3, []Plane{{Name: "R", Data: make([]float32, 3)}}) == nil || WriteEXR(p, 1, 1, []Plane{{Name: "R", Data: []float32{1}}, {Name: "R", Data: []float32{1}}}) == nil {
		t.Error("short or repeated channels are accepted")
	}
}

func TestConversions(t *testing.T) {
	// Each standard type against its own At, at one pixel of known value.
	rect := image.Rect(3, 5, 5, 6) // bounds need not start at zero
	nrgba64 := image.NewNRGBA64(rect)
	nrgba64.Set(4, 5, color.NRGBA64{0xFFFF, 0x8080, 0, 0x8080})
	rgba := image.NewRGBA(rect)
	rgba.SetRGBA(4, 5, color.RGBA{100, 50, 0, 200})
	gray := image.NewGray(rect)
	gray.SetGray(4, 5, color.Gray{77})
	pal := image.NewPaletted(rect, color.Palette{color.NRGBA{}, color.NRGBA{1, 2, 3, 255}})
	pal.SetColorIndex(4, 5, 1)
	nr := image.NewNRGBA(rect)
	nr.SetNRGBA(4, 5, color.NRGBA{9, 8, 7, 6})
	for _, v := range []struct {
		m    image.Image
		want uint32
	}{{nrgba64, Pack(255, 128, 0, 128)}, {rgba, Pack(128, 64, 0, 200)}, {gray, Pack(77, 77, 77, 255)}, {pal, Pack(1, 2, 3, 255)}, {nr, Pack(9, 8, 7, 6)}} {
		if got := FromImage(v.m).Pix[1]; got != v.want {
			t.Errorf("%T: %08x, want %08x", v.m, got, v.want)
		}
	}
	// sRGB reference values.
	if l := SRGBToLinear(128.0 / 255); math.Abs(l-0.2158605) > 1e-7 {
		t.Errorf("linear %v", l)
	}
	for i := 0; i <= 255; i++ {
		if s := LinearToSRGB(SRGBToLinear(float64(i) / 255)); math.Abs(s-float64(i)/255) > 1e-6 {
			t.Errorf("sRGB %d returns as %v", i, s*255)
		}
	}
	h := NewHalf(1, 2)
	copy(h.Half, []uint16{f16.From32(0.25), f16.From32(0), f16.From32(0.5), f16.From32(0.5)})
	h.Mask(1)
	// 0.25/0.5 = 0.5 linear is 188 in sRGB.
	if g := h.To8(); g.Pix[0] != Pack(188, 0, 255, 128) || g.Pix[1] != Masked || !h.IsMasked(1) || h.IsMasked(0) {
		t.Errorf("%08x", g.Pix)
	}
}

func TestJPEGIsClose(t *testing.T) {
	src := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for i := range src.Pix {
		src.Pix[i] = uint8(128 + 60*math.Sin(float64(i/4%32)/5))
	}
	for i := 3; i < len(src.Pix); i += 4 {
		src.Pix[i] = 255
	}
	var b bytes.Buffer
	jpeg.Encode(&b, src, &jpeg.Options{Quality: 95})
	m, err := Decode(b.Bytes(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Pix {
		r, _, _, a := Unpack(p)
		if a != 255 || math.Abs(float64(r)-float64(src.Pix[4*i])) > 8 {
			t.Fatalf("pixel %d: %08x for %d", i, p, src.Pix[4*i])
		}
	}
}

// forgedPNG is a valid header that claims any size over no data.
func forgedPNG(w, h uint32) []byte {
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	raw := b.Bytes()
	binary.BigEndian.PutUint32(raw[16:], w)
	binary.BigEndian.PutUint32(raw[20:], h)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

func TestRefusesHostileHeaders(t *testing.T) {
	for name, v := range map[string]struct {
		b    []byte
		want string
	}{
		"65535 square":   {forgedPNG(65535, 65535), "claims 65535 x 65535 pixels, more than the limit"},
		"within limit":   {forgedPNG(16000, 16000), "bytes cannot hold"},
		"empty":          {nil, "empty file"},
		"text":           {[]byte("hello, world, this is no picture"), "not a picture"},
		"cut":            {forgedPNG(1, 1)[:20], "cut short"},
		"exr magic only": {[]byte{0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0}, ""},
	} {
		_, err := Decode(v.b, 0)
		if err == nil || !strings.Contains(err.Error(), v.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q", name, err, v.want)
		}
	}
	if _, err := Decode(forgedPNG(1, 1), 0); err != nil {
		t.Errorf("the true size is refused: %v", err)
	}
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)))
	if _, err := Decode(b.Bytes()[:b.Len()-30], 0); err == nil {
		t.Error("a truncated PNG is accepted")
	}
	dir := t.TempDir()
	if _, err := Read(dir, 0); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Error(err)
	}
	if _, err := Read(filepath.Join(dir, "none.png"), 0); err == nil {
		t.Error("a missing file is accepted")
	}
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := WritePNG(filepath.Join(dir, "no", "a.png"), random(2, 2, 1)); err == nil {
		t.Error("a missing folder is accepted")
	}
	if err := WritePNG(filepath.Join(dir, "a.png"), &Image{Width: 2, Height: 2, Pix: make([]uint32, 3)}); err == nil {
		t.Error("missing pixels are accepted")
	}
	if l, _ := os.ReadDir(dir); len(l) != 0 {
		t.Errorf("%v is left behind", l)
	}
}

func TestGIF(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.gif")
	var frames []*Image
	for f := 0; f < 3; f++ {
		m := New(40, 30)
		for i := range m.Pix {
			x, y := i%40, i/40
			m.Pix[i] = Pack(uint8(6*x), uint8(8*y), uint8(80*f), 255)
		}
		frames = append(frames, m)
	}
	if err := WriteGIF(p, frames, GIFOptions{FPS: 10}); err != nil {
		t.Fatal(err)
	}
	f, _ := os.Open(p)
	defer f.Close()
	g, err := gif.DecodeAll(f)
	if err != nil || len(g.Image) != 3 || g.Delay[0] != 10 || g.LoopCount != 0 {
		t.Fatalf("%v %v", g, err)
	}
	for k, im := range g.Image {
		var sum, worst float64
		for i, want := range frames[k].Pix {
			r, gr, b, _ := im.At(i%40, i/40).RGBA()
			wr, wg, wb, _ := Unpack(want)
			d := math.Abs(float64(r>>8)-float64(wr)) + math.Abs(float64(gr>>8)-float64(wg)) + math.Abs(float64(b>>8)-float64(wb))
			sum, worst = sum+d, math.Max(worst, d)
		}
		// 256 colours for 3600: cells of about 14 colours, 25 levels wide at most, plus as much diffused error.
		if mean := sum / 1200; mean > 40 || worst > 150 {
			t.Errorf("frame %d is off by %v levels in the mean, %v at worst", k, mean, worst)
		}
	}
	// Few colours are kept exactly.
	flat := New(4, 4)
	for i := range flat.Pix {
		flat.Pix[i] = Pack(uint8(i*10), 200, 3, 255)
	}
	WriteGIF(p, []*Image{flat}, GIFOptions{})
	m, err := Read(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range flat.Pix {
		r, _, _, _ := Unpack(m.Pix[i])
		if math.Abs(float64(r)-float64(i*10)) > 4 {
			t.Errorf("pixel %d: %08x, want %08x", i, m.Pix[i], flat.Pix[i])
		}
	}
	if WriteGIF(p, []*Image{New(2, 2), New(3, 2)}, GIFOptions{}) == nil || WriteGIF(p, nil, GIFOptions{}) == nil {
		t.Error("pictures of different sizes, or none, are accepted")
	}
}

func TestSideBySide(t *testing.T) {
	a, b := New(30, 10), New(20, 20)
	for i := range a.Pix {
		a.Pix[i] = Pack(255, 0, 0, 255)
	}
	for i := range b.Pix {
		b.Pix[i] = Pack(0, 0, 255, 255)
	}
	m, err := SideBySide([]*Image{a, b}, []string{"left"})
	if err != nil || m.Width != 54 || m.Height != 20+labelHeight {
		t.Fatalf("%v %v", m, err)
	}
	at := func(x, y int) uint32 { return m.Pix[y*m.Width+x] }
	if at(15, labelHeight+10) != a.Pix[0] || at(40, labelHeight+1) != b.Pix[0] || at(15, labelHeight+1) == a.Pix[0] {
		t.Error("pictures are not where they belong")
	}
	white := 0
	for y := 0; y < labelHeight; y++ {
		for x := 0; x < 30; x++ {
			if at(x, y) == Pack(235, 235, 235, 255) {
				white++
			}
		}
	}
	if white < 20 {
		t.Errorf("the label has %d pixels", white)
	}
	if _, err := SideBySide(nil, nil); err == nil {
		t.Error("no pictures are accepted")
	}
}

func FuzzProbe(f *testing.F) {
	f.Add(forgedPNG(65535, 65535))
	f.Add(forgedPNG(1, 1))
	f.Add([]byte{0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0})
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8L"))
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 9, 5)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(photo.Bytes())
	f.Add(photo.Bytes()[:photo.Len()/2])
	light := filepath.Join(f.TempDir(), "light.exr")
	nan := float32(math.NaN())
	if err := WriteEXR(light, 2, 2, []Plane{{Name: "R", Data: []float32{nan, 1, 2, 3}}, {Name: "G", Data: make([]float32, 4), Half: true}, {Name: "B", Data: make([]float32, 4)}}); err != nil {
		f.Fatal(err)
	}
	exrBytes, err := os.ReadFile(light)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(exrBytes)
	f.Add(exrBytes[:len(exrBytes)-7])
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		h, err := ProbeBytes(b, limit)
		if err != nil {
			return
		}
		if h.Width <= 0 || h.Height <= 0 || int64(h.Width)*int64(h.Height) > limit {
			t.Fatalf("%+v passes the limit", h)
		}
		if m, err := Decode(b, limit); err == nil && (m.Width <= 0 || m.check() != nil) {
			t.Fatalf("decoded to %d x %d", m.Width, m.Height)
		}
	})
}
