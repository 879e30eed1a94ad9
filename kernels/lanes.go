package kernels

import "github.com/radia-go/radia/gpu"

// laneGrain is how many invocations a twin computes in one task: enough to hide the cost of a task, few enough to spread
// rays of unequal length over the workers.
const laneGrain = 256

// lanes calls f on the pool for every invocation index below n that the dispatch reaches. f writes only what belongs to its
// own index.
func lanes(c *gpu.Call, n uint32, f func(i uint32)) {
	spread(c, reached(c, n), laneGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f(uint32(i))
		}
	})
}

// groupsOf is lib/groups.glsl, the only writer of what indirect dispatches read: their groups, wrapped into the second dimension;
// none for no work. No axis exceeds MaxGroupsX for a size of 2 or more.
func groupsOf(count, size uint32) [3]uint32 {
	g := (count + size - 1) / size
	return [3]uint32{min(g, MaxGroupsX), (g + MaxGroupsX - 1) / MaxGroupsX, 1}
}
