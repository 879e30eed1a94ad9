package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

// fake is an engine whose pixels tell which model and row they are of.
type fake struct {
	model    atomic.Int64
	rendered atomic.Int64
	closed   atomic.Bool
	fail     error
	slow     time.Duration // of a Render
}

func (f *fake) About() About { return About{Name: "fake", CanTrain: true} }

func (f *fake) Render(ctx context.Context, v View, out *Frame) error {
	if f.fail != nil {
		return f.fail
	}
	if f.slow > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(f.slow):
		}
	}
	f.rendered.Add(1)
	out.Resize(v.Camera.Width, v.Region.Count, false)
	for i := range out.Depth {
		out.Depth[i] = float32(v.Region.First + i/v.Camera.Width)
		out.Color[4*i] = float32(f.model.Load())
		out.Color[4*i+1] = float32(v.Sample)
	}
	return nil
}

func (f *fake) Train(context.Context, time.Duration) (Progress, error) {
	time.Sleep(time.Millisecond)
	return Progress{Step: int(f.model.Add(1)), Loss: 1}, nil
}
func (f *fake) Reset() error                { f.model.Store(0); return nil }
func (f *fake) Save(string) error           { return nil }
func (f *fake) Occupied(int) ([]Box, error) { return nil, nil }
func (f *fake) Close() error                { f.closed.Store(true); return nil }

func view(x float32) View {
	return View{Camera: scene.Camera{Width: 40, Height: 30, Focal: [2]float32{30, 30}, Principal: [2]float32{0.5, 0.5}, Pose: mgl32.Mat3x4FromCols(
		mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{x, 0, 0})}}
}

// until waits for a condition; minutes are far more than any of these takes, on a busy machine too.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("%s did not come", what)
}

func newFake(t *testing.T, f *fake) *Worker {
	w := NewWorker(f, func() {})
	t.Cleanup(func() {
		if err := w.Close(); err != nil || !f.closed.Load() {
			t.Errorf("close: %v, engine closed: %v", err, f.closed.Load())
		}
	})
	return w
}

func TestRefinesToTheMean(t *testing.T) {
	w := newFake(t, &fake{})
	w.Show(Request{View: view(0), MaxSamples: 4, Budget: 0.05})
	var p *Picture
	until(t, "a finished picture", func() bool {
		if q := w.Picture(); q != nil {
			p = q
		}
		return p != nil && p.Full && p.Samples == 4
	})
	for i := range p.Depth {
		if p.Depth[i] != float32(i/40) || p.Color[4*i+1] != 1.5 {
			t.Fatalf("pixel %d: row %g, mean sample %g; want %d and 1.5", i, p.Depth[i], p.Color[4*i+1], i/40)
		}
	}
	time.Sleep(20 * time.Millisecond)
	if q := w.Picture(); q != nil {
		t.Error("work goes on after the last sample")
	}
}

func TestMovingIsCoarseAndNewest(t *testing.T) {
	w := newFake(t, &fake{})
	w.rate = 1000 // pixels a second: 50 of the 1200 within the budget
	w.Show(Request{View: view(1), Moving: true, MaxSamples: 4, Budget: 0.05})
	var p *Picture
	until(t, "a picture", func() bool { p = w.Picture(); return p != nil })
	if p.Full || p.Width*p.Height > 60 {
		t.Errorf("%d x %d pixels while moving", p.Width, p.Height)
	}
}

func TestChangedViewEndsTheOldPicture(t *testing.T) {
	f := &fake{slow: 5 * time.Second}
	w := newFake(t, f)
	w.Show(Request{View: view(0), MaxSamples: 1, Budget: 0.05})
	time.Sleep(20 * time.Millisecond)
	start := time.Now()
	w.Do("quick", func(context.Context, Engine, func(float64)) error { f.slow = 0; return nil })
	w.Show(Request{View: view(2), MaxSamples: 1, Budget: 0.05})
	var p *Picture
	until(t, "the new view", func() bool { p = w.Picture(); return p != nil && p.Request.View == view(2) })
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("the old picture was finished first: %v", d)
	}
}

