package simd

import (
	"github.com/radia-go/radia/gpu"
)

//go:generate go run ./gen -part peak -out peak_amd64.s -stubs peak_amd64.go -pkg simd

// peakChains is kernels.PeakChains.
const peakChains = 12

// peakGrain is the number of invocations of a task.
const peakGrain = 64

// reached is how many of n invocations the dispatch has.
func reached(c *gpu.Call, n uint32) int {
	size := c.Kernel.Layout.GroupSize(c.Spec)
	return int(min(uint64(n), uint64(c.Groups[0])*uint64(c.Groups[1])*uint64(size[0])))
}

// PeakFMA is the vector form of peak_fma: the lanes of a register are consecutive invocations.
func PeakFMA(c *gpu.Call) bool {
	chains, lanes := fmaChains()
	if chains == nil {
		return false
	}
	p := gpu.PushOf[struct {
		count, steps   uint32
		factor, addend float32
	}](c)
	sums := gpu.View[float32](c.Bind[0])
	n := reached(c, p.count)
	c.Pool.Run((n+peakGrain-1)/peakGrain, func(task, _ int) {
		var x [peakChains * 16]float32
		for first := task * peakGrain; first < min(n, (task+1)*peakGrain); first += lanes {
			for k := range peakChains {
				for l := range lanes {
					x[k*lanes+l] = float32((first+l)%256 + k)
				}
			}
			chains(&x[0], p.factor, p.addend, int(p.steps))
			for l := range min(lanes, n-first) {
				sum := float32(0)
				for k := range peakChains {
					sum += x[k*lanes+l]
				}
				sums[first+l] = sum
			}
		}
	})
	return true
}

// PeakGather is the vector form of peak_gather.
func PeakGather(c *gpu.Call) bool {
	p := gpu.PushOf[struct{ count, steps, shift uint32 }](c)
	words := c.SpecOf("WORDS")
	rows, digests := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[1])
	gather := gatherRows(int(words))
	if gather == nil || p.shift > 31 || p.steps%4 != 0 || uint64(len(rows)) < uint64(words)<<(32-p.shift) {
		return false
	}
	n := reached(c, p.count)
	c.Pool.Run((n+peakGrain-1)/peakGrain, func(task, _ int) {
		var d [4]uint32
		for i := task * peakGrain; i < min(n, (task+1)*peakGrain); i++ {
			gather(&rows[0], uint32(i)*p.steps*2654435761, int(p.steps/4), int(p.shift), &d)
			digests[i] = d[0] ^ d[1] ^ d[2] ^ d[3]
		}
	})
	return true
}
