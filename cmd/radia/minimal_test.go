package main

import (
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/scene/imageio"
)

// TestMinimalLimits trains and renders every kind of field on a device with what Vulkan demands of the weakest, under the
// validation layer, and a radiance field by every pipeline: each picture is what the processor makes of the model.
func TestMinimalLimits(t *testing.T) {
	device := software(t)
	dir, in := fittedData(t)
	f := share(t)
	t.Setenv("RADIA_LIMITS", "minimal")
	validate(t, dir, device)
	picture := func(name string) *imageio.Image {
		p, err := imageio.Read(in(name), 0)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	// One lattice point of a ray may be another where rounding differs, and with it a pixel by a little more than a step.
	same := func(name, other string, most int) {
		a, b := picture(name), picture(other)
		worse := 0
		for i := range a.Pix {
			for shift := 0; shift < 32; shift += 8 {
				if d := int(a.Pix[i]>>shift&255) - int(b.Pix[i]>>shift&255); d > 1 || d < -1 {
					worse++
				}
			}
		}
		if worse > most || len(a.Pix) != len(b.Pix) {
			t.Errorf("%s: %d of %d bytes differ from %s by more than 1", name, worse, 4*len(a.Pix), other)
		}
	}

	succeed(t, f.train(in("nerf.ingp"), "--steps", "3", "--device", device)...)
	nerf := func(out string, more ...string) {
		succeed(t, append([]string{"render", in("nerf.ingp"), "-o", in(out), "--data", f.scene, "--view", "0", "--size", "8x8"}, more...)...)
	}
	nerf("cpu.png", "--device", "cpu")
	for _, p := range []string{"fused", "unfused", "mega"} {
		nerf(p+".png", "--device", device, "--pipeline", p)
		same(p+".png", "cpu.png", 4)
	}
	for mode, data := range map[string]string{"image": "picture.png", "sdf": "mesh.obj", "volume": "volume/cloud.json"} {
		model := in(mode + ".ingp")
		succeed(t, "train", in(data), "-o", model, "--config", in(mode+".json"), "--batch", "1024", "--steps", "3", "--device", device)
		view := []string{"render", model, "--size", "8x8"}
		succeed(t, append(view, "-o", in(mode+".png"), "--device", device)...)
		succeed(t, append(view, "-o", in(mode+"_cpu.png"), "--device", "cpu")...)
		same(mode+".png", mode+"_cpu.png", 4)
	}
	same("cpu.png", "cpu.png", 0)

	// Too little even for a training step's gradients: one line, when the device is chosen.
	t.Setenv("RADIA_LIMITS", "bindings:4")
	refuse(t, dir, "12 storage buffers of a kernel, only for 4", f.train(in("no.ingp"), "--steps", "1", "--device", device)...)
	t.Setenv("RADIA_LIMITS", "bindigs:4")
	refuse(t, dir, `RADIA_LIMITS=bindigs:4: "bindigs:4" is none of`, f.train(in("no.ingp"), "--steps", "1", "--device", device)...)
	// A table that does not fit into a binding.
	t.Setenv("RADIA_LIMITS", "binding:4096")
	refuse(t, dir, "larger than the device allows: the table of", f.train(in("no.ingp"), "--steps", "1", "--device", device)...)
	t.Setenv("RADIA_LIMITS", "allocation:65536")
	refuse(t, dir, "65536|larger than the device allows", f.train(in("no.ingp"), "--steps", "1", "--device", device)...)
	if got, _ := filepath.Glob(in("no*")); len(got) > 0 {
		t.Errorf("left behind %v", got)
	}
}
