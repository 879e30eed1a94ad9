package campath

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

func near(a, b mgl32.Mat3x4, tol float64) bool {
	for i := range a {
		if !(math.Abs(float64(a[i]-b[i])) <= tol) {
			return false
		}
	}
	return true
}

func somePath(order int, loop bool) *Path {
	p, _ := Orbit(6, OrbitOptions{Elevation: 20})
	p.Order, p.Loop = order, loop
	for i := range p.Keys {
		p.Keys[i].FOV = 40 + float32(i)
		p.Keys[i].T[1] += float32(i) * 0.1
	}
	return p
}

func TestPoseQuaternionRoundTrip(t *testing.T) {
	p, err := Orbit(17, OrbitOptions{Elevation: -35, Start: 11})
	if err != nil {
		t.Fatal(err)
	}
	mid := mgl32.Vec3{0.5, 0.5, 0.5}
	for i := range p.Keys {
		k := &p.Keys[i]
		want := scene.LookAt(k.T, mid, mgl32.Vec3{0, 1, 0})
		// A handful of float32 roundings on entries below 2.
		if !near(k.Pose(), want, 2e-6) {
			t.Fatalf("key %d: %v, want %v", i, k.Pose(), want)
		}
		if r := mgl32.Vec3(k.T).Sub(mid).Len(); math.Abs(float64(r)-1.33) > 1e-5 {
			t.Errorf("key %d is %v from the centre", i, r)
		}
		if k.T[1] >= 0.5 {
			t.Errorf("key %d is above the centre at a negative elevation", i)
		}
	}
}

func TestSplines(t *testing.T) {
	for order := 0; order <= 3; order++ {
		for _, loop := range []bool{false, true} {
			p := somePath(order, loop)
			if order < 2 { // these pass through the keys
				n := 5.0
				if loop {
					n = 6
				}
				for i := range p.Keys {
					k := p.Eval(float64(i) / n)
					if !near(k.Pose(), p.Keys[i].Pose(), 1e-5) || math.Abs(float64(k.FOV-p.Keys[i].FOV)) > 1e-4 {
						t.Errorf("order %d loop %v misses key %d", order, loop, i)
					}
				}
			}
			if loop {
				a, b := p.Eval(0), p.Eval(1)
				if !near(a.Pose(), b.Pose(), 1e-6) {
					t.Errorf("order %d does not close", order)
				}
			}
			// Orders above 0 are continuous: a step of 1/1000 moves less than 1/100.
			last := p.Eval(0)
			for i := 1; order > 0 && i <= 1000; i++ {
				k := p.Eval(float64(i) / 1000)
				if d := mgl32.Vec3(k.T).Sub(mgl32.Vec3(last.T)).Len(); !(d < 0.02) {
					t.Fatalf("order %d loop %v jumps by %v at %d", order, loop, d, i)
				}
				last = k
			}
		}
	}
	// Weights by hand: the uniform cubic B-spline at a knot is (1, 4, 1)/6, the quadratic one at a key (1, 6, 1)/8.
	for order, w := range map[int][3]float64{3: {1. / 6, 4. / 6, 1. / 6}, 2: {1. / 8, 6. / 8, 1. / 8}} {
		p := somePath(order, false)
		k := p.Eval(2.0 / 5)
		for c := range k.T {
			want := w[0]*float64(p.Keys[1].T[c]) + w[1]*float64(p.Keys[2].T[c]) + w[2]*float64(p.Keys[3].T[c])
			if math.Abs(float64(k.T[c])-want) > 1e-6 {
				t.Errorf("order %d: T[%d] = %v, want %v", order, c, k.T[c], want)
			}
		}
	}
}

