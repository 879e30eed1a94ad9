package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels/simd"
)

// PeakGather measures the rate of reading rows of a table of 2^(32-Shift) rows at unrelated places: invocation i reads
// rows (k·2654435761 mod 2^32) >> Shift for k = i·Steps … (i+1)·Steps-1 and writes the exclusive or of their words. Spec
// Words, 2 or 4, is the length of a row: 2 or 4 features of 32 bits.
var PeakGather = register(&gpu.Kernel{
	Name:     "peak_gather",
	Layout:   peakGatherLayout,
	Variants: peakGatherVariants,
	Twin:     peakGatherTwin,
	SIMD:     simd.PeakGather,
})

func peakGatherTwin(c *gpu.Call) {
	p := gpu.PushOf[PeakGatherPush](c)
	words := c.SpecOf("WORDS")
	rows, digests := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[1])
	const golden = 2654435761
	spread(c, reached(c, p.Count), 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			place, digest := uint32(i)*p.Steps*golden, uint32(0)
			for range p.Steps {
				first := place >> p.Shift * words
				digest ^= rows[first] ^ rows[first+1]
				if words == 4 {
					digest ^= rows[first+2] ^ rows[first+3]
				}
				place += golden
			}
			digests[i] = digest
		}
	})
}
