package mesh

import (
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

const cubeOBJ = `# a cube from 0 to 2
v 0 0 0
v 2 0 0
v 2 2 0
v 0 2 0
v 0 0 2
v 2 0 2
v 2 2 2
v 0 2 2
vn 0 0 1
f 4 3 2 1
f 5/1/1 6/2/1 7//1 8
f 1 2 6 5
f 2 3 7 6
f 3 4 8 7
f -8 -4 -1 -5
`

func cube(t *testing.T) *Mesh {
	t.Helper()
	m, err := Decode([]byte(cubeOBJ))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// boxDistance is the exact signed distance of the cube from 0 to 2.
func boxDistance(p vec) float64 {
	var out vec
	in := math.Inf(-1)
	for k := range p {
		q := math.Abs(p[k]-1) - 1
		out[k] = max(q, 0)
		in = max(in, q)
	}
	return length(out) + min(in, 0)
}

func worst(tree *Tree, sign Sign) float64 {
	rng := pcg32.New(7)
	worst := 0.0
	for range 3000 {
		p := vec{float64(rng.Float32())*4 - 1, float64(rng.Float32())*4 - 1, float64(rng.Float32())*4 - 1}
		worst = max(worst, math.Abs(tree.Distance(p, math.Inf(1), sign)-boxDistance(p)))
	}
	return worst
}

func TestCube(t *testing.T) {
	m := cube(t)
	if len(m.Vertices) != 8 || len(m.Triangles) != 12 || !m.Closed() || SignFor(m) != Watertight {
		t.Fatalf("%d vertices, %d triangles, closed %v", len(m.Vertices), len(m.Triangles), m.Closed())
	}
	if lo, hi := m.Bounds(); lo != (vec{0, 0, 0}) || hi != (vec{2, 2, 2}) {
		t.Errorf("bounds %v %v", lo, hi)
	}
	tree := NewTree(m)
	// A few dozen operations on numbers below 4 in float64.
	for _, sign := range []Sign{Watertight, Winding, RayStab} {
		if w := worst(tree, sign); !(w < 1e-13) {
			t.Errorf("%v: off by %v", sign, w)
		}
	}
	// Planted fault: a mesh turned inside out must be far off with normals, and a cube with a hole with neither rule equal.
	flipped := cube(t)
	for i, f := range flipped.Triangles {
		flipped.Triangles[i] = [3]uint32{f[0], f[2], f[1]}
	}
	if w := worst(NewTree(flipped), Watertight); w < 0.5 {
		t.Errorf("inside out: off by only %v; the comparison cannot fail", w)
	}
	open := cube(t)
	open.Triangles = open.Triangles[2:]
	if open.Closed() || SignFor(open) != Winding {
		t.Error("a cube without its bottom counts as closed")
	}
	if s, f, ok := tree.Hit(vec{1, 0.5, -3}, vec{0, 0, 1}); !ok || s != 3 || f > 1 {
		t.Errorf("hit at %v, triangle %d, %v", s, f, ok)
	}
	if tree.Blocked(vec{1, 1, 3}, vec{0, 0, 1}) || tree.Blocked(vec{3, 3, 3}, vec{-1, 1, 0}) {
		t.Error("a ray that leaves is blocked")
	}
}

// The hierarchy finds the same nearest point as a search through all triangles of a bumpy sphere.
func TestNearestAgainstSearch(t *testing.T) {
	tree := NewTree(sphere(24, 12))
	rng := pcg32.New(3)
	for range 500 {
		p := vec{float64(rng.Float32())*3 - 1.5, float64(rng.Float32())*3 - 1.5, float64(rng.Float32())*3 - 1.5}
		least := math.Inf(1)
		for i := range tree.corners {
			q, _ := closest(&tree.corners[i], p)
			least = min(least, length(sub(p, q)))
		}
		got, ok := tree.Nearest(p, least*1.001+1e-9)
		if !ok || math.Abs(got.Distance-least) > 1e-12 {
			t.Fatalf("seed 3, %v: %v, want %v", p, got.Distance, least)
		}
		if _, ok := tree.Nearest(p, least*0.999); ok {
			t.Fatalf("%v: something nearer than the nearest", p)
		}
	}
}

// sphere is a closed sphere of radius about 1 with bumps.
func sphere(around, up int) *Mesh {
	m := &Mesh{Vertices: [][3]float32{{0, 0, 1}, {0, 0, -1}}}
	for j := 1; j < up; j++ {
		for i := range around {
			a, b := 2*math.Pi*float64(i)/float64(around), math.Pi*float64(j)/float64(up)
			r := 1 + 0.1*math.Sin(5*a)*math.Sin(b)
			m.Vertices = append(m.Vertices, [3]float32{float32(r * math.Sin(b) * math.Cos(a)), float32(r * math.Sin(b) * math.Sin(a)), float32(r * math.Cos(b))})
		}
	}
	at := func(i, j int) uint32 { return uint32(2 + (j-1)*around + i%around) }
	for i := range around {
		m.Triangles = append(m.Triangles, [3]uint32{0, at(i, 1), at(i+1, 1)}, [3]uint32{1, at(i+1, up-1), at(i, up-1)})
		for j := 1; j < up-1; j++ {
			m.Triangles = append(m.Triangles, [3]uint32{at(i, j), at(i, j+1), at(i+1, j+1)}, [3]uint32{at(i, j), at(i+1, j+1), at(i+1, j)})
		}
	}
	return m
}

// Both rules agree on a closed mesh with curvature.
func TestRulesAgree(t *testing.T) {
	m := sphere(24, 12)
	if !m.Closed() {
		t.Fatal("the sphere is not closed")
	}
	tree := NewTree(m)
	rng := pcg32.New(4)
	inside := 0
	for range 1000 {
		p := vec{float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2}
		a, b := tree.Inside(p, Watertight), tree.Inside(p, RayStab)
		if r := length(p); a != b && r < 0.85 || a != (r < 1) && (r < 0.85 || r > 1.15) {
			t.Fatalf("%v at radius %v: watertight %v, raystab %v", p, r, a, b)
		}
		if a {
			inside++
		}
	}
	if inside < 200 || inside > 400 { // a ball fills 30% of its cube
		t.Errorf("%d of 1000 inside", inside)
	}
}

func stlOf(m *Mesh) []byte {
	b := make([]byte, 84)
	binary.LittleEndian.PutUint32(b[80:], uint32(len(m.Triangles)))
	for _, f := range m.Triangles {
		b = append(b, make([]byte, 12)...)
		for _, v := range f {
			for _, x := range m.Vertices[v] {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
			}
		}
		b = append(b, 0, 0)
	}
	return b
}

const tetraPLY = "ply\nformat ascii 1.0\ncomment x\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\n" +
	"element face 4\nproperty list uchar int vertex_indices\nend_header\n0 0 0 9\n1 0 0 9\n0 1 0 9\n0 0 1 9\n3 0 2 1\n3 0 1 3\n3 1 2 3\n3 2 0 3\n"

func tetraBinaryPLY(order binary.AppendByteOrder, name string) []byte {
	b := []byte("ply\nformat " + name + " 1.0\nelement vertex 4\nproperty double x\nproperty double y\nproperty double z\n" +
		"element face 4\nproperty list uint8 uint16 vertex_index\nproperty short flags\nend_header\n")
	for _, x := range []float64{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1} {
		b = order.AppendUint64(b, math.Float64bits(x))
	}
	for _, f := range [][3]uint16{{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}} {
		b = append(b, 3)
		for _, v := range f {
			b = order.AppendUint16(b, v)
		}
		b = order.AppendUint16(b, 7)
	}
	return b
}

func TestFormats(t *testing.T) {
	text := "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid\n"
	for name, c := range map[string]struct {
		data                []byte
		vertices, triangles int
		closed              bool
	}{
		"obj":        {[]byte(cubeOBJ), 8, 12, true},
		"stl":        {stlOf(cube(t)), 8, 12, true},
		"text stl":   {[]byte(text), 3, 1, false},
		"ply":        {[]byte(tetraPLY), 4, 4, true},
		"little ply": {tetraBinaryPLY(binary.LittleEndian, "binary_little_endian"), 4, 4, true},
		"big ply":    {tetraBinaryPLY(binary.BigEndian, "binary_big_endian"), 4, 4, true},
	} {
		m, err := Decode(c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(m.Vertices) != c.vertices || len(m.Triangles) != c.triangles || m.Closed() != c.closed {
			t.Errorf("%s: %d vertices, %d triangles, closed %v", name, len(m.Vertices), len(m.Triangles), m.Closed())
		}
	}
}

func TestBadMeshes(t *testing.T) {
	ply := func(from, to string) string { return strings.Replace(tetraPLY, from, to, 1) }
	binaryPLY := string(tetraBinaryPLY(binary.LittleEndian, "binary_little_endian"))
	for name, c := range map[string]struct{ data, want string }{
		"empty":            {"", "neither"},
		"text":             {"hello world\n", "neither"},
		"no faces":         {"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"},
		"flat":             {"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\nf 1 1 2\n", "no faces"},
		"nan":              {"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "not finite"},
		"index":            {"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", "vertex 4 of 3"},
		"index 0":          {"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "vertex 0 of 3"},
		"coordinate":       {"v 0 0\n", "neither"},
		"word":             {"v 0 0 x\nf 1 1 1\n", "no coordinate"},
		"ply cut":          {tetraPLY[:len(tetraPLY)-9], "cut off"},
		"ply count":        {ply("vertex 4", "vertex 400000000000"), "do not fit"},
		"ply negative":     {ply("vertex 4", "vertex -4"), "header"},
		"ply type":         {ply("float x", "quad x"), "header"},
		"ply no z":         {ply("float z", "float w"), "no x, y, z"},
		"ply index":        {ply("3 0 2 1", "3 0 2 7"), "vertex 7 of 4"},
		"ply list":         {ply("3 0 2 1", "999999999 0 2 1"), "list of"},
		"ply header":       {"ply\nformat ascii 1.0\n", "no end"},
		"binary ply cut":   {binaryPLY[:len(binaryPLY)-5], "cut off"},
		"stl cut":          {string(stlOf(cube(t))[:300]), "neither"},
		"text stl corners": {"solid x\nfacet\nvertex 0 0 0\nvertex 1 0 0\n", "corners"},
	} {
		_, err := Decode([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a folder is a mesh")
	}
}

func TestRealMeshes(t *testing.T) {
	for name, closed := range map[string]bool{"spot.obj": true, "bunny.obj": false} {
		path := testenv.Data(t, "mesh", name)
		m, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !Probe(path) || m.Closed() != closed {
			t.Errorf("%s: %d faces, closed %v", name, len(m.Triangles), m.Closed())
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(cubeOBJ))
	f.Add([]byte(tetraPLY))
	f.Add(tetraBinaryPLY(binary.LittleEndian, "binary_little_endian"))
	f.Add(stlOf(&Mesh{Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}, Triangles: [][3]uint32{{0, 1, 2}}}))
	f.Add([]byte("solid x\nfacet\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		if len(m.Triangles) == 0 || len(m.Triangles) > len(b) || len(m.Vertices) > len(b) {
			t.Fatalf("%d triangles and %d vertices from %d bytes", len(m.Triangles), len(m.Vertices), len(b))
		}
		d := NewTree(m).Distance([3]float64{0.1, 0.2, 0.3}, math.Inf(1), SignFor(m))
		if math.IsNaN(d) {
			t.Fatal("the distance is not a number")
		}
	})
}

// What the lattice knows changes no answer; a lattice of another mesh does.
func TestLattice(t *testing.T) {
	lo, hi := [3]float64{-1.2, -1.2, -1.2}, [3]float64{1.2, 1.2, 1.2}
	tree := NewTree(sphere(24, 12))
	other := NewTree(sphere(5, 3))
	for _, sign := range []Sign{Watertight, Winding, RayStab} {
		good, bad := NewLattice(tree, sign, 9, lo, hi), NewLattice(other, sign, 9, lo, hi)
		bad.tree = tree
		rng := pcg32.New(6)
		wrong := 0
		for range 1000 {
			p := vec{float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2}
			want := tree.Distance(p, math.Inf(1), sign)
			if got := good.Distance(p, math.Inf(1)); got != want {
				t.Fatalf("%v: %v with the lattice, %v without", p, got, want)
			}
			if good.Inside(p) != (want < 0) {
				t.Fatalf("%v: inside with the lattice, distance %v without", p, want)
			}
			if bad.Distance(p, math.Inf(1)) != want {
				wrong++
			}
		}
		if wrong == 0 {
			t.Errorf("%v: the lattice of another mesh changes nothing: it is not used", sign)
		}
	}
}

// The winding number against the sum over all triangles; through a hole it changes smoothly, and turned faces are seen.
func TestWinding(t *testing.T) {
	m := sphere(40, 20)
	holed := &Mesh{Vertices: m.Vertices}
	for _, f := range m.Triangles {
		if m.Vertices[f[0]][2] < 0.9 {
			holed.Triangles = append(holed.Triangles, f)
		}
	}
	if len(holed.Triangles) == len(m.Triangles) || holed.Closed() || !holed.Oriented() || SignFor(holed) != Winding {
		t.Fatal("the sphere has no hole")
	}
	for _, c := range []*Mesh{m, holed} {
		tree := NewTree(c)
		rng := pcg32.New(11)
		for range 500 {
			p := vec{float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2}
			want := 0.0
			for _, f := range c.Triangles {
				want += solidAngle(sub(c.at(f[0]), p), sub(c.at(f[1]), p), sub(c.at(f[2]), p)) / (4 * math.Pi)
			}
			// Three radii away, the next term of a dipole's series is about 1/9 of the first, and the first terms of a convex
			// surface add up to 1 at most.
			if got := tree.Winding(p); math.Abs(got-want) > 1.0/9 {
				t.Fatalf("%v: winding number %v, want %v", p, got, want)
			}
			if r := length(p); math.Abs(want-0.5) > 0.05 && tree.Inside(p, Winding) != (want > 0.5) && math.Abs(r-1) > 0.15 {
				t.Fatalf("%v: inside is %v at winding number %v", p, tree.Inside(p, Winding), want)
			}
		}
	}
	turned := &Mesh{Vertices: m.Vertices, Triangles: append([][3]uint32{{m.Triangles[0][1], m.Triangles[0][0], m.Triangles[0][2]}}, m.Triangles[1:]...)}
	if turned.Oriented() || SignFor(turned) != RayStab {
		t.Error("a turned face is not noticed")
	}
}

// Around triangles far from the holes the side of the nearest one tells what the winding number tells; where the rule is
// stretched to all distances it does not.
func TestSettled(t *testing.T) {
	m := sphere(60, 30)
	holed := &Mesh{Vertices: m.Vertices}
	for _, f := range m.Triangles {
		if m.Vertices[f[0]][2] < 0.6 {
			holed.Triangles = append(holed.Triangles, f)
		}
	}
	tree := NewTree(holed)
	s := tree.newSettled()
	rng := pcg32.New(12)
	decided, wrong, stretched := 0, 0, 0
	for range 4000 {
		p := vec{float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2, float64(rng.Float32())*2.4 - 1.2}
		n, _ := tree.Nearest(p, math.Inf(1))
		side, inside := dot(tree.normal(&n), sub(p, n.Point)) < 0, tree.Winding(p) > 0.5
		if s.decides(tree, p, &n) {
			decided++
			if side != inside {
				wrong++
			}
		} else if side != inside {
			stretched++
		}
	}
	if decided < 100 || wrong != 0 {
		t.Errorf("%d of %d decided points are wrong", wrong, decided)
	}
	if stretched == 0 {
		t.Error("the side of the nearest triangle is right everywhere: the test cannot fail")
	}
}
