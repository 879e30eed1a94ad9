package kernels

import (
	"math"

	"github.com/radia-go/radia/gpu"
)

// ScreenExtentsKernel finds what the rainbows of a screen run between: the least and the greatest depth seen and the greatest
// sum of costs.
var ScreenExtentsKernel = register(&gpu.Kernel{
	Name:     "screen_extents",
	Layout:   screenExtentsLayout,
	Variants: screenExtentsVariants,
	Twin:     screenExtentsTwin,
})

// extentsEach is how many pixels an invocation takes.
const extentsEach = 16

// RecordScreenExtents records the extents of p.Count pixels, which it begins: words 0 to 2 of the buffer.
func RecordScreenExtents(r *gpu.Recording, b ScreenExtentsBinds, p ScreenExtentsPush) {
	r.Fill(b.Extents.Buffer, b.Extents.Offset, 4, math.Float32bits(float32(math.Inf(1))))
	r.Fill(b.Extents.Buffer, b.Extents.Offset+4, 8, 0)
	dispatch(r, ScreenExtentsKernel, (p.Count+extentsEach-1)/extentsEach, p.Bytes(), b.List())
}

func screenExtentsTwin(c *gpu.Call) {
	p := gpu.PushOf[ScreenExtentsPush](c)
	sums, extents := gpu.View[Pixel](c.Bind[0]), gpu.View[float32](c.Bind[1])
	n := reached(c, (p.Count+extentsEach-1)/extentsEach)
	k := 1 / float32(p.Samples)
	for _, v := range sums[:min(int(p.Count), extentsEach*n)] {
		if v.Depth > 0 && float32(v.A*k) > ScreenSeen {
			extents[0], extents[1] = min(extents[0], v.Depth), max(extents[1], v.Depth)
		}
		extents[2] = max(extents[2], v.Cost)
	}
}
