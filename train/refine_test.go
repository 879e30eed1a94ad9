package train

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// reprojection is the mean distance, in pixels, between where two sets of cameras see the points of a lattice about the
// middle of the scene, once the motion of the whole scene that fits best is taken out, since pictures say nothing about it:
// p → p + move + turn × p + growth·p, by least squares over all of those places.
func reprojection(a, b []scene.Camera) float64 {
	const unknowns, h = 7, 1e-3
	middle := mgl32.Vec3{0.5, 0.4, 0.5}
	moved := func(p mgl32.Vec3, x [unknowns]float32) mgl32.Vec3 {
		rel := p.Sub(middle)
		return p.Add(mgl32.Vec3{x[0], x[1], x[2]}).Add(mgl32.Vec3{x[3], x[4], x[5]}.Cross(rel)).Add(rel.Mul(x[6]))
	}
	place := func(c *scene.Camera, p mgl32.Vec3) (u, v float64) {
		rel := p.Sub(c.Position())
		z := float64(rel.Dot(c.Pose.Col(2)))
		return float64(rel.Dot(c.Pose.Col(0))) / z * float64(c.Focal[0]), float64(rel.Dot(c.Pose.Col(1))) / z * float64(c.Focal[1])
	}
	var found [unknowns]float32
	sum, n := 0.0, 0
	for pass := range 3 { // the last one measures
		var normal [unknowns][unknowns + 1]float64
		for i := range a {
			for k := range 27 {
				p := middle.Add(mgl32.Vec3{float32(k%3-1) * 0.25, float32(k/3%3-1) * 0.2, float32(k/9-1) * 0.25})
				ua, va := place(&a[i], moved(p, found))
				ub, vb := place(&b[i], p)
				if pass == 2 {
					sum += math.Hypot(ua-ub, va-vb)
					n++
					continue
				}
				var ru, rv [unknowns]float64
				for j := range unknowns {
					step := found
					step[j] += h
					u, v := place(&a[i], moved(p, step))
					ru[j], rv[j] = (u-ua)/h, (v-va)/h
				}
				for r := range unknowns {
					for c := range unknowns {
						normal[r][c] += ru[r]*ru[c] + rv[r]*rv[c]
					}
					normal[r][unknowns] += ru[r]*(ub-ua) + rv[r]*(vb-va)
				}
			}
		}
		if pass < 2 {
			for j, v := range solve(normal[:]) {
				found[j] += v
			}
		}
	}
	return sum / float64(n)
}

// solve is Gaussian elimination with pivots; the last column is the right-hand side.
func solve[R ~[8]float64](m []R) (x [7]float32) {
	for c := range m {
		best := c
		for r := c; r < len(m); r++ {
			if math.Abs(m[r][c]) > math.Abs(m[best][c]) {
				best = r
			}
		}
		m[c], m[best] = m[best], m[c]
		for r := range m {
			if r != c {
				f := m[r][c] / m[c][c]
				for k := range m[r] {
					m[r][k] -= f * m[c][k]
				}
			}
		}
	}
	for i := range m {
		x[i] = float32(m[i][7] / m[i][i])
	}
	return x
}

// TestRefineCameras moves every camera of the procedural scene by up to 2 hundredths of the cube and turns it by up to 1.1
// degrees about each axis: training finds back where they were, up to a third of a pixel, and not at once.
func TestRefineCameras(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 16, TestViews: 1, ValViews: 1, Size: 32, Seed: 5}); err != nil {
		t.Fatal(err)
	}
	data, err := scene.Load(dir, scene.LoadOptions{Split: "train"})
	if err != nil {
		t.Fatal(err)
	}
	truth := data.Cameras()
	rng := pcg32.New(4)
	num := func() float32 { return 0.02 * (2*rng.Float32() - 1) }
	for i := range data.Frames {
		c := &data.Frames[i].Camera
		c.Pose = field.Corrected(c.Pose, [3]float32{num(), num(), num()}, [3]float32{num(), num(), num()})
	}
	before := reprojection(data.Cameras(), truth)
	d := host.Open(host.Options{})
	defer d.Close()
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := NewNeRF(d, data, Options{Config: c, Batch: 4096, Seed: 5, NearDistance: 0.1, RefineCameras: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Release()
	var after [2]float64
	for i, steps := range []int{320, 1600} {
		if err := tr.Run(context.Background(), Limits{Steps: steps}, nil); err != nil {
			t.Fatal(err)
		}
		s, err := tr.Snapshot(false)
		if err != nil {
			t.Fatal(err)
		}
		after[i] = reprojection(field.TrainingCameras(s), truth)
		t.Logf("%d steps: %.3f of %.3f pixels", steps, after[i], before)
	}
	const share = 0.4
	if !(after[1] < share*before) {
		t.Errorf("cameras are off by %.3f pixels after the training, %.3f before it", after[1], before)
	}
	if after[0] < share*before {
		t.Error("a fifth of the training passes for the whole")
	}
}
