package conformance

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(encodeReduceCases) }

// flushed is the least normal float32: a device may round smaller products to zero.
const flushed = 0x1p-126

// reduceSetup has the planes of the parts in front of those of the result, or behind them.
type reduceSetup struct {
	kernels.Reduction
	n, capacity, planes int
	values, gradients   []float32
}

func newReduce(product bool, parts, outputs, n int, behind bool, seed uint64) *reduceSetup {
	s := &reduceSetup{Reduction: kernels.Reduction{Product: product, Parts: parts, Outputs: outputs, From: 1, To: 2 + parts*outputs},
		n: n, capacity: max(64, (n+63)/64*64)}
	if behind {
		s.From, s.To = outputs+2, 1
	}
	s.planes = max(s.From+parts*outputs, s.To+outputs)
	rng := pcg32.New(seed)
	s.values, s.gradients = nans(s.planes*s.capacity), nans(s.planes*s.capacity)
	for i := range n {
		for k := range parts * outputs {
			v := 2*rng.Float32() - 1
			if (i+k)%11 == 0 {
				v = 0 // the gradient of a factor that is zero is the other factors
			}
			s.values[(s.From+k)*s.capacity+i] = v
		}
		for k := range outputs {
			s.gradients[(s.To+k)*s.capacity+i] = 2*rng.Float32() - 1
		}
	}
	return s
}

func (s *reduceSetup) name() string {
	return fmt.Sprintf("product=%v parts=%d outputs=%d n=%d from=%d to=%d", s.Product, s.Parts, s.Outputs, s.n, s.From, s.To)
}

// parts is output k of every part of sample i.
func (s *reduceSetup) parts(i, k int) []float64 {
	out := make([]float64, s.Parts)
	for p := range out {
		out[p] = float64(s.values[(s.From+p*s.Outputs+k)*s.capacity+i])
	}
	return out
}

func (s *reduceSetup) counts() check.Arg { return check.In([]uint32{7777, uint32(s.n), 0}) }

func (s *reduceSetup) forward() *check.Case {
	return &check.Case{
		Name: s.name(), Kernel: kernels.EncodeReduce, Groups: kernels.Groups(uint32(s.n), 64), Spec: kernels.DefaultEncodeReduceSpec().Values(),
		Push: s.Push(uint32(s.capacity), 1), Args: []check.Arg{s.counts(), check.In(s.values)},
		Oracle: func() []check.Want {
			var r result
			for i := range s.n {
				var value, tol []float64
				for k := range s.Outputs {
					v, e := oracle.Reduce(s.Product, s.parts(i, k))
					value, tol = append(value, v), append(tol, e+flushed)
				}
				r.value, r.tol = append(r.value, value), append(r.tol, tol)
			}
			return []check.Want{{Binding: 1, Bytes: planesOf(s.n, s.capacity, s.To, s.Outputs, s.values, r.at)}}
		},
		// The other reduction; of one part both are the same, and a value is spoiled.
		Fault: func(c *gpu.Call) {
			s.faulty(c, kernels.EncodeReduce)
			if s.Parts == 1 {
				spoil(c.Bind[1], s.To*s.capacity, s.Outputs, s.capacity)
			}
		},
	}
}

func (s *reduceSetup) backward() *check.Case {
	return &check.Case{
		Name: s.name(), Kernel: kernels.EncodeReduceBackward, Groups: kernels.Groups(uint32(s.n), 64), Spec: kernels.DefaultEncodeReduceBackwardSpec().Values(),
		Push: s.Push(uint32(s.capacity), 1), Args: []check.Arg{s.counts(), check.In(s.values), check.In(s.gradients)},
		Oracle: func() []check.Want {
			var r result
			for i := range s.n {
				value, tol := make([]float64, s.Parts*s.Outputs), make([]float64, s.Parts*s.Outputs)
				for k := range s.Outputs {
					for p := range s.Parts {
						v, e := oracle.ReduceSlope(s.Product, s.parts(i, k), p, float64(s.gradients[(s.To+k)*s.capacity+i]))
						value[p*s.Outputs+k], tol[p*s.Outputs+k] = v, e+flushed
					}
				}
				r.value, r.tol = append(r.value, value), append(r.tol, tol)
			}
			return []check.Want{{Binding: 2, Bytes: planesOf(s.n, s.capacity, s.From, s.Parts*s.Outputs, s.gradients, r.at)}}
		},
		Fault: func(c *gpu.Call) {
			s.faulty(c, kernels.EncodeReduceBackward)
			if s.Parts == 1 {
				spoil(c.Bind[2], s.From*s.capacity, s.Outputs, s.capacity)
			}
		},
	}
}

// faulty runs the twin with the other reduction.
func (s *reduceSetup) faulty(c *gpu.Call, k *gpu.Kernel) {
	wrong, other := *c, s.Reduction
	other.Product = !s.Product
	wrong.Push = other.Push(uint32(s.capacity), 1)
	k.Twin(&wrong)
}

func encodeReduceCases() []*check.Case {
	var out []*check.Case
	for i, x := range []struct{ parts, outputs, n int }{{2, 16, 65}, {3, 5, 64}, {5, 1, 200}, {1, 4, 63}, {3, 33, 1}} {
		for _, product := range []bool{false, true} {
			s := newReduce(product, x.parts, x.outputs, x.n, i%2 == 1, uint64(4100+i))
			out = append(out, s.forward(), s.backward())
		}
	}
	return out
}
