package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/train"
)

// tuned is an engine whose training can be changed.
type tuned interface {
	Engine
	Tuner
}

// done is how many steps an engine's training has taken.
func done(e Engine) int {
	if n, ok := e.(*NeRF); ok {
		return n.trainer.Done()
	}
	return e.(*Fitted).subject.trainer.(interface{ Done() int }).Done()
}

// step trains for at least one step, and returns how many there were in all.
func step(t *testing.T, e Engine) int {
	t.Helper()
	p, err := e.Train(context.Background(), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return p.Step
}

// testTuning: a training that is tuned goes on from its step with what was asked for, and says so; what cannot be is refused, and the
// training goes on as before; another configuration begins at the first step with that one's rate and loss.
func testTuning(t *testing.T, e tuned, want Tuning, refused ...func(*Tuning)) {
	t.Helper()
	first := e.About()
	steps := step(t, e)
	if err := e.Tune(want); err != nil {
		t.Fatal(err)
	}
	if n := done(e); n != steps || n == 0 {
		t.Errorf("tuned after step %d, it goes on after step %d", steps, n)
	}
	about := e.About()
	if about.Tuning != want {
		t.Errorf("in force is %+v, asked for was %+v", about.Tuning, want)
	}
	if about.Name != first.Name || about.Kind != first.Kind || about.Memory < 1 {
		t.Errorf("after tuning it is %q, %q with %d bytes", about.Name, about.Kind, about.Memory)
	}
	next := step(t, e)
	if next <= steps {
		t.Errorf("step %d after step %d", next, steps)
	}
	for _, spoil := range refused {
		bad := want
		spoil(&bad)
		if err := e.Tune(bad); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: error %v", bad, err)
		}
		if got := e.About().Tuning; got != want {
			t.Errorf("after what was refused, in force is %+v", got)
		}
		if after := step(t, e); after <= next {
			t.Errorf("after what was refused, step %d follows step %d", after, next)
		}
	}
	if err := e.Begin("no-such-preset"); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a preset that does not exist: %v", err)
	}
	if after := step(t, e); after <= next {
		t.Errorf("after a preset that does not exist, step %d follows step %d", after, next)
	}
	before := seen(t, e)
	if err := e.Begin("base"); err != nil {
		t.Fatal(err)
	}
	if about := e.About(); about.Tuning.Loss == want.Loss || about.Tuning.Rate == want.Rate || about.Tuning.Batch != want.Batch || !strings.HasSuffix(about.Kind, "base") {
		t.Errorf("after another preset: %+v, %q", about.Tuning, about.Kind)
	}
	if same(seen(t, e).Color, before.Color) {
		t.Error("another preset looks like the training before it")
	}
	if n := done(e); n != 0 {
		t.Errorf("another preset begins after step %d", n)
	}
	step(t, e)
}

func TestNeRFTunes(t *testing.T) {
	n, err := NewNeRF(NeRFOptions{Device: onHost, Name: "scene", Data: smallData(t), Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	want := Tuning{Batch: train.LeastBatch, Rate: 0.0015, Loss: "SMAPE", Backdrop: "white", NearDistance: 0.25, Mode: train.ModeRflRelax, RefineCameras: true, OptimizeExposure: true, Freeze: "networks"}
	testTuning(t, n, want, func(t *Tuning) { t.DepthWeight = 0.1 }, func(t *Tuning) { t.Batch = 3 }, func(t *Tuning) { t.Backdrop = "pink" }, func(t *Tuning) { t.Loss = "L3" })
	if got := n.About().Tuning; got.Freeze != "" || !got.RefineCameras {
		t.Errorf("after another preset: %+v", got)
	}
}

func TestPictureTunes(t *testing.T) {
	m := imageio.New(32, 32)
	for i := range m.Pix {
		m.Pix[i] = imageio.Pack(uint8(i), uint8(i/32*8), 90, 255)
	}
	f, err := NewFitted(FittedOptions{Device: onHost, Name: "picture", Picture: m, Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := f.About().Tuning
	want.Batch, want.Rate, want.Loss = train.LeastFitBatch, 0.0015, "SMAPE"
	testTuning(t, f, want, func(t *Tuning) { t.Batch = 3 }, func(t *Tuning) { t.Rate = -1 })
}
