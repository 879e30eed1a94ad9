package synth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// Options of Write; zero values mean the defaults in brackets.
type Options struct {
	Views     int // training pictures [100]
	TestViews int // test pictures [25]
	ValViews  int // validation pictures [10]
	Size      int // edge in pixels [200]
	Seed      int64
	Depth     bool                  // also write exact depth maps
	Progress  func(done, total int) // called after each picture
	Ctx       context.Context       // ends the work early with its error; nil never does
}

// MaxSize is the most views and the longest edge that can be asked for.
const MaxSize = 1 << 14

const (
	angle  = 0.6911112070083618 // horizontal field of view of NeRF-synthetic, radians
	radius = 4.031128874149275  // distance of its cameras
)

// depthUnit is the integer_depth_scale of the depth maps, in which 16 bits reach twice the distance of the cameras.
const depthUnit = 1.0 / 8192

// target is what the cameras look at: the middle of the still life.
var target = vec{0, 0, -0.22}

// Write renders the scene of a seed from cameras on a hemisphere into dir, in NeRF-synthetic layout: transforms_train.json,
// transforms_val.json and transforms_test.json with PNG pictures beside them, and 16-bit depth maps where asked for. The JSON files come last, and those of an earlier scene
// go first, so that a folder that has them has all their pictures.
func Write(dir string, o Options) error {
	for _, d := range []struct {
		v   *int
		def int
	}{{&o.Views, 100}, {&o.TestViews, 25}, {&o.ValViews, 10}, {&o.Size, 200}} {
		if *d.v == 0 {
			*d.v = d.def
		}
		if *d.v < 0 || *d.v > MaxSize {
			return fmt.Errorf("synth: %d views or pixels: at most %d are possible", *d.v, MaxSize)
		}
	}
	s := New(o.Seed)
	type job struct {
		path, depth string // pictures to write; depth may be none
		cam         scene.Camera
	}
	var jobs []job
	files := map[string][]byte{}
	for k, split := range [3]string{"train", "val", "test"} {
		n := [3]int{o.Views, o.ValViews, o.TestViews}[k]
		if err := os.MkdirAll(filepath.Join(dir, split), 0o777); err != nil {
			return fmt.Errorf("synth: %w", err)
		}
		meta := metaJSON{Angle: angle}
		if o.Depth {
			meta.DepthScale = depthUnit
		}
		for i, m := range Poses(n, o.Seed*3+int64(k)) {
			name := fmt.Sprintf("r_%d", i)
			rows := make([][]float64, 4)
			for r := range rows {
				rows[r] = append([]float64(nil), m[r][:]...)
			}
			frame, j := frameJSON{"./" + split + "/" + name, "", rows}, job{filepath.Join(dir, split, name+".png"), "", Camera(m, o.Size)}
			if o.Depth {
				frame.Depth, j.depth = "./"+split+"/"+name+"_depth.png", filepath.Join(dir, split, name+"_depth.png")
			}
			meta.Frames, jobs = append(meta.Frames, frame), append(jobs, j)
		}
		b, err := json.MarshalIndent(meta, "", "  ")
		if err != nil {
			return fmt.Errorf("synth: %w", err)
		}
		files["transforms_"+split+".json"] = append(b, '\n')
	}
	for name := range files {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("synth: %w", err)
		}
	}
	var mu sync.Mutex
	var first error
	done := 0
	rows(len(jobs), runtime.GOMAXPROCS(0), func(i int) {
		mu.Lock()
		stop := first != nil
		mu.Unlock()
		if stop {
			return
		}
		var err error
		if o.Ctx != nil {
			err = o.Ctx.Err()
		}
		if err == nil {
			err = imageio.WritePNG(jobs[i].path, s.render(jobs[i].cam, 1))
		}
		if err == nil && jobs[i].depth != "" {
			err = imageio.WriteGray16PNG(jobs[i].depth, inUnits(s.Depth(jobs[i].cam), jobs[i].cam))
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil && first == nil {
			first = err
		}
		if done++; o.Progress != nil {
			o.Progress(done, len(jobs))
		}
	})
	if first != nil {
		return first
	}
	for name, b := range files {
		if err := atomicfile.Write(filepath.Join(dir, name), b); err != nil {
			return err
		}
	}
	return nil
}

// inUnits is a depth map in steps of depthUnit.
func inUnits(z []float64, cam scene.Camera) *imageio.Gray16 {
	g := &imageio.Gray16{Width: cam.Width, Height: cam.Height, Pix: make([]uint16, len(z))}
	for i, v := range z {
		g.Pix[i] = uint16(min(v/depthUnit+0.5, 65535))
	}
	return g
}

type metaJSON struct {
	Angle      float64     `json:"camera_angle_x"`
	DepthScale float64     `json:"integer_depth_scale,omitempty"`
	Frames     []frameJSON `json:"frames"`
}

type frameJSON struct {
	File   string      `json:"file_path"`
	Depth  string      `json:"depth_path,omitempty"`
	Matrix [][]float64 `json:"transform_matrix"`
}

// Poses are n camera-to-world matrices (Blender axes: x right, y up, z backward) spread evenly over the upper hemisphere on a golden-angle
// spiral that the seed turns, all looking at the middle of the scene.
func Poses(n int, seed int64) [][4][4]float64 {
	out := make([][4][4]float64, n)
	phase := hash3(7, 5, 3, uint32(seed)*2654435761+1)
	golden := math.Pi * (3 - math.Sqrt(5))
	for i := range out {
		// Equal steps in height are equal areas of the sphere; 4 to 80 degrees of elevation.
		f := math.Mod((float64(i)+0.5)/float64(n)+phase, 1)
		z := math.Sin(4*math.Pi/180) + f*(math.Sin(80*math.Pi/180)-math.Sin(4*math.Pi/180))
		phi := golden*float64(i) + 2*math.Pi*phase
		r := math.Sqrt(1 - z*z)
		out[i] = lookAt(target.add(vec{r * math.Cos(phi), r * math.Sin(phi), z}.mul(radius)), target)
	}
	return out
}

func lookAt(eye, at vec) [4][4]float64 {
	back := eye.sub(at).norm()
	right := vec{0, 0, 1}.cross(back).norm()
	up := back.cross(right)
	var m [4][4]float64
	for r := 0; r < 3; r++ {
		m[r] = [4]float64{right[r], up[r], back[r], eye[r]}
	}
	m[3][3] = 1
	return m
}

// Camera is the camera of a Blender pose in ngp space with NeRF-synthetic's field of view and a square picture.
func Camera(m [4][4]float64, size int) scene.Camera {
	f := float32(0.5 * float64(size) / math.Tan(0.5*angle))
	return scene.Camera{Width: size, Height: size, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5}, Pose: scene.DefaultTransform().Pose(m)}
}
