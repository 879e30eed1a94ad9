package volume

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

// block is a medium of 16 x 8 x 8 voxels with the given densities.
func block(t *testing.T, s Settings, value func(x, y, z int) float32) *Medium {
	t.Helper()
	v := &Volume{Spacing: [3]float64{1, 1, 1}, Settings: s}
	var err error
	if v.Density, err = fromDense([3]int{16, 8, 8}, func(i int) float32 { return value(i%16, i/16%8, i/128) }); err != nil {
		t.Fatal(err)
	}
	m, err := NewMedium(v)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The share of rays that fly through a medium is exp(-∫extinction), whatever the majorant: homogeneous, and with a
// density that rises linearly along x, whose integral trilinear interpolation keeps up to half a voxel at each end.
func TestTransmittance(t *testing.T) {
	const n, seed = 200000, 7
	for _, c := range []struct {
		name     string
		value    func(x, y, z int) float32
		o, d     vec
		integral float64 // of density along the ray, in voxels
	}{
		{"homogeneous", func(x, y, z int) float32 { return 0.5 }, vec{-1, 0.5, 0.5}, vec{1, 0, 0}, 8},
		{"short way", func(x, y, z int) float32 { return 0.5 }, vec{0.5, 3, 0.5}, vec{0, -1, 0}, 4},
		{"ramp", func(x, y, z int) float32 { return float32(x) / 15 }, vec{2, 0.5, 0.5}, vec{-1, 0, 0}, 8},
		{"diagonal", func(x, y, z int) float32 { return 0.5 }, vec{-0.5, 0.5, -0.5}, vec{math.Sqrt(0.5), 0, math.Sqrt(0.5)}, 0.5 * 8 * math.Sqrt2},
		{"half empty", func(x, y, z int) float32 { return float32(x / 8) }, vec{-1, 0.5, 0.5}, vec{1, 0, 0}, 8},
	} {
		m := block(t, Settings{Extinction: 2 * 16 / 8.0}, c.value)
		want := math.Exp(-m.Extinction * c.integral / 16)
		rng := pcg32.New(seed)
		through := 0
		for range n {
			if _, hit := m.Collide(c.o, c.d, &rng); !hit {
				through++
			}
		}
		// Five standard deviations of a binomial share.
		bound := 5 * math.Sqrt(want*(1-want)/n)
		got := float64(through) / n
		if math.Abs(got-want) > bound {
			t.Errorf("%s: seed %d: %v of the rays pass, want %v +- %v", c.name, seed, got, want, bound)
		}
		// Planted fault: an integral that is wrong by a twentieth.
		if wrong := math.Exp(-m.Extinction * c.integral * 1.05 / 16); math.Abs(got-wrong) <= bound {
			t.Errorf("%s: a wrong integral is not noticed", c.name)
		}
	}
}

// A medium that absorbs nothing, lit evenly from everywhere, is invisible: every path brings exactly the light. With an
// albedo of a half, a thin medium is as bright as the closed form of single collisions says.
func TestFurnace(t *testing.T) {
	one, half := 1.0, 0.5
	light := Constant{2, 3, 5}
	rng := pcg32.New(3)
	m := block(t, Settings{Albedo: &one, Extinction: 30, Anisotropy: 0.4}, func(x, y, z int) float32 { return 0.2 + float32(x+y+z)/40 })
	hits := 0
	for range 2000 {
		got, _, hit, _ := m.Path(vec{-1, 0.5, 0.4}, unit(vec{1, 0.05, 0.1}), light, &rng, nil)
		if !hit {
			continue
		}
		hits++
		for k := range got {
			if math.Abs(got[k]-light[k]) > 1e-9 {
				t.Fatalf("a path brings %v of %v", got, light)
			}
		}
	}
	if hits < 1000 {
		t.Errorf("%d of 2000 rays collide", hits)
	}
	// Planted fault: an albedo below 1 loses light.
	m = block(t, Settings{Albedo: &half, Extinction: 30}, func(x, y, z int) float32 { return 1 })
	const n = 20000
	sum := 0.0
	for range n {
		got, _, hit, _ := m.Path(vec{-1, 0.5, 0.5}, vec{1, 0, 0}, light, &rng, nil)
		if !hit {
			got = vec(light)
		}
		sum += got[0]
	}
	if sum/n > 0.6*light[0] {
		t.Errorf("a dark medium sends back %v of %v", sum/n, light[0])
	}
}

// What each kept collision of a path sends on has the mean that paths begun there have.
func TestVertices(t *testing.T) {
	albedo := 0.7
	light := Sky{Up: vec{0, 1, 0}, Sun: vec{1, 0, 0}}
	m := block(t, Settings{Albedo: &albedo, Extinction: 6}, func(x, y, z int) float32 { return 1 })
	rng := pcg32.New(11)
	var sums, squares [2]float64
	var counts [2]int
	near := func(p vec) bool { return math.Abs(p[0]-0.5) < 0.1 }
	var v [4]Vertex
	for range 60000 {
		_, _, _, kept := m.Path(vec{0.5, 0.5, -1}, vec{0, 0, 1}, light, &rng, v[:])
		for i := range kept {
			// Isotropic scattering does not remember the way a path came, so all vertices and fresh ones agree.
			if p := v[i].Position; i > 0 && near(p) {
				x := v[i].Radiance[1]
				y := m.Scattered(p, light, &rng)[1]
				for j, s := range [2]float64{x, y} {
					sums[j] += s
					squares[j] += s * s
					counts[j]++
				}
			}
		}
	}
	var mean, deviation [2]float64
	for j := range mean {
		n := float64(counts[j])
		mean[j] = sums[j] / n
		deviation[j] = math.Sqrt((squares[j]/n - mean[j]*mean[j]) / n)
	}
	// Five standard deviations of the difference of the means; vertices of one path share its end, at most three.
	if bound := 5 * math.Hypot(math.Sqrt(3)*deviation[0], deviation[1]); math.Abs(mean[0]-mean[1]) > bound || counts[0] < 10000 {
		t.Errorf("vertices send %v, fresh ones %v, bound %v, %d of them", mean[0], mean[1], bound, counts[0])
	}
}

// The mean cosine of the scattering angle is the anisotropy; directions stay unit vectors.
func TestPhase(t *testing.T) {
	for _, g := range []float64{-0.7, 0, 0.5, 0.9} {
		m := block(t, Settings{Anisotropy: g}, func(x, y, z int) float32 { return 1 })
		rng := pcg32.New(5)
		const n = 50000
		for _, d := range []vec{{0, 0, 1}, {0, 0, -1}, unit(vec{1, -2, 3})} {
			sum := 0.0
			for range n {
				s := m.scatter(d, &rng)
				if math.Abs(dot(s, s)-1) > 1e-12 {
					t.Fatalf("a direction of length %v", math.Sqrt(dot(s, s)))
				}
				sum += dot(s, d)
			}
			// A cosine varies by at most 1 around its mean: five deviations of the mean are below 5/sqrt(n).
			if math.Abs(sum/n-g) > 5/math.Sqrt(n) {
				t.Errorf("mean cosine %v, want %v", sum/n, g)
			}
		}
	}
}

func TestPlace(t *testing.T) {
	v := &Volume{Spacing: [3]float64{3.2, 3.2, 1.5}}
	v.Density, _ = newGrid([3]int{-5, 0, 2}, [3]int{58, 63, 94}, 0)
	p := v.Place()
	for k, want := range []float64{1, 1, 93 * 1.5 / (64 * 3.2)} {
		if math.Abs(p.Hi[k]-p.Lo[k]-want) > 1e-12 || math.Abs(p.Hi[k]+p.Lo[k]-1) > 1e-12 {
			t.Errorf("axis %d: box %v to %v", k, p.Lo[k], p.Hi[k])
		}
		lo, hi := p.Lo[k]*p.Scale[k]+p.Offset[k], p.Hi[k]*p.Scale[k]+p.Offset[k]
		if math.Abs(lo-float64(v.Density.Min[k])) > 1e-9 || math.Abs(hi-float64(v.Density.Max[k]+1)) > 1e-9 {
			t.Errorf("axis %d: indices %v to %v", k, lo, hi)
		}
	}
	if want := 64 * 3.2 / 1.5; math.Abs(p.Voxels-want) > 1e-9 {
		t.Errorf("%v voxels along the cube, want %v", p.Voxels, want)
	}
}

func TestEmptyMedium(t *testing.T) {
	v := &Volume{Spacing: [3]float64{1, 1, 1}}
	v.Density, _ = fromDense([3]int{2, 2, 2}, func(int) float32 { return 0 })
	if _, err := NewMedium(v); err == nil {
		t.Error("a medium without density is accepted")
	}
}
