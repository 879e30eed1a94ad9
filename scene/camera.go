// Package scene reads posed images, the data a NeRF is trained on and measured against, and describes their cameras.
//
// # Spaces
//
// Files hold camera-to-world matrices in NeRF (OpenGL, Blender) axes: x right, y up, z backward. Everything in memory is in ngp space:
// camera columns right, down, forward, positions scaled and shifted into the unit cube and the world axes permuted (Transform). The
// mapping is instant-ngp's: scale 0.33 and offset 0.5 unless the file says otherwise, for NeRF-synthetic, instant-ngp and nerfstudio
// files alike. Nerfstudio's automatic centring and scaling of poses is not done.
//
// # Colours
//
// 8-bit images stay sRGB-encoded with straight alpha; EXR images are linear with premultiplied alpha (package imageio).
package scene

import (
	"fmt"

	"github.com/go-gl/mathgl/mgl32"
)

// LensKind selects how a pixel becomes a direction; the numbers are those of instant-ngp's snapshots.
type LensKind uint32

// The lens models. Params of each are in Lens's comment.
const (
	Perspective LensKind = iota
	OpenCV
	FTheta
	LatLong
	OpenCVFisheye
	Equirectangular
	Orthographic
)

func (k LensKind) String() string {
	names := [...]string{"perspective", "opencv", "ftheta", "latlong", "opencv-fisheye", "equirectangular", "orthographic"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("lens %d", uint32(k))
}

// Lens is a lens model and its parameters:
//
//	OpenCV          k1 k2 p1 p2   (Brown-Conrady, as in OpenCV's calib3d)
//	OpenCVFisheye   k1 k2 k3 k4   (Kannala-Brandt)
//	FTheta          p0 p1 p2 p3 p4 w h   (angle as a polynomial of the radius in pixels of a w x h sensor)
//	others          none
type Lens struct {
	Kind   LensKind
	Params [8]float32
}

// Camera is one posed picture's geometry.
type Camera struct {
	Lens          Lens
	Width, Height int
	Focal         [2]float32   // pixels
	Principal     [2]float32   // fraction of width and height
	Pose          mgl32.Mat3x4 // ngp space, camera to world: columns right, down, forward, position
}

// PixelCount is Width times Height.
func (c *Camera) PixelCount() int { return c.Width * c.Height }

// Resized returns the same view at another resolution: the focal length scales with each axis, the principal point is a fraction and
// stays, and an F-theta lens keeps its own sensor size.
func (c Camera) Resized(width, height int) Camera {
	c.Focal[0] = float32(float64(c.Focal[0]) * float64(width) / float64(c.Width))
	c.Focal[1] = float32(float64(c.Focal[1]) * float64(height) / float64(c.Height))
	c.Width, c.Height = width, height
	return c
}

// Position is the camera's centre in ngp space.
func (c *Camera) Position() mgl32.Vec3 { return c.Pose.Col(3) }

// Forward is the viewing direction in ngp space.
func (c *Camera) Forward() mgl32.Vec3 { return c.Pose.Col(2) }

// Transform maps NeRF world coordinates to ngp space:
//
//	p' = permute(p*Scale + Offset), permute(x, y, z) = (y, z, x)
//
// Camera columns 1 and 2 are negated (up to down, backward to forward). With Mitsuba set, columns 0 and 1 are negated instead and the
// axes are not permuted.
type Transform struct {
	Scale   float32
	Offset  [3]float32
	Mitsuba bool
}

// DefaultTransform is instant-ngp's: scale 0.33 about (0.5, 0.5, 0.5).
func DefaultTransform() Transform { return Transform{Scale: 0.33, Offset: [3]float32{0.5, 0.5, 0.5}} }

// MitsubaTransform is the mapping of files with from_mitsuba: scale 0.66, offset a quarter of that.
func MitsubaTransform() Transform {
	return Transform{Scale: 0.66, Offset: [3]float32{0.165, 0.165, 0.165}, Mitsuba: true}
}

func (t Transform) permute(v [3]float64) [3]float64 {
	if t.Mitsuba {
		return v
	}
	return [3]float64{v[1], v[2], v[0]}
}

func (t Transform) unpermute(v [3]float64) [3]float64 {
	if t.Mitsuba {
		return v
	}
	return [3]float64{v[2], v[0], v[1]}
}

// signs are the factors of camera columns 0, 1, 2.
func (t Transform) signs() [3]float64 {
	if t.Mitsuba {
		return [3]float64{-1, -1, 1}
	}
	return [3]float64{1, -1, -1}
}

// Point maps a NeRF position to ngp space.
func (t Transform) Point(p [3]float64) [3]float64 {
	for i := range p {
		p[i] = p[i]*float64(t.Scale) + float64(t.Offset[i])
	}
	return t.permute(p)
}

// PointBack is the inverse of Point.
func (t Transform) PointBack(p [3]float64) [3]float64 {
	p = t.unpermute(p)
	for i := range p {
		p[i] = (p[i] - float64(t.Offset[i])) / float64(t.Scale)
	}
	return p
}

// Direction maps a NeRF direction to ngp space; it is not scaled.
func (t Transform) Direction(d [3]float64) [3]float64 { return t.permute(d) }

// DirectionBack is the inverse of Direction.
func (t Transform) DirectionBack(d [3]float64) [3]float64 { return t.unpermute(d) }

// Pose maps a NeRF camera-to-world matrix (rows; the fourth row is ignored) to an ngp pose.
func (t Transform) Pose(m [4][4]float64) mgl32.Mat3x4 {
	var out mgl32.Mat3x4
	s := t.signs()
	for c := 0; c < 3; c++ {
		col := t.permute([3]float64{m[0][c] * s[c], m[1][c] * s[c], m[2][c] * s[c]})
		for r := range col {
			out.Set(r, c, float32(col[r]))
		}
	}
	p := t.Point([3]float64{m[0][3], m[1][3], m[2][3]})
	for r := range p {
		out.Set(r, 3, float32(p[r]))
	}
	return out
}

// PoseBack is the inverse of Pose.
func (t Transform) PoseBack(p mgl32.Mat3x4) [4][4]float64 {
	var m [4][4]float64
	s := t.signs()
	for c := 0; c < 3; c++ {
		col := t.unpermute([3]float64{float64(p.At(0, c)), float64(p.At(1, c)), float64(p.At(2, c))})
		for r := range col {
			m[r][c] = col[r] * s[c]
		}
	}
	q := t.PointBack([3]float64{float64(p.At(0, 3)), float64(p.At(1, 3)), float64(p.At(2, 3))})
	for r := range q {
		m[r][3] = q[r]
	}
	m[3][3] = 1
	return m
}

// LookAt is the ngp pose of a camera at eye looking at target with up upward on the picture. Up must not be parallel to the view.
func LookAt(eye, target, up mgl32.Vec3) mgl32.Mat3x4 {
	f := target.Sub(eye).Normalize()
	r := f.Cross(up).Normalize()
	d := f.Cross(r)
	return mgl32.Mat3x4FromCols(r, d, f, eye)
}
