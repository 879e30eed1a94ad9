package field

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// Three parts of four outputs each over three inputs, whose derivatives exist everywhere.
const (
	partA = `{"otype": "DenseGrid", "n_dims_to_encode": 2, "dims_to_encode_begin": 1, "n_levels": 1, "n_features_per_level": 4, "base_resolution": 3, "per_level_scale": 1, "interpolation": "Smoothstep"}`
	partB = `{"otype": "Frequency", "n_dims_to_encode": 1, "dims_to_encode_begin": 0, "n_frequencies": 2}`
	partC = `{"otype": "Composite", "n_dims_to_encode": 3, "dims_to_encode_begin": 0, "nested": [
		{"otype": "Identity", "n_dims_to_encode": 3, "scale": 2, "offset": 0.5}, {"otype": "Identity", "n_dims_to_encode": 1, "dims_to_encode_begin": 2, "scale": -1}]}`
)

func reduced(reduction string, parts ...string) string {
	return fmt.Sprintf(`{"otype": "Composite", "reduction": %q, "nested": [%s]}`, reduction, strings.Join(parts, ","))
}

// whole makes an encoding a part that encodes all three inputs.
func whole(encoding string) string {
	return `{"n_dims_to_encode": 3, "dims_to_encode_begin": 0, ` + encoding[1:]
}

// encoded is an encoding on a device with one batch of samples.
type encoded struct {
	t      *testing.T
	d      gpu.Device
	e      *encoder
	l      config.EncodingLayout
	n      int
	inputs []float32
	table  []float32
	weight []float32 // dL/dfeatures of the outputs
}

func encode(t *testing.T, d gpu.Device, encoding string) *encoded {
	t.Helper()
	c, err := config.Parse("encoding", fmt.Appendf(nil, `{"parent": "sdf/base", "encoding": %s}`, encoding))
	if err != nil {
		t.Fatal(err)
	}
	if c, err = c.ForSDF(); err != nil {
		t.Fatal(err)
	}
	l, err := c.Layout()
	if err != nil {
		t.Fatal(err)
	}
	x := &encoded{t: t, d: d, l: l.Position, n: 64}
	if x.e, err = newEncoder(d, &l.Position, l.NetworkParams); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.e.release)
	rng := pcg32.New(77)
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = 0.1 + 0.8*rng.Float32()
		}
		return v
	}
	x.inputs, x.table, x.weight = random(3*x.n), random(max(1, l.Position.Count)), random(l.Position.Outputs*x.n)
	for i, v := range x.inputs { // away from the edges of partA's cells, where second derivatives jump
		if math.Abs(math.Abs(float64(v)-0.5)-0.25) < 0.01 {
			x.inputs[i] += 0.02
		}
	}
	return x
}

// run evaluates the encoding, and where back is set its gradients: of the inputs and, in float32, of the table.
func (x *encoded) run(inputs, table []float32, back bool) (features, dinputs, dtable []float32) {
	x.t.Helper()
	planes := x.l.Planes
	features, dinputs, dtable = make([]float32, planes*x.n), make([]float32, 3*x.n), make([]float32, len(table))
	buffer := func(name string, data []float32) gpu.Bind {
		b, err := x.d.NewBuffer(name, 4*len(data))
		if err != nil {
			x.t.Fatal(err)
		}
		x.t.Cleanup(b.Release)
		r := gpu.NewRecording(name)
		r.Upload(b, 0, gpu.Bytes(data))
		if err := x.d.Submit(r); err != nil {
			x.t.Fatal(err)
		}
		return gpu.All(b)
	}
	nan := make([]float32, planes*x.n)
	for i := range nan {
		nan[i] = float32(math.NaN())
	}
	dfeatures := append(append([]float32{}, x.weight...), nan[:(planes-x.l.Outputs)*x.n]...)
	in, tab, out, dout, din, dtab := buffer("inputs", inputs), buffer("table", table), buffer("features", nan), buffer("dfeatures", dfeatures),
		buffer("dinputs", nan[:3*x.n]), buffer("dtable", dtable)
	count := make([]float32, 1)
	gpu.View[uint32](gpu.Bytes(count))[0] = uint32(x.n)
	batch := kernels.Batch{Capacity: x.n, Counts: buffer("counts", count)}
	r := gpu.NewRecording("encode")
	x.e.forward(r, batch, in, 0, tab, false, out, 0)
	if back {
		x.e.backward(r, false, batch, in, 0, out, dout, 0, dtab)
		x.e.inputGradient(r, batch, in, 0, tab, false, out, dout, 0, din)
	}
	r.Download(out.Buffer, 0, gpu.Bytes(features))
	r.Download(din.Buffer, 0, gpu.Bytes(dinputs))
	r.Download(dtab.Buffer, 0, gpu.Bytes(dtable))
	if err := x.d.Submit(r); err != nil {
		x.t.Fatal(err)
	}
	return features, dinputs, dtable
}

// each runs f on the CPU and on Vulkan.
func each(t *testing.T, f func(t *testing.T, d gpu.Device)) {
	t.Run("cpu", func(t *testing.T) {
		d := host.Open(host.Options{Threads: 2})
		t.Cleanup(func() { d.Close() })
		f(t, d)
	})
	t.Run("vulkan", func(t *testing.T) {
		d, err := vulkan.Open(vulkan.Options{Select: "software", CacheDir: "none", Validate: true})
		if err != nil {
			testenv.Skip(t, "vulkan", "%v", err)
		}
		t.Cleanup(func() { d.Close() })
		f(t, d)
	})
}

