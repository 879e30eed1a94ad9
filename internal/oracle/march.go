package oracle

import "math"

// StepLaw is the law of step sizes for a cone angle: dt is sqrt(3)/1024 near the origin, grows in proportion to t and ends
// at sqrt(3); n(t) counts steps.
type StepLaw struct{ cone, h, hmax, lambda, a, b, ta, tb float64 }

// NewStepLaw is the law of a cone angle; at most 1e-5 means constant steps.
func NewStepLaw(cone float64) StepLaw {
	s := StepLaw{cone: cone, h: math.Sqrt(3) / 1024, hmax: math.Sqrt(3)}
	if cone <= 1e-5 {
		return s
	}
	s.lambda = math.Log(1 + cone)
	s.a = (math.Log(s.h) - math.Log(s.lambda)) / s.lambda
	s.b = (math.Log(s.hmax) - math.Log(s.lambda)) / s.lambda
	s.ta, s.tb = math.Exp(s.a*s.lambda), math.Exp(s.b*s.lambda)
	return s
}

// Number is n(t).
func (s StepLaw) Number(t float64) float64 {
	switch {
	case s.lambda == 0:
		return t / s.h
	case t <= s.ta:
		return (t-s.ta)/s.h + s.a
	case t <= s.tb:
		return math.Log(t) / s.lambda
	}
	return (t-s.tb)/s.hmax + s.b
}

// Position is t(n).
func (s StepLaw) Position(n float64) float64 {
	switch {
	case s.lambda == 0:
		return n * s.h
	case n <= s.a:
		return (n-s.a)*s.h + s.ta
	case n <= s.b:
		return math.Exp(n * s.lambda)
	}
	return (n-s.b)*s.hmax + s.tb
}

// Dt is t(n(t)+1) - t.
func (s StepLaw) Dt(t float64) float64 { return s.Position(s.Number(t)+1) - t }

// Morton interleaves the bits of cell coordinates one by one.
func Morton(x, y, z int) int {
	m := 0
	for b := range 7 {
		m |= (x>>b&1)<<(3*b) | (y>>b&1)<<(3*b+1) | (z>>b&1)<<(3*b+2)
	}
	return m
}

// Occupied looks p up in cascade c of the bitfield.
func Occupied(bits []uint32, p [3]float64, c int) bool {
	var i [3]int
	for k := range p {
		q := ((p[k]-0.5)*math.Pow(2, -float64(c)) + 0.5) * 128
		if q <= -1 || q >= 128 {
			return false
		}
		i[k] = int(q)
	}
	m := Morton(i[0], i[1], i[2])
	return bits[c*65536+m/32]>>(m%32)&1 != 0
}

// MipByPosition is the cascade of a point.
func MipByPosition(p [3]float64, maxMip int) int {
	m := 0.0
	for _, v := range p {
		m = math.Max(m, math.Abs(v-0.5))
	}
	_, e := math.Frexp(m)
	return min(max(e+1, 0), maxMip)
}

// MipByStep is the cascade of a point for a step size.
func MipByStep(p [3]float64, dt float64, maxMip int) int {
	mip := MipByPosition(p, maxMip)
	if q := dt * 256; q >= 1 {
		_, e := math.Frexp(q)
		mip = min(max(mip, e), maxMip)
	}
	return mip
}

// Sample is one point of a march.
type Sample struct {
	P     [3]float64
	T, Dt float64
	Eps   float64 // how far a float32 evaluation of T or of a coordinate may be from it
}

// March returns the lattice points of a ray that lie in occupied cells, testing every lattice point: the truth that
// skipping empty cells must reproduce. sure is false when a point within the float32 error of one of them would be judged
// differently, so that no exact comparison is possible.
func March(bits []uint32, law StepLaw, o, d [3]float64, first, tmax float64, maxMip, minMip int, byStep bool, limit int) (out []Sample, sure bool) {
	return MarchWithin(bits, law, o, d, first, tmax, maxMip, minMip, byStep, limit, 0)
}

// MarchWithin is March of a ray whose points are themselves known to within extra.
func MarchWithin(bits []uint32, law StepLaw, o, d [3]float64, first, tmax float64, maxMip, minMip int, byStep bool, limit int, extra float64) (out []Sample, sure bool) {
	sure = true
	n0 := law.Number(first)
	lastMip := -1
	for k := 0; len(out) < limit; k++ {
		t := law.Position(n0 + float64(k))
		// n is rounded to 2^-13 and computed from a logarithm of 4 ulp, each a factor exp(lambda*error): below 2e-6.
		eps := 2e-6*t + 5e-7 + extra
		if math.Abs(t-tmax) < eps {
			sure = false
		}
		if t >= tmax {
			break
		}
		dt := law.Dt(t)
		judge := func(p [3]float64, dt float64) (int, bool) {
			var mip int
			if byStep {
				mip = MipByStep(p, dt, maxMip)
			} else {
				mip = max(MipByPosition(p, maxMip), minMip)
			}
			return mip, Occupied(bits, p, mip)
		}
		p := [3]float64{o[0] + t*d[0], o[1] + t*d[1], o[2] + t*d[2]}
		mip, in := judge(p, dt)
		for corner := range 8 {
			q, e := p, dt*(1+1e-5)
			for i := range q {
				q[i] += eps * float64(2*(corner>>i&1)-1)
			}
			if corner&1 == 0 {
				e = dt * (1 - 1e-5)
			}
			if m, same := judge(q, e); same != in || in && m != mip {
				sure = false
			}
		}
		// A skip jumps over a whole cell of one cascade; where the cascade rises inside that cell the skip and the test of
		// every point may differ, so points next to such a change must be empty in both cascades or occupied in the first.
		if byStep && lastMip >= 0 && mip != lastMip {
			for back := -40; back <= 40; back++ {
				s := law.Position(n0 + float64(k+back))
				q := [3]float64{o[0] + s*d[0], o[1] + s*d[1], o[2] + s*d[2]}
				if Occupied(bits, q, mip) != Occupied(bits, q, lastMip) {
					sure = false
				}
			}
		}
		lastMip = mip
		if in {
			out = append(out, Sample{p, t, dt, eps})
		}
	}
	return out, sure
}
