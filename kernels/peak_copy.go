package kernels

import "github.com/radia-go/radia/gpu"

// PeakCopy measures the rate of reading and writing memory in order: target[i] = source[i] for Count words. One
// invocation per word: Groups(Count, LocalSizeX).
var PeakCopy = register(&gpu.Kernel{
	Name:     "peak_copy",
	Layout:   peakCopyLayout,
	Variants: peakCopyVariants,
	Twin: func(c *gpu.Call) {
		p := gpu.PushOf[PeakCopyPush](c)
		source, target := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[1])
		spread(c, reached(c, p.Count), 1<<16, func(lo, hi int) { copy(target[lo:hi], source[lo:hi]) })
	},
})
