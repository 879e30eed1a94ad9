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
// (Müller et al. 2022, section 5.4). Its parameters lie in one buffer in the order of snapshots: density network, colour
// network, position encoding.
type NeRF struct {
	Config    *config.Config // concrete for AABBScale
	Layout    *config.Layout
	AABBScale int
	HDR       bool // colours are exponential instead of logistic

	device gpu.Device
	shape  kernels.NeRF
	levels gpu.Buffer
	// params are what training changes; average is what rendering uses, the same buffer where nothing is averaged.
	params, average gpu.Buffer
	halves          gpu.Buffer // packed fp16 copy of the table that the kernels read, nil in float32
}

// NewNeRF allocates a field for the configuration; its parameters are zero until Init or SetParams. With half set, the
// kernels read an fp16 copy of the encoding's table. With averaged set, rendering uses an average of its own.
func NewNeRF(d gpu.Device, c *config.Config, aabbScale int, half, averaged bool) (*NeRF, error) {
	c, err := c.ForNeRF(aabbScale)
	if err != nil {
		return nil, err
	}
	l, err := c.Layout()
	if err != nil {
		return nil, err
	}
	shape, err := nerfShape(c, l, half)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	n := &NeRF{Config: c, Layout: l, AABBScale: aabbScale, device: d, shape: shape}
	if table := int64(l.Position.Count) * 4; !half && table > d.Info().Limits.MaxBinding {
		return nil, fmt.Errorf("%w: the table of %s takes %d MiB in float32 and %v binds at most %d MiB at once; use a smaller log2_hashmap_size or --precision half",
			gpu.ErrTooLarge, c.Name, table>>20, d.Info().Name, d.Info().Limits.MaxBinding>>20)
	}
	if err := n.allocate(half, averaged); err != nil {
		n.Release()
		return nil, err
	}
	return n, nil
}

func (n *NeRF) allocate(half, averaged bool) (err error) {
	d, l := n.device, n.Layout
	levels := kernels.GridLevels(l.Position.Grids[0].Levels)
	if n.levels, err = d.NewBuffer("levels", len(gpu.Bytes(levels))); err != nil {
		return err
	}
	r := gpu.NewRecording("field levels")
	r.Upload(n.levels, 0, gpu.Bytes(levels))
	if err = d.Submit(r); err != nil {
		return err
	}
	if n.params, err = d.NewBuffer("params", 4*l.Total); err != nil {
		return err
	}
	n.average = n.params
	if averaged {
		average, err := d.NewBuffer("average", 4*l.Total)
		if err != nil {
			return err
		}
		n.average = average
	}
	if half {
		n.halves, err = d.NewBuffer("table halves", 2*l.Position.Count)
	}
	return err
}

// nerfShape is the shape of the fused kernels, or what about the configuration they do not cover.
func nerfShape(c *config.Config, l *config.Layout, half bool) (kernels.NeRF, error) {
	var s kernels.NeRF
	if len(l.Position.Grids) != 1 || l.Position.Grids[0].Count != l.Position.Count || l.Position.Grids[0].Dims != 3 {
		return s, fmt.Errorf("encoding: a radiance field is trained with one grid over the three position dimensions")
	}
	g := l.Position.Grids[0]
	dir, ok := sphericalHarmonics(c.DirEncoding)
	if !ok || dir != 4 || l.Direction.PaddedOutputs != 16 {
		return s, fmt.Errorf("dir_encoding: a radiance field is trained with SphericalHarmonics of degree 4")
	}
	for _, m := range []struct {
		name string
		mlp  *config.MLP
	}{{"network", &l.Density}, {"rgb_network", l.RGB}} {
		if m.mlp.Activation != config.ActReLU || m.mlp.Output != config.ActNone {
			return s, fmt.Errorf("%s: activation %s, output_activation %s: a radiance field is trained with ReLU and None", m.name, m.mlp.Activation, m.mlp.Output)
		}
	}
	if l.Density.Width != l.RGB.Width || l.Density.PaddedOutputs != 16 {
		return s, fmt.Errorf("network and rgb_network must have the same n_neurons, and network 16 outputs")
	}
	s = kernels.NeRF{
		Levels: len(g.Levels), Features: g.FeaturesPerLevel,
		Width: l.Density.Width, DensityHidden: l.Density.HiddenLayers, RGBHidden: l.RGB.HiddenLayers,
		Half: half,
	}
	switch g.Grid.Interpolation {
	case config.Linear:
		s.Interpolation = kernels.GridLinear
	case config.Smoothstep:
		s.Interpolation = kernels.GridSmoothstep
	default:
		return s, fmt.Errorf("encoding: interpolation %s has no gradient to train with", g.Grid.Interpolation)
	}
	return s, s.Check()
}

