package kernels

import "github.com/radia-go/radia/gpu"

// coopPad is how many halves follow a row in workgroup memory in the forms of lib/nerf_coop.glsl.
const coopPad = 8

// coopLevel is the size of a Level in bytes.
const coopLevel = 20

// coopDeepest is how many hidden layers a network may have. Loops over more of them stay loops in the driver's code, and
// the one driver on which such shapes could be run (lavapipe 26.1) then computes NaN; unrolled by hand they are right.
const coopDeepest = 2

// withFit sets the Fit of the named variant.
func withFit(variants []gpu.Variant, name string, fit func(*gpu.Info, *gpu.Layout, []uint32) (gpu.Plan, bool)) []gpu.Variant {
	for i := range variants {
		if variants[i].Name == name {
			variants[i].Fit = fit
			return variants
		}
	}
	panic("kernels: no variant " + name)
}

// coopGroup picks the workgroup of a kernel in which a subgroup owns as many samples as it has lanes: the largest whose
// rows fit into workgroup memory beside what the workgroup shares, and a number of workgroups that fills the device and
// loops.
func coopGroup(info *gpu.Info, l *gpu.Layout, spec []uint32, shared, perSample int) (gpu.Plan, bool) {
	shape, ok := info.Features.CoopShape()
	subgroup := info.Limits.SubgroupSize
	if !ok || subgroup == 0 || subgroup%int(shape.M) != 0 {
		return gpu.Plan{}, false
	}
	for _, size := range []int{256, 128, 64, 32, 16, 8} {
		if size%subgroup == 0 && size <= int(info.Limits.MaxGroupSize) && shared+size*perSample <= info.Limits.SharedMemory {
			plan := gpu.Plan{Spec: append([]uint32(nil), spec...), Groups: uint32(16 * info.Limits.ComputeUnits)}
			plan.Spec[l.SpecIndex("local_size_x")] = uint32(size)
			return plan, true
		}
	}
	return gpu.Plan{}, false
}

// nerfCoopFit plans the cooperative-matrix forms of the fused NeRF kernels: networks in units of 16, with weights and at
// least one subgroup's samples within workgroup memory (lib/nerf_coop.glsl).
func nerfCoopFit(rgb bool) func(*gpu.Info, *gpu.Layout, []uint32) (gpu.Plan, bool) {
	return func(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, bool) {
		of := func(name string) int { return int(spec[l.SpecIndex(name)]) }
		features, width, levels := (of("LEVELS")*of("FEATURES")+15)/16*16, of("WIDTH"), of("LEVELS")
		if width%16 != 0 || of("DENSITY_HIDDEN") > coopDeepest || rgb && of("RGB_HIDDEN") > coopDeepest {
			return gpu.Plan{}, false
		}
		halves := coopNetwork(features, width, of("DENSITY_HIDDEN"))
		if rgb {
			halves += coopNetwork(nerfRGBIn, width, of("RGB_HIDDEN"))
		}
		return coopGroup(info, l, spec, 2*halves+coopLevel*levels, 2*(max(width, features, nerfRGBIn)+coopPad))
	}
}

// coopNetwork is the number of halves that a network's weights take in workgroup memory.
func coopNetwork(inputs, width, hidden int) int {
	return width*(inputs+coopPad) + ((hidden-1)*width+nerfGeo)*(width+coopPad)
}

// nerfBackwardCoopFit plans nerf_backward: four invocations a sample, the activations of all layers and the weights within
// workgroup memory, a tile of samples that divides the 64 by which slices are cut (lib/nerf_coop_backward.glsl).
func nerfBackwardCoopFit(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, bool) {
	of := func(name string) int { return int(spec[l.SpecIndex(name)]) }
	features, width := (of("LEVELS")*of("FEATURES")+15)/16*16, of("WIDTH")
	shape, ok := info.Features.CoopShape()
	subgroup := info.Limits.SubgroupSize
	if !ok || subgroup == 0 || width%16 != 0 || of("FEATURES") < 2 ||
		of("DENSITY_HIDDEN") > coopDeepest || of("RGB_HIDDEN") > coopDeepest {
		return gpu.Plan{}, false
	}
	halves := coopNetwork(features, width, of("DENSITY_HIDDEN")) + coopNetwork(nerfRGBIn, width, of("RGB_HIDDEN"))
	perSample := features + nerfRGBIn + nerfRGBOut + 3*coopPad + (of("DENSITY_HIDDEN")+of("RGB_HIDDEN"))*(width+coopPad)
	for _, size := range []int{128, 64, 32} { // sums of a tile of 64 would leave no registers
		tile := size / 4
		memory := 2*(halves+tile*perSample) + coopLevel*of("LEVELS") + 4
		if size%subgroup == 0 && tile%int(shape.M) == 0 && tile%int(shape.K) == 0 && size <= int(info.Limits.MaxGroupSize) &&
			memory <= info.Limits.SharedMemory {
			plan := gpu.Plan{Spec: append([]uint32(nil), spec...)}
			plan.Spec[l.SpecIndex("local_size_x")] = uint32(size)
			return plan, true
		}
	}
	return gpu.Plan{}, false
}
