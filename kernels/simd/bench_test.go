package simd

import (
	"fmt"
	"math/rand"
	"runtime"
	"sync"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
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

// deviceMemory is a copy of x in a buffer of the CPU device, as a user's tables are.
func deviceMemory(b *testing.B, x []byte) []byte {
	d := host.Open(host.Options{Threads: 1})
	buffer, err := d.NewBuffer("copy", len(x))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	copy(host.Bytes(buffer), x)
	return host.Bytes(buffer)
}

// BenchmarkPeak is the rate of independent multiply-adds on one core, 10,240 of them counted as a sample: what
// BenchmarkMLP is to be compared with.
func BenchmarkPeak(b *testing.B) {
	chains, lanes := fmaChains()
	if chains == nil {
		b.Skip("no vector instruction set here")
	}
	var x [peakChains * 16]float32
	const steps = 100
	// As many multiply-adds as 1,000 samples of BenchmarkMLP, nearly.
	const samples = 1000
	rounds := samples * 10240 / (steps * peakChains * lanes)
	report(b, rounds*steps*peakChains*lanes/10240, func() {
		for range rounds {
			chains(&x[0], 0.5, 1, steps)
		}
	})
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

// report times f, which handles n samples, and prints samples per second and per second of processor time.
func report(b *testing.B, n int, f func()) {
	b.ResetTimer()
	start := cpuTime(b)
	for range b.N {
		f()
	}
	used := cpuTime(b) - start
	samples := float64(n) * float64(b.N) * 1e-6
	b.ReportMetric(samples/b.Elapsed().Seconds(), "Msamples/s")
	if used > 0 {
		b.ReportMetric(samples/used.Seconds(), "Msamples/cpu-s")
	}
	b.ReportMetric(0, "ns/op")
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
	s.words = deviceMemory(b, s.words)
	raw := make([]float32, 4*n)
	c := s.call(inferKernel, crew(threads), []uint32{uint32(n), 1}, gpu.Bytes(raw))
	infer(v, c, true)
	report(b, n, func() { infer(v, c, true) })
}

// BenchmarkMLP times the two networks of a block without the grid; a sample is 10,240 multiply-adds of padded
// matrices, although unused output rows are not computed.
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
			const blocks = 100
			report(b, blocks*block, func() {
				for range blocks {
					w.forward(in)
				}
			})
		})
	}
}
