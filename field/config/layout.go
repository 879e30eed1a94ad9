package config

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels/enc"
)

// Alignment of network inputs and outputs. Networks run by CutlassMLP before September 2022 used LegacyAlignment,
// and snapshots of that time are laid out so.
const (
	Alignment       = 16
	LegacyAlignment = 8
)

// maxParams bounds the parameters of a field, so that offsets fit into 32 bits.
const maxParams = math.MaxInt32

// Matrix is a weight matrix, row-major: element (o,i) is parameter Offset + o·Cols + i, y[o] = Σ_i M[o,i]·x[i].
type Matrix struct{ Offset, Rows, Cols int }

// MLP is the place and shape of a network without biases: one matrix per layer, one after the other.
type MLP struct {
	Offset, Count      int // parameters
	Inputs             int // padded: what the encoding delivers
	Outputs            int // meaningful
	PaddedOutputs      int // rows of the last matrix
	Width              int // of the hidden layers
	HiddenLayers       int
	Activation, Output string // activations of the hidden layers and of the last one
	Matrices           []Matrix
}

// GridLayout is the place and shape of one grid of an encoding.
type GridLayout struct {
	Offset, Count    int // parameters
	FeaturesPerLevel int
	Dims, DimBegin   int // which inputs it reads
	OutputBegin      int // its first plane among the planes of the encoding
	Grid             Grid
	Levels           []enc.Level // Levels[l].Offset counts rows from the start of this grid
}

// PartLayout is an encoding without parts of its own, and the planes that it reads and writes.
type PartLayout struct {
	Encoding    Encoding
	Dims        int // inputs
	DimBegin    int
	Outputs     int
	OutputBegin int
	Grid        int // index among EncodingLayout.Grids; −1: no parameters
}

// ReductionLayout is a composite with the reduction Sum or Product, and its planes: part p has Outputs of them from
// From + p·Outputs on, and the result as many from To on.
type ReductionLayout struct {
	Product        bool // else the sum
	Parts, Outputs int
	From, To       int
}

// EncodingLayout is the place and shape of an encoding.
type EncodingLayout struct {
	Offset, Count int // parameters
	Inputs        int
	Outputs       int // meaningful
	PaddedOutputs int // with the pad value appended
	Planes        int // PaddedOutputs, and behind them those of parts that are combined
	Pad           float32
	Encoding      Encoding
	Parts         []PartLayout      // what has no parts of its own, in order
	Reductions    []ReductionLayout // in the order in which they are computed
	Grids         []GridLayout      // those of Parts with parameters
}

// Layout is the order of the parameters of a field, which is the order in snapshots: density network, colour
// network, position encoding, direction encoding. The fields of other modes have one network, called Density here,
// and one encoding.
type Layout struct {
	Mode      Mode
	Alignment int
	Density   MLP
	RGB       *MLP // NeRF only
	Position  EncodingLayout
	Direction *EncodingLayout // NeRF only
	// NetworkParams is the number of network weights, which come first; Total is the number of all parameters.
	NetworkParams, Total int
}

// Layout computes where every parameter is. The configuration must have been made concrete by ForNeRF or another of
// its kind.
func (c *Config) Layout() (*Layout, error) { return c.LayoutAligned(Alignment) }

