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

// TestCoopFit: workgroups by hand from the memory that lib/nerf_coop*.glsl declare.
func TestCoopFit(t *testing.T) {
	base := NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}
	wide := base
	wide.Width = 128
	deep := base
	deep.Width, deep.RGBHidden = 16, 3
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
		{"more layers than are known to work", coopDevice(16, 32, 48<<10), deep, 0, 0},
		{"fewer lanes than rows of a matrix", coopDevice(16, 8, 48<<10), base, 0, 128},
	} {
		for _, k := range []struct {
			kernel *gpu.Kernel
			want   uint32
		}{{NerfInfer, c.infer}, {NerfBackward, c.backward}} {
			spec := c.net.Spec(k.kernel)
			plan, ok := k.kernel.Variants[0].Plan(c.info, k.kernel.Layout, spec)
			got := uint32(0)
			if ok {
				got = k.kernel.Layout.GroupSize(plan.Spec)[0]
			}
			if got != k.want {
				t.Errorf("%s: %s: workgroup of %d, want %d", c.name, k.kernel.Name, got, k.want)
			}
			if k.kernel.Layout.GroupSize(spec)[0] != k.kernel.Layout.Local[0] {
				t.Errorf("%s: %s: the caller's specialization was changed", c.name, k.kernel.Name)
			}
		}
	}
}
