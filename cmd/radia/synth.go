package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/scene/synth"
	"github.com/radia-go/radia/scene/volume"
)

// synthCmd writes the procedural scene, or the procedural cloud.
type synthCmd struct {
	Dir   string `arg:"" help:"Folder to write; made if absent."`
	Cloud int    `placeholder:"N" help:"Write a cloud of N voxels along its longest edge instead: cloud.json and cloud.raw."`
	Views int    `default:"60" help:"Training views."`
	Test  int    `default:"10" help:"Held-out views."`
	Size  int    `default:"160" help:"Width and height in pixels."`
	Seed  int64  `default:"1" help:"Seed of the scene."`
	Depth bool   `help:"Also write exact depth maps (16-bit PNG, depth_path, integer_depth_scale)."`
}

func (c *synthCmd) Run(env *app.Env) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Cloud != 0 {
		return c.cloud(env)
	}
	if err := c.write(env); err != nil {
		return err
	}
	return env.Result(map[string]any{"dir": c.Dir, "views": c.Views, "test_views": c.Test, "size": c.Size, "seed": c.Seed},
		fmt.Sprintf("%s: %d training views and %d held-out views of %dx%d\n", c.Dir, c.Views, c.Test, c.Size, c.Size))
}

// check refuses wrong values of flags.
func (c *synthCmd) check() error {
	for flag, v := range map[string]int{"--views": c.Views, "--test": c.Test, "--size": c.Size} {
		if v < 1 || v > synth.MaxSize {
			return app.Usagef("%s %d: must be from 1 to %d", flag, v, synth.MaxSize)
		}
	}
	if c.Cloud != 0 && (c.Cloud < volume.MinCloud || c.Cloud > volume.MaxCloud) {
		return app.Usagef("--cloud %d: must be from %d to %d", c.Cloud, volume.MinCloud, volume.MaxCloud)
	}
	return nil
}

func (c *synthCmd) write(env *app.Env) error {
	progress := env.NewProgress("synth", int64(c.Views+c.Test))
	defer progress.Done()
	return synth.Write(c.Dir, synth.Options{Ctx: env.Ctx, Views: c.Views, TestViews: c.Test, Size: c.Size, Seed: c.Seed, Depth: c.Depth,
		Progress: func(done, total int) { progress.Set(int64(done)*int64(c.Views+c.Test)/int64(total), "views") }})
}

func (c *synthCmd) cloud(env *app.Env) error {
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return fmt.Errorf("%s: cannot be made: %w", c.Dir, unwrapPath(err))
	}
	path := filepath.Join(c.Dir, "cloud.json")
	progress := env.NewProgress("synth", int64(c.Cloud)*2/3)
	defer progress.Done()
	if err := volume.WriteCloud(path, c.Cloud, volume.CloudOptions{Ctx: env.Ctx, Seed: uint64(c.Seed),
		Progress: func(done, _ int) { progress.Set(int64(done), "slices") }}); err != nil {
		return err
	}
	return env.Result(map[string]any{"file": path, "voxels": c.Cloud, "seed": c.Seed}, fmt.Sprintf("%s: a cloud of %d voxels along its longest edge\n", path, c.Cloud))
}
