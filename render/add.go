package render

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// sum is where Add collects samples on the device.
type sum struct {
	sums  gpu.Buffer
	at    int // of the picture's first pixel
	fresh bool
}

// SumBytes is the size of a pixel of the sums of Add.
const SumBytes = pixelBytes

// Add renders one sample of every pixel of a view in the mode Shade and adds it to sums (kernels.Pixel, in linear light and
// premultiplied), from pixel at on; nothing of the picture comes to the host. With fresh the sums begin with this sample,
// which gives the depth too: 0 where nothing is seen. The picture is shown by the kernel screen.
func (r *NeRF) Add(v View, sums gpu.Buffer, at int, fresh bool) error {
	if r.bits == nil {
		panic("render: Add before SetGrid or ShareGrid")
	}
	if v.Mode != Shade || v.SPP > 1 {
		panic("render: Add is for one sample of the mode shade")
	}
	w, h := v.Camera.Width, v.Camera.Height
	if err := checkSize(w, h); err != nil {
		return err
	}
	if need := SumBytes * (at + w*h); sums.Size() < need {
		panic(fmt.Sprintf("render: %d bytes for sums, %d are needed", sums.Size(), need))
	}
	if v.SPP = 1; v.MinTransmittance == 0 {
		v.MinTransmittance = 0.01
	}
	if err := r.choose(v.Levels); err != nil {
		return err
	}
	if err := r.prepare(w * h); err != nil {
		return err
	}
	r.sum = &sum{sums, at, fresh}
	defer func() { r.sum = nil }()
	return r.renderSamples(&Frame{Width: w, Height: h}, v)
}

// add adds finished pixels to the sums.
func (r *NeRF) add(pixels gpu.Buffer, first, count int) error {
	push := kernels.PixelsAddPush{First: uint32(r.sum.at + first), Count: uint32(count)}
	if r.sum.fresh {
		push.Fresh = 1
	}
	rec := gpu.NewRecording("add pixels")
	kernels.RecordPixelsAdd(rec, kernels.PixelsAddBinds{Pixels: gpu.All(pixels), Sums: gpu.All(r.sum.sums)}, push)
	return r.device.Submit(rec)
}
