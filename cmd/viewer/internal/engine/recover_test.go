package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/imageio"
)

// TestRecoverGoesOnFromWhatWasKept loses the device of a training after its parameters were copied to the host: the new
// device shows the same picture, and goes on with the same step.
func TestRecoverGoesOnFromWhatWasKept(t *testing.T) {
	n, err := NewNeRF(NeRFOptions{Device: onHost, Name: "small", Data: smallData(t), Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	p, err := n.Train(context.Background(), 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.keep(); err != nil {
		t.Fatal(err)
	}
	before := seen(t, n)
	n.Lose()
	var f Frame
	if err := n.Render(context.Background(), View{Camera: n.About().Home, Region: Region{0, 24}}, &f); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Fatalf("a lost device renders: %v", err)
	}
	step, err := n.Recover()
	if err != nil || step != int(n.kept.TrainingStep) || step < p.Step {
		t.Fatalf("goes on with step %d after %d: %v", step, p.Step, err)
	}
	if !same(seen(t, n).Color, before.Color) {
		t.Error("the picture is another one")
	}
	if q, err := n.Train(context.Background(), 10*time.Millisecond); err != nil || q.Step <= p.Step {
		t.Errorf("training goes on with step %d after %d: %v", q.Step, p.Step, err)
	}
}

func TestRecoverFitted(t *testing.T) {
	m := imageio.New(24, 16)
	for i := range m.Pix {
		m.Pix[i] = imageio.Pack(uint8(10*(i%24)), uint8(15*(i/24)), 128, 255)
	}
	f, err := NewFitted(FittedOptions{Name: "p.png", Picture: m, Device: onHost, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := f.Train(context.Background(), 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.keep(); err != nil {
		t.Fatal(err)
	}
	before := seen(t, f)
	f.Lose()
	if _, err := f.Train(context.Background(), time.Millisecond); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Fatalf("a lost device trains: %v", err)
	}
	if step, err := f.Recover(); err != nil || step < p.Step {
		t.Fatalf("goes on with step %d after %d: %v", step, p.Step, err)
	}
	if !same(seen(t, f).Color, before.Color) {
		t.Error("the picture is another one")
	}
	if q, err := f.Train(context.Background(), time.Millisecond); err != nil || q.Step <= p.Step {
		t.Errorf("training goes on with step %d after %d: %v", q.Step, p.Step, err)
	}
}

// TestRecoverWithoutAnotherDevice says so in one line, and closing the engine still works.
func TestRecoverWithoutAnotherDevice(t *testing.T) {
	opened := 0
	device := func() (gpu.Device, error) {
		if opened++; opened > 1 {
			return nil, gpu.ErrNoDevice
		}
		return onHost()
	}
	n, err := NewNeRF(NeRFOptions{Device: device, Name: "small", Data: smallData(t), Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	n.Lose()
	if _, err := n.Recover(); !errors.Is(err, gpu.ErrNoDevice) {
		t.Errorf("recovered without a device: %v", err)
	}
	if err := n.Render(context.Background(), View{}, &Frame{}); !errors.Is(err, errGone) {
		t.Errorf("renders without a device: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

// losing is an engine whose device is lost a number of times.
type losing struct {
	fake
	times    int
	recovers int
}

func (l *losing) Render(ctx context.Context, v View, out *Frame) error {
	if l.times > 0 {
		l.times--
		return gpu.ErrDeviceLost
	}
	return l.fake.Render(ctx, v, out)
}

func (l *losing) Recover() (int, error) { l.recovers++; return 7, nil }
func (l *losing) Lose()                 {}

func TestWorkerRecoversSometimes(t *testing.T) {
	for _, c := range []struct {
		times  int
		gaveUp bool
	}{{1, false}, {mostLosses, false}, {mostLosses + 1, true}} {
		e := &losing{times: c.times}
		w := NewWorker(e, func() {})
		w.Show(Request{View: view(0), MaxSamples: 1, Budget: 0.05})
		var s Status
		until(t, "an outcome", func() bool { s = w.Status(); return s.Err != nil || w.Picture() != nil })
		if s = w.Status(); (s.Err != nil) != c.gaveUp || s.Recovered != min(c.times, mostLosses) || s.RecoveredAt != 7 {
			t.Errorf("lost %d times: %+v", c.times, s)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if e.recovers != min(c.times, mostLosses) {
			t.Errorf("lost %d times, recovered %d times", c.times, e.recovers)
		}
	}
}
