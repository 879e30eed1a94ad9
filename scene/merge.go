package scene

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	"github.com/radia-go/radia/internal/jsonc"
)

// readFile reads a JSON file of bounded size.
func readFile(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", path)
	}
	if st.Size() > maxJSON {
		return nil, fmt.Errorf("%s: %d bytes are too many for a transforms file (limit %d)", path, st.Size(), maxJSON)
	}
	return os.ReadFile(path)
}

// readTransforms reads a scene's files as one: global values of a later file replace those of an earlier one, frames are put
// together, and each frame keeps the lens keys of its own file.
func readTransforms(src source) (*transformsJSON, []string, error) {
	var all transformsJSON
	var frames []frameJSON
	var lists [3][]string
	var warnings []string
	for _, path := range src.files() {
		raw, err := readFile(path)
		if err != nil {
			return nil, nil, err
		}
		std, err := jsonc.Standardize(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		// A list is decoded into memory that is there already: what was read before must not show through.
		all.Frames, all.lensKeys, all.TrainFilenames, all.ValFilenames, all.TestFilenames = nil, lensKeys{}, nil, nil, nil
		if err := all.decode(std, path); err != nil {
			return nil, nil, err
		}
		all.studio = all.studio || all.Model != nil
		for i, f := range all.Frames {
			if f.FilePath == "" {
				f.FilePath = fmt.Sprintf("%s_%03d/rgba.png", suffix(path), i)
			}
			if len(src.merged) > 0 {
				f.lensKeys = all.lensKeys.over(f.lensKeys)
			}
			frames = append(frames, f)
		}
		for i, l := range [3][]string{all.TrainFilenames, all.ValFilenames, all.TestFilenames} {
			lists[i] = append(lists[i], l...)
		}
		warnings = append(warnings, keyWarnings(std, path)...)
	}
	if len(src.merged) > 0 {
		all.lensKeys = lensKeys{}
	}
	all.Frames, all.TrainFilenames, all.ValFilenames, all.TestFilenames = frames, lists[0], lists[1], lists[2]
	return &all, append(warnings, all.effectWarnings()...), nil
}

// parseTransforms parses a transforms file held in memory; comments and trailing commas are allowed. name is used in errors.
func parseTransforms(raw []byte, name string) (*transformsJSON, error) {
	std, err := jsonc.Standardize(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &transformsJSON{}
	return t, t.decode(std, name)
}

// decode reads standard JSON over what t holds.
func (t *transformsJSON) decode(std []byte, name string) error {
	if err := json.Unmarshal(std, t); err != nil {
		if te, ok := err.(*json.UnmarshalTypeError); ok {
			if te.Field == "" {
				return fmt.Errorf("%s: holds %s where an object is needed", name, article(te.Value))
			}
			return fmt.Errorf("%s: key %q holds %s where %s is needed", name, strings.ReplaceAll(te.Field, "lensKeys.", ""), article(te.Value), jsonName(te.Type))
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(t.Frames) == 0 {
		return fmt.Errorf("%s: has no frames", name)
	}
	return nil
}

// article puts the indefinite article before a JSON kind as package encoding/json names it, with the value that may follow.
func article(kind string) string {
	if strings.HasPrefix(kind, "array") || strings.HasPrefix(kind, "object") {
		return "an " + kind
	}
	return "a " + kind
}

// jsonName says what JSON a Go type is decoded from.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Pointer:
		return jsonName(t.Elem())
	}
	return "a number in the range of float64"
}

// mergeable lists the JSON files of a folder that hold frames, in natural order.
func mergeable(dir string) ([]string, error) {
	have, err := filepath.Glob(filepath.Join(globLiteral(dir), "*.json"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	sort.Slice(have, func(i, j int) bool { return NaturalLess(have[i], have[j]) })
	var out []string
	for _, path := range have {
		raw, err := readFile(path)
		if err != nil {
			return nil, err
		}
		std, err := jsonc.Standardize(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		var doc struct {
			Frames json.RawMessage `json:"frames"`
		}
		if json.Unmarshal(std, &doc) == nil && len(doc.Frames) > 0 {
			out = append(out, path)
		}
	}
	return out, nil
}

// globLiteral quotes what filepath.Glob would take for a pattern.
func globLiteral(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// read reads what was found as one transforms file.
func (s source) read() (*transformsJSON, []string, error) {
	if s.colmap == nil {
		return readTransforms(s)
	}
	t, err := s.colmap.transforms()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.json, err)
	}
	return t, nil, nil
}

// dir is the folder that the names of pictures are relative to.
func (s source) dir() string {
	if s.colmap != nil {
		return s.colmap.pictures
	}
	return filepath.Dir(s.json)
}

// files are the JSON files that make up the scene.
func (s source) files() []string {
	if len(s.merged) > 0 {
		return s.merged
	}
	return []string{s.json}
}

// beside warns of transforms files in the folder that are not part of the scene.
func (s source) beside() []string {
	if len(s.merged) > 0 || !strings.EqualFold(filepath.Base(s.json), "transforms.json") {
		return nil
	}
	have, _ := filepath.Glob(filepath.Join(globLiteral(filepath.Dir(s.json)), "transforms*.json"))
	var others []string
	for _, h := range have {
		switch name := filepath.Base(h); name {
		case filepath.Base(s.json), "transforms_train.json", "transforms_val.json", "transforms_test.json":
		default:
			others = append(others, name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s alone is read; not part of the scene: %s", s.json, strings.Join(others, ", "))}
}
