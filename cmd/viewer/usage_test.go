package main

import (
	"bytes"
	"errors"
	"testing"

	cli "github.com/radia-go/radia/cmd/internal/app"
)

// TestUsage holds that what is wrong on the command line is a mistake in its use, found before a window opens.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"--shiny"}, {"a", "b"}, {"--width=-1"}, {"--width=0x"}, {"--height=-5"}, {"--height=99999"}, {"--present=paper"}, {"--seed=x"},
		{"--settings=none", "--headless-script=/dev/null", "--device=teapot"}, {"--settings=none", "--headless-script=/dev/null", "--device=cpu", "--threads=-1"},
	} {
		var out, errs bytes.Buffer
		env, stop := cli.NewEnv(&out, &errs)
		err := run(env, args)
		stop()
		var usage cli.UsageError
		if !errors.As(err, &usage) || out.Len() > 0 {
			t.Errorf("%q: %v, output %q", args, err, out.String())
		}
	}
}
