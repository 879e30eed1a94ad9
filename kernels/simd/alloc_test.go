//go:build !race

// The race detector makes sync.Pool forget at random.

package simd

import (
	"testing"

	"github.com/radia-go/radia/gpu"
)

// TestNoAllocations: once its memory is there, a call makes no garbage.
func TestNoAllocations(t *testing.T) {
	eachSet(t, func(t *testing.T, v *vec) {
		s := newScene(shapes[0], 100, 100, 1)
		raw, draw := make([]float32, 400), s.randomDraw(1)
		c := s.call(inferKernel, serial{}, []uint32{100, 1}, gpu.Bytes(raw))
		dfeatures, partial := make([]float32, 100*s.levels*s.features), make([]float32, 2*len(s.weights))
		b := s.call(backwardKernel, serial{}, []uint32{100, 1, 2}, gpu.Bytes(draw), gpu.Bytes(dfeatures), gpu.Bytes(partial))
		// The collector may empty the pool between two runs, which costs one run its memory; more is a leak.
		if n := testing.AllocsPerRun(50, func() { infer(v, c, true); backward(v, b) }); n > 1 {
			t.Errorf("%v allocations a call", n)
		}
	})
}
