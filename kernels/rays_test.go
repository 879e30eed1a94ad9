package kernels

import (
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"testing"

	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
)

// TestStepVectors: dt at cone 1/256 and cascades by position, from the published figures.
func TestStepVectors(t *testing.T) {
	law := NewStepLaw(1.0 / 256)
	for _, v := range [][2]float64{{0.1, 0.00169146}, {0.5, 0.001953125}, {1, 0.00390625}, {2, 0.0078125}, {10, 0.0390625}, {500, 1.7320508}} {
		if got := float64(law.size(law.number(float32(v[0])), float32(v[0]))); math.Abs(got-v[1]) > 1e-5*v[1] {
			t.Errorf("dt(%g) = %g, want %g", v[0], got, v[1])
		}
		if got := oracle.NewStepLaw(1.0 / 256).Dt(v[0]); math.Abs(got-v[1]) > 3e-6*v[1] {
			t.Errorf("oracle: dt(%g) = %g, want %g", v[0], got, v[1])
		}
	}
	for _, v := range []struct {
		p    vec3
		want uint32
	}{{vec3{0.99, .5, .5}, 0}, {vec3{1, .5, .5}, 1}, {vec3{1.5, .5, .5}, 2}, {vec3{3, 0, 0}, 3}, {vec3{.5, .5, .5}, 1}} {
		if got := mipFromPosition(v.p, 7); got != v.want {
			t.Errorf("cascade of %v is %d, want %d", v.p, got, v.want)
		}
	}
}

func TestMortonVectors(t *testing.T) {
	for _, v := range [][4]uint32{{1, 0, 0, 1}, {0, 1, 0, 2}, {0, 0, 1, 4}, {5, 9, 3, 1127}, {64, 64, 64, 1835008}, {127, 127, 127, 2097151}} {
		if got := Morton3(v[0], v[1], v[2]); got != v[3] {
			t.Errorf("Morton3(%d, %d, %d) = %d, want %d", v[0], v[1], v[2], got, v[3])
		}
		if x, y, z := Unmorton3(v[3]); [3]uint32{x, y, z} != [3]uint32(v[:3]) {
			t.Errorf("Unmorton3(%d) = %d %d %d", v[3], x, y, z)
		}
	}
}

func TestColorVectors(t *testing.T) {
	for _, v := range []struct{ got, want float32 }{
		{srgbToLinear(128.0 / 255), 0.2158605}, {linearToSrgb(0.5), 0.7353606}, {linearToSrgb(0.2158605), 0.5019665},
	} {
		if math.Abs(float64(v.got-v.want)) > 2e-6 {
			t.Errorf("got %v, want %v", v.got, v.want)
		}
	}
}

// TestStateWords: the shader's word indices are the fields of TrainState.
func TestStateWords(t *testing.T) {
	source, err := os.ReadFile("../shaders/lib/train_state.glsl")
	if err != nil {
		t.Fatal(err)
	}
	word := map[string]uint64{}
	for _, m := range regexp.MustCompile(`const uint STATE_(\w+) = (\d+);`).FindAllStringSubmatch(string(source), -1) {
		word[m[1]], _ = strconv.ParseUint(m[2], 10, 32)
	}
	snake := regexp.MustCompile(`([a-z])([A-Z])`)
	typ := reflect.TypeFor[TrainState]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Name == "_" {
			continue
		}
		name := snake.ReplaceAllString(f.Name, "${1}_$2")
		upper := []byte(name)
		for j, c := range upper {
			if c >= 'a' && c <= 'z' {
				upper[j] = c - 32
			}
		}
		if at, ok := word[string(upper)]; !ok || at != uint64(f.Offset)/4 {
			t.Errorf("%s is word %d here, %d in the shader (%v)", f.Name, f.Offset/4, at, ok)
		}
		delete(word, string(upper))
	}
	if delete(word, "WORDS"); len(word) != 0 || TrainStateSize != 4*32 {
		t.Errorf("the shader has other words: %v", word)
	}
}

// TestProjectRoundTrip: projecting a point of a ray gives its image point back, for every lens that projects.
func TestProjectRoundTrip(t *testing.T) {
	const seed = 71
	rng := pcg32.New(seed)
	for lens, k := range map[uint32][4]float32{lensPerspective: {}, lensOpenCV: {-0.12, 0.03, 0.004, -0.003}, lensFisheye: {0.05, -0.01, 0.002, -0.0003}, lensOrthographic: {}} {
		c := Camera{R00: 0.6, R02: 0.8, R11: 1, R20: -0.8, R22: 0.6, Tx: 0.2, Ty: -0.1, Tz: 0.4, Fx: 40, Fy: 42, Cx: 0.48, Cy: 0.53,
			Width: 64, Height: 48, Lens: lens, K0: k[0], K1: k[1], K2: k[2], K3: k[3]}
		for range 200 {
			u, v := rng.Float32(), rng.Float32()
			o, d, _, ok := c.ray(u, v)
			pu, pv, seen := c.project(o.add(d.mul(0.5 + rng.Float32())))
			if !ok || !seen || abs32(pu-u)+abs32(pv-v) > 2e-5 {
				t.Fatalf("lens %d, seed %d: (%v, %v) comes back as (%v, %v)", lens, seed, u, v, pu, pv)
			}
		}
	}
}

// TestCompositeGradientOracle holds the formula of the gradient against finite differences of the composited loss, and a
// slab of constant density against its closed form.
func TestCompositeGradientOracle(t *testing.T) {
	const seed = 72
	rng := pcg32.New(seed)
	s := make([]oracle.RaySample, 12)
	for j := range s {
		for k := range 4 {
			s[j].Raw[k] = float64(rng.Float32())*4 - 2
		}
		s[j].Dt = 0.1
	}
	back, goal := [3]float64{0.2, 0.5, 0.9}, [3]float64{0.7, 0.1, 0.4}
	loss := func() (sum float64, slope [3]float64) {
		p := oracle.Composite(s, back, 1e-4, false)
		for k := range 3 {
			v, d, _ := oracle.RayLoss(int(LossL2), p.C[k], goal[k])
			sum, slope[k] = sum+v, d
		}
		return sum, slope
	}
	_, slope := loss()
	grad, _ := oracle.CompositeGrad(s, oracle.Composite(s, back, 1e-4, false), slope, false)
	for j := range s {
		for k := range 4 {
			const h = 1e-5
			keep := s[j].Raw[k]
			s[j].Raw[k] = keep + h
			up, _ := loss()
			s[j].Raw[k] = keep - h
			down, _ := loss()
			s[j].Raw[k] = keep
			if d := (up - down) / (2 * h); math.Abs(d-grad[j][k]) > 1e-8 {
				t.Errorf("sample %d output %d: formula %g, differences %g", j, k, grad[j][k], d)
			}
		}
	}
	slab := make([]oracle.RaySample, 50)
	for j := range slab {
		slab[j] = oracle.RaySample{Raw: [4]float64{0, 0, 0, math.Log(3)}, Dt: 0.02}
	}
	p := oracle.Composite(slab, [3]float64{}, 1e-4, false)
	if want := 0.5 * (1 - math.Exp(-3)); math.Abs(p.C[0]-want) > 1e-12 || math.Abs(p.T-math.Exp(-3)) > 1e-12 {
		t.Errorf("a slab of optical thickness 3: colour %g, want %g", p.C[0], want)
	}
}
