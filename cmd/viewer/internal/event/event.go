// Package event names what a person does to the window. The same events come from a real window, from a script and from
// tests.
package event

// Event is one of Key, Move, Button, Scroll, Resize, Drop, Close.
type Event interface{ event() }

// Mods are the modifier keys held.
type Mods uint8

// Modifiers.
const (
	Shift Mods = 1 << iota
	Ctrl
	Alt
	Super
)

// Key is a key going down, repeating or going up. Names are upper-case letters, digits, the character of other printable keys
// on a US keyboard, F1 to F12, and the names below.
type Key struct {
	Name   string
	Down   bool
	Repeat bool
	Mods   Mods
}

// Names of keys without a character of their own.
const (
	Space, Tab, Enter, Escape, Backspace, Delete   = "SPACE", "TAB", "ENTER", "ESCAPE", "BACKSPACE", "DELETE"
	Left, Right, Up, Down, Home, End, Prior, Next  = "LEFT", "RIGHT", "UP", "DOWN", "HOME", "END", "PAGEUP", "PAGEDOWN"
	ShiftKey, CtrlKey, AltKey, SuperKey, Insert    = "SHIFT", "CTRL", "ALT", "SUPER", "INSERT"
	KeypadPlus, KeypadMinus, KeypadEnter, Question = "KP+", "KP-", "KPENTER", "?"
)

// Buttons of the mouse.
const (
	ButtonLeft = iota
	ButtonRight
	ButtonMiddle
)

// Move is the pointer's position in pixels of the picture.
type Move struct{ X, Y float64 }

// Button is a mouse button going down or up.
type Button struct {
	Button int
	Down   bool
	Mods   Mods
}

// Scroll is the wheel; positive DY is away from the person.
type Scroll struct {
	DX, DY float64
	Mods   Mods
}

// Resize tells the size of the picture in pixels and how many pixels a point of text has.
type Resize struct {
	Width, Height int
	Scale         float64
}

// Drop is files or folders dragged onto the window.
type Drop struct{ Paths []string }

// Close is the wish to end the program.
type Close struct{}

func (Key) event()    {}
func (Move) event()   {}
func (Button) event() {}
func (Scroll) event() {}
func (Resize) event() {}
func (Drop) event()   {}
func (Close) event()  {}

// Named are the keys whose names are longer than a character.
var Named = []string{
	Space, Tab, Enter, Escape, Backspace, Delete, Left, Right, Up, Down, Home, End, Prior, Next, ShiftKey, CtrlKey, AltKey, SuperKey, Insert,
	KeypadPlus, KeypadMinus, KeypadEnter, "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12",
}
