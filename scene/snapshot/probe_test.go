package snapshot

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"os"
	"path/filepath"
	"testing"
)

func TestProbe(t *testing.T) {
	zipped := func(b string) string {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write([]byte(b))
		z.Close()
		return out.String()
	}
	zlibbed := func(b string) string {
		var out bytes.Buffer
		z := zlib.NewWriter(&out)
		z.Write([]byte(b))
		z.Close()
		return out.String()
	}
	const small, wide, widest = "\x81\xa8snapshot\xc0", "\xde\x00\x01\xd9\x08snapshot\xc0", "\xdf\x00\x00\x00\x01\xda\x00\x08snapshot\xc0"
	for content, want := range map[string]bool{
		small: true, wide: true, widest: true, zipped(small): true, zipped(widest): true, zlibbed(wide): true,
		"": false, "\x81": false, "\x80": false, "\xde\x00": false, "\x81\x01": false, "{\"frames\": []}": false,
		"\x89PNG\r\n\x1a\n": false, zipped("text"): false, zipped(small)[:9]: false, zlibbed(small)[:2]: false, "\x1f\x8b": false,
	} {
		path := filepath.Join(t.TempDir(), "any.name")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := Probe(path); got != want {
			t.Errorf("%q: %v, want %v", content, got, want)
		}
	}
	if Probe(t.TempDir()) || Probe(filepath.Join(t.TempDir(), "missing")) {
		t.Error("a folder or a missing file is a snapshot")
	}
}
