package scene

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/imageio"
)

func TestKeyWarnings(t *testing.T) {
	dir := set(t, 3, `"fl_x":5,"foo":1,"importance_sampling":true,"n_extra_learnable_dims":16,"envmap":"sky.png","fix_premult":true,"bar":{},"ply_file_path":"x.ply",`)
	path := filepath.Join(dir, "transforms.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.ReplaceAll(string(text), `"file_path"`, `"driver_parameters":{"LightX":1},"colmap_im_id":3,"baz":2,"file_path"`))
	d, err := Load(dir, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		path + `: unknown keys "bar", "foo", "frames[].baz" are ignored`,
		`envmap "sky.png" is ignored`,
		`fix_premult is ignored: it concerns EXR`,
	}
	slices.Sort(want)
	got := slices.Sorted(slices.Values(d.Warnings))
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("warning %q, want %q", got[i], want[i])
		}
	}
	if d.Latents != 16 || !d.HasLights() || *d.Frames[0].Light != ([3]float32{0, 0, 1}) { // x goes to z
		t.Errorf("%d latents, light %v", d.Latents, d.Frames[0].Light)
	}
	// A set without such keys warns of nothing.
	if d, err = Load(set(t, 2, `"fl_x":5,"aabb_scale":2,"enable_ray_loading":false,`), LoadOptions{}); err != nil || len(d.Warnings) != 0 {
		t.Errorf("%v %q", err, d.Warnings)
	}
	if d.Latents != 0 || d.HasLights() {
		t.Errorf("%d latents, lights %v", d.Latents, d.HasLights())
	}
	for _, keys := range []string{`"n_extra_learnable_dims":-1,`, `"n_extra_learnable_dims":1.5,`, `"n_extra_learnable_dims":1e9,`} {
		if _, err := Load(set(t, 1, `"fl_x":5,`+keys), LoadOptions{}); err == nil || !strings.Contains(err.Error(), "n_extra_learnable_dims") {
			t.Errorf("%s: %v", keys, err)
		}
	}
	for _, light := range []string{`{"LightX":0,"LightY":0,"LightZ":0}`, `{"LightX":1e300}`} {
		write(t, path, strings.ReplaceAll(string(text), `"file_path"`, `"driver_parameters":`+light+`,"file_path"`))
		if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "driver_parameters") {
			t.Errorf("%s: %v", light, err)
		}
	}
	var many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&many, `"k%02d":0,`, i)
	}
	if d, err = Load(set(t, 1, `"fl_x":5,`+many.String()), LoadOptions{}); err != nil || len(d.Warnings) != 1 || !strings.HasSuffix(d.Warnings[0], `"k07" and 22 more are ignored`) {
		t.Errorf("%v %q", err, d.Warnings)
	}
}

// TestMotion: with rolling_shutter the start pose is only part of what the file says, and all that eval looks from.
func TestMotion(t *testing.T) {
	other := strings.Replace(identity, "0.5", "0.7", 1)
	for shutter, warned := range map[string]bool{`"rolling_shutter":[0,0,1],`: true, `"rolling_shutter":[0,0,0,0],`: false, "": false} {
		dir := t.TempDir()
		picture(t, filepath.Join(dir, "a.png"), 4, 4, grey())
		write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,`+shutter+`"frames":[{"file_path":"a","transform_matrix_start":`+identity+`,"transform_matrix_end":`+other+`}]}`)
		d, err := Load(dir, LoadOptions{})
		if err != nil || (len(d.Warnings) > 0) != warned || d.Frames[0].PoseEnd == nil {
			t.Errorf("%s: %v %q", shutter, err, d.Warnings)
		}
	}
}

func TestMergedFolder(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"a_1", "a_2", "b_3", "cam_000/rgba"} {
		picture(t, filepath.Join(dir, n+".png"), 8, 8, grey())
	}
	frame := func(name string) string { return `{"file_path":"` + name + `","transform_matrix":` + identity + `}` }
	write(t, filepath.Join(dir, "first.json"), `{"fl_x":5,"k1":0.1,"aabb_scale":2,"scale":0.5,"frames":[`+frame("b_3")+`,`+frame("a_1")+`]}`)
	write(t, filepath.Join(dir, "second.json"), `{"fl_x":7,"aabb_scale":4,"frames":[`+frame("a_2")+`]}`)
	write(t, filepath.Join(dir, "shot_cam.json"), `{"fl_x":9,"frames":[`+frame("")+`]}`)
	write(t, filepath.Join(dir, "path.json"), `{"path":[]}`)
	d, err := Load(dir, LoadOptions{Split: "all"})
	if err != nil {
		t.Fatal(err)
	}
	names, focal := "", []float32{}
	for _, f := range d.Frames {
		names += f.Name + " "
		focal = append(focal, f.Camera.Focal[0])
	}
	if names != "a_1 a_2 b_3 cam_000/rgba.png " || !slices.Equal(focal, []float32{5, 7, 5, 9}) {
		t.Errorf("%s, focal lengths %v", names, focal)
	}
	// The last file that has a global key wins; lens keys stay with their file.
	if d.AABBScale != 4 || d.Transform.Scale != 0.5 || d.Frames[0].Camera.Lens.Kind != OpenCV || d.Frames[1].Camera.Lens.Kind != Perspective {
		t.Errorf("%v, scale %v, lenses %v %v", d, d.Transform.Scale, d.Frames[0].Camera.Lens, d.Frames[1].Camera.Lens)
	}
	if d, err = Load(dir, LoadOptions{Split: "test"}); err != nil || len(d.Frames) != 1 || d.Frames[0].Name != "a_1" {
		t.Errorf("%v %v", d, err)
	}
	write(t, filepath.Join(dir, "third.json"), `{"frames":`)
	if _, err = Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "third.json") {
		t.Error(err)
	}
	// Beside transforms.json, others are not read, and that is said.
	os.Remove(filepath.Join(dir, "third.json"))
	write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,"frames":[`+frame("a_1")+`]}`)
	write(t, filepath.Join(dir, "transforms_more.json"), `{"fl_x":5,"frames":[`+frame("a_2")+`]}`)
	if d, err = Load(dir, LoadOptions{Split: "all"}); err != nil || len(d.Frames) != 1 || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "transforms_more.json") {
		t.Errorf("%v %v %q", d, err, d.Warnings)
	}
}

