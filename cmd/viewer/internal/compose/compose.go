// Package compose makes what the window shows on the device where the picture is, so that the picture never comes to the host:
// tone mapping, scaling, and the overlay over it.
package compose

import (
	"math"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
)

// Compositor owns the memory for one window on a device.
type Compositor struct {
	device                           gpu.Device
	display, overlay, extents, image gpu.Buffer
	truth                            gpu.Buffer  // nil until something is compared
	compared                         *look.Truth // what is in truth
}

// New makes a compositor; it takes memory when it is used.
func New(d gpu.Device) *Compositor { return &Compositor{device: d} }

// Device is where it composes.
func (c *Compositor) Device() gpu.Device { return c.device }

// Squares of the checkerboard, linear light as in package picture.
var squares = [2]float32{0.62, 0.48}

// looks is a style in the numbers of the kernel: on its background, and on either square of the checkerboard.
func looks(s look.Style) []kernels.Display {
	out := make([]kernels.Display, 3)
	for i := range out {
		back := s.Background
		if i > 0 {
			back = [3]float32{squares[i-1], squares[i-1], squares[i-1]}
		}
		d := &out[i]
		*d = kernels.Display{BackA: 1, Gain: float32(math.Exp2(s.Exposure)), LinearColors: 1}
		for k, to := range []*float32{&d.BackR, &d.BackG, &d.BackB} {
			*to = float32(imageio.SRGBToLinear(float64(back[k])))
		}
		switch s.Curve {
		case look.ACES:
			d.Curve = kernels.CurveACES
		case look.Hable:
			d.Curve = kernels.CurveHable
		case look.Reinhard:
			d.Curve = kernels.CurveReinhard
		}
	}
	return out
}

// modes are those of the kernel; a slice holds colours.
var modes = map[look.Mode]uint32{look.Shade: kernels.ScreenShade, look.Slice: kernels.ScreenShade, look.Alpha: kernels.ScreenAlpha, look.Depth: kernels.ScreenDepth,
	look.Normals: kernels.ScreenNormals, look.Position: kernels.ScreenPosition, look.Cost: kernels.ScreenCost}

// push is what the kernel is told about a picture.
func push(on engine.Staged, style look.Style, width, height int) kernels.ScreenPush {
	c := &on.Camera
	p := kernels.ScreenPush{Width: uint32(width), Height: uint32(height), SumsWidth: uint32(c.Width), SumsHeight: uint32(c.Height), Samples: uint32(max(1, on.Samples)), Mode: modes[style.Mode]}
	// Until the picture of another mode is there, the old one is shown as what it is.
	if normals := p.Mode == kernels.ScreenNormals; normals != on.Normals && (normals || p.Mode == kernels.ScreenShade) {
		if p.Mode = kernels.ScreenShade; on.Normals {
			p.Mode = kernels.ScreenNormals
		}
	}
	if style.Checker {
		p.Checker = uint32(max(1, c.Width/8))
	}
	ray := func(x, y float64) (o, d [3]float64) {
		o, d, _ = c.Ray(x, y)
		return o, d
	}
	o, d := ray(0, 0)
	_, r := ray(1, 0)
	_, b := ray(0, 1)
	p.EyeX, p.EyeY, p.EyeZ = float32(o[0]), float32(o[1]), float32(o[2])
	p.CornerX, p.CornerY, p.CornerZ = float32(d[0]), float32(d[1]), float32(d[2])
	p.RightX, p.RightY, p.RightZ = float32(r[0]-d[0]), float32(r[1]-d[1]), float32(r[2]-d[2])
	p.DownX, p.DownY, p.DownZ = float32(b[0]-d[0]), float32(b[1]-d[1]), float32(b[2]-d[2])
	return p
}

// Compose makes the picture of a stage under an overlay (premultiplied RGBA, width x height), with a truth unless that is nil,
// and returns the buffer that holds it, RGBA or with swap BGRA; the next Compose writes it again. nil: the stage shows nothing
// yet. A picture of another size than the one before may release the buffer, so nothing may read it then.
func (c *Compositor) Compose(s *engine.Stage, style look.Style, overlay []byte, truth *look.Truth, width, height int, swap bool) (gpu.Buffer, error) {
	if err := c.room(4*width*height, truth != nil); err != nil {
		return nil, err
	}
	shown, err := s.Look(func(sums gpu.Buffer, on engine.Staged) error {
		p := push(on, style, width, height)
		if swap {
			p.Swap = 1
		}
		rec := gpu.NewRecording("window")
		rec.Upload(c.display, 0, gpu.Bytes(looks(style)))
		rec.Upload(c.overlay, 0, overlay[:4*width*height])
		binds := kernels.ScreenBinds{Displays: gpu.All(c.display), Sums: gpu.All(sums), Overlay: gpu.All(c.overlay), Extents: gpu.All(c.extents), Truth: gpu.All(c.overlay), Image: gpu.All(c.image)}
		if truth != nil {
			if p.TruthMode, p.TruthAlpha = kernels.ScreenTruth, float32(truth.Alpha); truth.Error {
				p.TruthMode = kernels.ScreenError
			}
			if c.compared != truth {
				rec.Upload(c.truth, 0, truth.Pix[:4*width*height])
			}
			binds.Truth = gpu.All(c.truth)
		}
		if p.Mode == kernels.ScreenDepth || p.Mode == kernels.ScreenCost {
			kernels.RecordScreenExtents(rec, kernels.ScreenExtentsBinds{Sums: gpu.All(sums), Extents: gpu.All(c.extents)},
				kernels.ScreenExtentsPush{Count: p.SumsWidth * p.SumsHeight, Samples: p.Samples})
		}
		kernels.RecordScreen(rec, binds, p)
		err := c.device.Submit(rec)
		if c.compared = truth; err != nil {
			c.compared = nil
		}
		return err
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

// room takes the memory for a picture, and for one to compare with.
func (c *Compositor) room(bytes int, truth bool) error {
	if c.image != nil && c.image.Size() < bytes {
		c.Close()
	}
	for _, b := range []struct {
		to    *gpu.Buffer
		name  string
		bytes int
	}{{&c.display, "window's look", len(gpu.Bytes(make([]kernels.Display, 3)))}, {&c.overlay, "overlay", bytes}, {&c.extents, "extents", 12}, {&c.image, "window", bytes}, {&c.truth, "truth", bytes}} {
		if *b.to != nil || b.to == &c.truth && !truth {
			continue
		}
		if b.to == &c.truth {
			b.bytes = c.image.Size() // which lasts for as many sizes of the window
		}
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
	c.compared = nil
	for _, b := range []*gpu.Buffer{&c.display, &c.overlay, &c.extents, &c.image, &c.truth} {
		if *b != nil {
			(*b).Release()
			*b = nil
		}
	}
}
