package simd

import (
	"bytes"
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
)

var adamKernel = func() *gpu.Kernel {
	l := &gpu.Layout{PushSize: 32, LocalIDs: [3]int{0, -1, -1}}
	for _, b := range []string{"params", "grads", "moments1", "moments2", "steps", "correction", "schedule", "ema", "halves"} {
		l.Bindings = append(l.Bindings, gpu.Binding{Name: b})
	}
	for i, n := range []string{"local_size_x", "MATRIX", "GRAD_FIXED", "WRITE_HALF", "EMA"} {
		l.Spec = append(l.Spec, gpu.Spec{Name: n, ID: uint32(i)})
	}
	return &gpu.Kernel{Name: "adam", Layout: l}
}()

// adamState is what a step reads and writes.
type adamState struct {
	params, grads, m1, m2, ema []float32
	steps, halves              []uint32
	correction                 []float32
	schedule                   []schedule
}

func newAdamState(n int, seed int64) *adamState {
	rng := rand.New(rand.NewSource(seed))
	floats := func(scale, offset float32) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = rng.Float32()*scale + offset
		}
		return x
	}
	s := &adamState{params: floats(2, -1), grads: floats(2, -1), m1: floats(2, -1), m2: floats(1, 0), ema: floats(2, -1),
		steps: make([]uint32, n), halves: make([]uint32, n/2), correction: []float32{9, 0.3, 0.5, 0.7, 1},
		schedule: []schedule{{learningRate: 1e-2, emaOld: 0.9, emaNew: 0.1}}}
	for i := range s.grads {
		s.steps[i] = rng.Uint32() % 9
		switch {
		case rng.Intn(3) > 0 || i/16%3 == 1:
			s.grads[i] = 0
		case rng.Intn(8) == 0:
			s.grads[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), 1e-42}[rng.Intn(5)]
		}
	}
	return s
}

var adamConstants = adamPush{gradientScale: 1.0 / 128, rateScale: 0.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-15, l2: 1e-6, corrections: 5}

// step is the rule written plainly, in the order of operations of the vector form.
func (s *adamState) step(matrix bool) {
	p, c := adamConstants, &s.schedule[0]
	base, one1, one2 := c.learningRate*p.rateScale, 1-p.beta1, 1-p.beta2
	for i, raw := range s.grads {
		w := s.params[i]
		s.grads[i] = 0
		switch {
		case math.IsNaN(float64(raw)) || math.IsInf(float64(raw), 0):
			c.nonfinite++
		case raw != 0 || matrix:
			g := raw * p.gradientScale
			if matrix {
				g += float32(p.l2 * w)
			}
			s.steps[i]++
			s.m1[i] = float32(p.beta1*s.m1[i]) + float32(one1*g)
			s.m2[i] = float32(p.beta2*s.m2[i]) + float32(one2*float32(g*g))
			rate := base * s.correction[min(s.steps[i], p.corrections-1)]
			w -= float32(rate / (float32(math.Sqrt(float64(s.m2[i]))) + p.epsilon) * s.m1[i])
			s.params[i] = w
		}
		s.ema[i] = float32(s.ema[i]*c.emaOld) + float32(w*c.emaNew)
		h := uint32(f16.From32(w)) << (16 * (i % 2))
		s.halves[i/2] = s.halves[i/2]&^(0xffff<<(16*(i%2))) | h
	}
}

func (s *adamState) bind() [][]byte {
	return [][]byte{gpu.Bytes(s.params), gpu.Bytes(s.grads), gpu.Bytes(s.m1), gpu.Bytes(s.m2), gpu.Bytes(s.steps),
		gpu.Bytes(s.correction), gpu.Bytes(s.schedule), gpu.Bytes(s.ema), gpu.Bytes(s.halves)}
}

func (s *adamState) call(pool gpu.Pool, matrix uint32) *gpu.Call {
	p := adamConstants
	p.count = uint32(len(s.params))
	return &gpu.Call{Kernel: adamKernel, Groups: [3]uint32{p.count/128 + 1, 1, 1}, Push: gpu.Bytes([]adamPush{p}),
		Spec: []uint32{64, matrix, 0, 1, 1}, Bind: s.bind(), Pool: pool}
}

func sameState(a, b *adamState) error {
	other := b.bind()
	for i, x := range a.bind() {
		if !bytes.Equal(x, other[i]) {
			return fmt.Errorf("%s differ", adamKernel.Layout.Bindings[i].Name)
		}
	}
	return nil
}

// TestAdam: three steps give the bits of the plain rule, and a planted difference in each array is noticed.
func TestAdam(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		for _, n := range []int{0, 2, 14, 16, 18, 250, 2*adamGrain + 6} {
			for matrix := range uint32(2) {
				const seed = 11
				got, want := newAdamState(n, seed), newAdamState(n, seed)
				for step := range 3 {
					if !adam(v, got.call(workers(3), matrix)) {
						t.Fatal("not covered")
					}
					want.step(matrix == 1)
					if err := sameState(got, want); err != nil {
						t.Fatalf("n=%d matrix=%d step %d seed=%d: %v", n, matrix, step, seed, err)
					}
					fresh := newAdamState(n, seed+int64(step)+1)
					copy(got.grads, fresh.grads)
					copy(want.grads, fresh.grads)
				}
				for i, b := range got.bind() {
					if len(b) > 0 {
						b[len(b)/2] ^= 1
						if sameState(got, want) == nil {
							t.Errorf("a planted difference in array %d is not noticed", i)
						}
						b[len(b)/2] ^= 1
					}
				}
			}
		}
	})
}

func BenchmarkAdam(b *testing.B) {
	const n = 1 << 22
	for _, share := range []int{0, 10, 100} {
		b.Run(fmt.Sprintf("touched%d%%", share), func(b *testing.B) {
			s := newAdamState(n, 1)
			c := s.call(crew(2), 0)
			c.Spec[3], c.Spec[4] = 0, 0
			adam(active, c)
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				for i := range s.grads {
					s.grads[i] = 0
					if i/4*37%100 < share {
						s.grads[i] = 1
					}
				}
				b.StartTimer()
				adam(active, c)
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds()*1e-6, "Mparameters/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
