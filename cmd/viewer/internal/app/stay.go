package app

import (
	"errors"
	"image"

	"github.com/radia-go/radia/cmd/viewer/internal/compose"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
	"github.com/radia-go/radia/gpu"
)

// attach makes the window show pictures from the engine's device, where it can: then they never leave it.
func (a *App) attach(d gpu.Device) {
	if d == a.hardware || d != nil && d == a.refused {
		return
	}
	if a.composer != nil {
		a.win.Settle()
		if a.staying() {
			a.freeze()
		}
		a.composer.Close()
		a.composer = nil
	}
	if a.last != nil && a.last.Stage != nil {
		a.last, a.baseStale = nil, true
	}
	a.hardware, a.dirty = d, true
	if a.win.Attach(d) {
		a.composer = compose.New(d)
	}
}

// freeze brings the picture that is shown to the host, to be seen until there is one of the next device.
func (a *App) freeze() {
	none := make([]byte, len(a.canvas.Pix))
	if b, err := a.composer.Compose(a.last.Stage, a.style, none, a.compared(), a.width, a.height, false); err != nil || b == nil {
		return // of a lost device nothing is left
	}
	a.frozen = a.composer.Read(a.base.Pix) == nil
}

// staying reports whether the last picture is on the engine's device, and not here.
func (a *App) staying() bool { return a.last != nil && a.last.Stage != nil && a.composer != nil }

// show shows the canvas: all of the window, or what lies over a picture that stays on the device.
func (a *App) show() error {
	if !a.staying() {
		_, err := a.win.Show(a.canvas.Pix, a.width, a.height)
		return err
	}
	b, err := a.composer.Compose(a.last.Stage, a.style, a.canvas.Pix, a.compared(), a.width, a.height, a.win.Swap())
	if err == nil && b != nil {
		_, err = a.win.ShowBuffer(b, a.width, a.height)
	}
	if errors.Is(err, window.ErrDetached) || errors.Is(err, gpu.ErrDeviceLost) {
		// The engine finds out as well, and comes with another device; until then its pictures are shown from here.
		hardware := a.hardware
		a.attach(nil)
		if errors.Is(err, gpu.ErrDeviceLost) {
			a.refused = hardware
		}
		return nil
	}
	return err
}

// composed is all that the window shows.
func (a *App) composed() (*image.RGBA, error) {
	if !a.staying() {
		return a.canvas, nil
	}
	a.win.Settle()
	m := image.NewRGBA(a.canvas.Rect)
	if _, err := a.composer.Compose(a.last.Stage, a.style, a.canvas.Pix, a.compared(), a.width, a.height, false); err != nil {
		return nil, err
	}
	return m, a.composer.Read(m.Pix)
}

// frame is the last picture's numbers, brought here for a file where they are on the device.
func (a *App) frame() (*engine.Frame, error) {
	if a.staying() {
		return a.last.Stage.Read()
	}
	return &a.last.Frame, nil
}

// where says on which way pictures come to the window.
func (a *App) where() string {
	if a.staying() {
		return "from the engine's device"
	}
	return "through memory"
}
