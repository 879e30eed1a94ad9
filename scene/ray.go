package scene

import "math"

// Vec3 is a float64 vector of the reference functions.
type Vec3 = [3]float64

// Ray is the reference (float64) ray through picture position (x, y) in pixels, where the centre of the first pixel is (0.5, 0.5).
// The direction is not normalised: for flat lenses its forward component in the camera frame is 1, so that depth along the optical axis
// is the ray parameter. ok is false where the lens sees nothing (outside an F-theta image circle, or where undistortion diverges).
//
//	u = x/W, v = y/H;  d = ((u - ppx) W/fx, (v - ppy) H/fy, 1), undistorted by the lens, then rotated by the pose
func (c *Camera) Ray(x, y float64) (origin, dir Vec3, ok bool) {
	w, h := float64(c.Width), float64(c.Height)
	u, v := x/w, y/h
	px, py := u-float64(c.Principal[0]), v-float64(c.Principal[1])
	sx, sy := px*w/float64(c.Focal[0]), py*h/float64(c.Focal[1])
	var local, shift Vec3
	ok = true
	switch c.Lens.Kind {
	case OpenCV, OpenCVFisheye:
		sx, sy, ok = c.Lens.undistort(sx, sy)
		local = Vec3{sx, sy, 1}
	case FTheta:
		local, ok = c.Lens.fthetaRay(px, py)
	case LatLong:
		theta, phi := (v-0.5)*math.Pi, (u-0.5)*2*math.Pi
		local = Vec3{math.Sin(phi) * math.Cos(theta), math.Sin(theta), math.Cos(phi) * math.Cos(theta)}
	case Equirectangular:
		dy, phi := 2*v-1, (u-0.5)*2*math.Pi
		r := math.Sqrt(math.Max(0, 1-dy*dy))
		local = Vec3{r * math.Sin(phi), dy, r * math.Cos(phi)}
	case Orthographic:
		local, shift = Vec3{0, 0, 1}, Vec3{sx, sy, 0}
	default:
		local = Vec3{sx, sy, 1}
	}
	return c.toWorld(shift, 1), c.toWorld(local, 0), ok
}

// toWorld applies the pose to a vector (w = 0) or a point (w = 1) of the camera frame.
func (c *Camera) toWorld(v Vec3, w float64) (out Vec3) {
	for r := range out {
		out[r] = float64(c.Pose.At(r, 0))*v[0] + float64(c.Pose.At(r, 1))*v[1] + float64(c.Pose.At(r, 2))*v[2] + float64(c.Pose.At(r, 3))*w
	}
	return out
}

// toCamera is the inverse of toWorld for points; it solves the 3x3 system, since file poses are only nearly orthonormal.
func (c *Camera) toCamera(p Vec3) (Vec3, bool) {
	var m [3]Vec3 // columns
	for k := range m {
		for r := 0; r < 3; r++ {
			m[k][r] = float64(c.Pose.At(r, k))
		}
	}
	for r := range p {
		p[r] -= float64(c.Pose.At(r, 3))
	}
	det := dot(m[0], cross(m[1], m[2]))
	if det == 0 || math.IsNaN(det) {
		return Vec3{}, false
	}
	return Vec3{dot(p, cross(m[1], m[2])) / det, dot(m[0], cross(p, m[2])) / det, dot(m[0], cross(m[1], p)) / det}, true
}

// Project is the inverse of Ray: the picture position in pixels where an ngp-space point is seen. ok is false for a point the lens
// cannot see (behind a flat lens, at the camera's centre). The position may lie outside the picture.
func (c *Camera) Project(p Vec3) (x, y float64, ok bool) {
	d, ok := c.toCamera(p)
	if !ok {
		return 0, 0, false
	}
	w, h := float64(c.Width), float64(c.Height)
	pixel := func(sx, sy float64) (float64, float64, bool) {
		return sx*float64(c.Focal[0]) + float64(c.Principal[0])*w, sy*float64(c.Focal[1]) + float64(c.Principal[1])*h, true
	}
	n := math.Sqrt(dot(d, d))
	switch c.Lens.Kind {
	case Orthographic:
		return pixel(d[0], d[1])
	case FTheta:
		qx, qy, ok := c.Lens.fthetaProject(d)
		return (qx + float64(c.Principal[0])) * w, (qy + float64(c.Principal[1])) * h, ok
	case LatLong, Equirectangular:
		if n == 0 {
			return 0, 0, false
		}
		u := math.Atan2(d[0], d[2])/(2*math.Pi) + 0.5
		sin := math.Min(math.Max(d[1]/n, -1), 1)
		if c.Lens.Kind == LatLong {
			return u * w, (math.Asin(sin)/math.Pi + 0.5) * h, true
		}
		return u * w, (sin + 1) / 2 * h, true
	case OpenCVFisheye:
		// theta comes from atan2, so that points beside and behind the image plane keep their place on the image circle.
		if n == 0 {
			return 0, 0, false
		}
		r := math.Hypot(d[0], d[1])
		theta := math.Atan2(r, d[2])
		td := c.Lens.fisheyeAngle(theta)
		if r == 0 {
			return pixel(0, 0)
		}
		return pixel(d[0]/r*td, d[1]/r*td)
	}
	if d[2] <= 0 {
		return 0, 0, false
	}
	sx, sy := d[0]/d[2], d[1]/d[2]
	if c.Lens.Kind == OpenCV {
		sx, sy = c.Lens.Distort(sx, sy)
	}
	return pixel(sx, sy)
}

func dot(a, b Vec3) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func cross(a, b Vec3) Vec3 {
	return Vec3{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
