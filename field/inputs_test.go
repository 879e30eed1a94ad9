package field_test

import (
	"errors"
	"math"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

const inputsNeRF = `{"parent": "nerf/base", "encoding": {"n_levels": 3, "n_features_per_level": 2, "log2_hashmap_size": 10, "base_resolution": 4},
	"network": {"n_neurons": 16}, "rgb_network": {"n_neurons": 16, "n_hidden_layers": 1}}`

// TestInputGradients compares the gradients of a radiance field by position and direction with central differences of the
// oracle in float64, for both pipelines, and rejects those of positions that lie a thousandth beside.
func TestInputGradients(t *testing.T) {
	on := func(d gpu.Device) {
		for _, half := range []bool{false, true} {
			for _, p := range []field.Pipeline{field.Fused, field.Unfused} {
				t.Run(d.Info().Backend+" "+p.String(), func(t *testing.T) { inputGradients(t, d, p, half) })
			}
		}
	}
	cpu := host.Open(host.Options{})
	defer cpu.Close()
	on(cpu)
	d, err := vulkan.Open(vulkan.Options{Select: "software", CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	on(d)
}

func inputGradients(t *testing.T, d gpu.Device, p field.Pipeline, half bool) {
	c, err := config.Parse("inputs", []byte(inputsNeRF))
	if err != nil {
		t.Fatal(err)
	}
	f, err := field.NewNeRF(d, c, 1, field.NeRFOptions{Pipeline: p, InputGradients: true, Half: half})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	rng := pcg32.New(17)
	params := make([]float32, f.Layout.Total)
	for i := range params {
		params[i] = float32(int(2048*(rng.Float32()-0.5))) / 2048 // a half holds it
	}
	if err := f.SetParams(params); err != nil {
		t.Fatal(err)
	}
	const n = 200
	samples, draw := make([]float32, 7*n), make([]float32, 4*n)
	for i := range samples {
		samples[i] = rng.Float32()
	}
	for i := range draw {
		draw[i] = rng.Float32() - 0.5
	}
	got := backwardInputs(t, d, f, n, samples, draw)
	want, smooth := differences(f, params, n, samples, draw)
	scale := 0.0
	for _, v := range want {
		scale = math.Max(scale, math.Abs(v))
	}
	// Forward and backward pass are each within 2^-12 of the numbers they add (kernels: networkBound), the gradient is no larger
	// than the largest of all; what a ReLU or a cell's face next to the sample changes is not compared.
	wrong := func(got []float32) (count int) {
		for i, v := range got {
			if smooth[i%n] && !(math.Abs(float64(v)-want[i]) <= 0x1p-10*scale) {
				count++
			}
		}
		return count
	}
	compared := 0
	for _, s := range smooth {
		if s {
			compared++
		}
	}
	if compared < n/2 {
		t.Fatalf("only %d of %d samples are compared", compared, n)
	}
	if bad := wrong(got); bad > 0 {
		t.Errorf("%d of %d gradients are wrong", bad, len(got))
	}
	for i := range 3 * n {
		samples[i] += 1e-3
	}
	if wrong(backwardInputs(t, d, f, n, samples, draw)) < n/10 {
		t.Error("gradients of other positions are accepted")
	}
}

// backwardInputs is what Backward leaves in Gradients.Inputs.
func backwardInputs(t *testing.T, d gpu.Device, f *field.NeRF, n int, samples, draw []float32) []float32 {
	t.Helper()
	if err := f.Reserve(n, n); err != nil {
		t.Fatal(err)
	}
	r := gpu.NewRecording("inputs")
	buffer := func(name string, words int, content []byte) gpu.Bind {
		b, err := d.NewBuffer(name, 4*words)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		if content != nil {
			r.Upload(b, 0, content)
		} else {
			r.Fill(b, 0, 4*words, 0)
		}
		return gpu.All(b)
	}
	const slices = 2
	counts := buffer("counts", 1, gpu.Bytes([]uint32{uint32(n)}))
	out := buffer("inputs", 6*n, nil)
	f.Backward(r, kernels.Batch{Capacity: n, Counts: counts}, buffer("samples", 7*n, gpu.Bytes(samples)), buffer("draw", 4*n, gpu.Bytes(draw)), field.Gradients{
		Slices: slices, Partial: buffer("partial", slices*f.Layout.NetworkParams, nil), Weights: buffer("weights", f.Layout.NetworkParams, nil),
		Table: buffer("table", f.Layout.Total-f.Layout.NetworkParams, nil), Inputs: out})
	got := make([]float32, 6*n)
	r.Download(out.Buffer, 0, gpu.Bytes(got))
	if err := d.Submit(r); err != nil {
		t.Fatal(err)
	}
	return got
}

// differences are the derivatives of Σ draw·raw by the six inputs of each sample; smooth tells the samples in whose
// neighbourhood the function has no bend.
func differences(f *field.NeRF, params []float32, n int, samples, draw []float32) (want []float64, smooth []bool) {
	l := f.Layout
	mlp := func(m *config.MLP, at int) oracle.MLP {
		return oracle.MLP{In: m.Inputs, Width: m.Width, Out: m.PaddedOutputs, Hidden: m.HiddenLayers, Act: m.Activation, OutAct: m.Output, Weights: params[at:][:m.Count]}
	}
	g := l.Position.Grids[0]
	var levels []oracle.GridLevel
	for _, v := range g.Levels {
		levels = append(levels, oracle.GridLevel{Scale: float64(v.Scale), Resolution: v.Resolution, Offset: v.Offset, Size: v.Size, Hashed: v.Hashed})
	}
	var table []float64
	for _, v := range params[l.NetworkParams:] {
		table = append(table, float64(v))
	}
	net := &oracle.NeRF{Grid: oracle.NewGrid(3, g.FeaturesPerLevel, int(kernels.GridLinear), levels, table), Density: mlp(&l.Density, 0), RGB: mlp(l.RGB, l.RGB.Offset)}
	value := func(x [6]float64, i int) float64 {
		t := net.ForwardWithin([3]float64(x[:3]), [3]float64(x[3:]), 0, 0)
		return float64(draw[i])*t.R.V + float64(draw[n+i])*t.G.V + float64(draw[2*n+i])*t.B.V + float64(draw[3*n+i])*t.DensityV.V
	}
	want, smooth = make([]float64, 6*n), make([]bool, n)
	for i := range n {
		var x [6]float64
		for k := range x {
			x[k] = float64(samples[k*n+i])
		}
		middle := value(x, i)
		smooth[i] = true
		const h = 1e-5
		for k := range x {
			at := x[k]
			x[k] = at + h
			up := value(x, i)
			x[k] = at - h
			down := value(x, i)
			x[k] = at
			want[k*n+i] = (up - down) / (2 * h)
			if a, b := (up-middle)/h, (middle-down)/h; math.Abs(a-b) > 1e-3*(1+math.Abs(a)+math.Abs(b)) {
				smooth[i] = false
			}
		}
	}
	return want, smooth
}
