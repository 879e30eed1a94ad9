package main

import (
	"fmt"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/train"
)

// trainSDF trains a distance field on a mesh.
func (c *trainCmd) trainSDF(env *app.Env, d gpu.Device) (*trainReport, error) {
	if err := c.refuseNeRFFlags("a mesh"); err != nil {
		return nil, err
	}
	m, err := mesh.Load(c.Data)
	if err != nil {
		return nil, err
	}
	opt, err := c.fitOptions(d, config.SDF, (*config.Config).ForSDF)
	if err != nil {
		return nil, err
	}
	sign := mesh.SignFor(m)
	env.Logf("%s: a mesh of %d vertices and %d triangles (%d faces left out), sign rule %v", c.Data, len(m.Vertices), len(m.Triangles), m.Skipped, sign)
	t, err := train.NewSDF(d, m, sign, opt)
	if err != nil {
		return nil, c.begun(err)
	}
	defer t.Release()
	return c.run(env, d, t, &trainReport{Parameters: t.Field.Layout.Total}, nothingFound)
}

// sdfReport is the JSON result of eval for a distance field.
type sdfReport struct {
	Device       string  `json:"device"`
	Model        string  `json:"model"`
	IoU          float64 `json:"iou"`
	MeanDistance float64 `json:"mean_distance"`
	Points       int     `json:"points"`
	Sign         string  `json:"sign"`
}

// sdfLattice is the edge of the lattice on which eval compares signs.
const sdfLattice = 128

// evalSDF compares a distance field with its mesh.
func (c *evalCmd) evalSDF(env *app.Env, d gpu.Device) error {
	if c.Out != "" {
		return app.Usagef("--out has no meaning for a distance field")
	}
	m, err := mesh.Load(c.Data)
	if err != nil {
		return err
	}
	s, err := snapshot.Load(c.Model)
	if err != nil {
		return err
	}
	f, err := field.LoadSDF(d, s, c.Model)
	if err != nil {
		return err
	}
	defer f.Release()
	sign := mesh.SignFor(m)
	got, err := train.CompareSDF(f, m, sign, sdfLattice)
	if err != nil {
		return err
	}
	return env.Result(sdfReport{Device: d.Info().String(), Model: c.Model, IoU: got.IoU, MeanDistance: got.MeanDistance, Points: got.Points, Sign: sign.String()},
		fmt.Sprintf("%s: IoU %.4f at %d points (sign rule %v), mean distance at the surface %.6f of the cube on %s\n",
			c.Model, got.IoU, got.Points, sign, got.MeanDistance, d.Info()))
}

// meshReport is the JSON result of info for a mesh.
type meshReport struct {
	File      string        `json:"file"`
	Kind      string        `json:"kind"`
	Vertices  int           `json:"vertices"`
	Triangles int           `json:"triangles"`
	Skipped   int           `json:"skipped"`
	Closed    bool          `json:"closed"`
	Sign      string        `json:"sign"`
	Bounds    [2][3]float64 `json:"bounds"`
}

func (c *infoCmd) mesh(env *app.Env) error {
	m, err := mesh.Load(c.File)
	if err != nil {
		return err
	}
	r := meshReport{File: c.File, Kind: "mesh", Vertices: len(m.Vertices), Triangles: len(m.Triangles), Skipped: m.Skipped, Closed: m.Closed(), Sign: mesh.SignFor(m).String()}
	r.Bounds[0], r.Bounds[1] = m.Bounds()
	shape := "open"
	if r.Closed {
		shape = "closed"
	}
	return env.Result(r, fmt.Sprintf("%s: %s mesh, %d vertices, %d triangles (%d faces left out), box %.4g to %.4g, sign rule %s\n",
		r.File, shape, r.Vertices, r.Triangles, r.Skipped, r.Bounds[0], r.Bounds[1], r.Sign))
}
