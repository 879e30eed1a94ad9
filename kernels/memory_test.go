package kernels

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/spirv"
)

// place is a buffer of nothing, for recordings that are only looked at.
type place struct{}

func (place) Name() string { return "place" }
func (place) Size() int    { return 1 << 40 }
func (place) Release()     {}

// shapesInUse lists specialization values of every kernel: the defaults, and those of every kind of network that the kernels
// take, as the launchers make them.
func shapesInUse(t *testing.T) map[*gpu.Kernel]map[string][]uint32 {
	t.Helper()
	out := map[*gpu.Kernel]map[string][]uint32{}
	put := func(k *gpu.Kernel, spec []uint32) {
		if out[k] == nil {
			out[k] = map[string][]uint32{}
		}
		out[k][fmt.Sprint(spec)] = spec
	}
	for _, k := range All() {
		put(k, k.Layout.SpecValues(nil))
	}
	at := gpu.Part(place{}, 0, 4)
	sizes := []int{16, 64, 80, 128, 144, 256}
	for _, width := range sizes {
		for _, in := range sizes {
			for _, outputs := range sizes {
				for _, hidden := range []int{0, 1, MaxMLPHidden} {
					m := MLP{In: in, Width: width, Out: outputs, Hidden: hidden}
					if m.Check() != nil {
						continue
					}
					r := gpu.NewRecording("shapes")
					m.Forward(r, Batch{Capacity: 1, Counts: at}, at, at, at, at)
					m.Backward(r, Batch{Capacity: 1, Counts: at}, at, at, at, at, at, at)
					m.WeightGradient(r, Batch{Capacity: 1, Counts: at}, 1, at, at, at, at)
					for _, c := range r.Commands {
						put(c.(*gpu.Dispatch).Kernel, c.(*gpu.Dispatch).Spec)
					}
				}
			}
		}
	}
	for _, grid := range [][2]int{{1, 1}, {16, 1}, {8, 2}, {16, 2}, {8, 4}, {16, 8}} {
		for _, width := range []int{16, 32, 64, 128} {
			for _, hidden := range [][2]int{{1, 1}, {1, 2}, {2, 3}, {halfDeepest, halfDeepest}, {MaxMLPHidden, MaxMLPHidden}} {
				n := NeRF{Levels: grid[0], Features: grid[1], Width: width, DensityHidden: hidden[0], RGBHidden: hidden[1], Half: width == 64}
				if err := n.Check(); err != nil {
					t.Fatal(err)
				}
				for _, k := range []*gpu.Kernel{NerfInfer, NerfDensity, NerfBackward, NerfMega} {
					put(k, n.Spec(k))
				}
			}
		}
	}
	return out
}

// specialised is the workgroup that the module of v takes, from the module itself.
func specialised(t *testing.T, k *gpu.Kernel, v *gpu.Variant, p gpu.Plan) spirv.Workgroup {
	t.Helper()
	set := map[uint32]uint32{}
	for i, s := range k.Layout.Spec {
		set[s.ID] = p.Spec[i]
	}
	if s := p.Shape; s.M > 0 {
		set[gpu.SpecCoopM], set[gpu.SpecCoopN], set[gpu.SpecCoopK], set[gpu.SpecSubgroup] = s.M, s.N, s.K, s.Subgroup
	}
	w, err := spirv.Specialise(v.SPIRV(), set)
	if err != nil {
		t.Fatalf("%s %s: %v", k.Name, v.Name, err)
	}
	if w.Size != k.Layout.GroupSize(p.Spec) {
		t.Fatalf("%s %s: a workgroup of %v by the module, of %v by its layout", k.Name, v.Name, w.Size, k.Layout.GroupSize(p.Spec))
	}
	return w
}

// TestPortableWithinMinimum: the portable form of every kernel, in every shape, is what the weakest Vulkan device runs.
func TestPortableWithinMinimum(t *testing.T) {
	least := gpu.MinimalLimits
	var most spirv.Workgroup
	for k, specs := range shapesInUse(t) {
		if len(k.Layout.Bindings) > least.Bindings || k.Layout.PushSize > least.PushBytes {
			t.Errorf("%s: %d bindings and %d bytes of push constants, at most %d and %d: raise gpu.MinBindings, which refuses devices, or bind less",
				k.Name, len(k.Layout.Bindings), k.Layout.PushSize, least.Bindings, least.PushBytes)
		}
		v := &k.Variants[len(k.Variants)-1]
		for _, spec := range specs {
			w := specialised(t, k, v, gpu.Plan{Spec: spec})
			most.Memory, most.Size[0] = max(most.Memory, w.Memory), max(most.Size[0], w.Size[0])
			if w.Memory > int64(least.SharedMemory) || w.Size[0]*w.Size[1]*w.Size[2] > least.MaxGroupSize || w.Size[2] > least.MaxGroupAxes[2] {
				t.Errorf("%s with %v: %+v, Vulkan promises %d bytes and %d invocations", k.Name, spec, w, least.SharedMemory, least.MaxGroupSize)
			}
		}
	}
	// The planted fault of the sum: the widest networks fill the 16 KiB, so a variable that is not counted shows here.
	if most.Memory != 16384 || most.Size[0] != 128 {
		t.Errorf("the largest workgroup is %+v, want 16384 bytes and 128 invocations", most)
	}
}

