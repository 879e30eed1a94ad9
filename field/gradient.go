package field

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// GradientBuffers are what Gradient needs beside the positions, for batches of one capacity.
type GradientBuffers struct {
	Features, Outputs, Hidden gpu.Buffer
	Ones, Deltas, Dfeatures   gpu.Buffer
	Gradient                  gpu.Buffer // a plane for each input
	all                       []gpu.Buffer
	capacity                  int
}

// NewGradientBuffers allocates buffers for batches of up to capacity positions.
func (f *Function) NewGradientBuffers(capacity int) (*GradientBuffers, error) {
	g := &GradientBuffers{capacity: capacity}
	m := f.mlp
	for _, b := range []struct {
		to     *gpu.Buffer
		name   string
		planes int
	}{
		{&g.Features, "gradient features", f.FeaturePlanes()}, {&g.Outputs, "gradient outputs", m.Out}, {&g.Hidden, "gradient activations", m.HiddenPlanes()},
		{&g.Ones, "derivative by itself", m.Out}, {&g.Deltas, "gradient deltas", m.DeltaPlanes()}, {&g.Dfeatures, "gradient by features", f.FeaturePlanes()},
		{&g.Gradient, "gradient", f.Config.PosDims},
	} {
		buffer, err := f.device.NewBuffer(b.name, 4*b.planes*capacity)
		if err != nil {
			g.Release()
			return nil, err
		}
		*b.to = buffer
		g.all = append(g.all, buffer)
	}
	ones := make([]float32, m.Out*capacity)
	for i := range capacity {
		ones[i] = 1
	}
	r := gpu.NewRecording("derivative by itself")
	r.Upload(g.Ones, 0, gpu.Bytes(ones))
	if err := f.device.Submit(r); err != nil {
		g.Release()
		return nil, err
	}
	return g, nil
}

// Release frees the buffers.
func (g *GradientBuffers) Release() {
	for _, b := range g.all {
		b.Release()
	}
	g.all = nil
}

// Gradient appends the first output's gradient by position, with the parameters in b: the network forwards, backwards
// from 1, and the encoding's derivative by its input,
//
//	∂f/∂p = (∂enc/∂p)ᵀ · ∂f/∂enc,
//
// exact within each cell of the grids.
func (f *Function) Gradient(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, positions gpu.Bind, g *GradientBuffers) {
	if batch.Capacity != g.capacity {
		panic("field: Gradient with buffers of another capacity")
	}
	f.Forward(r, b, batch, positions, gpu.All(g.Features), gpu.All(g.Outputs), gpu.All(g.Hidden))
	f.mlp.Backward(r, batch, gpu.All(g.Ones), gpu.All(g.Outputs), gpu.All(g.Hidden), f.Weights(b), gpu.All(g.Dfeatures), gpu.All(g.Deltas))
	f.encoding.inputGradient(r, batch, positions, 0, f.Table(b), false, gpu.All(g.Features), gpu.All(g.Dfeatures), 0, gpu.All(g.Gradient))
}

// Gradients computes the gradient of the field at points of the unit cube.
func (f *SDF) Gradients(points [][3]float32) ([][3]float32, error) {
	const n = evaluatorBatch
	g, err := f.NewGradientBuffers(n)
	if err != nil {
		return nil, err
	}
	defer g.Release()
	positions, err := f.device.NewBuffer("positions", 3*4*n)
	if err != nil {
		return nil, err
	}
	defer positions.Release()
	counts, err := f.device.NewBuffer("counts", 4)
	if err != nil {
		return nil, err
	}
	defer counts.Release()
	out := make([][3]float32, len(points))
	planes := make([]float32, 3*n)
	for first := 0; first < len(points); first += n {
		count := min(n, len(points)-first)
		for i, p := range points[first : first+count] {
			for k, x := range p {
				planes[k*n+i] = x
			}
		}
		r := gpu.NewRecording("gradients")
		r.Upload(positions, 0, gpu.Bytes(planes))
		r.Upload(counts, 0, gpu.Bytes([]uint32{uint32(count)}))
		f.Gradient(r, f.average, kernels.Batch{Capacity: n, Counts: gpu.All(counts)}, gpu.All(positions), g)
		r.Download(g.Gradient, 0, gpu.Bytes(planes))
		if err := f.device.Submit(r); err != nil {
			return nil, err
		}
		for i := range count {
			for k := range 3 {
				out[first+i][k] = planes[k*n+i]
			}
		}
	}
	return out, nil
}
