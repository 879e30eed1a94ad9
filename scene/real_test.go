package scene

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

func TestFox(t *testing.T) {
	dir := testenv.Data(t, "nerf", "fox")
	d, err := Load(dir, LoadOptions{Split: "all", Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Frames) != 50 || d.Kind != InstantNGP || d.AABBScale != 4 || d.Background != [3]float32{} {
		t.Fatalf("%v, background %v", d, d.Background)
	}
	if len(d.Warnings) != 1 || !strings.HasPrefix(d.Warnings[0], "17 of 67 listed") {
		t.Fatalf("warnings %q", d.Warnings)
	}
	f := &d.Frames[0]
	c := &f.Camera
	if !strings.HasSuffix(f.Name, "0001.jpg") || c.Width != 1080 || c.Height != 1920 || c.Lens.Kind != OpenCV {
		t.Fatalf("%s: %+v", f.Name, c)
	}
	// The vector of the reference, six decimals.
	want := [3][4]float64{{0.446419, 0.036755, 0.894069, -1.308232}, {-0.062426, -0.995443, 0.072092, 0.176875}, {0.892644, -0.087996, -0.442090, 1.545559}}
	for r := range want {
		for k, w := range want[r] {
			if g := float64(c.Pose.At(r, k)); !(math.Abs(g-w) <= 1e-6) {
				t.Errorf("pose[%d][%d] = %.6f, want %.6f", r, k, g, w)
			}
		}
	}
	if math.Abs(float64(c.Focal[0])-1375.52) > 1e-3 || math.Abs(float64(c.Principal[0])-554.558/1080) > 1e-6 {
		t.Errorf("focal %v principal %v", c.Focal, c.Principal)
	}
	for split, n := range map[string]int{"test": 7, "every8": 7, "val": 7, "train": 43} {
		s, err := Load(dir, LoadOptions{Split: split, Lazy: true})
		if err != nil || len(s.Frames) != n {
			t.Errorf("%s: %v frames, %v; want %d", split, s, err, n)
		}
	}
	// One picture, an eighth of its size; the focal length follows.
	s, err := Load(dir, LoadOptions{Split: "test", MaxFrames: 1, Downscale: 8})
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Image(0)
	if err != nil || m.Width != 135 || m.Height != 240 {
		t.Fatalf("%v %v", m, err)
	}
	if f := float64(s.Frames[0].Camera.Focal[0]); math.Abs(f-1375.52/8) > 1e-3 {
		t.Errorf("downscaled focal %v", f)
	}
}

func TestLego(t *testing.T) {
	dir := testenv.Data(t, "nerf", "lego_400")
	for split, n := range map[string]int{"train": 100, "test": 200, "test_every8": 25, "every8": 25} {
		d, err := Load(dir, LoadOptions{Split: split, Lazy: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Frames) != n || d.Kind != NeRFSynthetic || d.Background != [3]float32{1, 1, 1} {
			t.Errorf("%s: %v", split, d)
		}
	}
	d, err := Load(dir, LoadOptions{MaxFrames: 3})
	if err != nil {
		t.Fatal(err)
	}
	if d.Frames[2].Name != "./train/r_2" {
		t.Errorf("natural order: third frame is %s", d.Frames[2].Name)
	}
	c := &d.Frames[0].Camera
	if f := 200 / math.Tan(0.6911112070083618/2); math.Abs(float64(c.Focal[0])-f) > 1e-3 || c.Focal[0] != c.Focal[1] {
		t.Errorf("focal %v, want %v", c.Focal, f)
	}
	m, err := d.Image(0)
	if err != nil {
		t.Fatal(err)
	}
	var clear, opaque int
	for _, p := range m.Pix {
		switch p >> 24 {
		case 0:
			clear++
		case 255:
			opaque++
		}
	}
	if clear < len(m.Pix)/4 || opaque < len(m.Pix)/8 {
		t.Errorf("%d transparent and %d opaque of %d pixels", clear, opaque, len(m.Pix))
	}
	// The camera looks at the middle of the unit cube.
	mid := [3]float64{0.5, 0.5, 0.5}
	if x, y, ok := c.Project(mid); !ok || math.Abs(x-200) > 30 || math.Abs(y-200) > 30 {
		t.Errorf("the middle is seen at %v %v %v", x, y, ok)
	}
}
