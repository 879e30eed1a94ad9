package scene

import (
	"encoding/json"
	"fmt"

	"github.com/go-gl/mathgl/mgl32"
	"github.com/tailscale/hujson"
)

// Repose replaces the poses of a transforms file's frames and leaves everything else, comments included, as it is. poses are
// in ngp space by file_path: at the start and at the end of the exposure. It returns the new text and how many frames have
// new poses. name is used in errors.
func Repose(raw []byte, name string, tr Transform, poses map[string][2]mgl32.Mat3x4) (out []byte, replaced int, err error) {
	t, err := parseTransforms(raw, name)
	if err != nil {
		return nil, 0, err
	}
	v, err := hujson.Parse(append(raw[:len(raw):len(raw)], '\n')) // a comment may end the file
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	type operation struct {
		Op    string        `json:"op"`
		Path  string        `json:"path"`
		Value [4][4]float64 `json:"value"`
	}
	var patch []operation
	for i, f := range t.Frames {
		p, ok := poses[f.FilePath]
		if !ok {
			continue
		}
		replaced++
		for _, key := range []struct {
			name    string
			present bool
			pose    mgl32.Mat3x4
		}{{"transform_matrix", f.Matrix != nil, p[0]}, {"transform_matrix_start", f.Start != nil, p[0]}, {"transform_matrix_end", f.End != nil, p[1]}} {
			if key.present {
				patch = append(patch, operation{"replace", fmt.Sprintf("/frames/%d/%s", i, key.name), tr.PoseBack(key.pose)})
			}
		}
	}
	if len(patch) == 0 {
		return raw, replaced, nil
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	if err := v.Patch(text); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	return v.Pack(), replaced, nil
}
