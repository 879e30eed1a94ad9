package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// Exposures (Options.OptimizeExposure): every picture has an exposure in stops, one a channel, by which its light is
// multiplied before it is compared. An Adam step on them every refineEvery steps, with the network's rate; their mean over
// the pictures stays 0.
const exposurePlanes = 3

// Sections of a snapshot: kernels.ExposureAdam of every picture as words, and the sums of gradients since the last step.
const (
	sectionExposures         = "exposures"
	sectionExposureGradients = "exposure_gradients"
)

type exposureBuffers struct{ exposures, sums, slopes gpu.Buffer }

var exposureSize = len(gpu.Bytes(make([]kernels.ExposureAdam, 1)))

// exposed tells whether targets are made with exposures, learned or kept.
func (t *NeRF) exposed() bool { return t.opt.OptimizeExposure || t.opt.keepExposure }

func (t *NeRF) exposureSizes() []sized {
	if !t.exposed() {
		return nil
	}
	b, n := &t.exposure, len(t.data.Frames)
	return []sized{
		{&b.exposures, "exposures", n * exposureSize},
		{&b.sums, "exposure sums", 4 * exposurePlanes * n},
		{&b.slopes, "exposure gradients", 4 * exposurePlanes * int(t.maxRays)},
	}
}

// beginExposures sets exposures of 0, and records their steps.
func (t *NeRF) beginExposures() error {
	if !t.exposed() {
		return nil
	}
	b, n := &t.exposure, len(t.data.Frames)
	r := gpu.NewRecording("first exposures")
	r.Fill(b.exposures, 0, b.exposures.Size(), 0)
	r.Fill(b.sums, 0, b.sums.Size(), 0)
	if t.opt.OptimizeExposure {
		t.exposureStep = gpu.NewRecording("exposure step")
		kernels.ExposureAdamStep(t.exposureStep, kernels.ExposureAdamBinds{Schedule: gpu.All(t.buf.schedule), Sums: gpu.All(b.sums), Exposures: gpu.All(b.exposures)},
			kernels.ExposureAdamPush{NImages: uint32(n), Scale: float32(n) / refineEvery, Beta1: refineBeta1, Beta2: refineBeta2, Epsilon: refineEpsilon})
	}
	return t.device.Submit(r)
}

// recordExposures makes the targets of the rays that were just drawn anew.
func (t *NeRF) recordExposures(r *gpu.Recording, state gpu.Bind, rays kernels.TrainRaysPush) {
	if b := &t.buf; t.exposed() {
		kernels.TrainExposure(r, kernels.TrainExposureBinds{Cameras: gpu.All(b.cameras), Images: gpu.All(b.images), State: state, Exposures: gpu.All(t.exposure.exposures),
			Targets: gpu.All(b.targets), Slopes: gpu.All(t.exposure.slopes)},
			kernels.TrainExposurePush{NImages: rays.NImages, ImageBase: rays.ImageBase, Flags: rays.Flags, BackR: rays.BackR, BackG: rays.BackG, BackB: rays.BackB, Stride: t.maxRays})
	}
}

// recordExposureGradients adds this step's gradients by each exposure, of the mean loss of the rays, to its sums.
func (t *NeRF) recordExposureGradients(r *gpu.Recording, state gpu.Bind) {
	if b := &t.buf; t.opt.OptimizeExposure {
		slopes := gpu.All(t.exposure.slopes)
		kernels.ExposureGradients(r, kernels.ExposureGradientsBinds{State: state, KeptCounts: gpu.All(b.keptCounts), Targets: gpu.All(b.targets), Results: gpu.All(b.results), Slopes: slopes},
			kernels.ExposureGradientsPush{LossKind: uint32(t.loss), Stride: t.maxRays})
		kernels.ImageSums(r, kernels.ImageSumsBinds{State: state, Values: slopes, Sums: gpu.All(t.exposure.sums)},
			kernels.ImageSumsPush{NImages: uint32(len(t.data.Frames)), Planes: exposurePlanes, Stride: t.maxRays})
	}
}

// saveExposures adds the exposures to a resumable snapshot.
func (t *NeRF) saveExposures(s *snapshot.Snapshot) error {
	if !t.exposed() || s.Radia == nil {
		return nil
	}
	n := len(t.data.Frames)
	exposures, sums := make([]kernels.ExposureAdam, n), make([]float32, exposurePlanes*n)
	r := gpu.NewRecording("read exposures")
	r.Download(t.exposure.exposures, 0, gpu.Bytes(exposures))
	r.Download(t.exposure.sums, 0, gpu.Bytes(sums))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	s.Radia.SetUint32(sectionExposures, gpu.View[uint32](gpu.Bytes(exposures)))
	s.Radia.SetFloat32(sectionExposureGradients, sums)
	return nil
}

// hasExposures tells whether a snapshot was trained with exposures.
func hasExposures(s *snapshot.Snapshot) bool {
	if s.Radia == nil {
		return false
	}
	_, ok := s.Radia.Sections[sectionExposures]
	return ok
}

// resumeExposures takes over the exposures of a snapshot: to go on with them, or to leave them as they are.
func (t *NeRF) resumeExposures(s *snapshot.Snapshot) error {
	if !t.exposed() || !hasExposures(s) {
		return nil
	}
	n := len(t.data.Frames)
	words, err := s.Radia.Uint32(sectionExposures)
	if err != nil {
		return err
	}
	if len(words) != n*exposureSize/4 {
		return fmt.Errorf("section %s of the snapshot has %d values, %d belong there", sectionExposures, len(words), n*exposureSize/4)
	}
	for i, e := range gpu.View[kernels.ExposureAdam](gpu.Bytes(words)) {
		for _, v := range []float32{e.X0, e.X1, e.X2, e.M0, e.M1, e.M2} {
			if !(math.Abs(float64(v)) <= 1e6) {
				return fmt.Errorf("section %s of the snapshot: picture %d has %v", sectionExposures, i, v)
			}
		}
		for _, v := range []float32{e.V0, e.V1, e.V2} {
			if !(v >= 0 && v <= math.MaxFloat32) {
				return fmt.Errorf("section %s of the snapshot: picture %d has the second moment %v", sectionExposures, i, v)
			}
		}
	}
	sums, err := s.Radia.Float32(sectionExposureGradients)
	if err != nil {
		return err
	}
	if err := checkFloats(sectionExposureGradients, sums, exposurePlanes*n, -math.MaxFloat32); err != nil {
		return err
	}
	r := gpu.NewRecording("resume exposures")
	r.Upload(t.exposure.exposures, 0, gpu.Bytes(words))
	r.Upload(t.exposure.sums, 0, gpu.Bytes(sums))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	return t.device.Wait()
}

// Exposures are the stops found for every picture, red, green and blue; nil where none are used.
func (t *NeRF) Exposures() ([][3]float32, error) {
	if !t.exposed() {
		return nil, nil
	}
	exposures := make([]kernels.ExposureAdam, len(t.data.Frames))
	r := gpu.NewRecording("read exposures")
	r.Download(t.exposure.exposures, 0, gpu.Bytes(exposures))
	if err := t.device.Submit(r); err != nil {
		return nil, err
	}
	out := make([][3]float32, len(exposures))
	for i, e := range exposures {
		out[i] = [3]float32{e.X0, e.X1, e.X2}
	}
	return out, nil
}
