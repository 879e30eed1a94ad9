package kernels

import (
	"errors"
	"fmt"
	"slices"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// The forms of the fused kernels with fp16 operands and fp32 sums: on cooperative matrices (variant coop, lib/coop.glsl) and
// without (variant packed, lib/packed.glsl). What follows mirrors the memory that lib/nerf_half*.glsl declare.

// halfPad is how many halves follow a row of weights, and of activations on cooperative matrices.
const halfPad = 8

// packedPad is how many halves follow a row of activations in the packed forms.
const packedPad = 2

// levelSize is the size of a Level in bytes.
const levelSize = 20

// halfDeepest is how many hidden layers a network may have in these forms, whose code names each.
const halfDeepest = 4

// softwareHalf is why a software driver takes another form.
const softwareHalf = "a software driver converts every half by instructions of its own"

var (
	errTooDeep = fmt.Errorf("more than %d hidden layers", halfDeepest)
	errNoShape = errors.New("the device has no shape of matrices that divides 16 and sums in fp32")
)

// fit is what a variant's Fit does.
type fit = func(*gpu.Info, *gpu.Layout, []uint32) (gpu.Plan, error)

// withFit sets the Fit of the named variant.
func withFit(variants []gpu.Variant, name string, f fit) []gpu.Variant {
	for i := range variants {
		if variants[i].Name == name {
			variants[i].Fit = f
			return variants
		}
	}
	panic("kernels: no variant " + name)
}

// halfKind is one of the two ways to multiply.
type halfKind struct {
	pad    int // halves behind a row of activations
	shapes func(info *gpu.Info, backward bool) []gpu.Shape
	slow   func(info *gpu.Info, backward bool) string
	// heavy says why a driver would compile the backward pass of a shape for minutes, "" where it would not: each sum of weight
	// gradients and each layer has code of its own.
	heavy func(info *gpu.Info, n NeRF) string
}

var coopKind = halfKind{halfPad, func(info *gpu.Info, _ bool) []gpu.Shape {
	shape, ok := info.Features.CoopShape()
	if !ok || info.Limits.SubgroupSize == 0 {
		return nil
	}
	return []gpu.Shape{{CoopShape: shape, Subgroup: uint32(info.Limits.SubgroupSize)}}
}, func(info *gpu.Info, backward bool) string {
	if info.Kind == gpu.KindSoftware && !backward { // 2.6 times as long as lanes on lavapipe 26.1
		return softwareHalf
	}
	return ""
}, func(info *gpu.Info, n NeRF) string {
	if info.Kind == gpu.KindSoftware && max(n.DensityHidden, n.RGBHidden) > 2 {
		return "a software driver compiles more than two hidden layers for minutes"
	}
	return ""
}}

// packedKind: forward, an invocation has rows of its own and waits for nobody; backward, the sums of weight gradients are
// shared among more of them. Products are unrolled, so on a software driver, which compiles long, they are short.
var packedKind = halfKind{packedPad, func(info *gpu.Info, backward bool) []gpu.Shape {
	software := info.Kind == gpu.KindSoftware
	switch {
	case !backward && software:
		return []gpu.Shape{packedShape(16, 2, 16, 16)}
	case !backward:
		return []gpu.Shape{packedShape(16, 8, 16, 16)}
	case software:
		return []gpu.Shape{packedShape(8, 8, 8, 32)}
	}
	return []gpu.Shape{packedShape(16, 16, 16, 64), packedShape(8, 8, 8, 32)}
}, func(info *gpu.Info, _ bool) string {
	if info.Kind == gpu.KindSoftware {
		return softwareHalf
	}
	return ""
}, func(info *gpu.Info, n NeRF) string {
	if info.Kind == gpu.KindSoftware && n.Weights() > 2048 {
		return "a software driver compiles sums of more than 2048 weight gradients for minutes"
	}
	return ""
}}

func packedShape(m, n, k, subgroup uint32) gpu.Shape {
	return gpu.Shape{CoopShape: gpu.CoopShape{M: m, N: n, K: k, Accumulate: "f32"}, Subgroup: subgroup}
}

// group picks the workgroup of a kernel in which SUBGROUP invocations own as many samples: the largest whose rows fit into
// workgroup memory beside what the workgroup shares, and a number of workgroups that fills the device and loops.
func (h halfKind) group(info *gpu.Info, l *gpu.Layout, spec []uint32, shared, perSample int) (gpu.Plan, error) {
	err := errNoShape
	for _, shape := range h.shapes(info, false) {
		subgroup := int(shape.Subgroup)
		if subgroup%int(shape.M) != 0 {
			err = fmt.Errorf("a subgroup of %d has no whole matrices of %d rows", subgroup, shape.M)
			continue
		}
		for _, size := range []int{256, 128, 64, 32, 16, 8} {
			if size%subgroup == 0 && size <= int(info.Limits.MaxGroupSize) && shared+size*perSample <= info.Limits.SharedMemory {
				plan := gpu.Plan{Spec: slices.Clone(spec), Groups: uint32(16 * info.Limits.ComputeUnits), Shape: shape, Slow: h.slow(info, false)}
				plan.Spec[l.SpecIndex("local_size_x")] = uint32(size)
				return plan, nil
			}
		}
		err = fmt.Errorf("%d bytes of weights and %d a sample for subgroups of %d do not fit into %d bytes of workgroup memory",
			shared, perSample, subgroup, info.Limits.SharedMemory)
	}
	return gpu.Plan{}, err
}

// infer plans the forms of nerf_infer, nerf_density (without rgb) and nerf_mega: networks in units of 16, with weights and at
// least one subgroup's samples within workgroup memory (lib/nerf_half_forward.glsl).
func (h halfKind) infer(rgb bool) fit {
	return func(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
		of := func(name string) int { return int(spec[l.SpecIndex(name)]) }
		features, width, levels := (of("LEVELS")*of("FEATURES")+15)/16*16, of("WIDTH"), of("LEVELS")
		if of("DENSITY_HIDDEN") > halfDeepest || rgb && of("RGB_HIDDEN") > halfDeepest {
			return gpu.Plan{}, errTooDeep
		}
		halves := halfNetwork(features, width, of("DENSITY_HIDDEN"))
		if rgb {
			halves += halfNetwork(nerfRGBIn, width, of("RGB_HIDDEN"))
		}
		return h.group(info, l, spec, 2*halves+levelSize*levels, 2*(max(width, features, nerfRGBIn)+h.pad))
	}
}

// mega is infer for nerf_mega, whose rays left over must fit into their list. No GPU has confirmed cooperative matrices inside its
// loop over rays yet, so there they run only where they are asked for by name.
func (h halfKind) mega(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
	plan, err := h.infer(true)(info, l, spec)
	if err != nil {
		return plan, err
	}
	if h.pad == halfPad && info.Kind != gpu.KindSoftware {
		plan.Slow = "not yet confirmed by a GPU, --variant coop runs it"
	}
	most := 64 * megaGroups / l.GroupSize(plan.Spec)[0]
	if plan.Groups == 0 || plan.Groups > most {
		plan.Groups = most
	}
	return plan, nil
}

// halfNetwork is the number of halves that a network's weights take in workgroup memory.
func halfNetwork(inputs, width, hidden int) int {
	return width*(inputs+halfPad) + ((hidden-1)*width+nerfGeo)*(width+halfPad)
}

// backward plans nerf_backward: four invocations a sample, the activations of all layers and the weights within workgroup
// memory, a tile of samples that divides the 64 by which slices are cut (lib/nerf_half_backward.glsl).
func (h halfKind) backward(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
	of := func(name string) int { return int(spec[l.SpecIndex(name)]) }
	features, width := (of("LEVELS")*of("FEATURES")+15)/16*16, of("WIDTH")
	switch heavy := h.heavy(info, specShape(l, spec)); {
	case heavy != "":
		return gpu.Plan{}, errors.New(heavy)
	case of("DENSITY_HIDDEN") > halfDeepest || of("RGB_HIDDEN") > halfDeepest:
		return gpu.Plan{}, errTooDeep
	case of("FEATURES") < 2:
		return gpu.Plan{}, errors.New("one feature a level is no pair of halves")
	}
	halves := halfNetwork(features, width, of("DENSITY_HIDDEN")) + halfNetwork(nerfRGBIn, width, of("RGB_HIDDEN"))
	perSample := features + nerfRGBIn + nerfRGBOut + 3*halfPad + (of("DENSITY_HIDDEN")+of("RGB_HIDDEN"))*(width+halfPad)
	err := errNoShape
	for _, shape := range h.shapes(info, true) {
		err = fmt.Errorf("no tile suits subgroups of %d and matrices of %dx%dx%d", shape.Subgroup, shape.M, shape.N, shape.K)
		for _, size := range []int{128, 64, 32} { // sums of a tile of 64 would leave no registers
			tile := size / 4
			if size%int(shape.Subgroup) != 0 || tile%int(shape.M) != 0 || tile%int(shape.K) != 0 || size > int(info.Limits.MaxGroupSize) {
				continue
			}
			memory := 2*(halves+tile*perSample) + levelSize*of("LEVELS") + 4
			if memory <= info.Limits.SharedMemory {
				plan := gpu.Plan{Spec: slices.Clone(spec), Shape: shape, Slow: h.slow(info, true)}
				plan.Spec[l.SpecIndex("local_size_x")] = uint32(size)
				return plan, nil
			}
			err = fmt.Errorf("weights and activations take %d bytes of workgroup memory, there are %d", memory, info.Limits.SharedMemory)
		}
	}
	return gpu.Plan{}, err
}

// halves plans both forms of a kernel, which differ from the twin within bounds.
func halves(variants []gpu.Variant, plan func(halfKind) fit, bounds map[string]cmp.Bound) []gpu.Variant {
	for i := range variants {
		if v := &variants[i]; v.Name == "coop" || v.Name == "packed" {
			v.Bounds = bounds
		}
	}
	return withFit(withFit(variants, "coop", plan(coopKind)), "packed", plan(packedKind))
}

// halfBound is networkBound for fp16 operands: both factors of every product are off by 2^-11, and Σ|w||a| stays below 4 in
// each of nine layers.
var halfBound = cmp.Bound{Kind: cmp.AbsRel, Abs: 0x1p-4, Rel: 0x1p-4,
	Why: "nine layers of 2·2^-11·Σ|w||a|, with Σ|w||a| below 4 for weights of Xavier scale"}

func planInfer(h halfKind) fit    { return h.infer(true) }
func planDensity(h halfKind) fit  { return h.infer(false) }
func planMega(h halfKind) fit     { return h.mega }
func planBackward(h halfKind) fit { return h.backward }
