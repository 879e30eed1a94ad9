package scene

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/imageio"
)

const identity = `[[1,0,0,0.5],[0,1,0,1],[0,0,1,2],[0,0,0,1]]`

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// picture writes a w x h PNG of one colour.
func picture(t testing.TB, path string, w, h int, p uint32) {
	t.Helper()
	m := imageio.New(w, h)
	for i := range m.Pix {
		m.Pix[i] = p
	}
	os.MkdirAll(filepath.Dir(path), 0o755)
	if err := imageio.WritePNG(path, m); err != nil {
		t.Fatal(err)
	}
}

func grey() uint32 { return imageio.Pack(100, 150, 200, 255) }

// set writes a folder with n pictures a_0.. of 16 x 8 and a transforms.json with extra top-level keys.
func set(t testing.TB, n int, extra string) string {
	dir := t.TempDir()
	var fr []string
	for i := n - 1; i >= 0; i-- { // listed backwards: loading must sort
		picture(t, filepath.Join(dir, fmt.Sprintf("im/a_%d.png", i)), 16, 8, grey())
		fr = append(fr, fmt.Sprintf(`{"file_path":"im/a_%d.png","transform_matrix":%s}`, i, identity))
	}
	write(t, filepath.Join(dir, "transforms.json"), `{ // comments are allowed
		`+extra+` "frames":[`+strings.Join(fr, ",")+`,]}`)
	return dir
}

func TestSplitsAndOrder(t *testing.T) {
	dir := set(t, 20, `"camera_angle_x":0.8,`)
	for split, want := range map[string]string{"test": "0 8 16", "every8": "0 8 16", "train": "1 2 3 4 5 6 7 9 10 11 12 13 14 15 17 18 19"} {
		d, err := Load(dir, LoadOptions{Split: split, Lazy: true})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range d.Frames {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(f.Name, "im/a_"), ".png"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", split, got)
		}
	}
	d, err := Load(filepath.Join(dir, "transforms.json"), LoadOptions{Every: 5, MaxFrames: 3})
	if err != nil || len(d.Frames) != 3 || d.Frames[2].Name != "im/a_10.png" {
		t.Fatalf("%v %v", d, err)
	}
	if d.Bytes() != 3*16*8*4 {
		t.Errorf("%d bytes", d.Bytes())
	}
	if !NaturalLess("r_2", "r_10") || NaturalLess("r_10", "r_2") || !NaturalLess("a", "ab") || NaturalLess("x", "x") || !NaturalLess("a01b", "a1c") {
		t.Error("natural order")
	}
}

