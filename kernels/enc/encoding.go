package enc

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Encoding is a fixed encoding: a function of a few inputs without parameters to train. Each stands in a file of its
// own, and shaders/enc/STEM.glsl holds the same statements. A grid (Levels) is not one of them.
type Encoding struct {
	OType  string  // name in configuration files
	Stem   string  // shaders/enc/STEM.glsl, with functions stemForward and stemBackward
	Kind   uint32  // specialization constant KIND of the encode kernels; never renumbered
	Dims   int     // inputs it takes, 0 for any number
	Pad    float32 // value of the outputs that fill up to a consumer's alignment
	Params []Param // at most two
	// Outputs is the number of outputs of dims inputs.
	Outputs func(p Values, dims int) int
	// Forward computes the outputs y of the inputs x; Backward computes dx[d] = Σ_k dy[k]·∂y[k]/∂x[d].
	Forward  func(p Values, x, y []float32)
	Backward func(p Values, x, dy, dx []float32)
}

// Param is one parameter of an encoding.
type Param struct {
	Key        string // in configuration files
	Default    float64
	Min, Max   float64
	Float      bool // passed as float32 bits, else as an unsigned integer
	PowerOfTwo bool
}

// Values are the parameters as the specialization constants P0 and P1.
type Values [2]uint32

func (v Values) float(i int) float32 { return math.Float32frombits(v[i]) }

var encodings []*Encoding

func register(e *Encoding) *Encoding {
	encodings = append(encodings, e)
	return e
}

// All lists the fixed encodings by Kind.
func All() []*Encoding {
	out := slices.Clone(encodings)
	slices.SortFunc(out, func(a, b *Encoding) int { return int(a.Kind) - int(b.Kind) })
	return out
}

// ByOType finds an encoding by its name, letter case ignored; nil when there is none.
func ByOType(name string) *Encoding {
	for _, e := range encodings {
		if strings.EqualFold(e.OType, name) {
			return e
		}
	}
	return nil
}

// ByKind finds an encoding by its number; nil when there is none.
func ByKind(kind uint32) *Encoding {
	for _, e := range encodings {
		if e.Kind == kind {
			return e
		}
	}
	return nil
}

// Values checks parameters by key and fills in defaults. A key that the encoding does not have is an error.
func (e *Encoding) Values(set map[string]float64) (v Values, err error) {
	for key := range set {
		if !slices.ContainsFunc(e.Params, func(p Param) bool { return p.Key == key }) {
			return v, fmt.Errorf("encoding %s has no parameter %q", e.OType, key)
		}
	}
	for i, p := range e.Params {
		x, ok := set[p.Key]
		if !ok {
			x = p.Default
		}
		switch {
		case !(x >= p.Min && x <= p.Max):
			return v, fmt.Errorf("encoding %s: %s must be %v to %v, not %v", e.OType, p.Key, p.Min, p.Max, x)
		case p.Float:
			v[i] = math.Float32bits(float32(x))
			continue
		case x != math.Trunc(x):
			return v, fmt.Errorf("encoding %s: %s must be a whole number, not %v", e.OType, p.Key, x)
		case p.PowerOfTwo && uint32(x)&(uint32(x)-1) != 0:
			return v, fmt.Errorf("encoding %s: %s must be a power of two, not %v", e.OType, p.Key, x)
		}
		v[i] = uint32(x)
	}
	return v, nil
}

// Include is the text of shaders/enc/zz_all.glsl: it includes every encoding and chooses by KIND.
func Include() string {
	var b strings.Builder
	b.WriteString("// Written by `go test ./kernels/enc -run TestInclude -update` from the registry of kernels/enc.\n")
	for _, e := range All() {
		fmt.Fprintf(&b, "#include \"%s.glsl\"\n", e.Stem)
	}
	for _, way := range []string{"Forward", "Backward"} {
		fmt.Fprintf(&b, "\nvoid enc%s() {\n    switch (KIND) {\n", way)
		for _, e := range All() {
			fmt.Fprintf(&b, "    case %du: %s%s(); break;\n", e.Kind, camel(e.Stem), way)
		}
		b.WriteString("    }\n}\n")
	}
	return b.String()
}

func camel(stem string) string {
	parts := strings.Split(stem, "_")
	for i, p := range parts[1:] {
		parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, "")
}
