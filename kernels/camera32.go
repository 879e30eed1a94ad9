package kernels

// The statements of shaders/lib/camera.glsl in Go.

// Lens kinds, in the order of snapshots.
const (
	lensPerspective = iota
	lensOpenCV
	lensFTheta
	lensLatLong
	lensFisheye
	lensEquirectangular
	lensOrthographic
)

const invPi = float32(0.318309886183790671538)

func (c *Camera) forward() vec3  { return vec3{c.R02, c.R12, c.R22} }
func (c *Camera) position() vec3 { return vec3{c.Tx, c.Ty, c.Tz} }

func (c *Camera) toWorld(v vec3) vec3 {
	return vec3{vec3{c.R00, c.R01, c.R02}.dot(v), vec3{c.R10, c.R11, c.R12}.dot(v), vec3{c.R20, c.R21, c.R22}.dot(v)}
}

func (c *Camera) fromWorld(v vec3) vec3 {
	return vec3{vec3{c.R00, c.R10, c.R20}.dot(v), vec3{c.R01, c.R11, c.R21}.dot(v), vec3{c.R02, c.R12, c.R22}.dot(v)}
}

// opencvDistort: x(1 + k1 r² + k2 r⁴) + 2 p1 x y + p2 (r² + 2x²), y analogously.
func (c *Camera) opencvDistort(x, y float32) (float32, float32) {
	r2 := float32(x*x) + float32(y*y)
	radial := 1 + float32(r2*(c.K0+float32(r2*c.K1)))
	xy := 2 * x * y
	return float32(x*radial) + float32(c.K2*xy) + float32(c.K3*(r2+float32(2*x*x))),
		float32(y*radial) + float32(c.K3*xy) + float32(c.K2*(r2+float32(2*y*y)))
}

func (c *Camera) opencvUndistort(qx, qy float32) (x, y float32) {
	x, y = qx, qy
	for range 100 {
		r2 := float32(x*x) + float32(y*y)
		radial := 1 + float32(r2*(c.K0+float32(r2*c.K1)))
		slope := 2 * (c.K0 + float32(2*c.K1*r2))
		jxx := radial + float32(slope*x*x) + float32(2*c.K2*y) + float32(6*c.K3*x)
		jyy := radial + float32(slope*y*y) + float32(2*c.K3*x) + float32(6*c.K2*y)
		jxy := float32(slope*x*y) + float32(2*c.K2*x) + float32(2*c.K3*y)
		fx, fy := c.opencvDistort(x, y)
		ex, ey := fx-qx, fy-qy
		det := float32(jxx*jyy) - float32(jxy*jxy)
		if det == 0 {
			break
		}
		sx := (float32(jyy*ex) - float32(jxy*ey)) / det
		sy := (float32(jxx*ey) - float32(jxy*ex)) / det
		x, y = x-sx, y-sy
		if float32(sx*sx)+float32(sy*sy) < 1e-10 {
			break
		}
	}
	return x, y
}

// fisheyeDistort: theta(1 + k1 theta² + k2 theta⁴ + k3 theta⁶ + k4 theta⁸).
func (c *Camera) fisheyeDistort(theta float32) float32 {
	t2 := theta * theta
	return theta * (1 + float32(t2*(c.K0+float32(t2*(c.K1+float32(t2*(c.K2+float32(t2*c.K3))))))))
}

func (c *Camera) fisheyeUndistort(q float32) float32 {
	theta := q
	for range 100 {
		t2 := theta * theta
		slope := 1 + float32(t2*(float32(3*c.K0)+float32(t2*(float32(5*c.K1)+float32(t2*(float32(7*c.K2)+float32(t2*9*c.K3)))))))
		if slope == 0 {
			break
		}
		s := (c.fisheyeDistort(theta) - q) / slope
		theta -= s
		if s*s < 1e-10 {
			break
		}
	}
	return theta
}

