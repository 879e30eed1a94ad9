package scene

import (
	"math"
	"math/rand"
	"testing"

	"github.com/go-gl/mathgl/mgl32"
)

func testCamera(l Lens) Camera {
	return Camera{Lens: l, Width: 640, Height: 480, Focal: [2]float32{500, 510}, Principal: [2]float32{0.51, 0.47},
		Pose: LookAt(mgl32.Vec3{1.2, 0.9, -0.4}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})}
}

var testLenses = map[string]Lens{
	"perspective":     {Kind: Perspective},
	"opencv":          {Kind: OpenCV, Params: [8]float32{0.0578421, -0.0805099, -0.000980296, 0.00015575}},
	"ftheta":          {Kind: FTheta, Params: [8]float32{0, 2.1e-3, 3e-8, -1e-10, 0, 640, 480}},
	"latlong":         {Kind: LatLong},
	"opencv-fisheye":  {Kind: OpenCVFisheye, Params: [8]float32{0.03, -0.004, 0.002, -0.0003}},
	"equirectangular": {Kind: Equirectangular},
	"orthographic":    {Kind: Orthographic},
}

func TestRayProjectRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	for name, l := range testLenses {
		if l.Kind.String() != name {
			t.Errorf("%s prints as %s", name, l.Kind)
		}
		c := testCamera(l)
		for i := 0; i < 500; i++ {
			x, y := r.Float64()*640, 1+r.Float64()*478
			o, d, ok := c.Ray(x, y)
			if !ok {
				t.Fatalf("%s: no ray at (%v, %v)", name, x, y)
			}
			s := 0.3 + 3*r.Float64()
			px, py, ok := c.Project(Vec3{o[0] + s*d[0], o[1] + s*d[1], o[2] + s*d[2]})
			// Newton ends at a squared step of 1e-20; times a focal length of 510 that is far below a millionth of a pixel.
			if !ok || math.Abs(px-x) > 1e-6 || math.Abs(py-y) > 1e-6 {
				t.Fatalf("%s: (%v, %v) comes back as (%v, %v) %v", name, x, y, px, py, ok)
			}
		}
		// Planted fault: another principal point must be noticed.
		bad := c
		bad.Principal[0] += 0.01
		o, d, _ := c.Ray(100, 100)
		if l.Kind != LatLong && l.Kind != Equirectangular {
			if px, _, _ := bad.Project(Vec3{o[0] + d[0], o[1] + d[1], o[2] + d[2]}); math.Abs(px-100) < 1 {
				t.Errorf("%s: the principal point has no effect", name)
			}
		}
	}
}

func TestRayVectors(t *testing.T) {
	id := Camera{Width: 200, Height: 100, Focal: [2]float32{100, 50}, Principal: [2]float32{0.5, 0.5},
		Pose: mgl32.Mat3x4FromCols(mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{7, 8, 9})}
	at := func(l Lens, x, y float64) (Vec3, Vec3) {
		c := id
		c.Lens = l
		o, d, _ := c.Ray(x, y)
		return o, d
	}
	h := math.Sqrt(0.5)
	for _, v := range []struct {
		name string
		l    Lens
		x, y float64
		o, d Vec3
	}{
		{"perspective", Lens{}, 150, 25, Vec3{7, 8, 9}, Vec3{0.5, -0.5, 1}},
		{"orthographic", Lens{Kind: Orthographic}, 150, 25, Vec3{7.5, 7.5, 9}, Vec3{0, 0, 1}},
		{"latlong: a quarter turn right, 45 degrees down", Lens{Kind: LatLong}, 150, 75, Vec3{7, 8, 9}, Vec3{h, h, 0}},
		{"equirectangular: half way down is sine 1/2", Lens{Kind: Equirectangular}, 150, 75, Vec3{7, 8, 9}, Vec3{math.Sqrt(0.75), 0.5, 0}},
		// Equidistant: theta = 0.5 rad, so the ray is (tan 0.5, 0, 1).
		{"fisheye", Lens{Kind: OpenCVFisheye}, 150, 50, Vec3{7, 8, 9}, Vec3{math.Tan(0.5), 0, 1}},
		{"ftheta", Lens{Kind: FTheta, Params: [8]float32{0, 1.0 / 128, 0, 0, 0, 256, 100}}, 150, 50, Vec3{7, 8, 9}, Vec3{math.Sin(0.5), 0, math.Cos(0.5)}},
	} {
		o, d := at(v.l, v.x, v.y)
		for k := 0; k < 3; k++ {
			if math.Abs(o[k]-v.o[k]) > 1e-9 || math.Abs(d[k]-v.d[k]) > 1e-9 {
				t.Errorf("%s: origin %v direction %v, want %v %v", v.name, o, d, v.o, v.d)
				break
			}
		}
	}
	// Distortion from a published form, worked by hand: u=0.5 v=0.25, r2=0.3125, k1=0.1, k2=0.2, p1=0.01, p2=0.02.
	l := Lens{Kind: OpenCV, Params: [8]float32{0.1, 0.2, 0.01, 0.02}}
	u, v := l.Distort(0.5, 0.25)
	if math.Abs(u-0.54414062) > 2e-7 || math.Abs(v-0.27207031) > 2e-7 {
		t.Errorf("distorted to %.8f, %.8f", u, v)
	}
	if l := (&Lens{Kind: OpenCV, Params: [8]float32{-5}}); true {
		// r (1 - 5 r^2) never exceeds 0.1722: there is no ray for 2.
		if u, v, ok := l.undistort(2, 0); ok && math.Abs(u*(1-5*u*u)-2) > 1e-5 {
			t.Errorf("undistort claims %v %v", u, v)
		}
	}
}

func TestTransformInverses(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for _, tr := range []Transform{DefaultTransform(), MitsubaTransform(), {Scale: 2.5, Offset: [3]float32{0.1, -0.7, 3}}} {
		for i := 0; i < 100; i++ {
			p := Vec3{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
			q, e := tr.PointBack(tr.Point(p)), tr.DirectionBack(tr.Direction(p))
			pose := LookAt(mgl32.Vec3{float32(p[0]), float32(p[1]), float32(p[2])}, mgl32.Vec3{0.1, 0.2, 0.3}, mgl32.Vec3{0.3, 1, 0.1}.Normalize())
			m := tr.PoseBack(pose)
			back := tr.Pose(m)
			for k := 0; k < 3; k++ {
				if math.Abs(q[k]-p[k]) > 1e-9 || e[k] != p[k] {
					t.Fatalf("%+v: point %v returns as %v, direction as %v", tr, p, q, e)
				}
			}
			for k := range pose {
				// one rounding to float32 each way, at magnitude below 4
				if math.Abs(float64(pose[k]-back[k])) > 1e-6 {
					t.Fatalf("%+v: pose %v returns as %v", tr, pose, back)
				}
			}
		}
	}
	// Default axes: new (x, y, z) = old (y, z, x).
	if p := DefaultTransform().Direction(Vec3{1, 2, 3}); p != (Vec3{2, 3, 1}) {
		t.Errorf("permuted to %v", p)
	}
}
