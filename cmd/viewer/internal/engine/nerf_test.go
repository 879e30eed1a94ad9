package engine

import (
	"context"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/synth"
)

func smallData(t *testing.T) *scene.Dataset {
	t.Helper()
	dir := t.TempDir()
	if err := synth.Write(dir, synth.Options{Views: 6, TestViews: 1, ValViews: 1, Size: 24, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	d, err := scene.Load(dir, scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func onHost() (gpu.Device, error) { return host.Open(host.Options{}), nil }

func picture(t *testing.T, e Engine, r Region) *Frame {
	t.Helper()
	f := &Frame{}
	if err := e.Render(context.Background(), View{Camera: e.About().Home, Region: r}, f); err != nil {
		t.Fatal(err)
	}
	return f
}

func same(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestNeRFTrainsRendersAndSaves(t *testing.T) {
	n, err := NewNeRF(NeRFOptions{Device: onHost, Name: "small", Data: smallData(t), Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	about := n.About()
	if !about.CanTrain || len(about.Views) != 6 || about.Memory < int64(4*about.Params) {
		t.Fatalf("%+v", about)
	}
	whole := Region{0, 24}
	fresh := picture(t, n, whole)
	p, err := n.Train(context.Background(), 10*time.Millisecond)
	if err != nil || p.Step < 1 || !(p.Loss > 0) {
		t.Fatalf("%+v %v", p, err)
	}
	trained := picture(t, n, whole)
	if same(fresh.Color, trained.Color) {
		t.Error("training does not change the picture")
	}
	for i, v := range trained.Color {
		if math.IsNaN(float64(v)) || v < 0 || v > 1.0001 {
			t.Fatalf("colour %d is %g", i, v)
		}
	}
	// A band of rows holds the same pixels as the whole picture.
	part := picture(t, n, Region{10, 5})
	for i, v := range part.Color {
		if w := trained.Color[4*24*10+i]; v != w {
			t.Fatalf("value %d of a band is %g, of the whole %g", i, v, w)
		}
	}

	testStays(t, n)
	path := filepath.Join(t.TempDir(), "a.ingp")
	if err := n.Save(path); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := NewNeRF(NeRFOptions{Device: onHost, Name: "a.ingp", Snapshot: s})
	if err != nil {
		t.Fatal(err)
	}
	defer fixed.Close()
	if fixed.About().CanTrain {
		t.Error("a snapshot without pictures claims to train")
	}
	again := picture(t, fixed, whole)
	worst := 0.0
	for i, v := range again.Color {
		worst = max(worst, math.Abs(float64(v-trained.Color[i])))
	}
	if worst > 0.05 { // the occupancy grid is saved as float16, so a cell at the threshold may change
		t.Errorf("the loaded snapshot differs by %g", worst)
	}
	if _, err := fixed.Train(context.Background(), time.Millisecond); err == nil {
		t.Error("a snapshot without pictures was trained")
	}
	boxes, err := n.Occupied(100)
	if err != nil || len(boxes) == 0 || len(boxes) > 100 {
		t.Errorf("%d boxes, %v", len(boxes), err)
	}
	if err := n.Reset(); err != nil {
		t.Fatal(err)
	}
	if !same(picture(t, n, whole).Color, fresh.Color) {
		t.Error("reset does not give the first picture back")
	}
}

func TestNeRFResumes(t *testing.T) {
	data := smallData(t)
	n, err := NewNeRF(NeRFOptions{Device: onHost, Name: "small", Data: data, Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	p, err := n.Train(context.Background(), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.ingp")
	if err := n.Save(path); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewNeRF(NeRFOptions{Device: onHost, Name: "small", Data: data, Snapshot: s})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	q, err := m.Train(context.Background(), time.Millisecond)
	if err != nil || q.Step <= p.Step {
		t.Errorf("step %d after step %d: %v", q.Step, p.Step, err)
	}
}

func TestNeRFNeedsSomething(t *testing.T) {
	if _, err := NewNeRF(NeRFOptions{Device: onHost, Name: "nothing"}); err == nil {
		t.Error("a field of nothing was made")
	}
}
