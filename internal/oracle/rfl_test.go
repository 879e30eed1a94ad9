package oracle

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

// TestRflGrad compares the gradient of the radiance-field loss with central differences, and rejects that of the ray's
// colour.
func TestRflGrad(t *testing.T) {
	rng := pcg32.New(9)
	s := make([]RaySample, 25)
	for j := range s {
		s[j].Dt = 0.02
		for k := range 4 {
			s[j].Raw[k] = float64(rng.Float32()*4 - 2)
		}
		s[j].Raw[3] += 1.5
	}
	target, back := [3]float64{0.2, 0.7, 0.4}, [3]float64{0.9, 0.1, 0.5}
	for _, kind := range []int{0, rayLossHuber, rayLossLogL1} {
		for _, whole := range []bool{false, true} {
			value := func() float64 { return RflLoss(s, Composite(s, back, 0, false), target, back, kind, false, whole) }
			p := Composite(s, back, 0, false)
			grad, _ := RflGrad(s, p, target, back, kind, false, false, whole)
			other, _ := CompositeGrad(s, p, [3]float64{1, 1, 1}, false)
			missed := 0
			for j := range s {
				for k := range 4 {
					const h = 1e-5
					x := &s[j].Raw[k]
					*x += h
					up := value()
					*x -= 2 * h
					down := value()
					*x += h
					want := (up - down) / (2 * h)
					// h² times a third derivative below 10, rounding 2^-52/h, and a bend of Huber's slope by h.
					if math.Abs(grad[j][k]-want) > 1e-6 {
						t.Errorf("loss %d whole %v sample %d output %d: %v, differences give %v", kind, whole, j, k, grad[j][k], want)
					}
					if math.Abs(other[j][k]-want) > 1e-6 {
						missed++
					}
				}
			}
			if missed < 50 {
				t.Errorf("another gradient is noticed only %d times", missed)
			}
		}
	}
}
