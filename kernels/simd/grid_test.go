package simd

import (
	"math"
	"runtime"
	"testing"

	"github.com/radia-go/radia/gpu"
)

func gridKernel(name string, bindings ...string) *gpu.Kernel {
	l := &gpu.Layout{PushSize: 24, LocalIDs: [3]int{0, -1, -1}}
	for _, b := range bindings {
		l.Bindings = append(l.Bindings, gpu.Binding{Name: b})
	}
	for i, n := range []string{"local_size_x", "DIMS", "FEATURES", "LEVELS", "INTERPOLATION", "HALF"} {
		l.Spec = append(l.Spec, gpu.Spec{Name: n, ID: uint32(i)})
	}
	return &gpu.Kernel{Name: name, Layout: l}
}

var (
	encodeKernel  = gridKernel("grid_encode", "positions", "levels", "table", "counts", "features")
	scatterKernel = gridKernel("grid_encode_backward", "positions", "levels", "dfeatures", "counts", "dtable")
)

func (s *scene) gridCall(k *gpu.Kernel, pool gpu.Pool, active int, third, fifth []byte) *gpu.Call {
	spec := []uint32{64, 3, uint32(s.features), uint32(s.levels), s.spec()[6], s.spec()[7]}
	push := []uint32{uint32(s.capacity), 0, uint32(active), 0, 1, 0}
	return &gpu.Call{Kernel: k, Groups: [3]uint32{uint32(s.n+63) / 64, 1, 1}, Push: gpu.Bytes(push), Spec: spec, Pool: pool,
		Bind: [][]byte{gpu.Bytes(s.samples), gpu.Bytes(s.lv), third, gpu.Bytes([]uint32{uint32(s.n)}), fifth}}
}

// TestGridEncode: the features from plane 1 on, within the oracle's bound.
func TestGridEncode(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		for _, sh := range shapes {
			for i, n := range []int{0, 1, 48, 101, 97} {
				s := newScene(sh, n, n+1, 4)
				out := make([]float32, (sh.levels*sh.features+1)*s.capacity)
				active := []int{sh.levels - 1, sh.levels, sh.levels - 1, sh.levels - 1, 0}[i]
				for k := range out {
					out[k] = float32(math.NaN())
				}
				if !gridEncode(v, s.gridCall(encodeKernel, workers(2), active, s.words, gpu.Bytes(out))) {
					t.Fatalf("%v: not covered", sh)
				}
				for i := range n {
					for f, want := range s.oracleFeatures(i)[:sh.levels*sh.features] {
						if f >= active*sh.features {
							want = running{}
						}
						if got := float64(out[(1+f)*s.capacity+i]); !(math.Abs(got-want.v) <= want.e) {
							t.Fatalf("%v n=%d: sample %d feature %d: got %.9g, want %.9g ± %.3g", sh, n, i, f, got, want.v, want.e)
						}
					}
				}
				// Nothing behind the samples is written, nor the plane before the first.
				for k, x := range out {
					if (k < s.capacity || k%s.capacity >= n) && x == x {
						t.Fatalf("%v n=%d: value %d of plane %d was written", sh, n, k%s.capacity, k/s.capacity)
					}
				}
			}
		}
	})
}

// serialScatter is the scatter written plainly, with the same operations in the same order.
func (s *scene) serialScatter(dfeatures, dtable []float32, active int) {
	for li, l := range s.lv[:active] {
		for i := range s.n {
			var c [3]uint32
			var w [3]float32
			for d := range 3 {
				p := float32(math.FMA(float64(l.scale), float64(s.samples[d*s.capacity+i]), 0.5))
				f := float32(math.Floor(float64(p)))
				c[d], w[d] = uint32(int32(f)), p-f
				if s.smooth {
					w[d] = float32(w[d]*w[d]) * (3 - float32(2*w[d]))
				}
			}
			for corner := range 8 {
				weight := float32(1)
				var v [3]uint32
				for d := range 3 {
					v[d] = c[d] + uint32(corner>>d&1)
					if corner>>d&1 == 1 {
						weight *= w[d]
					} else {
						weight *= 1 - w[d]
					}
				}
				row := (v[0] + v[1]*l.resolution + v[2]*l.resolution*l.resolution) % l.size
				if l.hashed != 0 {
					row = (v[0] ^ v[1]*2654435761 ^ v[2]*805459861) % l.size
				}
				for f := range s.features {
					dtable[(int(l.offset)+int(row))*s.features+f] += float32(weight * dfeatures[(1+li*s.features+f)*s.capacity+i])
				}
			}
		}
	}
}

