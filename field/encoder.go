package field

import (
	"fmt"
	"slices"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/enc"
)

// encoder evaluates any encoding, part by part: each part, a grid or a fixed function, is one dispatch that reads planes
// of the input and writes planes of the features; then the parts of each sum and product are combined. The planes that
// fill up to the network's alignment hold the pad value; those of parts that are combined lie behind them.
type encoder struct {
	layout *config.EncodingLayout
	parts  []encoderPart
	levels gpu.Buffer // the level tables of all grids; nil where there is none
}

type encoderPart struct {
	input, output uint32 // first planes
	fixed         kernels.EncodeShape
	grid          kernels.GridShape // of a grid, where levels is set
	levels        gpu.Bind
}

// levelAlignment is at least what any Vulkan device asks of the place where a binding begins.
const levelAlignment = 256

// newEncoder prepares the encoding of a layout. Its grids are found in a table that begins with parameter `first` of the
// field.
func newEncoder(d gpu.Device, l *config.EncodingLayout, first int) (*encoder, error) {
	e := &encoder{layout: l}
	var tables []byte
	for _, p := range l.Parts {
		part := encoderPart{input: uint32(p.DimBegin), output: uint32(p.OutputBegin)}
		var err error
		switch {
		case p.Outputs == 0:
			continue
		case p.Grid < 0:
			part.fixed, err = fixedShape(p)
		default:
			g := &l.Grids[p.Grid]
			part.grid, err = gridShape(g)
			part.levels = gpu.Bind{Offset: len(tables), Size: len(gpu.Bytes(kernels.GridLevels(g.Levels)))}
			tables = append(tables, gpu.Bytes(gridLevels(g, first))...)
			tables = append(tables, make([]byte, -len(tables)&(levelAlignment-1))...)
		}
		if err != nil {
			return nil, err
		}
		e.parts = append(e.parts, part)
	}
	if tables == nil {
		return e, nil
	}
	var err error
	if e.levels, err = d.NewBuffer("levels", len(tables)); err != nil {
		return nil, err
	}
	for i := range e.parts {
		if e.parts[i].levels.Size > 0 {
			e.parts[i].levels.Buffer = e.levels
		}
	}
	r := gpu.NewRecording("field levels")
	r.Upload(e.levels, 0, tables)
	return e, d.Submit(r)
}

// gridLevels is the level table of a grid with rows counted from parameter `first` of the field, so that one binding
// serves all grids. Every level has a multiple of eight rows, so a grid begins at a whole number of rows of any other.
func gridLevels(g *config.GridLayout, first int) []kernels.Level {
	levels := kernels.GridLevels(g.Levels)
	for i := range levels {
		levels[i].Offset += uint32((g.Offset - first) / g.FeaturesPerLevel)
	}
	return levels
}

func gridShape(g *config.GridLayout) (kernels.GridShape, error) {
	s := kernels.GridShape{Dims: uint32(g.Dims), Features: uint32(g.FeaturesPerLevel), Levels: uint32(len(g.Levels))}
	switch g.Grid.Interpolation {
	case config.Linear:
		s.Interpolation = kernels.GridLinear
	case config.Smoothstep:
		s.Interpolation = kernels.GridSmoothstep
	case config.Nearest:
		s.Interpolation = kernels.GridNearest
	default:
		return s, fmt.Errorf("unknown interpolation %q", g.Grid.Interpolation)
	}
	return s, s.Check()
}

// fixedShape finds the kernels' form of an encoding without parameters.
func fixedShape(p config.PartLayout) (s kernels.EncodeShape, err error) {
	var values map[string]float64
	switch e := p.Encoding.(type) {
	case config.SphericalHarmonics:
		values = map[string]float64{"degree": float64(e.Degree)}
	case config.Frequency:
		values = map[string]float64{"n_frequencies": float64(e.Frequencies)}
	case config.TriangleWave:
		values = map[string]float64{"n_frequencies": float64(e.Frequencies)}
	case config.OneBlob:
		values = map[string]float64{"n_bins": float64(e.Bins)}
	case config.Identity:
		values = map[string]float64{"scale": float64(e.Scale), "offset": float64(e.Offset)}
	}
	s = kernels.EncodeShape{Encoding: enc.ByOType(p.Encoding.OType()), Dims: p.Dims}
	if s.Encoding == nil {
		return s, fmt.Errorf("no kernel computes the encoding %s", p.Encoding.OType())
	}
	s.Values, err = s.Encoding.Values(values)
	return s, err
}

