package conformance

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

// TestMatrixShapes runs the forms with fp16 operands in the shapes of matrices and the sizes of subgroups that GPUs have and
// no software driver: lib/packed.glsl computes any shape on any device, and all that is around a product, which rows, which
// columns, which blocks of which layer, is the same code as with cooperative matrices.
func TestMatrixShapes(t *testing.T) {
	small := kernels.NeRF{Levels: 8, Features: 2, Width: 16, DensityHidden: 1, RGBHidden: 1}
	wide := kernels.NeRF{Levels: 8, Features: 4, Width: 32, DensityHidden: 1, RGBHidden: 2}
	shape := func(m, n, k, subgroup uint32) gpu.Shape {
		return gpu.Shape{CoopShape: gpu.CoopShape{M: m, N: n, K: k, Accumulate: "f32"}, Subgroup: subgroup}
	}
	d, err := vulkan.Open(vulkan.Options{Select: "software", Variant: "packed", CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) || errors.Is(err, gpu.ErrUnsupported) {
		testenv.Skip(t, "vulkan", "%v", err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, c := range []struct {
		kernel *gpu.Kernel
		net    kernels.NeRF
		shape  gpu.Shape
		size   uint32 // of a workgroup
	}{
		{kernels.NerfInfer, wide, shape(16, 16, 16, 32), 32}, // NVIDIA, AMD
		{kernels.NerfInfer, small, shape(16, 16, 16, 64), 64},
		{kernels.NerfInfer, small, shape(16, 8, 16, 32), 32},
		{kernels.NerfInfer, small, shape(8, 16, 16, 16), 16}, // Intel
		{kernels.NerfDensity, wide, shape(16, 16, 16, 32), 32},
		{kernels.NerfBackward, small, shape(16, 16, 16, 32), 128},
		{kernels.NerfBackward, small, shape(16, 16, 16, 64), 64},
		{kernels.NerfBackward, small, shape(8, 16, 16, 16), 64},
	} {
		t.Run(fmt.Sprintf("%s/%dx%dx%d,%d,%d", c.kernel.Name, c.shape.M, c.shape.N, c.shape.K, c.shape.Subgroup, c.size), func(t *testing.T) {
			s := newNerf(c.net, 70, 500)
			made := map[*gpu.Kernel]func([]*nerfSetup) []*check.Case{
				kernels.NerfInfer: nerfInfer, kernels.NerfDensity: nerfDensity, kernels.NerfBackward: nerfBackward}
			one := made[c.kernel]([]*nerfSetup{s})[0]
			k := *c.kernel
			i := slices.IndexFunc(k.Variants, func(v gpu.Variant) bool { return v.Name == "packed" })
			v := k.Variants[i]
			v.Fit = func(_ *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
				p := gpu.Plan{Spec: slices.Clone(spec), Shape: c.shape}
				p.Spec[l.SpecIndex("local_size_x")] = c.size
				return p, nil
			}
			k.Variants = []gpu.Variant{v}
			one.Kernel = &k
			if _, err := one.Run(d); err != nil {
				t.Error(err)
			}
			if used := d.Stats()[k.Name].Variant; used != "packed" {
				t.Errorf("computed by %q", used)
			}
		})
	}
}
