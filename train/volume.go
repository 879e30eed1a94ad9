package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
)

// Volume is the training of a volume in progress (Müller et al. 2022, section 5.3): the host traces light through the
// medium for every step and uploads what volume.Sampler draws.
type Volume struct {
	*fit
	Field   *field.Volume
	Medium  *volume.Medium
	sampler volume.Sampler
}

// NewVolume prepares a training with fresh parameters on a medium in a light.
func NewVolume(d gpu.Device, m *volume.Medium, light volume.Light, opt FitOptions) (*Volume, error) {
	f, err := field.NewVolume(d, opt.Config, m, light, averages(opt.Config))
	if err != nil {
		return nil, err
	}
	t := &Volume{Field: f, Medium: m, sampler: volume.Sampler{Medium: m, Light: light}}
	if t.fit, err = newFit(d, f.Function, opt, func(*fit, *gpu.Recording) {}); err != nil {
		f.Release()
		return nil, err
	}
	t.drawOnHost(t.draw)
	if err := t.start(f.Save); err != nil {
		t.Release()
		return nil, err
	}
	return t, nil
}

// VolumeBatch is a batch that suits the device: what teaches a volume on a processor is the number of steps, since a parameter moves by a ten-thousandth in a step
// of the published settings, and paths are dear there.
func VolumeBatch(d gpu.Device) int {
	switch d.Info().Kind {
	case gpu.KindHost, gpu.KindSoftware:
		return 1 << 11
	}
	return referenceBatch
}

// draw traces samples and stores them.
func (t *Volume) draw(s *drawn, first, last int, rng *pcg32.Source) error {
	var room [chunk]volume.Sample
	samples := room[:last-first]
	t.sampler.Draw(samples, rng)
	for i, v := range samples {
		for k, x := range v.Position {
			s.points[k*s.stride+first+i] = x
		}
		for k, x := range v.Value {
			s.values[k*s.stride+first+i] = x
		}
	}
	return nil
}

// Snapshot is the field in instant-ngp's format; with resumable set, with all that continues the training bit by bit.
func (t *Volume) Snapshot(resumable bool) (*snapshot.Snapshot, error) {
	return t.fit.snapshot(resumable, t.Field.Save)
}

// Compare measures the field's density against the medium it is trained on.
func (t *Volume) Compare(n int) (float64, error) { return DensityPSNR(t.Field, t.Medium, n) }

// Release frees the training's memory and the field's.
func (t *Volume) Release() {
	t.fit.release()
	t.Field.Release()
}

// DensityPSNR compares the density of a field with that of a medium at n points spread evenly over the box: 10 log10 of
// the square of the largest density over the mean squared difference. Cells where the field knows that nothing is count
// as 0, as in rendering.
func DensityPSNR(f *field.Volume, m *volume.Medium, n int) (float64, error) {
	if n < 1 || n > 1<<24 {
		return 0, fmt.Errorf("%d points; 1 to %d are possible", n, 1<<24)
	}
	points := make([][3]float32, n)
	rng := pcg32.New(1)
	for i := range points {
		for k := range points[i] {
			points[i][k] = float32(m.Lo[k] + float64(rng.Float32())*(m.Hi[k]-m.Lo[k]))
		}
	}
	sum := 0.0
	err := f.Evaluate(n, func(i int, p []float32) { copy(p, points[i][:]) }, func(i int, v []float32) {
		p := points[i]
		density := 0.0
		if f.Occupied(p) {
			density = math.Max(float64(v[3]), 0)
		}
		d := density - m.Density([3]float64{float64(p[0]), float64(p[1]), float64(p[2])})
		sum += d * d
	})
	return 10 * math.Log10(m.Majorant*m.Majorant*float64(n)/sum), err
}
