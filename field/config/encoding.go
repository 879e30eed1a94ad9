package config

import (
	"fmt"
	"strings"

	"github.com/radia-go/radia/kernels/enc"
)

// Encoding maps inputs in [0,1] to features. It is one of Grid, SphericalHarmonics, Frequency, OneBlob,
// TriangleWave, Identity, Empty and Composite, held by value.
type Encoding interface {
	// OType is the name in configuration files.
	OType() string
	// Outputs is the number of features for so many inputs, before padding.
	Outputs(inputs int) (int, error)
	// Pad is the value of the features that fill up the consumer's alignment.
	Pad() float32
	// tree is the encoding as JSON values.
	tree() map[string]any
}

// Interpolations of a grid.
const (
	Nearest    = "Nearest"
	Linear     = "Linear"
	Smoothstep = "Smoothstep"
)

// Grid is a multiresolution grid (Müller et al. 2022): features = Levels·FeaturesPerLevel.
type Grid struct {
	Kind             enc.GridKind
	Levels           int
	FeaturesPerLevel int     // 1, 2, 4 or 8
	Log2HashmapSize  int     // hash grids only; 0: 19
	BaseResolution   int     // 0: chosen by the mode, see Config.ForNeRF
	PerLevelScale    float32 // 0: chosen by the mode
	Interpolation    string
}

// SphericalHarmonics are the real spherical harmonics of a direction d, given as (d+1)/2: Degree² features.
type SphericalHarmonics struct{ Degree int }

// Frequency is sin(π·2^⌊k/2⌋·x + (k mod 2)·π/2) for k = 0..2N−1 and every input.
type Frequency struct{ Frequencies int }

// TriangleWave is the triangle wave of 2^(k−1)·x + k/4 for k = 0..N−1 and every input.
type TriangleWave struct{ Frequencies int }

// OneBlob is the integral of a quartic kernel over each of Bins bins, for every input.
type OneBlob struct{ Bins int }

// Identity is x·Scale + Offset.
type Identity struct{ Scale, Offset float32 }

// Empty has no features.
type Empty struct{}

// Composite joins encodings of parts of the input.
type Composite struct {
	Nested    []Part
	Reduction string // "Concatenation", "Sum" or "Product"
}

// Part is an encoding inside a Composite and the inputs it reads.
type Part struct {
	Encoding Encoding
	Dims     int // number of inputs; −1: all that the other parts leave
	Begin    int // first input; −1: the one after the previous part
}

func (g Grid) OType() string             { return g.Kind.String() + "Grid" }
func (SphericalHarmonics) OType() string { return "SphericalHarmonics" }
func (Frequency) OType() string          { return "Frequency" }
func (TriangleWave) OType() string       { return "TriangleWave" }
func (OneBlob) OType() string            { return "OneBlob" }
func (Identity) OType() string           { return "Identity" }
func (Empty) OType() string              { return "Empty" }
func (Composite) OType() string          { return "Composite" }

func (Grid) Pad() float32               { return 0 }
func (SphericalHarmonics) Pad() float32 { return 1 }
func (Frequency) Pad() float32          { return 1 }
func (TriangleWave) Pad() float32       { return 1 }
func (OneBlob) Pad() float32            { return 1 }
func (Identity) Pad() float32           { return 1 }
func (Empty) Pad() float32              { return 1 }

// Pad is the pad value of the last part, which takes all the padding.
func (c Composite) Pad() float32 { return c.Nested[len(c.Nested)-1].Encoding.Pad() }

func (g Grid) Outputs(inputs int) (int, error) {
	if inputs < 2 || inputs > 4 {
		return 0, fmt.Errorf("a %s takes 2, 3 or 4 inputs, not %d", g.OType(), inputs)
	}
	return g.Levels * g.FeaturesPerLevel, nil
}

func (s SphericalHarmonics) Outputs(inputs int) (int, error) {
	if inputs != 3 {
		return 0, fmt.Errorf("SphericalHarmonics takes 3 inputs, not %d", inputs)
	}
	return s.Degree * s.Degree, nil
}

func (f Frequency) Outputs(inputs int) (int, error)    { return 2 * f.Frequencies * inputs, nil }
func (t TriangleWave) Outputs(inputs int) (int, error) { return t.Frequencies * inputs, nil }
func (o OneBlob) Outputs(inputs int) (int, error)      { return o.Bins * inputs, nil }
func (Identity) Outputs(inputs int) (int, error)       { return inputs, nil }
func (Empty) Outputs(int) (int, error)                 { return 0, nil }

