package main

import (
	"fmt"
	"math/bits"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

// Sizes of a training step.
const (
	weightSlices = 32 // partial sums of the networks' gradients
	lossScale    = 128
)

// subject is a network with points to evaluate it at, in host memory.
type subject struct {
	preset, points string
	layout         *config.Layout
	shape          kernels.NeRF
	levels         []kernels.Level
	n              int
	samples        []float32 // samplePlanes planes of n
	params         []float32 // networks, then the table
	targets        []float32 // 4 planes of n
}

// outline is a subject without its values.
func outline(preset, points string, n int, half bool) (*subject, error) {
	if points != "random" && points != "rays" {
		return nil, app.UsageError(fmt.Sprintf("--points %s: want random or rays", points))
	}
	c, err := config.Load(preset)
	if err != nil {
		return nil, app.UsageError(err.Error())
	}
	if c, err = c.ForNeRF(1); err != nil {
		return nil, app.UsageError(err.Error())
	}
	l, err := c.Layout()
	if err != nil {
		return nil, app.UsageError(err.Error())
	}
	if len(l.Position.Grids) != 1 || l.Position.Grids[0].Dims != 3 {
		return nil, app.UsageError(fmt.Sprintf("--preset %s: only networks over one grid in three dimensions are measured", preset))
	}
	g := l.Position.Grids[0]
	if g.Grid.Interpolation != config.Linear {
		return nil, app.UsageError(fmt.Sprintf("--preset %s: only linear interpolation is measured", preset))
	}
	s := &subject{preset: preset, points: points, layout: l, n: n, levels: kernels.GridLevels(g.Levels)}
	s.shape = kernels.NeRF{Levels: len(g.Levels), Features: g.FeaturesPerLevel, Width: l.Density.Width,
		DensityHidden: l.Density.HiddenLayers, RGBHidden: l.RGB.HiddenLayers, Interpolation: kernels.GridLinear, Half: half}
	if err := s.shape.Check(); err != nil {
		return nil, app.UsageError(fmt.Sprintf("--preset %s: %v", preset, err))
	}
	return s, nil
}

// newSubject makes a preset's network with fresh weights and a table of values in [-1/2, 1/2), which is what a trained
// table spans; a fresh one is so near 0 that nothing would depend on it.
func newSubject(preset, points string, n int, half bool) (*subject, error) {
	s, err := outline(preset, points, n, half)
	if err != nil {
		return nil, err
	}
	s.params = s.layout.Init(paramSeed)
	rng := pcg32.New(paramSeed)
	for i := range s.table() {
		s.table()[i] = rng.Float32() - 0.5
	}
	if points == "rays" {
		s.samples = rayPoints(n)
	} else {
		s.samples = randomPoints(n)
	}
	rng = pcg32.New(targetSeed)
	s.targets = make([]float32, 4*n)
	for i := range s.targets {
		s.targets[i] = rng.Float32()
	}
	return s, nil
}

// table is the part of the parameters after the networks.
func (s *subject) table() []float32 { return s.params[s.layout.NetworkParams:] }

// rows is the shape of the smallest table of 2^k rows that holds the whole encoding.
func (s *subject) rows() rowKey {
	words := s.shape.Features
	if s.shape.Half {
		words /= 2
	}
	return rowKey{max(2, words), bits.Len(uint(len(s.table())/s.shape.Features - 1))}
}

// packHalves is two fp16 values a word, the first in the low half.
func packHalves(v []float32) []uint32 {
	out := make([]uint32, (len(v)+1)/2)
	for i, x := range v {
		out[i/2] |= uint32(f16.From32(x)) << (16 * (i % 2))
	}
	return out
}

// bench is a subject on a device, with everything that a training step needs.
type bench struct {
	*subject
	device gpu.Device

	counts, samples, levels, params, halves gpu.Buffer
	inputs, outputs, raw, targets           gpu.Buffer
	draw, values, dfeatures, partial        gpu.Buffer
	dweights, dtable, saved                 gpu.Buffer
	moments1, moments2, steps               gpu.Buffer
	correction, schedule                    gpu.Buffer
	all                                     []gpu.Buffer
}

// put uploads the subject.
func (s *subject) put(d gpu.Device) (*bench, error) {
	b := &bench{subject: s, device: d}
	l, table := s.layout, len(s.table())
	first := gpu.NewRecording("upload")
	upload := func(to *gpu.Buffer, data []byte) func() { return func() { first.Upload(*to, 0, data) } }
	var uploads []func()
	for _, part := range []struct {
		to    *gpu.Buffer
		name  string
		words int
		data  []byte
	}{
		{&b.counts, "counts", 1, gpu.Bytes([]uint32{uint32(s.n)})},
		{&b.samples, "samples", 0, gpu.Bytes(s.samples)},
		{&b.levels, "levels", 0, gpu.Bytes(s.levels)},
		{&b.params, "params", 0, gpu.Bytes(s.params)},
		{&b.halves, "halves", 0, gpu.Bytes(packHalves(s.table()))},
		{&b.inputs, "inputs", 0, gpu.Bytes(s.inputPlanes())},
		{&b.targets, "targets", 0, gpu.Bytes(s.targets)},
		{&b.correction, "correction", 0, gpu.Bytes(kernels.BiasCorrection(0.9, 0.99, kernels.AdamTable(0.9, 0.99)))},
		{&b.schedule, "schedule", 0, gpu.Bytes([]kernels.Schedule{kernels.NewSchedule(1e-2, 1, 0, 0, 0, 0)})},
		{&b.outputs, "outputs", 16 * kernels.SpreadCapacity(s.n), nil},
		{&b.raw, "raw", 4 * s.n, nil},
		{&b.draw, "draw", 4 * s.n, nil},
		{&b.values, "values", 4 * s.n, nil},
		{&b.dfeatures, "dfeatures", s.shape.Levels * s.shape.Features * s.n, nil},
		{&b.partial, "partial", weightSlices * l.NetworkParams, nil},
		{&b.dweights, "dweights", l.NetworkParams, nil},
		{&b.dtable, "dtable", table, nil},
		{&b.saved, "saved gradients", table, nil},
		{&b.moments1, "moments1", l.Total, nil},
		{&b.moments2, "moments2", l.Total, nil},
		{&b.steps, "steps", l.Total, nil},
	} {
		buffer, err := d.NewBuffer(part.name, max(len(part.data), 4*part.words))
		if err != nil {
			b.release()
			return nil, err
		}
		*part.to = buffer
		b.all = append(b.all, buffer)
		if part.data != nil {
			uploads = append(uploads, upload(part.to, part.data))
		} else {
			uploads = append(uploads, func() { first.Fill(buffer, 0, 0, 0) })
		}
	}
	for _, f := range uploads {
		f()
	}
	if err := (stopwatch{d}).run(first); err != nil {
		b.release()
		return nil, err
	}
	return b, nil
}

func (b *bench) release() {
	for _, x := range b.all {
		x.Release()
	}
	b.all = nil
}

// inputPlanes are inputs of both networks when they are measured alone.
func (s *subject) inputPlanes() []float32 {
	rng := pcg32.New(pointSeed)
	in := make([]float32, max(s.shape.DensityMLP().In, s.shape.RGBMLP().In)*kernels.SpreadCapacity(s.n))
	for i := range in {
		in[i] = 2*rng.Float32() - 1
	}
	return in
}

func (b *bench) batch() kernels.Batch {
	return kernels.Batch{Capacity: b.n, Counts: gpu.All(b.counts)}
}

func (b *bench) weights() gpu.Bind { return gpu.Part(b.params, 0, 4*b.layout.NetworkParams) }

// master is the table in float32; read is the one that inference reads.
func (b *bench) master() gpu.Bind {
	return gpu.Part(b.params, 4*b.layout.NetworkParams, 4*len(b.table()))
}

func (b *bench) read() gpu.Bind {
	if b.shape.Half {
		return gpu.All(b.halves)
	}
	return b.master()
}

func (b *bench) grid() kernels.GridShape {
	return kernels.GridShape{Dims: 3, Features: uint32(b.shape.Features), Levels: uint32(b.shape.Levels),
		Interpolation: b.shape.Interpolation, Half: b.shape.Half}
}

func (b *bench) gridPush() kernels.GridEncodePush {
	return kernels.GridEncodePush{Capacity: uint32(b.n), ActiveLevels: uint32(b.shape.Levels), Accumulate: 1}
}
