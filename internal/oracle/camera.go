package oracle

import "math"

// Camera is a posed lens in float64. Pose holds the rows of the camera-to-world matrix; Lens follows the numbering of
// snapshots: perspective, OpenCV, f-theta, latitude-longitude, OpenCV fisheye, equirectangular, orthographic.
type Camera struct {
	Pose          [3][4]float64
	Fx, Fy        float64 // pixels
	Cx, Cy        float64 // relative
	Width, Height float64
	Lens          int
	K             [7]float64
}

// Ray is origin, unit direction and whether the lens sees anything at uv.
func (c *Camera) Ray(u, v float64) (o, d [3]float64, ok bool) {
	x, y := (u-c.Cx)*c.Width/c.Fx, (v-c.Cy)*c.Height/c.Fy
	var shift, l [3]float64
	ok = true
	switch c.Lens {
	case 0:
		l = [3]float64{x, y, 1}
	case 1, 4:
		x, y = c.undistort(x, y)
		l = [3]float64{x, y, 1}
	case 2:
		px, py := (u-c.Cx)*c.K[5], (v-c.Cy)*c.K[6]
		r := math.Hypot(px, py)
		angle := 0.0
		for i := 4; i >= 0; i-- {
			angle = angle*r + c.K[i]
		}
		l = [3]float64{math.Sin(angle) * px / r, math.Sin(angle) * py / r, math.Cos(angle)}
		if r == 0 {
			l = [3]float64{0, 0, 1}
		}
		ok = r == 0 || l[2] > 1e-6
	case 3:
		theta, phi := (v-0.5)*math.Pi, (u-0.5)*2*math.Pi
		l = [3]float64{math.Sin(phi) * math.Cos(theta), math.Sin(theta), math.Cos(phi) * math.Cos(theta)}
	case 5:
		phi, h := (u-0.5)*2*math.Pi, 2*v-1
		s := math.Sqrt(1 - h*h)
		l = [3]float64{math.Sin(phi) * s, h, math.Cos(phi) * s}
	case 6:
		shift, l = [3]float64{x, y, 0}, [3]float64{0, 0, 1}
	}
	var length float64
	for i, row := range c.Pose {
		o[i] = row[3] + row[0]*shift[0] + row[1]*shift[1] + row[2]*shift[2]
		d[i] = row[0]*l[0] + row[1]*l[1] + row[2]*l[2]
		length += d[i] * d[i]
	}
	for i := range d {
		d[i] /= math.Sqrt(length)
	}
	return o, d, ok
}

// Distort is the forward lens model on the plane z = 1.
func (c *Camera) Distort(x, y float64) (float64, float64) {
	r2 := x*x + y*y
	k := c.K
	if c.Lens == 4 {
		r := math.Sqrt(r2)
		if r == 0 {
			return x, y
		}
		t := math.Atan(r)
		s := t * (1 + k[0]*math.Pow(t, 2) + k[1]*math.Pow(t, 4) + k[2]*math.Pow(t, 6) + k[3]*math.Pow(t, 8)) / r
		return x * s, y * s
	}
	radial := 1 + k[0]*r2 + k[1]*r2*r2
	return x*radial + 2*k[2]*x*y + k[3]*(r2+2*x*x), y*radial + 2*k[3]*x*y + k[2]*(r2+2*y*y)
}

// undistort inverts Distort by Newton's method with differences for the Jacobian, and checks the result.
func (c *Camera) undistort(qx, qy float64) (x, y float64) {
	x, y = qx, qy
	const h = 1e-6
	for range 200 {
		fx, fy := c.Distort(x, y)
		ax, ay := c.Distort(x+h, y)
		bx, by := c.Distort(x-h, y)
		cx, cy := c.Distort(x, y+h)
		dx, dy := c.Distort(x, y-h)
		xx, yx, xy, yy := (ax-bx)/(2*h), (ay-by)/(2*h), (cx-dx)/(2*h), (cy-dy)/(2*h)
		det := xx*yy - xy*yx
		sx, sy := (yy*(fx-qx)-xy*(fy-qy))/det, (xx*(fy-qy)-yx*(fx-qx))/det
		x, y = x-sx, y-sy
		if math.Hypot(sx, sy) < 1e-13 {
			break
		}
	}
	fx, fy := c.Distort(x, y)
	if math.Hypot(fx-qx, fy-qy) > 1e-9 {
		panic("oracle: the lens of the test cannot be inverted here")
	}
	return x, y
}

// Box is the span of a ray in a box; per says by which axis entry and exit are bounded.
func Box(o, d, lo, hi [3]float64) (t0, t1 float64, per [2]int, ok bool) {
	t0, t1 = math.Inf(-1), math.Inf(1)
	for i := range o {
		if d[i] == 0 {
			if o[i] < lo[i] || o[i] > hi[i] {
				return 0, 0, per, false
			}
			continue
		}
		a, b := (lo[i]-o[i])/d[i], (hi[i]-o[i])/d[i]
		if a > b {
			a, b = b, a
		}
		if a > t0 {
			t0, per[0] = a, i
		}
		if b < t1 {
			t1, per[1] = b, i
		}
	}
	return t0, t1, per, t0 < t1 && t1 > 0
}

// ToLinear and ToSRGB are the transfer functions of sRGB with the reference's encoding exponent.
func ToLinear(s float64) float64 {
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}

// ToSRGB is the inverse of ToLinear up to that exponent.
func ToSRGB(v float64) float64 {
	if v < 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 0.41666) - 0.055
}
