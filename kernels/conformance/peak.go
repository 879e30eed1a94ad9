package conformance

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() {
	add(peakFMA)
	add(peakGather)
	add(peakCopy)
}

// peakFMA: with factor -1 and addend 1 a chain alternates between x and 1-x, so the sum of twelve that start at b, b+1 …
// b+11 is 12·b+66, or 12 less that after an odd number of steps.
func peakFMA() []*check.Case {
	var out []*check.Case
	for _, shape := range []struct{ count, steps int }{{1, 1}, {77, 2}, {300, 65}, {129, 0}} {
		spec := kernels.DefaultPeakFmaSpec()
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("n=%d steps=%d", shape.count, shape.steps),
			Kernel: kernels.PeakFMA,
			Groups: kernels.Groups(uint32(shape.count), spec.LocalSizeX),
			Push:   kernels.PeakFmaPush{Count: uint32(shape.count), Steps: uint32(shape.steps), Factor: -1, Addend: 1}.Bytes(),
			Spec:   spec.Values(),
			Args:   []check.Arg{check.Out(shape.count)},
			Oracle: func() []check.Want {
				sums, exact := make([]float64, shape.count), make([]float64, shape.count)
				for i := range sums {
					sums[i] = float64(12*(i%256) + 66)
					if shape.steps%2 == 1 {
						sums[i] = 12 - sums[i]
					}
				}
				return []check.Want{{Binding: 0, Value: sums, Tol: exact}}
			},
			// One step too many.
			Fault: func(c *gpu.Call) {
				push := *gpu.PushOf[kernels.PeakFmaPush](c)
				push.Steps++
				wrong := *c
				wrong.Push = push.Bytes()
				kernels.PeakFMA.Twin(&wrong)
			},
		})
	}
	return out
}

func peakGather() []*check.Case {
	const seed = 12
	var out []*check.Case
	for _, shape := range []struct{ count, steps, log2Rows, words int }{{1, 4, 3, 2}, {70, 8, 10, 2}, {70, 8, 10, 4}, {129, 60, 12, 4}, {65, 5, 7, 4}} {
		rng := pcg32.New(seed)
		rows := make([]uint32, shape.words<<shape.log2Rows)
		for i := range rows {
			rows[i] = rng.Uint32()
		}
		spec := kernels.DefaultPeakGatherSpec()
		spec.Words = uint32(shape.words)
		push := kernels.PeakGatherPush{Count: uint32(shape.count), Steps: uint32(shape.steps), Shift: uint32(32 - shape.log2Rows)}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("n=%d steps=%d rows=2^%d words=%d seed=%d", shape.count, shape.steps, shape.log2Rows, shape.words, seed),
			Kernel: kernels.PeakGather,
			Groups: kernels.Groups(push.Count, spec.LocalSizeX),
			Push:   push.Bytes(),
			Spec:   spec.Values(),
			Args:   []check.Arg{check.In(rows), check.Out(shape.count)},
			Oracle: func() []check.Want {
				digests := make([]uint32, shape.count)
				for k := range shape.count * shape.steps {
					row := int(uint64(k) * 2654435761 % (1 << 32) >> (32 - shape.log2Rows))
					for _, w := range rows[row*shape.words : (row+1)*shape.words] {
						digests[k/shape.steps] ^= w
					}
				}
				return []check.Want{{Binding: 1, Words: digests}}
			},
			// The last row of each invocation is left out.
			Fault: func(c *gpu.Call) {
				kernels.PeakGather.Twin(c)
				digests := gpu.View[uint32](c.Bind[1])
				for i := range digests {
					last := uint32((i+1)*shape.steps-1) * 2654435761 >> (32 - shape.log2Rows)
					digests[i] ^= rows[int(last)*shape.words]
				}
			},
		})
	}
	return out
}

func peakCopy() []*check.Case {
	const seed = 13
	var out []*check.Case
	for _, n := range []int{1, 1000, 70001} {
		rng := pcg32.New(seed)
		source := make([]uint32, n)
		for i := range source {
			source[i] = rng.Uint32()
		}
		spec := kernels.DefaultPeakCopySpec()
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("n=%d seed=%d", n, seed),
			Kernel: kernels.PeakCopy,
			Groups: kernels.Groups(uint32(n), spec.LocalSizeX),
			Push:   kernels.PeakCopyPush{Count: uint32(n)}.Bytes(),
			Spec:   spec.Values(),
			Args:   []check.Arg{check.In(source), check.Out(n)},
			Oracle: func() []check.Want { return []check.Want{{Binding: 1, Words: source}} },
			// The last word stays unwritten.
			Fault: func(c *gpu.Call) {
				wrong := *c
				wrong.Push = kernels.PeakCopyPush{Count: uint32(n - 1)}.Bytes()
				kernels.PeakCopy.Twin(&wrong)
			},
		})
	}
	return out
}
