package kernels

import (
	"testing"

	"github.com/radia-go/radia/gpu"
)

func coopDevice(size, subgroup uint32, memory int) *gpu.Info {
	return &gpu.Info{
		Limits: gpu.Limits{MaxGroupSize: 1024, SharedMemory: memory, SubgroupSize: int(subgroup), ComputeUnits: 10},
		Features: gpu.Features{Float16: true, Storage16: true, Subgroup: true,
			Coop: []gpu.CoopShape{{M: size, N: size, K: size, Accumulate: "f32"}}},
	}
}

// TestCoopFit: workgroups by hand from the memory that lib/nerf_half*.glsl declare.
func TestCoopFit(t *testing.T) {
	base := NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}
	wide := base
	wide.Width = 128
	deep := base
	deep.DensityHidden, deep.RGBHidden = 2, 3
	hip := coopDevice(16, 32, 48<<10)
	hip.Features = gpu.Features{}
	small := coopDevice(16, 32, 16<<10)
	driver := coopDevice(16, 32, 48<<10)
	driver.Kind = gpu.KindSoftware
	deeper := deep
	deeper.RGBHidden = 5
	for _, c := range []struct {
		name            string
		info            *gpu.Info
		net             NeRF
		infer, backward uint32 // workgroup size, 0: not covered
	}{
		// weights 24,064 bytes; rows of 144 bytes; backward 640 bytes a sample and four invocations each
		{"16x16x16, 48 KiB", coopDevice(16, 32, 48<<10), base, 128, 128},
		{"8x8x8, 32 KiB", coopDevice(8, 8, 32<<10), base, 32, 32},
		{"16x16x16, 64 KiB", coopDevice(16, 32, 64<<10), base, 256, 128},
		{"exactly enough", coopDevice(16, 32, 24064+160+128*144), base, 128, 64},
		{"one byte less", coopDevice(16, 32, 24064+160+128*144-1), base, 64, 64},
		{"weights do not fit", coopDevice(16, 32, 48<<10), wide, 0, 0},
		{"deep networks, 64 KiB", coopDevice(16, 32, 64<<10), deep, 128, 64},
		{"fewer lanes than rows of a matrix", coopDevice(16, 8, 48<<10), base, 0, 128},
	} {
		for _, k := range []struct {
			kernel *gpu.Kernel
			want   uint32
		}{{NerfInfer, c.infer}, {NerfBackward, c.backward}} {
			spec := c.net.Spec(k.kernel)
			got, err := planned(k.kernel, "coop", c.info, spec)
			if got != k.want {
				t.Errorf("%s: %s: workgroup of %d, want %d (%v)", c.name, k.kernel.Name, got, k.want, err)
			}
			if k.kernel.Layout.GroupSize(spec)[0] != k.kernel.Layout.Local[0] {
				t.Errorf("%s: %s: the caller's specialization was changed", c.name, k.kernel.Name)
			}
		}
	}
	// Packed forms need no feature; rows of 132 bytes.
	for _, c := range []struct {
		name            string
		info            *gpu.Info
		net             NeRF
		infer, backward uint32
	}{
		{"48 KiB", hip, base, 128, 128},
		{"32 KiB", coopDevice(16, 32, 32<<10), base, 64, 32},
		{"16 KiB", small, base, 0, 0},
		{"too deep", coopDevice(16, 32, 1<<20), deeper, 0, 0},
		{"a driver would compile for minutes", driver, base, 128, 0},
	} {
		infer, _ := planned(NerfInfer, "packed", c.info, c.net.Spec(NerfInfer))
		backward, _ := planned(NerfBackward, "packed", c.info, c.net.Spec(NerfBackward))
		if infer != c.infer || backward != c.backward {
			t.Errorf("packed, %s: workgroups of %d and %d, want %d and %d", c.name, infer, backward, c.infer, c.backward)
		}
	}
	// Rays that nerf_mega leaves over have room.
	hip.Limits.ComputeUnits = 0
	for _, v := range NerfMega.Variants {
		if p, err := v.Plan(hip, NerfMega.Layout, base.Spec(NerfMega)); err == nil && v.Name == "packed" &&
			(p.Groups == 0 || p.Groups*NerfMega.Layout.GroupSize(p.Spec)[0] > MegaRest/4) {
			t.Errorf("nerf_mega: %d workgroups, rest has %d words", p.Groups, MegaRest)
		}
	}
}

// planned is the workgroup of the named variant, 0 where it does not cover the shape.
func planned(k *gpu.Kernel, variant string, info *gpu.Info, spec []uint32) (uint32, error) {
	for i := range k.Variants {
		if v := &k.Variants[i]; v.Name == variant {
			plan, err := v.Plan(info, k.Layout, spec)
			if err != nil {
				return 0, err
			}
			return k.Layout.GroupSize(plan.Spec)[0], nil
		}
	}
	return 0, nil
}
