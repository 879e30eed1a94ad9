package synth

import (
	"math/rand"
	"testing"
)

// grazing counts the rays for which a search is wrong: rays along a tangent, moved into the solid by depth, must hit, and those
// moved out of a convex solid must not. A search has a shape, a ray and its range.
func grazing(t *testing.T, s shape, depth float64, find func(p, d vec, lo, hi float64) (float64, bool)) (wrong int) {
	t.Helper()
	r := rand.New(rand.NewSource(4))
	random := func() vec { return vec{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}.norm() }
	big := s.half().len()
	for range 500 {
		// A point of the surface: from outside towards the middle of a torus' tube, or of a solid.
		to := vec{}
		if ring, ok := s.(torus); ok {
			v := random()
			to = vec{v[0], v[1], 0}.norm().mul(ring.R)
		}
		from := to.add(random().mul(3 * big))
		d := to.sub(from).norm()
		at, ok := search(s, from, d, 0, 6*big)
		if !ok {
			t.Fatalf("%T: a ray into the solid misses it", s)
		}
		p := from.add(d.mul(at))
		n := s.grad(p)
		along := n.cross(random()).norm()
		start := p.sub(along.mul(2 * big))
		if end, ok := find(start.sub(n.mul(depth)), along, 0, 4*big); !ok || s.dist(start.sub(n.mul(depth)).add(along.mul(end))) > 2*touching {
			wrong++
		}
		if !s.convex() {
			continue
		}
		if _, ok := find(start.add(n.mul(depth)), along, 0, 4*big); ok {
			wrong++
		}
	}
	return wrong
}

// TestGrazingRays holds that rays which touch a solid's edge, where steps are short, meet it where it is and not elsewhere.
func TestGrazingRays(t *testing.T) {
	faults := 0
	for _, s := range []shape{torus{0.66, 0.028}, torus{0.25, 0.095}, brick{vec{0.21, 0.21, 0.21}, 0.045}, brick{vec{0.11, 0.2, 0.05}, 0.03},
		drum{1.26, 0.09, 0.035}, drum{0.26, 0.055, 0.03}, cone{0.20, 0.03, 0.29}} {
		find := func(p, d vec, lo, hi float64) (float64, bool) { return search(s, p, d, lo, hi) }
		if s.convex() {
			find = func(p, d vec, lo, hi float64) (float64, bool) { return searchConvex(s, p, d, lo, hi) }
		}
		if n := grazing(t, s, 1e-5, find); n > 0 {
			t.Errorf("%T: %d of 500 grazing rays end wrongly", s, n)
		}
		// The planted fault: plain sphere tracing that gives up.
		faults += grazing(t, s, 1e-5, func(p, d vec, lo, hi float64) (float64, bool) {
			for i := 0; lo < hi && i < 50; i++ {
				at := s.dist(p.add(d.mul(lo)))
				if at < touching {
					return lo, true
				}
				lo += at
			}
			return 0, false
		})
	}
	if faults == 0 {
		t.Error("a search that gives up early is not noticed")
	}
}

// TestTiles holds that no ray meets an object that its tile does not list, and that the lists are worth their making.
func TestTiles(t *testing.T) {
	s := New(3)
	for i, m := range Poses(5, 3) {
		cam := Camera(m, 60)
		cam.Height = 52 // the last tiles lie partly outside
		tiles := s.inTiles(&cam)
		listed, lost := 0, 0
		for y := range cam.Height {
			for x := range cam.Width {
				listed += len(tiles.at(x, y))
				for _, q := range [2]float64{0, 0.999} {
					some, all := s.ray(tiles.at(x, y), &cam, float64(x)+q, float64(y)+q, nil), s.ray(s.all, &cam, float64(x)+q, float64(y)+q, nil)
					if some != all {
						t.Fatalf("pose %d, pixel (%d, %d): %v with the tile's objects, %v with all", i, x, y, some, all)
					}
					if s.ray(tiles.at(0, 0), &cam, float64(x)+q, float64(y)+q, nil) != all {
						lost++
					}
				}
			}
		}
		if lost == 0 {
			t.Error("planted fault: the objects of the first tile do for all")
		}
		if mean := float64(listed) / float64(cam.Width*cam.Height); mean > float64(len(s.all))/2 {
			t.Errorf("pose %d: %.1f of %d objects a pixel", i, mean, len(s.all))
		}
	}
}
