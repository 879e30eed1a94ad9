package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/spirv"
	"github.com/radia-go/radia/tools/shadergen/source"
)

// full reflects a module with every kind of member.
func full(t *testing.T) *spirv.Interface {
	t.Helper()
	code, err := os.ReadFile("../../gpu/spirv/testdata/full.spv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := spirv.Reflect(code)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func made(stem, variant string, r *spirv.Interface) result {
	m := source.Module{Stem: stem, Variant: variant}
	if variant != "" {
		m.Needs = []string{"float16"}
	}
	return result{module: m, reflected: r}
}

func TestGoFiles(t *testing.T) {
	files, err := goFiles([]result{made("full_form", "half", full(t)), made("full_form", "", full(t))})
	if err != nil {
		t.Fatal(err)
	}
	kernel := string(files[filepath.Join("kernels", "zz_full_form.go")])
	for _, want := range []string{
		"var fullFormLayout = &gpu.Layout{", `{Name: "levels", Access: gpu.Read, Stride: 24},`, `{Name: "table", Offset: 12, Type: "uint[4]"},`,
		`{Name: "half", Needs: []string{"float16"}, SPIRV: func() []byte { return shaders.Module("full_form.half") }},`,
		"type FullFormPush struct {", "Table  [4]uint32", "Smooth     uint32", "Scale: math.Float32frombits(0x3f000000)", "Shift: -2",
		"math.Float32bits(s.Scale), uint32(s.Shift), s.Levels", "b.Levels, b.Result, b.Both, b.FixedSize",
	} {
		if !strings.Contains(kernel, want) {
			t.Errorf("generated text lacks %q:\n%s", want, kernel)
		}
	}
	structs := string(files[filepath.Join("kernels", "zz_structs.go")])
	if !strings.Contains(structs, "type Level struct {") || !strings.Contains(structs, "Extra      [3]float32") {
		t.Errorf("structures:\n%s", structs)
	}
}

// TestDifferencesAreErrors plants one difference between two shaders or two variants at a time.
func TestDifferencesAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(*spirv.Interface)
		want  string
	}{
		"binding name": {func(r *spirv.Interface) { r.Layout.Bindings[0].Name = "x" }, "binding 0 is x"},
		"access":       {func(r *spirv.Interface) { r.Layout.Bindings[0].Access = gpu.ReadWrite }, "binding 0"},
		"fewer":        {func(r *spirv.Interface) { r.Layout.Bindings = r.Layout.Bindings[1:] }, "3 bindings"},
		"push":         {func(r *spirv.Interface) { r.Layout.Push[0].Name = "x" }, "push constants"},
		"local":        {func(r *spirv.Interface) { r.Layout.Local[0] = 32 }, "workgroup size"},
		"spec default": {func(r *spirv.Interface) { r.Layout.Spec[2].Default = 1 }, "SCALE = 1 is not declared"},
	} {
		r := full(t)
		c.plant(r)
		_, err := goFiles([]result{made("a", "half", r), made("a", "", full(t))})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.half.spv") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := full(t)
	r.Structs[0].Fields[0].Name = "size"
	if _, err := goFiles([]result{made("a", "", full(t)), made("b", "", r)}); err == nil ||
		!strings.Contains(err.Error(), "Level has other members in b.comp than in a.comp") {
		t.Errorf("structures differ: %v", err)
	}
	r = full(t)
	r.Elements[1] = "float×4"
	if _, err := goFiles([]result{made("a", "", r)}); err == nil || !strings.Contains(err.Error(), "a.comp") {
		t.Errorf("vector elements: %v", err)
	}
}

func TestCamel(t *testing.T) {
	for in, want := range map[string]string{
		"count": "Count", "count_index": "CountIndex", "HALF": "Half", "DENSITY_HIDDEN": "DensityHidden", "ox": "Ox", "gridSize": "GridSize", "_x": "X",
	} {
		if got := camel(in); got != want {
			t.Errorf("camel(%q) = %q, want %q", in, got, want)
		}
	}
}
