package shaders

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/radia-go/radia/tools/shadergen/source"
)

// embedded returns every compiled module by file name, and the manifest.
func embedded(t *testing.T) (map[string][]byte, source.Manifest) {
	t.Helper()
	names, err := fs.Glob(compiled, "spv/*.spv")
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string][]byte{}
	for _, n := range names {
		if modules[path.Base(n)], err = compiled.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
	text, err := compiled.ReadFile("spv/MANIFEST")
	if err != nil {
		t.Fatal(err)
	}
	m, err := source.ParseManifest(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return modules, m
}

// TestModulesAreCurrent needs no compiler: hashes tell whether a committed module belongs to the committed sources.
func TestModulesAreCurrent(t *testing.T) {
	modules, err := source.Modules(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	compiled, manifest := embedded(t)
	for _, bad := range source.Check(modules, manifest, compiled) {
		t.Error(bad)
	}
	if t.Failed() {
		t.Log("run: go run ./tools/shadergen")
	}
}

// TestStaleIsNoticed plants each fault that TestModulesAreCurrent must catch.
func TestStaleIsNoticed(t *testing.T) {
	compiled, manifest := embedded(t)
	tree := func() fstest.MapFS {
		m := fstest.MapFS{}
		err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.HasPrefix(p, "spv/") {
				text, rerr := os.ReadFile(p)
				m[p] = &fstest.MapFile{Data: text}
				return rerr
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	problems := func(f fs.FS, m source.Manifest, c map[string][]byte) string {
		modules, err := source.Modules(f)
		if err != nil {
			return err.Error()
		}
		return strings.Join(source.Check(modules, m, c), "\n")
	}
	const stem = "sum_slices"
	faults := []struct {
		name, want string
		plant      func(fstest.MapFS, source.Manifest, map[string][]byte)
	}{
		{"shader edited", "sum_slices.spv: stale", func(f fstest.MapFS, _ source.Manifest, _ map[string][]byte) {
			f[stem+".comp"].Data = bytes.Replace(f[stem+".comp"].Data, []byte("s = 1"), []byte("s = 2"), 1)
		}},
		{"include edited", "sum_slices.spv: stale", func(f fstest.MapFS, _ source.Manifest, _ map[string][]byte) {
			f["lib/index.glsl"].Data = append(f["lib/index.glsl"].Data, '\n')
		}},
		{"variant added", "sum_slices.fast.spv: not in the MANIFEST", func(f fstest.MapFS, _ source.Manifest, _ map[string][]byte) {
			f[stem+".comp"].Data = append(f[stem+".comp"].Data, "\n//radia:variant fast needs=float16\n"...)
		}},
		{"shader removed", "no shader makes it", func(f fstest.MapFS, _ source.Manifest, _ map[string][]byte) {
			delete(f, stem+".comp")
		}},
		{"include removed", "includes lib/index.glsl", func(f fstest.MapFS, _ source.Manifest, _ map[string][]byte) {
			delete(f, "lib/index.glsl")
		}},
		{"module edited", "not the one in the MANIFEST", func(_ fstest.MapFS, _ source.Manifest, c map[string][]byte) {
			c[stem+".spv"] = append([]byte{0}, c[stem+".spv"]...)
		}},
		{"module missing", "the module is missing", func(_ fstest.MapFS, _ source.Manifest, c map[string][]byte) {
			delete(c, stem+".spv")
		}},
		{"module left over", "a module that no shader makes", func(_ fstest.MapFS, _ source.Manifest, c map[string][]byte) {
			c["old.spv"] = []byte{1}
		}},
		{"manifest merged by union", "stale", func(_ fstest.MapFS, m source.Manifest, _ map[string][]byte) {
			text := m.String() + stem + ".spv 00 00\n"
			merged, err := source.ParseManifest(text)
			if err != nil {
				t.Fatal(err)
			}
			m[stem+".spv"] = merged[stem+".spv"]
		}},
	}
	for _, fault := range faults {
		f, m, c := tree(), source.Manifest{}, map[string][]byte{}
		for k, v := range manifest {
			m[k] = v
		}
		for k, v := range compiled {
			c[k] = v
		}
		fault.plant(f, m, c)
		if got := problems(f, m, c); !strings.Contains(got, fault.want) {
			t.Errorf("%s: reported %q, want %q", fault.name, got, fault.want)
		}
	}
}

func TestModulePanicsOnUnknownName(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "no_such_kernel") {
			t.Errorf("recovered %v", r)
		}
	}()
	Module("no_such_kernel")
}
