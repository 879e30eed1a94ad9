package main

import (
	"path/filepath"
	"testing"
)

// TestRenderLooks renders with each flag of the viewer's panels: every one changes the picture, and none twice the same way.
func TestRenderLooks(t *testing.T) {
	f, dir := share(t), t.TempDir()
	seen := map[string]string{}
	for name, flags := range map[string][]string{
		"plain":    nil,
		"near":     {"--near", "1.3"},
		"crop":     {"--crop", "0.2,0.2,0.2,0.5,0.8,0.8"},
		"slice":    {"--mode", "slice", "--slice", "1.35"},
		"levels":   {"--levels", "0"},
		"lens":     {"--aperture", "0.05", "--focus", "1", "--spp", "4"},
		"fov":      {"--fov", "30"},
		"exposure": {"--exposure=-2"},
		"back":     {"--background", "#203040"},
	} {
		path := filepath.Join(dir, name+".png")
		object(t, renderKeys, append([]string{"render", f.model, "-o", path, "--size", "24x24", "--device", "cpu"}, flags...)...)
		data := string(read(t, path))
		for other, pixels := range seen {
			if pixels == data {
				t.Errorf("%s and %s are the same picture", name, other)
			}
		}
		seen[name] = data
	}
}

func TestRenderLooksRefused(t *testing.T) {
	f, dir := share(t), t.TempDir()
	refuse(t, dir, "levels|99", "render", f.model, "-o", filepath.Join(dir, "x.png"), "--device", "cpu", "--levels=99")
}
