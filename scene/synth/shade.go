package synth

import "math"

var (
	keyDir   = vec{0.48, -0.55, 0.88}.norm()
	keyColor = vec{1.75, 1.58, 1.36}
	fillDir  = vec{-0.8, 0.35, 0.45}.norm()
	fill     = vec{0.16, 0.21, 0.30}
)

// sky is what a ray sees that leaves the scene: a studio with two soft boxes. It lights and is mirrored; behind the objects pictures are
// transparent.
func sky(d vec) vec {
	up := 0.5 + 0.5*d[2]
	c := vec{0.16, 0.15, 0.15}.lerp(vec{0.50, 0.62, 0.82}, smooth(0.35, 1, up))
	c = c.add(vec{0.34, 0.28, 0.22}.mul(math.Exp(-30 * (up - 0.5) * (up - 0.5)))) // the horizon's glow
	c = c.add(softBox(d, keyDir, 0.34, 0.24).times(vec{5.2, 4.9, 4.5}))
	return c.add(softBox(d, fillDir, 0.55, 0.16).times(vec{1.5, 1.9, 2.4}))
}

// softBox is a rounded rectangle of light around the direction at, w by h in tangents.
func softBox(d, at vec, w, h float64) vec {
	f := d.dot(at)
	if f <= 0 {
		return vec{}
	}
	x := vec{-at[1], at[0], 0}.norm()
	y := at.cross(x)
	a, b := math.Abs(d.dot(x)/f), math.Abs(d.dot(y)/f)
	v := smooth(w, 0.8*w, a) * smooth(h, 0.8*h, b)
	return vec{v, v, v}
}

// irradiance of the sky without its boxes, for a surface facing n.
func irradiance(n vec) vec {
	return vec{0.16, 0.15, 0.14}.lerp(vec{0.30, 0.35, 0.43}, smooth(-1, 1, n[2]))
}

// first is the nearest of some objects along a ray of unit length.
func first(among []*object, origin, dir vec, lo, hi float64) (h hit, ok bool) {
	h.t = hi
	for _, o := range among {
		x, y, z := origin[0]-o.frame.at[0], origin[1]-o.frame.at[1], origin[2]-o.frame.at[2]
		b := x*dir[0] + y*dir[1] + z*dir[2]
		out := x*x + y*y + z*z - o.radius*o.radius
		disc := b*b - out
		if disc < 0 || b > 0 && out > 0 { // the sphere around the object is missed, or lies behind
			continue
		}
		if t, hit := o.intersect(origin, dir, -b-math.Sqrt(disc), lo, h.t); hit {
			h.t, h.obj, ok = t, o, true
		}
	}
	return h, ok
}

// shadow is the part of a round light of angular radius 1/k about dir that p sees: along the cone towards it the smallest ratio of
// clearance to width, smoothed.
func (s *Scene) shadow(p, dir vec, k float64) float64 {
	lit := 1.0
	for t := 0.03; t < 2.2; {
		q := p.add(dir.mul(t))
		if q[2] > fieldHigh[2] { // above everything
			break
		}
		d := s.field.at(q)
		lit = min(lit, 0.5+0.5*k*d/t)
		if lit <= 0 {
			return 0
		}
		t += min(max(math.Abs(d), 0.02), 0.3)
	}
	return lit * lit * (3 - 2*lit)
}

// occlusion darkens corners: the distance field along the normal, compared with free space.
func (s *Scene) occlusion(p, n vec) float64 {
	sum, w := 0.0, 1.0
	for _, h := range [3]float64{0.05, 0.13, 0.28} {
		sum += w * max(0, h-s.field.at(p.add(n.mul(h)))) / h
		w *= 0.72
	}
	return clamp01(1 - 0.50*sum)
}

// light is what reaches a point: it changes little within a pixel on one object, so that the rays of a pixel share it.
type light struct {
	obj     *object
	n       vec
	lit, ao float64
	seen    vec
	hasSeen bool
}

