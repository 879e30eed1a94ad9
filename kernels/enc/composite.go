package enc

import (
	"fmt"
	"math"
	"strings"
)

// Nested is one part of a composite encoding.
type Nested struct {
	OType  string
	Dims   int                // inputs it encodes; 0: those that remain
	Begin  int                // first input it encodes; Next: the one after the part before
	Params map[string]float64 // of a fixed encoding
	// Outputs, where it is not nil, makes the part an encoding outside the registry (a grid): the number of outputs of
	// dims inputs, filled up with Pad.
	Outputs func(dims int) (int, error)
	Pad     float32
}

// Next is the Begin of a part that continues where the part before it ended.
const Next = -1

// Step is one part in planes: it reads Dims planes from Input on and writes Outputs planes from Output on.
type Step struct {
	Part     int       // index in the nested list
	Encoding *Encoding // nil for an encoding outside the registry
	Values   Values
	Dims     int
	Input    int
	Output   int
	Outputs  int
}

// Layout is a composite encoding as launches.
type Layout struct {
	Steps   []Step
	Outputs int // planes of the steps
	Padded  int // Outputs rounded up to the alignment; planes Outputs … Padded−1 hold Pad
	Pad     float32
}

// Plan lays out nested encodings of dims inputs side by side, in order, and rounds the number of outputs up to a
// multiple of align with the pad value of the last part. A part without inputs is dropped.
func Plan(nested []Nested, dims, align int) (*Layout, error) {
	if align < 1 {
		panic("enc: Plan with an alignment below 1")
	}
	if dims < 1 {
		return nil, fmt.Errorf("a composite encoding of %d inputs", dims)
	}
	rest, err := remaining(nested, dims)
	if err != nil {
		return nil, err
	}
	p := &Layout{}
	next := 0
	for i, n := range nested {
		s := Step{Part: i, Dims: n.Dims, Input: n.Begin, Output: p.Outputs}
		if n.Begin == Next {
			s.Input = next
		}
		if n.Dims == 0 {
			s.Dims = rest
		}
		if s.Dims == 0 {
			continue
		}
		if s.Dims > dims || s.Input > dims-s.Dims {
			return nil, fmt.Errorf("part %d (%s) encodes inputs %d to %d of %d", i, n.OType, s.Input, s.Input+s.Dims-1, dims)
		}
		next = s.Input + s.Dims
		pad, err := s.resolve(n)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
		if s.Outputs < 1 || s.Outputs > math.MaxInt32-p.Outputs-align {
			return nil, fmt.Errorf("part %d (%s) has %d outputs", i, n.OType, s.Outputs)
		}
		p.Outputs += s.Outputs
		p.Pad = pad
		p.Steps = append(p.Steps, s)
	}
	if len(p.Steps) == 0 {
		return nil, fmt.Errorf("a composite encoding without parts")
	}
	p.Padded = (p.Outputs + align - 1) / align * align
	return p, nil
}

// remaining is the number of inputs left for the part that does not say how many it encodes.
func remaining(nested []Nested, dims int) (int, error) {
	open, rest := -1, dims
	for i, n := range nested {
		switch {
		case n.Dims < 0 || n.Begin < Next:
			return 0, fmt.Errorf("part %d (%s) encodes %d inputs from %d", i, n.OType, n.Dims, n.Begin)
		case n.Dims == 0 && open >= 0:
			return 0, fmt.Errorf("parts %d (%s) and %d (%s) both leave out how many inputs they encode", open, nested[open].OType, i, n.OType)
		case n.Dims == 0:
			open = i
		case n.Dims > rest:
			return 0, fmt.Errorf("part %d (%s) encodes %d inputs, %d of %d are left", i, n.OType, n.Dims, rest, dims)
		case n.Begin == Next: // parts with a Begin of their own may overlap others
			rest -= n.Dims
		}
	}
	return rest, nil
}

// resolve finds the encoding of a step and counts its outputs.
func (s *Step) resolve(n Nested) (pad float32, err error) {
	if n.Outputs != nil {
		s.Outputs, err = n.Outputs(s.Dims)
		return n.Pad, err
	}
	e := ByOType(n.OType)
	if e == nil {
		var names []string
		for _, e := range All() {
			names = append(names, e.OType)
		}
		return 0, fmt.Errorf("unknown encoding %q; there are %s", n.OType, strings.Join(names, ", "))
	}
	if e.Dims != 0 && s.Dims != e.Dims {
		return 0, fmt.Errorf("%s encodes %d inputs, not %d", e.OType, e.Dims, s.Dims)
	}
	if s.Values, err = e.Values(n.Params); err != nil {
		return 0, err
	}
	s.Encoding, s.Outputs = e, e.Outputs(s.Values, s.Dims)
	return e.Pad, nil
}
