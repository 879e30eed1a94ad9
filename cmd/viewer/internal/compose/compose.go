// Package compose makes what the window shows on the device where the picture is, so that the picture never comes to the host:
// tone mapping, scaling, and the overlay over it.
package compose

import (
	"math"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/picture"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
)

// Compositor owns the memory for one window on a device.
type Compositor struct {
	device                  gpu.Device
	display, overlay, image gpu.Buffer
}

// New makes a compositor; it takes memory when it is used.
func New(d gpu.Device) *Compositor { return &Compositor{device: d} }

// Device is where it composes.
func (c *Compositor) Device() gpu.Device { return c.device }

// Can reports whether a style is one that the compositor knows: colours and opacity over one colour.
func Can(s picture.Style) bool {
	return !s.Checker && (s.Mode == picture.Shade || s.Mode == picture.Alpha)
}

// look is a style in the numbers of the kernel.
func look(s picture.Style) kernels.Display {
	d := kernels.Display{BackA: 1, Gain: float32(math.Exp2(s.Exposure)), LinearColors: 1}
	for k, to := range []*float32{&d.BackR, &d.BackG, &d.BackB} {
		*to = float32(imageio.SRGBToLinear(float64(s.Background[k])))
	}
	switch s.Curve {
	case picture.ACES:
		d.Curve = kernels.CurveACES
	case picture.Hable:
		d.Curve = kernels.CurveHable
	case picture.Reinhard:
		d.Curve = kernels.CurveReinhard
	}
	return d
}

// Compose makes the picture of a stage under an overlay (premultiplied RGBA, width x height), and returns the buffer that holds
// it, RGBA or with swap BGRA; the next Compose writes it again. nil: the stage shows nothing yet. A picture of another size
// than the one before may release the buffer, so nothing may read it then.
func (c *Compositor) Compose(s *engine.Stage, style picture.Style, overlay []byte, width, height int, swap bool) (gpu.Buffer, error) {
	if err := c.room(4 * width * height); err != nil {
		return nil, err
	}
	shown, err := s.Look(func(sums gpu.Buffer, w, h, samples int) error {
		p := kernels.ScreenPush{Width: uint32(width), Height: uint32(height), SumsWidth: uint32(w), SumsHeight: uint32(h), Samples: uint32(max(1, samples))}
		if style.Mode == picture.Alpha {
			p.AlphaOnly = 1
		}
		if swap {
			p.Swap = 1
		}
		rec := gpu.NewRecording("window")
		rec.Upload(c.display, 0, gpu.Bytes([]kernels.Display{look(style)}))
		rec.Upload(c.overlay, 0, overlay[:4*width*height])
		kernels.RecordScreen(rec, kernels.ScreenBinds{Displays: gpu.All(c.display), Sums: gpu.All(sums), Overlay: gpu.All(c.overlay), Image: gpu.All(c.image)}, p)
		return c.device.Submit(rec)
	})
	if err != nil || !shown {
		return nil, err
	}
	return c.image, nil
}

// Read brings a composed picture to the host.
func (c *Compositor) Read(pix []byte) error {
	rec := gpu.NewRecording("read window")
	rec.Download(c.image, 0, pix)
	return c.device.Submit(rec)
}

func (c *Compositor) room(bytes int) error {
	if c.image != nil && c.image.Size() >= bytes {
		return nil
	}
	c.Close()
	for _, b := range []struct {
		to    *gpu.Buffer
		name  string
		bytes int
	}{{&c.display, "window's look", len(gpu.Bytes(make([]kernels.Display, 1)))}, {&c.overlay, "overlay", bytes}, {&c.image, "window", bytes}} {
		made, err := c.device.NewBuffer(b.name, b.bytes)
		if err != nil {
			c.Close()
			return err
		}
		*b.to = made
	}
	return nil
}

// Close frees the memory.
func (c *Compositor) Close() {
	for _, b := range []*gpu.Buffer{&c.display, &c.overlay, &c.image} {
		if *b != nil {
			(*b).Release()
			*b = nil
		}
	}
}
