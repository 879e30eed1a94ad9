package main

import (
	"fmt"
	"strings"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/scene/volume"
)

// volumeReport is the JSON result of info for a volume.
type volumeReport struct {
	File     string      `json:"file"`
	Kind     string      `json:"kind"`
	Format   string      `json:"format"`
	Codec    string      `json:"codec"`
	Type     string      `json:"type"`
	Grid     string      `json:"grid,omitempty"`
	Dims     [3]int      `json:"dims"`
	Min      [3]int      `json:"min"`
	Max      [3]int      `json:"max"`
	Spacing  [3]float64  `json:"spacing"`
	Range    [2]float32  `json:"range"`
	Emission *[2]float32 `json:"emission,omitempty"`
	Scan     bool        `json:"scan"`
	Window   *[2]float64 `json:"window,omitempty"`
	Majorant float64     `json:"majorant"`
	Up       string      `json:"up"`
	Voxels   float64     `json:"voxels_along_cube"`
	Bytes    int64       `json:"bytes"`
	Memory   int64       `json:"memory_bytes"`
	Warnings []string    `json:"warnings"`
}

func (c *infoCmd) volume(env *app.Env, size int64) error {
	v, err := volume.Load(c.File)
	if err != nil {
		return err
	}
	g := v.Density
	r := volumeReport{File: c.File, Kind: "volume", Format: v.Format, Codec: v.Codec, Type: v.Type, Grid: v.Name, Dims: g.Dims(), Min: g.Min, Max: g.Max,
		Spacing: v.Spacing, Range: [2]float32{g.Lo, g.Hi}, Scan: v.Scan, Up: "xyz"[v.Up : v.Up+1], Voxels: v.Place().Voxels, Bytes: size, Memory: g.Bytes(), Warnings: v.Warnings}
	if v.Flip {
		r.Up = "-" + r.Up
	}
	if v.Emission != nil {
		r.Emission = &[2]float32{v.Emission.Lo, v.Emission.Hi}
		r.Memory += v.Emission.Bytes()
	}
	if m, err := volume.NewMedium(v); err != nil {
		r.Warnings = append(r.Warnings, err.Error())
	} else if r.Majorant = m.Majorant; m.Windowed {
		r.Window = &m.Window
	}
	var b strings.Builder
	kind := "volume"
	if v.Scan {
		kind = "scan"
	}
	fmt.Fprintf(&b, "%s: %s %s, %d x %d x %d voxels of %s, codec %s\n", r.File, r.Format, kind, r.Dims[0], r.Dims[1], r.Dims[2], r.Type, r.Codec)
	if r.Grid != "" {
		fmt.Fprintf(&b, "  grid        %s\n", r.Grid)
	}
	fmt.Fprintf(&b, "  box         voxels %v to %v, %.6g x %.6g x %.6g apart, up is %s\n", r.Min, r.Max, r.Spacing[0], r.Spacing[1], r.Spacing[2], r.Up)
	fmt.Fprintf(&b, "  range       %.6g to %.6g\n", r.Range[0], r.Range[1])
	if r.Window != nil {
		fmt.Fprintf(&b, "  window      %.6g becomes density 0, %.6g density 1\n", r.Window[0], r.Window[1])
	}
	if r.Emission != nil {
		fmt.Fprintf(&b, "  emission    %.6g to %.6g\n", r.Emission[0], r.Emission[1])
	}
	fmt.Fprintf(&b, "  memory      %.1f MiB on disk, %.1f MiB in memory\n", float64(size)/(1<<20), float64(r.Memory)/(1<<20))
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "  warning     %s\n", w)
	}
	return env.Result(r, b.String())
}
