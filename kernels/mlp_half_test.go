package kernels

import (
	"testing"

	"github.com/radia-go/radia/gpu"
)

// planOf is the plan of the named variant; Groups 1<<30 stands for none.
func planOf(t *testing.T, k *gpu.Kernel, variant string, info *gpu.Info, spec []uint32) (gpu.Plan, error) {
	t.Helper()
	for i := range k.Variants {
		if v := &k.Variants[i]; v.Name == variant {
			return v.Plan(info, k.Layout, spec)
		}
	}
	t.Fatalf("%s has no variant %q", k.Name, variant)
	return gpu.Plan{}, nil
}

// TestMLPFit: workgroups and staged halves by hand from the memory that lib/mlp_half.glsl declares.
func TestMLPFit(t *testing.T) {
	base := MLP{In: 32, Width: 64, Hidden: 2, Out: 16, Act: ActReLU}     // 40·64 + 72·64 + 72·16 = 8,320 halves
	wide := MLP{In: 96, Width: 128, Hidden: 8, Out: 16, Act: ActReLU}    // too much for any workgroup memory; 136 halves an output
	widest := MLP{In: 256, Width: 256, Hidden: 1, Out: 16, Act: ActReLU} // 264 halves an output
	for _, c := range []struct {
		name        string
		variant     string
		info        *gpu.Info
		net         MLP
		size, stage uint32 // size 0: not covered
	}{
		// rows of 144 bytes, 1,024 bytes of sums a subgroup, 16,640 bytes of weights
		{"48 KiB", "coop", coopDevice(16, 32, 48<<10), base, 128, 8320},
		{"exactly enough", "coop", coopDevice(16, 32, 16640+128*144+4*1024), base, 128, 8320},
		{"one byte less", "coop", coopDevice(16, 32, 16640+128*144+4*1024-1), base, 64, 8320},
		{"64 lanes", "coop", coopDevice(16, 64, 64<<10), base, 256, 8320},
		{"8x8x8", "coop", coopDevice(8, 8, 32<<10), base, 64, 8320},
		{"fewer lanes than rows of a matrix", "coop", coopDevice(16, 8, 48<<10), base, 0, 0},
		// 16 outputs take 4,352 bytes; 48 KiB less 128 rows of 272 bytes and 4 KiB leave room for two times 16
		{"a matrix in parts", "coop", coopDevice(16, 32, 48<<10), wide, 128, 2 * 16 * 136},
		{"16 KiB", "coop", coopDevice(16, 32, 16<<10), wide, 32, 16 * 136},
		{"16 KiB are too few", "coop", coopDevice(16, 32, 16<<10), widest, 0, 0},
		// rows of 132 bytes
		{"16 KiB", "packed", &gpu.Info{Limits: gpu.MinimalLimits}, base, 64, 3 * 16 * 72},
		{"rows of 260 bytes", "packed", &gpu.Info{Limits: gpu.MinimalLimits}, wide, 32, 16 * 136},
		{"16 KiB are too few", "packed", &gpu.Info{Limits: gpu.MinimalLimits}, widest, 0, 0},
	} {
		spec := DefaultMlpForwardSpec()
		spec.Width, spec.In, spec.Out, spec.Hidden = uint32(c.net.Width), uint32(c.net.In), uint32(c.net.Out), uint32(c.net.Hidden)
		p, err := planOf(t, MLPForward, c.variant, c.info, spec.Values())
		if (err != nil) != (c.size == 0) {
			t.Errorf("%s, %s: %v", c.variant, c.name, err)
		}
		if err != nil {
			continue
		}
		size, stage := p.Spec[MLPForward.Layout.SpecIndex("local_size_x")], p.Spec[MLPForward.Layout.SpecIndex("STAGE")]
		if size != c.size || stage != c.stage {
			t.Errorf("%s, %s: workgroup of %d with %d halves, want %d and %d", c.variant, c.name, size, stage, c.size, c.stage)
		}
	}
}

// TestMLPChoice: which form a device runs, and that it gives a reason for each better one that it does not.
func TestMLPChoice(t *testing.T) {
	gpuWith := coopDevice(16, 32, 48<<10)
	without, old, software := *gpuWith, *gpuWith, *gpuWith
	without.Features.Coop = nil
	old.Features = gpu.Features{}
	software.Kind = gpu.KindSoftware
	weakest := gpu.Info{Limits: gpu.MinimalLimits, Features: gpuWith.Features}
	weakest.Limits.SubgroupSize = 32
	wide := MLP{In: 256, Width: 256, Hidden: 2, Out: 16, Act: ActReLU}
	base := MLP{In: 32, Width: 64, Hidden: 2, Out: 16, Act: ActReLU}
	for _, c := range []struct {
		name  string
		info  *gpu.Info
		net   MLP
		forms [3]string // of mlp_forward, mlp_backward, mlp_weights
	}{
		{"matrices", gpuWith, base, [3]string{"coop", "coop", "coop"}},
		{"matrices, a wide network", gpuWith, wide, [3]string{"coop", "coop", "coop"}},
		{"fp16 without matrices", &without, base, [3]string{"packed", "packed", ""}},
		{"no fp16", &old, base, [3]string{"", "", ""}},
		{"software", &software, base, [3]string{"", "", ""}},
		{"16 KiB", &weakest, base, [3]string{"coop", "coop", "coop"}},
		{"16 KiB, a wide network", &weakest, wide, [3]string{"", "", "coop"}},
	} {
		for i, k := range []*gpu.Kernel{MLPForward, MLPBackward, MLPWeights} {
			choice, err := k.Choose(c.info, k.Layout.SpecValues(map[string]uint32{"WIDTH": uint32(c.net.Width), "IN": uint32(c.net.In), "OUT": uint32(c.net.Out), "HIDDEN": uint32(c.net.Hidden)}))
			if err != nil {
				t.Fatal(err)
			}
			if choice.Variant.Name != c.forms[i] {
				t.Errorf("%s: %s runs %q, want %q: %v", c.name, k.Name, choice.Variant.Name, c.forms[i], choice.Passed)
			}
			if better := map[string]int{"coop": 0, "packed": 1, "": 2}[c.forms[i]]; len(choice.Passed) != better {
				t.Errorf("%s: %s gives %d reasons for %d better forms: %v", c.name, k.Name, len(choice.Passed), better, choice.Passed)
			}
		}
	}
}
