package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// resumed is what a checkpoint holds, checked: nothing of it makes a kernel read or write outside its buffers, and every
// number is finite.
type resumed struct {
	master, average, grid, moments1, moments2 []float32
	steps                                     []uint32
	state                                     kernels.TrainState
	schedule                                  kernels.Schedule
}

// readResumed takes the checkpoint of a field with n parameters and cells of occupancy grid out of a snapshot. fresh is the
// schedule before the first step.
func readResumed(s *snapshot.Snapshot, n, cells int, fresh kernels.Schedule) (*resumed, error) {
	var c resumed
	for _, f := range []struct {
		name   string
		into   *[]float32
		length int
		least  float32
	}{
		{sectionMaster, &c.master, n, -math.MaxFloat32},
		{sectionAverage, &c.average, n, -math.MaxFloat32},
		{sectionGrid, &c.grid, cells, -1},
		{sectionMoments1, &c.moments1, n, -math.MaxFloat32},
		{sectionMoments2, &c.moments2, n, 0},
	} {
		v, err := s.Radia.Float32(f.name)
		if err != nil {
			return nil, err
		}
		if err := checkFloats(f.name, v, f.length, f.least); err != nil {
			return nil, err
		}
		*f.into = v
	}
	words := func(name string, length int) ([]uint32, error) {
		v, err := s.Radia.Uint32(name)
		if err == nil && len(v) != length {
			err = fmt.Errorf("section %s of the snapshot has %d values, %d belong there", name, len(v), length)
		}
		return v, err
	}
	state, err := words(sectionState, kernels.TrainStateSize/4)
	if err != nil {
		return nil, err
	}
	c.state = gpu.View[kernels.TrainState](gpu.Bytes(state))[0]
	schedule, err := words(sectionSchedule, scheduleSize/4)
	if err != nil {
		return nil, err
	}
	c.schedule = gpu.View[kernels.Schedule](gpu.Bytes(schedule))[0]
	if c.steps, err = words(sectionSteps, n); err != nil {
		return nil, err
	}
	for i, v := range c.steps {
		if v > c.state.Step {
			return nil, fmt.Errorf("section %s of the snapshot: parameter %d has taken %d of %d steps", sectionSteps, i, v, c.state.Step)
		}
	}
	if err := checkState(c.state, StoredBatch(s, 0)); err != nil {
		return nil, fmt.Errorf("section %s of the snapshot: %w", sectionState, err)
	}
	if c.schedule, err = takeSchedule(c.schedule, s, fresh, c.state.Step); err != nil {
		return nil, fmt.Errorf("section %s of the snapshot: %w", sectionSchedule, err)
	}
	return &c, nil
}

// checkFloats refuses a section of another length, and values that are not finite or below least.
func checkFloats(name string, v []float32, length int, least float32) error {
	if len(v) != length {
		return fmt.Errorf("section %s of the snapshot has %d values, %d belong there", name, len(v), length)
	}
	for i, x := range v {
		if !(x >= least && x <= math.MaxFloat32) {
			return fmt.Errorf("section %s of the snapshot: value %d is %v", name, i, x)
		}
	}
	return nil
}

// checkState refuses a state that no training with batches of that size can have left.
func checkState(s kernels.TrainState, batch int) error {
	switch {
	case batch < LeastBatch || batch > MostBatch:
		return fmt.Errorf("the snapshot's batch of %d samples is not from %d to %d", batch, LeastBatch, MostBatch)
	case s.Rays < 1 || s.Rays > uint32(batch):
		return fmt.Errorf("%d rays in a step, a batch of %d has from 1 to %d", s.Rays, batch, batch)
	case s.Step > math.MaxInt32 || s.GridStep > math.MaxInt32:
		return fmt.Errorf("%d steps and %d updates of the grid are too many", s.Step, s.GridStep)
	case s.IncLo&1 == 0 || s.GridIncLo&1 == 0:
		return fmt.Errorf("a random sequence has an even increment")
	case s.Flags&kernels.FlagLossNotFinite != 0:
		return fmt.Errorf("%w before it was saved", ErrDiverged)
	case s.Flags >= kernels.FlagNothingKept<<1:
		return fmt.Errorf("unknown flags %#x", s.Flags)
	}
	return nil
}

// takeSchedule is the schedule of a snapshot, checked against the snapshot's configuration, with the learning rate of fresh: that is another
// where the training goes on with another.
func takeSchedule(c kernels.Schedule, s *snapshot.Snapshot, fresh kernels.Schedule, step uint32) (kernels.Schedule, error) {
	stored := fresh
	if of, err := config.FromTree(s.Config, "the snapshot"); err == nil {
		adam, _, _ := optimizerChain(of.Optimizer)
		stored.BaseRate = adam.LearningRate
	}
	if err := checkSchedule(c, stored, step); err != nil {
		return c, err
	}
	if stored.BaseRate != fresh.BaseRate {
		c.BaseRate, c.LearningRate = fresh.BaseRate, fresh.BaseRate*c.Factor
	}
	return c, nil
}

// checkSchedule refuses a schedule that does not belong to the step or to the configuration.
func checkSchedule(s, fresh kernels.Schedule, step uint32) error {
	for _, v := range []struct {
		name  string
		value float32
		most  float32
	}{
		{"learning rate", s.LearningRate, math.MaxFloat32}, {"decay factor", s.Factor, math.MaxFloat32}, {"weight of the average", s.EmaOld, 1},
		{"weight of the parameters", s.EmaNew, math.MaxFloat32}, {"power of the average", s.EmaPower, 1},
	} {
		if !(v.value >= 0 && v.value <= v.most) {
			return fmt.Errorf("the %s is %v", v.name, v.value)
		}
	}
	if s.Step != step {
		return fmt.Errorf("it has taken %d steps, the training %d", s.Step, step)
	}
	if s.Nonfinite != 0 {
		return fmt.Errorf("%w before it was saved", ErrDiverged)
	}
	fresh.Step, fresh.LearningRate, fresh.Factor, fresh.EmaOld, fresh.EmaNew, fresh.EmaPower, fresh.Nonfinite =
		s.Step, s.LearningRate, s.Factor, s.EmaOld, s.EmaNew, s.EmaPower, s.Nonfinite
	if s != fresh {
		return fmt.Errorf("its rates are not those of the snapshot's configuration")
	}
	return nil
}
