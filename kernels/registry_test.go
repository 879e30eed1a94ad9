package kernels

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/spirv"
)

// TestEveryShaderHasAKernel: shaders/*.comp and registered kernels have the same stems, each kernel in a file of its own.
func TestEveryShaderHasAKernel(t *testing.T) {
	shaders, err := filepath.Glob("../shaders/*.comp")
	if err != nil || len(shaders) == 0 {
		t.Fatal("no shaders found", err)
	}
	stems := map[string]bool{}
	for _, s := range shaders {
		stems[strings.TrimSuffix(filepath.Base(s), ".comp")] = true
	}
	names := map[string]bool{}
	for _, k := range All() {
		if names[k.Name] {
			t.Errorf("two kernels are called %s", k.Name)
		}
		names[k.Name] = true
		if ByName(k.Name) != k {
			t.Errorf("ByName(%q) is another kernel", k.Name)
		}
		if _, err := os.Stat(k.Name + ".go"); err != nil {
			t.Errorf("kernel %s: %v", k.Name, err)
		}
	}
	if !maps.Equal(stems, names) {
		t.Errorf("shaders %v\nkernels %v", slices.Sorted(maps.Keys(stems)), slices.Sorted(maps.Keys(names)))
	}
	if ByName("no_such_kernel") != nil {
		t.Error("ByName finds what is not there")
	}
}

// TestLayoutsMatchModules holds the generated layouts against the modules that are embedded.
func TestLayoutsMatchModules(t *testing.T) {
	for _, k := range All() {
		for i, v := range k.Variants {
			r, err := spirv.Reflect(v.SPIRV())
			if err != nil {
				t.Errorf("%s %q: %v", k.Name, v.Name, err)
				continue
			}
			portable := i == len(k.Variants)-1
			if err := matches(k.Layout, r.Layout, portable); err != nil {
				t.Errorf("%s %q: %v", k.Name, v.Name, err)
			}
			if portable != (len(v.Needs) == 0 && v.Fit == nil) || portable != (v.Name == "") {
				t.Errorf("%s %q: the last variant, and only that, is the portable one", k.Name, v.Name)
			}
		}
	}
}

func TestLayoutFaultsAreNoticed(t *testing.T) {
	r, err := spirv.Reflect(SumSlices.Variants[0].SPIRV())
	if err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(*gpu.Layout){
		"access":   func(l *gpu.Layout) { l.Bindings[1].Access = gpu.ReadWrite },
		"stride":   func(l *gpu.Layout) { l.Bindings[0].Stride = 8 },
		"bindings": func(l *gpu.Layout) { l.Bindings = append(l.Bindings, gpu.Binding{}) },
		"push":     func(l *gpu.Layout) { l.PushSize += 4 },
		"default":  func(l *gpu.Layout) { l.Spec[0].Default++ },
		"spec":     func(l *gpu.Layout) { l.Spec = nil },
		"local":    func(l *gpu.Layout) { l.Local[1]++ },
		"ids":      func(l *gpu.Layout) { l.LocalIDs[0] = -1 },
	} {
		l := *SumSlices.Layout
		l.Bindings, l.Spec = slices.Clone(l.Bindings), slices.Clone(l.Spec)
		plant(&l)
		if matches(&l, r.Layout, true) == nil {
			t.Errorf("planted fault in %s is not noticed", name)
		}
	}
}

// matches compares a layout with the reflection of an optimised module, which has no names and no unused constants.
func matches(l, module *gpu.Layout, strides bool) error {
	if len(l.Bindings) != len(module.Bindings) {
		return fmt.Errorf("%d bindings, the module has %d", len(l.Bindings), len(module.Bindings))
	}
	for i, b := range module.Bindings {
		if w := l.Bindings[i]; b.Access != w.Access || (strides && b.Stride != w.Stride) {
			return fmt.Errorf("binding %s is %v stride %d, in the module %v stride %d", w.Name, w.Access, w.Stride, b.Access, b.Stride)
		}
	}
	if module.PushSize != 0 && l.PushSize != module.PushSize {
		return fmt.Errorf("%d bytes of push constants, the module has %d", l.PushSize, module.PushSize)
	}
	if l.Local != module.Local || l.LocalIDs != module.LocalIDs {
		return fmt.Errorf("workgroup %v %v, the module has %v %v", l.Local, l.LocalIDs, module.Local, module.LocalIDs)
	}
	for _, s := range module.Spec {
		if !slices.ContainsFunc(l.Spec, func(w gpu.Spec) bool { return w.ID == s.ID && w.Default == s.Default }) {
			return fmt.Errorf("constant %d with default %d is not in the layout", s.ID, s.Default)
		}
	}
	return nil
}

func TestGroups(t *testing.T) {
	for _, c := range []struct {
		n, local uint32
		want     [3]uint32
	}{
		{0, 64, [3]uint32{1, 1, 1}},
		{1, 64, [3]uint32{1, 1, 1}},
		{65, 64, [3]uint32{2, 1, 1}},
		{65535 * 64, 64, [3]uint32{65535, 1, 1}},
		{65535*64 + 1, 64, [3]uint32{32768, 2, 1}},
		{1<<32 - 1, 32, [3]uint32{}},
	} {
		g := Groups(c.n, c.local)
		if c.want != [3]uint32{} && g != c.want {
			t.Errorf("Groups(%d, %d) = %v, want %v", c.n, c.local, g, c.want)
		}
		if total := uint64(g[0]) * uint64(g[1]) * uint64(c.local); total < uint64(c.n) || g[0] > MaxGroupsX || g[1] > MaxGroupsX {
			t.Errorf("Groups(%d, %d) = %v covers %d", c.n, c.local, g, total)
		}
	}
}

// TestPushBytes: the generated structure and the layout agree on every offset.
func TestPushBytes(t *testing.T) {
	b := SumSlicesPush{Count: 1, Stride: 2, Slices: 3}.Bytes()
	if len(b) != SumSlices.Layout.PushSize {
		t.Fatalf("%d bytes, want %d", len(b), SumSlices.Layout.PushSize)
	}
	for i, f := range SumSlices.Layout.Push {
		if b[f.Offset] != byte(i+1) {
			t.Errorf("%s is not at %d", f.Name, f.Offset)
		}
	}
}