func (c Composite) Outputs(inputs int) (int, error) {
	parts, err := c.Place(inputs)
	if err != nil {
		return 0, err
	}
	sum, first := 0, -1
	for _, p := range parts {
		n, err := p.Encoding.Outputs(p.Dims)
		if err != nil {
			return 0, err
		}
		if first < 0 {
			first = n
		}
		if c.Reduction != "Concatenation" && n != first {
			return 0, fmt.Errorf("the reduction %s of encodings with %d and %d outputs", c.Reduction, first, n)
		}
		sum += n
	}
	if c.Reduction != "Concatenation" {
		return max(first, 0), nil
	}
	return sum, nil
}

// Place gives every part of the composite its inputs, for so many inputs in all. A part that names no number takes
// what the others leave; a part left with none is dropped.
func (c Composite) Place(inputs int) ([]Part, error) {
	rest := inputs
	for _, p := range c.Nested {
		rest -= max(p.Dims, 0)
	}
	var out []Part
	next := 0
	for i, p := range c.Nested {
		if p.Dims < 0 {
			p.Dims = max(rest, 0)
		}
		if p.Begin < 0 {
			p.Begin = next
		}
		if p.Begin+p.Dims > inputs {
			return nil, fmt.Errorf("nested encoding %d reads inputs %d to %d of %d", i, p.Begin, p.Begin+p.Dims-1, inputs)
		}
		next = p.Begin + p.Dims
		if p.Dims > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

// resolved returns e with the values chosen by the mode filled into every grid: see Config.ForNeRF.
func resolved(e Encoding, inputs int, finest float32) (Encoding, error) {
	switch x := e.(type) {
	case Grid:
		return x.resolved(inputs, finest), nil
	case Composite:
		parts, err := x.Place(inputs)
		if err != nil {
			return nil, err
		}
		x.Nested = parts
		for i := range parts {
			if parts[i].Encoding, err = resolved(parts[i].Encoding, parts[i].Dims, finest); err != nil {
				return nil, err
			}
		}
		if len(parts) == 0 {
			return Empty{}, nil
		}
		return x, nil
	}
	return e, nil
}

var (
	gridKinds      = []enc.GridKind{enc.GridHash, enc.GridDense, enc.GridTiled}
	encodingNames  = []string{"HashGrid", "DenseGrid", "TiledGrid", "Grid", "SphericalHarmonics", "Frequency", "OneBlob", "TriangleWave", "Identity", "Empty", "Composite"}
	interpolations = []string{Nearest, Linear, Smoothstep}
	reductions     = []string{"Concatenation", "Sum", "Product"}
	encodingFamily = keySet("type n_levels n_features n_features_per_level log2_hashmap_size base_resolution per_level_scale interpolation hash " +
		"stochastic_interpolation fixed_point_pos degree n_frequencies n_bins scale offset nested reduction")
)

func keySet(s string) map[string]bool {
	m := map[string]bool{}
	for _, k := range strings.Fields(s) {
		m[k] = true
	}
	return m
}

// encoding decodes an encoding object; depth counts the composites around it.
func (n *node) encoding(depth int) Encoding {
	var e Encoding
	switch otype := n.choice("otype", "", encodingNames); otype {
	case "HashGrid", "DenseGrid", "TiledGrid", "Grid":
		e = n.grid(otype)
	case "SphericalHarmonics":
		e = SphericalHarmonics{Degree: n.int("degree", 4, 1, 8)}
	case "Frequency":
		e = Frequency{Frequencies: n.int("n_frequencies", 12, 1, 64)}
	case "TriangleWave":
		e = TriangleWave{Frequencies: n.int("n_frequencies", 12, 1, 64)}
	case "OneBlob":
		bins := n.int("n_bins", 16, 1, 1024)
		if bins&(bins-1) != 0 {
			n.fail("n_bins", "is %d; it must be a power of two", bins)
		}
		e = OneBlob{Bins: bins}
	case "Identity":
		e = Identity{Scale: n.float("scale", 1, -1e6, 1e6), Offset: n.float("offset", 0, -1e6, 1e6)}
	case "Empty":
		e = Empty{}
	case "Composite":
		e = n.composite(depth)
	}
	n.close(encodingFamily)
	return e
}

func (n *node) grid(otype string) Grid {
	kind := strings.TrimSuffix(otype, "Grid")
	if kind == "" {
		kind = n.choice("type", "Hash", []string{"Hash", "Dense", "Tiled"})
	}
	g := Grid{Interpolation: n.choice("interpolation", Linear, interpolations)}
	for _, k := range gridKinds {
		if k.String() == kind {
			g.Kind = k
		}
	}
	g.FeaturesPerLevel = n.int("n_features_per_level", 2, 1, 8)
	if f := g.FeaturesPerLevel; f&(f-1) != 0 {
		n.fail("n_features_per_level", "is %d; it must be 1, 2, 4 or 8", f)
	}
	features := n.int("n_features", 0, 1, 8*enc.MaxLevels)
	if features%max(g.FeaturesPerLevel, 1) != 0 {
		n.fail("n_features", "is %d; it must be a multiple of n_features_per_level, %d", features, g.FeaturesPerLevel)
	}
	g.Levels = n.int("n_levels", 16, 1, enc.MaxLevels)
	if features != 0 {
		levels := features / max(g.FeaturesPerLevel, 1)
		if v, ok := n.m["n_levels"]; ok && v != nil && levels != g.Levels {
			n.fail("n_features", "is %d, but n_levels times n_features_per_level is %d", features, g.Levels*g.FeaturesPerLevel)
		}
		if g.Levels = levels; levels > enc.MaxLevels {
			n.fail("n_features", "is %d; a grid has at most %d levels", features, enc.MaxLevels)
		}
	}
	g.Log2HashmapSize = n.int("log2_hashmap_size", 0, 1, 24)
	if g.Kind != enc.GridHash {
		g.Log2HashmapSize = 0
	}
	g.BaseResolution = n.int("base_resolution", 0, 0, 1<<16)
	g.PerLevelScale = max(0, n.float("per_level_scale", 0, -1e6, 1e6))
	n.neutral("hash", "CoherentPrime")
	n.neutral("stochastic_interpolation", false)
	n.neutral("fixed_point_pos", false)
	return g
}

func (n *node) composite(depth int) Composite {
	if depth > 3 {
		n.fail("otype", "is a Composite nested more than three deep")
		return Composite{}
	}
	c := Composite{Reduction: n.choice("reduction", "Concatenation", reductions)}
	open := 0
	for _, p := range n.objects("nested", 64) {
		part := Part{Dims: p.int("n_dims_to_encode", -1, 0, 1024), Begin: p.int("dims_to_encode_begin", -1, 0, 1024)}
		part.Encoding = p.encoding(depth + 1)
		if part.Dims < 0 {
			open++
		}
		c.Nested = append(c.Nested, part)
	}
	switch {
	case len(c.Nested) == 0:
		n.fail("nested", "must hold at least one encoding")
	case open > 1:
		n.fail("nested", "has %d encodings without n_dims_to_encode; at most one can take the remaining inputs", open)
	}
	return c
}

func (g Grid) tree() map[string]any {
	t := map[string]any{
		"otype": g.OType(), "n_levels": int64(g.Levels), "n_features_per_level": int64(g.FeaturesPerLevel),
		"interpolation": g.Interpolation,
	}
	if g.Log2HashmapSize != 0 {
		t["log2_hashmap_size"] = int64(g.Log2HashmapSize)
	}
	if g.BaseResolution != 0 {
		t["base_resolution"] = int64(g.BaseResolution)
	}
	if g.PerLevelScale != 0 {
		t["per_level_scale"] = shortest(g.PerLevelScale)
	}
	return t
}

func (s SphericalHarmonics) tree() map[string]any {
	return map[string]any{"otype": s.OType(), "degree": int64(s.Degree)}
}

func (f Frequency) tree() map[string]any {
	return map[string]any{"otype": f.OType(), "n_frequencies": int64(f.Frequencies)}
}

func (t TriangleWave) tree() map[string]any {
	return map[string]any{"otype": t.OType(), "n_frequencies": int64(t.Frequencies)}
}

func (o OneBlob) tree() map[string]any {
	return map[string]any{"otype": o.OType(), "n_bins": int64(o.Bins)}
}

func (i Identity) tree() map[string]any {
	return map[string]any{"otype": i.OType(), "scale": shortest(i.Scale), "offset": shortest(i.Offset)}
}

func (e Empty) tree() map[string]any { return map[string]any{"otype": e.OType()} }

func (c Composite) tree() map[string]any {
	nested := make([]any, len(c.Nested))
	for i, p := range c.Nested {
		t := p.Encoding.tree()
		if p.Dims >= 0 {
			t["n_dims_to_encode"] = int64(p.Dims)
		}
		if p.Begin >= 0 {
			t["dims_to_encode_begin"] = int64(p.Begin)
		}
		nested[i] = t
	}
	return map[string]any{"otype": c.OType(), "nested": nested, "reduction": c.Reduction}
}
