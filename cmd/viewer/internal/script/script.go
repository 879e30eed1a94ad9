// Package script plays a text file of what a person would do in the window. A line is one of
//
//	wait SECONDS            wait-step N            wait-still [SECONDS]
//	key NAME                drag X0 Y0 X1 Y1       click X Y       double X Y
//	scroll N                resize W H             drop FILE
//	screenshot FILE.png     quit                   lose engine|window
//
// Names of keys are those of package event, after any of SHIFT+, CTRL+, ALT+; hold NAME SECONDS keeps one down. Places are
// pixels from the upper left. Empty lines and lines that begin with # mean nothing. A dragged mouse has the left button
// down; rdrag and mdrag use the others. lose makes a device a lost one, to see that the program survives it.
package script

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/radia-go/radia/cmd/viewer/internal/event"
)

// Step is one line.
type Step struct {
	Line    int
	Verb    string
	Text    string
	Numbers []float64
}

// verbs are the arguments of each: numbers, then whether a text; a negative count is how many may be left out too.
var verbs = map[string]struct {
	numbers, least int
	text           bool
}{
	"wait": {1, 1, false}, "wait-step": {1, 1, false}, "wait-still": {1, 0, false},
	"key": {0, 0, true}, "hold": {1, 1, true}, "drag": {4, 4, false}, "rdrag": {4, 4, false}, "mdrag": {4, 4, false},
	"click": {2, 2, false}, "double": {2, 2, false}, "move": {2, 2, false}, "scroll": {1, 1, false}, "resize": {2, 2, false},
	"drop": {0, 0, true}, "screenshot": {0, 0, true}, "lose": {0, 0, true}, "quit": {0, 0, false},
}

// Load reads a script.
func Load(path string) ([]Step, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	steps, err := Parse(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return steps, nil
}

// Parse reads a script from text; errors begin with the line's number.
func Parse(text string) ([]Step, error) {
	var out []Step
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		s := Step{Line: i + 1, Verb: words[0]}
		v, ok := verbs[s.Verb]
		if !ok {
			var known []string
			for k := range verbs {
				known = append(known, k)
			}
			slices.Sort(known)
			return nil, fmt.Errorf("%d: %q is not known; known are %s", s.Line, s.Verb, strings.Join(known, ", "))
		}
		args := words[1:]
		if v.text {
			if len(args) == 0 {
				return nil, fmt.Errorf("%d: %s needs a name", s.Line, s.Verb)
			}
			n := len(args) - v.numbers
			s.Text = strings.Join(args[:max(n, 1)], " ")
			args = args[max(n, 1):]
		}
		if len(args) < v.least || len(args) > v.numbers {
			return nil, fmt.Errorf("%d: %s takes %d numbers, not %d", s.Line, s.Verb, v.numbers, len(args))
		}
		for _, a := range args {
			f, err := strconv.ParseFloat(a, 64)
			if err != nil || f != f || f > 1e6 || f < -1e6 {
				return nil, fmt.Errorf("%d: %q is not a usable number", s.Line, a)
			}
			s.Numbers = append(s.Numbers, f)
		}
		switch s.Verb {
		case "key", "hold":
			if _, err := ParseKey(s.Text); err != nil {
				return nil, fmt.Errorf("%d: %w", s.Line, err)
			}
		case "lose":
			if s.Text != "engine" && s.Text != "window" {
				return nil, fmt.Errorf("%d: lose takes engine or window, not %q", s.Line, s.Text)
			}
		case "resize":
			if s.Numbers[0] < 1 || s.Numbers[1] < 1 || s.Numbers[0] > 16384 || s.Numbers[1] > 16384 {
				return nil, fmt.Errorf("%d: %g x %g is not a picture's size", s.Line, s.Numbers[0], s.Numbers[1])
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// ParseKey reads a key with its modifiers, as in CTRL+S.
func ParseKey(s string) (event.Key, error) {
	k := event.Key{Down: true}
	for {
		head, tail, ok := strings.Cut(s, "+")
		mod, known := map[string]event.Mods{"SHIFT": event.Shift, "CTRL": event.Ctrl, "ALT": event.Alt, "SUPER": event.Super}[strings.ToUpper(head)]
		if !ok || !known || tail == "" {
			break
		}
		k.Mods |= mod
		s = tail
	}
	k.Name = strings.ToUpper(s)
	if k.Name == event.Question {
		k.Name, k.Mods = "/", k.Mods|event.Shift
	}
	if len(k.Name) == 0 || len(k.Name) > 1 && !slices.Contains(event.Named, k.Name) {
		return k, fmt.Errorf("no key is called %q", s)
	}
	return k, nil
}
