// Package conformance holds the cases of every kernel: file STEM.go adds the cases of kernel STEM. The test of this
// package runs them on every device that the machine has, in every variant; cmd/bench times a kernel only after its
// cases pass.
package conformance

import (
	"slices"
	"strings"

	"github.com/radia-go/radia/gpu/check"
)

var makers []func() []*check.Case

// add registers a function that makes cases; it is called from the init function of a kernel's file. Making the inputs
// is left to Cases, so that importing the package costs nothing.
func add(make func() []*check.Case) { makers = append(makers, make) }

// Cases makes every case, ordered by kernel.
func Cases() []*check.Case {
	var out []*check.Case
	for _, m := range makers {
		out = append(out, m()...)
	}
	slices.SortStableFunc(out, func(a, b *check.Case) int { return strings.Compare(a.Kernel.Name, b.Kernel.Name) })
	return out
}
