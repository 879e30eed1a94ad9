package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// UsageError is a wrong value of a flag that only the command itself can find; it ends the program as wrong flags do.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// Usagef is a UsageError in fmt's form.
func Usagef(format string, args ...any) error { return UsageError(fmt.Sprintf(format, args...)) }

// OneLine is what err says in one line: what several things said about the same end, such as a lost device and its closing,
// once. Lines set in, which are details for who looks for a fault, stay lines.
func OneLine(err error) string {
	var out string
	for _, line := range strings.Split(err.Error(), "\n") {
		switch {
		case out == "":
			out = line
		case strings.HasPrefix(line, " "):
			out += "\n" + line
		case !strings.Contains(out, line):
			out += "; " + line
		}
	}
	return out
}

// Program parses a command line into cli, a struct of kong's, runs the command that it names with an Env, and returns the
// exit code. json points at the field of cli that asks for JSON.
func Program(name, description, version string, cli any, json *bool, args []string, stdout, stderr io.Writer) int {
	exit := -1 // set when parsing itself ends the program: --help, --version
	parser, err := kong.New(cli,
		kong.Name(name),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.Vars{"version": version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		panic(name + ": command line definition: " + err.Error())
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v (%s --help lists the commands)\n", name, err, name)
		return ExitUsage
	}
	env, stop := NewEnv(stdout, stderr)
	defer stop()
	env.JSON = *json
	err = ctx.Run(env)
	if errors.Is(err, context.Canceled) { // work that knows nothing of programs
		err = ErrInterrupted
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %s\n", name, OneLine(err))
	}
	var usage UsageError
	if errors.As(err, &usage) {
		return ExitUsage
	}
	return ExitCode(err)
}
