package train

import (
	"runtime"
	"sync"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
)

// chunk is how many samples one generator draws: the samples of a step do not depend on the number of threads.
const chunk = 256

// drawn are the samples of a step where the host draws them: planes as long as the batch.
type drawn struct {
	points, values []float32
	upload         *gpu.Recording
}

// drawOnHost makes the host draw the samples of every step: draw fills samples first to last of the planes, in any order
// of its calls, with the generator it is given.
func (t *fit) drawOnHost(draw func(s *drawn, first, last int, rng *pcg32.Source) error) {
	n := t.opt.Batch
	s := &drawn{points: make([]float32, t.f.Config.PosDims*n), values: make([]float32, t.channels*n), upload: gpu.NewRecording("upload samples")}
	t.drawn = s
	s.upload.Upload(t.positions, 0, gpu.Bytes(s.points))
	s.upload.Upload(t.targets, 0, gpu.Bytes(s.values))
	t.before = func(step int) error {
		chunks := (n + chunk - 1) / chunk
		var next sync.Mutex
		var failed error
		at := 0
		var workers sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), chunks) {
			workers.Add(1)
			go func() {
				defer workers.Done()
				for {
					next.Lock()
					c := at
					at++
					stop := c >= chunks || failed != nil
					next.Unlock()
					if stop {
						return
					}
					rng := pcg32.Split(t.opt.Seed, uint64(step)<<20+uint64(c))
					if err := draw(s, c*chunk, min(n, (c+1)*chunk), &rng); err != nil {
						next.Lock()
						failed = err
						next.Unlock()
					}
				}
			}()
		}
		workers.Wait()
		if failed != nil {
			return failed
		}
		if err := t.device.Submit(s.upload); err != nil {
			return err
		}
		return t.device.Wait()
	}
}
