package scene

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-gl/mathgl/mgl32"
)

// ring writes n cameras in NeRF coordinates on a circle of radius r about (0, 0, z); they look at its middle, or away from it
// where out is set.
func ring(t *testing.T, n int, z, r float64, out bool, extra string) string {
	dir := t.TempDir()
	var frames []string
	for i := range n {
		a := 2 * math.Pi * float64(i) / float64(n)
		s, c := math.Sincos(a)
		if out {
			s, c = -s, -c
		}
		// Backward is away from what is seen: columns are right, up and backward.
		m := fmt.Sprintf("[[%g,0,%g,%g],[%g,0,%g,%g],[0,1,0,%g],[0,0,0,1]]", -s, c, r*math.Cos(a), c, s, r*math.Sin(a), z)
		picture(t, filepath.Join(dir, fmt.Sprintf("%d.png", i)), 4, 4, grey())
		frames = append(frames, fmt.Sprintf(`{"file_path":"%d.png","transform_matrix":%s}`, i, m))
	}
	write(t, filepath.Join(dir, "transforms.json"), fmt.Sprintf(`{"camera_angle_x":0.7,%s"frames":[%s]}`, extra, strings.Join(frames, ",")))
	return dir
}

func numbers(t *testing.T, s string) (out []float64) {
	for _, w := range regexp.MustCompile(`-?[0-9.]+(e[+-][0-9]+)?`).FindAllString(s, -1) {
		v, err := strconv.ParseFloat(w, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// TestBlindCameras: cameras that see nothing of the cube are reported with a placement, and with it they see its middle.
func TestBlindCameras(t *testing.T) {
	all := LoadOptions{Split: "all", Lazy: true}
	for _, c := range []struct {
		name       string
		z, r       float64
		out, blind bool
		want       float64 // mean distance from the middle after the advice is taken; 0: not looked at
	}{
		{"around the middle", 0, 4, false, false, 0},
		{"far away and small", 0, 4000, false, false, 0}, // a millionth of the picture
		{"beside it", 100, 4, false, true, 1.33},
		{"beside it and huge", 1e4, 900, false, true, 1.33},
		{"beside it, outwards", 60, 4, true, true, 0.25},
		{"within, outwards", 0, 0.5, true, false, 0},
		{"around it, outwards", 0, 4, true, true, 0.25},
	} {
		dir := ring(t, 7, c.z, c.r, c.out, "")
		d, err := Load(dir, all)
		if err != nil {
			t.Fatal(err)
		}
		err = d.CheckCameras()
		if (err != nil) != c.blind {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			continue
		}
		advice := regexp.MustCompile(`set ("scale": \S+) and ("offset": \[[^]]*\])`).FindStringSubmatch(err.Error())
		if advice == nil || !strings.HasPrefix(err.Error(), d.Path) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s: %v", c.name, err)
		}
		d, err = Load(ring(t, 7, c.z, c.r, c.out, advice[1]+","+advice[2]+","), all)
		if err != nil || d.CheckCameras() != nil || len(d.Warnings) > 0 {
			t.Fatalf("%s: with %s: %v %v %v", c.name, advice[0], err, d.CheckCameras(), d.Warnings)
		}
		var mean mgl32.Vec3
		distance := 0.0
		for _, camera := range d.Cameras() {
			mean = mean.Add(camera.Position().Mul(1.0 / 7))
			distance += float64(camera.Position().Sub(mgl32.Vec3{0.5, 0.5, 0.5}).Len()) / 7
		}
		// Four digits of a scale and of an offset that is up to 1e4 times as large as the cube.
		if mean.Sub(mgl32.Vec3{0.5, 0.5, 0.5}).Len() > 0.06 || math.Abs(distance-c.want) > 0.06 {
			t.Errorf("%s: with %s the cameras are %.3f around %v, want %.3f around the middle", c.name, advice[0], distance, mean, c.want)
		}
	}
	// A larger cube reaches what stands beside it.
	d, err := Load(ring(t, 7, 20, 4, false, ""), all)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.CheckCameras(); err == nil || !strings.Contains(err.Error(), `"aabb_scale": 16`) {
		t.Errorf("%v", err)
	}
}

// TestSomeBlindCameras: a warning counts them.
func TestSomeBlindCameras(t *testing.T) {
	dir := set(t, 3, `"camera_angle_x":0.8,`)
	d, err := Load(dir, LoadOptions{Split: "all", Lazy: true})
	if err != nil || d.CheckCameras() != nil || len(d.Warnings) != 0 {
		t.Fatal(err, d.CheckCameras(), d.Warnings)
	}
	turned := "[[-1,0,0,0.5],[0,1,0,1],[0,0,-1,2],[0,0,0,1]]" // looks away
	text := fmt.Sprintf(`{"camera_angle_x":0.8,"frames":[{"file_path":"im/a_0.png","transform_matrix":%s},{"file_path":"im/a_1.png","transform_matrix":%s}]}`, identity, turned)
	write(t, filepath.Join(dir, "transforms.json"), text)
	d, err = Load(dir, LoadOptions{Split: "all", Lazy: true})
	if err != nil || d.CheckCameras() != nil || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "1 of 2 cameras see nothing") {
		t.Fatal(err, d.CheckCameras(), d.Warnings)
	}
}

// TestSeesWithEveryLens: a camera in front of the cube sees it; turned round only lenses that see all around do.
func TestSeesWithEveryLens(t *testing.T) {
	for _, lens := range testLenses {
		kind, c := lens.Kind, testCamera(lens)
		around := kind == LatLong || kind == Equirectangular
		for _, forward := range []bool{true, false} {
			target := mgl32.Vec3{0.5, 0.5, 0.5}
			if !forward {
				target = mgl32.Vec3{0.5, 0.5, 9.5}
			}
			c.Pose = LookAt(mgl32.Vec3{0.5, 0.6, 3}, target, mgl32.Vec3{0, 1, 0})
			if got := c.seesCube(0, 1); got != (forward || around) {
				t.Errorf("%v, forward %v: %v", kind, forward, got)
			}
		}
	}
}
