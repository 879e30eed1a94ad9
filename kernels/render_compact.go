package kernels

import "github.com/radia-go/radia/gpu"

// RenderCompactKernel keeps the live rays in order, by the offsets of a scan over their alive flags.
var RenderCompactKernel = register(&gpu.Kernel{
	Name:     "render_compact",
	Layout:   renderCompactLayout,
	Variants: renderCompactVariants,
	Twin:     renderCompactTwin,
})

// RenderCompact records the compaction of at most max rays.
func RenderCompact(r *gpu.Recording, b RenderCompactBinds, p RenderCompactPush, max uint32) {
	dispatch(r, RenderCompactKernel, max, p.Bytes(), b.List())
}

func renderCompactTwin(c *gpu.Call) {
	p := gpu.PushOf[RenderCompactPush](c)
	alive, offsets := gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	in, out := gpu.View[uint32](c.Bind[3]), gpu.View[uint32](c.Bind[4])
	lanes(c, gpu.View[uint32](c.Bind[0])[p.CountIndex], func(i uint32) {
		switch {
		case alive[i] == 0:
		case p.Initial != 0:
			out[offsets[i]] = i
		default:
			out[offsets[i]] = in[i]
		}
	})
}
