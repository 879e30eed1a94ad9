package kernels

import "github.com/radia-go/radia/gpu"

// scanBlock is the number of values that one workgroup of scan_blocks and scan owns.
const scanBlock = 1024

// ScanBlocksKernel sums each block of 1,024 values for scan.
var ScanBlocksKernel = register(&gpu.Kernel{
	Name:     "scan_blocks",
	Layout:   scanBlocksLayout,
	Variants: scanBlocksVariants,
	Twin:     scanBlocksTwin,
})

// ScanSums is the number of block sums, uint32 each, that a scan over at most max values needs.
func ScanSums(max uint32) int { return int((max + scanBlock - 1) / scanBlock) }

func scanBlocksTwin(c *gpu.Call) {
	push := gpu.PushOf[ScanBlocksPush](c)
	values, sums := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[2])
	n := gpu.View[uint32](c.Bind[1])[push.CountIndex]
	c.Pool.Run(int(c.Groups[0]), func(block, _ int) {
		var sum uint32
		for i := uint32(block) * scanBlock; i < min(n, uint32(block+1)*scanBlock); i++ {
			sum += values[i]
		}
		sums[block] = sum
	})
}
