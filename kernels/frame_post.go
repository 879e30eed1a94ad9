package kernels

import (
	"sync/atomic"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// FramePostKernel is a pass of a frame after the network: activations, compositing, the list of rays that go on, in any
// order, and the displayed bytes of those that ended, in one dispatch.
var FramePostKernel = register(&gpu.Kernel{
	Name:     "frame_post",
	Layout:   framePostLayout,
	Variants: framePostVariants,
	Twin:     framePostTwin,
	Bounds: map[string]cmp.Bound{
		"pixels":   {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 0.01, Why: "as render_composite: two samples of nearly equal weight may swap for the depth"},
		"live_out": {Kind: cmp.Stat, Outliers: 1, Why: "in any order; the oracle asks for the set"},
		"state":    {Kind: cmp.Stat, Outliers: 0.1, Why: "only rays that pass the least transmittance within 1e-5 end a sample earlier or later, and their number is one word of ten or more"},
		"image":    displayBytes,
	},
})

// FramePost records a pass over at most max live rays.
func FramePost(r *gpu.Recording, b FramePostBinds, p FramePostPush, max uint32) {
	dispatch(r, FramePostKernel, max, p.Bytes(), b.List())
}

func framePostTwin(c *gpu.Call) {
	p := gpu.PushOf[FramePostPush](c)
	live, state, next := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	stride := p.Capacity
	lengths, depths, raw := gpu.View[float32](c.Bind[3])[6*stride:], gpu.View[float32](c.Bind[4]), gpu.View[float32](c.Bind[5])
	show, pixels := &gpu.View[Display](c.Bind[6])[0], gpu.View[Pixel](c.Bind[7])
	out, image := gpu.View[uint32](c.Bind[8]), gpu.View[uint32](c.Bind[9])
	n := state[p.CountIndex]
	lanes(c, n, func(s uint32) {
		index := live[s]
		px, done := &pixels[index], next[index] == FrameEnd
		for at := s; at < p.Steps*n+s && lengths[at] != 0; at += n {
			if radianceAdd(px, [4]float32{raw[at], raw[stride+at], raw[2*stride+at], raw[3*stride+at]}, lengths[at], depths[at], p.Hdr != 0, p.MinTransmittance) {
				done = true
				break
			}
		}
		switch {
		case !done:
			out[atomic.AddUint32(&state[p.NextIndex], 1)-1] = index
		case p.Show != 0:
			image[p.First+index] = show.bytes(px)
		}
	})
}