// serves reports whether a light found at one point of a pixel holds at another.
func (l *light) serves(o *object, n vec) bool { return l != nil && l.obj == o && l.n.dot(n) > 0.995 }

// shade is the light a hit sends back along the ray; depth counts the reflections still to follow. near, where not nil, keeps the light
// for the next ray of the same pixel.
func (s *Scene) shade(origin, dir vec, h hit, depth int, near *light) vec {
	p := origin.add(dir.mul(h.t))
	n := h.obj.normal(p)
	l := h.obj.skin(h.obj.frame.local(p), n)
	lifted := p.add(n.mul(2e-3))
	facing := max(0, -dir.dot(n))
	away := 1 - facing
	fresnel := away * away * away * away * away

	var at light
	if near.serves(h.obj, n) {
		at = *near
	} else {
		at = light{obj: h.obj, n: n, ao: s.occlusion(p, n)}
		if n.dot(keyDir) > 0 {
			at.lit = s.shadow(lifted, keyDir, 9)
		}
	}
	lit, ao := at.lit, at.ao
	var c vec
	if !l.metal {
		c = keyColor.mul(lit * max(0, n.dot(keyDir)))
		c = c.add(fill.mul(ao * (0.5 + 0.5*n.dot(fillDir))))
		c = c.add(irradiance(n).mul(ao))
		// Light thrown up by the pedestal.
		c = c.add(vec{0.20, 0.18, 0.15}.mul(ao * clamp01(-n[2]*0.5+0.5) * smooth(0.5, -0.5, p[2])))
		c = c.times(l.albedo)
	}
	tint := vec{1, 1, 1}.mul(l.mirror + (1-l.mirror)*fresnel*min(1, l.gloss/200))
	if l.metal {
		tint = l.albedo.lerp(vec{1, 1, 1}, fresnel)
	}
	if l.gloss < 200 && lit > 0 { // sharp surfaces mirror the lamp itself
		half := keyDir.sub(dir).norm()
		spec := math.Pow(max(0, n.dot(half)), l.gloss) * (l.gloss + 8) / 60 * lit
		c = c.add(keyColor.times(tint).mul(spec))
	}
	if m := max(tint[0], max(tint[1], tint[2])); m > 0.008 {
		if !at.hasSeen || l.metal {
			at.seen, at.hasSeen = s.mirrored(lifted, reflect(dir, n), ao, depth), true
		}
		c = c.add(at.seen.times(tint))
	}
	if near != nil {
		*near = at
	}
	return c
}

// mirrored is the light from direction r; the open sky is dimmed in corners.
func (s *Scene) mirrored(p, r vec, ao float64, depth int) vec {
	if depth > 0 {
		if h, ok := first(s.all, p, r, 1e-4, 6); ok {
			return s.shade(p, r, h, depth-1, nil)
		}
	}
	return sky(r).mul(0.35 + 0.65*ao)
}

// film maps scene light to display light in [0, 1]: linear below the shoulder, then compressed, hue kept by mixing towards white only in
// the brightest parts.
func film(c vec) vec {
	const knee = 0.62
	for k, v := range c {
		v *= 0.82
		if v > knee {
			v = knee + (1-knee)*(1-math.Exp(-(v-knee)/(1-knee)))
		}
		c[k] = clamp01(v)
	}
	return c
}

// Trace returns the display light (linear, not encoded) along a ray given in file coordinates, and the distance to the surface; ok is
// false where the ray meets nothing. dir need not be normalised; the distance is in units of its length.
func (s *Scene) Trace(origin, dir [3]float64) (color [3]float64, t float64, ok bool) {
	return s.trace(s.all, origin, dir, nil)
}

func (s *Scene) trace(among []*object, origin, dir [3]float64, near *light) (color [3]float64, t float64, ok bool) {
	n := vec(dir).len()
	d := vec(dir).mul(1 / n)
	h, ok := first(among, origin, d, 1e-3, 100)
	if !ok {
		return color, 0, false
	}
	return film(s.shade(origin, d, h, 1, near)), h.t / n, true
}