// TestReductions holds sums and products of parts, and what is nested in one another, to the parts on their own, combined in
// float64, which round at most five times.
func TestReductions(t *testing.T) {
	each(t, func(t *testing.T, d gpu.Device) {
		single := map[string][]float32{}
		for _, p := range []string{partA, partB, partC} {
			x := encode(t, d, reduced("Concatenation", p))
			x.table = fixedTable(len(x.table))
			single[p], _, _ = x.run(x.inputs, x.table, false)
		}
		a, b, c := single[partA], single[partB], single[partC]
		for _, k := range []struct {
			name, encoding string
			want           func(a, b, c float64) float64
		}{
			{"sum", reduced("Sum", partA, partB, partC), func(a, b, c float64) float64 { return a + b + c }},
			{"product", reduced("Product", partA, partB, partC), func(a, b, c float64) float64 { return a * b * c }},
			{"sum of products", reduced("Sum", whole(reduced("Product", partB, partC)), partB, whole(reduced("Product", partA, partC))), func(a, b, c float64) float64 { return b*c + b + a*c }},
			{"product of sums", reduced("Product", partC, whole(reduced("Sum", partA, partB)), whole(reduced("Sum", partB, partB))), func(a, b, c float64) float64 { return c * (a + b) * (b + b) }},
			{"of one part", reduced("Product", partB), func(a, b, c float64) float64 { return b }},
		} {
			x := encode(t, d, k.encoding)
			x.table = fixedTable(len(x.table))
			got, _, _ := x.run(x.inputs, x.table, false)
			if x.l.Outputs != 4 {
				t.Fatalf("%s: %d outputs", k.name, x.l.Outputs)
			}
			worst := 0.0
			for i := range 4 * x.n {
				want := k.want(float64(a[i]), float64(b[i]), float64(c[i]))
				size := k.want(math.Abs(float64(a[i])), math.Abs(float64(b[i])), math.Abs(float64(c[i])))
				worst = max(worst, math.Abs(float64(got[i])-want)/(size+1e-30))
			}
			if !(worst <= 5*0x1p-24) {
				t.Errorf("%s: off by %.3g of the magnitudes", k.name, worst)
			}
			for i := 4 * x.n; i < 16*x.n; i++ {
				if got[i] != x.l.Pad {
					t.Fatalf("%s: padding %v, want %v", k.name, got[i], x.l.Pad)
				}
			}
		}
	})
}

func fixedTable(n int) []float32 {
	rng, v := pcg32.New(5), make([]float32, n)
	for i := range v {
		v[i] = rng.Float32() - 0.5
	}
	return v
}

// TestReductionGradients holds the gradients of a product of a sum to difference quotients of L = Σ weight·feature, summed in
// float64 of float32 features. L of a sample is below 4 outputs · 0.9 · 2.3 · 1.5 < 16. In a table entry it is a polynomial of
// degree one, so a step of 1/2 either way errs by rounding only, 2^-23 · 16 for each of 64 samples: 1.3e-4. In an input, third
// derivatives are below (2π)³·2.3·0.9·√2 + 3·(2π)²·2·0.9·√2 < 1100, which times h²/6 is 7e-4 for h = 2^-9, and rounding adds
// 2^-23·16/2h = 5e-4. A reduction whose gradient is forgotten is the planted fault.
func TestReductionGradients(t *testing.T) {
	encoding := reduced("Product", partC, whole(reduced("Sum", partA, partB)))
	loss := func(x *encoded, features []float32, i int) (l float64) {
		for k := range x.l.Outputs {
			l += float64(x.weight[k*x.n+i]) * float64(features[k*x.n+i])
		}
		return l
	}
	check := func(x *encoded) (table, inputs float64) {
		_, dinputs, dtable := x.run(x.inputs, x.table, true)
		moved := func(v []float32, at int, by float32) []float32 {
			w := append([]float32{}, v...)
			w[at] += by
			return w
		}
		for k := range 20 {
			up, _, _ := x.run(x.inputs, moved(x.table, k, 0.5), false)
			down, _, _ := x.run(x.inputs, moved(x.table, k, -0.5), false)
			var want float64
			for i := range x.n {
				want += loss(x, up, i) - loss(x, down, i)
			}
			table = max(table, math.Abs(want-float64(dtable[k])))
		}
		const h = 0x1p-9
		for d := range 3 {
			up, down := append([]float32{}, x.inputs...), append([]float32{}, x.inputs...)
			for i := range x.n {
				up[d*x.n+i] += h
				down[d*x.n+i] -= h
			}
			high, _, _ := x.run(up, x.table, false)
			low, _, _ := x.run(down, x.table, false)
			for i := range x.n {
				span := float64(up[d*x.n+i]) - float64(down[d*x.n+i])
				want := (loss(x, high, i) - loss(x, low, i)) / span
				inputs = max(inputs, math.Abs(want-float64(dinputs[d*x.n+i])))
			}
		}
		return table, inputs
	}
	each(t, func(t *testing.T, d gpu.Device) {
		x := encode(t, d, encoding)
		table, inputs := check(x)
		t.Logf("largest differences: table %.3g, inputs %.3g", table, inputs)
		if !(table <= 1.3e-4) || !(inputs <= 1.2e-3) {
			t.Errorf("gradients differ from difference quotients: table %.3g, inputs %.3g", table, inputs)
		}
		x.e.layout.Reductions = x.e.layout.Reductions[:1:1] // the outer product is forgotten
		if table, inputs := check(x); table <= 1.3e-4 && inputs <= 1.2e-3 {
			t.Error("a forgotten reduction is not noticed")
		}
	})
}
