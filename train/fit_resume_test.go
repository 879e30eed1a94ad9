package train

import (
	"bytes"
	"context"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
)

const smallVolume = `{"parent": "volume/base", "encoding": {"n_levels": 3, "log2_hashmap_size": 10, "base_resolution": 4, "per_level_scale": 1.5},
	"network": {"n_neurons": 16, "n_hidden_layers": 1}}`

// fitting is a training of any of the fields that are fitted.
type fitting interface {
	Run(context.Context, Limits, func(Report)) error
	Snapshot(resumable bool) (*snapshot.Snapshot, error)
	Done() int
	Release()
}

// fittings begin a small training of each kind; the data's variant 1 is another shape than variant 0.
var fittings = map[string]func(t *testing.T, d gpu.Device, variant int, opt FitOptions) (fitting, error){
	"image": func(t *testing.T, d gpu.Device, variant int, opt FitOptions) (fitting, error) {
		m := testPicture(false)
		if variant > 0 {
			m.Height--
			m.Pix = m.Pix[:m.Width*m.Height]
		}
		return wrap(NewImage(d, m, with(t, opt, smallImage)))
	},
	"sdf": func(t *testing.T, d gpu.Device, variant int, opt FitOptions) (fitting, error) {
		m := testMesh(t)
		if variant > 0 {
			m.Vertices[0][0] -= 0.5
		}
		return wrap(NewSDF(d, m, mesh.SignFor(m), with(t, opt, smallSDF)))
	},
	"volume": func(t *testing.T, d gpu.Device, variant int, opt FitOptions) (fitting, error) {
		v, err := volume.Cloud(24, uint64(3+variant))
		if err != nil {
			t.Fatal(err)
		}
		m, err := volume.NewMedium(v)
		if err != nil {
			t.Fatal(err)
		}
		return wrap(NewVolume(d, m, volume.NewSky(m.Up), with(t, opt, smallVolume)))
	},
}

func with(t *testing.T, opt FitOptions, text string) FitOptions {
	t.Helper()
	c, err := config.Parse("small", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	opt.Config = c
	return opt
}

func wrap[T fitting](v T, err error) (fitting, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// A training that was saved, loaded and continued is the uninterrupted one bit for bit; one with other random numbers or
// another optimiser is not.
func TestFittedResume(t *testing.T) {
	d := host.Open(host.Options{Threads: 2})
	defer d.Close()
	for name, begin := range fittings {
		run := func(steps, variant int, opt FitOptions) ([]byte, *snapshot.Snapshot, error) {
			t.Helper()
			opt.Batch = 1024
			f, err := begin(t, d, variant, opt)
			if err != nil {
				return nil, nil, err
			}
			defer f.Release()
			if err := f.Run(context.Background(), Limits{Steps: steps}, nil); err != nil {
				t.Fatal(name, err)
			}
			if f.Done() != steps {
				t.Fatalf("%s: %d steps, want %d", name, f.Done(), steps)
			}
			s, err := f.Snapshot(true)
			if err != nil {
				t.Fatal(name, err)
			}
			var b bytes.Buffer
			if err := snapshot.Encode(&b, s); err != nil {
				t.Fatal(name, err)
			}
			back, err := snapshot.Decode(name, b.Bytes())
			if err != nil {
				t.Fatal(name, err)
			}
			return b.Bytes(), back, nil
		}
		must := func(b []byte, s *snapshot.Snapshot, err error) ([]byte, *snapshot.Snapshot) {
			t.Helper()
			if err != nil {
				t.Fatal(name, err)
			}
			return b, s
		}
		const seed = 1337
		whole, _ := must(run(12, 0, FitOptions{Seed: seed}))
		_, half := must(run(5, 0, FitOptions{Seed: seed}))
		if resumed, _ := must(run(12, 0, FitOptions{Seed: seed, Resume: half})); !bytes.Equal(resumed, whole) {
			t.Errorf("%s: the resumed run differs from the uninterrupted one", name)
		}
		if other, _ := must(run(12, 0, FitOptions{Seed: seed + 1, Resume: half})); bytes.Equal(other, whole) {
			t.Errorf("%s: other random numbers make no difference: the comparison cannot fail", name)
		}
		moments, _ := half.Radia.Float32(sectionMoments1)
		_, spoilt := must(run(5, 0, FitOptions{Seed: seed}))
		spoilt.Radia.SetFloat32(sectionMoments1, make([]float32, len(moments)))
		if other, _ := must(run(12, 0, FitOptions{Seed: seed, Resume: spoilt})); bytes.Equal(other, whole) {
			t.Errorf("%s: the moments make no difference", name)
		}
		if _, _, err := run(6, 1, FitOptions{Seed: seed, Resume: half}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: other data is not refused: %v", name, err)
		}
		fittedChecks(t, name, half, func(s *snapshot.Snapshot) error {
			_, _, err := run(6, 0, FitOptions{Seed: seed, Resume: s})
			return err
		})
	}
}

// fittedChecks spoils a checkpoint in one place after another: each is refused in words that name it.
func fittedChecks(t *testing.T, name string, good *snapshot.Snapshot, resume func(*snapshot.Snapshot) error) {
	t.Helper()
	float := func(section string, v float32) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			values, _ := s.Radia.Float32(section)
			values = append([]float32(nil), values...)
			values[1] = v
			s.Radia.SetFloat32(section, values)
		}
	}
	schedule := func(change func(*kernels.Schedule)) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			words, _ := s.Radia.Uint32(sectionSchedule)
			words = append([]uint32(nil), words...)
			change(&gpu.View[kernels.Schedule](gpu.Bytes(words))[0])
			s.Radia.SetUint32(sectionSchedule, words)
		}
	}
	for _, c := range []struct {
		want  string
		spoil func(*snapshot.Snapshot)
	}{
		{"section params of the snapshot: value 1 is NaN", float(sectionMaster, float32(math.NaN()))},
		{"section average of the snapshot: value 1 is +Inf", float(sectionAverage, float32(math.Inf(1)))},
		{"section second_moments of the snapshot: value 1 is -1", float(sectionMoments2, -1)},
		{`no section "first_moments"`, func(s *snapshot.Snapshot) { delete(s.Radia.Sections, sectionMoments1) }},
		{"section param_steps of the snapshot has 1 values", func(s *snapshot.Snapshot) { s.Radia.SetUint32(sectionSteps, make([]uint32, 1)) }},
		{"section schedule of the snapshot has 3 values", func(s *snapshot.Snapshot) { s.Radia.SetUint32(sectionSchedule, make([]uint32, 3)) }},
		{"it has taken 6 steps, the training 5", schedule(func(s *kernels.Schedule) { s.Step++ })},
		{"the learning rate is -1", schedule(func(s *kernels.Schedule) { s.LearningRate = -1 })},
		{"training diverged before it was saved", schedule(func(s *kernels.Schedule) { s.Nonfinite = 1 })},
		{"cannot go on with data of mode", func(s *snapshot.Snapshot) { s.Mode = "nerf" }},
		{"steps are impossible", func(s *snapshot.Snapshot) { s.TrainingStep = -1 }},
		{"was trained on other data", func(s *snapshot.Snapshot) { clear(s.Radia.State) }},
	} {
		s := *good
		s.Radia = snapshot.NewRadia()
		maps.Copy(s.Radia.State, good.Radia.State)
		maps.Copy(s.Radia.Sections, good.Radia.Sections)
		c.spoil(&s)
		if err := resume(&s); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}
