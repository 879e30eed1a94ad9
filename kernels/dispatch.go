package kernels

import "github.com/radia-go/radia/gpu"

// MaxGroupsX is the number of workgroups along x that every Vulkan device allows; longer dispatches wrap into y.
const MaxGroupsX = 65535

// Groups covers n invocations with workgroups of size local, as lib/index.glsl counts them.
func Groups(n, local uint32) [3]uint32 {
	groups := max(1, (uint64(n)+uint64(local)-1)/uint64(local))
	y := (groups + MaxGroupsX - 1) / MaxGroupsX
	return [3]uint32{uint32((groups + y - 1) / y), uint32(y), 1}
}

// reached is how many of n elements the dispatch reaches with one invocation each: a twin computes no more than the
// shader would, so that a dispatch that is too small is noticed without a GPU.
func reached(c *gpu.Call, n uint32) int {
	size := c.Kernel.Layout.GroupSize(c.Spec)
	total := uint64(1)
	for axis := range 2 {
		total *= uint64(c.Groups[axis])
	}
	return int(min(uint64(n), total*uint64(size[0])))
}

// spread calls f for consecutive ranges that cover [0, n), on the call's pool. The ranges do not depend on the number of
// workers.
func spread(c *gpu.Call, n, grain int, f func(lo, hi int)) {
	tasks := (n + grain - 1) / grain
	c.Pool.Run(tasks, func(task, _ int) {
		f(task*grain, min(n, (task+1)*grain))
	})
}
