package train

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/synth"
)

// nerfOptions are trainings with what the options add to a step.
var nerfOptions = map[string]func(*Options){
	"depth":    func(o *Options) { o.Depth = DepthOptions{1, kernels.LossL1} },
	"cameras":  func(o *Options) { o.RefineCameras = true },
	"mode":     func(o *Options) { o.Mode, o.ModeFrom, o.ModeTo = ModeRfl, 20, 30 },
	"exposure": func(o *Options) { o.OptimizeExposure = true },
}

func optionsData(t *testing.T) (*scene.Dataset, *config.Config) {
	t.Helper()
	dir := t.TempDir()
	if err := synth.Write(dir, synth.Options{Views: 4, TestViews: 1, ValViews: 1, Size: 12, Depth: true}); err != nil {
		t.Fatal(err)
	}
	data, err := scene.Load(filepath.Join(dir, "transforms_train.json"), scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("small", []byte(smallNeRF))
	if err != nil {
		t.Fatal(err)
	}
	return data, c
}

// stored is a training's whole state, as a file gives it back.
func stored(t *testing.T, tr *NeRF) *snapshot.Snapshot {
	t.Helper()
	s, err := tr.Snapshot(true)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.msgpack")
	if err := snapshot.Save(path, s); err != nil {
		t.Fatal(err)
	}
	if s, err = snapshot.Load(path); err != nil {
		t.Fatal(err)
	}
	return s
}

// differ says where two states are not the same.
func differ(a, b *snapshot.Snapshot) string {
	for name, section := range a.Radia.Sections {
		if !slices.Equal(section.Data, b.Radia.Sections[name].Data) {
			return name
		}
	}
	for key, pair := range map[string][2][]snapshot.VectorAdam{"cam_pos_offset": {a.NeRF.CamPosOffset, b.NeRF.CamPosOffset},
		"cam_rot_offset": {a.NeRF.CamRotOffset, b.NeRF.CamRotOffset}} {
		if len(pair[0]) != len(pair[1]) {
			return key
		}
		for i, v := range pair[0] {
			w := pair[1][i]
			if v.Iter != w.Iter || !slices.Equal(v.Variable, w.Variable) || !slices.Equal(v.FirstMoment, w.FirstMoment) || !slices.Equal(v.SecondMoment, w.SecondMoment) {
				return key
			}
		}
	}
	return ""
}

// TestResumeOptions: with every option, a training that was saved, loaded and continued is the uninterrupted one bit for bit,
// and another than the training without the option.
func TestResumeOptions(t *testing.T) {
	data, c := optionsData(t)
	d := host.Open(host.Options{Threads: 2})
	defer d.Close()
	steps := func(tr *NeRF, err error, n int) *NeRF {
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			if err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
		return tr
	}
	opt := Options{Config: c, Batch: maxRaySamples, Seed: 7}
	tr, err := NewNeRF(d, data, opt)
	plain := stored(t, steps(tr, err, refineFirst+40))
	for name, set := range nerfOptions {
		opt := opt
		set(&opt)
		tr, err := NewNeRF(d, data, opt)
		half := stored(t, steps(tr, err, refineFirst+23)) // between two steps of whatever is done every 16
		whole := stored(t, steps(tr, nil, 17))
		tr.Release()
		tr, err = ResumeNeRF(d, data, half, opt)
		again := stored(t, steps(tr, err, 17))
		tr.Release()
		if where := differ(whole, again); where != "" {
			t.Errorf("%s: the resumed run differs from the uninterrupted one in %s", name, where)
		}
		if differ(whole, plain) == "" {
			t.Errorf("%s: changes nothing", name)
		}
		// Without the option the training goes on, and keeps what the option has found.
		tr, err = ResumeNeRF(d, data, half, Options{Config: c, Batch: maxRaySamples, Seed: 7})
		without := stored(t, steps(tr, err, 1))
		tr.Release()
		if len(without.NeRF.CamPosOffset) != len(half.NeRF.CamPosOffset) {
			t.Errorf("%s: what was found of the cameras is lost", name)
		}
		if !slices.Equal(without.Radia.Sections[sectionExposures].Data, half.Radia.Sections[sectionExposures].Data) {
			t.Errorf("%s: what was found of exposures is lost", name)
		}
	}
}

// TestResumeCameraChecks spoils the corrections of a checkpoint in one place after another: each is refused in words that
// name it.
func TestResumeCameraChecks(t *testing.T) {
	data, c := optionsData(t)
	d := host.Open(host.Options{Threads: 2})
	defer d.Close()
	opt := Options{Config: c, Batch: maxRaySamples, Seed: 7, RefineCameras: true}
	tr, err := NewNeRF(d, data, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Release()
	for range refineFirst + 17 {
		if err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		want  string
		spoil func(*snapshot.Snapshot)
	}{
		{"", func(*snapshot.Snapshot) {}},
		{"corrects the position of 3 cameras and the rotation of 4", func(s *snapshot.Snapshot) { s.NeRF.CamPosOffset = s.NeRF.CamPosOffset[1:] }},
		{"cam_pos_offset 1 of the snapshot: NaN is no correction", func(s *snapshot.Snapshot) { s.NeRF.CamPosOffset[1].Variable[2] = float32(math.NaN()) }},
		{"cam_rot_offset 3 of the snapshot: second moment -1", func(s *snapshot.Snapshot) { s.NeRF.CamRotOffset[3].SecondMoment[0] = -1 }},
		{"cam_rot_offset 0 of the snapshot: three numbers", func(s *snapshot.Snapshot) { s.NeRF.CamRotOffset[0].Variable = nil }},
		{"camera 0 of the snapshot has taken 1 steps in position and 9 in rotation", func(s *snapshot.Snapshot) { s.NeRF.CamRotOffset[0].Iter = 9 }},
		{"section camera_gradients of the snapshot has 3 values, 24", func(s *snapshot.Snapshot) { s.Radia.SetFloat32(sectionCameras, make([]float32, 3)) }},
	} {
		s := stored(t, tr)
		c.spoil(s)
		again, err := ResumeNeRF(d, data, s, opt)
		if err == nil {
			again.Release()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.want, err)
		}
	}
}

// TestOptionsOnVulkan: with all options at once, a step from the same state leaves the same gradients of cameras on CPU and
// Vulkan, and the same loss.
func TestOptionsOnVulkan(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	data, _ := optionsData(t)
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	d, err := vulkan.Open(vulkan.Options{Select: "software", CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	cpu := host.Open(host.Options{Threads: 2})
	defer cpu.Close()
	opt := Options{Config: c, Batch: 4 * maxRaySamples, Seed: 7}
	for _, set := range nerfOptions {
		set(&opt)
	}
	tr, err := NewNeRF(cpu, data, opt)
	if err != nil {
		t.Fatal(err)
	}
	for range 112 { // at first so many samples are kept that not every picture has a ray
		if err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	state := stored(t, tr)
	tr.Release()
	var found [2][]float32
	var losses [2]float64
	for i, d := range []gpu.Device{cpu, d} {
		tr, err := ResumeNeRF(d, data, state, opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Step(); err != nil {
			t.Fatal(err)
		}
		s := stored(t, tr)
		if found[i], err = s.Radia.Float32(sectionCameras); err != nil {
			t.Fatal(err)
		}
		losses[i] = s.Loss
		tr.Release()
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if !(math.Abs(losses[0]/losses[1]-1) < 1e-3) {
		t.Errorf("losses %v", losses)
	}
	most, images := 0.0, map[int]bool{}
	for i, v := range found[0] {
		most = math.Max(most, math.Abs(float64(v)))
		if v != 0 {
			images[i/refinePlanes] = true
		}
	}
	if len(images) != len(data.Frames) {
		t.Fatalf("%d of %d cameras have gradients", len(images), len(data.Frames))
	}
	for i, v := range found[0] {
		// Sums of thousands of terms, each within 2^-12 of the numbers it is made of; now and then a ray keeps one sample more.
		if w := found[1][i]; !(math.Abs(float64(v-w)) <= 0x1p-8*most) {
			t.Errorf("gradient %d: %v on the CPU, %v on Vulkan", i, v, w)
		}
	}
}

// TestFreeze: the frozen part of a resumed training keeps every bit, the other does not.
func TestFreeze(t *testing.T) {
	data, c := optionsData(t)
	d := host.Open(host.Options{Threads: 2})
	defer d.Close()
	opt := Options{Config: c, Batch: maxRaySamples, Seed: 7}
	tr, err := NewNeRF(d, data, opt)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	state, networks := stored(t, tr), tr.Field.Layout.NetworkParams
	tr.Release()
	before, err := state.Radia.Float32(sectionMaster)
	if err != nil {
		t.Fatal(err)
	}
	for i, freeze := range []func(*Options){func(o *Options) { o.FreezeNetworks = true }, func(o *Options) { o.FreezeEncoding = true }} {
		opt := opt
		freeze(&opt)
		tr, err := ResumeNeRF(d, data, state, opt)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
		after, err := tr.Field.ReadMaster()
		if err != nil {
			t.Fatal(err)
		}
		tr.Release()
		same := [2]bool{slices.Equal(before[:networks], after[:networks]), slices.Equal(before[networks:], after[networks:])}
		if want := [2]bool{i == 0, i == 1}; same != want {
			t.Errorf("networks and encoding stay: %v, want %v", same, want)
		}
	}
}
