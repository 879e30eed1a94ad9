package field

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
)

// Scratch is a buffer that an evaluation needs between its kernels.
type Scratch struct {
	Name  string
	Bytes int
}

// scratch holds the buffers between the kernels of all evaluations of a field. Commands run in order, so that evaluations
// share them, and a smaller batch uses their beginning.
type scratch struct {
	device  gpu.Device
	buffers map[string]gpu.Buffer
	retired []gpu.Buffer // replaced by larger ones, but recordings may still name them
}

// reserve makes every buffer at least as large as asked.
func (s *scratch) reserve(all []Scratch) error {
	for _, a := range all {
		if err := s.refuse(a); err != nil {
			return err
		}
	}
	for _, a := range all {
		old := s.buffers[a.Name]
		if a.Bytes == 0 || old != nil && old.Size() >= a.Bytes {
			continue
		}
		b, err := s.device.NewBuffer(a.Name, a.Bytes)
		if err != nil {
			return err
		}
		if old != nil {
			s.retired = append(s.retired, old)
		}
		if s.buffers == nil {
			s.buffers = map[string]gpu.Buffer{}
		}
		s.buffers[a.Name] = b
	}
	return nil
}

// refuse reports a buffer that a kernel cannot see at once.
func (s *scratch) refuse(a Scratch) error {
	if limit := s.device.Info().Limits.MaxBinding; int64(a.Bytes) > limit {
		return fmt.Errorf("%w: the %s of a batch take %d MiB and %v binds at most %d MiB at once; use a smaller --batch or narrower networks",
			gpu.ErrTooLarge, a.Name, a.Bytes>>20, s.device.Info().Name, limit>>20)
	}
	return nil
}

// planes binds the beginning of a buffer: n planes of a batch. Evaluating more than was reserved is a programmer's error.
func (s *scratch) planes(name string, n, capacity int) gpu.Bind {
	b := s.buffers[name]
	if b == nil || 4*n*capacity > b.Size() {
		panic(fmt.Sprintf("field: a batch of %d samples is evaluated without Reserve: %s", capacity, name))
	}
	return gpu.Part(b, 0, 4*n*capacity)
}

func (s *scratch) release() {
	for _, b := range s.buffers {
		b.Release()
	}
	for _, b := range s.retired {
		b.Release()
	}
	s.buffers, s.retired = nil, nil
}

// fillPlanes appends a fill of n planes from plane `first` on with a value.
func fillPlanes(r *gpu.Recording, b gpu.Bind, capacity, first, n int, value float32) {
	r.Fill(b.Buffer, b.Offset+4*first*capacity, 4*n*capacity, math.Float32bits(value))
}

// copyPlanes appends a copy of n planes between the beginnings of two bindings, from planes `from` and to planes `to` on.
func copyPlanes(r *gpu.Recording, dst gpu.Bind, to int, src gpu.Bind, from, n, capacity int) {
	r.Copy(dst.Buffer, dst.Offset+4*to*capacity, src.Buffer, src.Offset+4*from*capacity, 4*n*capacity)
}

// part binds n planes of a binding from plane `first` on.
func part(b gpu.Bind, first, n, capacity int) gpu.Bind {
	return gpu.Part(b.Buffer, b.Offset+4*first*capacity, 4*n*capacity)
}
