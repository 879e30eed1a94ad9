package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/synth"
)

// rollingScene writes the procedural scene as a rolling shutter sees it that reads rows from top to bottom while the camera
// moves and turns, three times: with the motion in the file, without it, and with the rays of every pixel in side-cars.
func rollingScene(t *testing.T, dir string, views, size int) {
	t.Helper()
	s := synth.New(5)
	type frame struct {
		File  string        `json:"file_path"`
		Start [4][4]float64 `json:"transform_matrix_start"`
		End   [4][4]float64 `json:"transform_matrix_end"`
	}
	tr := scene.DefaultTransform()
	var frames []frame
	for i, m := range synth.Poses(views, 15) {
		start := synth.Camera(m, size)
		end := start
		side := float32(1 - 2*(i%2))
		end.Pose = field.Corrected(start.Pose, start.Pose.Col(0).Mul(0.1*side), start.Pose.Col(1).Mul(0.08).Add(start.Pose.Col(2).Mul(0.1*side)))
		turn, move := field.Motion(start.Pose, end.Pose)
		picture, rays := imageio.New(size, size), []float32{}
		for y := range size {
			at := start
			time := (float32(y) + 0.5) / float32(size)
			at.Pose = field.Corrected(start.Pose, mgl32.Vec3(move).Mul(time), mgl32.Vec3(turn).Mul(time))
			for x := range size {
				o, d, _ := at.Ray(float64(x)+0.5, float64(y)+0.5)
				o, d = tr.PointBack(o), tr.DirectionBack(d)
				if c, _, ok := s.Trace(o, d); ok {
					e := func(v float64) uint8 { return uint8(min(max(imageio.LinearToSRGB(v), 0), 1)*255 + 0.5) }
					picture.Pix[y*size+x] = imageio.Pack(e(c[0]), e(c[1]), e(c[2]), 255)
				}
				rays = append(rays, float32(o[0]), float32(o[1]), float32(o[2]), float32(d[0]), float32(d[1]), float32(d[2]))
			}
		}
		name := string(rune('a'+i)) + ".png"
		frames = append(frames, frame{name, tr.PoseBack(start.Pose), tr.PoseBack(end.Pose)})
		for _, variant := range []string{"moving", "still", "rays"} {
			if err := os.MkdirAll(filepath.Join(dir, variant), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := imageio.WritePNG(filepath.Join(dir, variant, name), picture); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, rays); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "rays", "rays_"+strings.TrimSuffix(name, ".png")+".dat"), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for variant, shutter := range map[string][]float64{"moving": {0, 0, 1}, "still": {0, 0, 0}, "rays": {0, 0, 0}} {
		text, err := json.Marshal(map[string]any{"camera_angle_x": 0.6911112070083618, "rolling_shutter": shutter, "frames": frames})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, variant, "transforms.json"), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRollingShutter: a training that follows the moving camera, by the file's poses or by given rays, shows unseen views
// better than one that takes every picture from its first pose.
func TestRollingShutter(t *testing.T) {
	if testing.Short() {
		t.Skip("whole trainings")
	}
	dir := t.TempDir()
	rollingScene(t, dir, 16, 24)
	if err := synth.Write(filepath.Join(dir, "test"), synth.Options{Views: 1, TestViews: 3, ValViews: 1, Size: 24, Seed: 5}); err != nil {
		t.Fatal(err)
	}
	test, err := scene.Load(filepath.Join(dir, "test"), scene.LoadOptions{Split: "test"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("quality", []byte(qualityNeRF))
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{})
	defer d.Close()
	psnr := map[string]float64{}
	for _, variant := range []string{"moving", "still", "rays"} {
		data, err := scene.Load(filepath.Join(dir, variant), scene.LoadOptions{Split: "all"})
		if err != nil {
			t.Fatal(err)
		}
		tr, err := NewNeRF(d, data, Options{Config: c, Batch: 4096, Seed: 5, NearDistance: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Run(context.Background(), Limits{Steps: 160}, nil); err != nil {
			t.Fatal(err)
		}
		psnr[variant] = heldOut(t, d, tr, test)
		tr.Release()
	}
	t.Logf("dB on held-out views: %v", psnr)
	for _, variant := range []string{"moving", "rays"} {
		if !(psnr[variant] > psnr["still"]+1.5) {
			t.Errorf("%s: %.2f dB, %.2f with pictures taken from their first pose", variant, psnr[variant], psnr["still"])
		}
	}
}
