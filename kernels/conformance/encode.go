package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/enc"
)

func init() { add(encodeCases) }

// encodeSetup is one fixed encoding with inputs.
type encodeSetup struct {
	name        string
	shape       kernels.EncodeShape
	truth       oracle.Encoding
	p           []float64
	n, capacity int
	inputs      []float32
	dfeatures   []float32
}

// encodeSettings walks the registry: every encoding with its defaults, and with each parameter at its least value and
// at a larger one (degree 1 … 8 of the spherical harmonics).
func encodeSettings(e *enc.Encoding) []map[string]float64 {
	out := []map[string]float64{{}}
	for _, p := range e.Params {
		values := []float64{p.Min, min(p.Max, 8)}
		if p.Float {
			values = []float64{-2.5, 0.75}
		} else if p.Max <= 8 {
			values = nil
			for v := p.Min; v <= p.Max; v++ {
				values = append(values, v)
			}
		}
		for _, v := range values {
			if v != p.Default {
				out = append(out, map[string]float64{p.Key: v})
			}
		}
	}
	return out
}

func newEncode(e *enc.Encoding, set map[string]float64, n int, kinks bool, seed uint64) *encodeSetup {
	values, err := e.Values(set)
	if err != nil {
		panic("conformance: " + err.Error())
	}
	truth, ok := oracle.Encodings[e.OType]
	if !ok {
		panic("conformance: no oracle for encoding " + e.OType)
	}
	dims := e.Dims
	if dims == 0 {
		dims = 1 + int(seed%3)
	}
	s := &encodeSetup{
		name: fmt.Sprintf("%s %v D%d n=%d seed=%d", e.OType, set, dims, n, seed), truth: truth,
		shape: kernels.EncodeShape{Encoding: e, Values: values, Dims: dims}, n: n, capacity: max(64, (n+63)/64*64),
	}
	for i, p := range e.Params {
		v := float64(values[i])
		if p.Float {
			v = float64(math.Float32frombits(values[i]))
		}
		s.p = append(s.p, v)
	}
	r := pcg32.New(seed)
	s.inputs = nans((gridInput + dims) * s.capacity)
	special := []float32{0, 1, 0.5, 0.25, 1e-6, -0.5, 1.25}
	for i := range n {
		for {
			for d := range dims {
				x := r.Float32()
				if i < len(special) {
					x = special[(i+d)%len(special)]
				}
				s.inputs[(gridInput+d)*s.capacity+i] = x
			}
			if e.Dims == 3 { // a direction
				s.normalise(i)
			}
			if !kinks || truth.Kink == nil || !truth.Kink(s.p, s.input(i)) {
				break
			}
			special = nil
		}
	}
	s.dfeatures = nans((gridOutput + s.shape.Outputs()) * s.capacity)
	for k := range s.shape.Outputs() {
		for i := range n {
			s.dfeatures[(gridOutput+k)*s.capacity+i] = 2*r.Float32() - 1
		}
	}
	return s
}

// normalise makes sample i a unit direction in the form (d+1)/2.
func (s *encodeSetup) normalise(i int) {
	x := s.input(i)
	a, b, c := 2*x[0]-1, 2*x[1]-1, 2*x[2]-1
	length := math.Sqrt(a*a + b*b + c*c)
	for d, v := range []float64{a, b, c} {
		s.inputs[(gridInput+d)*s.capacity+i] = float32((v/length + 1) / 2)
	}
}

func (s *encodeSetup) input(i int) []float64 {
	x := make([]float64, s.shape.Dims)
	for d := range x {
		x[d] = float64(s.inputs[(gridInput+d)*s.capacity+i])
	}
	return x
}

func (s *encodeSetup) counts() check.Arg { return check.In([]uint32{7777, uint32(s.n), 0}) }

func (s *encodeSetup) forward() *check.Case {
	outputs := s.shape.Outputs()
	return &check.Case{
		Name: s.name, Kernel: kernels.Encode, Groups: kernels.Groups(uint32(s.n), 64), Spec: s.shape.Spec(kernels.Encode),
		Push: kernels.EncodePush{Capacity: uint32(s.capacity), CountIndex: 1, InputPlane: gridInput, OutputPlane: gridOutput}.Bytes(),
		Args: []check.Arg{check.In(s.inputs), s.counts(), check.Out((gridOutput + outputs) * s.capacity)},
		Oracle: func() []check.Want {
			var r result
			for i := range s.n {
				y, tol := s.truth.Forward(s.p, s.input(i))
				r.value, r.tol = append(r.value, y), append(r.tol, tol)
			}
			return []check.Want{{Binding: 2, Bytes: planesOf(s.n, s.capacity, gridOutput, outputs, nil, r.at)}}
		},
		Fault: func(c *gpu.Call) {
			kernels.Encode.Twin(c)
			spoil(c.Bind[2], gridOutput*s.capacity, outputs, s.capacity)
		},
	}
}

