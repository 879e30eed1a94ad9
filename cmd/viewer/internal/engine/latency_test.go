package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// clocked is an engine on whose clock each pixel takes a time, so that tests count instead of waiting: the clock moves only here.
type clocked struct {
	fake
	pixel time.Duration // of a Render

	mu     sync.Mutex
	clock  time.Time
	bands  []banded
	slices []time.Duration // that training was given, five milliseconds a step
	steps  int
	during func(n int) // called while band n is in work
}

// banded is a Render: of which view, and how long it took.
type banded struct {
	x    float32
	took time.Duration
}

func (e *clocked) now() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.clock
}

func (e *clocked) Render(ctx context.Context, v View, out *Frame) error {
	e.mu.Lock()
	took := time.Duration(v.Camera.Width*v.Region.Count) * e.pixel
	e.clock = e.clock.Add(took)
	e.bands = append(e.bands, banded{v.Camera.Position()[0], took})
	n, during := len(e.bands), e.during
	e.mu.Unlock()
	if during != nil {
		during(n)
	}
	return e.fake.Render(ctx, v, out)
}

func (e *clocked) Train(_ context.Context, d time.Duration) (Progress, error) {
	e.mu.Lock()
	e.clock = e.clock.Add(d)
	e.slices = append(e.slices, d)
	e.steps += int(d / (5 * time.Millisecond))
	p := Progress{Step: e.steps, Loss: 1}
	e.mu.Unlock()
	return p, nil
}

// large is view at 640 x 480 pixels.
func large(x float32) View {
	v := view(x)
	v.Camera = v.Camera.Resized(640, 480)
	return v
}

// costs are what a pixel takes: a GPU's, a good processor's, a software driver's, and worse.
var costs = []time.Duration{10 * time.Nanosecond, 2 * time.Microsecond, 50 * time.Microsecond, 200 * time.Microsecond}

// TestViewThatMovesIsShown: a view that changes with every band of every picture is shown all the time, in pictures that take about
// the budget, as sharp as that allows.
func TestViewThatMovesIsShown(t *testing.T) {
	const budget, all = 0.05, 120
	for _, cost := range costs {
		t.Run(fmt.Sprint(cost), func(t *testing.T) {
			e := &clocked{pixel: cost, clock: time.Unix(0, 0)}
			w := newWorker(e, func() {})
			w.now = e.now
			var pictures []*Picture
			done := make(chan struct{})
			e.during = func(n int) {
				if p := w.Picture(); p != nil {
					pictures = append(pictures, p)
				}
				if n == all {
					close(done)
				}
				w.Show(Request{View: large(float32(n)), Moving: n < all, MaxSamples: 1, Budget: budget})
			}
			w.Show(Request{View: large(0), Moving: true, MaxSamples: 1, Budget: budget})
			go w.loop()
			<-done
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if len(pictures) < all/20 {
				t.Fatalf("%d pictures of a view that changed %d times", len(pictures), all)
			}
			for _, p := range pictures[4:] { // by then the cost is known: half of the error is left after each picture
				pixels := float64(p.Width * p.Height)
				// A band has four rows at least, and a picture a sixteenth of the window's edge at least.
				least := 1.5 * float64(40*30) * cost.Seconds()
				if p.Time > max(1.5*budget, least) {
					t.Errorf("%d x %d pixels took %.3f s of a budget of %g", p.Width, p.Height, p.Time, budget)
				}
				if most := min(640*480, budget/cost.Seconds()); pixels < most/3 {
					t.Errorf("%d x %d pixels, where %.0f would do", p.Width, p.Height, most)
				}
			}
		})
	}
}

// TestInputWaitsForOneBand: while a picture of a view that stays is refined, a view that changes waits for no more than the band in
// work, whatever a pixel costs.
func TestInputWaitsForOneBand(t *testing.T) {
	for _, cost := range costs {
		t.Run(fmt.Sprint(cost), func(t *testing.T) {
			e := &clocked{pixel: cost, clock: time.Unix(0, 0)}
			w := newWorker(e, func() {})
			w.now = e.now
			at, full := 0, false
			done := make(chan struct{})
			e.during = func(n int) {
				switch {
				case full && at == 0: // in the middle of a sample at the window's resolution
					at = n
					w.Show(Request{View: large(1), Moving: true, MaxSamples: 64, Budget: 0.05})
				case at > 0 && n == at+1:
					close(done)
				}
				if p := w.Picture(); p != nil && p.Full {
					full = true
				}
			}
			w.Show(Request{View: large(0), MaxSamples: 1 << 20, Budget: 0.05})
			go w.loop()
			<-done
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if got := e.bands[at]; got.x != 1 {
				t.Errorf("after the view changed a band of the old view was made")
			}
			// The rate is that of the last pictures; a band has four rows at least.
			if took, most := e.bands[at-1].took, max(2*band, 4*640*cost.Seconds()); took.Seconds() > most {
				t.Errorf("the band in work took %v, more than %.3f s", took, most)
			}
		})
	}
}

// TestTrainingStepsAside: while the view moves, training gets short slices only, and pictures most of the time.
func TestTrainingStepsAside(t *testing.T) {
	const still, all = 40, 400
	e := &clocked{pixel: 2 * time.Microsecond, clock: time.Unix(0, 0)}
	w := newWorker(e, func() {})
	w.now = e.now
	done := make(chan struct{})
	n := 0
	e.during = func(int) {
		if n++; n == all {
			close(done)
		}
		if n == still {
			e.slices, e.bands = nil, nil // what comes is while it moves
		}
		if n >= still {
			w.Show(Request{View: large(float32(n)), Moving: n < all, Train: n < all, MaxSamples: 1, Budget: 0.05})
		}
	}
	w.Show(Request{View: large(0), Train: true, MaxSamples: 1, Budget: 0.05})
	go w.loop()
	<-done
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var trained, drawn time.Duration
	for _, d := range e.slices {
		if trained += d; d > 20*time.Millisecond {
			t.Errorf("a slice of %v while the view moves", d)
		}
	}
	for _, b := range e.bands {
		drawn += b.took
	}
	if len(e.slices) < 3 || trained > drawn/2 {
		t.Errorf("%d slices of training, %v, beside %v of pictures", len(e.slices), trained, drawn)
	}
}
