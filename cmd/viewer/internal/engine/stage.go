package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
)

// Adder is an engine whose pictures can stay on its device, About.Hardware, whatever they show.
type Adder interface {
	// Add renders one sample per pixel of a view's region, as Render does, and adds it to sums from pixel at on; fresh begins
	// the sums.
	Add(ctx context.Context, v View, sums gpu.Buffer, at int, fresh bool) error
}

// keepThere renders a view of what is in a box into sums.
func keepThere(ctx context.Context, r renderer, b Box, v View, sums gpu.Buffer, at int, fresh bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.Add(prepare(r, b, v), sums, at, fresh)
}

// Add implements Adder.
func (n *NeRF) Add(ctx context.Context, v View, sums gpu.Buffer, at int, fresh bool) error {
	if n.renderer == nil {
		return errGone
	}
	return keepThere(ctx, n.renderer, n.box, v, sums, at, fresh)
}

// Add implements Adder.
func (f *Fitted) Add(ctx context.Context, v View, sums gpu.Buffer, at int, fresh bool) error {
	if f.subject == nil {
		return errGone
	}
	return keepThere(ctx, f.subject.renderer, f.subject.box, v, sums, at, fresh)
}

// Stage holds the picture that the window shows on the engine's device: the worker puts pictures there, and the window's
// goroutine looks at them.
type Stage struct {
	Device gpu.Device

	mu          sync.Mutex
	work, shown gpu.Buffer // sums of samples, kernels.Pixel
	on          Staged     // shown
}

// Staged says what the sums of a stage show.
type Staged struct {
	Camera  scene.Camera // of the picture, with its size
	Samples int
	Normals bool // the colours are normals, 0 to 1
}

// room makes work large enough for n pixels; what was in it is lost.
func (s *Stage) room(n int) error {
	if s.work != nil && s.work.Size() >= render.SumBytes*n {
		return nil
	}
	return s.again(&s.work, "picture in work", n)
}

func (s *Stage) again(b *gpu.Buffer, name string, n int) error {
	if *b != nil {
		(*b).Release()
		*b = nil
	}
	fresh, err := s.Device.NewBuffer(name, render.SumBytes*n)
	if err == nil {
		*b = fresh
	}
	return err
}

// publish shows what is in work.
func (s *Stage) publish(on Staged) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := on.Camera.PixelCount()
	if s.shown == nil || s.shown.Size() < render.SumBytes*n {
		if err := s.again(&s.shown, "picture", n); err != nil {
			return err
		}
	}
	rec := gpu.NewRecording("publish picture")
	rec.Copy(s.shown, 0, s.work, 0, render.SumBytes*n)
	s.on = on
	return s.Device.Submit(rec)
}

// Look calls f with the sums of the picture that is shown; there they stay until it returns. It returns false where nothing is
// shown.
func (s *Stage) Look(f func(sums gpu.Buffer, on Staged) error) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil {
		return false, nil
	}
	return true, f(s.shown, s.on)
}

// Probe reads one pixel of the picture that is shown, at a place that runs from 0 to 1 along its edges: its depth, 0 where
// nothing is seen, and its opacity.
func (s *Stage) Probe(u, v float64) (depth, alpha float32, err error) {
	pixel := make([]kernels.Pixel, 1)
	_, err = s.Look(func(sums gpu.Buffer, on Staged) error {
		width, height := on.Camera.Width, on.Camera.Height
		x, y := min(max(int(u*float64(width)), 0), width-1), min(max(int(v*float64(height)), 0), height-1)
		rec := gpu.NewRecording("probe")
		rec.Download(sums, render.SumBytes*(y*width+x), gpu.Bytes(pixel))
		err := s.Device.Submit(rec)
		depth, alpha = pixel[0].Depth, pixel[0].A/float32(max(1, on.Samples))
		return err
	})
	return depth, alpha, err
}

// Read brings the picture to the host, for a file.
func (s *Stage) Read() (*Frame, error) {
	var f Frame
	any, err := s.Look(func(sums gpu.Buffer, on Staged) error {
		pixels := make([]kernels.Pixel, on.Camera.PixelCount())
		rec := gpu.NewRecording("read picture")
		rec.Download(sums, 0, gpu.Bytes(pixels))
		if err := s.Device.Submit(rec); err != nil {
			return err
		}
		f.Resize(on.Camera.Width, on.Camera.Height, true)
		f.Normals = on.Normals
		k := 1 / float32(max(1, on.Samples))
		for i, p := range pixels {
			copy(f.Color[4*i:], []float32{p.R * k, p.G * k, p.B * k, p.A * k})
			f.Depth[i], f.Cost[i] = p.Depth, p.Cost*k
		}
		return nil
	})
	if err == nil && !any {
		err = errors.New("nothing is shown yet")
	}
	return &f, err
}

// cropped is the part of b in c, or all of it where c is empty.
func cropped(b, c Box) Box {
	if c.Lo != c.Hi {
		for k := range 3 {
			b.Lo[k], b.Hi[k] = max(b.Lo[k], c.Lo[k]), min(b.Hi[k], c.Hi[k])
		}
	}
	return b
}
