// Command radia trains, renders and measures neural graphics without a window.
package main

import (
	"io"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/radia-go/radia/cmd/internal/app"
)

// cli is the command line; each command is a type with a Run method in a file of its own.
type cli struct {
	JSON    bool             `help:"Print the result as one JSON object on standard output."`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Train   trainCmd   `cmd:"" help:"Train a model from posed images."`
	Eval    evalCmd    `cmd:"" help:"Measure a model against images it has not seen."`
	Render  renderCmd  `cmd:"" help:"Render pictures from a model."`
	Mesh    meshCmd    `cmd:"" help:"Write the surface of a model as a triangle mesh."`
	Cameras camerasCmd `cmd:"" help:"Write a data set's poses as a training has refined them."`
	Info    infoCmd    `cmd:"" help:"Say what is inside a model or a data set."`
	Devices devicesCmd `cmd:"" help:"List the devices that could compute, and why each would or would not be used."`
	Synth   synthCmd   `cmd:"" help:"Make the built-in procedural scene, with exact ground truth."`
	Demo    demoCmd    `cmd:"" help:"Make the procedural scene, train on it, measure and render the result."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process: it parses, runs one command and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	return app.Program("radia", "Neural graphics on any GPU, and on a plain CPU.", version(), &c, &c.JSON, args, stdout, stderr)
}

// version is the module's version and revision as the Go tool recorded them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return "radia " + v
}
