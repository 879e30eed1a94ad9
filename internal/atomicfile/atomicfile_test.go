package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	es, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range es {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	for _, data := range []string{"first, the longer one", "second", ""} {
		if err := Write(path, []byte(data)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != data {
			t.Fatalf("read %q, %v; want %q", got, err, data)
		}
	}
	if n := names(t, dir); len(n) != 1 {
		t.Fatalf("folder holds %v", n)
	}
}

// TestCheck: what can be written is left as it is, and what cannot is told beforehand as writing would tell it.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	if err := Write(old, []byte("old")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old", "new"} {
		if err := Check(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{"", dir, filepath.Join(dir, "none", "a"), filepath.Join(old, "a"), os.DevNull} {
		if a, b := Check(path), Write(path, nil); a == nil || b == nil || a.Error() != b.Error() {
			t.Errorf("%q: %v and %v", path, a, b)
		}
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("folder holds %v", n)
	}
}

func TestFailureLeavesOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	if err := Write(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("disk is full")
	check := func(what string) {
		t.Helper()
		if got, _ := os.ReadFile(path); string(got) != "old" {
			t.Errorf("%s: the old file became %q", what, got)
		}
		if n := names(t, dir); len(n) != 1 {
			t.Errorf("%s: folder holds %v", what, n)
		}
	}
	err := WriteFunc(path, func(w io.Writer) error {
		w.Write(make([]byte, 1<<20))
		return cause
	})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), path) {
		t.Fatalf("error %v does not name cause and file", err)
	}
	check("error")
	func() {
		defer func() { recover() }()
		_ = WriteFunc(path, func(w io.Writer) error { panic("writer died") })
		t.Error("the panic was swallowed")
	}()
	check("panic")
}

func TestModeAndLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file modes and links are those of Unix")
	}
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("x"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, []byte("y")); err != nil {
		t.Fatal(err)
	}
	st, err := os.Lstat(link)
	if err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Fatal("the link was replaced")
	}
	if st, err = os.Stat(real); err != nil || st.Mode().Perm() != 0o640 {
		t.Fatalf("mode %v, %v", st.Mode(), err)
	}
	if got, _ := os.ReadFile(real); string(got) != "y" {
		t.Fatalf("target holds %q", got)
	}
}

func TestBadTargets(t *testing.T) {
	dir := t.TempDir()
	for what, path := range map[string]string{
		"empty name":     "",
		"folder":         dir,
		"missing folder": filepath.Join(dir, "no", "a.bin"),
		"file as folder": filepath.Join(dir, "f", "a.bin"),
	} {
		if what == "file as folder" {
			if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		err := Write(path, []byte("x"))
		if err == nil {
			t.Errorf("%s: accepted", what)
			continue
		}
		if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: unclear error %q", what, err)
		}
	}
}