func TestIntrinsicForms(t *testing.T) {
	near := func(a float32, b float64) bool { return math.Abs(float64(a)-b) < 1e-3 }
	f40 := 8 / math.Tan(20*math.Pi/180)
	for extra, check := range map[string]func(c *Camera) bool{
		`"x_fov":40,`: func(c *Camera) bool { return near(c.Focal[0], f40) && c.Focal[1] == c.Focal[0] },
		`"y_fov":40,`: func(c *Camera) bool { return near(c.Focal[1], f40/2) && c.Focal[1] == c.Focal[0] },
		`"x_fov":40,"fl_x":99,"camera_angle_x":1,`: func(c *Camera) bool { return near(c.Focal[0], f40) },
		`"fl_x":50,"fl_y":60,"camera_angle_x":1,`:  func(c *Camera) bool { return near(c.Focal[0], 50) && near(c.Focal[1], 60) },
		// measured at twice the size of the picture: everything is halved
		`"fl_x":50,"w":32,"h":16,"cx":12,"cy":4,`: func(c *Camera) bool {
			return near(c.Focal[0], 25) && near(c.Principal[0], 0.375) && near(c.Principal[1], 0.25)
		},
		`"fl_x":50,"k1":0.1,"p2":0.2,`: func(c *Camera) bool {
			return c.Lens == (Lens{OpenCV, [8]float32{0.1, 0, 0, 0.2}})
		},
		`"fl_x":50,"is_fisheye":true,"k1":0.1,"k4":0.4,`: func(c *Camera) bool {
			return c.Lens == (Lens{OpenCVFisheye, [8]float32{0.1, 0, 0, 0.4}})
		},
		`"fl_x":50,"camera_model":"OPENCV_FISHEYE","distortion_params":[1,2,3,4],`: func(c *Camera) bool {
			return c.Lens == (Lens{OpenCVFisheye, [8]float32{1, 2, 3, 4}})
		},
		`"fl_x":50,"camera_model":"PINHOLE",`:      func(c *Camera) bool { return c.Lens.Kind == Perspective },
		`"camera_model":"EQUIRECTANGULAR",`:        func(c *Camera) bool { return c.Lens.Kind == LatLong },
		`"latlong":true,`:                          func(c *Camera) bool { return c.Lens.Kind == LatLong },
		`"equirectangular":true,`:                  func(c *Camera) bool { return c.Lens.Kind == Equirectangular },
		`"orthographic":true,"fl_x":3,`:            func(c *Camera) bool { return c.Lens.Kind == Orthographic && near(c.Focal[0], 3) },
		`"ftheta_p0":0,"ftheta_p1":2,"w":7,"h":6,`: func(c *Camera) bool { return c.Lens == (Lens{FTheta, [8]float32{0, 2, 0, 0, 0, 7, 6}}) },
	} {
		d, err := Load(set(t, 1, extra), LoadOptions{})
		if err != nil || !check(&d.Frames[0].Camera) {
			t.Errorf("%s: %v %+v", extra, err, d)
		}
	}
	// A frame's own keys win.
	dir := t.TempDir()
	picture(t, filepath.Join(dir, "a.png"), 16, 8, grey())
	write(t, filepath.Join(dir, "transforms.json"), `{"x_fov":40,"k1":0.5,"frames":[{"file_path":"a","fl_x":20,"k1":0.25,"transform_matrix":`+identity+`}]}`)
	d, err := Load(dir, LoadOptions{})
	if err != nil || d.Frames[0].Camera.Focal[0] != 20 || d.Frames[0].Camera.Lens.Params[0] != 0.25 {
		t.Errorf("%v %v", d, err)
	}
}

func TestPlacement(t *testing.T) {
	for extra, want := range map[string]Transform{
		``:                                 DefaultTransform(),
		`"scale":2,"offset":3,`:            {Scale: 2, Offset: [3]float32{3, 3, 3}},
		`"offset":[1,2,3],`:                {Scale: 0.33, Offset: [3]float32{1, 2, 3}},
		`"aabb":[[0,0,0],[2,4,1]],`:        {Scale: 0.25, Offset: [3]float32{0.25, 0, 0.375}},
		`"from_mitsuba":true,`:             MitsubaTransform(),
		`"from_mitsuba":true,"scale":0.5,`: {Scale: 0.5, Offset: [3]float32{0.125, 0.125, 0.125}, Mitsuba: true},
	} {
		d, err := Load(set(t, 1, `"fl_x":9,`+extra), LoadOptions{})
		if err != nil || d.Transform != want {
			t.Errorf("%s: %v %+v", extra, err, d)
		}
	}
	d, err := Load(set(t, 1, `"fl_x":9,"aabb_scale":16,"up":[0,0,2],"render_aabb":[[0,0,0],[1,2,3]],`), LoadOptions{})
	if err != nil || d.AABBScale != 16 || d.Up != [3]float32{0, 1, 0} || d.RenderAABB[1] != [3]float32{1, 2, 3} {
		t.Errorf("%v %+v", err, d)
	}
}

