package train

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/synth"
)

// TestLatents shows every view twice, in the light of the day and of the evening, which no direction of view tells apart: with
// latents, each training view looks like its picture with its own appearance, and not with that of the other time of the day.
func TestLatents(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	dir := filepath.Join(t.TempDir(), "scene")
	if err := synth.Write(dir, synth.Options{Views: 16, TestViews: 1, ValViews: 1, Size: 32, Seed: 5}); err != nil {
		t.Fatal(err)
	}
	load := func(tint [3]float64) *scene.Dataset {
		data, err := scene.Load(dir, scene.LoadOptions{Split: "train"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range data.Frames {
			m, err := data.Image(i)
			if err != nil {
				t.Fatal(err)
			}
			for j, p := range m.Pix {
				out := p &^ 0xffffff
				for k, s := range tint {
					out |= uint32(float64(p>>(8*k)&255)*s+0.5) << (8 * k)
				}
				m.Pix[j] = out
			}
		}
		return data
	}
	data, evening := load([3]float64{1, 0.9, 0.7}), load([3]float64{0.3, 0.35, 0.6})
	views := len(data.Frames)
	data.Frames = append(data.Frames, evening.Frames...)
	d := host.Open(host.Options{})
	defer d.Close()
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	// psnr is that of some training views against their pictures, with the appearance of the picture `shift` further on.
	psnr := func(tr *NeRF, shift int) float64 {
		s, err := tr.Snapshot(false)
		if err != nil {
			t.Fatal(err)
		}
		sum, n := 0.0, 0
		for i := 0; i < len(data.Frames); i += 4 {
			if v, err := field.Appearance(s, (i+shift)%len(data.Frames)); err != nil {
				t.Fatal(err)
			} else if v != nil {
				tr.Field.SetAppearance(v)
			}
			view := *data
			view.Frames = data.Frames[i : i+1]
			sum, n = sum+heldOut(t, d, tr, &view), n+1
		}
		return sum / float64(n)
	}
	trained := func(latents int) *NeRF {
		tr, err := NewNeRF(d, data, Options{Config: c, Batch: 4096, Seed: 3, NearDistance: 0.1, Latents: latents})
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Run(context.Background(), Limits{Steps: 400}, nil); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	plain := trained(0)
	defer plain.Release()
	with := trained(4)
	defer with.Release()
	none, own, other := psnr(plain, 0), psnr(with, 0), psnr(with, views)
	t.Logf("training views: %.2f dB without latents, %.2f dB with their own, %.2f dB with those of the other time", none, own, other)
	if !(own > none+3) || !(own > other+6) {
		t.Errorf("%.2f dB with their own latents, %.2f dB with others', %.2f dB without", own, other, none)
	}
}

// TestLatentsResume: a training with latents and lights that is saved and resumed is the uninterrupted one, bit by bit.
func TestLatentsResume(t *testing.T) {
	tr, data, opt := smallTraining(t, smallNeRF, false, 0)
	d := tr.device
	tr.Release()
	for i := range data.Frames {
		data.Frames[i].Light = &[3]float32{float32(i) / 4, 0, 1}
	}
	opt.Latents = 3
	run := func(tr *NeRF, steps int) {
		for tr.Done() < steps {
			if err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole, err := NewNeRF(d, data, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Release()
	if n := whole.Field.ExtraDims(); n != 6 {
		t.Fatalf("%d extra inputs", n)
	}
	run(whole, 24) // beyond a step of the latents, within the next
	half, err := whole.Snapshot(true)
	if err != nil {
		t.Fatal(err)
	}
	run(whole, 40)
	want, err := whole.Snapshot(true)
	if err != nil {
		t.Fatal(err)
	}
	if latents, lights := field.StoredExtra(half); latents != 3 || !lights {
		t.Fatalf("%d latents, lights %v", latents, lights)
	}
	again, err := ResumeNeRF(d, data, half, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Release()
	run(again, 40)
	got, err := again.Snapshot(true)
	if err != nil {
		t.Fatal(err)
	}
	moved := false
	for i, w := range want.NeRF.ExtraDims {
		g, before := got.NeRF.ExtraDims[i], half.NeRF.ExtraDims[i]
		if g.Iter != w.Iter || w.Iter != 2 || !slices.Equal(g.Variable, w.Variable) || !slices.Equal(g.FirstMoment, w.FirstMoment) || !slices.Equal(g.SecondMoment, w.SecondMoment) {
			t.Fatalf("picture %d: %+v, want %+v", i, g, w)
		}
		light := [3]float32{(float32(i)/4 + 1) / 2, 0.5, 1}
		if [3]float32(w.Variable) != light {
			t.Errorf("the light of picture %d is %v, want %v", i, w.Variable[:3], light)
		}
		moved = moved || !slices.Equal(w.Variable[3:], before.Variable[3:])
	}
	if !moved {
		t.Error("the latents do not change")
	}
	a, err := whole.Field.ReadMaster()
	if err != nil {
		t.Fatal(err)
	}
	b, err := again.Field.ReadMaster()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a, b) {
		t.Error("the parameters of the resumed training differ")
	}

	spoiled := *half.NeRF
	spoiled.ExtraDims = spoiled.ExtraDims[1:]
	half.NeRF = &spoiled
	if _, err := ResumeNeRF(d, data, half, opt); err == nil || !strings.Contains(err.Error(), "extra inputs of 3 pictures") {
		t.Errorf("latents of too few pictures: %v", err)
	}
}
