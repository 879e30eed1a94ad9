// Package kernels is the Go side of shaders/*.comp: for each STEM.comp a STEM.go with the gpu.Kernel value and its twin,
// and a generated zz_STEM.go with the layout, the push constants and the specialization constants.
package kernels

import (
	"slices"
	"strings"

	"github.com/radia-go/radia/gpu"
)

var registered []*gpu.Kernel

// register is called by the initialiser of each kernel's variable.
func register(k *gpu.Kernel) *gpu.Kernel {
	if k.Twin == nil || k.Layout == nil || len(k.Variants) == 0 {
		panic("kernels: " + k.Name + " has no twin, layout or variants")
	}
	for name := range k.Bounds {
		if !slices.ContainsFunc(k.Layout.Bindings, func(b gpu.Binding) bool { return b.Name == name && b.Access&gpu.Write != 0 }) {
			panic("kernels: " + k.Name + " bounds " + name + ", which it does not write")
		}
	}
	registered = append(registered, k)
	return k
}

// All lists every kernel by name.
func All() []*gpu.Kernel {
	out := slices.Clone(registered)
	slices.SortFunc(out, func(a, b *gpu.Kernel) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// ByName returns the kernel of that name, or nil.
func ByName(name string) *gpu.Kernel {
	for _, k := range registered {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// VariantNames lists the names of all variants, "portable" for the one that needs nothing, which stands first.
func VariantNames() []string {
	out := []string{"portable"}
	for _, k := range All() {
		for _, v := range k.Variants {
			if v.Name != "" && !slices.Contains(out, v.Name) {
				out = append(out, v.Name)
			}
		}
	}
	slices.Sort(out[1:])
	return out
}
