package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

// Extra inputs of the colour network (field/extra.go): the direction of every picture's light, where the data set has it, then
// Options.Latents numbers that are found while it trains. They begin evenly spread from -1 to 1; an Adam step on them every
// refineEvery steps, with the network's rate.
type latentBuffers struct{ values, moments, sums, dinputs, rayGradients gpu.Buffer }

// sectionLatents holds the sums of gradients since the last step on the latents; all else is in instant-ngp's keys.
const sectionLatents = "latent_gradients"

var latentSize = len(gpu.Bytes(make([]kernels.LatentAdam, 1)))

// lightDims is how many of the extra inputs are a light's.
func lightDims(data *scene.Dataset, opt Options) int {
	if data.HasLights() && !opt.IgnoreLights {
		return field.LightDims
	}
	return 0
}

func (t *NeRF) latentSizes() []sized {
	n := t.Field.ExtraDims()
	if n == 0 {
		return nil
	}
	b, images := &t.latent, len(t.data.Frames)
	all := []sized{{&b.values, "latents", 4 * n * images}}
	if t.opt.RefineCameras || t.opt.Latents > 0 {
		all = append(all, sized{&b.dinputs, "dL/dextra inputs", 4 * (3 + n) * int(t.keptCap)})
	}
	if t.opt.Latents == 0 {
		return all
	}
	return append(all,
		sized{&b.moments, "moments of latents", latentSize * n * images},
		sized{&b.sums, "latent gradients", 4 * n * images},
		sized{&b.rayGradients, "latent gradients of rays", 4 * n * int(t.maxRays)})
}

// beginLatents draws the first latents and records their steps.
func (t *NeRF) beginLatents() error {
	n := t.Field.ExtraDims()
	if n == 0 {
		return nil
	}
	b, images, light := &t.latent, len(t.data.Frames), lightDims(t.data, t.opt)
	values := make([]float32, 0, n*images)
	for i := range t.data.Frames {
		if light > 0 {
			inputs := field.LightInputs(*t.data.Frames[i].Light)
			values = append(values, inputs[:]...)
		}
		rng := pcg32.Split(t.opt.Seed, uint64(i))
		for range t.opt.Latents {
			values = append(values, 2*rng.Float32()-1)
		}
	}
	t.Field.SetLatents(b.values)
	r := gpu.NewRecording("first latents")
	r.Upload(b.values, 0, gpu.Bytes(values))
	if t.opt.Latents > 0 {
		r.Fill(b.moments, 0, b.moments.Size(), 0)
		r.Fill(b.sums, 0, b.sums.Size(), 0)
		t.latentStep = gpu.NewRecording("latent step")
		kernels.LatentAdamStep(t.latentStep, kernels.LatentAdamBinds{Schedule: gpu.All(t.buf.schedule), Sums: gpu.All(b.sums), Moments: gpu.All(b.moments), Latents: gpu.All(b.values)},
			kernels.LatentAdamPush{Count: uint32(n * images), Dims: uint32(n), Fixed: uint32(light), Scale: float32(images) / (lossScale * refineEvery),
				Beta1: refineBeta1, Beta2: refineBeta2, Epsilon: refineEpsilon})
	}
	if err := t.device.Submit(r); err != nil {
		return err
	}
	return t.setAppearance()
}

// owners tell whose a batch's samples are, for fields that ask.
func (t *NeRF) owners(counts, offsets gpu.Buffer) *kernels.Owners {
	if t.Field.ExtraDims() == 0 {
		return nil
	}
	return &kernels.Owners{State: gpu.All(t.buf.state), Counts: gpu.All(counts), Offsets: gpu.All(offsets), Rays: gpu.All(t.buf.rays)}
}

// extraGradients is where the backward pass leaves gradients by the extra inputs; no buffer where nobody needs them.
func (t *NeRF) extraGradients() gpu.Bind {
	if t.latent.dinputs == nil {
		return gpu.Bind{}
	}
	return gpu.All(t.latent.dinputs)
}

// recordLatentGradients adds this step's gradients by the latents of each picture to its sums.
func (t *NeRF) recordLatentGradients(r *gpu.Recording, state gpu.Bind) {
	if t.opt.Latents == 0 {
		return
	}
	b, n := &t.latent, uint32(t.Field.ExtraDims())
	kernels.RayLatentGradients(r, kernels.RayLatentGradientsBinds{State: state, KeptCounts: gpu.All(t.buf.keptCounts), KeptOffsets: gpu.All(t.buf.keptOffsets),
		Dinputs: gpu.All(b.dinputs), Gradients: gpu.All(b.rayGradients)},
		kernels.RayLatentGradientsPush{Capacity: t.keptCap, RayCapacity: t.maxRays, Dims: n, FirstPlane: 3})
	kernels.ImageSums(r, kernels.ImageSumsBinds{State: state, Values: gpu.All(b.rayGradients), Sums: gpu.All(b.sums)},
		kernels.ImageSumsPush{NImages: uint32(len(t.data.Frames)), Planes: n, Stride: t.maxRays})
}

