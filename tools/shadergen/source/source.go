// Package source finds compute shaders, their variants and their includes, and hashes everything that decides what a
// compiled module contains. It needs no compiler, so that a test can tell a stale module on any machine.
package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strings"
)

// Module is one module to compile: a shader in one variant.
type Module struct {
	Stem    string   // "grid_encode"
	Variant string   // "" is the portable form
	Needs   []string // features, names as in gpu.Features.Missing
	Defines []string // NAME=VALUE
	New     bool     // needs a newer compiler than the distribution's
	Target  string   // Vulkan environment of the compiler
	Hash    string   // of the sources and of all the above
}

// File is the name of the compiled module in shaders/spv.
func (m *Module) File() string {
	if m.Variant == "" {
		return m.Stem + ".spv"
	}
	return m.Stem + "." + m.Variant + ".spv"
}

// features are the names that a variant may need.
var features = map[string]bool{"float16": true, "storage16": true, "atomicFloat": true, "subgroup": true, "shuffle": true, "coop": true}

// generation is part of every hash: raise it when the way modules are compiled changes.
const generation = "1"

var (
	stemForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	variantForm = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	defineForm  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*=[0-9A-Za-z_]+$`)
	includeLine = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]+(.*)$`)
	headerLine  = regexp.MustCompile(`(?m)^//radia:(\S+)(.*)$`)
)

// Modules lists every module of the *.comp files in the root of fsys, by stem; within a stem the variants stand in the
// order of their header lines and the portable form stands last.
//
// A header line is
//
//	//radia:variant NAME [needs=A,B] [fit] [define=NAME=VALUE]... [compiler=new] [target=vulkan1.3]
//
// where fit says that the kernel decides by the Fit of its Go side where a variant without needs runs.
func Modules(fsys fs.FS) ([]Module, error) {
	names, err := fs.Glob(fsys, "*.comp")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var out []Module
	for _, name := range names {
		modules, err := shader(fsys, name)
		if err != nil {
			return nil, err
		}
		out = append(out, modules...)
	}
	return out, nil
}

func shader(fsys fs.FS, name string) ([]Module, error) {
	stem := strings.TrimSuffix(name, ".comp")
	if !stemForm.MatchString(stem) {
		return nil, fmt.Errorf("%s: a shader's name is lower case with single underscores", name)
	}
	files := map[string][]byte{}
	if err := gather(fsys, name, "", files); err != nil {
		return nil, err
	}
	var modules []Module
	seen := map[string]bool{}
	for _, h := range headerLine.FindAllStringSubmatch(string(files[name]), -1) {
		m, err := header(stem, h[1], strings.Fields(h[2]))
		if err != nil {
			return nil, fmt.Errorf("%s: //radia:%s%s: %w", name, h[1], h[2], err)
		}
		if seen[m.Variant] {
			return nil, fmt.Errorf("%s: variant %s is declared twice", name, m.Variant)
		}
		seen[m.Variant] = true
		modules = append(modules, m)
	}
	modules = append(modules, Module{Stem: stem, Target: "vulkan1.1"})
	for i := range modules {
		modules[i].Hash = hash(&modules[i], files)
	}
	return modules, nil
}

func header(stem, kind string, words []string) (Module, error) {
	m := Module{Stem: stem, Target: "vulkan1.1"}
	if kind != "variant" {
		return m, fmt.Errorf("unknown directive %q", kind)
	}
	if len(words) == 0 || !variantForm.MatchString(words[0]) {
		return m, fmt.Errorf("a variant's name is lower-case letters and digits")
	}
	m.Variant = words[0]
	fit := false
	for _, w := range words[1:] {
		key, v, _ := strings.Cut(w, "=")
		switch key {
		case "needs":
			for _, n := range strings.Split(v, ",") {
				if !features[n] {
					return m, fmt.Errorf("unknown feature %q", n)
				}
				m.Needs = append(m.Needs, n)
			}
		case "define":
			if !defineForm.MatchString(v) {
				return m, fmt.Errorf("%q is not NAME=VALUE", v)
			}
			m.Defines = append(m.Defines, v)
		case "compiler":
			if v != "new" {
				return m, fmt.Errorf("unknown compiler %q", v)
			}
			m.New = true
		case "target":
			m.Target = v
		case "fit":
			fit = true
		default:
			return m, fmt.Errorf("unknown word %q", w)
		}
	}
	if len(m.Needs) == 0 && !fit {
		return m, fmt.Errorf("needs nothing, so the portable form after it would never run")
	}
	return m, nil
}

// gather reads a file and everything that it includes, whether or not a condition hides the include. As the compiler
// does, it looks beside the including file.
func gather(fsys fs.FS, name, from string, files map[string][]byte) error {
	if _, done := files[name]; done {
		return nil
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		if from != "" {
			return fmt.Errorf("%s includes %s: %w", from, name, err)
		}
		return err
	}
	files[name] = text
	for _, m := range includeLine.FindAllSubmatch(text, -1) {
		arg := strings.TrimSpace(string(m[1]))
		if len(arg) < 3 || arg[0] != '"' || arg[len(arg)-1] != '"' {
			return fmt.Errorf("%s: #include %s: want a name in double quotes and nothing after it", name, arg)
		}
		if err := gather(fsys, path.Join(path.Dir(name), arg[1:len(arg)-1]), name, files); err != nil {
			return err
		}
	}
	return nil
}

// hash covers the compiler flags and each file's name and content; line ends do not count, so that a checkout with
// CRLF is not stale.
func hash(m *Module, files map[string][]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %v %v %v\n", generation, m.Variant, m.Defines, m.New, m.Target)
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		text := strings.ReplaceAll(string(files[n]), "\r\n", "\n")
		fmt.Fprintf(h, "%s %d\n%s", n, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
