package train

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
)

// chunk is how many samples one generator draws: the samples of a step do not depend on the number of threads.
const chunk = 256

// drawn are the samples of a step where the host draws them: planes of stride values. Workers keep their memory, so that a
// step makes no garbage.
type drawn struct {
	points, values []float32
	stride         int
	upload         *gpu.Recording

	seed           uint64
	step, batch    int
	fill           func(s *drawn, first, last int, rng *pcg32.Source) error
	generators     []generator
	started, chunk atomic.Int64
	going          sync.WaitGroup
	failed         atomic.Pointer[error]
	work           func()
}

// generator is the random numbers of one worker, in cache lines of its own.
type generator struct {
	pcg32.Source
	_ [128]byte
}

// drawOnHost makes the host draw the samples of every step: draw fills samples first to last of the planes, in any order
// of its calls, with the generator it is given.
func (t *fit) drawOnHost(draw func(s *drawn, first, last int, rng *pcg32.Source) error) {
	n := t.capacity
	s := &drawn{points: make([]float32, t.f.Config.PosDims*n), values: make([]float32, t.channels*n), stride: n, upload: gpu.NewRecording("upload samples"),
		seed: t.opt.Seed, batch: t.opt.Batch, fill: draw}
	s.generators = make([]generator, min(runtime.GOMAXPROCS(0), s.chunks()))
	s.work = s.worker
	t.drawn = s
	s.upload.Upload(t.positions, 0, gpu.Bytes(s.points))
	s.upload.Upload(t.targets, 0, gpu.Bytes(s.values))
	t.before = func(step int) error {
		if err := s.draw(step); err != nil {
			return err
		}
		if err := t.device.Submit(s.upload); err != nil {
			return err
		}
		return t.device.Wait()
	}
}

func (s *drawn) chunks() int { return (s.batch + chunk - 1) / chunk }

// draw fills the samples of a step on all processors; the error is that of a chunk that failed.
func (s *drawn) draw(step int) error {
	s.step = step
	s.started.Store(0)
	s.chunk.Store(0)
	s.failed.Store(nil)
	s.going.Add(len(s.generators))
	for range s.generators {
		go s.work()
	}
	s.going.Wait()
	if err := s.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *drawn) worker() {
	defer s.going.Done()
	rng := &s.generators[s.started.Add(1)-1].Source
	for s.failed.Load() == nil {
		c := int(s.chunk.Add(1) - 1)
		if c >= s.chunks() {
			return
		}
		*rng = pcg32.Split(s.seed, uint64(s.step)<<20+uint64(c))
		if err := s.fill(s, c*chunk, min(s.batch, (c+1)*chunk), rng); err != nil {
			failure := err // only a failure allocates
			s.failed.CompareAndSwap(nil, &failure)
		}
	}
}
