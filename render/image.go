package render

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// Image renders a picture's field as a sheet in space: in the plane z = 1/2 of the scene's cube, its longer edge of length 1
// and its middle in the cube's, x to the right and y down. Where the ray of a pixel meets the sheet, the field is evaluated.
type Image struct {
	tiles
	field *field.Image

	samples, features, outputs, counts gpu.Buffer
	chosen
}

// NewImage prepares rendering of a field.
func NewImage(d gpu.Device, f *field.Image) (*Image, error) {
	n := 1 << 18
	if k := d.Info().Kind; k == gpu.KindHost || k == gpu.KindSoftware {
		n = kernels.SpreadCapacity(1 << 14)
	}
	m := f.MLP()
	for int64(n)*4*int64(max(m.In, m.Out, 10)) > d.Info().Limits.MaxBinding {
		n /= 2
	}
	r := &Image{tiles: tiles{device: d, box: [2][3]float32{{0, 0, 0}, {1, 1, 1}}, tile: n, opaque: 0.2}, field: f}
	return r, r.allocate(append(r.rayBuffers(),
		sized{&r.samples, "places", 7 * 4 * n},
		sized{&r.features, "features", 4 * n * m.In},
		sized{&r.outputs, "colours", 4 * n * m.Out},
		sized{&r.counts, "count", 4})...)
}

// Edges are the lengths of the sheet's edges.
func (r *Image) Edges() (width, height float32) {
	w, h := float32(r.field.Width), float32(r.field.Height)
	longest := max(w, h)
	return w / longest, h / longest
}

// Render makes one picture.
func (r *Image) Render(v View) (*Frame, error) {
	return renderSamples(v, r.renderSample)
}

// Add is NeRF.Add of a picture, in the mode Shade.
func (r *Image) Add(v View, sums gpu.Buffer, at int, fresh bool) error {
	if v.Mode != Shade {
		panic("render: Add of a picture is for the mode shade")
	}
	s, err := summing(&v, sums, at, fresh, false)
	if err != nil {
		return err
	}
	r.sum = s
	defer func() { r.sum = nil }()
	return r.renderSample(v.outline(), v, v.First, fresh)
}

// renderSample renders one sample of every pixel.
func (r *Image) renderSample(f *Frame, v View, sample int, fresh bool) error {
	if err := r.choose(&r.tiles, r.field, r.field.Layout.Total, v.Levels); err != nil {
		return err
	}
	if err := r.begin(v, sample); err != nil {
		return err
	}
	return eachTile(f, v, r.tile, func(first, count int) error { return r.renderTile(f, v, first, count, fresh) })
}

// renderTile draws count pixels from first and adds them to the frame.
func (r *Image) renderTile(f *Frame, v View, first, count int, fresh bool) error {
	w, h := r.Edges()
	lo, hi := r.box[0], r.box[1]
	from := [2]float32{0.5 - w/2, 0.5 - h/2}
	rec := gpu.NewRecording("sheet")
	r.cameraRays(rec, v, kernels.StepLaw{}, first, count)
	rec.Upload(r.counts, 0, gpu.Bytes([]uint32{uint32(count)}))
	kernels.PlanePoints(rec, kernels.PlanePointsBinds{Rays: gpu.All(r.rays), Samples: gpu.All(r.samples), Pixels: gpu.All(r.pixels)},
		kernels.PlanePointsPush{Count: uint32(count), Capacity: uint32(r.tile), FixedZ: 1, Distance: 0.5, Thickness: 1, Near: v.NearDistance,
			LoX: max(lo[0], from[0]), LoY: max(lo[1], from[1]), LoZ: lo[2], HiX: min(hi[0], from[0]+w), HiY: min(hi[1], from[1]+h), HiZ: hi[2],
			FromX: from[0], FromY: from[1], InvX: 1 / w, InvY: 1 / h, InvZ: 1})
	r.field.Forward(rec, r.params, kernels.Batch{Capacity: r.tile, Counts: gpu.All(r.counts)}, gpu.All(r.samples), gpu.All(r.features), gpu.All(r.outputs), gpu.Bind{})
	kernels.PlaneColors(rec, kernels.PlaneColorsBinds{Samples: gpu.All(r.samples), Raw: gpu.All(r.outputs), Pixels: gpu.All(r.pixels)},
		kernels.PlaneColorsPush{Count: uint32(count), Capacity: uint32(r.tile), Colors: kernels.PlaneOpaque})
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	return r.collect(f, first, count, fresh)
}
