package main

import (
	"fmt"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/scene/synth"
)

// synthCmd writes the procedural scene.
type synthCmd struct {
	Dir   string `arg:"" help:"Folder to write; made if absent."`
	Views int    `default:"100" help:"Training views."`
	Test  int    `default:"25" help:"Held-out views."`
	Size  int    `default:"200" help:"Width and height in pixels."`
	Seed  int64  `default:"1" help:"Seed of the scene."`
}

func (c *synthCmd) Run(env *app.Env) error {
	if err := c.write(env); err != nil {
		return err
	}
	return env.Result(map[string]any{"dir": c.Dir, "views": c.Views, "test_views": c.Test, "size": c.Size, "seed": c.Seed},
		fmt.Sprintf("%s: %d training views and %d held-out views of %dx%d\n", c.Dir, c.Views, c.Test, c.Size, c.Size))
}

func (c *synthCmd) write(env *app.Env) error {
	if c.Views < 1 || c.Test < 1 || c.Size < 1 {
		return fmt.Errorf("synth: views, held-out views and size must be at least 1")
	}
	progress := env.NewProgress("synth", int64(c.Views+c.Test))
	defer progress.Done()
	return synth.Write(c.Dir, synth.Options{Views: c.Views, TestViews: c.Test, Size: c.Size, Seed: c.Seed,
		Progress: func(done, total int) { progress.Set(int64(done)*int64(c.Views+c.Test)/int64(total), "views") }})
}
