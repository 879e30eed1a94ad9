package kernels

// The statements of shaders/lib/rotation.glsl in Go: rotations as turns (axis times angle) and as quaternions.

const rotationSmall = float32(1e-12) // below it sin(a)/a is 1 in float32

// quaternion is x, y, z, w.
type quaternion [4]float32

func quaternionOf(turn vec3) quaternion {
	angle := sqrt32(turn.dot(turn))
	half := 0.5 * angle * invPi
	s := float32(0.5)
	if angle >= rotationSmall {
		s = rSinPi(half) / angle
	}
	return quaternion{s * turn[0], s * turn[1], s * turn[2], rCosPi(half)}
}

// times is first b, then a.
func (a quaternion) times(b quaternion) quaternion {
	return quaternion{
		float32(a[3]*b[0]) + float32(a[0]*b[3]) + float32(a[1]*b[2]) - float32(a[2]*b[1]),
		float32(a[3]*b[1]) - float32(a[0]*b[2]) + float32(a[1]*b[3]) + float32(a[2]*b[0]),
		float32(a[3]*b[2]) + float32(a[0]*b[1]) - float32(a[1]*b[0]) + float32(a[2]*b[3]),
		float32(a[3]*b[3]) - float32(a[0]*b[0]) - float32(a[1]*b[1]) - float32(a[2]*b[2]),
	}
}

// turn is that of at most pi of a unit quaternion.
func (a quaternion) turn() vec3 {
	if a[3] < 0 {
		a = quaternion{-a[0], -a[1], -a[2], -a[3]}
	}
	v := vec3{a[0], a[1], a[2]}
	s, f := sqrt32(v.dot(v)), float32(2)
	if s >= rotationSmall {
		f = 2 * angleFromAxis(a[3], s) / s
	}
	return vec3{f * v[0], f * v[1], f * v[2]}
}

// turned is v + 2w (u × v) + 2 u × (u × v).
func (a quaternion) turned(v vec3) vec3 {
	u := vec3{a[0], a[1], a[2]}
	once := u.cross(v)
	twice := u.cross(once)
	for k := range v {
		v[k] += float32(2 * (float32(a[3]*once[k]) + twice[k]))
	}
	return v
}

// moved is the camera moved and turned about its own position.
func (c *Camera) moved(move vec3, q quaternion) Camera {
	out := *c
	out.Tx, out.Ty, out.Tz = c.Tx+move[0], c.Ty+move[1], c.Tz+move[2]
	x, y, z := q.turned(vec3{c.R00, c.R10, c.R20}), q.turned(vec3{c.R01, c.R11, c.R21}), q.turned(vec3{c.R02, c.R12, c.R22})
	out.R00, out.R10, out.R20 = x[0], x[1], x[2]
	out.R01, out.R11, out.R21 = y[0], y[1], y[2]
	out.R02, out.R12, out.R22 = z[0], z[1], z[2]
	return out
}
