package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "viewer.json")
	if s, err := Load(path); err != nil || !reflect.DeepEqual(s, Default()) {
		t.Fatalf("without a file: %+v %v", s, err)
	}
	s := Default()
	s.Width, s.Exposure, s.Background, s.Open = 900, -1.5, &[3]float32{1, 0, 0.5}, map[string]bool{"camera": true}
	if err := Save(path, s); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%+v %v, want %+v", got, err, s)
	}
}

func TestNonsenseIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "viewer.json")
	text := `{"width": -3, "height": 99999999, "exposure": 1e9, "curve": 77, "frame_time": 0, "samples": 0, "speed": -1, "background": [2, 0, 0]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path)
	want := Default()
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%+v %v, want %+v", s, err, want)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(path); err == nil || !reflect.DeepEqual(s, want) {
		t.Errorf("a broken file: %+v %v", s, err)
	}
}
