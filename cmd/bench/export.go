package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/atomicfile"
)

// exportCmd writes a workload for other programs.
type exportCmd struct {
	deviceFlags
	Preset  string `default:"ingp-2023" help:"Network: a preset or a configuration file."`
	Points  string `default:"rays" help:"Where the network is evaluated: random, rays."`
	Samples int    `default:"131072" help:"Samples in the batch."`
	Out     string `required:"" help:"Folder to write to."`
}

// description is description.json: how to read the other files, which hold little-endian float32.
type description struct {
	Preset         string        `json:"preset"`
	Points         string        `json:"points"`
	Samples        int           `json:"samples"`
	Device         string        `json:"device"`
	Levels         []exportLevel `json:"levels"`
	Features       int           `json:"features"` // per level
	BaseResolution int           `json:"base_resolution"`
	PerLevelScale  float32       `json:"per_level_scale"`
	Log2Hashmap    int           `json:"log2_hashmap_size"`
	Width          int           `json:"width"`
	DensityHidden  int           `json:"density_hidden"`
	RGBHidden      int           `json:"rgb_hidden"`
	NetworkParams  int           `json:"network_params"` // in params.f32 the table follows them
}

type exportLevel struct {
	Scale      float32 `json:"scale"`
	Resolution uint32  `json:"resolution"`
	Offset     uint32  `json:"offset"`
	Size       uint32  `json:"size"`
	Hashed     bool    `json:"hashed"`
}

// Run implements the command: samples.f32 (7 planes), params.f32, targets.f32 (4 planes), and what the device computed:
// features.f32 (planes of the position encoding), raw.f32 (4 planes) and gradients.f32 (of the mean squared error with
// respect to all parameters, times 128).
func (c *exportCmd) Run(e *app.Env) (err error) {
	if c.Samples < 1 || c.Samples > 1<<24 {
		return app.UsageError(fmt.Sprintf("--samples %d: must be from 1 to %d", c.Samples, 1<<24))
	}
	s, err := newSubject(c.Preset, c.Points, c.Samples, false)
	if err != nil {
		return err
	}
	d, err := c.open(e)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	b, err := s.put(d)
	if err != nil {
		return err
	}
	defer b.release()
	features := make([]float32, s.shape.Levels*s.shape.Features*s.n)
	raw, gradients := make([]float32, 4*s.n), make([]float32, len(s.params))
	r := gpu.NewRecording("export")
	b.encode(r)
	r.Download(b.dfeatures, 0, gpu.Bytes(features))
	b.gradients(r)
	r.Download(b.raw, 0, gpu.Bytes(raw))
	r.Download(b.dweights, 0, gpu.Bytes(gradients[:s.layout.NetworkParams]))
	r.Download(b.dtable, 0, gpu.Bytes(gradients[s.layout.NetworkParams:]))
	if err := d.Submit(r); err != nil {
		return err
	}
	return c.write(s, d.Info().String(), map[string][]float32{
		"samples": s.samples, "params": s.params, "targets": s.targets, "features": features, "raw": raw, "gradients": gradients})
}

func (c *exportCmd) write(s *subject, device string, data map[string][]float32) error {
	g := s.layout.Position.Grids[0].Grid
	about := description{Preset: s.preset, Points: s.points, Samples: s.n, Device: device, Features: s.shape.Features,
		BaseResolution: g.BaseResolution, PerLevelScale: g.PerLevelScale, Log2Hashmap: g.Log2HashmapSize,
		Width: s.shape.Width, DensityHidden: s.shape.DensityHidden, RGBHidden: s.shape.RGBHidden, NetworkParams: s.layout.NetworkParams}
	for _, l := range s.levels {
		about.Levels = append(about.Levels, exportLevel{l.Scale, l.Resolution, l.Offset, l.Size, l.Hashed != 0})
	}
	text, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return fmt.Errorf("description: %w", err)
	}
	if err := os.MkdirAll(c.Out, 0o777); err != nil {
		return err
	}
	for name, v := range data {
		if err := atomicfile.Write(filepath.Join(c.Out, name+".f32"), gpu.Bytes(v)); err != nil {
			return err
		}
	}
	return atomicfile.Write(filepath.Join(c.Out, "description.json"), append(text, '\n'))
}
