package simd

import (
	"fmt"
	"math"
	"math/rand"
	"testing"
	"unsafe"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
)

// unit is half the distance from 1 to the next float32.
const unit = 1.0 / (1 << 24)

// shape is one configuration of the NeRF kernels.
type shape struct {
	levels, features, log2T, width, dHidden, rHidden int
	smooth, half                                     bool
}

func (s shape) String() string {
	return fmt.Sprintf("L%dF%dT%dW%dD%dR%d smooth=%v half=%v", s.levels, s.features, s.log2T, s.width, s.dHidden, s.rHidden, s.smooth, s.half)
}

// scene is everything that a call binds, made from a seed.
type scene struct {
	shape
	lv       []level
	rows     int
	weights  []float32
	table    []float32 // values as the kernel sees them
	words    []byte    // the table as bound
	samples  []float32
	capacity int
	n        int
}

func layout(name string, bindings []string, push int) *gpu.Layout {
	l := &gpu.Layout{PushSize: push, LocalIDs: [3]int{0, -1, -1}}
	for _, b := range bindings {
		l.Bindings = append(l.Bindings, gpu.Binding{Name: b})
	}
	ids := []uint32{0, 3, 4, 5, 6, 7, 8, 9}
	for i, n := range []string{"local_size_x", "LEVELS", "FEATURES", "WIDTH", "DENSITY_HIDDEN", "RGB_HIDDEN", "INTERPOLATION", "HALF"} {
		l.Spec = append(l.Spec, gpu.Spec{Name: n, ID: ids[i]})
	}
	return l
}

var (
	inferKernel    = &gpu.Kernel{Name: "nerf_infer", Layout: layout("nerf_infer", []string{"samples", "levels", "weights", "table", "counts", "raw"}, 8)}
	densityKernel  = &gpu.Kernel{Name: "nerf_density", Layout: layout("nerf_density", []string{"samples", "levels", "weights", "table", "counts", "density"}, 8)}
	backwardKernel = &gpu.Kernel{Name: "nerf_backward", Layout: layout("nerf_backward",
		[]string{"samples", "levels", "weights", "table", "counts", "draw", "dfeatures", "partial"}, 12)}
)

func roundUp(x, to int) int { return (x + to - 1) / to * to }

func newScene(sh shape, n, capacity int, seed int64) *scene {
	rng := rand.New(rand.NewSource(seed))
	s := &scene{shape: sh, capacity: capacity, n: n}
	b := math.Exp(math.Log(2048.0/16) / float64(max(1, sh.levels-1)))
	for i := range sh.levels {
		scale := float32(math.Pow(b, float64(i))*16 - 1)
		res := uint32(math.Ceil(float64(scale))) + 1
		cube := float64(res) * float64(res) * float64(res)
		l := level{scale: scale, resolution: res, offset: uint32(s.rows)}
		if cube > float64(int(1)<<sh.log2T) {
			l.hashed, l.size = 1, 1<<sh.log2T
		} else {
			l.size = uint32(roundUp(int(cube), 8))
		}
		s.rows += int(l.size)
		s.lv = append(s.lv, l)
	}
	in := roundUp(sh.levels*sh.features, 16)
	count := sh.width*in + (sh.dHidden-1)*sh.width*sh.width + 16*sh.width + sh.width*32 + (sh.rHidden-1)*sh.width*sh.width + 16*sh.width
	s.weights = make([]float32, count)
	for i := range s.weights {
		s.weights[i] = (rng.Float32()*2 - 1) * 0.25
	}
	s.table = make([]float32, s.rows*sh.features)
	for i := range s.table {
		s.table[i] = rng.Float32()*2 - 1
	}
	if sh.half {
		h := make([]uint16, roundUp(len(s.table), 2))
		for i := range s.table {
			h[i] = f16.From32(s.table[i])
			s.table[i] = f16.To32(h[i])
		}
		s.words = unsafe.Slice((*byte)(unsafe.Pointer(&h[0])), 2*len(h))
	} else {
		s.words = gpu.Bytes(s.table)
	}
	s.samples = make([]float32, 7*capacity)
	for i := range s.samples {
		s.samples[i] = float32(math.NaN())
	}
	rays(rng, s.samples, n, capacity)
	return s
}

