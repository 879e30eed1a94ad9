package script

import (
	"strings"
	"testing"

	"github.com/radia-go/radia/cmd/viewer/internal/event"
)

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"jump 3":             `1: "jump" is not known`,
		"\nwait":             "2: wait takes 1 numbers, not 0",
		"wait x":             `1: "x" is not a usable number`,
		"wait NaN":           "not a usable number",
		"drag 1 2 3":         "drag takes 4 numbers",
		"key":                "key needs a name",
		"key NOSUCH":         `no key is called "NOSUCH"`,
		"resize 0 5":         "0 x 5 is not a picture's size",
		"screenshot":         "screenshot needs a name",
		"lose nothing":       "lose takes engine or window",
		"quit now":           "quit takes 0 numbers, not 1",
		"hold W":             "hold takes 1 numbers, not 0",
		"wait-still 1 2 3 4": "wait-still takes 1 numbers, not 4",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestParseKey(t *testing.T) {
	for s, want := range map[string]event.Key{
		"w": {Name: "W", Down: true}, "CTRL+s": {Name: "S", Down: true, Mods: event.Ctrl}, "?": {Name: "/", Down: true, Mods: event.Shift},
		"+": {Name: "+", Down: true}, "shift+CTRL+F1": {Name: "F1", Down: true, Mods: event.Shift | event.Ctrl}, "KP+": {Name: "KP+", Down: true},
	} {
		if k, err := ParseKey(s); err != nil || k != want {
			t.Errorf("%q: %+v %v, want %+v", s, k, err, want)
		}
	}
}

// world records what a script does.
type world struct {
	step  int
	still bool
	log   []string
}

func (w *world) Step() int                 { return w.step }
func (w *world) Still() bool               { return w.still }
func (w *world) Resize(int, int)           { w.log = append(w.log, "resize") }
func (w *world) Screenshot(p string) error { w.log = append(w.log, "shot "+p); return nil }
func (w *world) Lose(what string)          { w.log = append(w.log, "lose "+what) }
func (w *world) Quit()                     { w.log = append(w.log, "quit") }

func play(t *testing.T, p *Player, w *world, from, to float64) (out []event.Event) {
	t.Helper()
	for now := from; now < to && !p.Done(); now += 0.01 {
		e, err := p.Next(now, w)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e...)
	}
	return out
}

func TestPlay(t *testing.T) {
	steps, err := Parse("# comment\nwait 1\ndrag 10 20 34 44\nwait-step 7\nkey T\nscreenshot a b.png\nhold W 0.5\nquit\nkey X")
	if err != nil {
		t.Fatal(err)
	}
	p, w := NewPlayer(steps), &world{}
	if e := play(t, p, w, 0, 0.99); len(e) != 0 {
		t.Fatalf("events before the wait is over: %v", e)
	}
	e := play(t, p, w, 0.99, 3)
	if len(e) != dragSteps+3 {
		t.Fatalf("a drag of %d events", len(e))
	}
	if last := e[len(e)-2]; last != (event.Move{X: 34, Y: 44}) {
		t.Errorf("the drag ends at %v", last)
	}
	w.step = 7
	e = play(t, p, w, 3, 5)
	if len(e) < 4 || e[0] != (event.Key{Name: "T", Down: true}) || e[1] != (event.Key{Name: "T"}) || e[len(e)-1] != (event.Key{Name: "W"}) {
		t.Errorf("events %v", e)
	}
	if len(w.log) != 2 || w.log[0] != "shot a b.png" || w.log[1] != "quit" || !p.Done() {
		t.Errorf("log %v, done %v: nothing may follow quit", w.log, p.Done())
	}
}

func FuzzParse(f *testing.F) {
	f.Add("wait 1\nkey CTRL+S\ndrag 1 2 3 4\nquit")
	f.Add("key +\nhold SHIFT+ 1e400")
	f.Fuzz(func(t *testing.T, s string) {
		steps, err := Parse(s)
		if err != nil {
			return
		}
		p, w := NewPlayer(steps), &world{step: 1 << 30, still: true}
		for i := 0; i < 100 && !p.Done(); i++ {
			if _, err := p.Next(float64(i)*1e7, w); err != nil {
				t.Fatalf("%q was accepted and then refused: %v", s, err)
			}
		}
	})
}