// LayoutAligned is Layout with another alignment of network outputs.
func (c *Config) LayoutAligned(alignment int) (*Layout, error) {
	if c.Mode == "" {
		panic("config.Layout: the configuration has not been made concrete by ForNeRF, ForSDF, ForImage or ForVolume")
	}
	if alignment != Alignment && alignment != LegacyAlignment {
		panic(fmt.Sprintf("config.Layout: alignment %d", alignment))
	}
	l := &Layout{Mode: c.Mode, Alignment: alignment}
	wrap := func(what string, err error) (*Layout, error) {
		return nil, fmt.Errorf("%s: %s: %w", c.Name, what, err)
	}
	var err error
	if l.Position, err = layoutEncoding(c.Encoding, c.PosDims, alignment); err != nil {
		return wrap("encoding", err)
	}
	l.Density = layoutMLP(c.Network, l.Position.PaddedOutputs, alignment)
	l.NetworkParams = l.Density.Count
	if c.Mode == NeRF {
		dir, err := layoutEncoding(c.DirEncoding, c.DirDims, alignment)
		if err != nil {
			return wrap("dir_encoding", err)
		}
		rgb := layoutMLP(*c.RGBNetwork, l.Density.PaddedOutputs+dir.PaddedOutputs, alignment)
		rgb.move(l.NetworkParams)
		l.NetworkParams += rgb.Count
		l.RGB, l.Direction = &rgb, &dir
	}
	l.Total = l.NetworkParams
	l.Position.move(l.Total)
	l.Total += l.Position.Count
	if l.Direction != nil {
		l.Direction.move(l.Total)
		l.Total += l.Direction.Count
	}
	if l.Total > maxParams {
		return nil, fmt.Errorf("%s: the field has %d parameters; at most %d are possible", c.Name, l.Total, maxParams)
	}
	return l, nil
}

