// Package app is the application behind the window: what events mean, what the picture shows, and the panels. It knows
// neither the window library nor the device.
package app

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/camera"
	"github.com/radia-go/radia/cmd/viewer/internal/compose"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/script"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/ui"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
)

// Options start an application.
type Options struct {
	Window   window.Window
	Engine   engine.Engine
	Open     func(ctx context.Context, path string, progress func(float64)) (engine.Engine, error) // of a file that was dropped
	Settings settings.Settings
	Script   []script.Step
	OutDir   string // where pictures, snapshots and films go
	Train    bool
	// Print, where not nil, writes a line for the person at the terminal.
	Print func(string)
	// Keep, where not nil, is called with the engine before it is closed, to save what the next start goes on with.
	Keep func(engine.Engine) error
	// Waiting, where not nil, says what the first picture waits for, or nothing.
	Waiting func() string
	// Improve, where not nil, is called on a goroutine of its own once there is a picture, whose device may share its processors, and makes what replaces Engine, unless a file was opened
	// meanwhile: the same scene, which can be trained.
	Improve func(context.Context) (engine.Engine, error)
	Context context.Context // its end ends the application
}

// App is a running application.
type App struct {
	opt    Options
	win    window.Window
	worker *engine.Worker
	ui     *ui.UI
	player *script.Player
	start  time.Time

	width, height int
	scale         float64
	canvas, base  *image.RGBA
	baseStale     bool
	dirty         bool
	quit          bool
	failure       error // ends the program

	status    engine.Status
	last      *engine.Picture
	lastReq   engine.Request
	cam       *camera.Control
	moved     time.Time // when the view changed last
	view      viewState
	style     look.Style
	mouse     mouse
	held      map[string]bool
	message   string
	until     time.Time // the message is shown
	path      pathEditor
	truth     truth
	opened    atomic.Bool // a file, by the person
	boxes     []engine.Box
	asked     bool // the boxes of the occupancy grid, when and after which step
	askedAt   time.Time
	boxesOf   int
	newBoxes  atomic.Pointer[[]engine.Box]
	news      atomic.Pointer[string] // what finished work says
	command   atomic.Pointer[string] // a command line to tell
	waiting   string                 // what the first picture waits for
	pictured  chan struct{}          // closed when there is a picture, or none will come
	lastSaved savedModel
	tuning    tuning
	cropping  cropDrag
	stages    stages

	hardware gpu.Device          // of the engine, as the window was told
	refused  gpu.Device          // was lost
	composer *compose.Compositor // where the window shows pictures from there
	frozen   bool                // base is the last picture of a device that is gone
}

// viewState is what the panels set.
type viewState struct {
	panels, help   bool
	train          bool
	index          int // training view
	aperture, near float64
	cropLo, cropHi [3]float64
	crop           bool
	frusta, grid   bool
	samples        float64
	budget         float64 // ms
	fixed          bool
	fixedScale     float64
	own            bool    // the background is the person's
	slice          float64 // distance of the slice, 0 until it is shown
	levels         float64 // of the encoding, counted from the coarsest; 0 is all
	only           bool    // the last of those alone
}

type mouse struct {
	x, y           float64
	in             ui.Input
	dragging       int // button + 1, 0 for none
	clicked        time.Time
	clickX, clickY float64
	depth          float32 // under the pointer when a drag began
	travelled      float64
	seen           bool // it was somewhere
}

// moving is how long after its last change a view counts as moving.
const moving = 150 * time.Millisecond

// New starts the engine's work.
func New(o Options) *App {
	a := &App{opt: o, win: o.Window, ui: ui.New(), start: time.Now(), held: map[string]bool{}, dirty: true, pictured: make(chan struct{})}
	a.worker = engine.NewWorker(o.Engine, o.Window.Wake)
	s := o.Settings
	a.view = viewState{panels: s.Panels, train: o.Train, samples: float64(s.Samples), budget: 1e3 * s.FrameTime, fixedScale: 2, index: -1}
	a.style = look.Style{Exposure: s.Exposure, Curve: look.Curve(s.Curve)}
	for name, open := range s.Open {
		a.ui.SetOpen(name, open)
	}
	a.cam = camera.New(camera.View{Turn: mgl32.QuatIdent(), Distance: 1, FOV: 50}, mgl32.Vec3{0, 1, 0})
	a.cam.Speed = s.Speed
	if s.Background != nil {
		a.style.Background, a.view.own = *s.Background, true
	}
	a.path.defaults()
	if len(o.Script) > 0 {
		a.player = script.NewPlayer(o.Script)
	}
	a.adopt(o.Engine.About())
	a.resize()
	a.say("drag turns, the wheel zooms, ? helps")
	return a
}

