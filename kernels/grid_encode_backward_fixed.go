package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// GridEncodeBackwardFixed is GridEncodeBackward with the gradient of element e as a 64-bit integer in units of 2^-40,
// the low word at dtable[2e], the high word at dtable[2e+1] (GridFromFixed): the same bits on every run and for every
// number of threads.
var GridEncodeBackwardFixed = register(&gpu.Kernel{
	Name:     "grid_encode_backward_fixed",
	Layout:   gridEncodeBackwardFixedLayout,
	Variants: gridEncodeBackwardFixedVariants,
	Twin: func(c *gpu.Call) {
		dtable := gpu.View[uint32](c.Bind[4])
		gridScatter(c, func(element uint32, value float32) { gridAddFixed(dtable[2*element:2*element+2], value) })
	},
	Bounds: map[string]cmp.Bound{"dtable": {Kind: cmp.Fixed, Abs: 1e-2, Rel: 1e-3, Why: gridWhy + "; the additions are exact"}},
})
