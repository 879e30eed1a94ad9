package render

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// The density of a ramp is exp(s·n·(x-m)). Along a ray it grows by q = exp(κ) from sample to sample, κ = s·(n·d)·h, so the
// optical thickness before sample j is σ_j h/(q-1) but for a constant, its weight
//
//	w_j ~ exp(-σ_j h/(q-1))·(1 - exp(-σ_j h)),
//
// and the weight is greatest, over all real j, where exp(-σ_j h) = 1/q: at σ = s·(n·d), for any step. A picture's depth
// is that of the lattice point next to it.
const rampSlope = 120

var (
	rampNormal = [3]float64{-0.8, -0.1, math.Sqrt(1 - 0.64 - 0.01)}
	rampMiddle = [3]float64{0.5, 0.5, 0.5}
)

// surface holds depths, and normals where the frame shows them, against the ramp of normal n through middle m.
func surface(f *Frame, v View, box [2][3]float32, n, m [3]float64) error {
	seen := 0
	lo, hi := [3]float64{}, [3]float64{}
	for k := range lo {
		lo[k], hi[k] = float64(box[0][k]), float64(box[1][k])
	}
	for i := range f.Depth {
		o, d, cosine := pixelRay(&v.Camera, i)
		t0, t1, _, hit := oracle.Box(o, d, lo, hi)
		along, off := 0.0, 0.0
		for k := range n {
			along += n[k] * d[k]
			off += n[k] * (o[k] - m[k])
		}
		t := (math.Log(rampSlope*along)/rampSlope - off) / along
		if !hit || !(t > t0+2*step && t < t1-2*step) {
			continue
		}
		seen++
		// The exponent is off by two encoded ones times the slope, which moves t by as much over the slope; then come positions
		// of a few roundings at a distance of about 2.
		tol := (step + (2*rounding+20)*u/along + 30*u*t) * cosine
		if got := float64(f.Depth[i]); !(math.Abs(got-t*cosine) <= tol) {
			return fmt.Errorf("pixel %d: depth %v, want %v within %.2g", i, got, t*cosine, tol)
		}
		if f.Mode != Normals {
			continue
		}
		// Two evaluations of the exponent of that error make a difference of 2·normalOffset·slope; normalising adds the
		// errors of three components.
		tol = math.Sqrt(3) * 2 * (2*rounding + 4) * u / (2 * normalOffset)
		c := f.Color[4*i : 4*i+4]
		for k := range n {
			if want := (0.5 - 0.5*n[k]) * float64(c[3]); !(math.Abs(float64(c[k])-want) <= tol) {
				return fmt.Errorf("pixel %d: normal %d shows as %v, want %v within %.2g", i, k, c[k], want, tol)
			}
		}
	}
	if seen < len(f.Depth)/4 {
		return fmt.Errorf("the test sees little: %d pixels of %d", seen, len(f.Depth))
	}
	return nil
}

func TestDepthAndNormals(t *testing.T) {
	onDevices(t, func(t *testing.T, d gpu.Device) {
		r := newRenderer(t, d, newField(t, d, ramp(rampSlope, rampNormal, rampMiddle)), middle, everywhere(), 0)
		for _, v := range []View{{Mode: Normals}, {Mode: Shade, NearDistance: 0.375}, {Mode: Normals, NearDistance: 0.375}} {
			v.Camera = testCamera(12, 12)
			f := frameOf(t, r, v)
			if err := surface(f, v, middle, rampNormal, rampMiddle); err != nil {
				t.Errorf("%v, nearest distance %v: %v", v.Mode, v.NearDistance, err)
			}
			if surface(f, v, middle, rampNormal, [3]float64{0.5, 0.5, 0.5 + 3*step}) == nil {
				t.Errorf("planted fault: %v: a surface three steps away is accepted", v.Mode)
			}
			// A degree about the y axis, through the same middle.
			cs, sn := math.Cos(math.Pi/180), math.Sin(math.Pi/180)
			turned := [3]float64{cs*rampNormal[0] - sn*rampNormal[2], rampNormal[1], sn*rampNormal[0] + cs*rampNormal[2]}
			if v.Mode == Normals && surface(f, v, middle, turned, rampMiddle) == nil {
				t.Error("planted fault: normals a degree aside are accepted")
			}
		}
	})
}

// sameFrame compares all that a frame holds bit by bit.
func sameFrame(a, b *Frame) error {
	for name, p := range map[string][2][]float32{"color": {a.Color, b.Color}, "depth": {a.Depth, b.Depth}, "cost": {a.Cost, b.Cost}} {
		for i := range p[0] {
			if math.Float32bits(p[0][i]) != math.Float32bits(p[1][i]) {
				return fmt.Errorf("%s: value %d is %v and %v", name, i, p[0][i], p[1][i])
			}
		}
	}
	if a.Rays != b.Rays || a.Samples != b.Samples {
		return fmt.Errorf("%d and %d rays, %d and %d samples", a.Rays, b.Rays, a.Samples, b.Samples)
	}
	return nil
}

// TestTiles holds that a frame does not depend on how many rays are marched together: many, of which most end early and
// are taken out of the list, or each ray alone.
func TestTiles(t *testing.T) {
	v := View{Camera: testCamera(9, 7), Mode: Normals}
	tiled := func(t *testing.T, d gpu.Device, tile int) *Frame {
		return frameOf(t, newRenderer(t, d, newField(t, d, random(31, 6)), middle, everywhere(), tile), v)
	}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		want := tiled(t, d, 0)
		if costs := slices.Clone(want.Cost); slices.Max(costs) < 3*slices.Min(costs) {
			t.Errorf("all rays end together, after %v to %v samples", slices.Min(costs), slices.Max(costs))
		}
		for _, tile := range []int{1, 10, 63} {
			if err := sameFrame(tiled(t, d, tile), want); err != nil {
				t.Errorf("%d rays at once: %v", tile, err)
			}
		}
	})
	d := twins(t)
	want := tiled(t, d, 1)
	plant(t, kernels.RenderCompactKernel, func(c *gpu.Call, twin func(*gpu.Call)) { // ray numbers are those of the last list, not of the frame
		p := *gpu.PushOf[kernels.RenderCompactPush](c)
		p.Initial = 1
		wrong := *c
		wrong.Push = p.Bytes()
		twin(&wrong)
	})
	if sameFrame(tiled(t, d, 10), want) == nil {
		t.Error("planted fault: a compaction that mixes up rays is accepted")
	}
}
