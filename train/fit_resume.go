package train

import (
	"bytes"
	"fmt"
	"math"
	"reflect"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// snapshot is the field in instant-ngp's format as save describes it. With resumable set it also holds all that continues
// the training bit by bit. A training that diverged has no snapshot: ErrDiverged.
func (t *fit) snapshot(resumable bool, save func() (*snapshot.Snapshot, error)) (*snapshot.Snapshot, error) {
	report, err := t.report()
	if err != nil {
		return nil, err
	}
	s, err := save()
	if err != nil {
		return nil, err
	}
	s.TrainingStep, s.Loss = int64(t.done), report.Loss
	if !resumable {
		return s, nil
	}
	if s.Radia == nil {
		s.Radia = snapshot.NewRadia()
	}
	n := t.f.Layout.Total
	master, average, m1, m2, steps := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]uint32, n)
	schedule := make([]kernels.Schedule, 1)
	r := gpu.NewRecording("read optimiser")
	r.Download(t.f.Params(), 0, gpu.Bytes(master))
	r.Download(t.f.Average(), 0, gpu.Bytes(average))
	r.Download(t.moments1, 0, gpu.Bytes(m1))
	r.Download(t.moments2, 0, gpu.Bytes(m2))
	r.Download(t.steps, 0, gpu.Bytes(steps))
	r.Download(t.schedule, 0, gpu.Bytes(schedule))
	if err := t.device.Submit(r); err != nil {
		return nil, err
	}
	if err := t.device.Wait(); err != nil {
		return nil, err
	}
	s.Radia.State[keyBatch], s.Radia.State[keySeed] = int64(t.opt.Batch), int64(t.opt.Seed)
	s.Radia.SetFloat32(sectionMaster, master)
	s.Radia.SetFloat32(sectionAverage, average)
	s.Radia.SetFloat32(sectionMoments1, m1)
	s.Radia.SetFloat32(sectionMoments2, m2)
	s.Radia.SetUint32(sectionSteps, steps)
	s.Radia.SetUint32(sectionSchedule, gpu.View[uint32](gpu.Bytes(schedule)))
	return s, nil
}

// start gives the parameters their first values, or continues the training of opt.Resume. With the same data, device and
// options the result is the one of an uninterrupted run, bit for bit; with another batch the training goes on from the
// same state, and a snapshot without that state starts a new optimiser on its parameters.
func (t *fit) start(save func() (*snapshot.Snapshot, error)) error {
	if t.opt.Resume == nil {
		return t.f.Init(uint32(t.opt.Seed))
	}
	s, n := t.opt.Resume, t.f.Layout.Total
	mine, err := save()
	if err != nil {
		return err
	}
	if err := sameData(s, mine); err != nil {
		return err
	}
	if s.Params.Len() != n {
		return fmt.Errorf("the snapshot has %d parameters, its configuration %d", s.Params.Len(), n)
	}
	if s.Radia == nil || !hasSection(s, sectionMaster) {
		params := s.Params.Float
		if params == nil {
			params = f16.ToSlice(s.Params.Half)
		}
		if err := checkFloats("params_binary", params, n, -math.MaxFloat32); err != nil {
			return err
		}
		return t.f.SetParams(params)
	}
	fresh := make([]kernels.Schedule, 1)
	r := gpu.NewRecording("read schedule")
	r.Download(t.schedule, 0, gpu.Bytes(fresh))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	if err := t.device.Wait(); err != nil {
		return err
	}
	c, err := readFitted(s, n, fresh[0])
	if err != nil {
		return err
	}
	if err := t.f.SetParams(c.master); err != nil {
		return err
	}
	r = gpu.NewRecording("resume")
	if t.f.Average() != t.f.Params() {
		r.Upload(t.f.Average(), 0, gpu.Bytes(c.average))
	}
	r.Upload(t.moments1, 0, gpu.Bytes(c.moments1))
	r.Upload(t.moments2, 0, gpu.Bytes(c.moments2))
	r.Upload(t.steps, 0, gpu.Bytes(c.steps))
	r.Upload(t.schedule, 0, gpu.Bytes([]kernels.Schedule{c.schedule}))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	t.done = int(c.schedule.Step)
	return t.device.Wait() // the checkpoint's arrays may go
}

