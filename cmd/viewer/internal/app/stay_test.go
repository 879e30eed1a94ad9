package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/demo"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/script"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/scene/imageio"
)

// demoField is the model that comes with the viewer, on a Vulkan device that is shared with the window or not.
func demoField(t *testing.T, shared bool) engine.Engine {
	t.Helper()
	s, err := demo.Model()
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.NewNeRF(engine.NeRFOptions{Name: "demo", Snapshot: s, Device: func() (gpu.Device, error) {
		d, err := vulkan.Open(vulkan.Options{})
		if errors.Is(err, gpu.ErrNoDevice) {
			d, err = vulkan.Open(vulkan.Options{Select: "software"})
		}
		if err != nil {
			return nil, err
		}
		if shared {
			return window.Share(d), nil
		}
		return d, nil
	}})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return compared{e}
}

// compared is a field with a training picture of its home.
type compared struct{ *engine.NeRF }

func (c compared) About() engine.About {
	a := c.NeRF.About()
	a.Views = []engine.TrainingView{{Name: "stripes", Camera: a.Home, Image: func() (*imageio.Image, error) {
		m := imageio.New(8, 8)
		for i := range m.Pix {
			m.Pix[i] = imageio.Pack(uint8(30*(i%8)), 90, uint8(20*(i/8)), 200)
		}
		return m, nil
	}}}
	return a
}

// TestPicturesStayOnTheDevice: what the window shows of a picture that stays on the engine's device is what it shows of one that
// went through the host's memory, in every mode, beside a training picture, in other light, and so are the files; the point under the pointer is the same; and a lost device is replaced.
func TestPicturesStayOnTheDevice(t *testing.T) {
	const text = `
key TAB
wait-still
screenshot shade.png
key P
key 1
wait-still
screenshot alpha.png
key 5
wait-still
screenshot depth.png
key 4
wait-still
screenshot position.png
key 7
wait-still
screenshot cost.png
key 3
wait-still
screenshot normals.png
key 8
wait-still
screenshot slice.png
key 2
key ]
key G
wait-still
screenshot truth.png
key O
wait-still
screenshot error.png
key P
key O
key HOME
wait 0.5
key E
key V
wait-still
screenshot lit.png
resize 48 50
wait-still
screenshot small.png
double 24 24
wait 0.5
wait-still
lose engine
drag 20 20 28 20
wait-still
screenshot lost.png
quit`
	run := func(shared bool) (*App, string) {
		dir := t.TempDir()
		steps, err := script.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		s := settings.Default()
		s.Samples = 2
		win := window.NewMemory(window.Options{Width: 60, Height: 46})
		a := New(Options{Window: win, Engine: demoField(t, shared), Settings: s, Script: steps, OutDir: dir, Context: ctx})
		if err := errors.Join(a.Run(), ctx.Err(), win.Close()); err != nil {
			t.Fatal(err)
		}
		return a, dir
	}
	a, host := run(false)
	b, device := run(true)
	if a.last.Stage != nil || b.last.Stage == nil || b.last.Color != nil {
		t.Fatalf("the picture is on the device: %v and %v, want false and true", a.last.Stage != nil, b.last.Stage != nil)
	}
	if a.status.Recovered != 1 || b.status.Recovered != 1 {
		t.Errorf("%d and %d devices were opened again, want 1", a.status.Recovered, b.status.Recovered)
	}
	for _, name := range []string{"shade.png", "alpha.png", "depth.png", "position.png", "cost.png", "normals.png", "slice.png", "truth.png", "error.png", "lit.png", "small.png", "lost.png", "picture-0001.png", "picture-0002.png"} {
		x, y := read(t, host, name), read(t, device, name)
		if flat(x) {
			t.Errorf("%s shows nothing", name)
		}
		// A byte is rounded once more on one of the ways; the sRGB curve's exponents differ by 1e-5.
		if d := difference(t, x, y); d > 0.5 {
			t.Errorf("%s differs by %g on average", name, d)
		}
	}
	if a.cam.Center() != b.cam.Center() {
		t.Errorf("a double click looks at %v and at %v", a.cam.Center(), b.cam.Center())
	}
}

// TestLastPictureStaysInSight: when the engine changes its device, the picture of the old one is seen until there is another.
func TestLastPictureStaysInSight(t *testing.T) {
	win := window.NewMemory(window.Options{Width: 40, Height: 30})
	a := New(Options{Window: win, Engine: demoField(t, true), Settings: settings.Default()})
	for end := time.Now().Add(3 * time.Minute); !a.staying(); time.Sleep(5 * time.Millisecond) {
		if a.request(); time.Now().After(end) {
			t.Fatal("no picture stays on the device")
		}
		a.collect()
	}
	a.view.panels = false
	if err := a.draw(); err != nil {
		t.Fatal(err)
	}
	a.attach(nil)
	a.message = ""
	a.baseStale = true
	if err := a.draw(); err != nil {
		t.Fatal(err)
	}
	if a.staying() || flat(imageio.FromImage(a.base)) {
		t.Error("the window is empty until the next picture comes")
	}
	a.resize()
	if a.frozen {
		t.Error("a picture of another size is kept")
	}
	if err := errors.Join(a.worker.Close(), win.Close()); err != nil {
		t.Fatal(err)
	}
}

// flat reports whether a picture has one colour only.
func flat(m *imageio.Image) bool {
	for _, p := range m.Pix {
		if p != m.Pix[0] {
			return false
		}
	}
	return true
}
