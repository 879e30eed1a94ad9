package render

import (
	"math"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/field/fieldtest"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/volume"
)

// cloudOf is a small cloud, the field of it with what a seed makes of its parameters, and its renderer.
func cloudOf(t *testing.T, d gpu.Device) (*volume.Medium, *field.Volume, *Volume) {
	t.Helper()
	m, err := cloudMedium(5)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("volume/small")
	if err != nil {
		t.Fatal(err)
	}
	f, err := field.NewVolume(d, c, m, volume.NewSky(m.Up), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Release)
	if err := f.SetParams(workloadParams(f.Layout, 5, 8, 16)); err != nil {
		t.Fatal(err)
	}
	r, err := NewVolume(d, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return m, f, r
}

// TestSliceOfDistances cuts a ball through its middle: it is blue inside, yellow outside and white at the surface.
func TestSliceOfDistances(t *testing.T) {
	d := host.Open(host.Options{})
	defer d.Close()
	const n = 192
	v := View{Camera: front(n), Mode: Slice, Slice: 1} // z = 0.5, where the picture is 2 wide
	f := renderField(t, d, ball, v, nil)
	// Linear interpolation between points h apart is off by h²/8 times the second derivatives, 2/r in all.
	const off = 1.0 / (fieldtest.Resolution - 1) / (fieldtest.Resolution - 1) / 8 * 2 / (ballRadius / 2)
	inside, outside, line := 0, 0, 0
	for i := range n * n {
		x, y := (float64(i%n)+0.5-n/2)*2/n+0.5, (float64(i/n)+0.5-n/2)*2/n+0.5
		c := f.Color[4*i : 4*i+4]
		if edge := max(math.Abs(x-0.5), math.Abs(y-0.5)); edge > 0.49 {
			if c[3] != 0 || f.Depth[i] != NoDepth {
				t.Fatalf("pixel %d lies outside the box and shows %v", i, c)
			}
			continue
		}
		if c[3] != 1 || math.Abs(float64(f.Depth[i])-1) > 1e-6 {
			t.Fatalf("pixel %d: alpha %v, depth %v", i, c[3], f.Depth[i])
		}
		switch truth := ball([3]float64{x, y, 0.5}); {
		case truth < -ballRadius/2: // near the middle the field is a cone's tip
		case truth < -kernels.PlaneLine-off:
			inside++
			if c[2] < 1.9*c[0] {
				t.Fatalf("pixel %d inside is %v", i, c)
			}
		case truth > kernels.PlaneLine+off:
			outside++
			if c[0] < 1.9*c[2] {
				t.Fatalf("pixel %d outside is %v", i, c)
			}
		case math.Abs(truth) < kernels.PlaneLine/4:
			line++
			if c[0] < 0.7 || c[2] < 0.7 { // white by three quarters and what the interpolation takes of it
				t.Fatalf("pixel %d on the surface is %v", i, c)
			}
		}
	}
	if inside < 1000 || outside < 5000 || line < 10 {
		t.Errorf("%d pixels inside, %d outside, %d on the surface", inside, outside, line)
	}
}

// TestSliceOfVolume cuts a volume of one density and colour: a network that ignores where it is.
func TestSliceOfVolume(t *testing.T) {
	d := host.Open(host.Options{})
	defer d.Close()
	_, f, r := cloudOf(t, d)
	params := make([]float32, f.Layout.Total)
	for i := f.Layout.NetworkParams; i < len(params); i++ {
		params[i] = 1
	}
	want := [4]float32{0.25, 0.5, 0.125, 0.75}
	for k, m := range f.Layout.Density.Matrices {
		params[m.Offset] = 1
		if k == len(f.Layout.Density.Matrices)-1 {
			for row, v := range want {
				params[m.Offset+row*m.Cols] = v
			}
		}
	}
	if err := f.SetParams(params); err != nil {
		t.Fatal(err)
	}
	const n = 16
	got, err := r.Render(View{Camera: front(n), Mode: Slice, Slice: 1})
	if err != nil {
		t.Fatal(err)
	}
	a := 1 - math.Exp(-f.Extinction*float64(want[3])*sheet)
	seen := 0
	for i := range n * n {
		x, y := (float64(i%n)+0.5-n/2)*2/n+0.5, (float64(i/n)+0.5-n/2)*2/n+0.5
		in := x > float64(f.Lo[0]) && x < float64(f.Hi[0]) && y > float64(f.Lo[1]) && y < float64(f.Hi[1])
		for k := range 4 {
			w := 0.0
			if in {
				if w = a; k < 3 {
					w *= imageio.LinearToSRGB(float64(want[k]))
				}
			}
			// The kernel's exponential and the division by alpha are good to a few roundoffs of values below 1.
			if g := float64(got.Color[4*i+k]); math.Abs(g-w) > 1e-5 {
				t.Fatalf("pixel %d channel %d: %g instead of %g", i, k, g, w)
			}
		}
		if in {
			seen++
		}
	}
	if seen < n || a < 0.05 || a > 0.95 {
		t.Errorf("%d pixels show the volume, opacity %g", seen, a)
	}
}
