package train

import (
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/field/config"
)

// TestResumeWithOtherLearning: a training that goes on with twice the learning rate takes twice the step from where it was, with the
// moments and the random numbers it had; with another loss it takes another; and what it saves says so, to be resumed in turn.
func TestResumeWithOtherLearning(t *testing.T) {
	tr, data, opt := smallTraining(t, smallNeRF, false, 6)
	s, err := tr.Snapshot(true)
	if err != nil {
		t.Fatal(err)
	}
	from, err := tr.Field.ReadMaster()
	if err != nil {
		t.Fatal(err)
	}
	rate := float64(opt.Config.Optimizer.Adam.LearningRate)
	step := func(loss string, rate float64) []float32 {
		t.Helper()
		o := opt
		if o.Config, err = o.Config.WithLearning(loss, rate); err != nil {
			t.Fatal(err)
		}
		on, err := ResumeNeRF(tr.device, data, s, o)
		if err != nil {
			t.Fatal(err)
		}
		defer on.Release()
		if err := on.Step(); err != nil {
			t.Fatal(err)
		}
		again, err := on.Snapshot(true)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := config.FromTree(again.Config, "again")
		if err != nil || float64(kept.Optimizer.Adam.LearningRate) != float64(float32(rate)) || kept.Loss.OType != o.Config.Loss.OType {
			t.Errorf("the snapshot has the rate %v and the loss %s: %v", kept.Optimizer.Adam.LearningRate, kept.Loss.OType, err)
		}
		o.Config = kept
		last, err := ResumeNeRF(tr.device, data, again, o)
		if err != nil {
			t.Fatalf("what was saved cannot be resumed: %v", err)
		}
		last.Release()
		out, err := on.Field.ReadMaster()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	once, twice := step("", rate), step("", 2*rate)
	moved, most := 0, 0.0
	for i := range from {
		a, b := float64(once[i])-float64(from[i]), float64(twice[i])-float64(from[i])
		// Each of the two sums is rounded once, to half a unit of the larger of its ends, and each step a few times relative to itself.
		size := max(math.Abs(float64(once[i])), math.Abs(float64(twice[i])), math.Abs(float64(from[i])))
		bound := (1.5*size + 8*math.Abs(b)) * math.Exp2(-23)
		if math.Abs(2*a-b) > bound {
			t.Fatalf("parameter %d moves by %g with one rate, by %g with twice of it", i, a, b)
		}
		if a != 0 {
			moved++
		}
		most = max(most, math.Abs(2*a-a)/max(bound, 1e-30))
	}
	if moved == 0 || most < 100 {
		t.Errorf("%d parameters moved, by at most %g bounds: the comparison sees nothing", moved, most)
	}
	if slices.Equal(once, step("SMAPE", rate)) {
		t.Error("another loss takes the same step")
	}
}