// TestPlansFit: what a form's Fit plans is what its module takes, on devices of every kind, and no byte more would fit.
func TestPlansFit(t *testing.T) {
	if testing.Short() {
		t.Skip("arithmetic alone, which takes long under the race detector")
	}
	var devices []*gpu.Info
	for _, memory := range []int{16 << 10, 32 << 10, 48 << 10, 64 << 10, 100 << 10} {
		for _, d := range []struct{ size, subgroup uint32 }{{8, 8}, {8, 16}, {16, 32}, {16, 64}} {
			for _, kind := range []gpu.DeviceKind{gpu.KindDiscrete, gpu.KindSoftware} {
				i := coopDevice(d.size, d.subgroup, memory)
				i.Kind, i.Limits.MaxGroupSize, i.Features.Shuffle, i.Features.AtomicFloat = kind, []uint32{128, 1024}[memory>>14&1], true, true
				devices = append(devices, i)
			}
		}
	}
	planned := map[string]int{}
	for k, specs := range shapesInUse(t) {
		for i := range k.Variants {
			v := &k.Variants[i]
			if v.Name == "" {
				continue
			}
			done := map[string]bool{}
			names := slices.Sorted(maps.Keys(specs))
			for d, info := range devices {
				for n, name := range names {
					spec := specs[name]
					if many := len(names)/100 + 1; n%many != d%many { // of many networks each device plans a part
						continue
					}
					p, err := v.Plan(info, k.Layout, spec)
					key := fmt.Sprint(p)
					if err != nil || done[key] {
						continue
					}
					done[key] = true
					w := specialised(t, k, v, p)
					planned[k.Name+" "+v.Name]++
					if w.Memory > int64(info.Limits.SharedMemory) || w.Size[0]*w.Size[1]*w.Size[2] > info.Limits.MaxGroupSize {
						t.Errorf("%s %s with %v: %+v on a device of %d bytes and %d invocations", k.Name, v.Name, p, w, info.Limits.SharedMemory, info.Limits.MaxGroupSize)
					}
					if v.Fit == nil || w.Memory == 0 || p.Shape.M == 0 {
						continue
					}
					tight := *info
					tight.Limits.SharedMemory = int(w.Memory)
					if q, err := v.Plan(&tight, k.Layout, spec); err != nil || fmt.Sprint(q.Spec) != fmt.Sprint(p.Spec) {
						t.Errorf("%s %s: the module takes %d bytes, and %v is not planned within that: %v, %v", k.Name, v.Name, w.Memory, p.Spec, q.Spec, err)
					}
					tight.Limits.SharedMemory--
					if q, err := v.Plan(&tight, k.Layout, spec); err == nil && fmt.Sprint(q) == key {
						t.Errorf("%s %s: the module takes %d bytes, and %v is planned within one byte less", k.Name, v.Name, w.Memory, p)
					}
				}
			}
		}
	}
	for _, want := range []string{"nerf_infer coop", "nerf_infer packed", "nerf_infer lanes", "nerf_density packed", "nerf_backward coop",
		"nerf_backward packed", "nerf_mega packed", "mlp_forward coop", "mlp_forward packed", "mlp_backward coop", "mlp_backward packed",
		"mlp_weights coop", "mlp_weights packed", "grid_encode_backward atomicfloat"} {
		if planned[want] == 0 {
			t.Errorf("%s was planned on no device", want)
		}
	}
	t.Log(planned)
}

// TestIndirectGroups: no count makes more workgroups along an axis than every device runs, and all are reached.
func TestIndirectGroups(t *testing.T) {
	for _, size := range []uint32{2, 16, 64, 128, 256} {
		for _, count := range []uint32{0, 1, size, size + 1, 65535 * size, 65535*size + 1, 1 << 26, -size} {
			g := groupsOf(count, size)
			if g[0] > MaxGroupsX || g[1] > MaxGroupsX || g[2] != 1 || uint64(g[0])*uint64(g[1])*uint64(size) < uint64(count) {
				t.Errorf("%d values in groups of %d: %v", count, size, g)
			}
		}
	}
	// The planted fault: a size of 1 is what the bound excludes.
	if g := groupsOf(1<<32-1, 1); g[1] <= MaxGroupsX && uint64(g[0])*uint64(g[1]) >= 1<<32-1 {
		t.Errorf("a size of 1: %v", g)
	}
}
