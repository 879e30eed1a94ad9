package colmap

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// model is the binary model of one camera, one image and one point.
func model() map[string][]byte {
	pack := func(v ...any) []byte {
		var b bytes.Buffer
		for _, x := range v {
			if s, ok := x.(string); ok {
				b.WriteString(s + "\x00")
			} else if err := binary.Write(&b, binary.LittleEndian, x); err != nil {
				panic(err)
			}
		}
		return b.Bytes()
	}
	return map[string][]byte{
		"cameras.bin":  pack(uint64(1), int32(3), int32(2), uint64(64), uint64(48), []float64{50, 32, 24, 0.1}),
		"images.bin":   pack(uint64(1), int32(9), []float64{2, 0, 0, 0, 1, 2, 3}, int32(3), "a/b.png", uint64(2), []float64{1, 2, 0, 3, 4, 0}),
		"points3D.bin": pack(uint64(1), uint64(5), []float64{7, 8, 9}, []uint8{1, 2, 3}, 0.5, uint64(1), int32(9), int32(0)),
	}
}

func store(t testing.TB, files map[string][]byte) string {
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	s, err := Read(store(t, model()))
	if err != nil {
		t.Fatal(err)
	}
	c, m := s.Cameras[3], s.Images[0]
	if c.Model.String() != "SIMPLE_RADIAL" || c.Width != 64 || c.Height != 48 || c.Params[3] != 0.1 {
		t.Errorf("%+v", c)
	}
	if m.Name != "a/b.png" || m.Rotation != [4]float64{1, 0, 0, 0} || m.Center() != [3]float64{-1, -2, -3} || len(s.Points) != 1 || s.Points[0] != (Point{7, 8, 9}) {
		t.Errorf("%+v %v", m, s.Points)
	}
}

// TestCut: a file that ends anywhere too early is refused, with its name.
func TestCut(t *testing.T) {
	for name, b := range model() {
		for n := range len(b) {
			files := model()
			files[name] = b[:n]
			if _, err := Read(store(t, files)); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%s cut to %d of %d bytes: %v", name, n, len(b), err)
			}
		}
	}
}

// TestBad: what the files may claim.
func TestBad(t *testing.T) {
	for _, c := range []struct {
		name string
		at   int
		with []byte
		want string
	}{
		{"cameras.bin", 0, []byte{0, 0, 0, 0, 0, 0, 0, 1}, "claims"},
		{"cameras.bin", 0, []byte{0}, "camera 3"}, // none: the image's is missing
		{"cameras.bin", 12, []byte{99}, "lens model 99"},
		{"cameras.bin", 16, []byte{0}, "0 x 48"},
		{"cameras.bin", 16, bytes.Repeat([]byte{255}, 8), "pixels"},
		{"cameras.bin", 32, binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())), "NaN"},
		{"images.bin", 0, bytes.Repeat([]byte{255}, 8), "claims"},
		{"images.bin", 0, []byte{0}, "no images"},
		{"images.bin", 12, make([]byte, 8), "no rotation"},
		{"images.bin", 12, binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())), "no rotation"},
		{"images.bin", 12 + 32, binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.Inf(1))), "no place"},
		{"images.bin", 68, []byte{4}, "camera 4"},
		{"images.bin", 72, []byte("../b.png"[:7]), "no path below"},
		{"images.bin", 80, bytes.Repeat([]byte{255}, 8), "claims"},
		{"points3D.bin", 0, bytes.Repeat([]byte{255}, 8), "claims"},
		{"points3D.bin", 51, bytes.Repeat([]byte{255}, 8), "claims"},
	} {
		files := model()
		copy(files[c.name][c.at:], c.with)
		if _, err := Read(store(t, files)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s at %d: %v, want %q", c.name, c.at, err, c.want)
		}
	}
	// A point without a place is left out.
	files := model()
	copy(files["points3D.bin"][16:], binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())))
	if s, err := Read(store(t, files)); err != nil || len(s.Points) != 0 {
		t.Errorf("%v", err)
	}
}

func FuzzColmap(f *testing.F) {
	m := model()
	f.Add(m["cameras.bin"], m["images.bin"], m["points3D.bin"], true)
	f.Add([]byte("3 SIMPLE_RADIAL 64 48 50 32 24 0.1\n"), []byte("9 1 0 0 0 1 2 3 3 a.png\n1 2 -1\n"), []byte("5 7 8 9 1 2 3 0.5 9 0\n"), false)
	f.Fuzz(func(t *testing.T, cameras, images, points []byte, bin bool) {
		ext := ".txt"
		if bin {
			ext = ".bin"
		}
		s, err := Read(store(t, map[string][]byte{"cameras" + ext: cameras, "images" + ext: images, "points3D" + ext: points}))
		if err != nil {
			return
		}
		for _, m := range s.Images {
			c := s.Cameras[m.Camera]
			c.Lens()
			if p := m.Center(); !finite(p[0]) || !finite(p[1]) || !finite(p[2]) {
				t.Errorf("%v", p)
			}
		}
	})
}
