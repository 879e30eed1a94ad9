package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/kernels"
)

func init() { add(screenExtents) }

func screenExtents() []*check.Case {
	const seed = 87
	var out []*check.Case
	k := kernels.ScreenExtentsKernel
	for _, n := range []int{1, 333, 2500} {
		for _, samples := range []int{1, 4} {
			sums := coveredPixels(seed, n, samples)
			sums[n/2].Depth, sums[n/3].A = 0, 0 // one that nothing is seen in, and one that is transparent
			begin := []float32{float32(math.Inf(1)), 0, 0}
			out = append(out, &check.Case{
				Name: fmt.Sprintf("n=%d samples=%d seed=%d", n, samples, seed), Kernel: k, Groups: kernels.Groups(uint32(n+15)/16, 64), Spec: specs(k),
				Push: kernels.ScreenExtentsPush{Count: uint32(n), Samples: uint32(samples)}.Bytes(),
				Args: []check.Arg{check.In(sums), check.In(begin)},
				Oracle: func() []check.Want {
					want := []float64{math.Inf(1), 0, 0}
					for _, p := range sums {
						if p.Depth > 0 && float64(p.A)/float64(samples) > 0.1 {
							want[0], want[1] = min(want[0], float64(p.Depth)), max(want[1], float64(p.Depth))
						}
						want[2] = max(want[2], float64(p.Cost))
					}
					return []check.Want{{Binding: 1, Bytes: func(got []byte) error {
						for i, w := range want {
							if g := float64(math.Float32frombits(wordAt(got, i))); g != w {
								return fmt.Errorf("extent %d is %g, want %g", i, g, w)
							}
						}
						return nil
					}}}
				},
				// The last pixels of every invocation are not looked at.
				Fault: func(c *gpu.Call) {
					s := gpu.View[kernels.Pixel](c.Bind[0])
					keep := append([]kernels.Pixel(nil), s...)
					for i := range s {
						if i%16 > 0 || n == 1 {
							s[i] = kernels.Pixel{}
						}
					}
					k.Twin(c)
					copy(s, keep)
				},
			})
		}
	}
	return out
}
