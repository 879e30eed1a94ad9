package oracle

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

// The slopes are those of the forward pass, by central differences with h = 1e-5: truncation h²·y”'/6 with y”' at most
// (2·7)³·10 here, cancellation 1e-16/h.
func TestEncodingSlopes(t *testing.T) {
	r := pcg32.New(31)
	params := map[string][]float64{"SphericalHarmonics": {8}, "Frequency": {4}, "TriangleWave": {4}, "OneBlob": {8}, "Identity": {2.5, -1}}
	for name, e := range Encodings {
		p := params[name]
		for range 20 {
			x := []float64{float64(r.Float32()), float64(r.Float32()), float64(r.Float32())}
			if e.Kink != nil && nearKink(e, p, x) {
				continue
			}
			slope, _ := e.Slope(p, x)
			for d := range x {
				const h = 1e-5
				up, down := append([]float64(nil), x...), append([]float64(nil), x...)
				up[d] += h
				down[d] -= h
				a, _ := e.Forward(p, up)
				b, _ := e.Forward(p, down)
				for k := range a {
					if fd := (a[k] - b[k]) / (2 * h); !(math.Abs(fd-slope[k][d]) <= 2e-6*(1+math.Abs(fd))) {
						t.Fatalf("%s: slope of output %d by input %d is %v, by differences %v (seed 31)", name, k, d, slope[k][d], fd)
					}
				}
			}
		}
	}
}

func nearKink(e Encoding, p, x []float64) bool {
	for d := range x {
		for _, h := range []float64{-2e-5, 2e-5} {
			y := append([]float64(nil), x...)
			y[d] += h
			a, _ := e.Slope(p, x)
			b, _ := e.Slope(p, y)
			for k := range a {
				if a[k][d] != b[k][d] {
					return true
				}
			}
		}
	}
	return false
}

// The published vector of degree 4 at d = (0.36, 0.48, 0.8), to seven digits.
func TestSphericalHarmonicsVector(t *testing.T) {
	want := []float64{0.2820948, -0.2345292, 0.390882, -0.1758969, 0.1887924, -0.4195386, 0.2901602, -0.3146539, -0.0550644, -0.0448622,
		0.3995981, -0.4826404, 0.0597082, -0.3619803, -0.1165495, 0.1192927}
	y, _ := shForward([]float64{4}, []float64{0.68, 0.74, 0.9})
	for k, w := range want {
		if math.Abs(y[k]-w) > 6e-8 {
			t.Errorf("output %d: %v, want %v", k, y[k], w)
		}
	}
}

// On unit directions the harmonics of degree l satisfy Σ_m Y² = (2l+1)/4π, which fixes every normalisation up to sign.
func TestSphericalHarmonicsSum(t *testing.T) {
	r := pcg32.New(5)
	for range 50 {
		z, phi := 2*float64(r.Float32())-1, 2*math.Pi*float64(r.Float32())
		s := math.Sqrt(1 - z*z)
		y, _ := shForward([]float64{8}, []float64{(s*math.Cos(phi) + 1) / 2, (s*math.Sin(phi) + 1) / 2, (z + 1) / 2})
		for l := range 8 {
			var sum float64
			for m := -l; m <= l; m++ {
				sum += y[l*l+l+m] * y[l*l+l+m]
			}
			if want := (2*float64(l) + 1) / (4 * math.Pi); math.Abs(sum-want) > 1e-12 {
				t.Errorf("degree %d: sum of squares %v, want %v", l, sum, want)
			}
		}
	}
}