func TestTrainingTakesTurns(t *testing.T) {
	f := &fake{}
	w := newFake(t, f)
	w.Show(Request{View: view(0), MaxSamples: 1, Budget: 0.05, Train: true})
	until(t, "training and pictures", func() bool { return f.model.Load() > 5 && f.rendered.Load() > 3 })
	until(t, "a picture of later parameters", func() bool { p := w.Picture(); return p != nil && p.Color[0] > 3 })
	w.Show(Request{View: view(0), MaxSamples: 1, Budget: 0.05})
	until(t, "rest", func() bool {
		n := f.model.Load()
		time.Sleep(20 * time.Millisecond)
		return n == f.model.Load()
	})
	if s := w.Status(); s.Progress.Step == 0 || len(s.Losses) == 0 {
		t.Errorf("status %+v", s.Progress)
	}
	w.Reset()
	until(t, "reset", func() bool { return w.Status().Progress.Step == 0 && f.model.Load() == 0 })
}

func TestFailureIsReportedOnce(t *testing.T) {
	f := &fake{fail: errors.New("boom")}
	w := newFake(t, f)
	w.Show(Request{View: view(0), MaxSamples: 1, Budget: 0.05})
	until(t, "the failure", func() bool { return w.Status().Err != nil })
	w.Clear()
	time.Sleep(20 * time.Millisecond)
	if w.Status().Err != nil {
		t.Error("the same view fails again and again")
	}
	f.fail = nil
	w.Show(Request{View: view(1), MaxSamples: 1, Budget: 0.05})
	until(t, "a picture after it", func() bool { return w.Picture() != nil })
}

func TestReplaceAndCancel(t *testing.T) {
	old, next := &fake{}, &fake{}
	w := NewWorker(old, func() {})
	w.Replace("bad", func(context.Context, func(float64)) (Engine, error) { return nil, errors.New("no such file") })
	until(t, "the failure", func() bool { return w.Status().Err != nil })
	if old.closed.Load() {
		t.Error("the engine was closed though nothing replaces it")
	}
	w.Clear()
	w.Do("long", func(ctx context.Context, _ Engine, _ func(float64)) error { <-ctx.Done(); return ctx.Err() })
	until(t, "long work", func() bool { return w.Status().Busy == "long" })
	w.Cancel()
	w.Replace("good", func(context.Context, func(float64)) (Engine, error) { return next, nil })
	until(t, "the replacement", func() bool { return old.closed.Load() })
	if err := w.Close(); err != nil || !next.closed.Load() {
		t.Errorf("close: %v", err)
	}
}

func TestAnalyticSeesTheScene(t *testing.T) {
	a := NewAnalytic(1, 3, 24)
	v := View{Camera: a.About().Home, Region: Region{0, 24}}
	var f Frame
	if err := a.Render(context.Background(), v, &f); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i, d := range f.Depth {
		if (d > 0) != (f.Color[4*i+3] > 0) {
			t.Fatalf("pixel %d: depth %g, alpha %g", i, d, f.Color[4*i+3])
		}
		if d > 0 {
			seen++
		}
	}
	if seen < 100 || seen > 24*24-20 {
		t.Errorf("%d of %d pixels show something", seen, 24*24)
	}
	v.Crop = Box{Lo: mgl32.Vec3{0.9, 0.9, 0.9}, Hi: mgl32.Vec3{1, 1, 1}}
	if err := a.Render(context.Background(), v, &f); err != nil {
		t.Fatal(err)
	}
	for i := range f.Depth {
		if f.Depth[i] > 0 {
			t.Fatal("something is seen in the empty corner")
		}
	}
}

// TestFirstPictureIsSmall: of a device that nothing is known of, the first picture has so few pixels that a slow one
// makes them soon.
func TestFirstPictureIsSmall(t *testing.T) {
	w := newFake(t, &fake{slow: 30 * time.Millisecond})
	const budget = 0.05
	w.Show(Request{View: view(0), MaxSamples: 1, Budget: budget})
	var p *Picture
	until(t, "a picture", func() bool { p = w.Picture(); return p != nil })
	if n := p.Width * p.Height; float64(n) > 2*budget*firstRate { // twice the budget while nothing moves
		t.Errorf("the first picture has %d x %d pixels", p.Width, p.Height)
	}
}
