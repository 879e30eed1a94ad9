package kernels

import "math"

// The statements of shaders/lib/step.glsl and march.glsl in Go.
const (
	stepMin = float32(0.00169145586) // sqrt(3)/1024
	stepMax = float32(1.73205081)    // sqrt(3)
	far     = float32(16384)
)

// StepLaw are the constants of the step law: with lambda = ln(1+cone), n(t) = ln t/lambda between ta and tb, where one step
// grows from sqrt(3)/1024 to sqrt(3); constant steps on either side. lambda = 0 means constant steps everywhere.
type StepLaw struct {
	Cone, Lambda, A, B, Ta, Tb float32
}

// NewStepLaw computes the constants in float64. A cone angle of at most 1e-5 gives constant steps.
func NewStepLaw(cone float64) StepLaw {
	if cone <= 1e-5 {
		return StepLaw{}
	}
	h, hmax, lambda := math.Sqrt(3)/1024, math.Sqrt(3), math.Log1p(cone)
	a := (math.Log(h) - math.Log(lambda)) / lambda
	b := (math.Log(hmax) - math.Log(lambda)) / lambda
	return StepLaw{float32(cone), float32(lambda), float32(a), float32(b), float32(math.Exp(a * lambda)), float32(math.Exp(b * lambda))}
}

func (s *StepLaw) number(t float32) float32 {
	switch {
	case s.Lambda == 0:
		return t / stepMin
	case t <= s.Ta:
		return (t-s.Ta)/stepMin + s.A
	case t <= s.Tb:
		return rLog(t) / s.Lambda
	}
	return (t-s.Tb)/stepMax + s.B
}

func (s *StepLaw) position(n float32) float32 {
	switch {
	case s.Lambda == 0:
		return n * stepMin
	case n <= s.A:
		return float32((n-s.A)*stepMin) + s.Ta
	case n <= s.B:
		return rExp(n * s.Lambda)
	}
	return float32((n-s.B)*stepMax) + s.Tb
}

func (s *StepLaw) size(n, t float32) float32 {
	switch {
	case s.Lambda == 0 || n+1 <= s.A:
		return stepMin
	case n >= s.B:
		return stepMax
	case n >= s.A && n+1 <= s.B:
		return t * s.Cone
	}
	return s.position(n+1) - t
}

// boxSpan is entry and exit of the box; ok is false when the ray misses it or leaves it before t = 0.
func boxSpan(o, d, lo, hi vec3) (t0, t1 float32, ok bool) {
	t0, t1 = -far, far
	for i := range o {
		if d[i] == 0 {
			if o[i] < lo[i] || o[i] > hi[i] {
				return t0, t1, false
			}
			continue
		}
		a, b := (lo[i]-o[i])/d[i], (hi[i]-o[i])/d[i]
		t0 = max(t0, min(a, b))
		t1 = min(t1, max(a, b))
	}
	return t0, t1, t0 < t1 && t1 > 0
}

type rayState struct {
	o, d vec3
	n0   float32
	k    uint32
	tmax float32
}

type marcher struct {
	law            StepLaw
	maxMip, minMip uint32
	byStep         bool
	occupancy      []uint32
}

func (m *marcher) occupied(p vec3, c uint32) bool {
	cell, ok := cellAt(p, c)
	return ok && m.occupancy[c*gridWords+cell>>5]>>(cell&31)&1 != 0
}

func cellExit(p, d vec3, c uint32) float32 {
	r := 128 * power2(-int(c))
	t := float32(1e30)
	for i := range p {
		if d[i] != 0 {
			q := r * (p[i] - 0.5)
			s := float32(0.5)
			if d[i] < 0 {
				s = -0.5
			}
			t = min(t, (floor32(q+0.5+s)-q)/d[i])
		}
	}
	return max(t/r, 0)
}

func (s *StepLaw) cellSkip(n, t, exit float32) uint32 {
	return uint32(ceil32(max(s.number(min(t+exit, 2*far))-n, 0.5)))
}

// next finds the next sample in an occupied cell; ok is false at the end of the ray.
func (m *marcher) next(r *rayState) (p vec3, t, dt float32, ok bool) {
	for range 65536 {
		n := r.n0 + float32(r.k)
		t = m.law.position(n)
		p = r.o.add(r.d.mul(t))
		if !(t < r.tmax) {
			return p, t, 0, false
		}
		dt = m.law.size(n, t)
		var mip uint32
		if m.byStep {
			mip = mipFromStep(p, dt, m.maxMip)
		} else {
			mip = min(max(mipFromPosition(p, m.maxMip), m.minMip), m.maxMip)
		}
		if m.occupied(p, mip) {
			r.k++
			return p, t, dt, true
		}
		for mip < GridCascades-1 && !m.occupied(p, mip+1) {
			mip++
		}
		r.k += m.law.cellSkip(n, t, cellExit(p, r.d, mip))
	}
	return p, t, dt, false
}
