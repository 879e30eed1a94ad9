package engine

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/synth"
)

// hdrData are views of a scene that has the same linear light everywhere, as EXR pictures.
func hdrData(t *testing.T, light [3]float32) *scene.Dataset {
	t.Helper()
	dir := t.TempDir()
	const size = 16
	planes := []imageio.Plane{{Name: "R"}, {Name: "G"}, {Name: "B"}, {Name: "A"}}
	for k := range planes {
		planes[k].Data = make([]float32, size*size)
		for i := range planes[k].Data {
			if planes[k].Data[i] = 1; k < 3 {
				planes[k].Data[i] = light[k]
			}
		}
	}
	json := `{"camera_angle_x": 0.7, "aabb_scale": 1, "frames": [`
	for i, p := range synth.Poses(6, 1) {
		name := fmt.Sprintf("%d.exr", i)
		if err := imageio.WriteEXR(filepath.Join(dir, name), size, size, planes); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			json += ","
		}
		json += fmt.Sprintf(`{"file_path": %q, "transform_matrix": [`, name)
		for row := range 3 {
			json += fmt.Sprintf("[%g, %g, %g, %g],", p[row][0], p[row][1], p[row][2], p[row][3])
		}
		json += "[0, 0, 0, 1]]}"
	}
	if err := os.WriteFile(filepath.Join(dir, "transforms.json"), []byte(json+"]}"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := scene.Load(dir, scene.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !d.HDR {
		t.Fatal("the data is not HDR")
	}
	return d
}

// TestHDRFieldShowsTheLightOfItsData: what is trained on linear light, some of it brighter than white, shows that light. Were
// the field's colours taken for another encoding than they are trained in, 0.05 would come out as 0.004 or as 0.25.
func TestHDRFieldShowsTheLightOfItsData(t *testing.T) {
	light := [3]float32{0.05, 0.3, 2}
	n, err := NewNeRF(NeRFOptions{Device: onHost, Name: "hdr", Data: hdrData(t, light), Config: "small", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	var p Progress
	for p.Step < 120 {
		if p, err = n.Train(context.Background(), 1); err != nil { // one step
			t.Fatal(err)
		}
	}
	f := picture(t, n, Region{0, n.About().Home.Height})
	var sum [4]float64
	for i, v := range f.Color {
		sum[i%4] += float64(v)
	}
	for k, want := range light {
		got := sum[k] / sum[3]
		t.Logf("channel %d: %g of %g", k, got, want)
		if math.Abs(math.Log2(got/float64(want))) > 1 {
			t.Errorf("channel %d shows the light %g, the data has %g", k, got, want)
		}
	}
}
