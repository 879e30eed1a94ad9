package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// TestLargeTables: where a table is larger than what a kernel may bind, training is refused before it takes memory; where only
// the parameters as a whole are, the optimiser goes through them in parts and the model is the same; a table that is too
// large in float32 is rendered from an fp16 copy.
func TestLargeTables(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	f := share(t)
	// Five hashed levels of 2^19 entries of two features: 20 MiB.
	const table = 5 << 19 * 2 * 4
	if err := os.WriteFile(in("wide.json"), fmt.Appendf(nil, strings.NewReplacer(`"n_levels": 2`, `"n_levels": 5`, `"log2_hashmap_size": 12`, `"log2_hashmap_size": 19`,
		`"base_resolution": 16`, `"base_resolution": 128`, `"per_level_scale": 2`, `"per_level_scale": 1.5`).Replace(tinyConfig), "1e-2"), 0o666); err != nil {
		t.Fatal(err)
	}
	train := func(out string, more ...string) []string {
		return append([]string{"train", f.scene, "-o", in(out), "--config", in("wide.json"), "--batch", "1024", "--steps", "2", "--device", "cpu"}, more...)
	}
	binding := func(n int) { t.Setenv("RADIA_FAULT", fmt.Sprintf("binding:%d", n)) }
	succeed(t, train("whole.ingp")...)
	binding(table)
	succeed(t, train("parts.ingp")...)
	if !bytes.Equal(read(t, in("whole.ingp")), read(t, in("parts.ingp"))) {
		t.Error("a training whose parameters are bound in parts gives another model")
	}
	binding(table - 4)
	refuse(t, dir, "the table of |takes 20 MiB in float32|binds at most 19 MiB|log2_hashmap_size", train("no.ingp")...)
	refuse(t, dir, "table gradients take 20 MiB|binds at most 19 MiB|log2_hashmap_size", train("no.ingp", "--precision", "half")...)
	view := []string{"--data", f.scene, "--view", "0", "--size", "12x12", "--device", "cpu"}
	succeed(t, append([]string{"render", in("whole.ingp"), "-o", in("halves.png")}, view...)...)
	t.Setenv("RADIA_FAULT", "")
	succeed(t, append([]string{"render", in("whole.ingp"), "-o", in("floats.png")}, view...)...)
	a, err := imageio.Read(in("halves.png"), 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := imageio.Read(in("floats.png"), 0)
	if err != nil {
		t.Fatal(err)
	}
	// Entries rounded to 2^-11 of themselves move a network of these weights by less than that, a byte by less than two.
	for i := range a.Pix {
		for shift := 0; shift < 32; shift += 8 {
			if d := int(a.Pix[i]>>shift&255) - int(b.Pix[i]>>shift&255); d > 2 || d < -2 {
				t.Fatalf("pixel %d: %08x from halves, %08x from floats", i, a.Pix[i], b.Pix[i])
			}
		}
	}
	// The preset of 2^21 entries on a driver that binds 128 MiB, with hardly any memory.
	device := software(t)
	t.Setenv("RADIA_LIMITS", "minimal")
	refuse(t, dir, "the table of big takes 164 MiB in float32|binds at most 128 MiB", f.train(in("no.ingp"), "--config", "big", "--device", device)...)
}
