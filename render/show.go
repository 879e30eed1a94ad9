package render

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// Shown is a picture as a screen shows it, made on the device to the last byte.
type Shown struct {
	Width, Height int
	Pix           []uint32 // RGBA, red in the low byte
	// Rays, Evaluated and RayPasses are as in Frame.
	Rays, Evaluated, RayPasses int64
}

// Show renders one sample per pixel in colour over a background, and brings only the finished bytes to the host.
func (r *NeRF) Show(v View, d kernels.Display) (*Shown, error) {
	if r.bits == nil {
		panic("render: Show before SetGrid or ShareGrid")
	}
	w, h := v.Camera.Width, v.Camera.Height
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	if limit := r.device.Info().Limits.MaxBinding; int64(4*w*h) > limit {
		return nil, fmt.Errorf("%w: a picture of %d x %d takes %d MiB and %v binds at most %d MiB at once", gpu.ErrTooLarge, w, h, 4*w*h>>20, r.device.Info().Name, limit>>20)
	}
	if v.Mode != Shade || v.SPP > 1 || v.Band != (Band{}) {
		panic("render: Show is for one sample of the mode shade, of a whole picture")
	}
	if v.SPP = 1; v.MinTransmittance == 0 {
		v.MinTransmittance = 0.01
	}
	if err := r.choose(&r.tiles, r.field, r.field.Layout.Total, v.Levels); err != nil {
		return nil, err
	}
	if err := r.screen(w * h); err != nil {
		return nil, err
	}
	if err := r.prepare(w * h); err != nil {
		return nil, err
	}
	r.shown = &Shown{Width: w, Height: h, Pix: make([]uint32, w*h), Rays: int64(w * h)}
	defer func() { r.shown = nil }()
	rec := gpu.NewRecording("screen")
	rec.Upload(r.display, 0, gpu.Bytes([]kernels.Display{d}))
	rec.Fill(r.image, 0, 4*w*h, d.Empty())
	if err := r.device.Submit(rec); err != nil {
		return nil, err
	}
	f := v.outline()
	if err := r.renderSamples(f, v); err != nil {
		return nil, err
	}
	s := r.shown
	s.Evaluated, s.RayPasses = f.Evaluated, f.RayPasses
	rec = gpu.NewRecording("read screen")
	rec.Download(r.image, 0, gpu.Bytes(s.Pix))
	return s, r.device.Submit(rec)
}

// screen takes the memory for n shown pixels.
func (r *NeRF) screen(n int) error {
	if r.display == nil {
		if err := r.allocate(sized{&r.display, "display", len(gpu.Bytes(make([]kernels.Display, 1)))}); err != nil {
			return err
		}
	}
	if r.image != nil && r.image.Size() >= 4*n {
		return nil
	}
	r.free(&r.image)
	return r.allocate(sized{&r.image, "shown pixels", 4 * n})
}

// show writes the bytes of a finished tile, where frame_post has not done so.
func (r *NeRF) show(first, count int) error {
	if r.stages == Joined {
		return nil
	}
	rec := gpu.NewRecording("show tile")
	kernels.RecordDisplay(rec, kernels.DisplayBinds{Displays: gpu.All(r.display), Pixels: gpu.All(r.pixels), Image: gpu.All(r.image)},
		kernels.DisplayPush{First: uint32(first), Count: uint32(count)})
	return r.device.Submit(rec)
}
