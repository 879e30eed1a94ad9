package script

import (
	"github.com/radia-go/radia/cmd/viewer/internal/event"
)

// World is what a script looks at and acts on besides sending events.
type World interface {
	Step() int   // of the training
	Still() bool // the picture will not get better
	Resize(width, height int)
	Screenshot(path string) error
	Lose(what string) // a device: engine or window
	Quit()
}

// Player plays a script in time.
type Player struct {
	steps  []Step
	now    float64
	until  float64       // wait
	giveUp float64       // of a wait for something that may never come
	queue  []event.Event // one is sent at a time, so that each is seen with a picture in between
}

// NewPlayer starts a script.
func NewPlayer(steps []Step) *Player { return &Player{steps: steps, giveUp: -1} }

// Done reports whether everything was played.
func (p *Player) Done() bool { return len(p.steps) == 0 && len(p.queue) == 0 && p.now >= p.until }

// dragSteps is the number of moves of a drag.
const dragSteps = 12

// patience is the longest wait-still and wait-step, seconds.
const patience = 120

// Next returns the event that is due at a time in seconds, if any.
func (p *Player) Next(now float64, w World) ([]event.Event, error) {
	p.now = now
	if len(p.queue) > 0 {
		e := p.queue[0]
		p.queue = p.queue[1:]
		return []event.Event{e}, nil
	}
	if now < p.until || len(p.steps) == 0 {
		return nil, nil
	}
	s := p.steps[0]
	n := s.Numbers
	switch s.Verb {
	case "wait":
		p.until = now + n[0]
	case "wait-step", "wait-still":
		if p.giveUp < 0 {
			p.giveUp = now + patience
			if s.Verb == "wait-still" && len(n) > 0 {
				p.giveUp = now + n[0]
			}
			p.until = now + 0.05 // the effect of the last event begins
			return nil, nil
		}
		reached := s.Verb == "wait-step" && float64(w.Step()) >= n[0] || s.Verb == "wait-still" && w.Still()
		if !reached && now < p.giveUp {
			return nil, nil
		}
		p.giveUp = -1
	case "key", "hold":
		k, err := ParseKey(s.Text)
		if err != nil {
			return nil, err
		}
		up := k
		up.Down = false
		if s.Verb == "hold" {
			p.steps[0] = Step{Verb: "release", Text: s.Text}
			p.until = now + n[0]
			return []event.Event{k}, nil
		}
		p.queue = append(p.queue, k, up)
	case "release":
		k, err := ParseKey(s.Text)
		if err != nil {
			return nil, err
		}
		k.Down = false
		p.queue = append(p.queue, k)
	case "drag", "rdrag", "mdrag":
		b := map[string]int{"drag": event.ButtonLeft, "rdrag": event.ButtonRight, "mdrag": event.ButtonMiddle}[s.Verb]
		p.queue = append(p.queue, event.Move{X: n[0], Y: n[1]}, event.Button{Button: b, Down: true})
		for i := 1; i <= dragSteps; i++ {
			t := float64(i) / dragSteps
			p.queue = append(p.queue, event.Move{X: n[0] + t*(n[2]-n[0]), Y: n[1] + t*(n[3]-n[1])})
		}
		p.queue = append(p.queue, event.Button{Button: b})
	case "move":
		p.queue = append(p.queue, event.Move{X: n[0], Y: n[1]})
	case "click", "double":
		p.queue = append(p.queue, event.Move{X: n[0], Y: n[1]})
		for range map[string]int{"click": 1, "double": 2}[s.Verb] {
			p.queue = append(p.queue, event.Button{Down: true}, event.Button{})
		}
	case "scroll":
		p.queue = append(p.queue, event.Scroll{DY: n[0]})
	case "resize":
		w.Resize(int(n[0]), int(n[1]))
	case "drop":
		p.queue = append(p.queue, event.Drop{Paths: []string{s.Text}})
	case "screenshot":
		if err := w.Screenshot(s.Text); err != nil {
			return nil, err
		}
	case "lose":
		w.Lose(s.Text)
	case "quit":
		p.steps = p.steps[:1]
		w.Quit()
	}
	p.steps = p.steps[1:]
	return nil, nil
}
