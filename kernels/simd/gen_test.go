package simd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// TestGenerated: the committed assembly is what the generator writes today, every file of it. The generators and avo come
// from the module cache, so this needs no network.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the generator")
	}
	dir := t.TempDir()
	generators := map[string]string{}
	for i, source := range []string{"gen", "gen/neon"} {
		name := filepath.Join(dir, []string{"main", "neon"}[i])
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		if out, err := exec.Command("go", "build", "-o", name, "./"+source).CombinedOutput(); err != nil {
			t.Fatalf("the generator %s does not build: %v\n%s", source, err, out)
		}
		generators[source] = name
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^//go:generate go run ./(gen|gen/neon) -part (\w+) -out (\S+) -stubs (\S+) -pkg simd$`)
	written := map[string]bool{}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllSubmatch(text, -1) {
			part, assembly, stubs := string(m[2]), string(m[3]), string(m[4])
			c := exec.Command(generators[string(m[1])], "-part", part, "-out", assembly, "-stubs", stubs, "-pkg", "simd")
			c.Dir = dir
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("part %s: %v\n%s", part, err, out)
			}
			for _, name := range []string{assembly, stubs} {
				written[name] = true
				if !same(t, name, filepath.Join(dir, name)) {
					t.Errorf("%s is not what part %s of the generator writes: run go generate ./kernels/simd", name, part)
				}
			}
		}
	}
	committed, err := filepath.Glob("*_a*64.s")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range committed {
		if !written[name] {
			t.Errorf("no go:generate line writes %s", name)
		}
	}
	if len(written) == 0 {
		t.Fatal("no go:generate line was found")
	}
	// The planted fault: a file with one instruction less is not the same.
	whole, err := os.ReadFile("gemm_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.s")
	if err := os.WriteFile(cut, bytes.Replace(whole, []byte("\tVZEROUPPER\n"), nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if same(t, "gemm_amd64.s", cut) {
		t.Error("a missing instruction was not noticed")
	}
}

// same compares two generated files but for the line that names the command.
func same(t *testing.T, a, b string) bool {
	t.Helper()
	var text [2][]byte
	for i, name := range []string{a, b} {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, text[i], _ = bytes.Cut(whole, []byte("\n"))
	}
	return bytes.Equal(text[0], text[1])
}