func TestBadInput(t *testing.T) {
	for extra, want := range map[string]string{
		`"camera_angle_x":0,`:                           "camera_angle_x = 0",
		`"camera_angle_x":3.2,`:                         "camera_angle_x",
		`"x_fov":180,`:                                  "x_fov",
		`"fl_x":-5,`:                                    "fl_x = -5",
		`"fl_x":0,`:                                     "fl_x = 0",
		`"fl_x":NaN,`:                                   "transforms.json",
		`"fl_x":1e-300,`:                                "focal length x",
		`"fl_x":"five",`:                                `key "fl_x" holds a string`,
		``:                                              "no focal length",
		`"fl_x":5,"w":0,`:                               "w = 0",
		`"fl_x":5,"k1":1e99,`:                           "k1",
		`"fl_x":5,"camera_model":"POLAROID",`:           `camera_model "POLAROID"`,
		`"fl_x":5,"aabb_scale":3,`:                      "aabb_scale = 3",
		`"fl_x":5,"aabb_scale":256,`:                    "aabb_scale = 256",
		`"fl_x":5,"scale":0,`:                           "scale = 0",
		`"fl_x":5,"scale":1e-99,`:                       "scale",
		`"fl_x":5,"offset":[1,2],`:                      "offset has 2",
		`"fl_x":5,"offset":"x",`:                        "offset",
		`"fl_x":5,"aabb":[[0,0,0],[0,1,1]],`:            "aabb is empty",
		`"fl_x":5,"up":[0,0,0],`:                        "up is the zero",
		`"fl_x":5,"n_frames":0,`:                        "n_frames",
		`"fl_x":5,"ftheta_p0":1,`:                       "needs w and h",
		`"fl_x":5,"rolling_shutter":[1],`:               "rolling_shutter",
		`"fl_x":5,"integer_depth_scale":-1,`:            "integer_depth_scale",
		`"fl_x":5,"distortion_params":[1,2,3,4,5,6,7],`: "distortion_params",
		`"fl_x":5,}{`:                                   "transforms.json",
	} {
		dir := set(t, 2, extra)
		if d, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "transforms.json") {
			t.Errorf("%s: %v, %v; want %q", extra, d, err, want)
		}
	}
	for matrix, want := range map[string]string{
		`null`:            "transform_matrix is missing",
		`[]`:              "0 rows",
		`[[1,2],[3],[4]]`: "row 0 has 2",
		`[[1,0,0,0],[0,1,0,0],[0,0,0,0],[0,0,0,1]]`:     "singular",
		`[[1,1,0,0],[1,1,0,0],[0,0,1,0],[0,0,0,1]]`:     "singular",
		`[[1,0,0,1e99],[0,1,0,0],[0,0,1,0],[0,0,0,1]]`:  "transform_matrix[0][3]",
		`[[1,0,0,1e999],[0,1,0,0],[0,0,1,0],[0,0,0,1]]`: "transform_matrix",
	} {
		dir := t.TempDir()
		picture(t, filepath.Join(dir, "a.png"), 4, 4, grey())
		write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,"frames":[{"file_path":"a.png","transform_matrix":`+matrix+`}]}`)
		if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", matrix, err, want)
		}
	}
	dir := t.TempDir()
	if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "not a scene") {
		t.Error(err)
	}
	if _, err := Load(filepath.Join(dir, "none"), LoadOptions{}); err == nil {
		t.Error("a missing folder is accepted")
	}
	write(t, filepath.Join(dir, "transforms_train.json"), `{"frames":[]}`)
	if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "no frames") {
		t.Error(err)
	}
	if _, err := Load(dir, LoadOptions{Split: "test"}); err == nil || !strings.Contains(err.Error(), "it has train") {
		t.Error(err)
	}
	if _, err := Load(dir, LoadOptions{Split: "../x"}); err == nil {
		t.Error("a path is accepted as a split")
	}
	if _, err := Load(set(t, 2, `"fl_x":5,`), LoadOptions{Split: "nonsense"}); err == nil || !strings.Contains(err.Error(), "no split") {
		t.Error(err)
	}
}

func TestMissingAndBlurred(t *testing.T) {
	dir := set(t, 9, `"fl_x":5,`)
	os.Remove(filepath.Join(dir, "im/a_4.png"))
	if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "im/a_4.png does not exist") {
		t.Error(err)
	}
	raw, _ := os.ReadFile(filepath.Join(dir, "transforms.json"))
	sharp := func(v func(i int) float64) {
		text := strings.ReplaceAll(string(raw), `"fl_x":5,`, `"fl_x":5,"sharpness_discard_threshold":0.5,`)
		for i := 0; i < 9; i++ {
			n := fmt.Sprintf(`"im/a_%d.png",`, i)
			text = strings.Replace(text, n, n+fmt.Sprintf(`"sharpness":%g,`, v(i)), 1)
		}
		write(t, filepath.Join(dir, "transforms.json"), text)
	}
	sharp(func(i int) float64 { return map[bool]float64{true: 1, false: 10}[i == 6] })
	d, err := Load(dir, LoadOptions{Split: "all"})
	if err != nil || len(d.Frames) != 7 || len(d.Warnings) != 2 {
		t.Fatalf("%v %v %v", d, err, d.Warnings)
	}
}

func TestMasksAlphaDepth(t *testing.T) {
	dir := t.TempDir()
	m := imageio.New(4, 4)
	for i := range m.Pix {
		m.Pix[i] = grey()
	}
	m.Pix[0] = 0xFFFFFFFF
	m.Pix[5] = imageio.Masked // transparent magenta in a file is only transparent
	os.MkdirAll(dir, 0o755)
	if err := imageio.WritePNG(filepath.Join(dir, "x.png"), m); err != nil {
		t.Fatal(err)
	}
	mask := imageio.New(4, 4)
	for i := range mask.Pix {
		mask.Pix[i] = 0xFFFFFFFF
	}
	mask.Pix[1] = 0xFF000000
	dyn := imageio.New(4, 4)
	dyn.Pix[2] = imageio.Pack(0, 9, 0, 255)
	dep := &imageio.Gray16{Width: 4, Height: 4, Pix: make([]uint16, 16)}
	dep.Pix[3] = 1000
	for _, err := range []error{imageio.WritePNG(filepath.Join(dir, "mask.png"), mask), imageio.WritePNG(filepath.Join(dir, "dynamic_mask_x.png"), dyn),
		imageio.WriteGray16PNG(filepath.Join(dir, "d.png"), dep)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	doc := `{"fl_x":5,"white_transparent":true,"integer_depth_scale":0.01,"scale":0.5,"frames":[{"file_path":"x.png","mask_path":"mask.png","depth_path":"d.png","transform_matrix":` + identity + `}]}`
	write(t, filepath.Join(dir, "transforms.json"), doc)
	d, err := Load(dir, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	im, _ := d.Image(0)
	want := []uint32{0x00FFFFFF, imageio.Masked, imageio.Masked, grey(), grey(), 0}
	for i, w := range want {
		if im.Pix[i] != w {
			t.Errorf("pixel %d = %08x, want %08x", i, im.Pix[i], w)
		}
	}
	z, err := d.Depth(0)
	if err != nil || !d.HasDepth(0) || math.Abs(float64(z[3])-5) > 1e-6 || z[4] != 0 {
		t.Errorf("depth %v %v", z, err)
	}
	// Half size: two of the four blocks touch a masked pixel.
	s, err := Load(dir, LoadOptions{Downscale: 2})
	if err != nil {
		t.Fatal(err)
	}
	im, _ = s.Image(0)
	if im.Width != 2 || !im.IsMasked(0) || !im.IsMasked(1) || im.Pix[2] != grey() {
		t.Errorf("%08x", im.Pix)
	}
	// An alpha side-car: red 255 is opaque, 0 clear.
	alpha := imageio.New(4, 4)
	for i := range alpha.Pix {
		alpha.Pix[i] = imageio.Pack(uint8(i%2*255), 0, 0, 255)
	}
	imageio.WritePNG(filepath.Join(dir, "x.alpha.png"), alpha)
	d, err = Load(dir, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	im, _ = d.Image(0)
	if im.Pix[7] != grey() || im.Pix[6] != grey()&0xFFFFFF {
		t.Errorf("alpha: %08x", im.Pix)
	}
	picture(t, filepath.Join(dir, "mask.png"), 3, 4, grey())
	if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "mask.png: is 3 x 4") {
		t.Error(err)
	}
}

func TestMemoryAndPixelLimits(t *testing.T) {
	dir := set(t, 4, `"fl_x":5,`)
	_, err := Load(dir, LoadOptions{MemoryLimit: 1000})
	if err == nil || !strings.Contains(err.Error(), "need ") || !strings.Contains(err.Error(), "--downscale") {
		t.Error(err)
	}
	if _, err = Load(dir, LoadOptions{MaxPixels: 100}); err == nil || !strings.Contains(err.Error(), "more than the limit of 100") {
		t.Error(err)
	}
	d, err := Load(dir, LoadOptions{Lazy: true})
	if err != nil || d.Bytes() != 0 {
		t.Fatal(err)
	}
	if m, err := d.Image(1); err != nil || m.Pix[3] != grey() {
		t.Error(err)
	}
}

func TestNerfstudioLists(t *testing.T) {
	dir := set(t, 4, `"camera_model":"OPENCV","fl_x":5,"train_filenames":["./im/a_2.png","im/a_0.png"],"val_filenames":["im/a_1.png"],`)
	for split, want := range map[string]int{"train": 2, "val": 1, "test": 1, "all": 4} {
		d, err := Load(dir, LoadOptions{Split: split})
		if err != nil || len(d.Frames) != want || d.Kind != Nerfstudio {
			t.Errorf("%s: %v %v", split, d, err)
		}
	}
}

func TestDownscale(t *testing.T) {
	m := imageio.New(3, 2)
	m.Pix = []uint32{imageio.Pack(255, 0, 0, 255), 0, imageio.Pack(0, 0, 90, 255), imageio.Pack(255, 0, 0, 255), 0, imageio.Pack(0, 0, 30, 255)}
	// Two new pixels of 1.5 x 2 old ones: opaque red covers 2 of 3 parts; blue 90 and 30 mix to 60. Transparent black adds no colour.
	got := Downscale(m, 2, 1)
	if got.Pix[0] != imageio.Pack(255, 0, 0, 170) || got.Pix[1] != imageio.Pack(0, 0, 60, 170) {
		t.Errorf("%08x", got.Pix)
	}
	if Downscale(m, 3, 2) != m {
		t.Error("the same size is copied")
	}
	h := imageio.NewHalf(2, 2)
	for i := range h.Half {
		h.Half[i] = f16.From32(float32(i))
	}
	if g := Downscale(h, 1, 1); f16.To32(g.Half[1]) != 7 {
		t.Errorf("half mean %v", g.Half)
	}
}

func FuzzTransforms(f *testing.F) {
	f.Add([]byte(`{"camera_angle_x":0.7,"frames":[{"file_path":"./train/r_0","transform_matrix":` + identity + `}]}`))
	f.Add([]byte(`{"fl_x":5,"cx":1,"w":2,"h":2,"k1":0.1,"p1":1,"aabb_scale":4,"offset":[1,2,3],"frames":[{"file_path":"a","sharpness":1,"transform_matrix":` + identity + `}]}`))
	f.Add([]byte(`{"camera_model":"OPENCV","distortion_params":[1],"frames":[{"fl_x":1}]} // x`))
	f.Add([]byte(`{"ftheta_p0":1,"ftheta_p1":2,"w":5,"h":5,"aabb":[[0,0,0],[1,1,1]],"frames":[{}]}`))
	f.Add([]byte(`{"foo":1,"sharpen":0.5,"frames":[{"file_path":"a","driver_parameters":{"LightX":1},"bar":[2]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, w := range append(keyWarnings(b, "fuzz"), "fuzz") {
			if strings.ContainsAny(w, "\n\r\x00") || len(w) > 1000 {
				t.Fatalf("warning %q", w)
			}
		}
		tr, err := parseTransforms(b, "fuzz")
		if err != nil {
			return
		}
		if x, err := tr.transform(); err == nil && !(x.Scale > 0) {
			t.Fatalf("scale %v passes", x.Scale)
		}
		for _, fr := range tr.Frames {
			if m, err := matrix4(fr.Matrix, "m"); err == nil {
				for _, v := range DefaultTransform().Pose(m) {
					if !finite(float64(v)) {
						t.Fatalf("pose of %v is not finite", m)
					}
				}
			}
			c, err := tr.lensKeys.over(fr.lensKeys).camera(640, 480, func(string) {})
			if err != nil {
				continue
			}
			for _, v := range append(c.Lens.Params[:], c.Focal[0], c.Focal[1], c.Principal[0], c.Principal[1]) {
				if !finite(float64(v)) {
					t.Fatalf("%+v holds a value that is not finite", c)
				}
			}
			c.Ray(3, 4)
		}
		if _, err := json.Marshal(tr.Frames[0].FilePath); err != nil {
			t.Fatal(err)
		}
	})
}
