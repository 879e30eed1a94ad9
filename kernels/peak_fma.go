package kernels

import (
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels/simd"
)

// PeakChains is the number of independent chains of multiply-adds of one invocation of peak_fma: enough to fill two
// units of four cycles latency.
const PeakChains = 12

// PeakFMA measures the rate of fused multiply-adds: invocation i takes Steps times x_c = fma(x_c, Factor, Addend) for
// PeakChains chains that start at i mod 256 + c, and writes their sum. With Factor -1 and Addend 1 all numbers are small
// integers, so that every device must find the same bits.
var PeakFMA = register(&gpu.Kernel{
	Name:     "peak_fma",
	Layout:   peakFmaLayout,
	Variants: peakFmaVariants,
	Twin:     peakFMATwin,
	SIMD:     simd.PeakFMA,
})

func peakFMATwin(c *gpu.Call) {
	p := gpu.PushOf[PeakFmaPush](c)
	sums := gpu.View[float32](c.Bind[0])
	spread(c, reached(c, p.Count), 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			var x [PeakChains]float32
			for k := range x {
				x[k] = float32(i%256 + k)
			}
			for range p.Steps {
				for k := range x {
					x[k] = float32(math.FMA(float64(x[k]), float64(p.Factor), float64(p.Addend)))
				}
			}
			sum := float32(0)
			for _, v := range x {
				sum += v
			}
			sums[i] = sum
		}
	})
}
