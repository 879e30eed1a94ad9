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
	nerf := func(make func([]*nerfSetup) []*check.Case, net kernels.NeRF) *check.Case {
		return make([]*nerfSetup{newNerf(net, 70, 500)})[0]
	}
	mlp := func(make func([]mlpShape) []*check.Case, net kernels.MLP) *check.Case {
		net.Act, net.OutAct = kernels.ActReLU, kernels.ActSigmoid
		return make([]mlpShape{{net, 70, 501, false}})[0]
	}
	thin, big := kernels.MLP{In: 32, Width: 16, Hidden: 1, Out: 32}, kernels.MLP{In: 16, Width: 48, Hidden: 3, Out: 16}
	for _, c := range []struct {
		one   *check.Case
		shape gpu.Shape
		size  uint32 // of a workgroup
		stage uint32 // halves of weights in workgroup memory, for networks alone
	}{
		{nerf(nerfInfer, wide), shape(16, 16, 16, 32), 32, 0}, // NVIDIA, AMD
		{nerf(nerfInfer, small), shape(16, 16, 16, 64), 64, 0},
		{nerf(nerfInfer, small), shape(16, 8, 16, 32), 32, 0},
		{nerf(nerfInfer, small), shape(8, 16, 16, 16), 16, 0}, // Intel
		{nerf(nerfDensity, wide), shape(16, 16, 16, 32), 32, 0},
		{nerf(nerfBackward, small), shape(16, 16, 16, 32), 128, 0},
		{nerf(nerfBackward, small), shape(16, 16, 16, 64), 64, 0},
		{nerf(nerfBackward, small), shape(8, 16, 16, 16), 64, 0},
		{mlp(mlpForwardOf, big), shape(16, 16, 16, 32), 32, 1 << 13}, // the whole network
		{mlp(mlpForwardOf, big), shape(16, 16, 16, 32), 32, 32 * 56}, // 32 of 48 outputs at a time
		{mlp(mlpForwardOf, thin), shape(16, 16, 16, 64), 64, 16 * 40},
		{mlp(mlpForwardOf, big), shape(16, 8, 16, 32), 32, 16 * 56},
		{mlp(mlpForwardOf, thin), shape(8, 16, 16, 16), 16, 1 << 11},
		{mlp(mlpBackwardOf, big), shape(16, 16, 16, 32), 32, 1 << 13},
		{mlp(mlpBackwardOf, big), shape(16, 16, 16, 32), 32, 48 * 40}, // 32 of 48 columns at a time
		{mlp(mlpBackwardOf, thin), shape(16, 16, 16, 64), 64, 32 * 24},
		{mlp(mlpBackwardOf, big), shape(16, 8, 16, 32), 32, 48 * 24},
		{mlp(mlpBackwardOf, thin), shape(8, 16, 16, 16), 16, 1 << 11},
		{mlp(mlpWeightsOf, big), shape(16, 16, 16, 32), 128, 0},
		{mlp(mlpWeightsOf, big), shape(16, 16, 16, 64), 128, 0}, // two products a subgroup
		{mlp(mlpWeightsOf, thin), shape(16, 8, 16, 32), 64, 0},
		{mlp(mlpWeightsOf, big), shape(8, 16, 16, 16), 128, 0},
	} {
		one := c.one
		t.Run(fmt.Sprintf("%s/%dx%dx%d,%d,%d,%d", one.Kernel.Name, c.shape.M, c.shape.N, c.shape.K, c.shape.Subgroup, c.size, c.stage), func(t *testing.T) {
			k := *one.Kernel
			i := slices.IndexFunc(k.Variants, func(v gpu.Variant) bool { return v.Name == "packed" })
			v := k.Variants[i]
			v.Fit = func(_ *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
				p := gpu.Plan{Spec: slices.Clone(spec), Shape: c.shape}
				p.Spec[l.SpecIndex("local_size_x")] = c.size
				if c.stage > 0 {
					p.Spec[l.SpecIndex("STAGE")] = c.stage
				}
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
