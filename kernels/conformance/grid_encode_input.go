package conformance

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

func (s *gridSetup) inputGradient(g *oracle.Grid, before []float32) (r result) {
	for i := range s.n {
		dx, tol := g.BackwardInput(s.position(i), s.gradient(i), s.active)
		for d := range dx {
			if before != nil {
				dx[d] += float64(before[(gridInput+d)*s.capacity+i])
				tol[d] += oracle.U * (1 + abs(dx[d]))
			}
		}
		r.value, r.tol = append(r.value, dx), append(r.tol, tol)
	}
	return r
}

func abs(x float64) float64 { return max(x, -x) }

func (s *gridSetup) input(m mutant, accumulate bool) *check.Case {
	dims := int(s.shape.Dims)
	var before []float32
	last := check.Out((gridInput + dims) * s.capacity)
	var flag uint32
	if accumulate {
		before = make([]float32, (gridInput+dims)*s.capacity)
		for i := range before {
			before[i] = float32(i%5) - 2
		}
		last, flag = check.In(before), 1
	}
	return &check.Case{
		Name: s.name + " fault: " + m.name, Kernel: kernels.GridEncodeInput, Groups: s.groups(1), Push: s.push(flag), Spec: s.shape.Spec(kernels.GridEncodeInput),
		Args: []check.Arg{check.In(s.positions), check.In(s.levels), check.In(s.table), check.In(s.dfeatures), s.counts(), last},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 5, Bytes: planesOf(s.n, s.capacity, gridInput, dims, before, s.inputGradient(s.truth, before).at)}}
		},
		Fault: func(c *gpu.Call) { s.store(c.Bind[5], gridInput, dims, s.inputGradient(m.of(s.truth), before)) },
	}
}

func gridInputCases() []*check.Case {
	var out []*check.Case
	eachGrid(func(i uint32) bool { return i == kernels.GridLinear }, func(k int, s *gridSetup) {
		if s.shape.Interpolation == kernels.GridNearest {
			if k%4 != 0 { // the gradient is zero: one case is enough
				return
			}
			c := s.input(mutants[4], false)
			c.Fault = func(call *gpu.Call) {
				r := s.inputGradient(s.truth, nil)
				r.value[0][0] = 1e-3
				s.store(call.Bind[5], gridInput, int(s.shape.Dims), r)
			}
			out = append(out, c)
			return
		}
		out = append(out, s.input(s.faultFor(k), k%3 == 0))
	})
	return out
}
