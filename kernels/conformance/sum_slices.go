package conformance

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(sumSlices) }

func sumSlices() []*check.Case {
	const seed = 11
	var out []*check.Case
	for _, shape := range []struct{ count, stride, slices int }{{1, 1, 1}, {1000, 1000, 7}, {70, 96, 33}, {4099, 5000, 4}} {
		rng := pcg32.New(seed)
		partial := make([]float32, shape.stride*shape.slices)
		for i := range partial {
			partial[i] = rng.Float32()*2 - 1
		}
		spec := kernels.DefaultSumSlicesSpec()
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("n=%d stride=%d slices=%d seed=%d", shape.count, shape.stride, shape.slices, seed),
			Kernel: kernels.SumSlices,
			Groups: kernels.Groups(uint32(shape.count), spec.LocalSizeX),
			Push: kernels.SumSlicesPush{
				Count: uint32(shape.count), Stride: uint32(shape.stride), Slices: uint32(shape.slices),
			}.Bytes(),
			Spec: spec.Values(),
			Args: []check.Arg{check.In(partial), check.Out(shape.count)},
			Oracle: func() []check.Want {
				v, tol := oracle.SumSlices(partial, shape.count, shape.stride, shape.slices)
				return []check.Want{{Binding: 1, Value: v, Tol: tol}}
			},
			// The last slice is left out, and with a single slice the last element.
			Fault: func(c *gpu.Call) {
				push := *gpu.PushOf[kernels.SumSlicesPush](c)
				if push.Slices > 1 {
					push.Slices--
				} else {
					push.Count--
				}
				wrong := *c
				wrong.Push = push.Bytes()
				kernels.SumSlices.Twin(&wrong)
			},
		})
	}
	return out
}
