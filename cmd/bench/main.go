// Command bench measures kernels on one device, and how near they come to what the device can do.
package main

import (
	"io"
	"os"

	"github.com/radia-go/radia/cmd/internal/app"
)

// cli is the command line; each command is a type with a Run method in a file of its own.
type cli struct {
	JSON bool `help:"Print one JSON object per line on standard output."`

	Kernels kernelsCmd `cmd:"" help:"Time each hot kernel, the fused network and a whole training step."`
	NeRF    nerfCmd    `cmd:"" name:"nerf" help:"Time frames of a radiance field by each pipeline, and training."`
	Fusion  fusionCmd  `cmd:"" help:"Time frames of a radiance field from one kernel for each step to one kernel for all."`
	Apps    appsCmd    `cmd:"" help:"Time frames of the twelve workloads: four kinds of data, three encodings."`
	Export  exportCmd  `cmd:"" help:"Write the inputs and results of one workload, for comparison with other programs."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process. It returns 0, 1 after an error and 2 after a wrong command line.
func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	return app.Program("bench", "Measures Radia's kernels on one device.", "", &c, &c.JSON, args, stdout, stderr)
}
