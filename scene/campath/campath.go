// Package campath reads, writes and evaluates camera paths: instant-ngp's base_cam.json, nerfstudio's camera_path JSON, the poses of a
// NeRF transforms file, and generated turntables.
//
// A key frame is a pose in ngp space (package scene) with a field of view. Between key frames a path is a uniform B-spline of order 0 to
// 3 in the key's index: order 0 holds the nearest key, 1 interpolates linearly, 2 and 3 approximate the keys smoothly (they do not pass
// through them). Quaternions are given the sign nearest to their neighbour's, mixed with the same weights and normalised. Time stamps are
// kept for other programs; time here runs uniformly over the keys.
package campath

import (
	"fmt"
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

// Key is a key frame.
type Key struct {
	R         [4]float32 // unit quaternion x, y, z, w of the camera's right, down, forward axes in ngp space
	T         [3]float32 // position in ngp space
	FOV       float32    // vertical, degrees
	Slice     float32    // slice plane; the plane of focus is at Slice + Scale
	Scale     float32
	Aperture  float32
	Timestamp float32
}

// Path is a sequence of key frames.
type Path struct {
	Keys     []Key
	Loop     bool
	Order    int     // spline order, 0 to 3
	Duration float64 // seconds; 0 where the file says nothing
	// Width and Height are the picture size a file asks for; 0 where it says nothing.
	Width, Height int
}

// DefaultFOV is used where a file gives no field of view, degrees.
const DefaultFOV = 50.625

// Pose is the key's camera-to-world matrix.
func (k *Key) Pose() mgl32.Mat3x4 {
	m := mgl32.Quat{W: k.R[3], V: mgl32.Vec3{k.R[0], k.R[1], k.R[2]}}.Normalize().Mat4()
	return mgl32.Mat3x4FromCols(m.Col(0).Vec3(), m.Col(1).Vec3(), m.Col(2).Vec3(), k.T)
}

// FromPose makes a key of a pose. The pose's columns are made orthonormal first, since files hold nearly orthonormal ones.
func FromPose(p mgl32.Mat3x4, fov float32) Key {
	f := p.Col(2).Normalize()
	r := p.Col(0).Sub(f.Mul(p.Col(0).Dot(f))).Normalize()
	d := f.Cross(r)
	q := mgl32.Mat4ToQuat(mgl32.Mat3FromCols(r, d, f).Mat4()).Normalize()
	return Key{R: [4]float32{q.V[0], q.V[1], q.V[2], q.W}, T: p.Col(3), FOV: fov, Scale: 1}
}

// Camera is the perspective camera of a key for a picture of the given size.
func (k *Key) Camera(width, height int) scene.Camera {
	f := float32(0.5 * float64(height) / math.Tan(0.5*float64(k.FOV)*math.Pi/180))
	return scene.Camera{Width: width, Height: height, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5}, Pose: k.Pose()}
}

// Check finds what would make a path useless: no keys, a bad order, numbers that are none.
func (p *Path) Check() error {
	if len(p.Keys) == 0 {
		return fmt.Errorf("camera path has no key frames")
	}
	if p.Order < 0 || p.Order > 3 {
		return fmt.Errorf("camera path: spline_order %d, 0 to 3 are known", p.Order)
	}
	for i := range p.Keys {
		k := &p.Keys[i]
		var n float64
		for _, v := range k.R {
			n += float64(v) * float64(v)
		}
		if !(math.Abs(n-1) < 0.1) {
			return fmt.Errorf("camera path: key frame %d: rotation %v is not a unit quaternion", i, k.R)
		}
		for _, v := range []float32{k.T[0], k.T[1], k.T[2], k.Slice, k.Scale, k.Aperture, k.Timestamp} {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("camera path: key frame %d holds a value that is not a number", i)
			}
		}
		if !(k.FOV > 0 && k.FOV < 180) {
			return fmt.Errorf("camera path: key frame %d: fov %v degrees, between 0 and 180 is needed", i, k.FOV)
		}
	}
	return nil
}

// at returns key i, wrapped on a loop and clamped otherwise.
func (p *Path) at(i int) *Key {
	n := len(p.Keys)
	if p.Loop {
		return &p.Keys[((i%n)+n)%n]
	}
	return &p.Keys[min(max(i, 0), n-1)]
}

// Eval returns the path at time t: 0 is the first key, 1 the last (or the first again on a loop). Times outside [0, 1] wrap or clamp.
// The path must have passed Check.
func (p *Path) Eval(t float64) Key {
	n := len(p.Keys)
	segments := n - 1
	if p.Loop {
		segments = n
		t -= math.Floor(t)
	}
	x := math.Min(math.Max(t, 0), 1) * float64(segments)
	if math.IsNaN(x) {
		x = 0
	}
	i := int(math.Floor(x))
	if !p.Loop && i > 0 && i == segments {
		i-- // the end belongs to the last segment
	}
	s := x - float64(i)
	switch p.Order {
	case 0:
		return *p.at(int(math.Floor(x + 0.5)))
	case 1:
		return p.mix(i, []float64{1 - s, s})
	case 2:
		c := int(math.Floor(x + 0.5))
		d := x - float64(c)
		return p.mix(c-1, []float64{0.5 * (0.5 - d) * (0.5 - d), 0.75 - d*d, 0.5 * (0.5 + d) * (0.5 + d)})
	}
	s2, s3 := s*s, s*s*s
	return p.mix(i-1, []float64{(1 - s) * (1 - s) * (1 - s) / 6, (3*s3 - 6*s2 + 4) / 6, (-3*s3 + 3*s2 + 3*s + 1) / 6, s3 / 6})
}

