package train

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/synth"
)

const smallNeRF = `{"parent": "nerf/base", "encoding": {"n_levels": 2, "n_features_per_level": 2, "log2_hashmap_size": 10},
	"network": {"n_neurons": 16}, "rgb_network": {"n_neurons": 16, "n_hidden_layers": 1}}`

// smallTraining is a training of a few steps on four small pictures.
func smallTraining(t *testing.T, text string, half bool, steps int) (*NeRF, *scene.Dataset, Options) {
	t.Helper()
	dir := t.TempDir()
	if err := synth.Write(dir, synth.Options{Views: 4, TestViews: 1, ValViews: 1, Size: 12}); err != nil {
		t.Fatal(err)
	}
	data, err := scene.Load(filepath.Join(dir, "transforms_train.json"), scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("small", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{Threads: 2})
	t.Cleanup(func() { d.Close() })
	opt := Options{Config: c, Batch: maxRaySamples, Seed: 7, Half: half}
	tr, err := NewNeRF(d, data, opt)
	if err != nil {
		t.Fatal(err)
	}
	for range steps {
		if err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	return tr, data, opt
}

// TestResumeChecks spoils a checkpoint in one place after another: each is refused in words that name it.
func TestResumeChecks(t *testing.T) {
	tr, data, opt := smallTraining(t, smallNeRF, false, 6)
	checkpoint := func() *snapshot.Snapshot {
		s, err := tr.Snapshot(true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if again, err := ResumeNeRF(tr.device, data, checkpoint(), opt); err != nil || again.Done() != 6 {
		t.Fatalf("the checkpoint as it is: %v", err)
	}
	float := func(name string, at int, v float32) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			values, _ := s.Radia.Float32(name)
			values[at] = v
			s.Radia.SetFloat32(name, values)
		}
	}
	short := func(name string) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			values, _ := s.Radia.Float32(name)
			s.Radia.SetFloat32(name, values[:len(values)-1])
		}
	}
	state := func(change func(*kernels.TrainState)) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			words, _ := s.Radia.Uint32(sectionState)
			change(&gpu.View[kernels.TrainState](gpu.Bytes(words))[0])
			s.Radia.SetUint32(sectionState, words)
		}
	}
	schedule := func(change func(*kernels.Schedule)) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			words, _ := s.Radia.Uint32(sectionSchedule)
			change(&gpu.View[kernels.Schedule](gpu.Bytes(words))[0])
			s.Radia.SetUint32(sectionSchedule, words)
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		want  string
		spoil func(*snapshot.Snapshot)
	}{
		{"section params of the snapshot: value 3 is NaN", float(sectionMaster, 3, nan)},
		{"section average of the snapshot: value 0 is +Inf", float(sectionAverage, 0, inf)},
		{"section density_grid of the snapshot: value 9 is -2", float(sectionGrid, 9, -2)},
		{"section first_moments of the snapshot: value 1 is -Inf", float(sectionMoments1, 1, -inf)},
		{"section second_moments of the snapshot: value 1 is -1", float(sectionMoments2, 1, -1)},
		{"section params of the snapshot has", short(sectionMaster)},
		{"section density_grid of the snapshot has 2097151 values, 2097152 belong there", short(sectionGrid)},
		{"section second_moments of the snapshot has", short(sectionMoments2)},
		{`no section "first_moments"`, func(s *snapshot.Snapshot) { delete(s.Radia.Sections, sectionMoments1) }},
		{"holds u32, not f32", func(s *snapshot.Snapshot) { s.Radia.SetUint32(sectionMaster, []uint32{1}) }},
		{"section train_state of the snapshot has 3 values", func(s *snapshot.Snapshot) { s.Radia.SetUint32(sectionState, make([]uint32, 3)) }},
		{"section schedule of the snapshot has 14 values", func(s *snapshot.Snapshot) { s.Radia.SetUint32(sectionSchedule, make([]uint32, 14)) }},
		{"section param_steps of the snapshot has 1 values", func(s *snapshot.Snapshot) { s.Radia.SetUint32(sectionSteps, make([]uint32, 1)) }},
		{"has taken 4294967295 of 6 steps", func(s *snapshot.Snapshot) {
			v, _ := s.Radia.Uint32(sectionSteps)
			v[5] = 1<<32 - 1
			s.Radia.SetUint32(sectionSteps, v)
		}},
		{"train_state of the snapshot: 1025 rays in a step, a batch of 1024", state(func(s *kernels.TrainState) { s.Rays = maxRaySamples + 1 })},
		{"4294967295 rays", state(func(s *kernels.TrainState) { s.Rays = 1<<32 - 1 })},
		{"0 rays", state(func(s *kernels.TrainState) { s.Rays = 0 })},
		{"has taken", state(func(s *kernels.TrainState) { s.Step = 5 })}, // some parameter has taken six
		{"steps and", state(func(s *kernels.TrainState) { s.GridStep = 1 << 31 })},
		{"even increment", state(func(s *kernels.TrainState) { s.GridIncLo = 2 })},
		{"training diverged before it was saved", state(func(s *kernels.TrainState) { s.Flags |= kernels.FlagLossNotFinite })},
		{"unknown flags", state(func(s *kernels.TrainState) { s.Flags |= 1 << 20 })},
		{"schedule of the snapshot: it has taken 7 steps, the training 6", schedule(func(s *kernels.Schedule) { s.Step++ })},
		{"the decay factor is NaN", schedule(func(s *kernels.Schedule) { s.Factor = nan })},
		{"the power of the average is 2", schedule(func(s *kernels.Schedule) { s.EmaPower = 2 })},
		{"the learning rate is -1", schedule(func(s *kernels.Schedule) { s.LearningRate = -1 })},
		{"training diverged before it was saved", schedule(func(s *kernels.Schedule) { s.Nonfinite = 1 })},
		{"not those of the snapshot's configuration", schedule(func(s *kernels.Schedule) { s.DecayInterval = 3 })},
		{"not those of the snapshot's configuration", schedule(func(s *kernels.Schedule) { s.BaseRate *= 2 })},
		{"batch of 5 samples", func(s *snapshot.Snapshot) { s.Radia.State[keyBatch] = int64(5) }},
		{"params_binary of the snapshot: value 2 is NaN", func(s *snapshot.Snapshot) { s.Radia = nil; s.Params.Half[2] = 0x7e00 }},
		{"density_grid_binary of the snapshot has 5 values", func(s *snapshot.Snapshot) { s.Radia = nil; s.DensityGrid = s.DensityGrid[:5] }},
	} {
		s := checkpoint()
		c.spoil(s)
		if _, err := ResumeNeRF(tr.device, data, s, opt); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}

	// Another batch goes on from the same state.
	opt.Batch *= 2
	wide, err := ResumeNeRF(tr.device, data, checkpoint(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := wide.Step(); err != nil {
		t.Fatal(err)
	}
	if st, err := wide.State(); err != nil || st.Step != 7 || st.Flags&kernels.FlagLossNotFinite != 0 {
		t.Errorf("%+v %v", st, err)
	}
}

// TestHalfPictures: a training that reads its table in halves shows the pictures that its saved model shows.
func TestHalfPictures(t *testing.T) {
	noAverage := strings.Replace(smallNeRF, `"encoding"`, `"optimizer": {"otype": "Adam", "learning_rate": 1e-2, "nested": null, "decay": null}, "encoding"`, 1)
	for name, text := range map[string]string{"average": smallNeRF, "no average": noAverage} {
		tr, data, _ := smallTraining(t, text, true, 40)
		if (tr.ema == nil) != (name == "no average") || tr.Field.Halves() == nil {
			t.Fatalf("%s: the wrong training", name)
		}
		view := render.View{Camera: data.Frames[0].Camera, MinTransmittance: render.ExactTransmittance}
		box := [2][3]float32{data.RenderAABB[0], data.RenderAABB[1]}
		picture := func(f *field.NeRF, grid []float32) []float32 {
			r, err := render.NewNeRF(tr.device, f, box)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Release()
			if err := r.SetGrid(grid); err != nil {
				t.Fatal(err)
			}
			frame, err := r.Render(view)
			if err != nil {
				t.Fatal(err)
			}
			return frame.Color
		}
		s, err := tr.Snapshot(true)
		if err != nil {
			t.Fatal(err)
		}
		saved, grid, err := field.LoadNeRF(tr.device, s, name, field.NeRFOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer saved.Release()
		now, later := picture(tr.Field, grid), picture(saved, grid)
		if !slices.Equal(now, later) {
			t.Errorf("%s: the picture of the training is not that of the saved model", name)
		}
		// What must not be shown with an average: the half copy of what training changes.
		raw, err := tr.Field.ReadMaster()
		if err != nil {
			t.Fatal(err)
		}
		if err := saved.SetParams(raw); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(now, picture(saved, grid)) {
			t.Errorf("%s: the picture does not depend on average and precision", name)
		}
	}
}

// FuzzResume gives readResumed states and schedules of any bytes: what passes keeps to the buffers and the numbers.
func FuzzResume(f *testing.F) {
	fresh := kernels.NewSchedule(1e-2, 0.33, 20000, 10000, 1<<30, 0.95)
	good := kernels.NewTrainState(7, 256)
	f.Add([]byte(gpu.Bytes([]kernels.TrainState{good})), []byte(gpu.Bytes([]kernels.Schedule{fresh})), float32(1))
	good.Rays = 1 << 30
	f.Add([]byte(gpu.Bytes([]kernels.TrainState{good})), []byte{1}, float32(math.Inf(-1)))
	f.Fuzz(func(t *testing.T, state, schedule []byte, value float32) {
		words := func(b []byte) []uint32 {
			b = append([]byte(nil), b[:len(b)&^3]...)
			out := make([]uint32, len(b)/4)
			copy(gpu.Bytes(out), b)
			return out
		}
		s := &snapshot.Snapshot{Radia: snapshot.NewRadia()}
		s.Radia.State[keyBatch] = int64(2048)
		for _, name := range []string{sectionMaster, sectionAverage, sectionGrid, sectionMoments1, sectionMoments2} {
			s.Radia.SetFloat32(name, []float32{value, 0})
		}
		s.Radia.SetUint32(sectionSteps, []uint32{0, 0})
		s.Radia.SetUint32(sectionState, words(state))
		s.Radia.SetUint32(sectionSchedule, words(schedule))
		c, err := readResumed(s, 2, 2, fresh)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than a line: %v", err)
			}
			return
		}
		if c.state.Rays < 1 || c.state.Rays > 2048 || c.schedule.Step != c.state.Step || !(c.schedule.Factor >= 0) || !(value >= 0 && value <= math.MaxFloat32) {
			t.Fatalf("%+v %+v %v pass", c.state, c.schedule, value)
		}
	})
}
