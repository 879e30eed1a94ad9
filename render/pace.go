package render

import (
	"time"

	"github.com/radia-go/radia/gpu"
)

// guarded reports whether a display may hang on the device, so that long dispatches are killed.
func guarded(i *gpu.Info) bool { return i.Kind != gpu.KindHost && i.Kind != gpu.KindSoftware }

// pace says how many pixels a dispatch may take where a watchdog ends long ones, which a desktop's drivers do after two
// seconds or more. It knows only how long earlier dispatches took: few pixels at first, then a multiple of what went well,
// and once a dispatch took long enough to tell a rate, what takes a tenth of a second at the slowest rate of this frame and
// the last. Of the first frame, whose upper part may be sky, a dispatch takes a sixteenth at most. What it cannot foresee is a
// view that is many times as slow as everything in the last frame was.
type pace struct {
	frames   int
	reach    int     // pixels of the largest dispatch that was not too long
	slow     float64 // pixels a second of the slowest dispatch of this frame, 0 where all were too short to tell
	slowLast float64 // and of the last
}

const (
	paceSeconds = 0.1
	paceTells   = 0.01    // seconds from which on a dispatch is more than its start and its end
	paceFirst   = 1 << 13 // pixels of the first dispatch
	paceGrowth  = 4       // the dispatch before may have met nothing
	paceLeast   = 1 << 10
	paceShare   = 16
)

// next is how many of left pixels of a frame of `all` to take.
func (p *pace) next(left, all int) int {
	n := max(paceFirst, paceGrowth*p.reach)
	if p.frames == 0 {
		n = min(n, max(paceFirst, all/paceShare))
	}
	for _, rate := range []float64{p.slow, p.slowLast} {
		if rate > 0 {
			n = min(n, max(paceLeast, int(rate*paceSeconds)))
		}
	}
	return min(n, left)
}

// took notes how long a dispatch of n pixels took.
func (p *pace) took(n int, t time.Duration) {
	seconds := t.Seconds()
	if seconds <= 2*paceSeconds {
		p.reach = max(p.reach, n)
	}
	if seconds < paceTells {
		return
	}
	if rate := float64(n) / seconds; p.slow == 0 || rate < p.slow {
		p.slow = rate
	}
}

// frame ends a frame.
func (p *pace) frame() { p.frames, p.slow, p.slowLast = p.frames+1, 0, p.slow }
