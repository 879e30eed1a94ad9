package engine

import (
	"context"
	"math"
	"testing"
)

// testStays: what two samples of a view add up to on the device, in two bands, is what Render brings to the host of them.
func testStays(t *testing.T, e Engine) {
	t.Helper()
	about := e.About()
	if about.Hardware == nil {
		t.Fatalf("pictures of a %s do not stay on the device", about.Kind)
	}
	const n, samples = 16, 2
	v := View{Camera: about.Home.Resized(n, n)}
	for _, mode := range []string{"shade", "normals", "slice"} {
		if !about.Has(mode) {
			continue
		}
		normals := mode == "normals"
		if v.Normals, v.Slice = normals, 0; mode == "slice" {
			v.Slice = about.Center.Sub(about.Home.Position()).Dot(about.Home.Forward())
		}
		s := &Stage{Device: about.Hardware}
		if err := s.room(n * n); err != nil {
			t.Fatal(err)
		}
		want := Frame{}
		for v.Sample = range samples {
			for _, v.Region = range []Region{{0, 5}, {5, n - 5}} {
				if err := e.(Adder).Add(context.Background(), v, s.work, n*v.Region.First, v.Sample == 0); err != nil {
					t.Fatal(err)
				}
			}
			var f Frame
			for _, v.Region = range []Region{{0, 5}, {5, n - 5}} {
				var part Frame
				if err := e.Render(context.Background(), v, &part); err != nil {
					t.Fatal(err)
				}
				f.Color, f.Depth, f.Cost = append(f.Color, part.Color...), append(f.Depth, part.Depth...), append(f.Cost, part.Cost...)
			}
			if v.Sample == 0 {
				want = f
			} else {
				want.Add(&f)
			}
		}
		if err := s.publish(Staged{v.Camera, samples, normals}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Read()
		if err != nil {
			t.Fatal(err)
		}
		want = want.Mean(samples)
		seen := 0
		for i := range want.Depth {
			if want.Color[4*i+3] > 0 || want.Cost[i] > 0 { // a volume that hardly learned may have no density on a plane
				seen++
			}
			if got.Depth[i] != want.Depth[i] || got.Cost[i] != want.Cost[i] {
				t.Fatalf("%s: pixel %d: depth %g and cost %g, want %g and %g", mode, i, got.Depth[i], got.Cost[i], want.Depth[i], want.Cost[i])
			}
		}
		// The host decodes between 1024 places of the sRGB curve, whose second derivative is at most 3: (1/1024)^2 * 3/8.
		for i, g := range got.Color {
			if math.Abs(float64(g-want.Color[i])) > 1e-5 {
				t.Fatalf("%s: value %d: %g, want %g", mode, i, g, want.Color[i])
			}
		}
		if seen == 0 {
			t.Errorf("%s: no pixel shows anything", mode)
		}
		if probe, _, err := s.Probe(0.5, 0.5); err != nil || probe != want.Depth[n/2*n+n/2] {
			t.Errorf("under the pointer %g %v, want %g", probe, err, want.Depth[n/2*n+n/2])
		}
		s.work.Release()
		s.shown.Release()
	}
}
