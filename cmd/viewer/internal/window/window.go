// Package window is where the application is shown: a real window (built with cgo, see docs/viewer.md) or memory.
package window

import (
	"errors"

	"github.com/radia-go/radia/cmd/viewer/internal/event"
)

// Window shows pictures and reports events. All methods but Wake belong to the goroutine that opened it.
type Window interface {
	// Size is the picture's size in pixels, and how many of them a point of text has.
	Size() (width, height int, scale float64)
	// Poll returns the events since the last call; without any it waits up to the given number of seconds for one or for
	// Wake.
	Poll(seconds float64) []event.Event
	// Show shows an RGBA picture of the size that Size gives. It returns false where nothing can be seen, as while
	// minimised.
	Show(pix []byte, width, height int) (bool, error)
	// Resize asks for another size in pixels.
	Resize(width, height int)
	SetTitle(string)
	// Lose makes the device that shows pictures behave as a lost one does, to try what happens then.
	Lose()
	// About names what shows the picture: device and driver, or that it is memory.
	About() string
	// Wake ends a Poll that waits; it may be called from any goroutine.
	Wake()
	Close() error
}

// Options of a window.
type Options struct {
	Title         string
	Width, Height int // pixels
	VSync         bool
}

// ErrNoWindow says that no window can be opened here: no display, no Vulkan surface, or a program built without one.
var ErrNoWindow = errors.New("no window can be opened")

// Memory is a Window without a display.
type Memory struct {
	width, height int
	wake          chan struct{}
	pending       []event.Event
	Shown         []byte // the last picture
}

// NewMemory returns a window that exists in memory only.
func NewMemory(o Options) *Memory {
	return &Memory{width: o.Width, height: o.Height, wake: make(chan struct{}, 1)}
}
