package conformance

import (
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// Every mutant of the grid is rejected where it makes a difference and accepted without its mistake, so a rejection
// in TestCases is due to the mistake and not to the way in which the mutant writes.
func TestGridMutants(t *testing.T) {
	d := host.Open(host.Options{Reference: true})
	defer d.Close()
	for _, m := range mutants {
		for interpolation := range uint32(2) {
			s := newGrid(gridGeometries()[1], interpolation, false, 80, true, 5)
			back := func(fixed bool) *check.Case {
				c := s.backward(0, fixed)
				c.Fault = func(call *gpu.Call) {
					sums := s.tableGradient(m.of(s.truth), decode(call.Bind[4])[:0])
					s.storeTable(call, sums, fixed)
				}
				return c
			}
			for name, c := range map[string]*check.Case{"forward": s.forward(m), "input": s.input(m, false), "float": back(false), "fixed": back(true)} {
				err := c.RunFault(d)
				if m.name == "none" && err == nil {
					t.Errorf("%s, interpolation %d: the mutant without a mistake is rejected", name, interpolation)
				}
				if m.name != "none" && err != nil {
					t.Errorf("%s, interpolation %d: %v", name, interpolation, err)
				}
			}
		}
	}
}

// storeTable adds the sums to what the gradient holds.
func (s *gridSetup) storeTable(call *gpu.Call, sums []oracle.Sum, fixed bool) {
	if !fixed {
		out := gpu.View[float32](call.Bind[4])
		for i, v := range sums {
			out[i] = float32(float64(out[i]) + v.Value)
		}
		return
	}
	out := gpu.View[uint32](call.Bind[4])
	for i, v := range sums {
		low, high := kernels.GridToFixed(float32(v.Value))
		sum := (uint64(out[2*i+1])<<32 | uint64(out[2*i])) + (uint64(high)<<32 | uint64(low))
		out[2*i], out[2*i+1] = uint32(sum), uint32(sum>>32)
	}
}
