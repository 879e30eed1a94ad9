package check

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// unwritten is the content of an output before a kernel runs; an element that both sides left so is not compared.
const unwritten = 0xFFFFFFFF

// Compare holds what a device wrote to binding i of kernel k, by the named variant, against the twin's result, within the
// declared bounds. A binding without a bound must be equal bit by bit.
func Compare(k *gpu.Kernel, variant string, i int, got, want []byte) error {
	name := k.Layout.Bindings[i].Name
	bound, ok := k.Bound(variant, name)
	if !ok {
		bound = cmp.Bound{Kind: cmp.Exact, Why: "no bound is declared"}
	}
	g, w := words(got), words(want)
	if len(g) != len(w) {
		return fmt.Errorf("%s.%s: %d elements, want %d", k.Name, name, len(g), len(w))
	}
	// A share of outliers and no tolerance: integers, or bytes packed in them.
	integers := bound.Kind == cmp.Stat && bound.Abs == 0 && bound.Rel == 0
	if bound.Kind == cmp.Exact || integers {
		if err := cmp.Words(g, w, bound); err != nil {
			return fmt.Errorf("%s.%s: %w", k.Name, name, err)
		}
		return nil
	}
	if bound.Kind == cmp.Fixed {
		if err := cmp.FixedPoint(g, w, bound); err != nil {
			return fmt.Errorf("%s.%s: %w", k.Name, name, err)
		}
		return nil
	}
	fg, fw := floats(got), floats(want)
	for j := range w {
		if g[j] == unwritten && w[j] == unwritten {
			fg[j], fw[j] = 0, 0
		}
	}
	if err := cmp.Float32s(fg, fw, bound); err != nil {
		return fmt.Errorf("%s.%s: %w", k.Name, name, err)
	}
	return nil
}
