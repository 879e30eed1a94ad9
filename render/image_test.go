package render

import (
	"fmt"
	"math"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// sheetOf is the field of a picture of 8 x 4 pixels with what a seed makes of its parameters, with its renderer.
func sheetOf(t *testing.T, d gpu.Device) (*field.Image, *Image) {
	t.Helper()
	c, err := config.Load("image/base")
	if err != nil {
		t.Fatal(err)
	}
	m, err := field.NewImage(d, c, 8, 4, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Release)
	params := m.Layout.Init(3)
	for i := m.Layout.NetworkParams; i < len(params); i++ {
		params[i] *= 1e4 // of a table that was trained, ±1, so that colours differ from place to place
	}
	if err := m.SetParams(params); err != nil {
		t.Fatal(err)
	}
	r, err := NewImage(d, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return m, r
}

// squarely is a camera at the origin's side that sees just the sheet, whose height is a half of its width, a pixel in a pixel.
func squarely(width int) scene.Camera {
	const distance = 1.25
	f := float32(distance * float64(width))
	return scene.Camera{Width: width, Height: width / 2, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5},
		Pose: mgl32.Mat3x4FromCols(mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{0.5, 0.5, 0.5 - distance})}
}

// sheet compares a frame of the sheet, seen squarely and moved sideways by a part of its width, with the field itself.
func sameSheet(d gpu.Device, m *field.Image, f *Frame, aside float64) error {
	want, err := m.Render(field.Window{X0: aside, X1: 1 + aside, Y1: 1}, f.Width, f.Height)
	if err != nil {
		return err
	}
	for i := range f.Depth {
		x := (float64(i%f.Width)+0.5)/float64(f.Width) + aside
		depth, alpha := float32(1.25), float32(1)
		if x < 0 || x > 1 {
			depth, alpha = NoDepth, 0
		}
		if math.Abs(float64(f.Depth[i]-depth)) > 1e-6 || f.Color[4*i+3] != alpha {
			return fmt.Errorf("pixel %d: depth %v and opacity %v, want %v and %v", i, f.Depth[i], f.Color[4*i+3], depth, alpha)
		}
		for k := range 3 {
			w := alpha * min(max(want[3*i+k], 0), 1)
			// The places differ by a few roundings, 2e-7 of the picture, and interpolation in the finest level, of no more than 16
			// cells for so small a picture, has features of at most 1 through weights of about 1: a slope of some tens. In fp16 a
			// value that so moves over the middle between two halves is off by 2^-10, in each of three layers.
			near := 2e-5
			if form := d.Stats()["mlp_forward"].Variant; form == "coop" || form == "packed" {
				near += 3 * 0x1p-10
			}
			if math.Abs(float64(f.Color[4*i+k]-w)) > near {
				return fmt.Errorf("pixel %d channel %d: %v, want %v", i, k, f.Color[4*i+k], w)
			}
		}
	}
	return nil
}

func TestImageSheet(t *testing.T) {
	onDevices(t, func(t *testing.T, d gpu.Device) {
		m, r := sheetOf(t, d)
		f, err := r.Render(View{Camera: squarely(16)})
		if err != nil {
			t.Fatal(err)
		}
		if err := sameSheet(d, m, f, 0); err != nil {
			t.Error(err)
		}
		if sameSheet(d, m, f, 0.25) == nil {
			t.Error("planted fault: a sheet a quarter aside is accepted")
		}
		aside := squarely(16)
		aside.Pose.Set(0, 3, 0.75)
		if f, err = r.Render(View{Camera: aside, NearDistance: 0.5}); err != nil {
			t.Fatal(err)
		}
		if err := sameSheet(d, m, f, 0.25); err != nil {
			t.Errorf("from aside: %v", err)
		}
		if f, err = r.Render(View{Camera: aside, NearDistance: 1.3}); err != nil || f.Color[4*(4*16+8)+3] != 0 {
			t.Errorf("a sheet nearer than the cut is seen: %v", err)
		}
		r.SetBox([2][3]float32{{0, 0, 0}, {0.5, 1, 1}})
		if f, err = r.Render(View{Camera: squarely(16)}); err != nil {
			t.Fatal(err)
		}
		if left, right := f.Color[4*(4*16+3)+3], f.Color[4*(4*16+12)+3]; left != 1 || right != 0 {
			t.Errorf("a crop to the left half leaves opacities %v and %v", left, right)
		}
	})
}

// TestImageAdd: what Add leaves on the device is what Render brings to the host.
func TestImageAdd(t *testing.T) {
	d := twins(t)
	_, r := sheetOf(t, d)
	v := View{Camera: squarely(12), Levels: field.Levels{End: 2}}
	want, err := r.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	n := len(want.Depth)
	sums, err := d.NewBuffer("sums", SumBytes*n)
	if err != nil {
		t.Fatal(err)
	}
	defer sums.Release()
	if err := r.Add(v, sums, 0, true); err != nil {
		t.Fatal(err)
	}
	got := make([]kernels.Pixel, n)
	rec := gpu.NewRecording("read sums")
	rec.Download(sums, 0, gpu.Bytes(got))
	if err := d.Submit(rec); err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		for k, g := range []float32{p.R, p.G, p.B} {
			w := float64(want.Color[4*i+k])
			if w = math.Pow((w+0.055)/1.055, 2.4); float64(want.Color[4*i+k]) <= 0.04045 {
				w = float64(want.Color[4*i+k]) / 12.92
			}
			if math.Abs(float64(g)-w) > 1e-5 { // a power and a product in float32
				t.Fatalf("pixel %d channel %d: %v, want %v", i, k, g, w)
			}
		}
		if p.Depth != want.Depth[i] || p.A != 1 {
			t.Fatalf("pixel %d: depth %v and opacity %v", i, p.Depth, p.A)
		}
	}
}
