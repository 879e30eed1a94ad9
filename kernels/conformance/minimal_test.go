package conformance

import (
	"errors"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

// openMinimal opens a software driver with Vulkan's minimal limits and closes it after the test.
func openMinimal(t *testing.T, variant string) gpu.Device {
	d, err := vulkan.Open(vulkan.Options{Select: "software", Limits: "minimal", Variant: variant, Validate: true, CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) || errors.Is(err, gpu.ErrUnsupported) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestMinimalDevice runs every kernel on a device that has what Vulkan demands of the weakest and not a feature more. The
// limits are held by the device itself; that they are Vulkan's is seen from what it refuses beyond them.
func TestMinimalDevice(t *testing.T) {
	if testing.Short() {
		t.Skip("TestCases runs the same kernels under the race detector")
	}
	d := openMinimal(t, "portable")
	reference := openHost(t, true)
	ran := map[string]int{}
	for _, c := range Cases() {
		if ran[c.Kernel.Name]++; ran[c.Kernel.Name] > 2 {
			continue
		}
		t.Run(c.Kernel.Name+"/"+label(c), func(t *testing.T) {
			want, err := c.Run(reference)
			if err != nil {
				t.Fatal(err)
			}
			runOn(t, c, target{name: "minimal", Device: d}, "", want)
		})
	}
	if len(ran) != len(kernels.All()) {
		t.Errorf("%d kernels ran, there are %d", len(ran), len(kernels.All()))
	}
	packed := openMinimal(t, "packed") // which asks for no feature either, where the networks are small enough
	fits := map[string]bool{}
	for _, c := range Cases() {
		idle := c.Kernel != kernels.NerfMega && strings.Contains(c.Name, " n=0 ")
		if fits[c.Kernel.Name] || idle || !supports(packed, c, "packed") {
			continue
		}
		fits[c.Kernel.Name] = true
		t.Run(c.Kernel.Name+"/"+label(c)+"/packed", func(t *testing.T) { runOn(t, c, target{name: "minimal", Device: packed}, "packed", nil) })
	}
	if !fits["nerf_infer"] || !fits["nerf_density"] || !fits["nerf_mega"] || !fits["nerf_backward"] {
		t.Errorf("packed forms ran of %v", fits)
	}

	// The planted fault: the fused kernel with weights in workgroup memory, made to run where they do not fit.
	c := nerfInfer([]*nerfSetup{newNerf(kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 70, 500)})[0]
	k := *c.Kernel
	for _, v := range k.Variants {
		if v.Name == "packed" {
			roomy := *d.Info()
			roomy.Limits.SharedMemory = 48 << 10
			plan, err := v.Plan(&roomy, k.Layout, c.Spec)
			if err != nil {
				t.Fatal(err)
			}
			v.Fit = func(*gpu.Info, *gpu.Layout, []uint32) (gpu.Plan, error) { return plan, nil }
			k.Variants = []gpu.Variant{v}
		}
	}
	c.Kernel = &k
	if _, err := c.Run(d); !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("planted fault: weights beyond the workgroup memory: %v", err)
	} else {
		t.Log(err)
	}
}