// sphericalHarmonics finds the degree of an encoding that is spherical harmonics of the direction and nothing else.
func sphericalHarmonics(e config.Encoding) (degree int, ok bool) {
	switch e := e.(type) {
	case config.SphericalHarmonics:
		return e.Degree, true
	case config.Composite:
		parts, err := e.Place(3)
		if err != nil || len(parts) != 1 {
			return 0, false
		}
		return sphericalHarmonics(parts[0].Encoding)
	}
	return 0, false
}

// Shape is what the fused kernels are specialised for.
func (n *NeRF) Shape() kernels.NeRF { return n.shape }

// Params is the buffer that training changes.
func (n *NeRF) Params() gpu.Buffer { return n.params }

// Average is the buffer that rendering reads; Params itself where nothing is averaged.
func (n *NeRF) Average() gpu.Buffer { return n.average }

// Halves is the fp16 copy of the table that the kernels read, or nil.
func (n *NeRF) Halves() gpu.Buffer { return n.halves }

// Levels is the level table of the position encoding.
func (n *NeRF) Levels() gpu.Bind { return gpu.All(n.levels) }

// networkBytes is the size of both networks; the position encoding follows them.
func (n *NeRF) networkBytes() int { return 4 * n.Layout.NetworkParams }

// Weights are the two networks of the parameters in b, which is Params or Average.
func (n *NeRF) Weights(b gpu.Buffer) gpu.Bind { return gpu.Part(b, 0, n.networkBytes()) }

// Table is the position encoding of the parameters in b as kernels read it: the fp16 copy of what training changes, where
// there is one, else float32.
func (n *NeRF) Table(b gpu.Buffer) gpu.Bind {
	if n.readsHalves(b) {
		return gpu.All(n.halves)
	}
	return n.Master(b)
}

// readsHalves tells whether the encoding of the parameters in b is read through the fp16 copy, which follows Params. An
// average of its own is read in float32, so that pictures during training are those of the saved model; only where the
// device cannot bind a table of that size does the copy stand in for it.
func (n *NeRF) readsHalves(b gpu.Buffer) bool {
	return n.halves != nil && (b == n.params || 4*int64(n.Layout.Position.Count) > n.device.Info().Limits.MaxBinding)
}

// shapeFor is the kernels' shape for the parameters in b.
func (n *NeRF) shapeFor(b gpu.Buffer) kernels.NeRF {
	s := n.shape
	s.Half = n.readsHalves(b)
	return s
}

// Master is the position encoding of the parameters in b in float32.
func (n *NeRF) Master(b gpu.Buffer) gpu.Bind {
	return gpu.Part(b, n.networkBytes(), 4*n.Layout.Position.Count)
}

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

// Infer appends the network's evaluation with the parameters in b: raw colours and density of a batch of samples.
func (n *NeRF) Infer(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, raw gpu.Bind) {
	n.shapeFor(b).Infer(r, batch, samples, n.Levels(), n.Weights(b), n.Table(b), raw)
}

// Density appends the evaluation of the density network alone.
func (n *NeRF) Density(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, samples, density gpu.Bind) {
	n.shapeFor(b).Density(r, batch, samples, n.Levels(), n.Weights(b), n.Table(b), density)
}

// Release frees the field's memory.
func (n *NeRF) Release() {
	for _, b := range []gpu.Buffer{n.levels, n.params, n.halves} {
		if b != nil {
			b.Release()
		}
	}
	if n.average != n.params {
		n.average.Release()
	}
}
