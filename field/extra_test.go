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
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

// TestExtraInputs: samples of a batch with owners see the extra inputs of their pictures, those without see the appearance, and the
// backward pass gives the gradients by them.
func TestExtraInputs(t *testing.T) {
	cpu := host.Open(host.Options{})
	defer cpu.Close()
	t.Run("host", func(t *testing.T) { extraInputs(t, cpu) })
	d, err := vulkan.Open(vulkan.Options{Select: "software", CacheDir: "none", Variant: "portable"}) // differences of fp16 numbers say nothing
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	t.Run("vulkan", func(t *testing.T) { extraInputs(t, d) })
}

func extraInputs(t *testing.T, d gpu.Device) {
	const dims, images, rays, each = 5, 3, 12, 10
	const n = rays * each
	c, err := config.Parse("inputs", []byte(inputsNeRF))
	if err != nil {
		t.Fatal(err)
	}
	f, err := field.NewNeRF(d, c, 1, field.NeRFOptions{ExtraDims: dims})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	if f.Pipeline != field.Unfused || f.Layout.RGB.Inputs != 16+32 {
		t.Fatalf("pipeline %v, a colour network of %d inputs", f.Pipeline, f.Layout.RGB.Inputs)
	}
	rng := pcg32.New(23)
	params := make([]float32, f.Layout.Total)
	for i := range params {
		params[i] = rng.Float32() - 0.5
	}
	if err := f.SetParams(params); err != nil {
		t.Fatal(err)
	}
	if err := f.Reserve(n, n); err != nil {
		t.Fatal(err)
	}
	buffer := func(content []byte, size int) gpu.Buffer {
		b, err := d.NewBuffer("test", max(size, len(content)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		if content != nil {
			r := gpu.NewRecording("upload")
			r.Upload(b, 0, content)
			if err := errors.Join(d.Submit(r), d.Wait()); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	numbers := func(k int) []float32 {
		v := make([]float32, k)
		for i := range v {
			v[i] = rng.Float32()
		}
		return v
	}
	latents, draw := numbers(images*dims), numbers(4*n)
	counts, offsets, whose := make([]uint32, rays), make([]uint32, rays), make([]kernels.Ray, rays)
	for i := range whose {
		counts[i], offsets[i], whose[i].Flags = each, uint32(each*i), kernels.RayAlive|uint32(i%images)
	}
	state := kernels.NewTrainState(1, rays)
	state.RayGroups = [3]uint32{1, 1, 1}
	samples, total := buffer(gpu.Bytes(numbers(7*n)), 0), buffer(gpu.Bytes([]uint32{n}), 0)
	raw, values := buffer(nil, 4*4*n), buffer(gpu.Bytes(latents), 0)
	f.SetLatents(values)
	batch := kernels.Batch{Capacity: n, Counts: gpu.All(total)}
	owned := batch
	owned.Owners = &kernels.Owners{State: gpu.All(buffer(gpu.Bytes([]kernels.TrainState{state}), 0)), Counts: gpu.All(buffer(gpu.Bytes(counts), 0)),
		Offsets: gpu.All(buffer(gpu.Bytes(offsets), 0)), Rays: gpu.All(buffer(gpu.Bytes(whose), 0))}
	infer := func(b kernels.Batch) []float32 {
		got := make([]float32, 4*n)
		r := gpu.NewRecording("infer")
		f.Infer(r, f.Params(), b, gpu.All(samples), gpu.All(raw))
		r.Download(raw, 0, gpu.Bytes(got))
		if err := d.Submit(r); err != nil {
			t.Fatal(err)
		}
		return got
	}
	seen := infer(owned)
	differ := 0
	for image := range images {
		f.SetAppearance(latents[image*dims:][:dims])
		alone := infer(batch)
		for i := range n {
			same := true
			for k := range 4 {
				same = same && alone[k*n+i] == seen[k*n+i]
			}
			if mine := i/each%images == image; mine && !same {
				t.Fatalf("sample %d of picture %d is %v, with its appearance %v", i, image, seen[i], alone[i])
			} else if !mine && !same {
				differ++
			}
		}
	}
	if differ < n {
		t.Errorf("appearances of other pictures change %d samples only", differ)
	}

	const slices = 2
	r := gpu.NewRecording("backward")
	extra, got := buffer(nil, 4*(3+dims)*n), make([]float32, (3+dims)*n)
	table := buffer(nil, 4*(f.Layout.Total-f.Layout.NetworkParams))
	r.Fill(table, 0, table.Size(), 0)
	f.Backward(r, owned, gpu.All(samples), gpu.All(buffer(gpu.Bytes(draw), 0)), field.Gradients{Slices: slices, Partial: gpu.All(buffer(nil, 4*slices*f.Layout.NetworkParams)),
		Weights: gpu.All(buffer(nil, 4*f.Layout.NetworkParams)), Table: gpu.All(table), Extra: gpu.All(extra)})
	r.Download(extra, 0, gpu.Bytes(got))
	if err := d.Submit(r); err != nil {
		t.Fatal(err)
	}
	// The networks are piecewise linear in their inputs: both one-sided differences are the gradient, but for roundings of 2^-22
	// of outputs below 8 over h, where there is no bend between.
	const h, tol = 1.0 / 64, 8 * 64.0 / (1 << 20)
	loss := func() []float64 {
		v, out := infer(owned), make([]float64, n)
		for i := range n {
			for k := range 4 {
				out[i] += float64(draw[k*n+i]) * float64(v[k*n+i])
			}
		}
		return out
	}
	set := func(k int, by float32) {
		moved := append([]float32(nil), latents...)
		for image := range images {
			moved[image*dims+k] += by
		}
		r := gpu.NewRecording("latents")
		r.Upload(values, 0, gpu.Bytes(moved))
		if err := errors.Join(d.Submit(r), d.Wait()); err != nil {
			t.Fatal(err)
		}
	}
	compared, wrong, shifted := 0, 0, 0
	middle := loss()
	for k := range dims {
		set(k, h)
		up := loss()
		set(k, -h)
		down := loss()
		for i := range n {
			a, b := (up[i]-middle[i])/h, (middle[i]-down[i])/h
			if math.Abs(a-b) > 2*tol {
				continue
			}
			compared++
			if math.Abs(float64(got[(3+k)*n+i])-(a+b)/2) > tol {
				wrong++
			}
			if math.Abs(float64(got[(2+k)*n+i])-(a+b)/2) > tol {
				shifted++
			}
		}
	}
	if wrong > 0 || compared < n*dims/2 {
		t.Errorf("%d of %d gradients are wrong", wrong, compared)
	}
	if shifted < compared/2 {
		t.Errorf("gradients of the inputs before are accepted: %d of %d are not", shifted, compared)
	}
}
