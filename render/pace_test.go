package render

import (
	"math"
	"testing"
	"time"
)

// paced renders frames of `all` pixels on a device whose pixel i of a frame takes cost(frame, i) seconds; it returns the dispatches of
// each frame and the longest.
func paced(frames, all int, cost func(frame, pixel int) float64) (dispatches []int, longest float64) {
	var p pace
	for f := range frames {
		n := 0
		for first := 0; first < all; n++ {
			count := p.next(all-first, all)
			seconds := 1e-4 // to start and to end
			for i := range count {
				seconds += cost(f, first+i)
			}
			longest = max(longest, seconds)
			p.took(count, time.Duration(seconds*1e9))
			first += count
		}
		p.frame()
		dispatches = append(dispatches, n)
	}
	return dispatches, longest
}

// TestPace: on devices of all speeds no dispatch lasts as long as the least patient watchdog, two seconds; frames that take a
// tenth of one are one dispatch as soon as that is known.
func TestPace(t *testing.T) {
	const all = 1920 * 1080
	even := func(rate float64) func(int, int) float64 { return func(int, int) float64 { return 1 / rate } }
	for name, c := range map[string]struct {
		cost    func(frame, pixel int) float64
		longest float64 // seconds
		last    int     // dispatches of the last frame, at most
	}{
		"fast":             {even(1e9), 0.1, 1},
		"a frame in 50 ms": {even(4e7), 0.1, 1},
		"a frame in 1 s":   {even(2e6), 0.25, 12},
		"very slow":        {even(1e4), 0.9, 2100}, // the first dispatch, of which nothing is known
		// Half the frame is sky, five hundred times as fast as what comes below.
		"sky above": {func(_, i int) float64 {
			if i < all/2 {
				return 1e-8
			}
			return 5e-6
		}, 0.7, 110},
		"slower and slower": {func(f, _ int) float64 { return 1e-8 * math.Pow(4, float64(f)) }, 0.5, 220},
	} {
		dispatches, longest := paced(6, all, c.cost)
		if longest > c.longest || dispatches[5] > c.last {
			t.Errorf("%s: dispatches of frames %v, the longest took %.3g s; want at most %d in the end and %.3g s", name, dispatches, longest, c.last, c.longest)
		}
	}
	// A tail of few pixels says nothing of the rate of many.
	var p pace
	p.took(1<<20, 50*time.Millisecond)
	p.took(7, time.Millisecond)
	p.frame()
	if got := p.next(1<<21, 1<<21); got != 1<<21 {
		t.Errorf("after a short tail: %d", got)
	}
	// One that was too long is not the measure of the next.
	p = pace{}
	p.took(1<<13, time.Second)
	if got := p.next(1<<21, 1<<21); got != paceLeast {
		t.Errorf("after a dispatch of a second: %d", got)
	}
}
