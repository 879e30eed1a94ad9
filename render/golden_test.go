package render

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

var update = flag.Bool("update", false, "write the golden pictures anew, which fails so that nobody leaves it on")

// goldenSize bounds a golden picture in a repository that everybody clones.
const goldenSize = 4 << 10

// goldenBack is the colour behind golden pictures: unlike every field's, so that transparency shows.
var goldenBack = [3]float32{0.2, 0.9, 0.4}

// golden is a picture that is kept in testdata.
type golden struct {
	name string
	fill func(*parameters)
	view View
}

func goldens() []golden {
	front, side := testCamera(32, 24), testCamera(32, 24)
	front.Focal, side.Focal = [2]float32{80, 80}, [2]float32{72, 76}
	side.Pose = scene.LookAt(mgl32.Vec3{-0.4, 1.1, 1.5}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})
	return []golden{
		{"clouds", random(11, 12), View{Camera: front, MinTransmittance: ExactTransmittance}},
		{"side", random(11, 12), View{Camera: side, MinTransmittance: ExactTransmittance, NearDistance: 0.2}},
		{"lens", random(11, 12), View{Camera: front, MinTransmittance: ExactTransmittance, SPP: 3, Aperture: 0.06, Focus: 1.1}},
		{"alpha", random(11, 4), View{Camera: side, MinTransmittance: ExactTransmittance, Mode: Alpha}},
	}
}

// goldenApart says where a frame differs from a golden picture. Two devices' values of the same rays differ by at most 1/255
// (picturesApart), which is one level, and rounding moves each by at most half a level: together 2 levels.
func goldenApart(f *Frame, want *imageio.Image) error {
	got := f.Image(&goldenBack)
	if got.Width != want.Width || got.Height != want.Height {
		return fmt.Errorf("%dx%d pixels, want %dx%d", got.Width, got.Height, want.Width, want.Height)
	}
	for i, v := range f.Color {
		if math.IsNaN(float64(v)) {
			return fmt.Errorf("pixel %d, channel %d is NaN", i/4, i%4)
		}
	}
	const levels = 2
	worst, at := 0, 0
	for i, p := range got.Pix {
		for k := range 4 {
			d := int(p>>(8*k)&255) - int(want.Pix[i]>>(8*k)&255)
			if d = max(d, -d); d > worst {
				worst, at = d, i
			}
		}
	}
	if worst > levels {
		return fmt.Errorf("pixel (%d, %d) differs by %d of 255 levels, at most %d are right", at%got.Width, at/got.Width, worst, levels)
	}
	return nil
}

// readGolden reads a golden picture; that it is there, and small, is part of the test.
func readGolden(path string) (*imageio.Image, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: make it with go test ./render -run TestGolden -update, and look at it", err)
	}
	if info.Size() > goldenSize {
		return nil, fmt.Errorf("%s has %d bytes, at most %d", path, info.Size(), goldenSize)
	}
	return imageio.Read(path, 1<<16)
}

// TestGolden compares pictures of fields that follow from a seed with those in testdata, so that a change of what all devices
// compute alike is seen too.
func TestGolden(t *testing.T) {
	file := func(name string) string { return filepath.Join("testdata", name+".png") }
	frame := func(t *testing.T, d gpu.Device, g golden, change func(*parameters, *View)) *Frame {
		return frameOf(t, newRenderer(t, d, newField(t, d, func(p *parameters) {
			g.fill(p)
			change(p, &g.view)
		}), middle, everywhere(), 0), g.view)
	}
	asItIs := func(*parameters, *View) {}
	if *update {
		for _, g := range goldens() {
			if err := os.MkdirAll("testdata", 0o777); err != nil {
				t.Fatal(err)
			}
			if err := imageio.WritePNG(file(g.name), frame(t, twins(t), g, asItIs).Image(&goldenBack)); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s written: look at it, and run the test again without -update", file(g.name))
		}
		return
	}
	onDevices(t, func(t *testing.T, d gpu.Device) {
		for _, g := range goldens() {
			want, err := readGolden(file(g.name))
			if err != nil {
				t.Error(err)
				continue
			}
			if err := goldenApart(frame(t, d, g, asItIs), want); err != nil {
				t.Errorf("%s: %v", g.name, err)
			}
		}
	})
	t.Run("faults", func(t *testing.T) {
		if _, err := readGolden(file("absent")); err == nil {
			t.Error("a golden picture that is not there is accepted")
		}
		for name, fault := range map[string]func(*parameters, *View){
			"a weight of the density network": func(p *parameters, _ *View) {
				p.values[p.Density.Matrices[1].Offset] *= 1.2
			},
			"a feature of the coarse level": func(p *parameters, _ *View) {
				g := p.Position.Grids[0]
				for z := range 8 { // the vertices of a column through the box
					p.values[g.Offset+(3+8*3+64*z)*g.FeaturesPerLevel] += 0.2
				}
			},
			"a camera turned by a quarter of a degree": func(_ *parameters, v *View) {
				turn := mgl32.Rotate3DY(mgl32.DegToRad(0.25))
				for k := range 3 {
					v.Camera.Pose.SetCol(k, turn.Mul3x1(v.Camera.Pose.Col(k)))
				}
			},
			"a camera moved by a hundredth": func(_ *parameters, v *View) {
				v.Camera.Pose.SetCol(3, v.Camera.Position().Add(mgl32.Vec3{0, 0.01, 0}))
			},
		} {
			for _, g := range goldens() {
				want, err := readGolden(file(g.name))
				if err != nil {
					t.Fatal(err)
				}
				d := openHost(t, false)
				if goldenApart(frame(t, d, g, fault), want) == nil {
					t.Errorf("%s: another value of %s is accepted", g.name, name)
				}
			}
		}
	})
}