// localRay is the ray of uv in camera space; ok is false where the lens sees nothing.
func (c *Camera) localRay(u, v float32) (o, d vec3, ok bool) {
	relX, relY := u-c.Cx, v-c.Cy
	qx, qy := float32(relX*float32(c.Width))/c.Fx, float32(relY*float32(c.Height))/c.Fy
	switch c.Lens {
	case lensOpenCV:
		x, y := c.opencvUndistort(qx, qy)
		return o, vec3{x, y, 1}, true
	case lensFisheye:
		r := sqrt32(float32(qx*qx) + float32(qy*qy))
		if r < 1e-12 {
			return o, vec3{qx, qy, 1}, true
		}
		turn := c.fisheyeUndistort(r) * invPi
		s := rSinPi(turn) / r
		return o, vec3{s * qx, s * qy, rCosPi(turn)}, true
	case lensFTheta:
		px, py := relX*c.K5, relY*c.K6
		r := sqrt32(float32(px*px) + float32(py*py))
		turn := (c.K0 + float32(r*(c.K1+float32(r*(c.K2+float32(r*(c.K3+float32(r*c.K4)))))))) * invPi
		cosine := rCosPi(turn)
		if r == 0 {
			return o, vec3{0, 0, 1}, true
		}
		if cosine <= 1e-6 {
			return o, vec3{0, 0, 1}, false
		}
		s := rSinPi(turn) / r
		return o, vec3{s * px, s * py, cosine}, true
	case lensLatLong:
		theta, phi := v-0.5, 2*(u-0.5)
		level := rCosPi(theta)
		return o, vec3{rSinPi(phi) * level, rSinPi(theta), rCosPi(phi) * level}, true
	case lensEquirectangular:
		y, phi := float32(2*v)-1, 2*(u-0.5)
		level := sqrt32(max(1-float32(y*y), 0))
		return o, vec3{rSinPi(phi) * level, y, rCosPi(phi) * level}, true
	case lensOrthographic:
		return vec3{qx, qy, 0}, vec3{0, 0, 1}, true
	}
	return o, vec3{qx, qy, 1}, true
}

// ray is the world ray with a unit direction; length is what the direction had before.
func (c *Camera) ray(u, v float32) (o, d vec3, length float32, ok bool) {
	lo, ld, ok := c.localRay(u, v)
	o = c.position().add(c.toWorld(lo))
	d = c.toWorld(ld)
	length = sqrt32(d.dot(d))
	return o, vec3{d[0] / length, d[1] / length, d[2] / length}, length, ok
}

func (c *Camera) seesAll() bool {
	return c.Lens == lensFTheta || c.Lens == lensLatLong || c.Lens == lensEquirectangular
}

// angleFromAxis is the angle in [0, pi] of the vector (z, r) from the z axis, r >= 0.
func angleFromAxis(z, r float32) float32 {
	h := sqrt32(float32(z*z) + float32(r*r))
	if h == 0 {
		return 0
	}
	big := sqrt32(0.5 + float32(0.5*abs32(z)/h))
	small := float32(0.5*r) / float32(h*big)
	t := small / (1 + big)
	if z < 0 {
		t = big / (1 + small)
	}
	t = t / (1 + sqrt32(1+float32(t*t)))
	t2 := t * t
	s := float32(1.0/15.0) - float32(t2*float32(1.0/17.0))
	s = float32(1.0/13.0) - float32(t2*s)
	s = float32(1.0/11.0) - float32(t2*s)
	s = float32(1.0/9.0) - float32(t2*s)
	s = float32(1.0/7.0) - float32(t2*s)
	s = float32(1.0/5.0) - float32(t2*s)
	s = float32(1.0/3.0) - float32(t2*s)
	return 8 * t * (1 - float32(t2*s))
}

// project is the uv of a point of the world, for lenses that do not see everything; ok is false behind the camera.
func (c *Camera) project(p vec3) (u, v float32, ok bool) {
	w := c.fromWorld(p.sub(c.position()))
	var x, y float32
	switch c.Lens {
	case lensOrthographic:
		if w[2] <= 0 {
			return -1, -1, false
		}
		x, y = w[0], w[1]
	case lensFisheye:
		r := sqrt32(float32(w[0]*w[0]) + float32(w[1]*w[1]))
		if r >= 1e-12 {
			s := c.fisheyeDistort(angleFromAxis(w[2], r)) / r
			x, y = w[0]*s, w[1]*s
		}
	default:
		if w[2] <= 0 {
			return -1, -1, false
		}
		x, y = w[0]/w[2], w[1]/w[2]
		if c.Lens == lensOpenCV {
			x, y = c.opencvDistort(x, y)
		}
	}
	return float32(x*c.Fx)/float32(c.Width) + c.Cx, float32(y*c.Fy)/float32(c.Height) + c.Cy, true
}
