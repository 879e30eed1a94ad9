package render

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// sum is where Add collects samples on the device.
type sum struct {
	sums   gpu.Buffer
	at     int // of the picture's first pixel
	fresh  bool
	linear bool // the pixels' colours are not sRGB-encoded, or are none
}

// SumBytes is the size of a pixel of the sums of Add.
const SumBytes = pixelBytes

// summing checks a picture for Add and fills in the view's defaults.
func summing(v *View, sums gpu.Buffer, at int, fresh, linear bool) (*sum, error) {
	w, h := v.size()
	if v.SPP > 1 {
		panic("render: Add is for one sample")
	}
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	if need := SumBytes * (at + w*h); sums.Size() < need {
		panic(fmt.Sprintf("render: %d bytes for sums, %d are needed", sums.Size(), need))
	}
	if v.SPP = 1; v.MinTransmittance == 0 {
		v.MinTransmittance = 0.01
	}
	return &sum{sums, at, fresh, linear}, nil
}

// add adds count finished pixels, from pixel `first` of the picture on, to the sums.
func (s *sum) add(d gpu.Device, pixels gpu.Buffer, first, count int) error {
	push := kernels.PixelsAddPush{First: uint32(s.at + first), Count: uint32(count)}
	if s.fresh {
		push.Fresh = 1
	}
	if s.linear {
		push.LinearColors = 1
	}
	rec := gpu.NewRecording("add pixels")
	kernels.RecordPixelsAdd(rec, kernels.PixelsAddBinds{Pixels: gpu.All(pixels), Sums: gpu.All(s.sums)}, push)
	return d.Submit(rec)
}

// Add renders one sample of every pixel of a view in the modes Shade, Slice and Normals and adds it to sums (kernels.Pixel,
// premultiplied; colours in linear light, normals as they are, 0 to 1), from pixel at on; nothing of the picture comes to the
// host. With fresh the sums begin with this sample, which gives the depth too: 0 where nothing is seen. The picture is shown by
// the kernel screen.
func (r *NeRF) Add(v View, sums gpu.Buffer, at int, fresh bool) error {
	if r.bits == nil {
		panic("render: Add before SetGrid or ShareGrid")
	}
	if v.Mode != Shade && v.Mode != Slice && v.Mode != Normals {
		panic("render: Add of a radiance field is for the modes shade, slice and normals")
	}
	s, err := summing(&v, sums, at, fresh, v.Mode == Normals)
	if err != nil {
		return err
	}
	w, h := v.size()
	if err := r.choose(&r.tiles, r.field, r.field.Layout.Total, v.Levels); err != nil {
		return err
	}
	if err := r.prepare(w * h); err != nil {
		return err
	}
	r.sum = s
	defer func() { r.sum = nil }()
	return r.renderSamples(v.outline(), v)
}

// Add is NeRF.Add of a distance field in the modes Shade and Normals; normals are added as they are, 0 to 1.
func (r *SDF) Add(v View, sums gpu.Buffer, at int, fresh bool) error {
	if v.Mode != Shade && v.Mode != Normals && v.Mode != Slice {
		panic("render: Add of a distance field is for the modes shade, normals and slice")
	}
	s, err := summing(&v, sums, at, fresh, v.Mode == Normals)
	if err != nil {
		return err
	}
	r.sum = s
	defer func() { r.sum = nil }()
	return r.renderSample(v.outline(), v, v.First, fresh)
}

// Add is NeRF.Add of a volume without light behind it, in the modes Shade and Slice.
func (r *Volume) Add(v View, sums gpu.Buffer, at int, fresh bool) error {
	if v.Mode != Shade && v.Mode != Slice || r.Behind != nil {
		panic("render: Add of a volume is for the modes shade and slice without light behind")
	}
	s, err := summing(&v, sums, at, fresh, true)
	if err != nil {
		return err
	}
	r.sum = s
	defer func() { r.sum = nil }()
	return r.renderSample(v.outline(), v, v.First, fresh)
}
