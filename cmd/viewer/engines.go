package main

import (
	"context"

	cli "github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
)

func (f *flags) engines(env *cli.Env) (opener, func() error, error) {
	return func(ctx context.Context, path string, progress func(float64)) (engine.Engine, error) {
		return engine.NewAnalytic(f.Seed, 24, 200), nil
	}, func() error { return nil }, nil
}