// rays fills samples with points along rays through the unit cube, 40 a ray, and some a little outside of it.
func rays(rng *rand.Rand, samples []float32, n, capacity int) {
	var o, d [3]float32
	for i := range n {
		if i%40 == 0 {
			for k := range 3 {
				o[k], d[k] = rng.Float32(), rng.Float32()*2-1
			}
		}
		t := float32(i%40) * 0.0017
		for k := range 3 {
			samples[k*capacity+i] = o[k] + t*d[k]
			samples[(3+k)*capacity+i] = (d[k] + 1) / 2
		}
		samples[6*capacity+i] = 0.0017
	}
}

func (s *scene) spec() []uint32 {
	interpolation, half := uint32(0), uint32(0)
	if s.smooth {
		interpolation = 1
	}
	if s.half {
		half = 1
	}
	return []uint32{64, uint32(s.levels), uint32(s.features), uint32(s.width), uint32(s.dHidden), uint32(s.rHidden), interpolation, half}
}

func (s *scene) call(k *gpu.Kernel, pool gpu.Pool, push []uint32, tail ...[]byte) *gpu.Call {
	bind := [][]byte{gpu.Bytes(s.samples), gpu.Bytes(s.lv), gpu.Bytes(s.weights), s.words, gpu.Bytes([]uint32{9999, uint32(s.n)})}
	return &gpu.Call{Kernel: k, Groups: [3]uint32{uint32(s.n+63)/64 + 1, 1, 1}, Push: gpu.Bytes(push), Spec: s.spec(), Pool: pool, Bind: append(bind, tail...)}
}

// running is a value in float64 with a bound on the error of its float32 evaluation.
type running struct{ v, e float64 }

// oracleFeatures evaluates the grid in float64, from the cell position that the formula fixes in float32.
func (s *scene) oracleFeatures(i int) []running {
	out := make([]running, roundUp(s.levels*s.features, 16))
	for li, l := range s.lv {
		var c [3]uint32
		var w [3]float64
		for d := range 3 {
			x := float64(s.samples[d*s.capacity+i])
			p := float64(float32(math.FMA(float64(l.scale), x, 0.5)))
			if !(math.Abs(p) < 1<<31) {
				p = 0
			}
			f := math.Floor(p)
			c[d], w[d] = uint32(int32(f)), p-f
			if s.smooth {
				w[d] = w[d] * w[d] * (3 - 2*w[d])
			}
		}
		for corner := range 8 {
			weight := 1.0
			var v [3]uint32
			for d := range 3 {
				v[d] = c[d] + uint32(corner>>d&1)
				if corner>>d&1 == 1 {
					weight *= w[d]
				} else {
					weight *= 1 - w[d]
				}
			}
			var row uint32
			if l.hashed != 0 {
				row = (v[0] ^ v[1]*2654435761 ^ v[2]*805459861) % l.size
			} else {
				row = (v[0] + v[1]*l.resolution + v[2]*l.resolution*l.resolution) % l.size
			}
			for f := range s.features {
				x := float64(s.table[(int(l.offset)+int(row))*s.features+f])
				o := &out[li*s.features+f]
				o.v += weight * x
				// Linear: a weight is three factors of one rounding each (1-t) and two products, the sum 9 roundings.
				// Smoothstep: a factor is off by at most 4 units of the interval, whatever its size.
				o.e += 14 * unit * 1.01 * weight * math.Abs(x)
				if s.smooth {
					o.e += 12 * unit * math.Abs(x)
				}
			}
		}
	}
	return out
}

func oracleMLP(w []float32, x []running, width, hidden int) ([]running, []float32) {
	for i := range hidden + 1 {
		out := width
		if i == hidden {
			out = 16
		}
		y := make([]running, out)
		for o := range y {
			var magnitude float64
			for k, a := range x {
				wk := float64(w[o*len(x)+k])
				y[o].v += wk * a.v
				y[o].e += math.Abs(wk) * a.e
				magnitude += math.Abs(wk) * (math.Abs(a.v) + a.e)
			}
			// Each of k products passes through at most k+1 roundings (Higham, section 3.1).
			y[o].e += float64(len(x)+1) * unit * 1.01 * magnitude
			if i < hidden {
				y[o].v = max(0, y[o].v)
			}
		}
		w = w[out*len(x):]
		x = y
	}
	return x, w
}

