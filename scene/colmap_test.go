package scene

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

// TestStatue holds the whole chain of a real model (poses, placement, axes, lens) to COLMAP's own measurements: the points of
// the model, projected through the cameras that Load makes, lie where COLMAP found them in the pictures. COLMAP reports the
// mean error of each point; over all observations it is below two pixels of pictures 800 wide, while a wrong axis, principal
// point or half pixel of offset in any picture would be seen in the median.
func TestStatue(t *testing.T) {
	dir := testenv.Data(t, "colmap", "statue")
	d, err := Load(dir, LoadOptions{Split: "all", Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	if d.Kind != COLMAP || len(d.Frames) != 40 || d.CheckCameras() != nil || len(d.Warnings) != 0 {
		t.Fatalf("%v: %v %v", d, d.CheckCameras(), d.Warnings)
	}
	m, err := findColmap(dir)
	if err != nil {
		t.Fatal(err)
	}
	place := m.placement()
	points := map[string]Vec3{}
	for _, line := range lines(t, filepath.Join(dir, "sparse/0/points3D.txt")) {
		w := strings.Fields(line)
		p := [3]float64{}
		for k := range p {
			p[k], _ = strconv.ParseFloat(w[1+k], 64)
		}
		points[w[0]] = d.Transform.Point(place.point(p))
	}
	var errors, shifted []float64
	images := lines(t, filepath.Join(dir, "sparse/0/images.txt"))
	for i := 0; i+1 < len(images); i += 2 {
		head, seen := strings.Fields(images[i]), strings.Fields(images[i+1])
		at := slices.IndexFunc(d.Frames, func(f Frame) bool { return f.Name == head[9] })
		for k := 0; k+2 < len(seen); k += 3 {
			p, ok := points[seen[k+2]]
			if !ok {
				continue
			}
			u, _ := strconv.ParseFloat(seen[k], 64)
			v, _ := strconv.ParseFloat(seen[k+1], 64)
			x, y, ok := d.Frames[at].Camera.Project(p)
			if !ok {
				t.Fatalf("%s: a point is not seen", head[9])
			}
			errors = append(errors, math.Hypot(x-u, y-v))
			shifted = append(shifted, math.Hypot(x-u-2, y-v))
		}
	}
	mean := func(v []float64) (sum float64) {
		for _, e := range v {
			sum += e / float64(len(v))
		}
		return sum
	}
	if len(errors) < 7000 || !(mean(errors) < 2) {
		t.Errorf("%d observations, mean error %.3f pixels", len(errors), mean(errors))
	}
	if mean(shifted) < 2 {
		t.Errorf("pictures shifted by two pixels have an error of %.3f", mean(shifted))
	}
	// Text and binary say the same; the text has fewer digits.
	text := t.TempDir()
	for _, f := range []string{"cameras", "images", "points3D"} {
		copyFile(t, filepath.Join(dir, "sparse/0", f+".txt"), filepath.Join(text, "sparse/0", f+".txt"))
	}
	if err := os.Symlink(filepath.Join(dir, "images"), filepath.Join(text, "images")); err != nil {
		t.Fatal(err)
	}
	e, err := Load(text, LoadOptions{Split: "all", Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	if e.AABBScale != d.AABBScale || len(e.Frames) != len(d.Frames) {
		t.Errorf("text %v, binary %v", e, d)
	}
	for i := range d.Frames {
		a, b := &d.Frames[i], &e.Frames[i]
		diff := 0.0
		for k := range a.Camera.Pose {
			diff = max(diff, math.Abs(float64(a.Camera.Pose[k]-b.Camera.Pose[k])))
		}
		if a.Name != b.Name || a.Camera.Lens.Kind != b.Camera.Lens.Kind || diff > 1e-4 {
			t.Fatalf("%s and %s differ by %g", a.Name, b.Name, diff)
		}
	}
	// Held out is every 8th by name, also where the folder of the model is given.
	held, err := Load(filepath.Join(dir, "sparse", "0"), LoadOptions{Split: "test", Lazy: true})
	if err != nil || len(held.Frames) != 5 || held.Frames[0].Name != d.Frames[0].Name || held.Frames[1].Name != d.Frames[8].Name {
		t.Errorf("%v: %v", held, err)
	}
}

// lines are the lines of a file without comments.
func lines(t *testing.T, path string) (out []string) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		if !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return out
}

func copyFile(t *testing.T, from, to string) {
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(b))
}

// colmapRing writes a model of n cameras that look at the point (10, 20, 30) from a distance of 5, with -y upwards as COLMAP's
// first camera has it.
func colmapRing(t *testing.T, n int, camera string) string {
	dir := t.TempDir()
	var images, points strings.Builder
	for i := range n {
		name := fmt.Sprintf("b %d.png", i) // names may hold spaces
		picture(t, filepath.Join(dir, "images", name), 8, 8, grey())
		// R turns the world about y by a; the camera then looks along its z.
		a := 2 * math.Pi * float64(i) / float64(n)
		q := [4]float64{math.Cos(a / 2), 0, math.Sin(a / 2), 0}
		r := [3]Vec3{{math.Cos(a), 0, math.Sin(a)}, {0, 1, 0}, {-math.Sin(a), 0, math.Cos(a)}}
		focus := Vec3{10, 20, 30}
		fmt.Fprintf(&images, "%d %.17g %.17g %.17g %.17g %.17g %.17g %.17g 7 %s\n\n", i+1, q[0], q[1], q[2], q[3],
			-dot(r[0], focus), -dot(r[1], focus), 5-dot(r[2], focus), name)
		fmt.Fprintf(&points, "%d %g %g %g 1 2 3 0.5 1 0\n", i, 10+3*math.Cos(a), 20.0, 30+3*math.Sin(a))
	}
	write(t, filepath.Join(dir, "sparse/0/cameras.txt"), "# a comment\n7 "+camera+"\n")
	write(t, filepath.Join(dir, "sparse/0/images.txt"), images.String())
	write(t, filepath.Join(dir, "sparse/0/points3D.txt"), points.String())
	return dir
}

// TestColmapPlacement: the cameras come to lie 4 from the origin, which they look at, with z upwards; the cube holds the points,
// whose largest coordinate is 3 · 4/5 in file coordinates: 2 · 2.4 · 0.33 = 1.6 cubes.
func TestColmapPlacement(t *testing.T) {
	d, err := Load(colmapRing(t, 12, "PINHOLE 16 16 20 22 8 8"), LoadOptions{Split: "all", Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	if d.AABBScale != 2 || d.Frames[0].Camera.Focal != [2]float32{10, 11} || d.Frames[0].Camera.Lens.Kind != Perspective {
		t.Errorf("%v, focal %v", d, d.Frames[0].Camera.Focal)
	}
	for _, f := range d.Frames {
		m := d.Transform.PoseBack(f.Camera.Pose)
		at := Vec3{m[0][3], m[1][3], m[2][3]}
		if math.Abs(math.Sqrt(dot(at, at))-4) > 1e-4 || math.Abs(at[2]) > 1e-4 {
			t.Errorf("%s stands at %v", f.Name, at)
		}
		for k := range 3 {
			up := [3]float64{0, 0, 1}[k]
			if math.Abs(m[k][1]-up) > 1e-5 || math.Abs(m[k][2]-at[k]/4) > 1e-4 { // up, and backward
				t.Errorf("%s: %v", f.Name, m)
			}
		}
	}
}

func TestColmapLenses(t *testing.T) {
	for _, c := range []struct {
		camera string
		want   Lens
		fails  string
	}{
		{"SIMPLE_PINHOLE 8 8 9 4 4", Lens{}, ""},
		{"SIMPLE_RADIAL 8 8 9 4 4 0.1", Lens{OpenCV, [8]float32{0.1}}, ""},
		{"RADIAL 8 8 9 4 4 0.1 -0.2", Lens{OpenCV, [8]float32{0.1, -0.2}}, ""},
		{"OPENCV 8 8 9 9 4 4 0.1 -0.2 0.3 0.4", Lens{OpenCV, [8]float32{0.1, -0.2, 0.3, 0.4}}, ""},
		{"FULL_OPENCV 8 8 9 9 4 4 0.1 -0.2 0.3 0.4 0 0 0 0", Lens{OpenCV, [8]float32{0.1, -0.2, 0.3, 0.4}}, ""},
		{"OPENCV_FISHEYE 8 8 9 9 4 4 0.1 -0.2 0.3 0.4", Lens{OpenCVFisheye, [8]float32{0.1, -0.2, 0.3, 0.4}}, ""},
		{"SIMPLE_RADIAL_FISHEYE 8 8 9 4 4 0.1", Lens{OpenCVFisheye, [8]float32{0.1}}, ""},
		{"RADIAL_FISHEYE 8 8 9 4 4 0.1 0.2", Lens{OpenCVFisheye, [8]float32{0.1, 0.2}}, ""},
		{"FULL_OPENCV 8 8 9 9 4 4 0.1 -0.2 0.3 0.4 0.5 0 0 0", Lens{}, "undistort"},
		{"FOV 8 8 9 9 4 4 0.5", Lens{}, "undistort"},
		{"THIN_PRISM_FISHEYE 8 8 9 9 4 4 0 0 0 0 0 0 0 0", Lens{}, "undistort"},
		{"MAGIC 8 8 9", Lens{}, "MAGIC"},
		{"PINHOLE 8 8 9 9 4", Lens{}, "4 parameters"},
		{"PINHOLE 0 8 9 9 4 4", Lens{}, "0 x 8"},
		{"PINHOLE 8 8 -9 9 4 4", Lens{}, "fl_x"},
		{"PINHOLE 8 8 NaN 9 4 4", Lens{}, "NaN"},
	} {
		d, err := Load(colmapRing(t, 3, c.camera), LoadOptions{Split: "all", Lazy: true})
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", c.camera, err)
			}
			continue
		}
		if err != nil || d.Frames[0].Camera.Lens != c.want {
			t.Errorf("%s: %v: %+v", c.camera, err, d)
		}
	}
}

// TestColmapPictures: where the pictures are looked for, and what is said where they are not.
func TestColmapPictures(t *testing.T) {
	dir := colmapRing(t, 3, "SIMPLE_PINHOLE 8 8 9 4 4")
	for _, path := range []string{dir, filepath.Join(dir, "sparse"), filepath.Join(dir, "sparse", "0")} {
		if d, err := Load(path, LoadOptions{Split: "all", Lazy: true}); err != nil || len(d.Frames) != 3 {
			t.Errorf("%s: %v", path, err)
		}
	}
	// The sub-model with the most images counts.
	copyFile(t, filepath.Join(dir, "sparse/0/cameras.txt"), filepath.Join(dir, "sparse/1/cameras.txt"))
	write(t, filepath.Join(dir, "sparse/1/images.txt"), "1 1 0 0 0 0 0 5 7 b 0.png\n\n")
	if d, err := Load(dir, LoadOptions{Split: "all", Lazy: true}); err != nil || len(d.Frames) != 3 {
		t.Errorf("two models: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "images", "b 1.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, LoadOptions{Split: "all", Lazy: true}); err == nil || !strings.Contains(err.Error(), "b 1.png") {
		t.Errorf("a missing picture: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "images")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, LoadOptions{Split: "all", Lazy: true}); err == nil || !strings.Contains(err.Error(), "b 0.png") {
		t.Errorf("no pictures: %v", err)
	}
}
