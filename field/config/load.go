package config

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/tailscale/hujson"

	"github.com/radia-go/radia/internal/jsonc"
)

//go:embed presets
var presetFiles embed.FS

// Limits of what a configuration file may be.
const (
	maxFileSize = 1 << 20
	maxParents  = 16
)

// Presets lists the names of the built-in configurations, such as "nerf/base".
func Presets() []string {
	var names []string
	err := fs.WalkDir(presetFiles, "presets", func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(p, "presets/"), ".json"))
		}
		return err
	})
	if err != nil {
		panic("config: embedded presets: " + err.Error())
	}
	sort.Strings(names)
	return names
}

// Load reads the configuration of a file, or a preset of that name where there is no such file. A preset may be
// named without its folder when that folder is nerf: "small" is "nerf/small".
//
// Files are JSON with // and /* */ comments and trailing commas. "parent" names the configuration that this one
// changes by an RFC 7386 merge: a .json file relative to this one, inside the folder of the file first named, or
// the name of a preset without .json.
func Load(nameOrPath string) (*Config, error) {
	if st, err := os.Stat(nameOrPath); err == nil && st.Mode().IsRegular() {
		return loadFile(nameOrPath)
	}
	if name, ok := presetName(nameOrPath); ok {
		return build(nameOrPath, location{preset: true, name: name + ".json"}, nil)
	}
	if strings.HasSuffix(nameOrPath, ".json") || strings.ContainsAny(nameOrPath, `/\`) {
		if _, err := os.Stat(nameOrPath); err != nil {
			return nil, fmt.Errorf("%s: cannot read the configuration: %w", nameOrPath, reason(err))
		}
		return nil, fmt.Errorf("%s: not a regular file", nameOrPath)
	}
	return nil, fmt.Errorf("there is no configuration file and no preset %q%s; presets: %s",
		nameOrPath, suggestion(nameOrPath, shortNames()), strings.Join(Presets(), ", "))
}

// Parse reads a configuration from memory; name appears in errors. Its parent can only be a preset.
func Parse(name string, data []byte) (*Config, error) {
	return build(name, location{name: name}, data)
}

func loadFile(file string) (*Config, error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the configuration: %w", file, reason(err))
	}
	defer root.Close()
	return build(file, location{root: root, dir: filepath.Dir(file), name: filepath.Base(file)}, nil)
}

func presetName(s string) (string, bool) {
	s = strings.TrimSuffix(s, ".json")
	for _, name := range Presets() {
		if name == s || name == "nerf/"+s {
			return name, true
		}
	}
	return "", false
}

func shortNames() []string {
	var out []string
	for _, n := range Presets() {
		out = append(out, n, strings.TrimPrefix(n, "nerf/"))
	}
	return out
}

// reason drops the operation and path from a system error; the caller has named the file.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// location is where a document comes from: the embedded presets, a folder on disk, or memory.
type location struct {
	preset bool
	root   *os.Root // folder of the file first named; nil for memory
	dir    string   // its name, for messages
	name   string   // slash-separated, below the root
}

func (l location) String() string {
	switch {
	case l.preset:
		return "preset " + strings.TrimSuffix(l.name, ".json")
	case l.root != nil:
		return filepath.Join(l.dir, filepath.FromSlash(l.name))
	}
	return l.name
}

func (l location) read() ([]byte, error) {
	if l.preset {
		return presetFiles.ReadFile("presets/" + l.name)
	}
	f, err := l.root.Open(filepath.FromSlash(l.name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && !st.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(data) > maxFileSize {
		err = fmt.Errorf("it is larger than %d bytes", maxFileSize)
	}
	return data, err
}

// parent is the location that the "parent" value of the document at l names.
func (l location) parent(value string) (location, error) {
	if !strings.HasSuffix(value, ".json") {
		if name, ok := presetName(value); ok {
			return location{preset: true, name: name + ".json"}, nil
		}
		return location{}, fmt.Errorf("there is no preset %q%s", value, suggestion(value, shortNames()))
	}
	if !l.preset && l.root == nil {
		return location{}, fmt.Errorf("%q is a file; a configuration in memory can only name a preset", value)
	}
	if path.IsAbs(value) || filepath.IsAbs(value) || filepath.VolumeName(value) != "" || strings.Contains(value, `\`) {
		return location{}, fmt.Errorf("%q must be a relative path with forward slashes", value)
	}
	p := l
	p.name = path.Join(path.Dir(l.name), value)
	if !fs.ValidPath(p.name) {
		return location{}, fmt.Errorf("%q leads out of the folder of the configuration", value)
	}
	return p, nil
}

// build follows the chain of parents, merges it and decodes the result. data replaces the first file's contents.
func build(name string, at location, data []byte) (*Config, error) {
	var docs []document
	var raws [][]byte
	seen := map[string]bool{}
	for {
		file := at.String()
		if seen[file] {
			return nil, fmt.Errorf("%s: its parents form a circle: %s", docs[0].file, chain(docs, file))
		}
		seen[file] = true
		if len(docs) == maxParents {
			return nil, fmt.Errorf("%s: more than %d parents", docs[0].file, maxParents)
		}
		if data == nil {
			var err error
			if data, err = at.read(); err != nil {
				if len(docs) > 0 {
					return nil, fmt.Errorf("%s: cannot read the parent of %s: %w", file, docs[len(docs)-1].file, reason(err))
				}
				return nil, fmt.Errorf("%s: cannot read the configuration: %w", file, reason(err))
			}
		}
		raw, tree, err := parseJSON(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		docs = append(docs, document{file, tree})
		raws = append(raws, raw)
		v, ok := tree["parent"]
		if !ok || v == nil {
			break
		}
		s, isString := v.(string)
		if !isString {
			return nil, fmt.Errorf("%s: parent is %s; it must be a string", file, show(v))
		}
		if at, err = at.parent(s); err != nil {
			return nil, fmt.Errorf("%s: parent %w", file, err)
		}
		data = nil
	}
	merged := raws[len(raws)-1]
	for i := len(raws) - 2; i >= 0; i-- {
		var err error
		if merged, err = jsonpatch.MergePatch(merged, raws[i]); err != nil {
			return nil, fmt.Errorf("%s: cannot merge it into %s: %w", docs[i].file, docs[i+1].file, err)
		}
	}
	_, tree, err := parseJSON(merged)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", docs[0].file, err)
	}
	delete(tree, "parent")
	c, err := decode(&decoder{docs: docs, name: docs[0].file}, tree)
	if err != nil {
		return nil, err
	}
	c.Name = name
	for _, d := range docs {
		c.Files = append(c.Files, d.file)
	}
	return c, nil
}

func chain(docs []document, last string) string {
	var names []string
	for _, d := range docs {
		names = append(names, d.file)
	}
	return strings.Join(append(names, last), " -> ")
}

// parseJSON returns the standard JSON of a commented document and its tree.
func parseJSON(data []byte) ([]byte, map[string]any, error) {
	if len(data) > maxFileSize {
		return nil, nil, fmt.Errorf("it is larger than %d bytes", maxFileSize)
	}
	if err := jsonc.Check(data); err != nil {
		return nil, nil, err
	}
	v, err := hujson.Parse(bytes.Clone(data))
	if err != nil {
		return nil, nil, errors.New(oneLine(strings.TrimPrefix(err.Error(), "hujson: ")))
	}
	if err := checkDuplicates(&v, data); err != nil {
		return nil, nil, err
	}
	v.Standardize()
	std := v.Pack()
	dec := json.NewDecoder(bytes.NewReader(std))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, nil, errors.New(oneLine(err.Error()))
	}
	m, ok := tree.(map[string]any)
	if !ok {
		return nil, nil, errors.New("it must be a JSON object")
	}
	if _, err := plainNumbers(m); err != nil {
		return nil, nil, err
	}
	return std, m, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// checkDuplicates refuses an object with the same key twice: JSON libraries silently keep one of them.
func checkDuplicates(v *hujson.Value, data []byte) error {
	switch x := v.Value.(type) {
	case *hujson.Object:
		seen := map[string]bool{}
		for i := range x.Members {
			lit, ok := x.Members[i].Name.Value.(hujson.Literal)
			if !ok {
				continue
			}
			if key := lit.String(); seen[key] {
				line := 1 + bytes.Count(data[:x.Members[i].Name.StartOffset], []byte("\n"))
				return fmt.Errorf("line %d: the key %s appears twice in one object", line, show(key))
			} else {
				seen[key] = true
			}
			if err := checkDuplicates(&x.Members[i].Value, data); err != nil {
				return err
			}
		}
	case *hujson.Array:
		for i := range x.Elements {
			if err := checkDuplicates(&x.Elements[i], data); err != nil {
				return err
			}
		}
	}
	return nil
}

// plainNumbers replaces json.Number by int64 or float64 throughout a tree.
func plainNumbers(v any) (any, error) {
	switch x := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(string(x), 10, 64); err == nil {
			return i, nil
		}
		f, err := strconv.ParseFloat(string(x), 64)
		if err != nil {
			return nil, fmt.Errorf("the number %s is out of range", show(string(x)))
		}
		return f, nil
	case map[string]any:
		for k, e := range x {
			p, err := plainNumbers(e)
			if err != nil {
				return nil, err
			}
			x[k] = p
		}
	case []any:
		for i, e := range x {
			p, err := plainNumbers(e)
			if err != nil {
				return nil, err
			}
			x[i] = p
		}
	}
	return v, nil
}