// saveLatents adds the extra inputs of all pictures to a snapshot.
func (t *NeRF) saveLatents(s *snapshot.Snapshot) error {
	n, images := t.Field.ExtraDims(), len(t.data.Frames)
	if n == 0 {
		return nil
	}
	values, moments, sums := make([]float32, n*images), make([]kernels.LatentAdam, n*images), make([]float32, n*images)
	r := gpu.NewRecording("read latents")
	r.Download(t.latent.values, 0, gpu.Bytes(values))
	if t.opt.Latents > 0 {
		r.Download(t.latent.moments, 0, gpu.Bytes(moments))
		r.Download(t.latent.sums, 0, gpu.Bytes(sums))
	}
	if err := t.device.Submit(r); err != nil {
		return err
	}
	for i := range images {
		a := snapshot.VectorAdam{Variable: values[n*i:][:n], FirstMoment: make([]float32, n), SecondMoment: make([]float32, n),
			LearningRate: t.adam.LearningRate, Epsilon: refineEpsilon, Beta1: refineBeta1, Beta2: refineBeta2}
		for k, m := range moments[n*i:][:n] {
			a.Iter = max(a.Iter, int64(m.Iter))
			a.FirstMoment[k], a.SecondMoment[k] = m.M, m.V
		}
		s.NeRF.ExtraDims = append(s.NeRF.ExtraDims, a)
	}
	s.NeRF.Dataset.ExtraLearnableDims = t.opt.Latents
	if s.Radia != nil && t.opt.Latents > 0 {
		s.Radia.SetFloat32(sectionLatents, sums)
	}
	return nil
}

// resumeLatents goes on with the extra inputs of a snapshot.
func (t *NeRF) resumeLatents(s *snapshot.Snapshot) error {
	n, images, light := t.Field.ExtraDims(), len(t.data.Frames), lightDims(t.data, t.opt)
	if n == 0 {
		return nil
	}
	if len(s.NeRF.ExtraDims) != images {
		return fmt.Errorf("the snapshot has extra inputs of %d pictures, the data has %d", len(s.NeRF.ExtraDims), images)
	}
	var values []float32
	var moments []kernels.LatentAdam
	for i, a := range s.NeRF.ExtraDims {
		if len(a.Variable) != n || len(a.FirstMoment) != n || len(a.SecondMoment) != n {
			return fmt.Errorf("extra_dims_opt %d of the snapshot has %d numbers, with %d and %d moments: %d belong there", i, len(a.Variable), len(a.FirstMoment), len(a.SecondMoment), n)
		}
		if a.Iter < 0 || a.Iter > math.MaxInt32 {
			return fmt.Errorf("extra_dims_opt %d of the snapshot: %d steps", i, a.Iter)
		}
		for k, v := range a.Variable {
			m, w := a.FirstMoment[k], a.SecondMoment[k]
			if !(math.Abs(float64(v)) <= 1e6 && math.Abs(float64(m)) <= 1e6 && w >= 0 && w <= math.MaxFloat32) {
				return fmt.Errorf("extra_dims_opt %d of the snapshot: number %d is %v, with the moments %v and %v", i, k, v, m, w)
			}
			e := kernels.LatentAdam{Iter: uint32(a.Iter), M: m, V: w}
			if k < light {
				e = kernels.LatentAdam{}
			}
			moments = append(moments, e)
		}
		values = append(values, a.Variable...)
	}
	r := gpu.NewRecording("resume latents")
	r.Upload(t.latent.values, 0, gpu.Bytes(values))
	if t.opt.Latents > 0 {
		r.Upload(t.latent.moments, 0, gpu.Bytes(moments))
		if s.Radia != nil {
			if sums, err := s.Radia.Float32(sectionLatents); err == nil {
				if err := checkFloats(sectionLatents, sums, n*images, -math.MaxFloat32); err != nil {
					return err
				}
				r.Upload(t.latent.sums, 0, gpu.Bytes(sums))
			}
		}
	}
	if err := t.device.Submit(r); err != nil {
		return err
	}
	if err := t.device.Wait(); err != nil {
		return err
	}
	return t.setAppearance()
}

// setAppearance lets the field's pictures show the mean of all appearances.
func (t *NeRF) setAppearance() error {
	n, images := t.Field.ExtraDims(), len(t.data.Frames)
	if n == 0 {
		return nil
	}
	values, mean := make([]float32, n*images), make([]float32, n)
	r := gpu.NewRecording("read latents")
	r.Download(t.latent.values, 0, gpu.Bytes(values))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	for i, v := range values {
		mean[i%n] += v / float32(images)
	}
	t.Field.SetAppearance(mean)
	return nil
}
