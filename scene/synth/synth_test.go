package synth

import (
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

func TestDistancesAreBounds(t *testing.T) {
	// A distance may not exceed the true one: stepping by it from p must never cross the surface, so any two points' values differ by at
	// most their separation (Lipschitz constant 1; 1e-12 for rounding).
	r := rand.New(rand.NewSource(1))
	for _, s := range []shape{ball{0.5}, torus{0.5, 0.2}, brick{vec{0.3, 0.4, 0.5}, 0.1}, drum{0.6, 0.2, 0.05}, cone{0.4, 0.05, 0.5}} {
		rnd := func() vec { return vec{r.Float64()*2 - 1, r.Float64()*2 - 1, r.Float64()*2 - 1} }
		for i := 0; i < 3000; i++ {
			a, b := rnd(), rnd()
			if i%2 == 0 {
				b = a.add(b.mul(0.02))
			}
			if d := math.Abs(s.dist(a) - s.dist(b)); !(d <= a.sub(b).len()+1e-12) {
				t.Fatalf("%T: distances at %v and %v differ by %v over %v", s, a, b, d, a.sub(b).len())
			}
			h := s.half()
			for k := range h {
				if p := a.mul(2); math.Abs(p[k]) > h[k] && s.dist(p) < 0 {
					t.Fatalf("%T: %v is inside the shape but outside its box %v", s, p, h)
				}
			}
		}
		if s.dist(vec{}) >= 0 && s != (torus{0.5, 0.2}) {
			t.Errorf("%T: the middle is not inside", s)
		}
	}
}

func TestTraceHitsTheSurface(t *testing.T) {
	s := New(0)
	r := rand.New(rand.NewSource(2))
	hits := 0
	for i := 0; i < 2000; i++ {
		o := vec{r.NormFloat64(), r.NormFloat64(), math.Abs(r.NormFloat64())}.norm().mul(4)
		d := vec{r.Float64()*2 - 1, r.Float64()*2 - 1, r.Float64() - 0.5}.sub(o).norm()
		h, ok := first(s.all, o, d, 1e-3, 100)
		if !ok {
			continue
		}
		hits++
		// Sphere tracing stops within 1e-6 of a surface, and nothing lies before it.
		if q := distance(s.objects, o.add(d.mul(h.t))); math.Abs(q) > 2e-6 {
			t.Fatalf("ray %d ends %v from the surface", i, q)
		}
		for f := 0.05; f < 0.999; f += 0.05 {
			if q := distance(s.objects, o.add(d.mul(h.t*f))); q < -1e-6 {
				t.Fatalf("ray %d passes %v deep through an object before its hit", i, -q)
			}
		}
	}
	if hits < 300 {
		t.Fatalf("only %d of 2000 rays hit", hits)
	}
}

func TestInsideTheUnitCube(t *testing.T) {
	for seed := int64(0); seed < 4; seed++ {
		for i, o := range New(seed).objects {
			for k := 0; k < 3; k++ {
				reach := o.radius
				if _, ok := o.shape.(drum); ok {
					reach = o.shape.half()[k]
				}
				if math.Abs(o.frame.at[k])+reach > 1.5 {
					t.Errorf("seed %d: object %d leaves the cube", seed, i)
				}
			}
		}
	}
}

func TestRenderIsDeterministicAndReal(t *testing.T) {
	s := New(5)
	cam := Camera(Poses(3, 5)[1], 48)
	a, b := s.render(cam, 1), New(5).render(cam, 3)
	var clear, opaque, part int
	for i := range a.Pix {
		if a.Pix[i] != b.Pix[i] {
			t.Fatalf("pixel %d differs between runs: %08x %08x", i, a.Pix[i], b.Pix[i])
		}
		switch al := a.Pix[i] >> 24; {
		case al == 0:
			clear++
		case al == 255:
			opaque++
		default:
			part++
		}
	}
	if clear < 400 || opaque < 400 || part < 20 {
		t.Fatalf("%d clear, %d opaque, %d partly covered pixels of 2304", clear, opaque, part)
	}
	other := New(6).render(cam, 1)
	same := 0
	for i := range a.Pix {
		if a.Pix[i] == other.Pix[i] && a.Pix[i]>>24 == 255 {
			same++
		}
	}
	if same > opaque/2 {
		t.Errorf("another seed gives the same picture in %d of %d pixels", same, opaque)
	}
}

// The pictures on disk, read back through the loader, are what Render says for the cameras the loader found.
func TestWriteLoadsBack(t *testing.T) {
	dir := t.TempDir()
	calls := 0
	if err := Write(dir, Options{Views: 3, TestViews: 2, ValViews: 1, Size: 24, Seed: 9, Progress: func(done, total int) {
		calls++
		if done != calls || total != 6 {
			t.Errorf("progress %d of %d at call %d", done, total, calls)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	s := New(9)
	for split, n := range map[string]int{"train": 3, "test": 2, "val": 1} {
		d, err := scene.Load(dir, scene.LoadOptions{Split: split})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Frames) != n || d.Kind != scene.NeRFSynthetic || d.Background != [3]float32{1, 1, 1} {
			t.Fatalf("%s: %v", split, d)
		}
		for i := range d.Frames {
			got, err := d.Image(i)
			if err != nil {
				t.Fatal(err)
			}
			want := s.Render(d.Frames[i].Camera)
			bad := 0
			for k := range want.Pix {
				if got.Pix[k] != want.Pix[k] {
					bad++
				}
			}
			// Poses pass through the same float64 text and the same float32 rounding: equality is exact.
			if bad > 0 {
				t.Errorf("%s %d: %d of %d pixels differ from the truth", split, i, bad, len(want.Pix))
			}
		}
		// A planted fault: the picture of another pose must not pass for this one.
		if n > 1 {
			a, _ := d.Image(0)
			b := s.Render(d.Frames[1].Camera)
			same := true
			for k := range b.Pix {
				same = same && a.Pix[k] == b.Pix[k]
			}
			if same {
				t.Error("two poses give one picture")
			}
		}
	}
	if err := Write(dir, Options{Views: -1}); err == nil {
		t.Error("a negative number of views is accepted")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, Options{Views: 1, Size: 4}); err == nil {
		t.Error("a file is accepted as a folder")
	}
}

func TestPosesLookAtTheScene(t *testing.T) {
	mid := scene.DefaultTransform().Point(target)
	for i, m := range Poses(50, 3) {
		c := Camera(m, 100)
		x, y, ok := c.Project(mid)
		if !ok || math.Abs(x-50) > 1e-3 || math.Abs(y-50) > 1e-3 {
			t.Fatalf("pose %d sees the middle at %v %v %v", i, x, y, ok)
		}
		if m[2][3] < target[2] {
			t.Errorf("pose %d is below the pedestal", i)
		}
	}
}

func BenchmarkView200(b *testing.B) {
	s := New(0)
	cam := Camera(Poses(10, 0)[4], 200)
	var m *imageio.Image
	for b.Loop() {
		m = s.render(cam, 1)
	}
	_ = m
}