// LayoutFor finds the layout with n parameters: the present alignment, or the one of old snapshots.
func (c *Config) LayoutFor(n int) (*Layout, error) {
	now, err := c.LayoutAligned(Alignment)
	if err != nil || now.Total == n {
		return now, err
	}
	old, err := c.LayoutAligned(LegacyAlignment)
	if err != nil || old.Total == n {
		return old, err
	}
	return nil, fmt.Errorf("%s: the configuration has %d parameters (%d with the alignment of 2022), but %d are stored",
		c.Name, now.Total, old.Total, n)
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

func layoutMLP(n Network, inputs, alignment int) MLP {
	m := MLP{Inputs: inputs, Outputs: n.OutputDims, PaddedOutputs: roundUp(n.OutputDims, alignment), Width: n.Neurons,
		HiddenLayers: n.HiddenLayers, Activation: n.Activation, Output: n.OutputActivation}
	cols := inputs
	for i := 0; i <= n.HiddenLayers; i++ {
		rows := n.Neurons
		if i == n.HiddenLayers {
			rows = m.PaddedOutputs
		}
		m.Matrices = append(m.Matrices, Matrix{m.Count, rows, cols})
		m.Count += rows * cols
		cols = rows
	}
	return m
}

func (m *MLP) move(by int) {
	m.Offset += by
	for i := range m.Matrices {
		m.Matrices[i].Offset += by
	}
}

func (e *EncodingLayout) move(by int) {
	e.Offset += by
	for i := range e.Grids {
		e.Grids[i].Offset += by
	}
}

func layoutEncoding(e Encoding, inputs, alignment int) (EncodingLayout, error) {
	l := EncodingLayout{Inputs: inputs, Pad: e.Pad(), Encoding: e}
	var err error
	if l.Outputs, err = e.Outputs(inputs); err != nil {
		return l, err
	}
	l.PaddedOutputs = roundUp(l.Outputs, alignment)
	if l.PaddedOutputs == 0 {
		return l, fmt.Errorf("a %s of %d inputs has no outputs", e.OType(), inputs)
	}
	l.Planes = l.PaddedOutputs
	if err = l.place(e, inputs, 0, 0); err != nil {
		return l, err
	}
	for i := range l.Parts {
		p := &l.Parts[i]
		p.Grid = -1
		x, ok := p.Encoding.(Grid)
		if !ok {
			continue
		}
		levels, rows, err := enc.Levels(x.Geometry(p.Dims))
		if err != nil {
			return l, err
		}
		p.Grid = len(l.Grids)
		l.Grids = append(l.Grids, GridLayout{Offset: l.Count, Count: int(rows) * x.FeaturesPerLevel, FeaturesPerLevel: x.FeaturesPerLevel,
			Dims: p.Dims, DimBegin: p.DimBegin, OutputBegin: p.OutputBegin, Grid: x, Levels: levels})
		l.Count += l.Grids[p.Grid].Count
	}
	return l, nil
}

// place takes e apart, which reads inputs from begin on and writes planes from out on. What is combined gets planes of its
// own behind all others.
func (l *EncodingLayout) place(e Encoding, inputs, begin, out int) error {
	outputs, err := e.Outputs(inputs)
	if err != nil {
		return err
	}
	x, ok := e.(Composite)
	if !ok {
		l.Parts = append(l.Parts, PartLayout{Encoding: e, Dims: inputs, DimBegin: begin, Outputs: outputs, OutputBegin: out})
		return nil
	}
	placed, err := x.Place(inputs)
	if err != nil {
		return err
	}
	combined := x.Reduction != "Concatenation" && len(placed) > 1
	reduction := ReductionLayout{Product: x.Reduction == "Product", Parts: len(placed), Outputs: outputs, From: l.Planes, To: out}
	if combined {
		out = reduction.From
		l.Planes += len(placed) * outputs
	}
	for _, p := range placed {
		if err := l.place(p.Encoding, p.Dims, begin+p.Begin, out); err != nil {
			return err
		}
		n, err := p.Encoding.Outputs(p.Dims)
		if err != nil {
			return err
		}
		out += n
	}
	if combined {
		l.Reductions = append(l.Reductions, reduction)
	}
	return nil
}

// DefaultSeed is the seed of the reference trainer.
const DefaultSeed = 1337

// Init returns the first values of all parameters: those of the reference trainer, bit for bit, for the same seed.
// Networks come first and encodings follow, each taking its numbers from one generator.
func (l *Layout) Init(seed uint32) []float32 {
	rng := pcg32.NewSeedSeq(seed)
	params := make([]float32, l.Total)
	l.Density.init(params, &rng)
	if l.RGB != nil {
		l.RGB.init(params, &rng)
	}
	l.Position.init(params, &rng)
	if l.Direction != nil {
		l.Direction.init(params, &rng)
	}
	return params
}

// init draws every matrix uniformly from [−s,s): s = √(6/(rows+cols)) (Glorot and Bengio 2010). With sines, the
// first matrix has s = 30/cols and the others s = √(6/cols) (Sitzmann et al. 2020).
func (m *MLP) init(params []float32, rng *pcg32.Source) {
	for i, w := range m.Matrices {
		s := sqrt32(6 / float32(w.Rows+w.Cols))
		if m.Activation == ActSine {
			if s = sqrt32(6 / float32(w.Cols)); i == 0 {
				s = 30 / float32(w.Cols)
			}
		}
		for k := range w.Rows * w.Cols {
			params[w.Offset+k] = float32(rng.Float32()*2*s) - s
		}
	}
}

// sqrt32 is correctly rounded: the float64 root of a float32 rounds to the same value as the exact root does.
func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// gridInitScale is half the width of the uniform distribution of fresh grid features.
const gridInitScale = 1e-4

// init draws every feature uniformly from [−1e−4,1e−4). The reference does it in parallel: G = ⌈n/4⌉ lanes, rounded
// up to a multiple of 128, where lane i takes draws 4i..4i+3 and writes its j-th draw to element i + G·j.
func (e *EncodingLayout) init(params []float32, rng *pcg32.Source) {
	for _, g := range e.Grids {
		p := params[g.Offset : g.Offset+g.Count]
		lanes := roundUp((g.Count+3)/4, 128)
		lane := *rng
		for i := range lanes {
			for j := range 4 {
				u := lane.Float32()
				if k := i + lanes*j; k < len(p) {
					p[k] = float32(u*(2*gridInitScale)) - gridInitScale
				}
			}
		}
		rng.Advance(int64(g.Count))
	}
}