// mix is the weighted mean of the keys from first on.
func (p *Path) mix(first int, w []float64) Key {
	var out [12]float64
	ref := p.at(first).R
	for j, wj := range w {
		k := p.at(first + j)
		// q and -q are the same rotation; the sign nearest to the neighbour keeps the mean from vanishing.
		sign, d := 1.0, 0.0
		for c := range ref {
			d += float64(ref[c]) * float64(k.R[c])
		}
		if d < 0 {
			sign = -1
		}
		for c := range ref {
			ref[c] = float32(sign) * k.R[c]
			out[c] += wj * float64(ref[c])
		}
		for c, v := range [8]float32{k.T[0], k.T[1], k.T[2], k.FOV, k.Slice, k.Scale, k.Aperture, k.Timestamp} {
			out[4+c] += wj * float64(v)
		}
	}
	n := math.Sqrt(out[0]*out[0] + out[1]*out[1] + out[2]*out[2] + out[3]*out[3])
	if n < 1e-12 {
		return *p.at(first)
	}
	f := func(i int) float32 { return float32(out[i]) }
	q := func(i int) float32 { return float32(out[i] / n) }
	return Key{R: [4]float32{q(0), q(1), q(2), q(3)}, T: [3]float32{f(4), f(5), f(6)}, FOV: f(7), Slice: f(8), Scale: f(9), Aperture: f(10), Timestamp: f(11)}
}

// Cameras samples n cameras evenly: over [0, 1) on a loop, so that the first does not come twice, else over [0, 1].
func (p *Path) Cameras(n, width, height int) []scene.Camera {
	out := make([]scene.Camera, n)
	for i := range out {
		d := float64(n - 1)
		if p.Loop {
			d = float64(n)
		}
		k := p.Eval(float64(i) / math.Max(d, 1))
		out[i] = k.Camera(width, height)
	}
	return out
}

// OrbitOptions describe a turntable in ngp space; zero values mean the defaults in brackets.
type OrbitOptions struct {
	Center    mgl32.Vec3 // [0.5 0.5 0.5]
	Up        mgl32.Vec3 // [0 1 0]
	Radius    float32    // [1.33, the distance of NeRF-synthetic cameras: 4.03 * 0.33]
	Elevation float32    // degrees above the plane [30]
	Start     float32    // degrees
	FOV       float32    // vertical degrees [39.6, NeRF-synthetic's]
}

// Orbit is a closed circle of n keys around a centre, all looking at it.
func Orbit(n int, o OrbitOptions) (*Path, error) {
	if n < 1 {
		return nil, fmt.Errorf("orbit: %d key frames, at least 1 is needed", n)
	}
	if o.Center == (mgl32.Vec3{}) {
		o.Center = mgl32.Vec3{0.5, 0.5, 0.5}
	}
	if o.Up == (mgl32.Vec3{}) {
		o.Up = mgl32.Vec3{0, 1, 0}
	}
	if o.Radius == 0 {
		o.Radius = 1.33
	}
	if o.Elevation == 0 {
		o.Elevation = 30
	}
	if o.FOV == 0 {
		o.FOV = 39.6
	}
	if !(o.Elevation > -89.9 && o.Elevation < 89.9) || !(o.Radius > 0) {
		return nil, fmt.Errorf("orbit: elevation %v degrees and radius %v: needs less than 90 degrees and more than 0", o.Elevation, o.Radius)
	}
	up := o.Up.Normalize()
	a := mgl32.Vec3{0, 0, 1}
	if math.Abs(float64(up[2])) > 0.9 {
		a = mgl32.Vec3{1, 0, 0}
	}
	a = a.Sub(up.Mul(a.Dot(up))).Normalize()
	b := up.Cross(a)
	p := &Path{Loop: true, Order: 3}
	if n < 4 {
		p.Order = 1
	}
	e := float64(o.Elevation) * math.Pi / 180
	for i := 0; i < n; i++ {
		phi := float64(o.Start)*math.Pi/180 + 2*math.Pi*float64(i)/float64(n)
		dir := a.Mul(float32(math.Cos(phi) * math.Cos(e))).Add(b.Mul(float32(math.Sin(phi) * math.Cos(e)))).Add(up.Mul(float32(math.Sin(e))))
		eye := o.Center.Add(dir.Mul(o.Radius))
		p.Keys = append(p.Keys, FromPose(scene.LookAt(eye, o.Center, up), o.FOV))
	}
	return p, nil
}
