package volume

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

// niftiFile writes a volume of int16 with values 3i - 5, a scale of 2 and an offset of 1.
func niftiFile(o binary.ByteOrder, dims [3]int) []byte {
	b := make([]byte, 352)
	o.PutUint32(b, niftiHeader)
	put := func(at int, v int) { o.PutUint16(b[at:], uint16(int16(v))) }
	float := func(at int, v float32) { o.PutUint32(b[at:], math.Float32bits(v)) }
	put(40, 3)
	for k, d := range dims {
		put(42+2*k, d)
	}
	put(70, 4)
	put(72, 16)
	float(80, 2)
	float(84, 2)
	float(88, 3)
	float(108, 352)
	float(112, 2)
	float(116, 1)
	put(254, 1)
	float(316, -2) // the second axis runs downwards
	copy(b[344:], "n+1\x00")
	for i := range dims[0] * dims[1] * dims[2] {
		v := make([]byte, 2)
		o.PutUint16(v, uint16(int16(3*i-5)))
		b = append(b, v...)
	}
	return b
}

func compress(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNIfTI(t *testing.T) {
	dims := [3]int{9, 3, 10}
	for name, b := range map[string][]byte{"a.nii": niftiFile(le, dims), "b.nii": niftiFile(binary.BigEndian, dims), "c.nii.gz": compress(niftiFile(le, dims)), "d": compress(niftiFile(le, dims))} {
		path := write(t, name, b)
		if !Probe(path) {
			t.Errorf("%s is not recognised", name)
		}
		v, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if v.Density.Dims() != dims || v.Spacing != [3]float64{2, 2, 3} || v.Up != 1 || !v.Flip || !v.Scan {
			t.Errorf("%s: %+v", name, v)
		}
		for i := range dims[0] * dims[1] * dims[2] {
			if got, want := v.Density.At(i%9, i/9%3, i/27), float32(2*(3*i-5)+1); got != want {
				t.Fatalf("%s: voxel %d is %v, want %v", name, i, got, want)
			}
		}
	}
	good := niftiFile(le, dims)
	for want, b := range map[string][]byte{
		"cut short":  good[:len(good)-1],
		"another":    bytes.Replace(good, []byte("n+1"), []byte("ni1"), 1),
		"data type":  append(append(bytes.Clone(good[:70]), 128, 0), good[72:]...),
		"cut short:": compress(good[:400]),
		"claims":     compress(niftiFile(le, [3]int{9, 3, 10})[:352]),
		"dimensions": append(append(bytes.Clone(good[:40]), 9, 0), good[42:]...),
		"byte NaN":   append(append(bytes.Clone(good[:108]), 0, 0, 0xc0, 0x7f), good[112:]...),
		"byte 8":     append(append(bytes.Clone(good[:108]), 0, 0, 0, 0x41), good[112:]...),
	} {
		if want == "claims" { // a header of 2^30 voxels that gzip makes short
			head := bytes.Clone(good[:352])
			for k := range 3 {
				le.PutUint16(head[42+2*k:], 1024)
			}
			b = compress(head)
		}
		if _, err := Load(write(t, "bad.nii.gz", b)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzNIfTI(f *testing.F) {
	b := niftiFile(le, [3]int{2, 3, 2})
	f.Add(b)
	f.Add(compress(b))
	f.Add(niftiFile(binary.BigEndian, [3]int{1, 1, 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if isGzip(b) {
			var err error
			if b, err = gunzip(b); err != nil {
				return
			}
		}
		if v, err := decodeNIfTI(b); err == nil {
			v.Density.At(0, 0, 0)
		}
	})
}

func TestRaw(t *testing.T) {
	dir := t.TempDir()
	voxels := make([]byte, 2*4*3*2*4)
	for i := range 24 {
		binary.BigEndian.PutUint32(voxels[8*i:], math.Float32bits(float32(i)))
		binary.BigEndian.PutUint32(voxels[8*i+4:], math.Float32bits(float32(100+i)))
	}
	save := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	raw := save("fire.raw", string(voxels))
	side := save("fire.json", `{"dims": [4, 3, 2], "dtype": "float32", "endianness": "big", "spacing": [1, 2, 3], "up": "-y", "channels": ["emission", "density"],
		"medium": {"extinction": 7, "emission_gain": 2}}`)
	for _, path := range []string{raw, side} {
		if !Probe(path) {
			t.Errorf("%s is not recognised", path)
		}
		v, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if v.Density.At(1, 2, 1) != 100+1+4*2+12*1 || v.Emission.At(3, 0, 1) != 15 || v.Up != 1 || !v.Flip || v.Spacing[2] != 3 || v.Scan || v.Settings.Extinction != 7 {
			t.Errorf("%+v", v)
		}
	}
	named := save("ct_4x3x8_int16le.raw", string(voxels))
	if v, err := Load(named); err != nil || v.Density.Dims() != [3]int{4, 3, 8} || !v.Scan {
		t.Errorf("%+v, %v", v, err)
	}
	save("cut.raw", string(voxels[:100]))
	for name, c := range map[string][2]string{
		"cut":     {`{"file": "cut.raw", "dims": [4, 3, 2], "dtype": "float64"}`, "cut short"},
		"huge":    {`{"file": "cut.raw", "dims": [99999, 99999, 99999], "dtype": "uint8"}`, "volume of"},
		"dims":    {`{"file": "cut.raw", "dims": [-1, 2, 3], "dtype": "uint8"}`, "volume of"},
		"dtype":   {`{"file": "cut.raw", "dims": [1, 2, 3], "dtype": "complex"}`, "dtype"},
		"unknown": {`{"dims": [1, 2, 3], "dytpe": "uint8"}`, "dytpe"},
		"up":      {`{"dims": [1, 2, 3], "up": "left"}`, "up is"},
		"window":  {`{"dims": [1, 2, 3], "medium": {"window": [2, 1]}}`, "window"},
		"albedo":  {`{"dims": [1, 2, 3], "medium": {"albedo": 2}}`, "albedo"},
		"colors":  {`{"dims": [1, 2, 3], "medium": {"colors": [{"value": 2, "color": [1, 1, 1]}, {"value": 1, "color": [1, 1, 1]}]}}`, "ascend"},
		"absent":  {`{"file": "nowhere.raw", "dims": [1, 2, 3], "dtype": "uint8"}`, "nowhere.raw"},
		"loop":    {`{"file": "loop.json", "medium": {}}`, "not voxels"},
	} {
		_, err := Load(save(name+".json", c[0]))
		if err == nil || !strings.Contains(err.Error(), c[1]) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c[1])
		}
	}
	nan := save("nan_1x1x1_float32.raw", "\x00\x00\xc0\x7f")
	if _, err := Load(nan); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("a voxel that is not a number: %v", err)
	}
	for _, other := range []string{save("frames.json", `{"frames": [], "medium": 1}`), save("text.txt", "hello")} {
		if Probe(other) {
			t.Errorf("%s is taken for a volume", other)
		}
	}
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(`{"dims": [4, 3, 2], "dtype": "float32", "endianness": "big", "channels": ["density", "emission"], "medium": {"window": [0, 1]}}`), []byte("0123456789"))
	f.Add([]byte(`{"dims": [1, 1, 1], "dtype": "uint8"}`), []byte{1})
	f.Fuzz(func(t *testing.T, text, voxels []byte) {
		if d, err := parseDescription(text); err == nil {
			if v, err := d.decode(voxels); err == nil {
				NewMedium(v)
			}
		}
	})
}

func TestHeadsq(t *testing.T) {
	v, err := Load(testenv.Data(t, "volume", "headsq", "headsq_64x64x93_int16le.raw"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Density.Dims() != [3]int{64, 64, 93} || v.Density.Lo != 0 || v.Density.Hi != 3926 || !v.Scan {
		t.Errorf("%v voxels, %v to %v", v.Density.Dims(), v.Density.Lo, v.Density.Hi)
	}
	m, err := NewMedium(v)
	if err != nil {
		t.Fatal(err)
	}
	// Air lies below 300 and soft tissue about 1000, by the histogram.
	if m.Window[0] < 300 || m.Window[0] > 1000 || m.Window[1] < 1500 || m.Window[1] > 3000 {
		t.Errorf("window %v", m.Window)
	}
}
