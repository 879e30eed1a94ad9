// Command shadergen compiles shaders/*.comp, reflects them and writes what Go needs to know of them: shaders/spv with its
// MANIFEST, kernels/zz_STEM.go and kernels/zz_structs.go. Run it in the repository root:
//
//	go run ./tools/shadergen          compile what is stale, rewrite the generated files
//	go run ./tools/shadergen -all     compile everything
//
// It needs glslc. After a merge conflict in generated files, take either side and run it again.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/radia-go/radia/gpu/spirv"
	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/tools/shadergen/source"
)

func main() {
	all := flag.Bool("all", false, "compile every module, not only stale ones")
	flag.Parse()
	if flag.NArg() != 0 {
		fmt.Fprintln(os.Stderr, "shadergen: takes no arguments")
		os.Exit(2)
	}
	if err := generate(".", *all); err != nil {
		fmt.Fprintln(os.Stderr, "shadergen:", err)
		os.Exit(1)
	}
}

// result is what compiling one module gave.
type result struct {
	module    source.Module
	small     []byte
	reflected *spirv.Interface // nil when the compiler for it is absent
	fresh     bool             // small was compiled now
	err       error
}

// generate brings every generated file under root up to date.
func generate(root string, all bool) error {
	dir := filepath.Join(root, "shaders")
	modules, err := source.Modules(os.DirFS(dir))
	if err != nil {
		return err
	}
	if len(modules) == 0 {
		return errors.New("no shaders/*.comp here: run in the repository root")
	}
	text, err := os.ReadFile(filepath.Join(dir, "spv", "MANIFEST"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	old, err := source.ParseManifest(string(text))
	if err != nil {
		return err
	}
	results := compileAll(root, modules, old, all)
	var failures []error
	for _, r := range results {
		if r.err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", r.module.File(), r.err))
		}
	}
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	files, err := goFiles(results)
	if err != nil {
		return err
	}
	manifest := source.Manifest{}
	for _, r := range results {
		f := r.module.File()
		if r.small == nil {
			continue
		}
		manifest[f] = source.Entry{File: f, Source: r.module.Hash, Binary: source.Sum(r.small)}
		if !r.fresh {
			manifest[f] = old[f]
		}
		files[filepath.Join("shaders", "spv", f)] = r.small
	}
	files[filepath.Join("shaders", "spv", "MANIFEST")] = []byte(manifest.String())
	return replace(root, files)
}

// compileAll compiles on all processors and keeps the order of modules.
func compileAll(root string, modules []source.Module, old source.Manifest, all bool) []result {
	results := make([]result, len(modules))
	work := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				results[i] = compile(root, modules[i], old[modules[i].File()], all)
			}
		})
	}
	for i := range modules {
		work <- i
	}
	close(work)
	wg.Wait()
	return results
}

// compile makes the named form of a module, for reflection, and the small form when the committed one is stale.
func compile(root string, m source.Module, old source.Entry, all bool) result {
	r := result{module: m}
	committed, err := os.ReadFile(filepath.Join(root, "shaders", "spv", m.File()))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.err = err
		return r
	}
	if m.New && os.Getenv("RADIA_GLSLC") == "" {
		state := "the committed module stays"
		if old.Source != m.Hash || committed == nil {
			state = "the committed module is absent or stale and the tests will say so"
		}
		fmt.Fprintf(os.Stderr, "shadergen: %s needs a newer glslc (set RADIA_GLSLC): %s\n", m.File(), state)
		r.small = committed
		return r
	}
	tmp, err := os.MkdirTemp("", "shadergen")
	if err != nil {
		r.err = err
		return r
	}
	defer os.RemoveAll(tmp)
	named, err := glslc(root, "named", m, tmp)
	if err != nil {
		r.err = err
		return r
	}
	if r.reflected, r.err = spirv.Reflect(named); r.err != nil {
		return r
	}
	if !all && old.Source == m.Hash && committed != nil && source.Sum(committed) == old.Binary {
		r.small = committed
		return r
	}
	fmt.Fprintln(os.Stderr, "compile", m.File())
	r.fresh = true
	r.small, r.err = glslc(root, "small", m, tmp)
	return r
}

func glslc(root, form string, m source.Module, tmp string) ([]byte, error) {
	args := []string{filepath.Join("tools", "glslc.sh"), form, "--target", m.Target}
	if m.New {
		args = append(args, "--new")
	}
	out := filepath.Join(tmp, form+".spv")
	args = append(args, filepath.Join("shaders", m.Stem+".comp"), out)
	cmd := exec.Command("bash", append(args, m.Defines...)...)
	cmd.Dir = root
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if err := cmd.Run(); err != nil {
		if s := strings.TrimSpace(messages.String()); s != "" {
			return nil, errors.New(s)
		}
		return nil, err
	}
	return os.ReadFile(out)
}

// replace writes the files that differ and removes generated files that are no longer made.
func replace(root string, files map[string][]byte) error {
	for _, pattern := range []string{"shaders/spv/*.spv", "kernels/zz_*.go"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return err
		}
		for _, f := range found {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				return err
			}
			if files[rel] == nil {
				fmt.Fprintln(os.Stderr, "remove", rel)
				if err := os.Remove(f); err != nil {
					return err
				}
			}
		}
	}
	for rel, content := range files {
		name := filepath.Join(root, rel)
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := atomicfile.Write(name, content); err != nil {
			return err
		}
	}
	return nil
}
