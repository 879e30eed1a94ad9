package field

import (
	"fmt"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// Function is what the fields other than NeRF are made of: a map of a position in the unit square or cube to a few values,
//
//	f(p) = network(encoding(p))
//
// with any encoding and one network (Müller et al. 2022, section 3). Its parameters lie in one buffer in the order of
// snapshots: network, encoding.
type Function struct {
	Config *config.Config // concrete
	Layout *config.Layout

	device   gpu.Device
	encoding *encoder
	mlp      kernels.MLP
	// params are what training changes; average is what evaluation uses, the same buffer where nothing is averaged.
	params, average gpu.Buffer
}

// newFunction allocates a field for a concrete configuration; its parameters are zero. With averaged set, evaluation uses
// an average of its own.
func newFunction(d gpu.Device, c *config.Config, averaged bool) (*Function, error) {
	l, err := c.Layout()
	if err != nil {
		return nil, err
	}
	f := &Function{Config: c, Layout: l, device: d}
	if f.mlp, err = mlpShape(&l.Density); err != nil {
		return nil, fmt.Errorf("%s: network: %w", c.Name, err)
	}
	for _, g := range l.Position.Grids {
		if c.Mode == config.SDF && g.Grid.Interpolation == config.Nearest {
			return nil, fmt.Errorf("%s: encoding: interpolation %s has no slope, which the normals of a surface need", c.Name, config.Nearest)
		}
	}
	if table := int64(l.Position.Count) * 4; table > d.Info().Limits.MaxBinding {
		return nil, fmt.Errorf("%w: the table of %s takes %d MiB and %v binds at most %d MiB at once; use a smaller log2_hashmap_size",
			gpu.ErrTooLarge, c.Name, table>>20, d.Info().Name, d.Info().Limits.MaxBinding>>20)
	}
	if f.encoding, err = newEncoder(d, &l.Position, l.NetworkParams); err != nil {
		return nil, fmt.Errorf("%s: encoding: %w", c.Name, err)
	}
	if f.params, err = d.NewBuffer("params", 4*l.Total); err != nil {
		f.Release()
		return nil, err
	}
	f.average = f.params
	if averaged {
		if f.average, err = d.NewBuffer("average", 4*l.Total); err != nil {
			f.average = f.params
			f.Release()
			return nil, err
		}
	}
	return f, nil
}

// MLP is the shape of the network.
func (f *Function) MLP() kernels.MLP { return f.mlp }

// FeaturePlanes is how many planes Forward needs for the features: those that the network reads, and behind them those of
// nested encodings that are added or multiplied.
func (f *Function) FeaturePlanes() int { return f.Layout.Position.Planes }

// Params is the buffer that training changes; Average is the one that evaluation reads.
func (f *Function) Params() gpu.Buffer  { return f.params }
func (f *Function) Average() gpu.Buffer { return f.average }

// Weights is the network of the parameters in b, which is Params or Average.
func (f *Function) Weights(b gpu.Buffer) gpu.Bind { return gpu.Part(b, 0, 4*f.Layout.NetworkParams) }

// Table is the tables of the encoding of the parameters in b; nothing where it has none.
func (f *Function) Table(b gpu.Buffer) gpu.Bind {
	if f.Layout.Position.Count == 0 {
		return gpu.Bind{}
	}
	return gpu.Part(b, 4*f.Layout.NetworkParams, 4*f.Layout.Position.Count)
}

// Init gives the parameters their first values, seed-exactly as instant-ngp does.
func (f *Function) Init(seed uint32) error { return f.SetParams(f.Layout.Init(seed)) }

// SetParams uploads all parameters, to the average too.
func (f *Function) SetParams(params []float32) error {
	if len(params) != f.Layout.Total {
		return fmt.Errorf("%s: %d parameters given, the field has %d", f.Config.Name, len(params), f.Layout.Total)
	}
	r := gpu.NewRecording("set parameters")
	r.Upload(f.params, 0, gpu.Bytes(params))
	if f.average != f.params {
		r.Upload(f.average, 0, gpu.Bytes(params))
	}
	if err := f.device.Submit(r); err != nil {
		return err
	}
	return f.device.Wait()
}

// ReadParams downloads the parameters that evaluation uses.
func (f *Function) ReadParams() ([]float32, error) { return f.read(f.average) }

// ReadMaster downloads the parameters that training changes.
func (f *Function) ReadMaster() ([]float32, error) { return f.read(f.params) }

func (f *Function) read(b gpu.Buffer) ([]float32, error) {
	out := make([]float32, f.Layout.Total)
	r := gpu.NewRecording("read parameters")
	r.Download(b, 0, gpu.Bytes(out))
	return out, f.device.Submit(r)
}

// Forward appends the evaluation with the parameters in b: positions (a plane for each input) give features (FeaturePlanes
// planes), then outputs (MLP().Out planes). hidden is as in kernels.MLP.Forward.
func (f *Function) Forward(r *gpu.Recording, b gpu.Buffer, batch kernels.Batch, positions, features, outputs, hidden gpu.Bind) {
	f.encoding.forward(r, batch, positions, 0, f.Table(b), false, features, 0)
	f.mlp.Forward(r, batch, features, f.Weights(b), outputs, hidden)
}

// Backward appends the gradient of the encoding's tables, added to dtable, from that of the features: in fixed point where
// fixed is set. features are those of Forward; dfeatures has FeaturePlanes planes. Without a table nothing is appended.
func (f *Function) Backward(r *gpu.Recording, fixed bool, batch kernels.Batch, positions, features, dfeatures, dtable gpu.Bind) {
	f.encoding.backward(r, fixed, batch, positions, 0, features, dfeatures, 0, dtable)
}

// Release frees the field's memory.
func (f *Function) Release() {
	f.encoding.release()
	if f.average != f.params {
		f.average.Release()
	}
	if f.params != nil {
		f.params.Release()
	}
}

// save describes the field as a snapshot of its mode: parameters in half precision.
func (f *Function) save() (*snapshot.Snapshot, error) {
	params, err := f.ReadParams()
	if err != nil {
		return nil, err
	}
	unit := snapshot.Box{Max: [3]float32{1, 1, 1}}
	return &snapshot.Snapshot{Config: f.Config.Tree(), Mode: string(f.Config.Mode), Params: snapshot.Params{Half: f16.FromSlice(params)},
		AABB: unit, RenderAABB: unit, RenderAABBToLocal: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, UpDir: [3]float32{0, 1, 0}}, nil
}

// loadFunction makes a field of a concrete configuration with the parameters of a snapshot.
func loadFunction(d gpu.Device, c *config.Config, s *snapshot.Snapshot, name string) (*Function, error) {
	params := s.Params.Float
	if params == nil {
		params = f16.ToSlice(s.Params.Half)
	}
	if s.Radia != nil {
		if exact, err := s.Radia.Float32(SectionAverage); err == nil && len(exact) == len(params) {
			params = exact
		}
	}
	for i, p := range params {
		if p-p != 0 {
			return nil, fmt.Errorf("%s: parameter %d is not finite", name, i)
		}
	}
	_, params, err := c.Present(params) // networks of 2022 are narrower
	if err != nil {
		return nil, err
	}
	f, err := newFunction(d, c, false)
	if err != nil {
		return nil, err
	}
	if err := f.SetParams(params); err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}

// evaluator evaluates a field at positions of the host's choice, batch after batch.
type evaluator struct {
	f                                   *Function
	params                              gpu.Buffer
	capacity, outputs                   int
	positions, features, output, counts gpu.Buffer
}

// evaluatorBatch is how many positions are evaluated at once; on the CPU their features and activations stay in cache.
// It is a kernels.SpreadCapacity.
const evaluatorBatch = 1<<14 + 16

func newEvaluator(f *Function) (*evaluator, error) {
	e := &evaluator{f: f, params: f.average, capacity: evaluatorBatch, outputs: f.Layout.Density.Outputs}
	var err error
	for _, b := range []struct {
		to    *gpu.Buffer
		name  string
		words int
	}{
		{&e.positions, "positions", f.Config.PosDims * e.capacity}, {&e.features, "features", f.FeaturePlanes() * e.capacity},
		{&e.output, "outputs", f.mlp.Out * e.capacity}, {&e.counts, "counts", 1},
	} {
		if *b.to, err = f.device.NewBuffer(b.name, 4*b.words); err != nil {
			e.release()
			return nil, err
		}
	}
	return e, nil
}

func (e *evaluator) release() {
	for _, b := range []gpu.Buffer{e.positions, e.features, e.output, e.counts} {
		if b != nil {
			b.Release()
		}
	}
}

// run evaluates n positions, where at(i) gives position i, and calls each with the values of every one in order.
func (e *evaluator) run(n int, at func(i int, p []float32), each func(i int, v []float32)) error {
	dims := e.f.Config.PosDims
	positions := make([]float32, dims*e.capacity)
	values := make([]float32, e.outputs*e.capacity)
	p, v := make([]float32, dims), make([]float32, e.outputs)
	for first := 0; first < n; first += e.capacity {
		count := min(e.capacity, n-first)
		for i := range count {
			at(first+i, p)
			for k := range p {
				positions[k*e.capacity+i] = p[k]
			}
		}
		r := gpu.NewRecording("evaluate")
		r.Upload(e.positions, 0, gpu.Bytes(positions))
		r.Upload(e.counts, 0, gpu.Bytes([]uint32{uint32(count)}))
		e.f.Forward(r, e.params, kernels.Batch{Capacity: e.capacity, Counts: gpu.All(e.counts)},
			gpu.All(e.positions), gpu.All(e.features), gpu.All(e.output), gpu.Bind{})
		r.Download(e.output, 0, gpu.Bytes(values))
		if err := e.f.device.Submit(r); err != nil {
			return err
		}
		for i := range count {
			for k := range v {
				v[k] = values[k*e.capacity+i]
			}
			each(first+i, v)
		}
	}
	return nil
}

// Evaluate computes the field at n positions of the host's choice: at(i, p) fills in position i, and each(i, v) gets its
// values, in order. It takes memory for one batch and gives it back.
func (f *Function) Evaluate(n int, at func(i int, p []float32), each func(i int, v []float32)) error {
	return f.EvaluateLevels(Levels{}, n, at, each)
}

// EvaluateLevels is Evaluate with some levels of the encoding only.
func (f *Function) EvaluateLevels(keep Levels, n int, at func(i int, p []float32), each func(i int, v []float32)) error {
	if err := keep.Check(f.LevelCount()); err != nil {
		return err
	}
	e, err := newEvaluator(f)
	if err != nil {
		return err
	}
	defer e.release()
	if !keep.All(f.LevelCount()) {
		masked, err := f.device.NewBuffer("params of some levels", 4*f.Layout.Total)
		if err != nil {
			return err
		}
		defer masked.Release()
		r := gpu.NewRecording("some levels")
		maskLevels(r, masked, f.average, f.Layout, keep)
		if err := f.device.Submit(r); err != nil {
			return err
		}
		e.params = masked
	}
	return e.run(n, at, each)
}
