// Command bench measures kernels on one device, and how near they come to what the device can do.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/radia-go/radia/cmd/internal/app"
)

// cli is the command line; each command is a type with a Run method in a file of its own.
type cli struct {
	JSON bool `help:"Print one JSON object per line on standard output."`

	Kernels kernelsCmd `cmd:"" help:"Time each hot kernel, the fused network and a whole training step."`
	Export  exportCmd  `cmd:"" help:"Write the inputs and results of one workload, for comparison with other programs."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process. It returns 0, 1 after an error and 2 after a wrong command line.
func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	exit := -1 // set when parsing itself ends the program: --help
	parser, err := kong.New(&c,
		kong.Name("bench"),
		kong.Description("Measures Radia's kernels on one device."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		panic("bench: command line definition: " + err.Error())
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v (bench --help lists the commands)\n", err)
		return app.ExitUsage
	}
	env, stop := app.NewEnv(stdout, stderr)
	defer stop()
	env.JSON = c.JSON
	err = ctx.Run(env)
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
	}
	var usage usageError
	if errors.As(err, &usage) {
		return app.ExitUsage
	}
	return app.ExitCode(err)
}

// usageError is a wrong value of a flag that only the command itself can find.
type usageError string

func (e usageError) Error() string { return string(e) }
