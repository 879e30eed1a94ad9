package synth

import "math"

// shape is a closed surface in its own frame, given by its signed distance (exact, or a lower bound, outside).
type shape interface {
	dist(p vec) float64
	half() vec      // of the axis-aligned box around it, in its frame
	grad(p vec) vec // unit normal of the surface at a point on it
	convex() bool
}

type ball struct{ r float64 }

func (b ball) dist(p vec) float64 { return p.len() - b.r }
func (b ball) half() vec          { return vec{b.r, b.r, b.r} }
func (b ball) grad(p vec) vec     { return p.norm() }
func (b ball) convex() bool       { return true }

// torus lies in the x-y plane.
type torus struct{ R, r float64 }

func (t torus) dist(p vec) float64 {
	return hypot(math.Sqrt(p[0]*p[0]+p[1]*p[1])-t.R, p[2]) - t.r
}
func (t torus) half() vec    { return vec{t.R + t.r, t.R + t.r, t.r} }
func (t torus) convex() bool { return false }

// grad points away from the circle in the middle of the tube.
func (t torus) grad(p vec) vec {
	k := 1 - t.R/hypot(p[0], p[1])
	return vec{k * p[0], k * p[1], p[2]}.norm()
}

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
	out := vec{max(q[0], 0), max(q[1], 0), max(q[2], 0)}.len()
	return out + min(max(q[0], max(q[1], q[2])), 0) - b.round
}
func (b brick) half() vec    { return b.h }
func (b brick) convex() bool { return true }

// grad points away from the box that rounding was added to.
func (b brick) grad(p vec) vec {
	var n vec
	for i := range n {
		n[i] = math.Copysign(max(math.Abs(p[i])-b.h[i]+b.round, 0), p[i])
	}
	return n.norm()
}

// drum is an upright cylinder with rounded edges.
type drum struct{ r, h, round float64 }

func (d drum) dist(p vec) float64 {
	qx := math.Sqrt(p[0]*p[0]+p[1]*p[1]) - d.r + d.round
	qz := math.Abs(p[2]) - d.h + d.round
	return hypot(max(qx, 0), max(qz, 0)) + min(max(qx, qz), 0) - d.round
}
func (d drum) half() vec    { return vec{d.r, d.r, d.h} }
func (d drum) convex() bool { return true }

// grad points away from the cylinder that rounding was added to.
func (d drum) grad(p vec) vec {
	r := hypot(p[0], p[1])
	k := max(r-d.r+d.round, 0) / max(r, 1e-300)
	return vec{k * p[0], k * p[1], math.Copysign(max(math.Abs(p[2])-d.h+d.round, 0), p[2])}.norm()
}

// cone stands on its base at z = -h with radius r and ends in a ball of radius tip at the top, z = h.
type cone struct{ r, tip, h float64 }

func (c cone) half() vec    { return vec{c.r, c.r, c.h} }
func (c cone) convex() bool { return true }

// grad points away from the cone that rounding was added to.
func (c cone) grad(p vec) vec {
	r := hypot(p[0], p[1])
	bx, by, sx, sy := c.offsets(r, p[2])
	if bx*bx+by*by < sx*sx+sy*sy {
		sx, sy = bx, by
	}
	k := sx / max(r, 1e-300)
	return vec{k * p[0], k * p[1], sy}.norm()
}

// offsets are those of a point of the half plane (distance from the axis, height) from the nearest points of the base and of the
// side, rounding taken off.
func (c cone) offsets(r, z float64) (bx, by, sx, sy float64) {
	base, low := c.r-c.tip, -c.h+c.tip
	ex, ey := -base, c.h-c.tip-low
	t := clamp01(((r-base)*ex + (z-low)*ey) / (ex*ex + ey*ey))
	return r - min(r, base), z - low, r - base - ex*t, z - low - ey*t
}

