package kernels

import "github.com/radia-go/radia/gpu"

// SumSlices adds partial results in a fixed order, so that the sum does not depend on the device:
//
//	total[i] = ((partial[i] + partial[stride+i]) + partial[2·stride+i]) + …   over slices
//
// One invocation per element: Groups(count, LocalSizeX). slices is at least 1.
var SumSlices = register(&gpu.Kernel{
	Name:     "sum_slices",
	Layout:   sumSlicesLayout,
	Variants: sumSlicesVariants,
	Twin:     sumSlicesTwin,
})

type sumSlicesCall struct {
	partial, total []float32
	slices, stride int
}

var summingSlices = newForm((*sumSlicesCall).elements)

func sumSlicesTwin(c *gpu.Call) {
	p := gpu.PushOf[SumSlicesPush](c)
	summingSlices.do(c, sumSlicesCall{gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), int(p.Slices), int(p.Stride)}, reached(c, p.Count), 4096)
}

func (s *sumSlicesCall) elements(_ *alone, lo, hi int) {
	for i := lo; i < hi; i++ {
		sum := s.partial[i]
		for slice := 1; slice < s.slices; slice++ {
			sum += s.partial[slice*s.stride+i]
		}
		s.total[i] = sum
	}
}

// RecordSumSlices appends the sum of `slices` arrays of n values that follow one another in partial.
func RecordSumSlices(r *gpu.Recording, n, slices int, partial, total gpu.Bind) {
	spec := DefaultSumSlicesSpec()
	r.Dispatch(SumSlices, Groups(uint32(n), spec.LocalSizeX), SumSlicesPush{Count: uint32(n), Stride: uint32(n), Slices: uint32(slices)}.Bytes(), spec.Values(),
		SumSlicesBinds{Partial: partial, Total: total}.List()...)
}
