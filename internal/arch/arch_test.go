package arch

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

const modulePath = "github.com/radia-go/radia"

// rooms says which packages of the module each room may import, by prefix; a room is the longest prefix that fits a
// package. Tests may import anything.
var rooms = map[string][]string{
	"internal":    {"internal"},
	"gpu":         {"internal/cmp"},
	"gpu/spirv":   {"gpu", "internal/cmp"},
	"gpu/host":    {"gpu", "internal", "kernels/simd"},
	"gpu/vulkan":  {"gpu", "internal"},
	"gpu/check":   {"gpu", "internal"},
	"shaders":     {},
	"kernels":     {"gpu", "internal", "shaders", "kernels"},
	"kernels/enc": {"internal"},
	"field":       {"scene", "kernels", "gpu", "internal", "field"},
	"scene":       {"internal", "scene"},
	"render":      {"field", "scene", "kernels", "gpu", "internal", "render"},
	"train":       {"field", "scene", "kernels", "gpu", "internal", "train"},
	"cmd":         {""},
	"tools":       {""},
}

// onlyCommands are packages that nothing below cmd may import: the engine does not know which device it runs on.
var onlyCommands = []string{"gpu/vulkan"}

// within reports whether package p is prefix or lies under it.
func within(p, prefix string) bool {
	return prefix == "" || p == prefix || strings.HasPrefix(p, prefix+"/")
}

// forbidden explains why package from may not import package to, or returns "".
func forbidden(from, to string) string {
	if within(from, "cmd") || within(from, "tools") {
		return ""
	}
	for _, p := range onlyCommands {
		if within(to, p) && !within(from, p) {
			return "only cmd and tests import " + p
		}
	}
	if within(to, "cmd") || within(to, "tools") {
		return "nothing imports cmd or tools"
	}
	room, allowed := "", []string(nil)
	for r, a := range rooms {
		if within(from, r) && len(r) > len(room) {
			room, allowed = r, a
		}
	}
	if room == "" {
		return "the package is in no room of ARCHITECTURE.md"
	}
	if within(to, room) && from != to && within(from, room) {
		return ""
	}
	for _, a := range allowed {
		if within(to, a) {
			return ""
		}
	}
	return fmt.Sprintf("%s imports %s only", room, strings.Join(allowed, ", "))
}

// ignoredFolders are the folders that .gitignore names, /PATH from the root or NAME anywhere: what a program or a peer
// of the benchmarks left there is not ours.
func ignoredFolders(gitignore []byte) []string {
	var out []string
	for line := range strings.Lines(string(gitignore)) {
		if name, isFolder := strings.CutSuffix(strings.TrimSpace(line), "/"); isFolder {
			out = append(out, name)
		}
	}
	return out
}

// files lists the files of the repository that git tracks or would track, by slash path.
func files(t *testing.T) []string {
	t.Helper()
	ignored := ignoredFolders(read(t, ".gitignore"))
	var out []string
	err := filepath.WalkDir(testenv.Root(), func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(testenv.Root(), p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel == ".git" || slices.Contains(ignored, "/"+rel) || slices.Contains(ignored, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			out = append(out, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t *testing.T, rel string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Root(), filepath.FromSlash(rel)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestImports(t *testing.T) {
	seen := 0
	for _, f := range files(t) {
		if !strings.HasSuffix(f, ".go") || strings.HasSuffix(f, "_test.go") || strings.Contains(f, "testdata/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f, read(t, f), parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, i := range parsed.Imports {
			to, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if to, ours := strings.CutPrefix(to, modulePath+"/"); ours {
				seen++
				if why := forbidden(path.Dir(f), to); why != "" {
					t.Errorf("%s imports %s: %s", f, to, why)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d imports looked at", seen)
	}
}

func TestImportFaultsAreNoticed(t *testing.T) {
	for _, edge := range [][2]string{
		{"internal/cmp", "gpu"}, {"gpu", "kernels"}, {"gpu", "internal/f16"}, {"kernels", "field"}, {"kernels/enc", "gpu"},
		{"scene", "render"}, {"field/config", "train"}, {"render", "train"}, {"train", "gpu/vulkan"}, {"render", "gpu/vulkan"},
		{"gpu/host", "kernels"}, {"scene/synth", "gpu"}, {"newroom", "gpu"}, {"field", "cmd/radia"}, {"shaders", "gpu"},
	} {
		if forbidden(edge[0], edge[1]) == "" {
			t.Errorf("%s may import %s", edge[0], edge[1])
		}
	}
	for _, edge := range [][2]string{
		{"gpu", "internal/cmp"}, {"gpu/vulkan", "gpu"}, {"cmd/radia", "gpu/vulkan"}, {"train", "field/config"}, {"kernels/conformance", "kernels"},
	} {
		if why := forbidden(edge[0], edge[1]); why != "" {
			t.Errorf("%s may not import %s: %s", edge[0], edge[1], why)
		}
	}
}

// maxLines is the length of a hand-written file: one idea per file.
const maxLines = 600

// tooLong reports a hand-written source file beyond maxLines.
func tooLong(name string, text []byte) bool {
	switch path.Ext(name) {
	case ".go", ".c", ".h", ".comp", ".glsl", ".sh":
	default:
		return false
	}
	head, _, _ := bytes.Cut(text, []byte("\npackage "))
	if bytes.Contains(head, []byte("Code generated")) {
		return false
	}
	return bytes.Count(text, []byte("\n")) > maxLines
}

func TestFileLength(t *testing.T) {
	for _, f := range files(t) {
		if text := read(t, f); tooLong(f, text) {
			t.Errorf("%s has %d lines, at most %d", f, bytes.Count(text, []byte("\n")), maxLines)
		}
	}
	long := bytes.Repeat([]byte("\n"), maxLines+1)
	if !tooLong("a.go", long) || tooLong("a.md", long) || tooLong("a.go", append([]byte("// Code generated by x; DO NOT EDIT.\n\npackage a\n"), long...)) {
		t.Error("planted fault: the length of files is not judged")
	}
}

// unwanted are texts that the product never contains, written in halves so that this file does not contain them.
var unwanted = []string{"/wo" + "rk/", "TO" + "DO", "FIX" + "ME", "XX" + "X:", "not " + "implemented", "no" + "lint", "/home" + "/", "/ro" + "ot/"}

func unwantedIn(text []byte) string {
	for _, w := range unwanted {
		if bytes.Contains(text, []byte(w)) {
			return w
		}
	}
	return ""
}

func TestUnwantedTexts(t *testing.T) {
	for _, f := range files(t) {
		switch path.Ext(f) {
		case ".go", ".c", ".h", ".comp", ".glsl", ".sh", ".md", ".mod", "", ".yml", ".json":
			if w := unwantedIn(read(t, f)); w != "" {
				t.Errorf("%s contains %q", f, w)
			}
		}
	}
	if unwantedIn([]byte("see TO"+"DO list")) == "" {
		t.Error("planted fault: unwanted texts are not noticed")
	}
}

// TestBuildsWithoutCgo: the command line and everything it needs is pure Go when cgo is off.
func TestBuildsWithoutCgo(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole program; the full lane does it")
	}
	cmd := exec.Command("go", "build", "-o", os.DevNull, "./...")
	cmd.Dir = testenv.Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
