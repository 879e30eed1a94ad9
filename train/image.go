package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/metrics"
	"github.com/radia-go/radia/scene/snapshot"
)

// Image is the training of a picture in progress (Müller et al. 2022, section 5.1): each step draws pixels, one in each
// cell of a square lattice where the batch is a square number, and fits the field to their sRGB-encoded colours.
type Image struct {
	*fit
	Field   *field.Image
	picture *imageio.Image
	pixels  gpu.Buffer
	pool    *tilePool // instead of both, where the picture is in tiles
}

// NewImage prepares a training with fresh parameters on a picture.
func NewImage(d gpu.Device, picture *imageio.Image, opt FitOptions) (*Image, error) {
	if err := finite(picture); err != nil {
		return nil, err
	}
	f, err := field.NewImage(d, opt.Config, picture.Width, picture.Height, averages(opt.Config))
	if err != nil {
		return nil, err
	}
	t := &Image{Field: f, picture: picture}
	words := picture.Pix
	if picture.HDR() {
		words = make([]uint32, len(picture.Half)/2)
		for i := range words {
			words[i] = uint32(picture.Half[2*i]) | uint32(picture.Half[2*i+1])<<16
		}
	}
	if limit := d.Info().Limits.MaxBinding; int64(4*len(words)) > limit {
		return nil, fmt.Errorf("%w: the picture takes %d MiB and %v binds at most %d MiB at once; train on it in tiles", gpu.ErrTooLarge, 4*len(words)>>20, d.Info().Name, limit>>20)
	}
	if t.pixels, err = d.NewBuffer("picture", 4*len(words)); err != nil {
		return nil, err
	}
	r := gpu.NewRecording("upload picture")
	r.Upload(t.pixels, 0, gpu.Bytes(words))
	if err := d.Submit(r); err != nil {
		return nil, err
	}
	samples := kernels.ImageSamples{Count: opt.Batch, Capacity: kernels.SpreadCapacity(opt.Batch), Width: picture.Width, Height: picture.Height, Half: picture.HDR(), Seed: opt.Seed}
	opt.Sampling.apply(&samples)
	if t.fit, err = newFit(d, f.Function, opt, func(t2 *fit, r *gpu.Recording) {
		samples.Record(r, kernels.ImageSamplesBinds{Image: gpu.All(t.pixels), Schedule: gpu.All(t2.schedule), Positions: gpu.All(t2.positions), Targets: gpu.All(t2.targets)})
	}); err != nil {
		return nil, err
	}
	if err := t.start(f.Save); err != nil {
		t.Release()
		return nil, err
	}
	return t, nil
}

// finite refuses pictures that are empty or whose pixels are infinite or not numbers: one would spoil every parameter.
func finite(m *imageio.Image) error {
	if m.Width < 1 || m.Height < 1 || m.Width > 1<<22 || m.Height > 1<<22 {
		return fmt.Errorf("a picture of %d x %d pixels cannot be trained on", m.Width, m.Height)
	}
	for i, h := range m.Half {
		if h&0x7c00 == 0x7c00 {
			return fmt.Errorf("pixel (%d, %d) is not finite", i/4%m.Width, i/4/m.Width)
		}
	}
	return nil
}

// ImageBatch is a batch that suits the device and is a square number.
func ImageBatch(d gpu.Device) int {
	switch d.Info().Kind {
	case gpu.KindHost, gpu.KindSoftware:
		return 1 << 14
	}
	return referenceBatch
}

// Snapshot is the field in instant-ngp's format; with resumable set, with all that continues the training bit by bit.
func (t *Image) Snapshot(resumable bool) (*snapshot.Snapshot, error) {
	s, err := t.fit.snapshot(resumable, t.Field.Save)
	if err == nil && resumable {
		if t.opt.Sampling != Stratified {
			s.Radia.State[samplingKey] = string(t.opt.Sampling)
		}
		if t.pool != nil {
			s.Radia.State[tileKey] = int64(len(t.pool.slots))
		}
	}
	return s, err
}

// PSNR compares the field with the whole picture, which must be in memory.
func (t *Image) PSNR() (float64, error) {
	if t.picture == nil {
		return 0, errors.New("a picture in tiles cannot be compared as a whole")
	}
	return ImagePSNR(t.Field, t.picture)
}

// ImagePSNR compares a field with a whole picture at the centres of its pixels: both in sRGB over black, in 8 bits.
func ImagePSNR(f *field.Image, picture *imageio.Image) (float64, error) {
	pix, err := f.Render(field.Window{X1: 1, Y1: 1}, picture.Width, picture.Height)
	if err != nil {
		return math.NaN(), err
	}
	return metrics.PSNR(&metrics.RGB{Width: picture.Width, Height: picture.Height, Pix: pix}, metrics.FromImage(picture, [3]float32{}))
}

// Release frees the training's memory and the field's.
func (t *Image) Release() {
	t.fit.release()
	if t.pixels != nil {
		t.pixels.Release()
	}
	t.Field.Release()
}
