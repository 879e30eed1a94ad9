// Package settings keeps what a person chose from one start to the next, in the user's config folder.
package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/internal/atomicfile"
)

// Settings are remembered. Values that make no sense are replaced by the defaults when they are read.
type Settings struct {
	Width      int             `json:"width"`
	Height     int             `json:"height"`
	Background *[3]float32     `json:"background,omitempty"` // sRGB, nil: what the data says
	Exposure   float64         `json:"exposure"`
	Curve      int             `json:"curve"`
	FrameTime  float64         `json:"frame_time"` // seconds a picture may take while moving
	Samples    int             `json:"samples"`    // a pixel
	Speed      float32         `json:"speed"`
	Panels     bool            `json:"panels"`
	Open       map[string]bool `json:"open,omitempty"` // panels and sections
}

// Default are the settings of the first start.
func Default() Settings {
	return Settings{Width: 1280, Height: 720, FrameTime: 0.05, Samples: 16, Speed: 0.5, Panels: true}
}

// Path is the file of the settings.
func Path() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "radia", "viewer.json"), nil
}

// Load reads the settings; without a file they are the defaults.
func Load(path string) (Settings, error) {
	s := Default()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return Default(), fmt.Errorf("%s: %w", path, err)
	}
	s.check()
	return s, nil
}

func (s *Settings) check() {
	d := Default()
	if s.Width < 64 || s.Width > 16384 || s.Height < 64 || s.Height > 16384 {
		s.Width, s.Height = d.Width, d.Height
	}
	if !(s.Exposure >= -10 && s.Exposure <= 10) {
		s.Exposure = d.Exposure
	}
	if s.Curve < 0 || s.Curve > 3 {
		s.Curve = d.Curve
	}
	if !(s.FrameTime >= 0.005 && s.FrameTime <= 1) {
		s.FrameTime = d.FrameTime
	}
	if s.Samples < 1 || s.Samples > 1024 {
		s.Samples = d.Samples
	}
	if !(s.Speed >= 1e-3 && s.Speed <= 100) {
		s.Speed = d.Speed
	}
	if s.Background != nil {
		for _, v := range s.Background {
			if !(v >= 0 && v <= 1) {
				s.Background = nil
				break
			}
		}
	}
}

// Save writes the settings.
func Save(path string, s Settings) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, append(b, '\n'))
}
