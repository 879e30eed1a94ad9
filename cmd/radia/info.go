package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
)

// infoCmd describes a file without using a device.
type infoCmd struct {
	File  string `arg:"" help:"Snapshot, folder or JSON file with posed images, picture, mesh, or volume."`
	Split string `default:"all" help:"Split of a data set."`
}

func (c *infoCmd) Run(env *app.Env) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, unwrapPath(err))
	}
	ext := strings.ToLower(filepath.Ext(c.File))
	if !info.IsDir() && (ext == ".ingp" || ext == ".msgpack" || snapshot.Probe(c.File)) {
		return c.model(env, info.Size())
	}
	if isPicture(c.File) {
		return c.picture(env, info.Size())
	}
	if mesh.Probe(c.File) {
		return c.mesh(env)
	}
	if volume.Probe(c.File) {
		return c.volume(env, info.Size())
	}
	if err := damaged(c.File); err != nil {
		return err
	}
	return c.dataset(env)
}

// modelReport is the JSON result for a snapshot.
type modelReport struct {
	File         string         `json:"file"`
	Kind         string         `json:"kind"`
	Mode         string         `json:"mode"`
	Bytes        int64          `json:"bytes"`
	Step         int64          `json:"step"`
	Loss         float64        `json:"loss"`
	Parameters   int            `json:"parameters"`
	Networks     int            `json:"network_parameters"`
	Encoding     int            `json:"encoding_parameters"`
	Precision    string         `json:"precision"`
	AABBScale    int            `json:"aabb_scale,omitempty"`
	Latents      int            `json:"latents,omitempty"` // of every picture
	Images       int            `json:"images,omitempty"`
	GridCells    int            `json:"grid_cells"`
	Occupied     float64        `json:"occupied"`
	Size         []int          `json:"size,omitempty"` // of a picture
	Resumable    bool           `json:"resumable"`
	RenderMemory int64          `json:"render_memory_bytes"`
	Config       map[string]any `json:"config"`
}

func (c *infoCmd) model(env *app.Env, size int64) error {
	s, err := snapshot.Load(c.File)
	if err != nil {
		return err
	}
	r := modelReport{File: c.File, Kind: "model", Mode: s.Mode, Bytes: size, Step: s.TrainingStep, Loss: s.Loss, Parameters: s.Params.Len(),
		Precision: "half", GridCells: len(s.DensityGrid), Config: s.Config,
		Resumable: s.Radia != nil && len(s.Radia.Sections) > 1}
	if s.Params.Float != nil {
		r.Precision = "float"
	}
	r.RenderMemory = 4*int64(r.Parameters) + 6*int64(r.GridCells)
	if s.NeRF != nil {
		r.AABBScale, r.Images = s.NeRF.AABBScale, len(s.NeRF.Dataset.Images)
		r.Latents, _ = field.StoredExtra(s)
	}
	cfg, err := config.FromTree(s.Config, c.File)
	if err != nil {
		return err
	}
	if s.Mode == "nerf" {
		if cfg, err = field.ConfigOf(s, cfg, c.File); err != nil {
			return err
		}
		l, err := cfg.LayoutFor(r.Parameters)
		if err != nil {
			return err
		}
		r.Networks, r.Encoding = l.NetworkParams, l.Position.Count
		r.Occupied = field.OccupiedShare(s.DensityGrid)
	} else if err := r.fitted(cfg, s); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s model, %.1f MiB\n", r.File, r.Mode, float64(size)/(1<<20))
	fmt.Fprintf(&b, "  trained     %d steps, loss %.6f\n", r.Step, r.Loss)
	fmt.Fprintf(&b, "  parameters  %d (%d in networks, %d in the encoding), %s precision\n", r.Parameters, r.Networks, r.Encoding, r.Precision)
	if s.NeRF != nil {
		if r.Latents > 0 {
			fmt.Fprintf(&b, "  appearance  %d numbers of each picture (render --appearance PICTURE)\n", r.Latents)
		}
		fmt.Fprintf(&b, "  scene       aabb_scale %d, %d training images, grid of %d cells, %.1f%% occupied\n", r.AABBScale, r.Images, r.GridCells, 100*r.Occupied)
	}
	if r.Size != nil {
		pixels := float64(r.Size[0]) * float64(r.Size[1])
		fmt.Fprintf(&b, "  picture     %d x %d pixels; parameters in half precision are %.3g bits a pixel\n", r.Size[0], r.Size[1], 16*float64(r.Parameters)/pixels)
	}
	fmt.Fprintf(&b, "  memory      %.0f MiB to render\n", float64(r.RenderMemory)/(1<<20))
	resume := "no: parameters only"
	if r.Resumable {
		resume = "yes, bit by bit"
	}
	fmt.Fprintf(&b, "  resumable   %s\n", resume)
	fmt.Fprintf(&b, "  config      %v\n", cfg)
	return env.Result(r, b.String())
}

// datasetReport is the JSON result for posed images.
type datasetReport struct {
	File       string     `json:"file"`
	Kind       string     `json:"kind"`
	Format     string     `json:"format"`
	Images     int        `json:"images"`
	Size       [2]int     `json:"size"`
	Lens       string     `json:"lens"`
	AABBScale  int        `json:"aabb_scale"`
	Background [3]float32 `json:"background"`
	HDR        bool       `json:"hdr"`
	Bytes      int64      `json:"memory_bytes"`
	Warnings   []string   `json:"warnings"`
}

func (c *infoCmd) dataset(env *app.Env) error {
	d, err := scene.Load(c.File, scene.LoadOptions{Split: c.Split, Lazy: true})
	if err != nil {
		return err
	}
	first := d.Frames[0].Camera
	r := datasetReport{File: c.File, Kind: "data", Format: d.Kind.String(), Images: len(d.Frames), Size: [2]int{first.Width, first.Height},
		Lens: first.Lens.Kind.String(), AABBScale: d.AABBScale, Background: d.Background, HDR: d.HDR, Warnings: d.Warnings}
	perPixel := int64(4)
	if d.HDR {
		perPixel = 8
	}
	outside := 0
	for _, f := range d.Frames {
		r.Bytes += perPixel * int64(f.Camera.PixelCount())
		if f.Camera.Width != first.Width || f.Camera.Height != first.Height {
			outside++
		}
	}
	if outside > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d images differ in size from the first", outside))
	}
	if err := d.CheckCameras(); err != nil {
		r.Warnings = append(r.Warnings, err.Error())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s data, %d images\n", r.File, r.Format, r.Images)
	fmt.Fprintf(&b, "  first image %dx%d, lens %s, focal length %.1f x %.1f pixels\n", r.Size[0], r.Size[1], r.Lens, first.Focal[0], first.Focal[1])
	fmt.Fprintf(&b, "  scene       aabb_scale %d, cameras look at %.2f\n", r.AABBScale, scene.FocusPoint(d.Cameras()))
	fmt.Fprintf(&b, "  memory      %.0f MiB of pixels\n", float64(r.Bytes)/(1<<20))
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "  warning     %s\n", w)
	}
	return env.Result(r, b.String())
}

// unwrapPath drops the operation and path that os errors repeat.
func unwrapPath(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}
