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

type scanBlocksCall struct{ values, sums []uint32 }

var scanningBlocks = newForm((*scanBlocksCall).blocks)

func scanBlocksTwin(c *gpu.Call) {
	push := gpu.PushOf[ScanBlocksPush](c)
	values := gpu.View[uint32](c.Bind[0])
	n := gpu.View[uint32](c.Bind[1])[push.CountIndex]
	scanningBlocks.do(c, scanBlocksCall{values[:n], gpu.View[uint32](c.Bind[2])}, int(c.Groups[0]), 1)
}

func (s *scanBlocksCall) blocks(_ *alone, lo, hi int) {
	n := len(s.values)
	for block := lo; block < hi; block++ {
		var sum uint32
		for _, v := range s.values[min(n, block*scanBlock):min(n, (block+1)*scanBlock)] {
			sum += v
		}
		s.sums[block] = sum
	}
}
