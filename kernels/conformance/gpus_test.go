package conformance

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

// variants lists every variant name that some kernel has; "" stands for the portable form.
func variants() []string {
	out := []string{""}
	for _, k := range kernels.All() {
		for _, v := range k.Variants {
			if !slices.Contains(out, v.Name) {
				out = append(out, v.Name)
			}
		}
	}
	return out
}

// gpus opens every Vulkan device once for each variant, with the validation layer, and forces the variant.
func gpus(t *testing.T) []target {
	found, err := vulkan.List()
	usable := slices.DeleteFunc(found, func(f vulkan.Found) bool { return !f.Usable })
	if err != nil || len(usable) == 0 {
		reason := "no usable Vulkan device"
		if err != nil {
			reason = err.Error()
		}
		t.Run("vulkan", func(t *testing.T) { testenv.Skip(t, "vulkan", "%s", reason) })
		return nil
	}
	// A lane that brings a driver of its own says which device must answer: another driver's success proves nothing of it.
	if want := os.Getenv("RADIA_REQUIRE_DEVICE"); want != "" && !slices.ContainsFunc(usable, func(f vulkan.Found) bool { return strings.Contains(f.Info.Name, want) }) {
		t.Fatalf("RADIA_REQUIRE_DEVICE is %q, and no usable Vulkan device has that in its name", want)
	}
	if !slices.ContainsFunc(usable, func(f vulkan.Found) bool { return len(f.Info.Features.Missing([]string{"coop"})) == 0 }) {
		t.Run("coop", func(t *testing.T) {
			testenv.Skip(t, "coop", "no device here has cooperative matrices; tools/testing-lane.sh runs one in software")
		})
	}
	var out []target
	for _, f := range usable {
		// And of how many invocations its subgroups are, where the lane set that.
		if want := os.Getenv("RADIA_REQUIRE_SUBGROUP"); want != "" && want != strconv.Itoa(f.Info.Limits.SubgroupSize) {
			t.Fatalf("RADIA_REQUIRE_SUBGROUP is %s, and %s has subgroups of %d", want, f.Info.Name, f.Info.Limits.SubgroupSize)
		}
		for _, variant := range variants() {
			d := open(t, f, variant)
			if d == nil {
				continue
			}
			name := strings.Fields(strings.ToLower(f.Info.Name))[0]
			out = append(out, target{
				name:   fmt.Sprintf("vulkan%d-%s-%s", f.Index, name, named(variant)),
				Device: d,
				runs:   func(c *check.Case) (string, bool) { return variant, supports(d, c, variant) },
			})
		}
	}
	return out
}

func named(variant string) string {
	if variant == "" {
		return "portable"
	}
	return variant
}

// supports reports whether the kernel has the variant and d runs it on the case's specialization values.
func supports(d gpu.Device, c *check.Case, variant string) bool {
	for i := range c.Kernel.Variants {
		if v := &c.Kernel.Variants[i]; v.Name == variant {
			_, err := v.Plan(d.Info(), c.Kernel.Layout, c.Spec)
			return err == nil
		}
	}
	return false
}

// open returns the device with the variant forced, or nil when no kernel has a variant of that name that it supports.
func open(t *testing.T, f vulkan.Found, variant string) gpu.Device {
	needed := slices.ContainsFunc(kernels.All(), func(k *gpu.Kernel) bool {
		return slices.ContainsFunc(k.Variants, func(v gpu.Variant) bool {
			return v.Name == variant && len(f.Info.Features.Missing(v.Needs)) == 0
		})
	})
	if !needed {
		t.Logf("%s: variant %s is not supported by the device", f.Info.Name, named(variant))
		return nil
	}
	opt := vulkan.Options{Select: strconv.Itoa(f.Index), Variant: named(variant), Validate: true, CacheDir: "none"}
	d, err := vulkan.Open(opt)
	if errors.Is(err, gpu.ErrUnsupported) {
		t.Run("validation", func(t *testing.T) { testenv.Skip(t, "validation", "%v", err) })
		opt.Validate = false
		d, err = vulkan.Open(opt)
	}
	if err != nil {
		t.Fatalf("%s: %v", f.Info.Name, err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("%s, variant %s: close: %v", f.Info.Name, named(variant), err)
		}
	})
	return d
}
