package app

import (
	"strings"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/event"
)

// action is something that a person does with keys or the mouse: the help panel lists it, and its twin is the command line that
// does the same.
type action struct {
	keys []string // names as in scripts, CTRL+S; those of the mouse are not keys
	show string   // what help writes: caps, separated by spaces
	does string   // help, "" where a line above says it
	twin string   // a command of radia with its flags; what begins with "-" says why there is none
	do   func(*App)
	held bool // goes on while the key is held down
}

// group is a part of the help panel.
type group struct {
	name    string
	actions []action
}

// Reasons for what has no twin.
const (
	inWindow = "- of the window itself"
	byHand   = "- of the file that --camera-path takes"
)

// groups are all actions. Keys are instant-ngp's where it has them.
var groups = []group{
	{"look around", []action{
		{show: "drag", does: "turn the scene", twin: "render --eye --at --orbit"},
		{show: "right-drag", does: "turn the head", twin: "render --eye --at"},
		{show: "middle-drag Ctrl+drag", does: "pan", twin: "render --eye --at"},
		{show: "wheel", does: "zoom to the pointer", twin: "render --eye --fov"},
		{keys: []string{"=", "SHIFT+=", event.KeypadPlus}, show: "+", twin: "render --eye --fov", held: true, do: func(a *App) { a.zoomKey(1) }},
		{keys: []string{"-", event.KeypadMinus}, show: "+ -", does: "zoom, or speed of flying", twin: "render --eye --fov", held: true, do: func(a *App) { a.zoomKey(-1) }},
		{show: "double-click Shift+click", does: "turn about a point", twin: "render --at"},
		{show: "W A S D arrows", does: "move", twin: "render --eye --at"},
		{show: "Space C", does: "up and down", twin: "render --eye --at"},
		{keys: []string{"F"}, show: "F", does: "fly (Q E down, up) or orbit", twin: inWindow, do: func(a *App) { a.toggleFly() }},
		{keys: []string{","}, show: ",", twin: "render --roll --levels", held: true, do: func(a *App) { a.step(-1) }},
		{keys: []string{"."}, show: ", .", does: "roll, or the level shown", twin: "render --roll --levels", held: true, do: func(a *App) { a.step(1) }},
		{keys: []string{event.Home, "SHIFT+R"}, show: "Home Shift+R", does: "reset the view", twin: "render --view", do: (*App).resetView},
		{keys: []string{"["}, show: "[", twin: "render --data --view", do: func(a *App) { a.trainingView(max(a.view.index, 0) - 1) }},
		{keys: []string{"]"}, show: "[ ]", does: "previous, next training view", twin: "render --data --view", do: func(a *App) { a.trainingView(a.view.index + 1) }},
		{keys: []string{"SHIFT+["}, show: "{", twin: "render --data --view", do: func(a *App) { a.trainingView(0) }},
		{keys: []string{"SHIFT+]"}, show: "{ }", does: "first, last", twin: "render --data --view", do: func(a *App) { a.trainingView(len(a.status.About.Views) - 1) }},
	}},
	{"what is shown", []action{
		{keys: []string{"1"}, show: "1", does: "alpha", twin: "render --mode", do: func(a *App) { a.setMode(look.Alpha) }},
		{keys: []string{"2"}, show: "2", does: "shade", twin: "render --mode", do: func(a *App) { a.setMode(look.Shade) }},
		{keys: []string{"3"}, show: "3", does: "normals", twin: "render --mode", do: func(a *App) { a.setMode(look.Normals) }},
		{keys: []string{"4"}, show: "4", does: "position", twin: "render --mode", do: func(a *App) { a.setMode(look.Position) }},
		{keys: []string{"5"}, show: "5", does: "depth", twin: "render --mode", do: func(a *App) { a.setMode(look.Depth) }},
		{keys: []string{"7"}, show: "7", does: "cost", twin: "render --mode", do: func(a *App) { a.setMode(look.Cost) }},
		{keys: []string{"8"}, show: "8", does: "slice", twin: "render --mode --slice", do: func(a *App) { a.setMode(look.Slice) }},
		{keys: []string{"M"}, show: "M", does: "one level of the encoding alone", twin: "render --levels", do: func(a *App) { a.toggleLevel() }},
		{keys: []string{"G"}, show: "G", does: "training picture over the view", twin: "render --truth --truth-opacity --data --view", do: func(a *App) { a.toggleTruth(showTruth) }},
		{keys: []string{"O"}, show: "O", does: "error against it", twin: "render --truth", do: func(a *App) { a.toggleTruth(showError) }},
		{keys: []string{"V"}, show: "V", does: "cameras", twin: "render --overlay", do: func(a *App) { a.view.frusta = !a.view.frusta }},
		{keys: []string{"B"}, show: "B", does: "occupancy grid", twin: "render --overlay", do: func(a *App) { a.view.grid, a.asked = !a.view.grid, false }},
		{keys: []string{"Z"}, show: "Z", twin: "render --crop", do: func(a *App) { a.dragCrop(cropMoves) }},
		{keys: []string{"X"}, show: "Z X", does: "drags move, size the crop box", twin: "render --crop", do: func(a *App) { a.dragCrop(cropGrows) }},
		{keys: []string{"E"}, show: "E", twin: "render --exposure", held: true, do: func(a *App) { a.expose(0.5) }},
		{keys: []string{"SHIFT+E"}, show: "E Shift+E", does: "exposure", twin: "render --exposure", held: true, do: func(a *App) { a.expose(-0.5) }},
	}},
	{"training and files", []action{
		{keys: []string{"T"}, show: "T", does: "training on, off", twin: "train --steps --seconds --resume", do: func(a *App) { a.setTraining(!a.view.train) }},
		{keys: []string{"R"}, show: "R", does: "start again", twin: "train --seed", do: (*App).restart},
		{keys: []string{"P"}, show: "P", does: "save the picture", twin: "render --out", do: (*App).savePicture},
		{keys: []string{"CTRL+S"}, show: "Ctrl+S", does: "save a snapshot", twin: "train --out", do: (*App).saveSnapshot},
		{keys: []string{"CTRL+C"}, show: "Ctrl+C", does: "copy its command line", twin: "render --look", do: (*App).copyCommand},
		{keys: []string{"K"}, show: "K", does: "add a key to the camera path", twin: "render --camera-path", do: (*App).addKey},
		{keys: []string{"CTRL+SPACE"}, show: "Ctrl+Space", does: "play the path", twin: "render --camera-path --frames --fps", do: func(a *App) { a.path.playing = !a.path.playing }},
		{show: "drop", does: "open a folder, file or camera path", twin: "- the argument of every command"},
		{keys: []string{event.Escape}, show: "Esc", does: "cancel long work", twin: "- Ctrl+C in a terminal", do: (*App).cancel},
	}},
	{"window", []action{
		{keys: []string{event.Tab, "`"}, show: "Tab", does: "panels", twin: inWindow, do: func(a *App) { a.view.panels = !a.view.panels }},
		{keys: []string{"SHIFT+/", "F1", event.Question}, show: "? F1", does: "this help", twin: inWindow, do: func(a *App) { a.view.help = !a.view.help }},
		{keys: []string{"CTRL+Q"}, show: "Ctrl+Q", does: "quit", twin: inWindow, do: func(a *App) { a.quit = true }},
	}},
}

// byKey finds the action of a key.
var byKey = func() map[string]*action {
	out := map[string]*action{}
	for g := range groups {
		for i := range groups[g].actions {
			for _, k := range groups[g].actions[i].keys {
				if out[k] != nil {
					panic("viewer: two actions of the key " + k)
				}
				out[k] = &groups[g].actions[i]
			}
		}
	}
	return out
}()

// combined is a key with its modifiers, as actions name it.
func combined(k event.Key) string {
	var b strings.Builder
	for _, m := range []struct {
		bit  event.Mods
		name string
	}{{event.Ctrl, "CTRL+"}, {event.Alt, "ALT+"}, {event.Super, "SUPER+"}, {event.Shift, "SHIFT+"}} {
		if k.Mods&m.bit != 0 {
			b.WriteString(m.name)
		}
	}
	return b.String() + k.Name
}

// key handles a key: keys that are held fly, and those of actions act.
func (a *App) key(k event.Key) {
	if k.Down {
		a.held[k.Name] = true
	} else {
		delete(a.held, k.Name)
	}
	a.thrust(k.Mods)
	if !k.Down {
		return
	}
	if act := byKey[combined(k)]; act != nil && (act.held || !k.Repeat) {
		act.do(a)
	}
}