func oracleSH(d [3]float64) []running {
	x, y, z := 2*d[0]-1, 2*d[1]-1, 2*d[2]-1
	pi := math.Pi
	s := math.Sqrt
	v := []float64{
		s(1/pi) / 2,
		-s(3/(4*pi)) * y, s(3/(4*pi)) * z, -s(3/(4*pi)) * x,
		s(15/pi) / 2 * x * y, -s(15/pi) / 2 * y * z, s(5/pi) / 4 * (3*z*z - 1), -s(15/pi) / 2 * x * z, s(15/pi) / 4 * (x*x - y*y),
		s(35/(2*pi)) / 4 * y * (-3*x*x + y*y), s(105/pi) / 2 * x * y * z, s(21/(2*pi)) / 4 * y * (1 - 5*z*z), s(7/pi) / 4 * z * (5*z*z - 3),
		s(21/(2*pi)) / 4 * x * (1 - 5*z*z), s(105/pi) / 4 * z * (x*x - y*y), s(35/(2*pi)) / 4 * x * (-x*x + 3*y*y),
	}
	out := make([]running, 16)
	for i := range v {
		// |x|, |y|, |z| <= 1: no intermediate exceeds 6, there are at most 8 of them, and a coordinate is off by one rounding.
		out[i] = running{v[i], 64 * unit}
	}
	return out
}

// oracle is r, g, b, density of sample i.
func (s *scene) oracle(i int) [4]running {
	density, rest := oracleMLP(s.weights, s.oracleFeatures(i), s.width, s.dHidden)
	var d [3]float64
	for k := range 3 {
		d[k] = float64(s.samples[(3+k)*s.capacity+i])
	}
	rgb, _ := oracleMLP(rest, append(density[:16:16], oracleSH(d)...), s.width, s.rHidden)
	return [4]running{rgb[0], rgb[1], rgb[2], density[0]}
}

var shapes = []shape{
	{8, 4, 14, 64, 1, 2, false, false},
	{16, 2, 12, 64, 1, 2, false, true},
	{8, 4, 15, 64, 1, 2, true, true},
	{12, 4, 10, 32, 2, 1, false, false},
	{5, 2, 13, 16, 1, 3, true, false},
	{16, 4, 8, 128, 2, 2, false, true},
	{3, 8, 12, 64, 1, 2, false, false},
	{2, 8, 14, 32, 1, 1, true, true},
	{16, 1, 13, 32, 1, 1, false, false},
	{7, 1, 11, 16, 1, 1, true, false},
}

// workers is a pool that runs tasks in reverse order on many worker numbers: a result must not depend on either.
type workers int

func (w workers) Workers() int { return int(w) }
func (w workers) Run(tasks int, f func(task, worker int)) {
	for i := tasks - 1; i >= 0; i-- {
		f(i, i%int(w))
	}
}

func eachSet(t *testing.T, f func(t *testing.T, v *vec)) {
	sets := available()
	if len(sets) == 0 {
		t.Log("no vector instruction set here: every form must refuse")
	}
	for _, v := range sets {
		t.Run(v.name, func(t *testing.T) { f(t, v) })
	}
}

func TestInfer(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		for _, sh := range shapes {
			for _, n := range []int{0, 1, 47, 48, 49, 1000} {
				const seed = 5
				s := newScene(sh, n, n+3, seed)
				raw := make([]float32, 4*s.capacity)
				for i := range raw {
					raw[i] = float32(math.NaN())
				}
				if !infer(v, s.call(inferKernel, workers(3), []uint32{uint32(s.capacity), 1}, gpu.Bytes(raw)), true) {
					t.Fatalf("%v: not covered", sh)
				}
				density := make([]float32, s.capacity)
				if !infer(v, s.call(densityKernel, serial{}, []uint32{uint32(s.capacity), 1}, gpu.Bytes(density)), false) {
					t.Fatalf("%v: density not covered", sh)
				}
				if err := s.judge(raw, density); err != nil {
					t.Fatalf("%v n=%d seed=%d: %v", sh, n, seed, err)
				}
			}
		}
	})
}

