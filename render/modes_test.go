package render

import (
	"math"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// small is a field in the unit cube with what a seed makes of its parameters, or zeros, seen through a full grid.
func small(t *testing.T, zero bool) (*field.NeRF, *NeRF) {
	t.Helper()
	d := host.Open(host.Options{Threads: 1})
	t.Cleanup(func() { d.Close() })
	c, err := config.Load("small")
	if err != nil {
		t.Fatal(err)
	}
	f, err := field.NewNeRF(d, c, 1, field.NeRFOptions{Half: false})
	if err != nil {
		t.Fatal(err)
	}
	params := make([]float32, f.Layout.Total)
	if !zero {
		params = f.Layout.Init(7)
		for i := f.Layout.NetworkParams; i < len(params); i++ {
			params[i] *= 1e4 // of a table that was trained, ±1, so that every level says something
		}
	}
	if err := f.SetParams(params); err != nil {
		t.Fatal(err)
	}
	r, err := NewNeRF(d, f, [2][3]float32{{0, 0, 0}, {1, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	grid := make([]float32, field.GridCells)
	for i := range grid {
		grid[i] = 1
	}
	if err := r.SetGrid(grid); err != nil {
		t.Fatal(err)
	}
	return f, r
}

// front looks at the cube's middle along z from outside; a picture of n x n pixels is 2 wide at distance 1.
func front(n int) scene.Camera {
	return scene.Camera{Width: n, Height: n, Focal: [2]float32{float32(n) / 2, float32(n) / 2}, Principal: [2]float32{0.5, 0.5},
		Pose: mgl32.Mat3x4FromCols(mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{0.5, 0.5, -0.5})}
}

func render(t *testing.T, r *NeRF, v View) *Frame {
	t.Helper()
	f, err := r.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func same(a, b *Frame) bool {
	for i := range a.Color {
		if math.Float32bits(a.Color[i]) != math.Float32bits(b.Color[i]) {
			return false
		}
	}
	return true
}

// TestSlice cuts a field of zeros, where density is exp(0) = 1 and every colour is sigmoid(0) = 1/2.
func TestSlice(t *testing.T) {
	_, r := small(t, true)
	const n, at = 16, 0.75 // z = 0.25, where the picture is 1.5 wide and the cube 10.67 of 16 pixels
	f := render(t, r, View{Camera: front(n), Mode: Slice, Slice: at})
	a := 1 - math.Exp(-sheet)
	for i := range n * n {
		x, y := (float64(i%n)+0.5-n/2)*1.5/n, (float64(i/n)+0.5-n/2)*1.5/n
		want := [4]float64{a / 2, a / 2, a / 2, a}
		if math.Abs(x) > 0.5 || math.Abs(y) > 0.5 {
			want = [4]float64{}
		}
		for k, w := range want {
			// The kernels' exponential and sigmoid are good to a few roundoffs of values below 1.
			if got := float64(f.Color[4*i+k]); math.Abs(got-w) > 1e-6 {
				t.Fatalf("pixel %d channel %d: %g instead of %g", i, k, got, w)
			}
		}
	}
	if f := render(t, r, View{Camera: front(n), Mode: Slice, Slice: 0.45}); f.Color[4*(n*n/2+n/2)+3] != 0 {
		t.Error("a slice in front of the cube shows something")
	}
	if f := render(t, r, View{Camera: front(n), Mode: Slice, Slice: at, NearDistance: 0.9}); f.Color[4*(n*n/2+n/2)+3] != 0 {
		t.Error("a slice nearer than the cut shows something")
	}
}

// TestNearDistanceAndPosition looks into a fog, whose first sample weighs most: what is cut does not change where things are.
func TestNearDistanceAndPosition(t *testing.T) {
	_, r := small(t, true)
	const n = 9
	cam := front(n)
	for _, near := range []float32{0, 0.7, 0.9} {
		f := render(t, r, View{Camera: cam, Mode: Position, NearDistance: near})
		mid := n * n / 2
		// Fog of density 1 hides 1 - 1/e behind the whole cube, so the middle pixel has a depth.
		begin := max(0.5, float64(near))
		if d := float64(f.Depth[mid]); d < begin-1e-4 || d > begin+2*math.Sqrt(3)/1024+1.0/kernels.GridEdge {
			t.Errorf("near %g: depth %g instead of a little more than %g", near, d, begin)
		}
		want := [3]float64{0.5, 0.5, float64(f.Depth[mid]) - 0.5}
		for k, w := range want {
			if got := float64(f.Color[4*mid+k]); math.Abs(got-w) > 1e-4 {
				t.Errorf("near %g: position %d is %g instead of %g", near, k, got, w)
			}
		}
	}
}
