package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/mesh"
)

// meshCmd writes the surface of a model.
type meshCmd struct {
	Model      string   `arg:"" help:"Distance field or radiance field."`
	Out        string   `short:"o" required:"" placeholder:"OUT.obj" help:"Mesh to write: .obj, .ply or .glb."`
	Resolution int      `default:"256" help:"Lattice points along the longest edge of the box, up to 2048."`
	Threshold  *float32 `placeholder:"X" help:"Distance of the surface (default 0), or logarithm of the density (default 2.5)."`
	Box        string   `placeholder:"X0,Y0,Z0,X1,Y1,Z1" help:"Only the surface in this box, in coordinates of the scene's cube."`
	Points     bool     `help:"Write a point cloud: the surface's points with normals and colours, without triangles (.ply)."`
	NoColors   bool     `help:"Leave out the colours of a radiance field's vertices."`
	app.DeviceFlags
}

// surfaceReport is the JSON result.
type surfaceReport struct {
	Device     string  `json:"device"`
	Model      string  `json:"model"`
	File       string  `json:"file"`
	Resolution int     `json:"resolution"`
	Threshold  float32 `json:"threshold"`
	Vertices   int     `json:"vertices"`
	Triangles  int     `json:"triangles"`
	Colors     bool    `json:"colors"`
	Seconds    float64 `json:"seconds"`
	Bytes      int64   `json:"bytes"`
}

// densityThreshold is the surface of a radiance field where the user says nothing, that of instant-ngp.
const densityThreshold = 2.5

func (c *meshCmd) Run(env *app.Env) (err error) {
	if err := writable(c.Out, ".obj", ".ply", ".glb"); err != nil {
		return err
	}
	if c.Resolution < 8 || c.Resolution > 2048 {
		return app.Usagef("--resolution %d: must be from 8 to 2048", c.Resolution)
	}
	if c.Threshold != nil && !(math.Abs(float64(*c.Threshold)) <= math.MaxFloat32) {
		return app.Usagef("--threshold %v: must be a finite number", *c.Threshold)
	}
	if _, err := cutBox([2][3]float32{{0, 0, 0}, {1, 1, 1}}, "--box", c.Box); err != nil {
		return err
	}
	if c.Points && !strings.EqualFold(filepath.Ext(c.Out), ".ply") {
		return app.Usagef("--points: %s: a point cloud is written as .ply", c.Out)
	}
	d, err := c.Open(env)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	start := time.Now()
	o := field.SurfaceOptions{Resolution: c.Resolution}
	m, err := c.surface(env, d, &o)
	if err != nil {
		return err
	}
	if c.Points {
		if m.Normals == nil {
			m.Normals = m.CornerNormals()
		}
		m.Triangles = nil
	}
	if err := m.Write(c.Out); err != nil {
		return err
	}
	r := surfaceReport{Device: d.Info().String(), Model: c.Model, File: c.Out, Resolution: c.Resolution, Threshold: o.Threshold, Vertices: len(m.Vertices),
		Triangles: len(m.Triangles), Colors: m.Colors != nil, Seconds: time.Since(start).Seconds()}
	if st, err := os.Stat(c.Out); err == nil {
		r.Bytes = st.Size()
	}
	c.LogShares(env, d)
	return env.Result(r, fmt.Sprintf("%s: %d vertices and %d triangles, %.1f MiB, in %.1f s on %s\n", c.Out, r.Vertices, r.Triangles, float64(r.Bytes)/(1<<20), r.Seconds, r.Device))
}

// surface extracts the mesh and fills in the rest of the options.
func (c *meshCmd) surface(env *app.Env, d gpu.Device, o *field.SurfaceOptions) (*mesh.Mesh, error) {
	s, err := loadSnapshot(c.Model)
	if err != nil {
		return nil, err
	}
	progress := env.NewProgress("mesh", 1000)
	defer progress.Done()
	o.Progress = func(done, total int) error {
		progress.Set(int64(1000*done/total), fmt.Sprintf("layer %d of %d", done, total))
		if env.Ctx.Err() != nil {
			return app.ErrInterrupted
		}
		return nil
	}
	switch config.Mode(s.Mode) {
	case config.SDF:
		f, err := field.LoadSDF(d, s, c.Model)
		if err != nil {
			return nil, err
		}
		defer f.Release()
		if o.Box, err = cutBox([2][3]float32{f.Lo, f.Hi}, "--box", c.Box); err != nil {
			return nil, err
		}
		if c.Threshold != nil {
			o.Threshold = *c.Threshold
		}
		c.predict(env, o)
		return named(c.Model)(f.Surface(*o))
	case config.NeRF:
		m, err := loadModel(d, c.Model, field.AutoPipeline)
		if err != nil {
			return nil, err
		}
		defer m.Release()
		if o.Box, err = cutBox(m.box, "--box", c.Box); err != nil {
			return nil, err
		}
		if o.Threshold = densityThreshold; c.Threshold != nil {
			o.Threshold = *c.Threshold
		}
		c.predict(env, o)
		out, err := named(c.Model)(m.field.Surface(m.grid, *o, !c.NoColors))
		if err != nil {
			return nil, err
		}
		out.Place(m.transform().PointBack, m.transform().DirectionBack)
		return out, nil
	}
	return nil, fmt.Errorf("%s: a model of mode %s has no surface", c.Model, s.Mode)
}

// predict says how much memory the surface will take, for one that crosses as many cells as the box has on its sides.
func (c *meshCmd) predict(env *app.Env, o *field.SurfaceOptions) {
	layers, surface := o.Memory()
	env.Logf("memory: %d MiB of lattice, about %d MiB of mesh", layers>>20, surface>>20)
}

// named puts a name before an error.
func named(name string) func(*mesh.Mesh, error) (*mesh.Mesh, error) {
	return func(m *mesh.Mesh, err error) (*mesh.Mesh, error) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return m, nil
	}
}
