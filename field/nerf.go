// Package field holds what is represented: an encoding, networks and their parameters on a device. A representation is a
// type; NeRF is a radiance field.
package field

import (
	"fmt"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels"
)

// NeRF is a radiance field in the box of edge AABBScale about (0.5, 0.5, 0.5):
//
//	σ = exp(density(enc(p))₀),  c = act(rgb([density(enc(p)) | SH(d)]))
//
// with extra inputs, which extra.go explains, behind the direction d
//
// (Müller et al. 2022, section 5.4). Its parameters lie in one buffer in the order of snapshots: density network, colour
// network, position encoding.
type NeRF struct {
	Config    *config.Config // concrete for AABBScale
	Layout    *config.Layout
	AABBScale int
	HDR       bool // colours are exponential instead of logistic

	// Pipeline is what evaluates the field: Fused or Unfused.
	Pipeline Pipeline

	device              gpu.Device
	position, direction *encoder
	shape               kernels.NeRF // of the fused kernels
	densityMLP, rgbMLP  kernels.MLP
	evaluation          evaluation
	memory              scratch
	inputs              bool // the backward pass can give gradients by the inputs
	// params are what training changes; average is what rendering uses, the same buffer where nothing is averaged.
	params, average gpu.Buffer
	// extra inputs of the colour network: of all pictures, and of samples that belong to none.
	extra       int
	latents     gpu.Buffer // not the field's own
	appearance  []float32
	appearances int
	halves      gpu.Buffer // packed fp16 copy of the tables that the kernels read, nil in float32
}

// NeRFOptions of a radiance field.
type NeRFOptions struct {
	Half     bool // the kernels read an fp16 copy of the encodings' tables
	Averaged bool // rendering uses an average of its own
	Pipeline Pipeline
	// InputGradients makes Backward able to give Gradients.Inputs; it then goes through the kernels of the chain.
	InputGradients bool
	// ExtraDims are extra inputs of the colour network, behind the direction.
	ExtraDims int
}