// dist treats the half plane (distance from the axis, height): a slanted side between the base circle and the tip's circle, with the
// whole rounded by tip.
func (c cone) dist(p vec) float64 {
	r := math.Sqrt(p[0]*p[0] + p[1]*p[1])
	base, low := c.r-c.tip, -c.h+c.tip
	bx, by, sx, sy := c.offsets(r, p[2])
	d := math.Sqrt(min(bx*bx+by*by, sx*sx+sy*sy))
	inside := p[2] > low && (r-base)*(c.h-c.tip-low)+(p[2]-low)*base < 0
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
	convex bool
}

func place(s shape, f frame, k skin) object {
	o := object{shape: s, frame: f, skin: k, radius: s.half().len(), convex: s.convex()}
	if b, ok := s.(ball); ok {
		o.ball, o.radius = b.r, b.r
	}
	return o
}

// intersect finds the first crossing in (lo, hi) of a ray from outside that enters the sphere around the object at near: that is the
// crossing of a ball; for others the box is next, and then a search along the ray.
func (o *object) intersect(origin, dir vec, near, lo, hi float64) (float64, bool) {
	if o.ball > 0 {
		return near, near > lo && near < hi
	}
	if near >= hi {
		return 0, false
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
		lo, hi = max(lo, a), min(hi, b)
	}
	if top, ok := o.shape.(drum); ok && d[2] < 0 {
		// Most rays that meet the pedestal meet its flat top: no search is needed.
		t := (top.h - p[2]) / d[2]
		x, y, in := p[0]+t*d[0], p[1]+t*d[1], top.r-top.round
		if x*x+y*y < in*in && t > 0 {
			return t, t >= lo-1e-9 && t < hi
		}
	}
	if o.convex {
		return searchConvex(o.shape, p, d, lo, hi)
	}
	return search(o.shape, p, d, lo, hi)
}

// touching is the distance at which a ray has met a surface.
const touching = 1e-6

// searchConvex follows the secant of the distance along a ray. The distance to a convex solid is a convex function along a line:
// beyond two points outside it lies above the line through them, so that the secant's root never passes the surface, and where it
// has begun to grow it grows for ever.
func searchConvex(s shape, p, d vec, lo, hi float64) (float64, bool) {
	t := lo
	at := s.dist(p.add(d.mul(t)))
	step := at
	for i := 0; i < 200; i++ {
		if at < touching {
			return t, true
		}
		if t += step; t >= hi {
			return 0, false
		}
		next := s.dist(p.add(d.mul(t)))
		if next >= at {
			return 0, next < touching
		}
		step, at = max(next, next*step/(at-next)), next
	}
	return 0, false
}

// mostSteps is far more than a ray takes that meets a tube under the smallest angle that matters: there a step is some hundredths of
// the way that is left.
const mostSteps = 4000

// search is sphere tracing in steps half as long again as the distance; where two spheres in a row do not touch, something may lie
// between them, and the second is taken back (Keinert et al., Enhanced Sphere Tracing, 2014).
func search(s shape, p, d vec, lo, hi float64) (float64, bool) {
	relax, before, step := 1.5, 0.0, 0.0
	for t, i := lo, 0; t < hi && i < mostSteps; i++ {
		at := s.dist(p.add(d.mul(t)))
		if before+math.Abs(at) < step {
			t += before - step
			relax, step = 1, 0
			continue
		}
		if at < touching {
			return t, true
		}
		before, step = at, relax*at
		if t+step >= hi {
			step = at
		}
		t += step
	}
	return 0, false
}

// normal is the unit normal at a point of the surface, in the scene's frame.
func (o *object) normal(p vec) vec {
	if o.ball > 0 {
		return p.sub(o.frame.at).norm()
	}
	n := o.shape.grad(o.frame.local(p))
	return o.frame.x.mul(n[0]).add(o.frame.y.mul(n[1])).add(o.frame.z.mul(n[2]))
}