func TestSharpen(t *testing.T) {
	// One column, so that left and right are the pixel itself: c + s(2c - above - below) in linear light.
	m := imageio.New(1, 3)
	m.Pix = []uint32{imageio.Pack(100, 0, 255, 255), imageio.Pack(150, 10, 255, 255), imageio.Pack(180, 20, 255, 128)}
	was := slices.Clone(m.Pix)
	lin := func(v uint32) float64 { return imageio.SRGBToLinear(float64(v&0xFF) / 255) }
	const s = 0.25
	a := 128.0 / 255
	c := lin(150) + s*(2*lin(150)-lin(100)-lin(180)*a)
	Sharpen(m, s)
	if got, want := float64(m.Pix[1]&0xFF), 255*imageio.LinearToSRGB(c); math.Abs(got-want) > 0.5+1e-9 {
		t.Errorf("red is %v, want %.3f", got, want)
	}
	for i := range was {
		if m.Pix[i]>>24 != was[i]>>24 {
			t.Error("alpha changed")
		}
	}
	// Flat colours stay, at every byte value, and an amount of 0 changes nothing.
	for v := range uint32(256) {
		flat := imageio.New(2, 2)
		for i := range flat.Pix {
			flat.Pix[i] = imageio.Pack(uint8(v), uint8(v), uint8(v), 200)
		}
		Sharpen(flat, 1)
		if flat.Pix[0] != imageio.Pack(uint8(v), uint8(v), uint8(v), 200) {
			t.Fatalf("%d became %08x", v, flat.Pix[0])
		}
	}
	if encode8(-1) != 0 || encode8(2) != 255 || encode8(math.NaN()) != 0 {
		t.Error("values outside 0..1")
	}
	h := imageio.NewHalf(3, 1)
	for i, v := range []float32{1, 2, 5} {
		h.Half[4*i], h.Half[4*i+3] = f16.From32(v), f16.From32(1)
	}
	Sharpen(h, 0.5)
	for i, want := range []float32{0.5, 1, 6.5} { // 1+.5(2-1-2), 2+.5(4-1-5), 5+.5(10-2-5)
		if got := f16.To32(h.Half[4*i]); got != want {
			t.Errorf("half %d: %v, want %v", i, got, want)
		}
	}

	dir := set(t, 1, `"fl_x":5,"sharpen":1.5,`)
	if _, err := Load(dir, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "sharpen = 1.5") {
		t.Error(err)
	}
	dir = set(t, 1, `"fl_x":5,"sharpen":0.5,`)
	edge := imageio.New(16, 8)
	for i := range edge.Pix {
		edge.Pix[i] = imageio.Pack(60, 60, 60, 255)
		if i%16 >= 8 {
			edge.Pix[i] = imageio.Pack(120, 120, 120, 255)
		}
	}
	if err := imageio.WritePNG(filepath.Join(dir, "im/a_0.png"), edge); err != nil {
		t.Fatal(err)
	}
	d, err := Load(dir, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	im, _ := d.Image(0)
	if im.Pix[7]&0xFF >= 60 || im.Pix[8]&0xFF <= 120 || im.Pix[0]&0xFF != 60 {
		t.Errorf("the edge is %d %d", im.Pix[7]&0xFF, im.Pix[8]&0xFF)
	}
}

func TestFixPremult(t *testing.T) {
	dir := t.TempDir()
	h := imageio.NewHalf(1, 2)
	copy(h.Half, []uint16{f16.From32(0.25), f16.From32(0.5), 0, f16.From32(0.5), f16.From32(3), 0, 0, 0})
	if err := imageio.WriteEXR(filepath.Join(dir, "a.exr"), 1, 2, imageio.EXRPlanes(h, true)); err != nil {
		t.Fatal(err)
	}
	for fix, want := range map[string]float32{"true": 0.5, "false": 0.25} {
		write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,"fix_premult":`+fix+`,"frames":[{"file_path":"a.exr","transform_matrix":`+identity+`}]}`)
		d, err := Load(dir, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, _ := d.Image(0)
		if got := f16.To32(m.Half[0]); got != want || f16.To32(m.Half[4]) != 3 || f16.To32(m.Half[3]) != 0.5 {
			t.Errorf("fix_premult %s: %v, want %v", fix, got, want)
		}
	}
}

// TestNerfstudio reads a set as nerfstudio's converters write it: a fisheye lens, intrinsics per frame, masks.
func TestNerfstudio(t *testing.T) {
	dir := t.TempDir()
	mask := imageio.New(8, 4)
	for i := range mask.Pix {
		mask.Pix[i] = imageio.Pack(255, 255, 255, 255)
	}
	mask.Pix[3] = imageio.Pack(0, 0, 0, 255)
	picture(t, filepath.Join(dir, "images/frame_00001.png"), 8, 4, grey())
	picture(t, filepath.Join(dir, "images/frame_00002.png"), 16, 8, grey())
	os.MkdirAll(filepath.Join(dir, "masks"), 0o755)
	if err := imageio.WritePNG(filepath.Join(dir, "masks/1.png"), mask); err != nil {
		t.Fatal(err)
	}
	frame := func(i int, more string) map[string]any {
		var v map[string]any
		if err := json.Unmarshal([]byte(fmt.Sprintf(`{"file_path":"images/frame_%05d.png","colmap_im_id":%d,"transform_matrix":%s%s}`, i, i, identity, more)), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	doc, _ := json.Marshal(map[string]any{
		"camera_model": "OPENCV_FISHEYE", "w": 16, "h": 8, "fl_x": 10.0, "fl_y": 11.0, "cx": 8.0, "cy": 4.0, "k1": 0.1, "k2": 0.2, "k3": 0.3, "k4": 0.4,
		"applied_transform": [][]float64{{1, 0, 0, 0}, {0, 0, 1, 0}, {0, -1, 0, 0}}, "applied_scale": 0.5, "ply_file_path": "sparse_pc.ply", "orientation_override": "none",
		"frames": []any{frame(2, ""), frame(1, `,"mask_path":"masks/1.png","w":8,"h":4,"fl_x":6,"fl_y":7,"cx":3,"cy":1,"k1":0.5`)},
	})
	write(t, filepath.Join(dir, "transforms.json"), string(doc))
	d, err := Load(dir, LoadOptions{Split: "all"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Kind != Nerfstudio || len(d.Warnings) != 0 || len(d.AppliedTransform) != 3 {
		t.Errorf("%v, warnings %q", d, d.Warnings)
	}
	one, two := d.Frames[0].Camera, d.Frames[1].Camera
	if one.Lens != (Lens{OpenCVFisheye, [8]float32{0.5, 0.2, 0.3, 0.4}}) || one.Focal != [2]float32{6, 7} || one.Principal != [2]float32{0.375, 0.25} || one.Width != 8 {
		t.Errorf("%+v", one)
	}
	if two.Lens != (Lens{OpenCVFisheye, [8]float32{0.1, 0.2, 0.3, 0.4}}) || two.Focal != [2]float32{10, 11} || two.Principal != [2]float32{0.5, 0.5} || two.Width != 16 {
		t.Errorf("%+v", two)
	}
	// The transform was applied before the poses were written: doing it again would turn the scene.
	if got, want := one.Pose.Col(3), DefaultTransform().Point([3]float64{0.5, 1, 2}); float64(got[0]) != float64(float32(want[0])) {
		t.Errorf("position %v, want %v", got, want)
	}
	if m, _ := d.Image(0); !m.IsMasked(3) || m.IsMasked(2) {
		t.Error("mask")
	}
	if m, _ := d.Image(1); m.IsMasked(3) {
		t.Error("the mask of one picture is used for another")
	}
}
