// Package app is what the programs under cmd share: opening a device by name, progress on long work, interruption,
// and results for people or as one JSON object.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes of every program.
const (
	ExitOK          = 0
	ExitError       = 1
	ExitUsage       = 2
	ExitInterrupted = 130
)

// ErrInterrupted is returned by work that stopped because the user asked it to, after saving what there was to save.
var ErrInterrupted = errors.New("interrupted")

// Env is what a command gets from its program.
type Env struct {
	Ctx    context.Context // cancelled by the first Ctrl-C or SIGTERM
	Stdout io.Writer
	Stderr io.Writer
	JSON   bool // results as one JSON object on Stdout, everything else on Stderr
}

// NewEnv makes the environment of a program; call stop at its end. A second Ctrl-C ends the program at once.
func NewEnv(stdout, stderr io.Writer) (env *Env, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		cancel()
		if _, ok := <-signals; ok {
			os.Exit(ExitInterrupted)
		}
	}()
	return &Env{Ctx: ctx, Stdout: stdout, Stderr: stderr}, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}

// Logf prints one line for a person, never into the JSON stream.
func (e *Env) Logf(format string, args ...any) { fmt.Fprintf(e.Stderr, format+"\n", args...) }

// Result prints a command's outcome: as one JSON object with --json, else the text.
func (e *Env) Result(v any, text string) error {
	if !e.JSON {
		_, err := io.WriteString(e.Stdout, text)
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("result as JSON: %w", err)
	}
	_, err = fmt.Fprintf(e.Stdout, "%s\n", b)
	return err
}

// ExitCode maps an error to the program's exit code.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitError
}
