package scene

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongTypes holds that messages speak of JSON and never of the program's own types.
func TestWrongTypes(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:               "holds an array where an object is needed",
		`{"frames":{}}`:    `key "frames" holds an object where an array is needed`,
		`{"frames":[1]}`:   `key "frames" holds a number where an object is needed`,
		`{"fl_x":"50"}`:    `key "fl_x" holds a string where a number`,
		`{"fl_x":1e400}`:   `key "fl_x" holds a number 1e400 where a number in the range of float64 is needed`,
		`{"aabb":[3]}`:     `key "aabb" holds a number where an array is needed`,
		`{"is_fisheye":1}`: `key "is_fisheye" holds a number where true or false is needed`,
	} {
		_, err := parseTransforms([]byte(text), "t.json")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "scene.") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestNoneSharp holds that a threshold that leaves no picture is named as the reason.
func TestNoneSharp(t *testing.T) {
	dir := t.TempDir()
	text := `{"camera_angle_x":1,"frames":[{"file_path":"a.png","sharpness":0,"transform_matrix":[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}]}`
	for name, data := range map[string]string{"transforms.json": text, "a.png": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "sharpness_discard_threshold 0") {
		t.Errorf("error %v", err)
	}
}
