// Package window is where the application is shown: a real window (built with cgo, see docs/viewer.md) or memory.
package window

import (
	"errors"

	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/gpu"
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
	// Attach makes the window show pictures from the given device on, or with nil from a device of its own; false: it cannot
	// show those of that device. It calls nothing of the one before any more.
	Attach(d gpu.Device) bool
	// ShowBuffer shows a picture that lies on the device that Attach took, in the order of channels that Swap asks for.
	ShowBuffer(b gpu.Buffer, width, height int) (bool, error)
	// Extensions are those of the instance and of the device that a device to Attach needs; without any no device will do.
	Extensions() (instance, device []string)
	// Swap reports whether ShowBuffer wants BGRA instead of RGBA.
	Swap() bool
	// Settle waits until nothing reads the buffer of ShowBuffer any more.
	Settle()
	// Resize asks for another size in pixels.
	Resize(width, height int)
	SetTitle(string)
	// Copy puts a text into the clipboard.
	Copy(string)
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
	Scale         float64 // pixels per point of text of a window in memory; 0 is 1. A real one asks its display
}

// ErrNoWindow says that no window can be opened here: no display, no Vulkan surface, or a program built without one.
var ErrNoWindow = errors.New("no window can be opened")

// ErrDetached says that a window shows pictures from a device of its own again, because it lost the one that Attach took.
var ErrDetached = errors.New("the window lost the engine's device")

// Memory is a Window without a display.
type Memory struct {
	width, height int
	scale         float64
	wake          chan struct{}
	pending       []event.Event
	Shown         []byte // the last picture
	shared        *Shared
	Copied        string // the last text of the clipboard
}

// NewMemory returns a window that exists in memory only.
func NewMemory(o Options) *Memory {
	m := &Memory{width: o.Width, height: o.Height, scale: o.Scale, wake: make(chan struct{}, 1)}
	if m.scale == 0 {
		m.scale = 1
	}
	return m
}
