package oracle

import "math"

// SphereRay is a ray of sphere tracing: how far it is, the last place outside the surface, and what became of it.
type SphereRay struct {
	T, TMax        float64
	OutsideT       float64
	OutsideD       float64 // 0: no place yet
	Light          float64
	Steps          int
	Ended, Arrived bool
	// Close is how near the step came to another decision, relative to the numbers compared.
	Close float64
}

// decide tells whether a < b, and notes how close it was.
func (r *SphereRay) decide(a, b float64) bool {
	r.Close = math.Min(r.Close, math.Abs(a-b)/(math.Abs(a)+math.Abs(b)))
	return a < b
}

// View is one step of a viewing ray at distance d from the surface: a step of factor·d outside, the zero of the chord
// inside (regula falsi). near is the distance of arrival.
func (r SphereRay) View(d, near, factor float64, maxSteps int) SphereRay {
	r.Steps++
	r.Close = 1
	arrive := func(hit bool) { r.Ended, r.Arrived = true, hit }
	switch {
	case !r.decide(near, math.Abs(d)):
		arrive(true)
	case d > 0:
		r.OutsideT, r.OutsideD = r.T, d
		r.T += factor * d
		if !r.decide(r.T, r.TMax) {
			arrive(false)
		}
	case r.OutsideD == 0 || !r.decide(near, r.T-r.OutsideT):
		arrive(true)
	default:
		r.T = (r.OutsideT*-d + r.T*r.OutsideD) / (r.OutsideD - d)
	}
	if !r.Ended && r.Steps >= maxSteps {
		arrive(!r.decide(4*near, math.Abs(d)))
	}
	return r
}

// Shadow is one step of a ray to a light: the light that arrives is the least of sharpness·d/t, the cone of half angle
// 1/sharpness that stays free around the ray.
func (r SphereRay) Shadow(d, near, factor, sharpness float64, maxSteps int) SphereRay {
	r.Steps++
	r.Close = 1
	if d <= 0 {
		r.Light, r.Ended, r.Arrived = 0, true, true
		return r
	}
	r.Light = math.Min(r.Light, sharpness*d/r.T)
	r.T += math.Max(factor*d, near)
	if !r.decide(r.T, r.TMax) || r.Steps >= maxSteps {
		r.Ended = true
	}
	return r
}

// Studio lights a surface.
type Studio struct {
	Light, Up                vec3
	Key, Sky, Ground, Albedo vec3
	Gloss                    float64
}

// Shade is the linear colour of a surface with normal n seen along d: a Lambertian key light, a hemisphere light weighted
// with how open the surface is, and a Blinn highlight of exponent 32.
func (s Studio) Shade(n, d [3]float64, open, arriving float64) [3]float64 {
	dot := func(a, b vec3) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
	facing := math.Max(0, dot(n, s.Light)) * arriving
	up := (1 + dot(n, s.Up)) / 2
	h := vec3{s.Light[0] - d[0], s.Light[1] - d[1], s.Light[2] - d[2]}
	shine := 0.0
	if l := math.Sqrt(dot(h, h)); l > 0 {
		shine = s.Gloss * math.Pow(math.Max(0, dot(n, h)/l), 32)
	}
	var out [3]float64
	for k := range out {
		ambient := ((1-up)*s.Ground[k] + up*s.Sky[k]) * open
		out[k] = s.Albedo[k]*(s.Key[k]*facing+ambient) + s.Key[k]*shine*facing
	}
	return out
}

// Openness is how much of the sky a surface sees, from distances at heights reach, 2·reach, 4·reach … above it.
func Openness(distances []float64, reach float64) float64 {
	closed := 0.0
	for j, d := range distances {
		h := reach * math.Exp2(float64(j))
		closed += math.Exp2(-float64(j+1)) * math.Min(math.Max(1-d/h, 0), 1)
	}
	return 1 - closed
}

type vec3 = [3]float64