// NewNeRF allocates a field for the configuration; its parameters are zero until Init or SetParams. AutoPipeline chooses
// the fused kernels where they cover the configuration.
func NewNeRF(d gpu.Device, c *config.Config, aabbScale int, o NeRFOptions) (*NeRF, error) {
	c, err := c.ForNeRFWithExtra(aabbScale, o.ExtraDims)
	if err != nil {
		return nil, err
	}
	l, err := c.Layout()
	if err != nil {
		return nil, err
	}
	n := &NeRF{Config: c, Layout: l, AABBScale: aabbScale, Pipeline: o.Pipeline, device: d, memory: scratch{device: d}, inputs: o.InputGradients, extra: o.ExtraDims, appearance: make([]float32, o.ExtraDims)}
	if table := int64(n.tableBytes()); !o.Half && table > d.Info().Limits.MaxBinding {
		return nil, fmt.Errorf("%w: the table of %s takes %d MiB in float32 and %v binds at most %d MiB at once; use a smaller log2_hashmap_size, such as --config base has",
			gpu.ErrTooLarge, c.Name, table>>20, d.Info().Name, d.Info().Limits.MaxBinding>>20)
	}
	if err := n.prepare(o); err != nil {
		n.Release()
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	if err := n.allocate(o); err != nil {
		n.Release()
		return nil, err
	}
	return n, nil
}

// prepare finds the kernels that evaluate the configuration, or says what about it they do not cover.
func (n *NeRF) prepare(o NeRFOptions) (err error) {
	l := n.Layout
	if n.position, err = newEncoder(n.device, &l.Position, l.NetworkParams); err != nil {
		return fmt.Errorf("encoding: %w", err)
	}
	if o.Pipeline != Unfused {
		n.shape, err = fusedShape(n.Config, l, o.Half)
		if err == nil {
			n.Pipeline, n.evaluation = Fused, fused{n}
			if !n.inputs {
				return nil
			}
		} else if o.Pipeline == Fused {
			return fmt.Errorf("the fused kernels do not cover it: %w; the unfused pipeline does", err)
		}
	}
	switch n.evaluation.(type) {
	case fused:
		n.evaluation = differentiable{fused{n}, chain{n}}
	default:
		n.Pipeline, n.evaluation = Unfused, chain{n}
	}
	if n.direction, err = newEncoder(n.device, l.Direction, l.NetworkParams); err != nil {
		return fmt.Errorf("dir_encoding: %w", err)
	}
	if n.densityMLP, err = mlpShape(&l.Density); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if n.rgbMLP, err = mlpShape(l.RGB); err != nil {
		return fmt.Errorf("rgb_network: %w", err)
	}
	return nil
}

// allocate takes the memory of the parameters.
func (n *NeRF) allocate(o NeRFOptions) (err error) {
	if n.params, err = n.device.NewBuffer("params", 4*n.Layout.Total); err != nil {
		return err
	}
	n.average = n.params
	if o.Averaged {
		if n.average, err = n.device.NewBuffer("average", 4*n.Layout.Total); err != nil {
			n.average = n.params
			return err
		}
	}
	if o.Half && n.tableBytes() > 0 {
		n.halves, err = n.device.NewBuffer("table halves", n.tableBytes()/2)
	}
	return err
}

// fusedShape is the shape of the fused kernels, or what about the configuration they do not cover.
func fusedShape(c *config.Config, l *config.Layout, half bool) (kernels.NeRF, error) {
	var s kernels.NeRF
	if len(l.Position.Parts) != 1 || len(l.Position.Grids) != 1 || l.Position.Grids[0].Dims != 3 {
		return s, fmt.Errorf("encoding: they take one grid over the three position dimensions")
	}
	g := l.Position.Grids[0]
	if parts := l.Direction.Parts; len(parts) != 1 || parts[0].Encoding != (config.SphericalHarmonics{Degree: 4}) {
		return s, fmt.Errorf("dir_encoding: they take SphericalHarmonics of degree 4")
	}
	for _, m := range []struct {
		name string
		mlp  *config.MLP
	}{{"network", &l.Density}, {"rgb_network", l.RGB}} {
		if m.mlp.Activation != config.ActReLU || m.mlp.Output != config.ActNone {
			return s, fmt.Errorf("%s: activation %s, output_activation %s: they have ReLU and None", m.name, m.mlp.Activation, m.mlp.Output)
		}
	}
	if l.Density.Width != l.RGB.Width || l.Density.PaddedOutputs != 16 {
		return s, fmt.Errorf("network and rgb_network: they have the same n_neurons, and network 16 outputs")
	}
	grid, err := gridShape(&g)
	if err != nil {
		return s, fmt.Errorf("encoding: %w", err)
	}
	if grid.Interpolation == kernels.GridNearest {
		return s, fmt.Errorf("encoding: they interpolate, not %s", g.Grid.Interpolation)
	}
	s = kernels.NeRF{
		Levels: len(g.Levels), Features: g.FeaturesPerLevel, Interpolation: grid.Interpolation,
		Width: l.Density.Width, DensityHidden: l.Density.HiddenLayers, RGBHidden: l.RGB.HiddenLayers,
		Half: half,
	}
	return s, s.Check()
}

// mlpShape is a network as the kernels know it.
func mlpShape(l *config.MLP) (m kernels.MLP, err error) {
	m = kernels.MLP{In: l.Inputs, Width: l.Width, Out: l.PaddedOutputs, Hidden: l.HiddenLayers}
	if m.Hidden == 0 {
		m.Width = m.In
	}
	if m.Act, err = kernels.ParseActivation(l.Activation); err != nil {
		return m, fmt.Errorf("activation: %w", err)
	}
	if m.OutAct, err = kernels.ParseActivation(l.Output); err != nil {
		return m, fmt.Errorf("output_activation: %w", err)
	}
	return m, m.Check()
}

// Shape is what the fused kernels are specialised for; zero where the pipeline is un-fused.
func (n *NeRF) Shape() kernels.NeRF { return n.shape }

// Params is the buffer that training changes.
func (n *NeRF) Params() gpu.Buffer { return n.params }

// Average is the buffer that rendering reads; Params itself where nothing is averaged.
func (n *NeRF) Average() gpu.Buffer { return n.average }

// Halves is the fp16 copy of the table that the kernels read, or nil.
func (n *NeRF) Halves() gpu.Buffer { return n.halves }

// Levels is the level table of the position encoding's grids, one after the other.
func (n *NeRF) Levels() gpu.Bind { return gpu.All(n.position.levels) }

// networkBytes is the size of both networks; the encodings' tables of tableBytes follow them.
func (n *NeRF) networkBytes() int { return 4 * n.Layout.NetworkParams }
func (n *NeRF) tableBytes() int   { return 4 * (n.Layout.Total - n.Layout.NetworkParams) }

// Weights are the two networks of the parameters in b, which is Params or Average.
func (n *NeRF) Weights(b gpu.Buffer) gpu.Bind { return gpu.Part(b, 0, n.networkBytes()) }

// Table is the encodings' tables of the parameters in b as kernels read it: the fp16 copy of what training changes, where
// there is one, else float32.
func (n *NeRF) Table(b gpu.Buffer) gpu.Bind {
	if n.readsHalves(b) {
		return gpu.All(n.halves)
	}
	return n.Master(b)
}

// readsHalves tells whether the encodings' tables of the parameters in b are read through the fp16 copy, which follows Params. An
// average of its own is read in float32, so that pictures during training are those of the saved model; only where the
// device cannot bind a table of that size does the copy stand in for it.
func (n *NeRF) readsHalves(b gpu.Buffer) bool {
	return n.halves != nil && (b == n.params || int64(n.tableBytes()) > n.device.Info().Limits.MaxBinding)
}

// shapeFor is the kernels' shape for the parameters in b.
func (n *NeRF) shapeFor(b gpu.Buffer) kernels.NeRF {
	s := n.shape
	s.Half = n.readsHalves(b)
	return s
}

// Master is the encodings' tables of the parameters in b in float32.
func (n *NeRF) Master(b gpu.Buffer) gpu.Bind { return gpu.Part(b, n.networkBytes(), n.tableBytes()) }

// Init gives the parameters their first values, seed-exactly as instant-ngp does.
func (n *NeRF) Init(seed uint32) error { return n.SetParams(n.Layout.Init(seed)) }

// SetParams uploads all parameters, to the average too.
func (n *NeRF) SetParams(params []float32) error {
	if len(params) != n.Layout.Total {
		return fmt.Errorf("%s: %d parameters given, the field has %d", n.Config.Name, len(params), n.Layout.Total)
	}
	r := gpu.NewRecording("set parameters")
	r.Upload(n.params, 0, gpu.Bytes(params))
	if n.average != n.params {
		r.Upload(n.average, 0, gpu.Bytes(params))
	}
	if n.halves != nil {
		r.Upload(n.halves, 0, gpu.Bytes(packHalves(params[n.Layout.NetworkParams:])))
	}
	if err := n.device.Submit(r); err != nil {
		return err
	}
	return n.device.Wait()
}

// packHalves is two fp16 values a word, the first in the low half.
func packHalves(v []float32) []uint32 {
	out := make([]uint32, (len(v)+1)/2)
	for i, x := range v {
		out[i/2] |= uint32(f16.From32(x)) << (16 * (i % 2))
	}
	return out
}

// ReadParams downloads the parameters that rendering uses: the average, or, where nothing is averaged, what training
// changes with the table as the kernels read it.
func (n *NeRF) ReadParams() ([]float32, error) {
	out, err := n.read(n.average)
	if n.halves != nil && n.average == n.params {
		table := out[n.Layout.NetworkParams:]
		for i, v := range table {
			table[i] = f16.Round(v)
		}
	}
	return out, err
}

// ReadMaster downloads the parameters that training changes.
func (n *NeRF) ReadMaster() ([]float32, error) { return n.read(n.params) }

func (n *NeRF) read(b gpu.Buffer) ([]float32, error) {
	out := make([]float32, n.Layout.Total)
	r := gpu.NewRecording("read parameters")
	r.Download(b, 0, gpu.Bytes(out))
	return out, n.device.Submit(r)
}

// Release frees the field's memory.
func (n *NeRF) Release() {
	n.position.release()
	n.direction.release()
	n.memory.release()
	if n.average != n.params {
		n.average.Release()
	}
	for _, b := range []gpu.Buffer{n.params, n.halves} {
		if b != nil {
			b.Release()
		}
	}
}
