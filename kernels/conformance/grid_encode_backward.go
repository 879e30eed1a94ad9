package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// tableGradient is dL/dtable of all samples on top of what the table's gradient holds at the start.
func (s *gridSetup) tableGradient(g *oracle.Grid, before []float32) []oracle.Sum {
	sums := make([]oracle.Sum, len(s.truth.Table))
	for i := range s.n {
		g.BackwardTable(s.position(i), s.gradient(i), s.active, sums)
	}
	for i, b := range before {
		sums[i].Value += float64(b)
		sums[i].Magnitude += math.Abs(float64(b))
	}
	return sums
}

func (s *gridSetup) backward(k int, fixed bool) *check.Case {
	kernel := kernels.GridEncodeBackward
	if fixed {
		kernel = kernels.GridEncodeBackwardFixed
	}
	before := make([]float32, len(s.truth.Table))
	for i := range before {
		before[i] = float32(i%7-3) / 8
	}
	m := s.faultFor(k)
	c := &check.Case{
		Name: s.name + " fault: " + m.name, Kernel: kernel, Groups: s.groups(min(s.shape.Levels, 3)), Push: s.push(0), Spec: s.shape.Spec(kernel),
	}
	sums := func(g *oracle.Grid) []oracle.Sum { return s.tableGradient(g, before) }
	last := check.In(before)
	if fixed {
		last = check.In(toFixed(before))
	}
	c.Args = []check.Arg{check.In(s.positions), check.In(s.levels), check.In(s.dfeatures), s.counts(), last}
	c.Oracle = func() []check.Want {
		want := sums(s.truth)
		return []check.Want{{Binding: 4, Bytes: func(b []byte) error { return s.judgeTable(b, want, before, fixed) }}}
	}
	c.Fault = func(call *gpu.Call) {
		values := make([]float32, len(before))
		for i, v := range sums(m.of(s.truth)) {
			values[i] = float32(v.Value)
		}
		if fixed {
			copy(gpu.View[uint32](call.Bind[4]), toFixed(values))
		} else {
			copy(gpu.View[float32](call.Bind[4]), values)
		}
	}
	return c
}

// judgeTable compares dtable with the sums. A row that no sample touches must not change.
func (s *gridSetup) judgeTable(b []byte, want []oracle.Sum, before []float32, fixed bool) error {
	got := decode(b)
	for i, w := range want {
		var g float64
		tol := w.Bound()
		if fixed {
			// Terms are off by their own error and by half a unit; the additions are exact.
			low, high := math.Float32bits(got[2*i]), math.Float32bits(got[2*i+1])
			g = math.Ldexp(float64(int64(uint64(high)<<32|uint64(low))), -40)
			tol = w.Tol + float64(w.Terms)*0x1p-41
		} else {
			g = float64(got[i])
		}
		if w.Terms == 0 && g != float64(before[i]) {
			return fmt.Errorf("element %d belongs to no sample and changed from %v to %v", i, before[i], g)
		}
		if !(math.Abs(g-w.Value) <= tol) {
			return fmt.Errorf("element %d: got %.9g, want %.9g within %.3g", i, g, w.Value, tol)
		}
	}
	return nil
}

func toFixed(values []float32) []uint32 {
	var out []uint32
	for _, v := range values {
		w := uint64(int64(math.Round(math.Ldexp(float64(v), 40))))
		out = append(out, uint32(w), uint32(w>>32))
	}
	return out
}

func gridBackwardCases() []*check.Case {
	var out []*check.Case
	eachGrid(func(i uint32) bool { return i == kernels.GridNearest }, func(k int, s *gridSetup) {
		if k%4 == 2 {
			s.active--
			s.name += " without the last level"
		}
		out = append(out, s.backward(s.backwardFault(k), false), s.backward(s.backwardFault(k), true))
	})
	return out
}

// backwardFault avoids dropping a level that is not there.
func (s *gridSetup) backwardFault(k int) int {
	if s.active < len(s.levels) && k%4 == 2 {
		return 3
	}
	return k
}