// adopt looks at a new engine's scene from its home.
func (a *App) adopt(about engine.About) {
	home := camera.FromPose(about.Home.Pose, a.distance(about), verticalFOV(about))
	a.cam.SetHome(home, about.Up)
	if !a.view.own {
		a.style.Background = about.Background
	}
	for k := range 3 {
		a.view.cropLo[k], a.view.cropHi[k] = float64(about.Box.Lo[k]), float64(about.Box.Hi[k])
	}
	a.view.slice, a.view.levels, a.view.only = 0, float64(about.Levels), false
	a.view.crop, a.view.index, a.boxes, a.asked, a.cropping = false, -1, nil, false, cropStays
	a.truth = truth{alpha: 1}
	if !about.Has(a.style.Mode.String()) {
		a.style.Mode = look.Shade
	}
	a.title(about.Name, 0)
	a.changed()
}

// title names the scene, and how far its training is, in the window's title.
func (a *App) title(name string, step int) {
	if step > 0 {
		name = fmt.Sprintf("%s, step %d", name, step)
	}
	a.win.SetTitle("radia - " + name)
}

// distance is from the home camera to where its axis passes nearest to the scene's centre.
func (a *App) distance(about engine.About) float32 {
	d := about.Center.Sub(about.Home.Position()).Dot(about.Home.Forward().Normalize())
	return max(d, 0.1)
}

func verticalFOV(about engine.About) float32 {
	c := about.Home
	if !(c.Focal[1] > 0) || c.Height == 0 {
		return 50
	}
	return mgl32.Clamp(mgl32.RadToDeg(float32(2*math.Atan(float64(c.Height)/(2*float64(c.Focal[1]))))), camera.MinFOV, camera.MaxFOV)
}

// changed notes that the view is another.
func (a *App) changed() { a.moved, a.dirty = time.Now(), true }

// say shows a line for a while.
func (a *App) say(format string, args ...any) {
	a.message, a.until, a.dirty = fmt.Sprintf(format, args...), time.Now().Add(4*time.Second), true
}

// Settings are the present choices, to be remembered.
func (a *App) Settings() settings.Settings {
	s := a.opt.Settings
	s.Exposure, s.Curve, s.Samples, s.FrameTime, s.Speed, s.Panels = a.style.Exposure, int(a.style.Curve), int(a.view.samples+0.5), a.view.budget/1e3, a.cam.Speed, a.view.panels
	if a.width >= 64 && a.height >= 64 {
		s.Width, s.Height = a.width, a.height
	}
	s.Background = nil
	if a.view.own {
		b := a.style.Background
		s.Background = &b
	}
	s.Open = a.ui.Opened()
	return s
}

// Run is the life of the window. It returns when the person, the script or the context ends it.
func (a *App) Run() error {
	stop, clean := a.improve()
	last := time.Now()
	for !a.quit {
		for _, e := range a.win.Poll(a.patience()) {
			a.handle(e)
		}
		if a.player != nil {
			events, err := a.player.Next(time.Since(a.start).Seconds(), a)
			if err != nil {
				a.failure, a.quit = err, true
			}
			for _, e := range events {
				a.handle(e)
			}
			if a.player.Done() {
				a.player, a.quit = nil, true
			}
		}
		if a.opt.Context != nil && a.opt.Context.Err() != nil {
			a.quit = true
		}
		now := time.Now()
		a.advance(min(now.Sub(last).Seconds(), 0.1))
		last = now
		a.request()
		a.collect()
		if a.dirty && a.width > 0 && a.height > 0 {
			if err := a.draw(); err != nil {
				a.failure = errors.Join(a.failure, err)
				a.quit = true
			}
		}
	}
	stop()
	if a.composer != nil {
		a.win.Settle()
		a.composer.Close()
	}
	err := a.worker.CloseAfter(a.opt.Keep)
	return errors.Join(a.failure, err, clean())
}

