package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

// camerasCmd writes the poses that a training has corrected.
type camerasCmd struct {
	Model string `arg:"" help:"Radiance field that was trained with --refine-cameras."`
	Data  string `arg:"" help:"JSON file with the posed images it was trained on."`
	Out   string `short:"o" required:"" placeholder:"OUT.json" help:"Copy of that file with the refined poses, in the same folder, since it names its pictures relative to itself."`
}

func (c *camerasCmd) Run(env *app.Env) error {
	if err := writable(c.Out, ".json"); err != nil {
		return err
	}
	if a, b := filepath.Clean(filepath.Dir(c.Out)), filepath.Clean(filepath.Dir(c.Data)); a != b {
		return app.UsageError(fmt.Sprintf("--out %s: must lie in the folder of %s, which names its pictures relative to itself", c.Out, c.Data))
	}
	s, err := snapshot.Load(c.Model)
	if err != nil {
		return err
	}
	if s.NeRF == nil || len(s.NeRF.CamPosOffset) == 0 {
		return fmt.Errorf("%s: holds no refined cameras; train it with --refine-cameras", c.Model)
	}
	d := s.NeRF.Dataset
	starts, ends := field.TrainingCameras(s), field.EndPoses(s)
	if len(d.Paths) != len(starts) {
		return fmt.Errorf("%s: names %d pictures for %d cameras", c.Model, len(d.Paths), len(starts))
	}
	poses := map[string][2]mgl32.Mat3x4{}
	for i, name := range d.Paths {
		poses[name] = [2]mgl32.Mat3x4{starts[i].Pose, ends[i]}
	}
	raw, err := os.ReadFile(c.Data)
	if err != nil {
		return err
	}
	text, n, err := scene.Repose(raw, c.Data, modelTransform(s), poses)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: has none of the pictures that %s was trained on", c.Data, c.Model)
	}
	if err := atomicfile.Write(c.Out, text); err != nil {
		return err
	}
	return env.Result(map[string]any{"file": c.Out, "model": c.Model, "refined": n}, fmt.Sprintf("%s: the poses of %d pictures are refined\n", c.Out, n))
}
