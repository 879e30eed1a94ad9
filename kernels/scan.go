package kernels

import "github.com/radia-go/radia/gpu"

// ScanKernel is the exclusive prefix sum of n = state[count_index] values, its total, the total clamped so that no value
// reaches beyond the capacity, and the group counts of a dispatch over the clamped total.
var ScanKernel = register(&gpu.Kernel{
	Name:     "scan",
	Layout:   scanLayout,
	Variants: scanVariants,
	Twin:     scanTwin,
})

// Scan records both passes over at most max values; sums is scratch of ScanSums(max) words.
func Scan(r *gpu.Recording, b ScanBinds, p ScanPush, max uint32) {
	blocks := [3]uint32{uint32(ScanSums(max)), 1, 1}
	first := ScanBlocksBinds{Values: b.Values, Counts: b.State, Sums: b.Sums}
	r.Dispatch(ScanBlocksKernel, blocks, ScanBlocksPush{CountIndex: p.CountIndex}.Bytes(), ScanBlocksKernel.Layout.SpecValues(nil), first.List()...)
	r.Dispatch(ScanKernel, blocks, p.Bytes(), ScanKernel.Layout.SpecValues(nil), b.List()...)
}

// ScanSamples is the ScanPush over the samples of each ray; group is the workgroup size of the kernel that runs over them.
func ScanSamples(capacity, group uint32) ScanPush {
	return ScanPush{CountIndex: StateRays, Capacity: capacity, ClampedIndex: StateSamples, TotalIndex: StateSamplesTotal,
		GroupsIndex: StateSampleGroups, GroupSize: group}
}

// ScanKept is the ScanPush over the kept samples of each ray.
func ScanKept(capacity, group uint32) ScanPush {
	return ScanPush{CountIndex: StateRays, Capacity: capacity, ClampedIndex: StateKept, TotalIndex: StateKeptTotal,
		GroupsIndex: StateKeptGroups, GroupSize: group}
}

func scanTwin(c *gpu.Call) {
	p := gpu.PushOf[ScanPush](c)
	values, sums := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[1])
	state, offsets := gpu.View[uint32](c.Bind[2]), gpu.View[uint32](c.Bind[3])
	n := state[p.CountIndex]
	finish := func(clamped uint32) {
		state[p.ClampedIndex] = clamped
		g := groupsOf(clamped, p.GroupSize)
		copy(state[p.GroupsIndex:p.GroupsIndex+3], g[:])
	}
	var before uint32
	for block := range c.Groups[0] {
		at := before
		for i := block * scanBlock; i < min(n, (block+1)*scanBlock); i++ {
			offsets[i] = at
			next := at + values[i]
			if at <= p.Capacity && next > p.Capacity {
				finish(at)
			}
			if i == n-1 {
				state[p.TotalIndex] = next
				if next <= p.Capacity {
					finish(next)
				}
			}
			at = next
		}
		before += sums[block]
	}
}
