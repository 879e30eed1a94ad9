// Viewer shows a scene in a window while it is trained, and flies through it. It is the same engine as that of the command
// line program radia. With --headless-script it plays a script instead and needs no display.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	cli "github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/cmd/viewer/internal/app"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/script"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
)

type flags struct {
	Path string `arg:"" optional:"" help:"A scene to train (folder or transforms.json), a picture, a mesh (OBJ, PLY, STL), a volume (NanoVDB, NIfTI, raw) or a snapshot (.ingp, .msgpack); without it the built-in procedural scene is trained."`
	cli.DeviceFlags

	NoTrain  bool   `help:"Begin with training stopped."`
	Exact    bool   `help:"Show the procedural scene itself, traced exactly, instead of training it."`
	Config   string `help:"Network configuration of a new training: a name or a JSON file." placeholder:"NAME"`
	Snapshot string `help:"Continue the training of this snapshot on the scene." placeholder:"MODEL"`
	Split    string `default:"train" help:"Which pictures of the data to train on."`
	Seed     int64  `default:"1" help:"Seed of parameters and of the procedural scene."`
	Width    int    `help:"Width of the window in pixels; the last one by default."`
	Height   int    `help:"Height of the window in pixels; the last one by default."`
	NoVsync  bool   `help:"Do not wait for the display."`
	Out      string `default:"." help:"Folder for pictures, snapshots and films." placeholder:"DIR"`
	Headless string `name:"headless-script" help:"Play a script of events without a window; docs/viewer.md has its lines." placeholder:"FILE"`
	Show     bool   `help:"Play the script in a window."`
	Present  string `enum:"auto,device,host" default:"auto" help:"Where the window's pictures are put together: on the engine's device, where they then stay, or in memory; auto takes the device where it is a GPU that shows pictures."`
	Settings string `help:"File of remembered settings; none keeps nothing. By default radia/viewer.json in your config folder." placeholder:"FILE"`
}

func main() {
	env, stop := cli.NewEnv(os.Stdout, os.Stderr)
	err := run(env, os.Args[1:])
	stop()
	var usage cli.UsageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "viewer: %s\n", cli.OneLine(err))
		os.Exit(cli.ExitUsage)
	case err != nil:
		fmt.Fprintf(os.Stderr, "viewer: %s\n", cli.OneLine(err))
		os.Exit(cli.ExitCode(err))
	}
}

// helped ends run after the help was printed.
type helped struct{}

func run(env *cli.Env, args []string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helped); !ok {
				panic(r)
			}
			err = nil
		}
	}()
	var f flags
	parser, err := kong.New(&f, kong.Name("viewer"), kong.Description("Shows a scene in a window while it is trained."),
		kong.Writers(env.Stdout, io.Discard), kong.Exit(func(int) { panic(helped{}) }))
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return cli.UsageError(err.Error())
	}
	return f.run(env)
}

func (f *flags) run(env *cli.Env) (err error) {
	if f.Width < 0 || f.Height < 0 || f.Width > maxWindow || f.Height > maxWindow {
		return cli.Usagef("--width %d --height %d: must be from 1 to %d", f.Width, f.Height, maxWindow)
	}
	var steps []script.Step
	if f.Headless != "" {
		if steps, err = script.Load(f.Headless); err != nil {
			return err
		}
	}
	s, save, err := f.settings(env)
	if err != nil {
		return err
	}
	win, err := f.window(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, win.Close()) }()
	o := &opener{flags: f, env: env, win: win}
	var improve func(context.Context) (engine.Engine, error)
	var e engine.Engine
	if f.Path == "" && o.untrained() {
		improve = func(ctx context.Context) (engine.Engine, error) { return o.open(ctx, "", func(float64) {}) }
		e, err = o.first()
	} else {
		e, err = o.open(env.Ctx, f.Path, func(float64) {})
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Out, 0o755); err != nil {
		return errors.Join(err, e.Close())
	}
	a := app.New(app.Options{Window: win, Engine: e, Open: o.open, Settings: s, Script: steps, OutDir: f.Out, Train: !f.NoTrain && (e.About().CanTrain || improve != nil), Improve: improve, Context: env.Ctx, Keep: o.keep,
		Waiting: func() string {
			if line := o.compiling.Load(); line != nil {
				return *line
			}
			return ""
		},
		Print: func(line string) { fmt.Fprintln(env.Stdout, line) }})
	err = a.Run()
	return errors.Join(err, save(a.Settings()))
}

// settings reads what is remembered. A script begins with the defaults and leaves no trace, unless it names a file.
func (f *flags) settings(env *cli.Env) (settings.Settings, func(settings.Settings) error, error) {
	forget := func(settings.Settings) error { return nil }
	path := f.Settings
	if path == "none" || path == "" && f.Headless != "" {
		s := settings.Default()
		f.size(&s)
		return s, forget, nil
	}
	if path == "" {
		var err error
		if path, err = settings.Path(); err != nil {
			env.Logf("settings are not remembered: %v", err)
			s := settings.Default()
			f.size(&s)
			return s, forget, nil
		}
	}
	s, err := settings.Load(path)
	if err != nil {
		env.Logf("settings are not read: %v", err)
		s, err = settings.Default(), nil
	}
	f.size(&s)
	return s, func(s settings.Settings) error { return settings.Save(path, s) }, err
}

func (f *flags) size(s *settings.Settings) {
	if f.Width > 0 {
		s.Width = f.Width
	}
	if f.Height > 0 {
		s.Height = f.Height
	}
}

// maxWindow is the largest edge of a window.
const maxWindow = 16384

func (f *flags) window(s settings.Settings) (window.Window, error) {
	o := window.Options{Title: "radia", Width: s.Width, Height: s.Height, VSync: !f.NoVsync}
	if f.Headless != "" && !f.Show {
		return window.NewMemory(o), nil
	}
	return window.Open(o)
}
