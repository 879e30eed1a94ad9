package enc

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

func TestRegistry(t *testing.T) {
	kinds := map[uint32]bool{}
	for _, e := range All() {
		if kinds[e.Kind] || len(e.Params) > 2 || ByKind(e.Kind) != e || ByOType(e.OType) != e || e.Outputs == nil || e.Forward == nil || e.Backward == nil {
			t.Errorf("%s: kind taken, more than two parameters, or incomplete", e.OType)
		}
		kinds[e.Kind] = true
		if v, err := e.Values(nil); err != nil || e.Outputs(v, max(e.Dims, 1)) < 1 {
			t.Errorf("%s: defaults give %v, %v", e.OType, v, err)
		}
	}
	if ByOType("none") != nil || ByKind(1000) != nil {
		t.Error("an encoding that does not exist is found")
	}
}

// The published vector at d = (0.36, 0.48, 0.8), to seven digits.
var sh4Vector = []float64{0.2820948, -0.2345292, 0.390882, -0.1758969, 0.1887924, -0.4195386, 0.2901602, -0.3146539, -0.0550644, -0.0448622,
	0.3995981, -0.4826404, 0.0597082, -0.3619803, -0.1165495, 0.1192927}

func TestSH4Vector(t *testing.T) {
	var o [16]float32
	SH4([3]float32{0.68, 0.74, 0.9}, &o)
	for k, w := range sh4Vector {
		if !(math.Abs(float64(o[k])-w) <= 5e-7) { // half a digit of the vector and eight roundings of values below 3
			t.Errorf("output %d: %v, want %v", k, o[k], w)
		}
	}
}

// Degree 8 begins with degree 4, and the harmonics of a degree have the sum of squares (2l+1)/4π on unit directions.
func TestSHDegrees(t *testing.T) {
	r := pcg32.New(9)
	for range 100 {
		z, phi := 2*float64(r.Float32())-1, 2*math.Pi*float64(r.Float32())
		s := math.Sqrt(1 - z*z)
		x := []float32{float32(s*math.Cos(phi)+1) / 2, float32(s*math.Sin(phi)+1) / 2, float32(z+1) / 2}
		var low [16]float32
		var y [64]float32
		SH4([3]float32(x), &low)
		sphericalHarmonicsForward(Values{8}, x, y[:])
		for k, v := range low {
			if !(math.Abs(float64(v-y[k])) <= 3e-6) {
				t.Errorf("output %d: %v by the recurrence, %v written out (seed 9)", k, y[k], v)
			}
		}
		for l := range 8 {
			var sum float64
			for _, v := range y[l*l : (l+1)*(l+1)] {
				sum += float64(v) * float64(v)
			}
			if want := (2*float64(l) + 1) / (4 * math.Pi); !(math.Abs(sum-want) <= 2e-5*want) {
				t.Errorf("degree %d: sum of squares %v, want %v (seed 9)", l, sum, want)
			}
		}
	}
}

// For x in 0..1 the bins of a blob sum to one; a triangle wave and a sine repeat.
func TestPeriods(t *testing.T) {
	var y [16]float32
	for x := float32(0); x <= 1; x += 1.0 / 64 {
		oneBlobForward(Values{16}, []float32{x}, y[:])
		var sum float64
		for _, v := range y {
			sum += float64(v)
		}
		if !(math.Abs(sum-1) <= 1e-5) {
			t.Errorf("blob at %v sums to %v", x, sum)
		}
		var a, b [8]float32
		triangleWaveForward(Values{8}, []float32{x}, a[:])
		triangleWaveForward(Values{8}, []float32{x + 2}, b[:])
		if a != b {
			t.Errorf("triangle wave at %v: %v, two later %v", x, a, b)
		}
		frequencyForward(Values{4}, []float32{x}, a[:])
		frequencyForward(Values{4}, []float32{x + 2}, b[:])
		if a != b {
			t.Errorf("sine at %v: %v, two later %v", x, a, b)
		}
	}
}
