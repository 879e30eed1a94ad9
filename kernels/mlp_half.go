package kernels

import (
	"fmt"
	"slices"

	"github.com/radia-go/radia/gpu"
)

// The forms of the networks alone with fp16 operands and fp32 sums. What follows mirrors the memory that lib/mlp_half*.glsl
// declare.

// mlpNeed is what a kernel takes of workgroup memory beside the weights.
type mlpNeed struct {
	widest    func(MLP) int // values of a sample that a matrix is multiplied with, at most
	perSample int           // bytes of a sample beside its row
	// least is the halves of 16 outputs of the longest matrix, more those of 16 further outputs.
	least, more func(MLP) int
}

// mlp_forward stages rows of a matrix, mlp_backward columns.
var (
	forwardNeed  = mlpNeed{MLP.longest, 0, func(m MLP) int { return 16 * (m.longest() + halfPad) }, func(m MLP) int { return 16 * (m.longest() + halfPad) }}
	backwardNeed = mlpNeed{MLP.tallest, 4, func(m MLP) int { return m.tallest() * (16 + halfPad) }, func(m MLP) int { return m.tallest() * 16 }}
)

func planMLP(need mlpNeed) func(halfKind) fit {
	return func(h halfKind) fit {
		return func(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
			return h.mlp(info, l, spec, mlpOf(l, spec), need)
		}
	}
}

// mlp picks the largest workgroup whose rows of activations and weights of the whole network fit into workgroup memory, or,
// where none does, the largest beside which 16 outputs of the longest matrix fit.
func (h halfKind) mlp(info *gpu.Info, l *gpu.Layout, spec []uint32, m MLP, need mlpNeed) (gpu.Plan, error) {
	whole, least, more := 2*m.halves(), 2*need.least(m), 2*need.more(m)
	perSample := 2*(need.widest(m)+h.pad) + need.perSample
	err := errNoShape
	for _, shape := range h.shapes(info, false) {
		subgroup := int(shape.Subgroup)
		if subgroup%int(shape.M) != 0 {
			err = fmt.Errorf("a subgroup of %d has no whole matrices of %d rows", subgroup, shape.M)
			continue
		}
		spread := 0 // bytes a subgroup; the packed form does without
		if h.pad == halfPad {
			spread = 4 * int(shape.M*shape.N)
		}
		plan := gpu.Plan{Spec: slices.Clone(spec), Groups: uint32(16 * info.Limits.ComputeUnits), Shape: shape, Slow: h.slowMLP(info)}
		for _, needed := range []int{whole, least} {
			for _, size := range []int{256, 128, 64, 32, 16, 8} {
				left := info.Limits.SharedMemory - size*perSample - size/subgroup*spread
				if size%subgroup != 0 || size > int(info.Limits.MaxGroupSize) || left < needed {
					continue
				}
				stage := whole
				if left < whole {
					stage = least + (left-least)/more*more
				}
				plan.Spec[l.SpecIndex("local_size_x")], plan.Spec[l.SpecIndex("STAGE")] = uint32(size), uint32(stage/2)
				return plan, nil
			}
		}
		err = fmt.Errorf("%d bytes for 16 outputs and %d a sample for subgroups of %d do not fit into %d bytes of workgroup memory",
			least, perSample, subgroup, info.Limits.SharedMemory)
	}
	return gpu.Plan{}, err
}

// slowMLP says why a device should rather run mlp_forward and mlp_backward in another form: coop comes first, then packed
// where the device has fp16. On lavapipe 26.1 packed took 0.46 and 0.6 of the time of fp32, coop 1.4 (docs/performance.md); but what
// software drivers are for is to be compared with the processor, and fp16 moves surfaces of distance fields by more than 1/255.
func (h halfKind) slowMLP(info *gpu.Info) string {
	switch software := info.Kind == gpu.KindSoftware; {
	case software:
		return "a software driver is there to be compared with the processor, which computes in fp32"
	case !software && !info.Features.Float16:
		return "the device has no fp16 of its own"
	}
	return ""
}

// slowWeights is slowMLP for mlp_weights. Without matrices a product takes as many loads from workgroup memory in fp16 as in
// fp32, and conversions besides: lavapipe 26.1 took 1.7 times as long in either form.
func (h halfKind) slowWeights(info *gpu.Info) string {
	switch {
	case info.Kind == gpu.KindSoftware:
		return softwareHalf
	case h.pad != halfPad:
		return "without matrices sums over samples load as much as in fp32 and convert besides"
	}
	return ""
}

// Of mlp_weights, a block of weights and the samples that a workgroup stages of either factor (lib/mlp_half_weights.glsl).
const (
	weightBlock = 32
	weightChunk = 64
)

// planWeights plans mlp_weights: subgroups share the products of a block, none without one.
func planWeights(h halfKind) fit {
	return func(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
		memory := 2*2*weightBlock*(weightChunk+halfPad) + 4
		if memory > info.Limits.SharedMemory {
			return gpu.Plan{}, fmt.Errorf("two blocks take %d bytes of workgroup memory, there are %d", memory, info.Limits.SharedMemory)
		}
		err := errNoShape
		for _, shape := range h.shapes(info, true) {
			products := weightBlock / int(shape.M) * (weightBlock / int(shape.N))
			for _, size := range []int{128, 64, 32} {
				if size%int(shape.Subgroup) == 0 && size/int(shape.Subgroup) <= products && size <= int(info.Limits.MaxGroupSize) {
					plan := gpu.Plan{Spec: slices.Clone(spec), Shape: shape, Slow: h.slowWeights(info)}
					plan.Spec[l.SpecIndex("local_size_x")] = uint32(size)
					return plan, nil
				}
			}
			err = fmt.Errorf("no workgroup suits subgroups of %d and matrices of %dx%dx%d", shape.Subgroup, shape.M, shape.N, shape.K)
		}
		return gpu.Plan{}, err
	}
}

// halves is the number of halves that the weights take in workgroup memory.
func (m MLP) halves() int {
	n := 0
	for l := 0; l <= m.Hidden; l++ {
		rows, cols, _ := m.matrix(l)
		n += rows * (cols + halfPad)
	}
	return n
}

// longest is the most columns of a matrix, tallest the most rows.
func (m MLP) longest() int { return max(m.In, m.Width) }
func (m MLP) tallest() int { return max(m.Out, m.Width) }