// judge compares raw with the oracle at every seventh sample and the density form with raw bit by bit.
func (s *scene) judge(raw, density []float32) error {
	for i := range s.capacity {
		if i >= s.n {
			for p := range 4 {
				if x := raw[p*s.capacity+i]; x == x {
					return fmt.Errorf("wrote sample %d of %d", i, s.n)
				}
			}
			continue
		}
		if i%7 == 0 || i == s.n-1 {
			for p, want := range s.oracle(i) {
				if got := float64(raw[p*s.capacity+i]); !(math.Abs(got-want.v) <= want.e) {
					return fmt.Errorf("sample %d output %d: got %.9g, want %.9g ± %.3g", i, p, got, want.v, want.e)
				}
			}
		}
		if d := density[i]; math.Float32bits(d) != math.Float32bits(raw[3*s.capacity+i]) {
			return fmt.Errorf("sample %d: density %v of the density form, %v of the whole network", i, d, raw[3*s.capacity+i])
		}
	}
	return nil
}

// TestInferFault: the comparison must notice one wrong weight, a swapped sample and one level shifted by a row.
func TestInferFault(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		run := func(s *scene) ([]float32, []float32) {
			raw, density := make([]float32, 4*s.capacity), make([]float32, s.capacity)
			infer(v, s.call(inferKernel, serial{}, []uint32{uint32(s.capacity), 1}, gpu.Bytes(raw)), true)
			infer(v, s.call(densityKernel, serial{}, []uint32{uint32(s.capacity), 1}, gpu.Bytes(density)), false)
			return raw, density
		}
		faults := map[string]func(s *scene){
			"weight":   func(s *scene) { s.weights[100] += 1e-3 },
			"position": func(s *scene) { s.samples[7] += 1e-4 },
			"prime":    func(s *scene) { s.lv[6].hashed = 0; s.lv[6].resolution = 999 },
			"offset":   func(s *scene) { s.lv[3].offset++ },
			"smooth":   func(s *scene) { s.smooth = true },
		}
		for name, f := range faults {
			s := newScene(shapes[0], 100, 100, 9)
			raw, density := run(s)
			if err := s.judge(raw, density); err != nil {
				t.Fatal(err)
			}
			bad := newScene(shapes[0], 100, 100, 9)
			f(bad)
			raw, density = run(bad)
			if s.judge(raw, density) == nil {
				t.Errorf("fault %s is not noticed", name)
			}
		}
	})
}

// TestOutside: positions far outside the cube, infinite and NaN read no memory outside the table.
func TestOutside(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		s := newScene(shapes[0], 60, 60, 1)
		for i, x := range []float32{-1e30, 1e30, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), -3, 17, 1, 0, -1e-9} {
			s.samples[i], s.samples[60+2*i] = x, x
		}
		raw := make([]float32, 240)
		if !infer(v, s.call(inferKernel, serial{}, []uint32{60, 1}, gpu.Bytes(raw)), true) {
			t.Fatal("not covered")
		}
		for i := range 60 {
			for p, want := range s.oracle(i) {
				if got := float64(raw[p*60+i]); !(math.Abs(got-want.v) <= want.e) {
					t.Errorf("sample %d output %d: got %.9g, want %.9g ± %.3g", i, p, got, want.v, want.e)
				}
			}
		}
	})
}

func TestRefuses(t *testing.T) {
	s := newScene(shapes[0], 10, 10, 1)
	raw := make([]float32, 40)
	c := s.call(inferKernel, serial{}, []uint32{10, 1}, gpu.Bytes(raw))
	if infer(nil, c, true) {
		t.Error("a processor without vector instructions ran the vector form")
	}
	for _, v := range available() {
		for i, bad := range map[int]uint32{2: 3, 3: 24, 6: 2, 7: 1} {
			c.Spec = s.spec()
			if i == 7 { // a table of halves
				c.Spec[2] = 1
			}
			c.Spec[i] = bad
			if infer(v, c, true) {
				t.Errorf("%s: %s = %d is not covered, yet it ran", v.name, inferKernel.Layout.Spec[i].Name, bad)
			}
		}
	}
	for _, x := range raw {
		if x != 0 {
			t.Fatal("a refused call wrote its output")
		}
	}
}