// forward appends the features of inputs, whose first plane is `input`, to planes from `output` on. table binds the
// parameters of all grids, packed halves where half is set; it is not looked at where there is none. features has
// layout.Planes planes from there on.
func (e *encoder) forward(r *gpu.Recording, batch kernels.Batch, inputs gpu.Bind, input int, table gpu.Bind, half bool, features gpu.Bind, output int) {
	capacity, counted := uint32(batch.Capacity), uint32(batch.CountIndex)
	if pad := e.layout.PaddedOutputs - e.layout.Outputs; pad > 0 {
		fillPlanes(r, features, batch.Capacity, output+e.layout.Outputs, pad, e.layout.Pad)
	}
	n := kernels.Samples{Count: capacity, Indirect: batch.Groups}
	for _, p := range e.parts {
		from, to := p.input+uint32(input), p.output+uint32(output)
		if p.levels.Buffer == nil {
			kernels.RecordEncode(r, p.fixed, n, kernels.EncodePush{Capacity: capacity, CountIndex: counted, InputPlane: from, OutputPlane: to},
				kernels.EncodeBinds{Inputs: inputs, Counts: batch.Counts, Features: features})
			continue
		}
		shape := p.grid
		shape.Half = half
		kernels.RecordGridEncode(r, shape, n,
			kernels.GridEncodePush{Capacity: capacity, CountIndex: counted, ActiveLevels: p.grid.Levels, InputPlane: from, OutputPlane: to},
			kernels.GridEncodeBinds{Positions: inputs, Levels: p.levels, Table: table, Counts: batch.Counts, Features: features})
	}
	for _, x := range e.layout.Reductions {
		kernels.RecordEncodeReduce(r, reduction(x, output), n, batch.CountIndex, kernels.EncodeReduceBinds{Counts: batch.Counts, Planes: features})
	}
}

// reduction is the kernels' form of a reduction of planes that begin with plane `output`.
func reduction(x config.ReductionLayout, output int) kernels.Reduction {
	return kernels.Reduction{Product: x.Product, Parts: x.Parts, Outputs: x.Outputs, From: output + x.From, To: output + x.To}
}

// separate appends dL/dparts of all sums and products, to the planes of dfeatures behind the features'. Planes are those
// of forward, which has filled features.
func (e *encoder) separate(r *gpu.Recording, batch kernels.Batch, features, dfeatures gpu.Bind, output int) {
	for _, x := range slices.Backward(e.layout.Reductions) {
		kernels.RecordEncodeReduceBackward(r, reduction(x, output), kernels.Samples{Count: uint32(batch.Capacity), Indirect: batch.Groups}, batch.CountIndex,
			kernels.EncodeReduceBackwardBinds{Counts: batch.Counts, Planes: features, Dplanes: dfeatures})
	}
}

// backward appends dL/dtable of all grids, added to dtable: in fixed point where fixed is set. Planes are those of forward,
// which has filled features; dfeatures has as many.
func (e *encoder) backward(r *gpu.Recording, fixed bool, batch kernels.Batch, inputs gpu.Bind, input int, features, dfeatures gpu.Bind, output int, dtable gpu.Bind) {
	if !e.grids() {
		return
	}
	e.separate(r, batch, features, dfeatures, output)
	for _, p := range e.parts {
		if p.levels.Buffer == nil {
			continue
		}
		kernels.RecordGridEncodeBackward(r, fixed, p.grid, kernels.Samples{Count: uint32(batch.Capacity), Indirect: batch.Groups},
			kernels.GridEncodePush{Capacity: uint32(batch.Capacity), CountIndex: uint32(batch.CountIndex), ActiveLevels: p.grid.Levels,
				InputPlane: p.input + uint32(input), OutputPlane: p.output + uint32(output), Accumulate: 1},
			kernels.GridEncodeBackwardBinds{Positions: inputs, Levels: p.levels, Dfeatures: dfeatures, Counts: batch.Counts, Dtable: dtable})
	}
}

// inputGradient appends dL/dinputs, to the same planes of dinputs: the sum over all parts of (∂part/∂input)ᵀ·dL/dfeatures, and
// 0 for an input that no part reads. Planes, table and half are those of forward, which has filled features.
func (e *encoder) inputGradient(r *gpu.Recording, batch kernels.Batch, inputs gpu.Bind, input int, table gpu.Bind, half bool, features, dfeatures gpu.Bind, output int, dinputs gpu.Bind) {
	e.separate(r, batch, features, dfeatures, output)
	capacity, counted := uint32(batch.Capacity), uint32(batch.CountIndex)
	fillPlanes(r, dinputs, batch.Capacity, input, e.layout.Inputs, 0)
	n := kernels.Samples{Count: capacity, Indirect: batch.Groups}
	for _, p := range e.parts {
		from, to := p.input+uint32(input), p.output+uint32(output)
		if p.levels.Buffer == nil {
			kernels.RecordEncodeInput(r, p.fixed, n,
				kernels.EncodeInputPush{Capacity: capacity, CountIndex: counted, InputPlane: from, OutputPlane: to, Accumulate: 1},
				kernels.EncodeInputBinds{Inputs: inputs, Dfeatures: dfeatures, Counts: batch.Counts, Dinputs: dinputs})
			continue
		}
		shape := p.grid
		shape.Half = half
		kernels.RecordGridEncodeInput(r, shape, n,
			kernels.GridEncodePush{Capacity: capacity, CountIndex: counted, ActiveLevels: p.grid.Levels, InputPlane: from, OutputPlane: to, Accumulate: 1},
			kernels.GridEncodeInputBinds{Positions: inputs, Levels: p.levels, Table: table, Dfeatures: dfeatures, Counts: batch.Counts, Dpositions: dinputs})
	}
}

// grids tells whether the encoding has parameters.
func (e *encoder) grids() bool { return e.levels != nil }

func (e *encoder) release() {
	if e != nil && e.levels != nil {
		e.levels.Release()
	}
}
