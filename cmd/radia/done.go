package main

import (
	"math"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/train"
)

// reached tells whether a resumed training has made all steps that it may make.
func (c *trainCmd) reached(limits train.Limits, done int) bool {
	return c.Resume != "" && limits.Steps > 0 && done >= limits.Steps
}

// nothingLeft ends a training that has made its steps already: the model is written as it is, with the loss it had.
func (c *trainCmd) nothingLeft(env *app.Env, d gpu.Device, result *trainReport, limits train.Limits, done int) (*trainReport, error) {
	s, err := snapshot.Load(c.Resume)
	if err != nil {
		return nil, err
	}
	env.Logf("%s has made %d steps already, and --steps %d counts them: nothing is trained", c.Resume, done, limits.Steps)
	if c.Small {
		s.Radia = nil
	}
	if err := snapshot.Save(c.Out, s); err != nil {
		return nil, err
	}
	result.Steps, result.Loss = done, s.Loss
	if s.Loss > 0 {
		result.PSNR = -10 * math.Log10(s.Loss)
	}
	c.LogShares(env, d)
	return result, nil
}
