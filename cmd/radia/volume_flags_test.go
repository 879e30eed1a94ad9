package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/imageio"
)

// Every flag of a volume's picture changes it, for a model and for the voxels themselves; those that have no meaning are refused.
func TestVolumeFlags(t *testing.T) {
	dir, in := fittedData(t)
	fast := `{"parent": "volume/small", "encoding": {"n_levels": 3, "log2_hashmap_size": 12, "base_resolution": 8, "per_level_scale": 1.5}}`
	if err := os.WriteFile(in("fast.json"), []byte(fast), 0o666); err != nil {
		t.Fatal(err)
	}
	succeed(t, "train", in("volume/cloud.json"), "-o", in("m.ingp"), "--config", in("fast.json"), "--steps", "60", "--batch", "1024", "--device", "cpu")
	map360 := imageio.New(16, 8)
	for i := range map360.Pix {
		map360.Pix[i] = imageio.Pack(uint8(i), uint8(250-i), 40, 255)
	}
	if err := imageio.WritePNG(in("sky.png"), map360); err != nil {
		t.Fatal(err)
	}
	for _, model := range []string{"m.ingp", "volume/cloud.json"} {
		picture := func(flags ...string) []byte {
			t.Helper()
			succeed(t, append([]string{"render", in(model), "-o", in("p.png"), "--size", "24x16", "--device", "cpu"}, flags...)...)
			return read(t, in("p.png"))
		}
		plain := picture()
		if !bytes.Equal(plain, picture()) {
			t.Fatalf("%s: two pictures differ", model)
		}
		for _, flags := range []string{"--azimuth 50", "--elevation 60", "--fov 20", "--near 2", "--exposure 1", "--background environment", "--background white", "--mode alpha", "--spp 3",
			"--background environment --environment " + in("sky.png")} {
			if bytes.Equal(plain, picture(strings.Fields(flags)...)) {
				t.Errorf("%s: %s changes nothing", model, flags)
			}
		}
		for _, flags := range []string{"--view 1", "--exposure=NaN", "--fps 0", "--orbit=-1", "--orbit=1000000000", "--azimuth=NaN"} {
			want, _, _ := strings.Cut(flags, "=")
			refuseWith(t, 2, dir, strings.Fields(want)[0], append([]string{"render", in(model), "-o", in("no.png"), "--size", "24x16", "--device", "cpu"}, strings.Fields(flags)...)...)
		}
		for _, flags := range []string{"--crop 0,0,0,0.5,1,1", "--levels 0-1", "--mode slice"} {
			if model == "m.ingp" {
				if bytes.Equal(plain, picture(strings.Fields(flags)...)) {
					t.Errorf("%s changes nothing", flags)
				}
				continue
			}
			refuseWith(t, 2, dir, strings.Fields(flags)[0], append([]string{"render", in(model), "-o", in("no.png"), "--size", "24x16", "--device", "cpu"}, strings.Fields(flags)...)...)
		}
	}
}
