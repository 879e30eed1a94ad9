package conformance

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

// specialised is a module with the values of its specialization constants.
type specialised struct {
	name  string
	code  []byte
	words string // "id:value id:value …"
}

// devicesOfAllKinds are devices that choose different forms and shapes of them; only what a plan asks for is filled in.
func devicesOfAllKinds() map[string]*gpu.Info {
	device := func(kind gpu.DeviceKind, memory, subgroup int, coop ...gpu.CoopShape) *gpu.Info {
		f := gpu.Features{Float16: true, Storage16: true, AtomicFloat: true, Subgroup: true, Shuffle: true, Coop: coop}
		return &gpu.Info{Kind: kind, Limits: gpu.Limits{MaxGroupSize: 1024, SharedMemory: memory, SubgroupSize: subgroup, ComputeUnits: 32}, Features: f}
	}
	return map[string]*gpu.Info{
		"subgroups of 32, 16x16x16":       device(gpu.KindDiscrete, 48<<10, 32, gpu.CoopShape{M: 16, N: 16, K: 16, Accumulate: "f32"}),
		"subgroups of 64, 16x16x16":       device(gpu.KindDiscrete, 64<<10, 64, gpu.CoopShape{M: 16, N: 16, K: 16, Accumulate: "f32"}),
		"subgroups of 16, 8x16x16":        device(gpu.KindIntegrated, 64<<10, 16, gpu.CoopShape{M: 8, N: 16, K: 16, Accumulate: "f32"}),
		"a software driver of 8, 8x8x8":   device(gpu.KindSoftware, 32<<10, 8, gpu.CoopShape{M: 8, N: 8, K: 8, Accumulate: "f32"}),
		"a software driver of 4":          device(gpu.KindSoftware, 32<<10, 4),
		"what Vulkan demands of a device": {Kind: gpu.KindDiscrete, Limits: gpu.MinimalLimits},
	}
}

// modulesInUse lists every module with the values that the conformance cases and the networks of the presets give it, as each
// kind of device plans them.
func modulesInUse() map[string]specialised {
	specs := map[*gpu.Kernel][][]uint32{}
	for _, c := range Cases() {
		specs[c.Kernel] = append(specs[c.Kernel], c.Spec)
	}
	for _, n := range []kernels.NeRF{{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2, Half: true}, {Levels: 16, Features: 2, Width: 64, DensityHidden: 1, RGBHidden: 2}} {
		for _, k := range []*gpu.Kernel{kernels.NerfInfer, kernels.NerfDensity, kernels.NerfBackward, kernels.NerfMega} {
			specs[k] = append(specs[k], n.Spec(k))
		}
	}
	out := map[string]specialised{}
	for k, all := range specs {
		for i := range k.Variants {
			v := &k.Variants[i]
			for _, info := range devicesOfAllKinds() {
				for _, spec := range all {
					p, err := v.Plan(info, k.Layout, spec)
					if err != nil {
						continue
					}
					s := specialised{name: k.Name + "." + named(v.Name), code: v.SPIRV()}
					var words []string
					for i, c := range k.Layout.Spec {
						words = append(words, fmt.Sprintf("%d:%d", c.ID, p.Spec[i]))
					}
					if s := p.Shape; s.M > 0 {
						words = append(words, fmt.Sprintf("%d:%d %d:%d %d:%d %d:%d", gpu.SpecCoopM, s.M, gpu.SpecCoopN, s.N, gpu.SpecCoopK, s.K, gpu.SpecSubgroup, s.Subgroup))
						if info.Kind == gpu.KindSoftware {
							words = append(words, fmt.Sprintf("%d:1", gpu.SpecInStep))
						}
					}
					s.words = strings.Join(words, " ")
					out[s.name+" "+s.words] = s
				}
			}
		}
	}
	return out
}

// spirvTools finds the tools of the Khronos group: RADIA_SPIRV_TOOLS is the folder of spirv-opt and spirv-val, with what runs
// them before it where they are not this system's; otherwise the path is searched.
func spirvTools(t *testing.T) func(tool string, args ...string) error {
	command := strings.Fields(os.Getenv("RADIA_SPIRV_TOOLS"))
	folder := ""
	if n := len(command); n > 0 {
		folder, command = command[n-1], command[:n-1]
	} else if _, err := exec.LookPath("spirv-val"); err != nil {
		testenv.Skip(t, "spirv-tools", "no spirv-val: %v", err)
	}
	return func(tool string, args ...string) error {
		all := append(append(slices.Clone(command), filepath.Join(folder, tool)), args...)
		if out, err := exec.Command(all[0], all[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", tool, err, out)
		}
		return nil
	}
}

// TestSpecialisedModules has spirv-val judge each module with its constants frozen to the values in use: what is only wrong
// for some of them, such as the length of an array, is not seen in the module as it is compiled.
func TestSpecialisedModules(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here for the race detector")
	}
	tool := spirvTools(t)
	dir := t.TempDir()
	judge := func(s specialised, number int) error {
		in, out := filepath.Join(dir, fmt.Sprintf("%d.in.spv", number)), filepath.Join(dir, fmt.Sprintf("%d.spv", number))
		if err := os.WriteFile(in, s.code, 0o666); err != nil {
			return err
		}
		defer os.Remove(in)
		defer os.Remove(out)
		args := []string{"--freeze-spec-const", "--fold-spec-const-op-composite", in, "-o", out}
		if s.words != "" {
			args = append([]string{"--set-spec-const-default-value", s.words}, args...)
		}
		if err := tool("spirv-opt", args...); err != nil {
			return err
		}
		env := "vulkan1.1"
		if binary.LittleEndian.Uint32(s.code[4:]) > 0x00010300 { // SPIR-V 1.5
			env = "vulkan1.2"
		}
		return tool("spirv-val", "--target-env", env, out)
	}
	all := modulesInUse()
	modules := map[string]bool{}
	next := make(chan specialised)
	var workers sync.WaitGroup
	for w := range 2 {
		workers.Go(func() {
			n := w
			for s := range next {
				if err := judge(s, n); err != nil {
					t.Errorf("%s with %s: %v", s.name, s.words, err)
				}
				n += 2
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		modules[all[key].name] = true
		next <- all[key]
	}
	close(next)
	workers.Wait()
	for _, k := range kernels.All() {
		for _, v := range k.Variants {
			if !modules[k.Name+"."+named(v.Name)] {
				t.Errorf("%s.%s was not judged", k.Name, named(v.Name))
			}
		}
	}
	t.Logf("%d modules with %d sets of values", len(modules), len(all))

	// The planted fault: a level table of no levels.
	n := kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}
	k := kernels.NerfInfer
	i := slices.IndexFunc(k.Variants, func(v gpu.Variant) bool { return v.Name == "packed" })
	p, err := k.Variants[i].Plan(devicesOfAllKinds()["subgroups of 32, 16x16x16"], k.Layout, n.Spec(k))
	if err != nil {
		t.Fatal(err)
	}
	bad := specialised{name: "planted", code: k.Variants[i].SPIRV(), words: fmt.Sprintf("%d:0 %d:%d", k.Layout.Spec[k.Layout.SpecIndex("LEVELS")].ID, gpu.SpecCoopM, p.Shape.M)}
	if err := judge(bad, -1); err == nil {
		t.Error("planted fault: an array of no elements passes")
	}
}
