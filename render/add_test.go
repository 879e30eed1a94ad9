package render

import (
	"math"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
)

// TestAddStaysOnTheDevice: two samples of a view in each mode, the second in two bands, sum up to what Render brings to the host
// of each, in linear light, whatever kernels make the frame.
func TestAddStaysOnTheDevice(t *testing.T) {
	for _, mode := range []Mode{Shade, Normals, Slice} {
		t.Run(mode.String(), func(t *testing.T) { addStays(t, mode) })
	}
}

func addStays(t *testing.T, mode Mode) {
	_, r := small(t, false)
	const n, at = 12, 5
	v := View{Camera: front(n), Mode: mode, Slice: 1}
	sums, err := r.device.NewBuffer("sums", SumBytes*(at+n*n))
	if err != nil {
		t.Fatal(err)
	}
	defer sums.Release()
	for _, stages := range []Stages{Passes, Split, Joined, Whole} {
		if err := r.Use(stages); err != nil {
			t.Fatal(err)
		}
		var want [2]*Frame
		for s := range want {
			v.First = s
			want[s] = render(t, r, v)
			if err := r.Add(v, sums, at, s == 0); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]kernels.Pixel, at+n*n)
		rec := gpu.NewRecording("read sums")
		rec.Download(sums, 0, gpu.Bytes(got))
		if err := r.device.Submit(rec); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for i := range n * n {
			p := got[at+i]
			var light [4]float64
			cost := want[0].Cost[i] + want[1].Cost[i]
			for s := range want {
				c := want[s].Color[4*i : 4*i+4]
				light[3] += float64(c[3])
				for k := range 3 {
					if mode == Normals { // which are as they are
						light[k] += float64(c[k])
					} else if c[3] > 0 {
						light[k] += imageio.SRGBToLinear(float64(c[k]/c[3])) * float64(c[3])
					}
				}
			}
			for k, g := range []float32{p.R, p.G, p.B, p.A} {
				// The device's exponent of the sRGB curve is 2.4 as well; a power and a few products in float32.
				if math.Abs(float64(g)-light[k]) > 1e-5 {
					t.Fatalf("stages %v pixel %d channel %d: %g, want %g", stages, i, k, g, light[k])
				}
			}
			depth := want[0].Depth[i]
			if depth == NoDepth {
				depth = 0
			}
			if p.A > 0 {
				seen++
			}
			if p.Depth != depth || p.Cost != cost {
				t.Fatalf("stages %v pixel %d: depth %g and cost %g, want %g and %g", stages, i, p.Depth, p.Cost, depth, cost)
			}
		}
		if seen < n {
			t.Fatalf("only %d pixels show anything", seen)
		}
	}
}
