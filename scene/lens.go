package scene

import "math"

// Distort maps undistorted coordinates on the plane z = 1 to the distorted ones a real lens records. Lenses without distortion return
// their argument.
//
// OpenCV (k1 k2 p1 p2), r2 = u^2 + v^2:
//
//	u' = u (1 + k1 r2 + k2 r2^2) + 2 p1 u v + p2 (r2 + 2 u^2)
//	v' = v (1 + k1 r2 + k2 r2^2) + 2 p2 u v + p1 (r2 + 2 v^2)
//
// OpenCVFisheye (k1..k4), theta = atan r:
//
//	(u', v') = (u, v) theta_d / r,  theta_d = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8)
func (l *Lens) Distort(u, v float64) (float64, float64) {
	r2 := u*u + v*v
	switch l.Kind {
	case OpenCV:
		k1, k2, p1, p2 := float64(l.Params[0]), float64(l.Params[1]), float64(l.Params[2]), float64(l.Params[3])
		radial := 1 + k1*r2 + k2*r2*r2
		return u*radial + 2*p1*u*v + p2*(r2+2*u*u), v*radial + 2*p2*u*v + p1*(r2+2*v*v)
	case OpenCVFisheye:
		r := math.Sqrt(r2)
		if r == 0 {
			return u, v
		}
		s := l.fisheyeAngle(math.Atan(r)) / r
		return u * s, v * s
	}
	return u, v
}

// fisheyeAngle is the polynomial theta_d(theta) of Distort.
func (l *Lens) fisheyeAngle(theta float64) float64 {
	t2 := theta * theta
	k := l.Params
	return theta * (1 + t2*(float64(k[0])+t2*(float64(k[1])+t2*(float64(k[2])+t2*float64(k[3])))))
}

// undistort inverts Distort by Newton's method from the distorted position, with a central-difference Jacobian of relative step 1e-6,
// at most 100 steps, until the squared step is below 1e-20. ok is false where it ends nowhere near a solution: past the radius at which
// the polynomial folds back there is none.
func (l *Lens) undistort(x, y float64) (u, v float64, ok bool) {
	u, v = x, y
	for i := 0; i < 100; i++ {
		fu, fv := l.Distort(u, v)
		ex, ey := fu-x, fv-y
		hu, hv := math.Max(1e-6*math.Abs(u), 1e-7), math.Max(1e-6*math.Abs(v), 1e-7)
		ua, va := l.Distort(u+hu, v)
		ub, vb := l.Distort(u-hu, v)
		a, b := (ua-ub)/(2*hu), (va-vb)/(2*hu)
		uc, vc := l.Distort(u, v+hv)
		ud, vd := l.Distort(u, v-hv)
		c, d := (uc-ud)/(2*hv), (vc-vd)/(2*hv)
		det := a*d - b*c
		if det == 0 {
			return u, v, false
		}
		su, sv := (ex*d-ey*c)/det, (ey*a-ex*b)/det
		u, v = u-su, v-sv
		if su*su+sv*sv < 1e-20 {
			break
		}
	}
	fu, fv := l.Distort(u, v)
	miss := math.Hypot(fu-x, fv-y)
	return u, v, miss <= 1e-6*(1+math.Hypot(x, y)) // false for NaN
}

// fthetaAngle is alpha(r) = p0 + r (p1 + r (p2 + r (p3 + r p4))), r in pixels of the lens's own sensor, and its derivative.
func (l *Lens) fthetaAngle(r float64) (alpha, slope float64) {
	p := l.Params
	alpha = float64(p[0]) + r*(float64(p[1])+r*(float64(p[2])+r*(float64(p[3])+r*float64(p[4]))))
	slope = float64(p[1]) + r*(2*float64(p[2])+r*(3*float64(p[3])+r*4*float64(p[4])))
	return alpha, slope
}

// fthetaRay: x = px w, y = py h, r = |(x, y)|, d = (sin(alpha) x/r, sin(alpha) y/r, cos(alpha)). The exact centre looks forward.
// Angles of 90 degrees and more are outside the model.
func (l *Lens) fthetaRay(px, py float64) (Vec3, bool) {
	x, y := px*float64(l.Params[5]), py*float64(l.Params[6])
	r := math.Hypot(x, y)
	if r == 0 {
		return Vec3{0, 0, 1}, true
	}
	a, _ := l.fthetaAngle(r)
	s, c := math.Sincos(a)
	return Vec3{s * x / r, s * y / r, c}, c > 1e-6
}

// fthetaProject inverts fthetaRay by Newton's method on the radius.
func (l *Lens) fthetaProject(d Vec3) (px, py float64, ok bool) {
	rho := math.Hypot(d[0], d[1])
	alpha := math.Atan2(rho, d[2])
	if !(d[2] > 0) {
		return 0, 0, false
	}
	if rho == 0 {
		return 0, 0, true
	}
	_, slope := l.fthetaAngle(0)
	if slope <= 0 {
		return 0, 0, false
	}
	r := math.Max(0, (alpha-float64(l.Params[0]))/slope)
	for i := 0; i < 100; i++ {
		a, s := l.fthetaAngle(r)
		if s == 0 {
			return 0, 0, false
		}
		step := (a - alpha) / s
		r -= step
		if step*step < 1e-24*(1+r*r) {
			break
		}
	}
	a, _ := l.fthetaAngle(r)
	if !(math.Abs(a-alpha) < 1e-9) || r < 0 {
		return 0, 0, false
	}
	return d[0] / rho * r / float64(l.Params[5]), d[1] / rho * r / float64(l.Params[6]), true
}
