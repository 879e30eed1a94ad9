package conformance

import (
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// result is a plane-major result of the oracle.
type result struct{ value, tol [][]float64 }

func (r result) at(plane, i int) (float64, float64) { return r.value[i][plane], r.tol[i][plane] }

func (s *gridSetup) encode(g *oracle.Grid) (r result) {
	for i := range s.n {
		y, tol := g.Encode(s.position(i), s.active)
		for len(y) < s.outputs() { // a level that was dropped
			y, tol = append(y, 0), append(tol, 0)
		}
		r.value, r.tol = append(r.value, y), append(r.tol, tol)
	}
	return r
}

// store writes a result as float32 where the kernel writes it.
func (s *gridSetup) store(b []byte, first, planes int, r result) {
	out := gpu.View[float32](b)
	for i := range s.n {
		for k := range planes {
			out[(first+k)*s.capacity+i] = float32(r.value[i][k])
		}
	}
}

func (s *gridSetup) forward(m mutant) *check.Case {
	return &check.Case{
		Name: s.name + " fault: " + m.name, Kernel: kernels.GridEncode, Groups: s.groups(min(s.shape.Levels, 3)), Push: s.push(0), Spec: s.shape.Spec(kernels.GridEncode),
		Args: []check.Arg{check.In(s.positions), check.In(s.levels), check.In(s.table), s.counts(), check.Out((gridOutput + s.outputs()) * s.capacity)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 4, Bytes: planesOf(s.n, s.capacity, gridOutput, s.outputs(), nil, s.encode(s.truth).at)}}
		},
		Fault: func(c *gpu.Call) { s.store(c.Bind[4], gridOutput, s.outputs(), s.encode(m.of(s.truth))) },
	}
}

func gridForwardCases() []*check.Case {
	var out []*check.Case
	eachGrid(func(i uint32) bool { return i == kernels.GridNearest }, func(k int, s *gridSetup) {
		if k%4 == 1 {
			s.active--
			s.name += " without the last level"
		}
		m := s.faultFor(k)
		if m.name == "level dropped" && s.active < len(s.levels) {
			m = mutants[3]
		}
		out = append(out, s.forward(m))
	})
	return append(out, gridWildCase())
}

// gridWildCase has positions that are not finite or far outside: nothing outside the table is read, nothing outside the
// planes is written.
func gridWildCase() *check.Case {
	s := newGrid(gridGeometries()[0], kernels.GridLinear, false, 12, false, 99)
	s.name += " positions that are not finite"
	inf := float32(math.Inf(1))
	for i, x := range []float32{inf, -inf, float32(math.NaN()), 1e30, -1e30, math.MaxFloat32, -1e12, 3e9} {
		s.positions[(gridInput+i%3)*s.capacity+i] = x
	}
	return s.forward(mutants[0])
}