// TestScatter: the same bits as the serial loop for every number of workers, with a table large enough to be cut into
// ranges, added to what was there.
func TestScatter(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		for _, sh := range []shape{{6, 4, 17, 64, 1, 1, false, false}, {7, 2, 18, 64, 1, 1, true, false}, {4, 8, 16, 64, 1, 1, false, false}, {5, 1, 19, 64, 1, 1, true, false}} {
			for _, n := range []int{0, 1, 50, 777} {
				s := newScene(sh, n, n+2, 6)
				dfeatures := s.randomPlanes(sh.levels*sh.features+1, 8)
				want := append([]float32(nil), s.table...)
				s.serialScatter(dfeatures, want, sh.levels-1)
				for _, crew := range []int{1, 2, 3, 8} {
					got := append([]float32(nil), s.table...)
					if !gridEncodeBackward(v, s.gridCall(scatterKernel, workers(crew), sh.levels-1, gpu.Bytes(dfeatures), gpu.Bytes(got))) {
						t.Fatalf("%v: not covered", sh)
					}
					if !sameBits(got, want) {
						t.Fatalf("%v n=%d, %d workers: not the sums of the serial loop", sh, n, crew)
					}
					if n > 0 {
						got[len(got)/2]++
						dfeatures[s.capacity] = -dfeatures[s.capacity]
						again := append([]float32(nil), s.table...)
						s.serialScatter(dfeatures, again, sh.levels-1)
						dfeatures[s.capacity] = -dfeatures[s.capacity]
						if sameBits(got, want) || sameBits(again, want) {
							t.Fatal("a planted difference is not noticed")
						}
					}
				}
			}
		}
	})
}

func (s *scene) randomPlanes(planes int, seed int64) []float32 {
	out := make([]float32, planes*s.capacity)
	for p := 0; p < planes; p++ {
		copy(out[p*s.capacity:], s.randomDraw(seed + int64(p))[:s.capacity])
	}
	return out
}

func BenchmarkTraining(b *testing.B) {
	for _, name := range []string{"L8F4T19", "L16F2T19", "L8F4T15"} {
		for threads := 1; threads <= runtime.GOMAXPROCS(0); threads *= 2 {
			const n, slices = 1 << 16, 64
			s := newScene(presets[name], n, n, 1)
			draw := s.randomDraw(1)
			dfeatures := s.randomPlanes(s.levels*s.features+1, 1)
			partial := make([]float32, slices*len(s.weights))
			s.words = deviceMemory(b, s.words)
			dtable := gpu.View[float32](deviceMemory(b, make([]byte, 4*len(s.table))))
			back := s.call(backwardKernel, crew(threads), []uint32{n, 1, slices}, gpu.Bytes(draw), gpu.Bytes(dfeatures), gpu.Bytes(partial))
			scatter := s.gridCall(scatterKernel, crew(threads), s.levels, gpu.Bytes(dfeatures), gpu.Bytes(dtable))
			run := func(label string, f func()) {
				b.Run(name+"/"+label+"/"+string(rune('0'+threads)), func(b *testing.B) {
					report(b, n, f)
				})
			}
			run("backward", func() { backward(active, back) })
			run("scatter", func() { gridEncodeBackward(active, scatter) })
		}
	}
}
