package render

import (
	"fmt"
	"math"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene/volume"
)

// workloadEdge is the edge of the pictures that devices are compared by.
const workloadEdge = 64

// The twelve workloads of Mubarik et al. 2023: four applications, three encodings.
var (
	applications = []string{"nerf", "sdf", "image", "volume"}
	encodings    = []string{"", "-densegrid", "-densegrid_1res"}
)

// workloadParams draws weights as for a start and features of at most steep over the resolution of their level, as those of
// trained fields fall: a distance that changes by more than 1 per unit of length would send rays through the surface. The
// last weights are spread, so that densities and colours are not all alike.
func workloadParams(l *config.Layout, seed uint64, steep, spread float32) []float32 {
	params := l.Init(uint32(seed))
	rng := pcg32.New(seed)
	for _, g := range l.Position.Grids {
		for _, level := range g.Levels {
			amplitude := min(0.5, steep/float32(level.Resolution))
			first := g.Offset + int(level.Offset)*g.FeaturesPerLevel
			for i := range int(level.Size) * g.FeaturesPerLevel {
				params[first+i] = 2 * amplitude * (rng.Float32() - 0.5)
			}
		}
	}
	for _, m := range []*config.MLP{&l.Density, l.RGB} {
		if m == nil {
			continue
		}
		last := m.Matrices[len(m.Matrices)-1]
		for i := range last.Rows * last.Cols {
			params[last.Offset+i] *= spread
		}
	}
	return params
}

// lost is a planted fault: the first feature of the coarsest level is 0.
func lost(l *config.Layout, params []float32) {
	g := l.Position.Grids[0]
	level := g.Levels[0]
	first := g.Offset + int(level.Offset)*g.FeaturesPerLevel
	for i := range int(level.Size) {
		params[first+i*g.FeaturesPerLevel] = 0
	}
}

// workloadPicture renders a workload with seeded weights; fault, where there is one, changes them.
func workloadPicture(d gpu.Device, application, preset string, fault func(*config.Layout, []float32)) ([]float32, error) {
	c, err := config.Load(preset)
	if err != nil {
		return nil, err
	}
	const seed = 5
	fill := func(l *config.Layout, set func([]float32) error, steep, spread float32) error {
		params := workloadParams(l, seed, steep, spread)
		if fault != nil {
			fault(l, params)
		}
		return set(params)
	}
	v := View{Camera: testCamera(workloadEdge, workloadEdge), MinTransmittance: ExactTransmittance}
	switch application {
	case "nerf":
		f, err := field.NewNeRF(d, c, 1, field.NeRFOptions{})
		if err != nil {
			return nil, err
		}
		defer f.Release()
		if err := fill(f.Layout, f.SetParams, 8, 48); err != nil {
			return nil, err
		}
		r, err := newNeRF(d, f, middle, 1024)
		if err != nil {
			return nil, err
		}
		defer r.Release()
		if err := r.SetGrid(everywhere()); err != nil {
			return nil, err
		}
		return colors(r.Render(v))
	case "sdf":
		f, err := field.NewSDF(d, c, false)
		if err != nil {
			return nil, err
		}
		defer f.Release()
		if err := fill(f.Layout, f.SetParams, 1, 1); err != nil {
			return nil, err
		}
		r, err := NewSDF(d, f)
		if err != nil {
			return nil, err
		}
		defer r.Release()
		r.SetBox(middle)
		return colors(r.Render(v))
	case "image":
		f, err := field.NewImage(d, c, 1024, 1024, false)
		if err != nil {
			return nil, err
		}
		defer f.Release()
		if err := fill(f.Layout, f.SetParams, 8, 16); err != nil {
			return nil, err
		}
		return f.Render(field.Window{X1: 1, Y1: 1}, workloadEdge, workloadEdge)
	}
	m, err := cloudMedium(seed)
	if err != nil {
		return nil, err
	}
	f, err := field.NewVolume(d, c, m, volume.NewSky(m.Up), false)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	if err := fill(f.Layout, f.SetParams, 8, 16); err != nil {
		return nil, err
	}
	r, err := NewVolume(d, f)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	return colors(r.Render(v))
}

func cloudMedium(seed uint64) (*volume.Medium, error) {
	cloud, err := volume.Cloud(32, seed)
	if err != nil {
		return nil, err
	}
	return volume.NewMedium(cloud)
}

func colors(f *Frame, err error) ([]float32, error) {
	if err != nil {
		return nil, err
	}
	return f.Color, nil
}

// workloadsApart lets one pixel in a thousand differ by more than 1/255. Values of the same point differ by roundings of
// sums of at most 64 products, far below 1/255 in every colour, where networks are computed in fp32; but a ray that grazes a surface, or ends at the least
// transmittance, may end elsewhere on another device, and no bound holds for what it sees there.
func workloadsApart(a, b []float32, channels int) error {
	apart, pixels, example := 0, len(a)/channels, ""
	for p := range pixels {
		for k := range channels {
			x, y := a[p*channels+k], b[p*channels+k]
			if d := math.Abs(float64(x - y)); !(d <= 1.0/255) {
				apart++
				example = fmt.Sprintf("pixel %d, channel %d: %v and %v", p, k, x, y)
				break
			}
		}
	}
	if 1000*apart > pixels {
		return fmt.Errorf("%d of %d pixels differ by more than 1/255, such as %s", apart, pixels, example)
	}
	return nil
}

// Every workload makes one picture on all devices, which a lost feature changes.
func TestWorkloadPictures(t *testing.T) {
	device := openHost(t, false)
	wanted := map[string][]float32{}
	channels := map[string]int{"nerf": 4, "sdf": 4, "image": 3, "volume": 4}
	for _, application := range applications {
		for _, encoding := range encodings {
			preset := application + "/ngpc-2022" + encoding
			want, err := workloadPicture(device, application, preset, nil)
			if err != nil {
				t.Fatalf("%s: %v", preset, err)
			}
			wanted[preset] = want
			wrong, err := workloadPicture(device, application, preset, lost)
			if err != nil {
				t.Fatalf("%s: %v", preset, err)
			}
			if workloadsApart(wrong, want, channels[application]) == nil {
				t.Errorf("%s: a lost feature is not noticed", preset)
			}
		}
	}
	if t.Failed() {
		return
	}
	t.Run("vulkan", func(t *testing.T) {
		for _, application := range applications {
			d := openVulkan(t)
			if application != "nerf" && d.Info().Kind != gpu.KindSoftware { // fp16 moves surfaces by more than a few roundings
				d = openForm(t, "portable")
			}
			for _, encoding := range encodings {
				preset := application + "/ngpc-2022" + encoding
				got, err := workloadPicture(d, application, preset, nil)
				if err != nil {
					t.Fatalf("%s: %v", preset, err)
				}
				if err := workloadsApart(got, wanted[preset], channels[application]); err != nil {
					t.Errorf("%s: %v", preset, err)
				}
			}
		}
	})
}
