package simd

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/radia-go/radia/gpu"
)

// trace is a network evaluated in float64: the input of each matrix and what came out of it before its activation.
type trace struct {
	mats   []matrix
	inputs [][]running
	pre    [][]running
}

func (s *scene) trace(i int) *trace {
	t := new(trace)
	var count int
	t.mats, count = matrices(nil, 0, roundUp(s.levels*s.features, 16), s.width, s.dHidden)
	t.mats, _ = matrices(t.mats, count, rgbIn, s.width, s.rHidden)
	x := s.oracleFeatures(i)
	var d [3]float64
	for k := range 3 {
		d[k] = float64(s.samples[(3+k)*s.capacity+i])
	}
	for l, m := range t.mats {
		y := make([]running, m.out)
		for o := range y {
			var magnitude float64
			for k, a := range x {
				w := float64(s.weights[m.offset+o*m.in+k])
				y[o].v += w * a.v
				y[o].e += math.Abs(w) * a.e
				magnitude += math.Abs(w) * (math.Abs(a.v) + a.e)
			}
			y[o].e += float64(m.in+1) * unit * 1.01 * magnitude
		}
		t.inputs, t.pre = append(t.inputs, x), append(t.pre, y)
		switch {
		case l == s.dHidden:
			x = append(y[:16:16], oracleSH(d)...)
		default:
			x = make([]running, len(y))
			for o := range y {
				x[o] = running{max(0, y[o].v), y[o].e}
			}
		}
	}
	return t
}

// oracleBackward adds sample i's weight gradients to grad and returns dL/d(features).
func (s *scene) oracleBackward(i int, draw []float32, grad []running) []running {
	t := s.trace(i)
	delta := make([]running, outPad)
	for c := range 3 {
		delta[c].v = float64(draw[c*s.capacity+i])
	}
	for l := len(t.mats) - 1; ; l-- {
		m := t.mats[l]
		back := make([]running, m.in)
		for o, d := range delta {
			for k, a := range t.inputs[l] {
				g := &grad[m.offset+o*m.in+k]
				g.v += d.v * a.v
				// The magnitude is kept aside by the caller's factor: every product passes through at most one
				// rounding of its own and one for each of the additions of the slice.
				g.e += math.Abs(d.v)*a.e + d.e*(math.Abs(a.v)+a.e) + float64(s.n+2)*unit*1.01*(math.Abs(d.v)+d.e)*(math.Abs(a.v)+a.e)
				w := float64(s.weights[m.offset+o*m.in+k])
				back[k].v += w * d.v
				back[k].e += math.Abs(w)*d.e + float64(m.out+2)*unit*1.01*math.Abs(w)*(math.Abs(d.v)+d.e)
			}
		}
		switch l {
		case 0:
			return back
		case s.dHidden + 1:
			delta = back[:outPad]
			delta[0].v += float64(draw[3*s.capacity+i])
			delta[0].e += unit * math.Abs(delta[0].v)
			continue
		}
		for k, z := range t.pre[l-1] {
			if math.Abs(z.v) <= z.e { // float32 may see the other side of the ReLU
				back[k].e += math.Abs(back[k].v)
			}
			if z.v <= 0 {
				back[k].v = 0
				if z.v < -z.e {
					back[k].e = 0
				}
			}
		}
		delta = back
	}
}

func (s *scene) runBackward(v *vec, pool gpu.Pool, slices int, draw []float32) (dfeatures, partial []float32, ok bool) {
	nan := float32(math.NaN())
	dfeatures = make([]float32, s.levels*s.features*s.capacity)
	partial = make([]float32, slices*len(s.weights))
	for _, p := range [][]float32{dfeatures, partial} {
		for i := range p {
			p[i] = nan
		}
	}
	ok = backward(v, s.call(backwardKernel, pool, []uint32{uint32(s.capacity), 1, uint32(slices)},
		gpu.Bytes(draw), gpu.Bytes(dfeatures), gpu.Bytes(partial)))
	return dfeatures, partial, ok
}

func (s *scene) randomDraw(seed int64) []float32 {
	rng := rand.New(rand.NewSource(seed))
	draw := make([]float32, 4*s.capacity)
	for i := range draw {
		draw[i] = rng.Float32()*2 - 1
	}
	return draw
}

func (s *scene) judgeBackward(draw, dfeatures, partial []float32, slices int) error {
	for slice := range slices {
		grad := make([]running, len(s.weights))
		for i := sliceStart(slice, slices, s.n); i < sliceStart(slice+1, slices, s.n); i++ {
			for f, want := range s.oracleBackward(i, draw, grad)[:s.levels*s.features] {
				if got := float64(dfeatures[f*s.capacity+i]); !(math.Abs(got-want.v) <= want.e) {
					return fmt.Errorf("sample %d dfeature %d: got %.9g, want %.9g ± %.3g", i, f, got, want.v, want.e)
				}
			}
		}
		for k, want := range grad {
			if got := float64(partial[slice*len(s.weights)+k]); !(math.Abs(got-want.v) <= want.e) {
				return fmt.Errorf("slice %d weight %d: got %.9g, want %.9g ± %.3g", slice, k, got, want.v, want.e)
			}
		}
	}
	for f := range s.levels * s.features {
		for i := s.n; i < s.capacity; i++ {
			if x := dfeatures[f*s.capacity+i]; x == x {
				return fmt.Errorf("wrote dfeature %d of sample %d of %d", f, i, s.n)
			}
		}
	}
	return nil
}

func TestBackward(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		for k, sh := range shapes {
			const seed = 3
			for _, n := range []int{0, 1, 50, 61 + 40*k} {
				s := newScene(sh, n, n+5, seed)
				draw := s.randomDraw(seed)
				const slices = 3
				dfeatures, partial, ok := s.runBackward(v, serial{}, slices, draw)
				if !ok {
					t.Fatalf("%v: not covered", sh)
				}
				if err := s.judgeBackward(draw, dfeatures, partial, slices); err != nil {
					t.Fatalf("%v n=%d seed=%d: %v", sh, n, seed, err)
				}
				again, partial2, _ := s.runBackward(v, workers(4), slices, draw)
				if !sameBits(again, dfeatures) || !sameBits(partial2, partial) {
					t.Fatalf("%v n=%d: the result depends on the workers", sh, n)
				}
			}
		}
	})
}

func sameBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// TestBackwardFault: one wrong gradient, weight or position must be noticed.
func TestBackwardFault(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		faults := map[string]func(s *scene, draw []float32){
			"density gradient": func(s *scene, draw []float32) { draw[3*s.capacity+4] += 0.5 },
			"colour gradient":  func(s *scene, draw []float32) { draw[7] = -draw[7] },
			"weight": func(s *scene, draw []float32) {
				for k := range 64 { // one column of the second colour matrix: some neurons of it are active
					s.weights[len(s.weights)-5120+64*k] += 0.5
				}
			},
			"one sample less": func(s *scene, draw []float32) { s.n-- },
		}
		for name, f := range faults {
			s := newScene(shapes[0], 20, 20, 9)
			draw := s.randomDraw(1)
			f(s, draw)
			dfeatures, partial, _ := s.runBackward(v, serial{}, 1, draw)
			s = newScene(shapes[0], 20, 20, 9)
			if s.judgeBackward(s.randomDraw(1), dfeatures, partial, 1) == nil {
				t.Errorf("fault %q is not noticed", name)
			}
		}
	})
}
