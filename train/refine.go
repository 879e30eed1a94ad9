package train

import (
	"fmt"
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// Refinement of cameras (Options.RefineCameras): every camera has a correction of its position and one of its rotation. The
// gradients of refineEvery steps make one Adam step on them, with the published rates. These are for batches of referenceBatch:
// the noise of a gradient is as the inverse root of a batch, and Adam, which divides by it, would move cameras at random by as much
// in every step; so the rate follows the root. The first refineFirst steps, in which there is no shape yet, leave cameras alone.
const (
	refineEvery    = 16 // training steps
	refineFirst    = 128
	refineRate     = 1e-3
	refineDecay    = 0.33
	refineInterval = 128  // Adam steps
	refineFloor    = 1e-3 // least rate, in learning rates of the network
	refineL2       = 1e-4
	refineBeta1    = 0.9
	refineBeta2    = 0.99
	refineEpsilon  = 1e-8
	refinePlanes   = 6
)

// sectionCameras holds the sums of gradients since the last step on the corrections; all else is in instant-ngp's keys.
const sectionCameras = "camera_gradients"

// refineBuffers are what refinement needs beside a training's own memory.
type refineBuffers struct {
	poses, corrections, sums gpu.Buffer
	dsamples, rayGradients   gpu.Buffer
}

var correctionSize = len(gpu.Bytes(make([]kernels.CameraAdam, 1)))

func (t *NeRF) refineSizes() []sized {
	if !t.opt.RefineCameras {
		return nil
	}
	b, n := &t.refined, len(t.data.Frames)
	return []sized{
		{&b.poses, "camera poses", n * cameraSize},
		{&b.corrections, "camera corrections", n * correctionSize},
		{&b.sums, "camera gradients", 4 * refinePlanes * n},
		{&b.dsamples, "dL/dsamples", 4 * refinePlanes * int(t.keptCap)},
		{&b.rayGradients, "ray gradients", 4 * refinePlanes * int(t.maxRays)},
	}
}

// beginRefinement sets corrections of zero, and records their steps.
func (t *NeRF) beginRefinement(cameras []kernels.Camera) error {
	if !t.opt.RefineCameras {
		return nil
	}
	b := &t.refined
	r := gpu.NewRecording("first corrections")
	r.Upload(b.poses, 0, gpu.Bytes(cameras))
	r.Fill(b.corrections, 0, b.corrections.Size(), 0)
	r.Fill(b.sums, 0, b.sums.Size(), 0)
	t.cameraStep, t.cameraRest = t.recordCameras(true), gpu.NewRecording("camera gradients of no use")
	t.cameraRest.Fill(b.sums, 0, b.sums.Size(), 0)
	return t.device.Submit(r)
}

// refineRate is the first rate of the corrections.
func (t *NeRF) refineRate() float32 {
	return refineRate * float32(math.Sqrt(math.Min(1, float64(t.batch)/referenceBatch)))
}

// recordCameras writes down a step on the corrections and the cameras that follow from them; without update only those.
func (t *NeRF) recordCameras(update bool) *gpu.Recording {
	b, n := &t.refined, len(t.data.Frames)
	r := gpu.NewRecording("camera step")
	kernels.CameraAdamStep(r, kernels.CameraAdamBinds{Poses: gpu.All(b.poses), Schedule: gpu.All(t.buf.schedule), Sums: gpu.All(b.sums), Corrections: gpu.All(b.corrections), Cameras: gpu.All(t.buf.cameras)},
		kernels.CameraAdamPush{NImages: uint32(n), Update: flag(update), Scale: float32(n) / (lossScale * refineEvery), Rate: t.refineRate(), Decay: refineDecay, Interval: refineInterval,
			Floor: refineFloor, L2: refineL2, Beta1: refineBeta1, Beta2: refineBeta2, Epsilon: refineEpsilon})
	return r
}

// inputGradients is where the backward pass leaves gradients by the samples; no buffer where nobody needs them.
func (t *NeRF) inputGradients() gpu.Bind {
	if !t.opt.RefineCameras {
		return gpu.Bind{}
	}
	return gpu.All(t.refined.dsamples)
}

// recordCameraGradients adds this step's gradients by each camera to its sums.
func (t *NeRF) recordCameraGradients(r *gpu.Recording, state gpu.Bind) {
	if !t.opt.RefineCameras {
		return
	}
	b := &t.buf
	lo, hi := field.TrainingBox(t.Field.AABBScale)
	kernels.RayGradients(r, kernels.RayGradientsBinds{State: state, KeptCounts: gpu.All(b.keptCounts), KeptOffsets: gpu.All(b.keptOffsets), Rays: gpu.All(b.rays), Cameras: gpu.All(b.cameras),
		KeptSamples: gpu.All(b.kept), Dsamples: gpu.All(t.refined.dsamples), Gradients: gpu.All(t.refined.rayGradients)},
		kernels.RayGradientsPush{Capacity: t.keptCap, RayCapacity: t.maxRays, SizeX: hi[0] - lo[0], SizeY: hi[1] - lo[1], SizeZ: hi[2] - lo[2], LoX: lo[0], LoY: lo[1], LoZ: lo[2]})
	kernels.ImageSums(r, kernels.ImageSumsBinds{State: state, Values: gpu.All(t.refined.rayGradients), Sums: gpu.All(t.refined.sums)},
		kernels.ImageSumsPush{NImages: uint32(len(t.data.Frames)), Planes: refinePlanes, Stride: t.maxRays})
}

// saveCameras adds the corrections to a snapshot.
func (t *NeRF) saveCameras(s *snapshot.Snapshot) error {
	if !t.opt.RefineCameras {
		s.NeRF.CamPosOffset, s.NeRF.CamRotOffset = t.fixedMoves, t.fixedTurns
		return nil
	}
	n := len(t.data.Frames)
	corrections, sums := make([]kernels.CameraAdam, n), make([]float32, refinePlanes*n)
	r := gpu.NewRecording("read corrections")
	r.Download(t.refined.corrections, 0, gpu.Bytes(corrections))
	r.Download(t.refined.sums, 0, gpu.Bytes(sums))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	for _, c := range corrections {
		stored := func(m, v, x [3]float32) snapshot.VectorAdam {
			return snapshot.VectorAdam{Iter: int64(c.Iter), FirstMoment: m[:], SecondMoment: v[:], Variable: x[:],
				LearningRate: t.refineRate(), Epsilon: refineEpsilon, Beta1: refineBeta1, Beta2: refineBeta2}
		}
		s.NeRF.CamPosOffset = append(s.NeRF.CamPosOffset, stored([3]float32{c.M0, c.M1, c.M2}, [3]float32{c.V0, c.V1, c.V2}, [3]float32{c.X0, c.X1, c.X2}))
		s.NeRF.CamRotOffset = append(s.NeRF.CamRotOffset, stored([3]float32{c.N0, c.N1, c.N2}, [3]float32{c.W0, c.W1, c.W2}, [3]float32{c.Y0, c.Y1, c.Y2}))
	}
	if s.Radia != nil {
		s.Radia.SetFloat32(sectionCameras, sums)
	}
	return nil
}

// Corrections are how far cameras have moved, in the scene's cube, and turned, in radians, on average over the pictures; ok is
// false where they are not refined.
func (t *NeRF) Corrections() (moved, turned float64, ok bool, err error) {
	if !t.opt.RefineCameras {
		return 0, 0, false, nil
	}
	corrections := make([]kernels.CameraAdam, len(t.data.Frames))
	r := gpu.NewRecording("read corrections")
	r.Download(t.refined.corrections, 0, gpu.Bytes(corrections))
	if err := t.device.Submit(r); err != nil {
		return 0, 0, true, err
	}
	for _, c := range corrections {
		moved += float64(mgl32.Vec3{c.X0, c.X1, c.X2}.Len()) / float64(len(corrections))
		turned += float64(mgl32.Vec3{c.Y0, c.Y1, c.Y2}.Len()) / float64(len(corrections))
	}
	return moved, turned, true, nil
}

// resumeCameras takes over the corrections of a snapshot: to go on with them, or, in a training that does not refine
// cameras, to leave them as they are.
func (t *NeRF) resumeCameras(s *snapshot.Snapshot) error {
	moves, turns, n := s.NeRF.CamPosOffset, s.NeRF.CamRotOffset, len(t.data.Frames)
	if !corrected(moves) && !corrected(turns) {
		return nil
	}
	if len(moves) != n || len(turns) != n {
		return fmt.Errorf("the snapshot corrects the position of %d cameras and the rotation of %d, the data has %d pictures", len(moves), len(turns), n)
	}
	corrections := make([]kernels.CameraAdam, n)
	for i := range corrections {
		m, v, x, err := vectorAdam("cam_pos_offset", i, moves[i])
		if err != nil {
			return err
		}
		w, u, y, err := vectorAdam("cam_rot_offset", i, turns[i])
		if err != nil {
			return err
		}
		if moves[i].Iter != turns[i].Iter {
			return fmt.Errorf("camera %d of the snapshot has taken %d steps in position and %d in rotation", i, moves[i].Iter, turns[i].Iter)
		}
		corrections[i] = kernels.CameraAdam{Iter: uint32(moves[i].Iter), M0: m[0], M1: m[1], M2: m[2], V0: v[0], V1: v[1], V2: v[2], X0: x[0], X1: x[1], X2: x[2],
			N0: w[0], N1: w[1], N2: w[2], W0: u[0], W1: u[1], W2: u[2], Y0: y[0], Y1: y[1], Y2: y[2]}
	}
	if !t.opt.RefineCameras {
		return t.fixCameras(moves, turns)
	}
	sums := make([]float32, refinePlanes*n)
	if s.Radia != nil {
		if stored, err := s.Radia.Float32(sectionCameras); err == nil {
			if err := checkFloats(sectionCameras, stored, len(sums), -math.MaxFloat32); err != nil {
				return err
			}
			sums = stored
		}
	}
	r := gpu.NewRecording("resume corrections")
	r.Upload(t.refined.corrections, 0, gpu.Bytes(corrections))
	r.Upload(t.refined.sums, 0, gpu.Bytes(sums))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	if err := t.device.Submit(t.recordCameras(false)); err != nil {
		return err
	}
	return t.device.Wait()
}

// fixCameras trains from corrected cameras that stay as they are.
func (t *NeRF) fixCameras(moves, turns []snapshot.VectorAdam) error {
	t.fixedMoves, t.fixedTurns = moves, turns
	cameras, pixel := make([]kernels.Camera, len(t.data.Frames)), 0
	for i, f := range t.data.Frames {
		f.Camera.Pose = field.Corrected(f.Camera.Pose, [3]float32(moves[i].Variable), [3]float32(turns[i].Variable))
		cameras[i] = field.DeviceCamera(f.Camera, uint32(pixel))
		pixel += f.Camera.PixelCount()
	}
	r := gpu.NewRecording("corrected cameras")
	r.Upload(t.buf.cameras, 0, gpu.Bytes(cameras))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	return t.device.Wait()
}

// corrected tells whether any of the vectors is not zero.
func corrected(all []snapshot.VectorAdam) bool {
	for _, v := range all {
		if v.Iter != 0 {
			return true
		}
		for _, x := range v.Variable {
			if x != 0 {
				return true
			}
		}
	}
	return false
}

// vectorAdam checks what a snapshot holds of a vector of three.
func vectorAdam(key string, i int, a snapshot.VectorAdam) (m, v, x [3]float32, err error) {
	bad := func(what string) error { return fmt.Errorf("%s %d of the snapshot: %s", key, i, what) }
	if len(a.FirstMoment) != 3 || len(a.SecondMoment) != 3 || len(a.Variable) != 3 {
		return m, v, x, bad("three numbers and three of each moment belong there")
	}
	if a.Iter < 0 || a.Iter > math.MaxInt32 {
		return m, v, x, bad(fmt.Sprintf("%d steps", a.Iter))
	}
	m, v, x = [3]float32(a.FirstMoment), [3]float32(a.SecondMoment), [3]float32(a.Variable)
	for k := range x {
		for _, n := range []float32{m[k], x[k]} {
			if !(math.Abs(float64(n)) <= 1e6) {
				return m, v, x, bad(fmt.Sprintf("%v is no correction", n))
			}
		}
		if !(v[k] >= 0 && v[k] <= math.MaxFloat32) {
			return m, v, x, bad(fmt.Sprintf("second moment %v", v[k]))
		}
	}
	return m, v, x, nil
}
