package scene

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// otherKeys are keys of known programs that no structure of this package holds. Those without a reason say nothing about pictures or
// cameras; the others say something that is not followed, and the reason completes "KEY is ignored: ".
var otherKeys = map[string]string{
	"importance_sampling":       "", // instant-ngp stores it and does not use it
	"normal_mts_args":           "",
	"rotation":                  "", // NeRF-synthetic: a parameter of the animation the poses were made by
	"colmap_im_id":              "",
	"ply_file_path":             "", // nerfstudio: first points of splats
	"sparse_pc_path":            "",
	"applied_scale":             "", // already in the poses
	"orientation_override":      "", // nerfstudio's centring, which is not done
	"auto_scale_poses_override": "",
	"time":                      "the scene is taken to be at rest",
	"exposure":                  "pictures are taken as they are",
}

// tags collects the JSON keys of a structure, those of embedded ones included.
func tags(t reflect.Type, into map[string]bool) map[string]bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			tags(f.Type, into)
		} else if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); key != "" && key != "-" {
			into[strings.ToLower(key)] = true
		}
	}
	return into
}

var (
	topKeys   = tags(reflect.TypeFor[transformsJSON](), map[string]bool{})
	frameKeys = tags(reflect.TypeFor[frameJSON](), map[string]bool{})
)

// keyWarnings says which keys of a transforms file, standard JSON, are not followed: one line for all that are unknown, and one for
// each that is known and has no effect.
func keyWarnings(std []byte, name string) []string {
	var doc struct {
		Frames []map[string]json.RawMessage `json:"frames"`
	}
	var top map[string]json.RawMessage
	if json.Unmarshal(std, &top) != nil || json.Unmarshal(std, &doc) != nil {
		return nil // parsing proper reports it
	}
	unknown, ignored := map[string]bool{}, map[string]bool{}
	look := func(keys map[string]json.RawMessage, known map[string]bool, prefix string) {
		for key := range keys {
			low := strings.ToLower(key) // as encoding/json compares
			if known[low] {
				continue
			}
			reason, ok := otherKeys[low]
			switch {
			case !ok:
				unknown[fmt.Sprintf("%.60q", prefix+key)] = true
			case reason != "":
				ignored[fmt.Sprintf("%s: %s is ignored: %s", name, prefix+low, reason)] = true
			}
		}
	}
	look(top, topKeys, "")
	for _, f := range doc.Frames {
		look(f, frameKeys, "frames[].")
	}
	out := sorted(ignored)
	const most = 8
	switch list := sorted(unknown); {
	case len(list) == 1:
		out = append(out, fmt.Sprintf("%s: unknown key %s is ignored", name, list[0]))
	case len(list) > most:
		out = append(out, fmt.Sprintf("%s: unknown keys %s and %d more are ignored", name, strings.Join(list[:most], ", "), len(list)-most))
	case len(list) > 0:
		out = append(out, fmt.Sprintf("%s: unknown keys %s are ignored", name, strings.Join(list, ", ")))
	}
	return out
}

func sorted(set map[string]bool) []string {
	var out []string
	for s := range set {
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}

// effectWarnings says which values of known keys have no effect here.
func (t *transformsJSON) effectWarnings() (out []string) {
	if t.Envmap != "" {
		out = append(out, fmt.Sprintf("envmap %.60q is ignored: backgrounds are plain colours", t.Envmap))
	}
	moves := false
	for _, f := range t.Frames {
		moves = moves || f.End != nil && f.Start != nil && !reflect.DeepEqual(f.Start, f.End)
	}
	turns := false
	for _, v := range t.RollingShutter {
		turns = turns || v != 0
	}
	if moves && turns {
		out = append(out, "rolling_shutter: training follows the camera to transform_matrix_end; a picture is measured and shown from transform_matrix_start")
	}
	return out
}
