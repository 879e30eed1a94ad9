package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene/imageio"
)

// scarce is a device that finds no memory for submissions while it is told so.
type scarce struct {
	gpu.Device
	full bool
}

func (s *scarce) Submit(r *gpu.Recording) error {
	if s.full {
		return fmt.Errorf("recording %s: %w", r.Name, gpu.ErrOutOfMemory)
	}
	return s.Device.Submit(r)
}

// TestOutOfMemory: a picture or a slice of training for which there is no memory is an error of one line that says so, and
// nothing else: with memory again the picture is the same one, and training goes on.
func TestOutOfMemory(t *testing.T) {
	m := imageio.New(24, 16)
	for i := range m.Pix {
		m.Pix[i] = imageio.Pack(uint8(10*(i%24)), uint8(15*(i/24)), 128, 255)
	}
	d := &scarce{}
	device := func() (gpu.Device, error) {
		*d = scarce{Device: host.Open(host.Options{Threads: 2})}
		return d, nil
	}
	for name, open := range map[string]func() (Engine, error){
		"radiance field": func() (Engine, error) {
			return NewNeRF(NeRFOptions{Device: device, Name: "small", Data: smallData(t), Config: "small", Seed: 3})
		},
		"picture": func() (Engine, error) {
			return NewFitted(FittedOptions{Name: "p.png", Picture: m, Device: device, Seed: 1})
		},
	} {
		e, err := open()
		if err != nil {
			t.Fatal(err)
		}
		p, err := e.Train(context.Background(), 10*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		before := seen(t, e)
		d.full = true
		err = e.Render(context.Background(), View{Camera: e.About().Home.Resized(16, 16), Region: Region{0, 16}}, &Frame{})
		if !errors.Is(err, gpu.ErrOutOfMemory) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: rendered without memory: %v", name, err)
		}
		if _, err = e.Train(context.Background(), time.Millisecond); !errors.Is(err, gpu.ErrOutOfMemory) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: trained without memory: %v", name, err)
		}
		d.full = false
		if !same(seen(t, e).Color, before.Color) {
			t.Errorf("%s: the picture is another one", name)
		}
		if q, err := e.Train(context.Background(), time.Millisecond); err != nil || q.Step <= p.Step {
			t.Errorf("%s: training goes on with step %d after %d: %v", name, q.Step, p.Step, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