func hasSection(s *snapshot.Snapshot, name string) bool {
	_, ok := s.Radia.Sections[name]
	return ok
}

// readFitted takes the checkpoint of a field with n parameters out of a snapshot: every number is finite and no count lets
// a kernel leave its buffers. fresh is the schedule before the first step.
func readFitted(s *snapshot.Snapshot, n int, fresh kernels.Schedule) (*resumed, error) {
	var c resumed
	for _, f := range []struct {
		name  string
		into  *[]float32
		least float32
	}{
		{sectionMaster, &c.master, -math.MaxFloat32},
		{sectionAverage, &c.average, -math.MaxFloat32},
		{sectionMoments1, &c.moments1, -math.MaxFloat32},
		{sectionMoments2, &c.moments2, 0},
	} {
		v, err := s.Radia.Float32(f.name)
		if err != nil {
			return nil, err
		}
		if err := checkFloats(f.name, v, n, f.least); err != nil {
			return nil, err
		}
		*f.into = v
	}
	words, err := s.Radia.Uint32(sectionSchedule)
	if err != nil {
		return nil, err
	}
	if len(words) != scheduleSize/4 {
		return nil, fmt.Errorf("section %s of the snapshot has %d values, %d belong there", sectionSchedule, len(words), scheduleSize/4)
	}
	c.schedule = gpu.View[kernels.Schedule](gpu.Bytes(words))[0]
	if s.TrainingStep < 0 || s.TrainingStep > math.MaxInt32 {
		return nil, fmt.Errorf("the snapshot's %d steps are impossible", s.TrainingStep)
	}
	if c.schedule, err = takeSchedule(c.schedule, s, fresh, uint32(s.TrainingStep)); err != nil {
		return nil, fmt.Errorf("section %s of the snapshot: %w", sectionSchedule, err)
	}
	if c.steps, err = s.Radia.Uint32(sectionSteps); err != nil {
		return nil, err
	}
	if len(c.steps) != n {
		return nil, fmt.Errorf("section %s of the snapshot has %d values, %d belong there", sectionSteps, len(c.steps), n)
	}
	for i, v := range c.steps {
		if v > c.schedule.Step {
			return nil, fmt.Errorf("section %s of the snapshot: parameter %d has taken %d of %d steps", sectionSteps, i, v, c.schedule.Step)
		}
	}
	return &c, nil
}

// sameData refuses a snapshot of other data than a fresh field of ours was made for: its kind, its box, and everything
// that such a field keeps beside its parameters.
func sameData(s, mine *snapshot.Snapshot) error {
	if s.Mode != mine.Mode {
		return fmt.Errorf("a snapshot of mode %.20q cannot go on with data of mode %q", s.Mode, mine.Mode)
	}
	if s.AABB != mine.AABB {
		return fmt.Errorf("the snapshot was trained in the box %v to %v, the data has %v to %v", s.AABB.Min, s.AABB.Max, mine.AABB.Min, mine.AABB.Max)
	}
	if mine.Radia == nil {
		return nil
	}
	if s.Radia == nil {
		return fmt.Errorf("the snapshot does not say what it was trained on: it was not written by Radia")
	}
	for key, want := range mine.Radia.State {
		if got := s.Radia.State[key]; !reflect.DeepEqual(got, want) {
			return fmt.Errorf("the snapshot was trained on other data: its %s is %v, here it is %v", key, got, want)
		}
	}
	for name, want := range mine.Radia.Sections {
		if got := s.Radia.Sections[name]; got.Type != want.Type || !bytes.Equal(got.Data, want.Data) {
			return fmt.Errorf("the snapshot was trained on other data: its section %s is another", name)
		}
	}
	return nil
}
