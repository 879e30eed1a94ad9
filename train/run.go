package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// ErrDiverged says that the loss or a gradient was no longer finite; the parameters are the last finite ones.
var ErrDiverged = errors.New("training diverged")

// Limits end a run at whichever comes first; zero means no limit of that kind.
type Limits struct {
	Steps int // in all, counting those before a resume
	Time  time.Duration
}

// Report is the state of a training as of a step.
type Report struct {
	Step          int
	Elapsed       time.Duration // of this run
	Loss          float64       // mean over the steps since the last report, per channel
	PSNR          float64       // -10 log10 of the loss, which is the squared error where errors are small
	Rays          int           // of the last step
	SamplesPerRay float64       // kept ones
	RaysRate      float64       // a second, over this run
	SamplesRate   float64       // kept samples a second, over this run
	DroppedRays   bool          // a step had more samples than its buffers hold
}

// reportEvery is how many steps pass between looks at the device; a multiple of the grid's longest interval.
const reportEvery = 16

// Run trains until a limit is reached or ctx ends, and calls report now and then from this goroutine. It returns
// ctx.Err() when it was stopped, with everything up to the last whole step done.
func (t *NeRF) Run(ctx context.Context, limits Limits, report func(Report)) error {
	start := time.Now()
	var rays, kept float64
	for t.done < limits.Steps || limits.Steps == 0 {
		first := t.done
		for t.done-first < reportEvery && (t.done < limits.Steps || limits.Steps == 0) {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, t.device.Wait())
			}
			if err := t.Step(); err != nil {
				return err
			}
			if limits.Time > 0 && time.Since(start) >= limits.Time && t.device.Info().Backend == "host" {
				break
			}
		}
		state, err := t.State()
		if err != nil {
			return err
		}
		steps := float64(t.done - first)
		rays += steps * float64(state.Rays)
		kept += steps * float64(state.Kept)
		r, err := t.report(state, first)
		if err != nil {
			return err
		}
		if err := t.healthy(state); err != nil {
			return err // before the report, whose receiver may save
		}
		if err := t.setAppearance(); err != nil {
			return err
		}
		r.Elapsed = time.Since(start)
		r.RaysRate, r.SamplesRate = rays/r.Elapsed.Seconds(), kept/r.Elapsed.Seconds()
		if report != nil {
			report(r)
		}
		if limits.Time > 0 && r.Elapsed >= limits.Time {
			break
		}
	}
	return t.device.Wait()
}

// Step submits one training step, with the update of the occupancy grid that is due before it.
func (t *NeRF) Step() error {
	if err := t.grid.update(t.done); err != nil {
		return err
	}
	t.done++
	if err := t.device.Submit(t.step[t.kindOf(t.done)]); err != nil || t.done%refineEvery != 0 {
		return err
	}
	cameras := t.cameraStep
	if t.done <= refineFirst {
		cameras = t.cameraRest
	}
	for _, r := range [...]*gpu.Recording{cameras, t.exposureStep, t.latentStep} {
		if r == nil {
			continue
		}
		if err := t.device.Submit(r); err != nil {
			return err
		}
	}
	return nil
}

// Done is the number of steps submitted so far, those before a resume included.
func (t *NeRF) Done() int { return t.done }

// State waits for the device and reads what drives the next step.
func (t *NeRF) State() (kernels.TrainState, error) {
	state := make([]kernels.TrainState, 1)
	r := gpu.NewRecording("read state")
	r.Download(t.buf.state, 0, gpu.Bytes(state))
	r.Download(t.buf.losses, 0, gpu.Bytes(t.losses))
	return state[0], t.device.Submit(r)
}

// report describes the steps since first.
func (t *NeRF) report(s kernels.TrainState, first int) (Report, error) {
	r := Report{Step: int(s.Step), Rays: int(s.Rays), DroppedRays: s.Flags&(kernels.FlagSamplesDropped|kernels.FlagKeptDropped) != 0}
	if int(s.Step) != t.done {
		return r, fmt.Errorf("the device has done %d steps, %d were submitted", s.Step, t.done)
	}
	for i := first; i < t.done; i++ {
		r.Loss += float64(t.losses[i%lossRing])
	}
	r.Loss /= float64(max(1, t.done-first))
	r.PSNR = -10 * math.Log10(r.Loss)
	if s.Rays > 0 {
		r.SamplesPerRay = float64(s.Kept) / float64(s.Rays)
	}
	return r, nil
}

// healthy turns the device's flags into an error.
func (t *NeRF) healthy(s kernels.TrainState) error {
	if s.Flags&kernels.FlagLossNotFinite != 0 {
		return fmt.Errorf("%w: the loss of a step before step %d is not finite; the last checkpoint is untouched", ErrDiverged, s.Step)
	}
	schedule := make([]kernels.Schedule, 1)
	r := gpu.NewRecording("read schedule")
	r.Download(t.buf.schedule, 0, gpu.Bytes(schedule))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	if n := schedule[0].Nonfinite; n != 0 {
		return fmt.Errorf("%w: %d gradients before step %d are not finite; the last checkpoint is untouched", ErrDiverged, n, s.Step)
	}
	return nil
}