// spoil makes the value of largest magnitude of sample 0 wrong by three parts in a thousand.
func spoil(b []byte, first, planes, stride int) {
	v := gpu.View[float32](b)
	at := first
	for k := range planes {
		if i := first + k*stride; math.Abs(float64(v[i])) > math.Abs(float64(v[at])) {
			at = i
		}
	}
	v[at] = v[at]*1.003 + 3e-3
}

func (s *encodeSetup) backward(accumulate bool) *check.Case {
	dims := s.shape.Dims
	var before []float32
	var flag uint32
	last := check.Out((gridInput + dims) * s.capacity)
	if accumulate {
		before = make([]float32, (gridInput+dims)*s.capacity)
		for i := range before {
			before[i] = float32(i%5) - 2
		}
		last, flag = check.In(before), 1
	}
	return &check.Case{
		Name: s.name, Kernel: kernels.EncodeInput, Groups: kernels.Groups(uint32(s.n), 64), Spec: s.shape.Spec(kernels.EncodeInput),
		Push: kernels.EncodeInputPush{Capacity: uint32(s.capacity), CountIndex: 1, InputPlane: gridInput, OutputPlane: gridOutput, Accumulate: flag}.Bytes(),
		Args: []check.Arg{check.In(s.inputs), check.In(s.dfeatures), s.counts(), last},
		Oracle: func() []check.Want {
			r := s.inputGradient(before)
			return []check.Want{{Binding: 3, Bytes: planesOf(s.n, s.capacity, gridInput, dims, before, r.at)}}
		},
		// The gradient of one output of sample 0 counts double; where no output has a slope, a gradient appears.
		Fault: func(c *gpu.Call) {
			wrong := *c
			dy := append([]float32(nil), s.dfeatures...)
			slope, _ := s.truth.Slope(s.p, s.input(0))
			worst, most := 0, 0.0
			for k := range slope {
				for d := range dims {
					if g := abs(slope[k][d] * float64(dy[(gridOutput+k)*s.capacity])); g > most {
						worst, most = k, g
					}
				}
			}
			dy[(gridOutput+worst)*s.capacity] *= 2
			wrong.Bind = append([][]byte(nil), c.Bind...)
			wrong.Bind[1] = gpu.Bytes(dy)
			kernels.EncodeInput.Twin(&wrong)
			if most < 1e-3 {
				gpu.View[float32](c.Bind[3])[gridInput*s.capacity] += 0.25
			}
		},
	}
}

// inputGradient sums over the outputs: each term has its own tolerance, and the sum of K terms rounds K+2 times.
func (s *encodeSetup) inputGradient(before []float32) (r result) {
	for i := range s.n {
		slope, tol := s.truth.Slope(s.p, s.input(i))
		dx, e := make([]float64, s.shape.Dims), make([]float64, s.shape.Dims)
		for d := range dx {
			var size float64
			for k := range slope {
				g := float64(s.dfeatures[(gridOutput+k)*s.capacity+i])
				dx[d] += g * slope[k][d]
				e[d] += abs(g) * tol[k][d]
				size += abs(g * slope[k][d])
			}
			if before != nil {
				b := float64(before[(gridInput+d)*s.capacity+i])
				dx[d] += b
				size += abs(b)
			}
			e[d] += oracle.U * float64(len(slope)+2) * size
		}
		r.value, r.tol = append(r.value, dx), append(r.tol, e)
	}
	return r
}

func encodeCases() []*check.Case {
	var out []*check.Case
	sizes := []int{65, 1, 64, 200, 63}
	seed := uint64(2000)
	for _, e := range enc.All() {
		for _, set := range encodeSettings(e) {
			n := sizes[seed%5]
			out = append(out, newEncode(e, set, n, false, seed).forward(), newEncode(e, set, n, true, seed).backward(seed%2 == 0))
			seed++
		}
	}
	return out
}
