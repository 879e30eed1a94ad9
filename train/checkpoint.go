package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

// Names of what a checkpoint holds beyond instant-ngp's format.
const (
	sectionMaster   = "params"         // float32 parameters that training changes
	sectionAverage  = "average"        // float32 average that rendering reads
	sectionGrid     = "density_grid"   // float32 occupancy grid
	sectionState    = "train_state"    // kernels.TrainState as words
	sectionSchedule = "schedule"       // kernels.Schedule as words
	sectionMoments1 = "first_moments"  // float32
	sectionMoments2 = "second_moments" // float32
	sectionSteps    = "param_steps"
	keyBatch        = "batch"
	keySeed         = "seed"
)

// Snapshot is the field in instant-ngp's format. With resumable set it also holds all that continues the training bit by
// bit. A training that diverged has no snapshot: ErrDiverged.
func (t *NeRF) Snapshot(resumable bool) (*snapshot.Snapshot, error) {
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	if err := t.healthy(state); err != nil {
		return nil, err
	}
	report, err := t.report(state, max(0, t.done-1))
	if err != nil {
		return nil, err
	}
	grid, err := t.grid.read()
	if err != nil {
		return nil, err
	}
	s, err := field.SaveNeRF(t.Field, grid, t.data)
	if err != nil {
		return nil, err
	}
	s.TrainingStep, s.Loss = int64(state.Step), report.Loss
	s.NeRF.RGB = snapshot.RayCounters{RaysPerBatch: int64(state.Rays), MeasuredBatchSize: int64(state.MeasuredKept), MeasuredBatchSizeBeforeCompaction: int64(state.MeasuredSamples)}
	if resumable {
		s.Radia = snapshot.NewRadia()
	}
	if err := t.saveLatents(s); err != nil {
		return nil, err
	}
	if err := t.saveCameras(s); err != nil || !resumable {
		return s, err
	}
	if err := t.saveExposures(s); err != nil {
		return nil, err
	}
	s.Radia.State[keyBatch], s.Radia.State[keySeed] = int64(t.opt.Batch), int64(t.opt.Seed)
	master, err := t.Field.ReadMaster()
	if err != nil {
		return nil, err
	}
	s.Radia.SetFloat32(sectionMaster, master)
	average, err := t.Field.ReadParams()
	if err != nil {
		return nil, err
	}
	s.Radia.SetFloat32(sectionAverage, average)
	s.Radia.SetFloat32(sectionGrid, grid)
	s.Radia.SetUint32(sectionState, gpu.View[uint32](gpu.Bytes([]kernels.TrainState{state})))
	n := t.Field.Layout.Total
	m1, m2, steps := make([]float32, n), make([]float32, n), make([]uint32, n)
	schedule := make([]kernels.Schedule, 1)
	r := gpu.NewRecording("read optimiser")
	r.Download(t.buf.moments1, 0, gpu.Bytes(m1))
	r.Download(t.buf.moments2, 0, gpu.Bytes(m2))
	r.Download(t.buf.steps, 0, gpu.Bytes(steps))
	r.Download(t.buf.schedule, 0, gpu.Bytes(schedule))
	if err := t.device.Submit(r); err != nil {
		return nil, err
	}
	s.Radia.SetFloat32(sectionMoments1, m1)
	s.Radia.SetFloat32(sectionMoments2, m2)
	s.Radia.SetUint32(sectionSteps, steps)
	s.Radia.SetUint32(sectionSchedule, gpu.View[uint32](gpu.Bytes(schedule)))
	return s, nil
}

// ResumeNeRF continues the training that s was saved from. With the same data, device and options the result is the one
// of an uninterrupted run, bit for bit; with another batch the training goes on from the same state, and a snapshot of
// another program starts a new optimiser on its parameters.
func ResumeNeRF(d gpu.Device, data *scene.Dataset, s *snapshot.Snapshot, opt Options) (*NeRF, error) {
	if s.Mode != "nerf" || s.NeRF == nil {
		return nil, fmt.Errorf("a snapshot of mode %q is no radiance field", s.Mode)
	}
	if s.NeRF.AABBScale != data.AABBScale {
		return nil, fmt.Errorf("the snapshot was trained with aabb_scale %d, the data has %d", s.NeRF.AABBScale, data.AABBScale)
	}
	opt.keepExposure = hasExposures(s)
	t, err := prepare(d, data, opt)
	if err != nil {
		return nil, err
	}
	if err := t.resume(s); err != nil {
		t.Release()
		return nil, err
	}
	return t, nil
}

// resume takes over the state of a snapshot.
func (t *NeRF) resume(s *snapshot.Snapshot) error {
	n := t.Field.Layout.Total
	if s.Params.Len() != n {
		return fmt.Errorf("the snapshot has %d parameters, its configuration %d", s.Params.Len(), n)
	}
	if s.Radia == nil {
		return t.adopt(s)
	}
	c, err := readResumed(s, n, t.grid.total(), t.firstSchedule())
	if err != nil {
		return err
	}
	if err := t.Field.SetParams(c.master); err != nil {
		return err
	}
	r := gpu.NewRecording("resume")
	if t.Field.Average() != t.Field.Params() {
		r.Upload(t.Field.Average(), 0, gpu.Bytes(c.average))
	}
	r.Upload(t.grid.density, 0, gpu.Bytes(c.grid))
	r.Upload(t.buf.moments1, 0, gpu.Bytes(c.moments1))
	r.Upload(t.buf.moments2, 0, gpu.Bytes(c.moments2))
	r.Upload(t.buf.steps, 0, gpu.Bytes(c.steps))
	r.Upload(t.buf.state, 0, gpu.Bytes([]kernels.TrainState{c.state}))
	r.Upload(t.buf.schedule, 0, gpu.Bytes([]kernels.Schedule{c.schedule}))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	if err := t.device.Wait(); err != nil { // the checkpoint's arrays may go
		return err
	}
	if err := t.resumeCameras(s); err != nil {
		return err
	}
	if err := t.resumeExposures(s); err != nil {
		return err
	}
	if err := t.resumeLatents(s); err != nil {
		return err
	}
	t.done = int(c.state.Step)
	return t.grid.rebuild()
}

// adopt takes parameters and grid of a snapshot without our sections and begins a new optimiser.
func (t *NeRF) adopt(s *snapshot.Snapshot) error {
	params := s.Params.Float
	if params == nil {
		params = f16.ToSlice(s.Params.Half)
	}
	if err := checkFloats("params_binary", params, t.Field.Layout.Total, -math.MaxFloat32); err != nil {
		return err
	}
	grid := f16.ToSlice(s.DensityGrid)
	if len(grid) > 0 {
		if err := checkFloats("density_grid_binary", grid, t.grid.total(), -1); err != nil {
			return err
		}
	}
	if err := t.Field.SetParams(params); err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	if err := t.resumeCameras(s); err != nil {
		return err
	}
	if err := t.resumeLatents(s); err != nil {
		return err
	}
	if len(grid) == 0 {
		return t.grid.markUntrained()
	}
	return t.grid.set(grid)
}
