// Package cmp compares numbers the way the conformance suite needs it: NaN never passes, infinities must match in
// sign, every bound states its derivation, and got and want may not be the same memory.
package cmp

import (
	"fmt"
	"math"
	"unsafe"
)

// Kind says how two outputs are allowed to differ.
type Kind uint8

const (
	// Exact: every bit equal (indices, masks, hashes, colours packed in integers).
	Exact Kind = iota
	// ULP: at most Bound.ULP representable float32 values apart.
	ULP
	// AbsRel: |got-want| <= Abs + Rel*|want|.
	AbsRel
	// Stat: as AbsRel, but a share Outliers of the elements may differ by any finite amount: for outputs that are
	// discontinuous in their inputs (a ray that just touches an occupied cell).
	Stat
	// Fixed: the words are pairs, low then high, of 64-bit two's complement integers in units of 2^-40, held to
	// |got-want| <= Abs + Rel*|want|.
	Fixed
)

// Bound is a declared tolerance. Why is one sentence that derives it; a Bound without it is refused.
type Bound struct {
	Kind     Kind
	ULP      uint32
	Abs, Rel float64
	Outliers float64
	Why      string
}

// String prints the bound as it appears in reports.
func (b Bound) String() string {
	switch b.Kind {
	case Exact:
		return "exact"
	case ULP:
		return fmt.Sprintf("%d ulp", b.ULP)
	case AbsRel:
		return fmt.Sprintf("abs %.3g rel %.3g", b.Abs, b.Rel)
	case Stat:
		return fmt.Sprintf("abs %.3g rel %.3g outliers %.3g", b.Abs, b.Rel, b.Outliers)
	}
	if b.Kind == Fixed {
		return fmt.Sprintf("fixed point abs %.3g rel %.3g", b.Abs, b.Rel)
	}
	return fmt.Sprintf("Kind(%d)", b.Kind)
}

// Float32s compares got with want element by element and describes the worst violation.
func Float32s(got, want []float32, b Bound) error {
	if err := comparable(len(got), len(want), unsafe.Pointer(unsafe.SliceData(got)), unsafe.Pointer(unsafe.SliceData(want)), b); err != nil {
		return err
	}
	var v verdict
	for i, w := range want {
		g := got[i]
		switch b.Kind {
		case Exact:
			v.note(i, float64(g), float64(w), math.Float32bits(g) == math.Float32bits(w))
		case ULP:
			v.note(i, float64(g), float64(w), ULPs(g, w) <= uint64(b.ULP))
		default:
			v.note(i, float64(g), float64(w), Within(float64(g), float64(w), b.Abs+b.Rel*math.Abs(float64(w))))
		}
	}
	return v.err(len(want), b)
}

// Words compares integer outputs; only Exact and Stat make sense for them.
func Words(got, want []uint32, b Bound) error {
	if err := comparable(len(got), len(want), unsafe.Pointer(unsafe.SliceData(got)), unsafe.Pointer(unsafe.SliceData(want)), b); err != nil {
		return err
	}
	var v verdict
	for i, w := range want {
		v.note(i, float64(got[i]), float64(w), got[i] == w)
	}
	return v.err(len(want), b)
}

// FixedPoint compares 64-bit fixed-point numbers with 40 fraction bits, stored as low and high words.
func FixedPoint(got, want []uint32, b Bound) error {
	if err := comparable(len(got), len(want), unsafe.Pointer(unsafe.SliceData(got)), unsafe.Pointer(unsafe.SliceData(want)), b); err != nil {
		return err
	}
	if len(want)%2 != 0 {
		return fmt.Errorf("%d words are not pairs", len(want))
	}
	value := func(w []uint32, i int) float64 {
		return math.Ldexp(float64(int64(uint64(w[2*i+1])<<32|uint64(w[2*i]))), -40)
	}
	var v verdict
	for i := range len(want) / 2 {
		g, w := value(got, i), value(want, i)
		v.note(i, g, w, Within(g, w, b.Abs+b.Rel*math.Abs(w)))
	}
	return v.err(len(want)/2, b)
}

// Truth compares float32 results with float64 truth, each element within its own derived tolerance tol[i].
func Truth(got []float32, want, tol []float64) error {
	if len(got) != len(want) || len(want) != len(tol) {
		return fmt.Errorf("lengths differ: got %d, want %d, tolerance %d", len(got), len(want), len(tol))
	}
	if len(got) == 0 {
		return fmt.Errorf("nothing to compare")
	}
	var v verdict
	for i, w := range want {
		if math.IsNaN(tol[i]) || tol[i] < 0 || math.IsInf(tol[i], 0) {
			return fmt.Errorf("element %d has no usable tolerance: %v", i, tol[i])
		}
		v.note(i, float64(got[i]), w, Within(float64(got[i]), w, tol[i]))
	}
	return v.err(len(want), Bound{Kind: AbsRel, Why: "per element"})
}

// Within reports |g-w| <= tol; NaN on either side is never within, infinities must be equal.
func Within(g, w, tol float64) bool {
	if math.IsNaN(g) || math.IsNaN(w) {
		return false
	}
	if math.IsInf(g, 0) || math.IsInf(w, 0) {
		return g == w
	}
	return math.Abs(g-w) <= tol
}

// ULPs is the distance of two float32 in representable values; NaN is infinitely far from everything.
func ULPs(a, b float32) uint64 {
	if a != a || b != b {
		return math.MaxUint64
	}
	d := ordered(a) - ordered(b)
	if d < 0 {
		d = -d
	}
	return uint64(d)
}

// ordered maps float32 to integers so that neighbours differ by one and -0 equals +0.
func ordered(f float32) int64 {
	u := int64(math.Float32bits(f))
	if u >= 1<<31 {
		return 1<<31 - u
	}
	return u
}

func comparable(n, m int, got, want unsafe.Pointer, b Bound) error {
	switch {
	case n != m:
		return fmt.Errorf("lengths differ: got %d, want %d", n, m)
	case n == 0:
		return fmt.Errorf("nothing to compare")
	case got == want:
		return fmt.Errorf("got and want are the same memory")
	case b.Why == "":
		return fmt.Errorf("the bound (%v) has no derivation", b)
	}
	return nil
}

// verdict collects violations and remembers the worst.
type verdict struct {
	bad   int
	index int
	g, w  float64
	worst float64
}

func (v *verdict) note(i int, g, w float64, ok bool) {
	if ok {
		return
	}
	d := math.Abs(g - w)
	if math.IsNaN(d) {
		d = math.Inf(1)
	}
	if v.bad == 0 || d > v.worst {
		v.index, v.g, v.w, v.worst = i, g, w, d
	}
	v.bad++
}

func (v *verdict) err(n int, b Bound) error {
	if v.bad == 0 {
		return nil
	}
	if b.Kind == Stat && !math.IsNaN(v.g) && !math.IsInf(v.worst, 0) && float64(v.bad) <= b.Outliers*float64(n) {
		return nil
	}
	return fmt.Errorf("%d of %d elements outside %v; worst at %d: got %.9g, want %.9g", v.bad, n, b, v.index, v.g, v.w)
}
