package synth

import "math"

// shape is a closed surface in its own frame, given by its signed distance (exact, or a lower bound, outside).
type shape interface {
	dist(p vec) float64
	half() vec // of the axis-aligned box around it, in its frame
}

type ball struct{ r float64 }

func (b ball) dist(p vec) float64 { return p.len() - b.r }
func (b ball) half() vec          { return vec{b.r, b.r, b.r} }

// torus lies in the x-y plane.
type torus struct{ R, r float64 }

func (t torus) dist(p vec) float64 {
	return hypot(math.Sqrt(p[0]*p[0]+p[1]*p[1])-t.R, p[2]) - t.r
}
func (t torus) half() vec { return vec{t.R + t.r, t.R + t.r, t.r} }

// brick is a box with rounded edges; h includes the rounding.
type brick struct {
	h     vec
	round float64
}

func (b brick) dist(p vec) float64 {
	var q vec
	for i := range q {
		q[i] = math.Abs(p[i]) - b.h[i] + b.round
	}
	out := vec{math.Max(q[0], 0), math.Max(q[1], 0), math.Max(q[2], 0)}.len()
	return out + math.Min(math.Max(q[0], math.Max(q[1], q[2])), 0) - b.round
}
func (b brick) half() vec { return b.h }

// drum is an upright cylinder with rounded edges.
type drum struct{ r, h, round float64 }

func (d drum) dist(p vec) float64 {
	qx := math.Sqrt(p[0]*p[0]+p[1]*p[1]) - d.r + d.round
	qz := math.Abs(p[2]) - d.h + d.round
	return hypot(math.Max(qx, 0), math.Max(qz, 0)) + math.Min(math.Max(qx, qz), 0) - d.round
}
func (d drum) half() vec { return vec{d.r, d.r, d.h} }

// cone stands on its base at z = -h with radius r and ends in a ball of radius tip at the top, z = h.
type cone struct{ r, tip, h float64 }

func (c cone) half() vec { return vec{c.r, c.r, c.h} }

// dist treats the half plane (distance from the axis, height): a slanted side between the base circle and the tip's circle, with the
// whole rounded by tip.
func (c cone) dist(p vec) float64 {
	q := [2]float64{math.Sqrt(p[0]*p[0] + p[1]*p[1]), p[2]}
	base, top := c.r-c.tip, c.h-c.tip
	low := -c.h + c.tip
	// Nearest point of the base and of the side, rounding taken off.
	bx, by := q[0]-math.Min(q[0], base), q[1]-low
	ex, ey := -base, top-low
	t := clamp01(((q[0]-base)*ex + (q[1]-low)*ey) / (ex*ex + ey*ey))
	sx, sy := q[0]-base-ex*t, q[1]-low-ey*t
	d := math.Sqrt(math.Min(bx*bx+by*by, sx*sx+sy*sy))
	inside := q[1] > low && (q[0]-base)*ey-(q[1]-low)*ex < 0
	if inside {
		d = -d
	}
	return d - c.tip
}

// hypot is the length of (x, y); coordinates here need no guard against overflow.
func hypot(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

// hit is where a ray meets an object.
type hit struct {
	t   float64
	obj *object
}

// object is a shape in its place with its looks.
type object struct {
	shape shape
	frame frame
	skin  skin

	radius float64 // of the sphere around it
	ball   float64 // its radius where it is a ball, for the closed form
}

func place(s shape, f frame, k skin) object {
	o := object{shape: s, frame: f, skin: k, radius: s.half().len()}
	if b, ok := s.(ball); ok {
		o.ball, o.radius = b.r, b.r
	}
	return o
}

// intersect finds the first crossing in (lo, hi) of a ray from outside: in closed form for balls, else by sphere tracing inside the box.
func (o *object) intersect(origin, dir vec, lo, hi float64) (float64, bool) {
	oc := origin.sub(o.frame.at)
	b := oc.dot(dir)
	disc := b*b - oc.dot(oc) + o.radius*o.radius
	if disc < 0 {
		return 0, false
	}
	if o.ball > 0 {
		t := -b - math.Sqrt(disc)
		return t, t > lo && t < hi
	}
	p, d := o.frame.local(origin), o.frame.localDir(dir)
	h := o.shape.half()
	for k := range p {
		if math.Abs(d[k]) < 1e-12 {
			if math.Abs(p[k]) > h[k] {
				return 0, false
			}
			continue
		}
		a, b := (-h[k]-p[k])/d[k], (h[k]-p[k])/d[k]
		if a > b {
			a, b = b, a
		}
		lo, hi = math.Max(lo, a), math.Min(hi, b)
	}
	if top, ok := o.shape.(drum); ok && d[2] < 0 {
		// Most rays that meet the pedestal meet its flat top: no search is needed.
		t := (top.h - p[2]) / d[2]
		x, y, in := p[0]+t*d[0], p[1]+t*d[1], top.r-top.round
		if x*x+y*y < in*in && t > 0 {
			return t, t >= lo-1e-9 && t < hi
		}
	}
	for t, i := lo, 0; t < hi && i < 200; i++ {
		s := o.shape.dist(p.add(d.mul(t)))
		if s < 1e-6 {
			return t, true
		}
		t += s
	}
	return 0, false
}

// normal is the gradient of the distance, by central differences on a tetrahedron.
func (o *object) normal(p vec) vec {
	if o.ball > 0 {
		return p.sub(o.frame.at).norm()
	}
	q := o.frame.local(p)
	const e = 1e-5
	var n vec
	for _, k := range [4]vec{{1, -1, -1}, {-1, -1, 1}, {-1, 1, -1}, {1, 1, 1}} {
		n = n.add(k.mul(o.shape.dist(q.add(k.mul(e)))))
	}
	n = n.norm()
	return o.frame.x.mul(n[0]).add(o.frame.y.mul(n[1])).add(o.frame.z.mul(n[2]))
}