// improve starts Options.Improve. The first of the functions that it returns ends it and waits; the second, called after
// the worker ended, closes an engine that was not taken any more.
func (a *App) improve() (stop func(), clean func() error) {
	if a.opt.Improve == nil {
		return func() {}, func() error { return nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var better engine.Engine // after done, of whoever takes it: the worker, and when that has ended clean
	go func() {
		defer close(done)
		select {
		case <-a.pictured:
		case <-ctx.Done():
			return
		}
		e, err := a.opt.Improve(ctx)
		better = e
		a.worker.Replace("", func(context.Context, func(float64)) (engine.Engine, error) {
			e := better
			better = nil
			if err == nil && (ctx.Err() != nil || a.opened.Load()) {
				return nil, errors.Join(context.Canceled, e.Close())
			}
			return e, err
		})
	}()
	stop = func() {
		cancel()
		<-done
	}
	return stop, func() error {
		if better == nil {
			return nil
		}
		return better.Close()
	}
}

// patience is how long to wait for events, seconds.
func (a *App) patience() float64 {
	switch {
	case a.dirty:
		return 0.002
	case a.cam.Moving() || a.path.playing || a.player != nil:
		return 0.01
	case time.Since(a.moved) < 2*moving:
		return 0.03
	}
	return 0.25
}

// advance lets time pass.
func (a *App) advance(dt float64) {
	if a.path.playing {
		a.playPath(dt)
	}
	if a.cam.Advance(dt) {
		a.changed()
	}
	if a.message != "" && time.Now().After(a.until) {
		a.message, a.dirty = "", true
	}
}

// request tells the worker what to show.
func (a *App) request() {
	r := engine.Request{
		Moving: time.Since(a.moved) < moving, Train: a.view.train,
		MaxSamples: int(a.view.samples + 0.5), Budget: a.view.budget / 1e3,
	}
	if a.view.fixed {
		r.FixedScale = a.view.fixedScale
	}
	if a.composer != nil {
		r.Stay = a.composer.Device()
	}
	r.View = engine.View{Camera: a.cam.Camera(max(1, a.width), max(1, a.height)), Aperture: float32(a.view.aperture), Focus: a.cam.Distance, Near: float32(a.view.near)}
	r.View.Normals = a.style.Mode == look.Normals && a.status.About.Has("normals")
	if a.style.Mode == look.Slice {
		if a.view.slice == 0 {
			a.view.slice = float64(a.cam.Distance)
		}
		r.View.Slice = float32(a.view.slice)
	}
	if n, last := a.status.About.Levels, int(a.view.levels+0.5); n > 0 && last > 0 && (last < n || a.view.only) {
		r.View.Levels = field.Levels{End: last}
		if a.view.only {
			r.View.Levels.First = last - 1
		}
	}
	if a.view.crop {
		r.View.Crop = a.cropBox()
	}
	if r != a.lastReq {
		a.lastReq = r
		a.worker.Show(r)
	}
}

// collect takes what the worker made.
func (a *App) collect() {
	s := a.worker.Status()
	a.retune(&s)
	if s.About.Levels != a.status.About.Levels { // another configuration
		a.view.levels, a.view.only = float64(s.About.Levels), false
	}
	if s.About.Name != a.status.About.Name || sortOf(s.About.Kind) != sortOf(a.status.About.Kind) {
		if a.status.About.Name != "" {
			a.adopt(s.About)
		}
		a.dirty = true
	}
	if s.Err != nil {
		a.first() // there may never be one
		a.say("%v", s.Err)
		a.view.train = false
		a.worker.Clear()
	}
	if s.Recovered != a.status.Recovered {
		a.say("the device was lost and opened again; training goes on from step %d", s.RecoveredAt)
	}
	if s.Busy != a.status.Busy || s.Done != a.status.Done || s.Progress.Step != a.status.Progress.Step {
		a.dirty = true
	}
	if s.Progress.Step != a.status.Progress.Step {
		a.title(s.About.Name, s.Progress.Step)
	}
	a.status = s
	a.attach(s.About.Hardware)
	if b := a.newBoxes.Swap(nil); b != nil {
		a.boxes, a.dirty = *b, true
	}
	if s := a.news.Swap(nil); s != nil {
		a.say("%s", *s)
	}
	if line := a.command.Swap(nil); line != nil {
		a.tell(*line)
	}
	if p := a.worker.Picture(); p != nil && (p.Stage == nil || a.composer != nil && p.Stage.Device == a.composer.Device()) {
		a.last, a.baseStale, a.dirty, a.frozen = p, true, true, false
		a.first()
	}
	if a.last == nil && a.opt.Waiting != nil {
		if now := a.opt.Waiting(); now != a.waiting {
			a.waiting, a.dirty = now, true
		}
	}
}

// sortOf is a kind of field without its configuration.
func sortOf(kind string) string {
	kind, _, _ = strings.Cut(kind, ",")
	return kind
}

// first lets wait no longer what waits for the first picture.
func (a *App) first() {
	select {
	case <-a.pictured:
	default:
		close(a.pictured)
	}
}

// resize follows the window.
func (a *App) resize() {
	a.width, a.height, a.scale = a.win.Size()
	a.win.Settle() // the picture of another size may need other memory
	if a.width > 0 && a.height > 0 {
		a.canvas = image.NewRGBA(image.Rect(0, 0, a.width, a.height))
		a.base = image.NewRGBA(a.canvas.Rect)
		a.baseStale, a.frozen = true, false
	}
	a.changed()
}

// draw composes the picture and shows it.
func (a *App) draw() error {
	begin := time.Now()
	if a.baseStale {
		a.develop()
		a.baseStale = false
		a.stages.develop = time.Since(begin)
	}
	begin = time.Now()
	again := true
	for tries := 0; again && tries < 3; tries++ {
		if a.staying() {
			clear(a.canvas.Pix)
		} else {
			copy(a.canvas.Pix, a.base.Pix)
		}
		a.drawScene()
		again = a.drawPanels()
		a.mouse.in.Pressed, a.mouse.in.Released, a.mouse.in.Scroll = false, false, 0
	}
	a.dirty = again
	a.stages.overlay = time.Since(begin)
	begin = time.Now()
	err := a.show()
	a.stages.show = time.Since(begin)
	return err
}

// develop brings the worker's last picture to the window's size.
func (a *App) develop() {
	if a.staying() {
		return
	}
	if a.last == nil && a.frozen {
		return
	}
	if a.last == nil {
		look.Clear(a.base, [3]float32{0.1, 0.1, 0.11})
		return
	}
	cam := a.last.Request.View.Camera.Resized(a.last.Width, a.last.Height)
	look.Scale(a.base, look.Develop(&a.last.Frame, cam, a.style))
	look.Compare(a.base, a.compared())
}

// Step implements script.World.
func (a *App) Step() int { return a.status.Progress.Step }

// Still implements script.World: the last picture shows the present view with all its samples.
func (a *App) Still() bool {
	p := a.last
	return p != nil && p.Full && p.Samples >= a.lastReq.MaxSamples && p.Request.View == a.lastReq.View && p.Request.Stay == a.lastReq.Stay && !a.dirty && !a.lastReq.Moving && a.status.Busy == ""
}

// Resize implements script.World.
func (a *App) Resize(width, height int) { a.win.Resize(width, height) }

// Screenshot implements script.World: it saves all that the window shows.
func (a *App) Screenshot(path string) error {
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.opt.OutDir, path)
	}
	if err := a.draw(); err != nil {
		return err
	}
	m, err := a.composed()
	if err != nil {
		return err
	}
	return savePNG(path, m)
}

// Lose implements script.World.
func (a *App) Lose(what string) {
	if what == "window" {
		a.win.Lose()
		return
	}
	a.worker.Lose()
}

// Quit implements script.World.
func (a *App) Quit() { a.quit = true }

var _ script.World = (*App)(nil)

func (a *App) handle(e event.Event) {
	a.dirty = true
	switch e := e.(type) {
	case event.Close:
		a.quit = true
	case event.Resize:
		a.resize()
	case event.Drop:
		for _, p := range e.Paths {
			a.open(p)
		}
	case event.Key:
		a.key(e)
	case event.Move:
		a.move(e)
	case event.Button:
		a.button(e)
	case event.Scroll:
		if a.overPanels() {
			a.mouse.in.Scroll += e.DY
			return
		}
		a.zoomPointer(e.DY)
	}
}