func TestQuaternionSigns(t *testing.T) {
	p := somePath(1, false)
	want := p.Eval(0.3)
	for c := range p.Keys[2].R { // -q is the same rotation
		p.Keys[2].R[c] = -p.Keys[2].R[c]
	}
	got := p.Eval(0.3)
	if !near(got.Pose(), want.Pose(), 1e-6) {
		t.Error("the sign of a quaternion changes the path")
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	tr := scene.DefaultTransform()
	p := somePath(2, true)
	p.Duration = 7.5
	p.Keys[1].Aperture = 0.25
	f := filepath.Join(dir, "base_cam.json")
	if err := p.Save(f); err != nil {
		t.Fatal(err)
	}
	q, err := Load(f, tr)
	if err != nil {
		t.Fatal(err)
	}
	if q.Order != 2 || !q.Loop || q.Duration != 7.5 || len(q.Keys) != 6 || q.Keys[1].Aperture != 0.25 {
		t.Fatalf("%+v", q)
	}
	for i := range q.Keys {
		if !near(q.Keys[i].Pose(), p.Keys[i].Pose(), 1e-6) || q.Keys[i].FOV != p.Keys[i].FOV {
			t.Errorf("key %d changes", i)
		}
	}
	f = filepath.Join(dir, "studio.json")
	if err := p.SaveNerfstudio(f, 9, 320, 200, 30, tr); err != nil {
		t.Fatal(err)
	}
	q, err = Load(f, tr)
	if err != nil || len(q.Keys) != 9 || q.Width != 320 || q.Height != 200 {
		t.Fatalf("%+v %v", q, err)
	}
	for i, c := range p.Cameras(9, 320, 200) {
		if !near(q.Keys[i].Pose(), c.Pose, 1e-5) {
			t.Errorf("camera %d changes: %v, want %v", i, q.Keys[i].Pose(), c.Pose)
		}
		if g := q.Keys[i].Camera(320, 200); math.Abs(float64(g.Focal[1]-c.Focal[1])) > 1e-2 {
			t.Errorf("camera %d: focal %v, want %v", i, g.Focal, c.Focal)
		}
	}
	if l, _ := os.ReadDir(dir); len(l) != 2 {
		t.Errorf("%v", l)
	}
}

const turned = `[[0,0,1,4],[1,0,0,0],[0,1,0,0.5],[0,0,0,1]]`

func TestForeignFiles(t *testing.T) {
	tr := scene.DefaultTransform()
	want := tr.Pose([4][4]float64{{0, 0, 1, 4}, {1, 0, 0, 0}, {0, 1, 0, 0.5}, {0, 0, 0, 1}})
	for name, text := range map[string]string{
		"transforms":            `{"camera_angle_x":1,"frames":[{"transform_matrix":` + turned + `}]} // comment`,
		"nerfstudio":            `{"camera_path":[{"camera_to_world":[0,0,1,4,1,0,0,0,0,1,0,0.5,0,0,0,1],"fov":57.29578}]}`,
		"nerfstudio keyframes":  `{"keyframes":[{"matrix":[0,1,0,0,0,0,1,0,1,0,0,0,4,0,0.5,1],"fov":57.29578}]}`,
		"keyframes in a string": `{"keyframes":[{"matrix":"[0,1,0,0,0,0,1,0,1,0,0,0,4,0,0.5,1]","fov":57.29578}]}`,
	} {
		p, err := Parse([]byte(text), tr)
		if err != nil || len(p.Keys) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !near(p.Keys[0].Pose(), want, 1e-6) || math.Abs(float64(p.Keys[0].FOV)-57.29578) > 1e-3 {
			t.Errorf("%s: pose %v fov %v", name, p.Keys[0].Pose(), p.Keys[0].FOV)
		}
	}
	old, err := Parse([]byte(`{"path":[{"R":[0,0,0,2],"T":[1,2,3],"dof":0.5}]}`), tr)
	if err != nil || old.Keys[0].Aperture != 0.5 || old.Order != 3 || old.Keys[0].R[3] != 1 {
		t.Errorf("%+v %v", old, err)
	}
}

func TestBadFiles(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       "",
		`[]`:                                     "camera path",
		`{}`:                                     "not a camera path",
		`{"path":[]}`:                            "no key frames",
		`{"path":[{"R":[1,0,0],"T":[0,0,0]}]}`:   "R has 3",
		`{"path":[{"R":[0,0,0,0],"T":[0,0,0]}]}`: "not a quaternion",
		`{"path":[{"R":[0,0,0,1],"T":[0,0,1e300]}]}`:                        "not a number",
		`{"path":[{"R":[0,0,0,1],"T":[0,0,0],"fov":0}]}`:                    "fov",
		`{"path":[{"R":[0,0,0,1],"T":[0,0,0],"fov":180}]}`:                  "fov",
		`{"spline_order":4,"path":[{"R":[0,0,0,1],"T":[0,0,0]}]}`:           "spline_order",
		`{"camera_path":[{"camera_to_world":[1,2,3]}]}`:                     "3 values",
		`{"keyframes":[{"matrix":"x"}]}`:                                    "not a list",
		`{"frames":[{"transform_matrix":[[1]]}]}`:                           "1 rows",
		`{"frames":[{"transform_matrix":[[0,0,0,0],[0,0,0,0],[0,0,0,0]]}]}`: "",
	} {
		if p, err := Parse([]byte(text), scene.DefaultTransform()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v %v; want %q", text, p, err, want)
		}
	}
	if _, err := Orbit(0, OrbitOptions{}); err == nil {
		t.Error("an orbit of no keys")
	}
	if _, err := Orbit(4, OrbitOptions{Elevation: 90}); err == nil {
		t.Error("an orbit over the pole")
	}
	if err := (&Path{}).Save(filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("an empty path is written")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"path":[{"R":[0,0,0,1],"T":[0,0,0]},{"R":[0,1,0,1],"T":[1,0,0]}],"loop":true}`))
	f.Add([]byte(`{"camera_path":[{"camera_to_world":[0,0,1,4,1,0,0,0,0,1,0,0.5,0,0,0,1],"fov":50}]}`))
	f.Add([]byte(`{"frames":[{"transform_matrix":` + turned + `}],"camera_angle_y":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b, scene.DefaultTransform())
		if err != nil {
			return
		}
		for _, x := range []float64{-1, 0, 0.37, 1, 2} {
			k := p.Eval(x)
			for _, v := range k.Pose() {
				if math.IsNaN(float64(v)) {
					t.Fatalf("pose at %v is %v", x, k.Pose())
				}
			}
		}
	})
}
