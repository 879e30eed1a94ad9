package oracle

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

// TestDepthGrad compares the gradient of the expected depth with central differences, and rejects one whose transmittance
// is that before the sample.
func TestDepthGrad(t *testing.T) {
	rng := pcg32.New(3)
	s, at := make([]RaySample, 30), make([]float64, 30)
	far := 0.4
	for j := range s {
		s[j] = RaySample{[4]float64{0, 0, 0, float64(rng.Float32()*6 - 1)}, 0.01}
		far += 0.01 + float64(rng.Float32())*0.02
		at[j] = far
	}
	depth := func() float64 {
		d, _ := Depth(s, Composite(s, [3]float64{}, 0, false), at, 0)
		return d
	}
	p := Composite(s, [3]float64{}, 0, false)
	grad, _ := DepthGrad(s, p, at, 0, 2, 0)
	const h = 1e-5
	T := 1.0
	for j := range s {
		x := &s[j].Raw[3]
		*x += h
		up := depth()
		*x -= 2 * h
		down := depth()
		*x += h
		want := 2 * (up - down) / (2 * h)
		// Third order of the difference: h² times a third derivative below 10; rounding 2^-52/h.
		if math.Abs(grad[j]-want) > 1e-8 {
			t.Errorf("sample %d: %v, differences give %v", j, grad[j], want)
		}
		wrong := grad[j] + 2*math.Exp(*x)*s[j].Dt*p.Weights[j]*at[j]
		if p.Weights[j] > 1e-3 && math.Abs(wrong-want) <= 1e-8 {
			t.Errorf("sample %d: the fault is not noticed", j)
		}
		T -= p.Weights[j]
	}
	if T < 0 {
		t.Errorf("transmittance %v", T)
	}
}
