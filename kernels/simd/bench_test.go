package simd

import (
	"fmt"
	"math/rand"
	"runtime"
	"sync"
	"testing"

	"github.com/radia-go/radia/gpu"
)

// crew is a pool of goroutines for benchmarks.
type crew int

func (c crew) Workers() int { return int(c) }
func (c crew) Run(tasks int, f func(task, worker int)) {
	var mu sync.Mutex
	next := 0
	var wg sync.WaitGroup
	for w := range int(c) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= tasks {
					return
				}
				f(i, w)
			}
		}()
	}
	wg.Wait()
}

// presets are the configurations of the published figures.
var presets = map[string]shape{
	"L16F2T19":     {16, 2, 19, 64, 1, 2, false, false},
	"L8F4T19":      {8, 4, 19, 64, 1, 2, false, false},
	"L8F4T15":      {8, 4, 15, 64, 1, 2, false, false},
	"L8F4T19half":  {8, 4, 19, 64, 1, 2, false, true},
	"L16F2T19half": {16, 2, 19, 64, 1, 2, false, true},
	"L8F4T15half":  {8, 4, 15, 64, 1, 2, false, true},
}

func BenchmarkInfer(b *testing.B) {
	for _, name := range []string{"L16F2T19", "L8F4T19", "L8F4T15", "L16F2T19half", "L8F4T19half", "L8F4T15half"} {
		for _, points := range []string{"rays", "random"} {
			for _, v := range available() {
				for threads := 1; threads <= runtime.GOMAXPROCS(0); threads *= 2 {
					b.Run(fmt.Sprintf("%s/%s/%s/%d", name, points, v.name, threads), func(b *testing.B) {
						benchInfer(b, v, presets[name], points, threads, 1<<16)
					})
				}
			}
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, log2 := range []int{12, 14, 16, 18, 20} {
		b.Run(fmt.Sprint(log2), func(b *testing.B) {
			benchInfer(b, active, presets["L8F4T19"], "rays", runtime.GOMAXPROCS(0), 1<<log2)
		})
	}
}

func benchInfer(b *testing.B, v *vec, sh shape, points string, threads, n int) {
	s := newScene(sh, n, n, 1)
	if points == "random" {
		rng := rand.New(rand.NewSource(2))
		for i := range 6 * n {
			s.samples[i] = rng.Float32()
		}
	}
	raw := make([]float32, 4*n)
	c := s.call(inferKernel, crew(threads), []uint32{uint32(n), 1}, gpu.Bytes(raw))
	infer(v, c, true)
	b.ResetTimer()
	for range b.N {
		infer(v, c, true)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()*1e-6, "Msamples/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMLP times the two networks of a block without the grid; GFLOP/s counts the padded matrices of the
// configuration (20,480 floating-point operations a sample) although unused output rows are not computed.
func BenchmarkMLP(b *testing.B) {
	for _, v := range available() {
		b.Run(v.name, func(b *testing.B) {
			s := newScene(presets["L8F4T15"], block, block, 1)
			raw := make([]float32, 4*block)
			c := s.call(inferKernel, serial{}, []uint32{block, 1}, gpu.Bytes(raw))
			in := new(inference)
			in.set(v, c, true)
			in.colour = true
			w := new(inferWorker)
			w.prepare(&in.network)
			b.ResetTimer()
			for range b.N {
				w.forward(in)
			}
			rate := block * float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate*1e-6, "Msamples/s")
			b.ReportMetric(rate*20480*1e-9, "GFLOP/s")
		})
	}
}
