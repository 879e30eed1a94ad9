package snapshot

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// sample is a snapshot that uses every field. The grid is left out where it is not the subject: it has 4 MiB.
func sample(seed uint64, withGrid bool) *Snapshot {
	rng := rand.New(rand.NewPCG(seed, 1))
	const n = 50
	half, f := make([]uint16, n), func(k int) []float32 {
		out := make([]float32, k)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	for i := range half {
		half[i] = uint16(rng.Uint32())
	}
	steps := make([]uint32, n)
	for i := range steps {
		steps[i] = rng.Uint32()
	}
	moments := f(n)
	moments[0], moments[1], moments[2] = float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, float32(math.Inf(1))
	inf := float32(math.Inf(1))
	r := NewRadia()
	r.SetFloat32("params", f(n), 5, 10)
	r.SetUint32("words", steps)
	r.SetHalf("half", half)
	r.RNG["train"] = RNG{rng.Uint64() | 1<<63, 3}
	r.State = map[string]any{"loss_scale": 0.1, "n": int64(-7), "big": uint64(math.MaxUint64), "on": true, "list": []any{"a", nil, 2.5}}
	s := &Snapshot{
		Config: map[string]any{"encoding": map[string]any{"otype": "HashGrid", "n_levels": int64(8)},
			"loss": map[string]any{"otype": "Huber"}, "optimizer": map[string]any{"epsilon": 1e-15, "learning_rate": 0.01}},
		Mode: "nerf", Params: Params{Half: half},
		Optimizer: &Optimizer{Ema: &Ema{half}, Decay: &Decay{1e-2, 0.33}, Adam: &Adam{777, 1e-2, moments, f(n), steps}},
		NeRF: &NeRF{AABBScale: 2,
			CamPosOffset: []VectorAdam{{3, f(3), f(3), f(3), 1e-3, 1e-8, 0.9, 0.99}}, CamRotOffset: []VectorAdam{{4, f(3), f(3), f(3), 1e-4, 1e-8, 0.9, 0.99}},
			ExtraDims: []VectorAdam{{5, f(16), f(16), f(16), 1, 2, 3, 4}}, RGB: RayCounters{4096, 1 << 18, 1 << 20},
			Dataset: Dataset{
				Paths: []string{"images/0001.jpg", "images/ü.png"},
				Images: []ImageMeta{
					{Resolution: [2]int64{1080, 1920}, FocalLength: [2]float32{1375.52, 1374.49}, PrincipalPoint: [2]float32{0.5, 0.49},
						RollingShutter: [4]float32{0, 0.25, 0, 0.5}, Lens: map[string]any{"is_fisheye": false, "k1": 0.0578421, "p2": -1e-3},
						Start: Matrix{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}}, End: Matrix{{1, 0, 0, 0.1}, {0, 1, 0, 0.2}, {0, 0, 1, 0.3}}},
					{Resolution: [2]int64{4, 5}, PrincipalPoint: [2]float32{0.5, 0.5}},
				},
				RenderAABB: Box{[3]float32{inf, inf, inf}, [3]float32{-inf, -inf, -inf}}, RenderAABBToLocal: identity3,
				Up: [3]float32{0, 1, 0}, Offset: [3]float32{0.5, 0.5, 0.5}, Scale: 0.33, EnvmapResolution: [2]int64{0, 0}, AABBScale: 2,
				IsHDR: true, WantsImportanceSamples: true, ExtraLearnableDims: 16, Extra: map[string]any{"new": "x"},
			}, Extra: map[string]any{"newer": int64(1)}},
		TrainingStep: 35000, Loss: 0.00123456789, AABB: Box{[3]float32{-0.5, -0.5, -0.5}, [3]float32{1.5, 1.5, 1.5}},
		RenderAABB: Box{[3]float32{0, 0, 0}, [3]float32{1, 1, 1}}, RenderAABBToLocal: identity3, BoundingRadius: 1,
		UpDir: [3]float32{0, 1, 0}, SunDir: [3]float32{0.577, 0.577, 0.577}, Exposure: -0.5, BackgroundColor: [4]float32{0, 0, 0, 1},
		Camera: &Camera{Matrix: Matrix{{1}, {2}, {3}}, FovAxis: 1, RelativeFocalLength: [2]float32{1, 1.1}, ScreenCenter: [2]float32{0.5, 0.4},
			Zoom: 2, Scale: 1.5, ApertureSize: 0.1, Autofocus: true, AutofocusTarget: [3]float32{1, 2, 3}, AutofocusDepth: 4},
		Radia: r, Extra: map[string]any{"future": map[string]any{"a": []any{int64(1)}}},
	}
	if withGrid {
		s.DensityGrid = make([]uint16, 2*gridCells)
		for i := range s.DensityGrid {
			s.DensityGrid[i] = uint16(i * 7919)
		}
	}
	return s
}

func encode(t testing.TB, s *Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func TestRoundTripThroughFiles(t *testing.T) {
	dir := t.TempDir()
	want := sample(1, true)
	for _, name := range []string{"a.ingp", "b.msgpack", "C.INGP"} {
		path := filepath.Join(dir, name)
		if err := Save(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: came back as\n%+v\nwant\n%+v", name, got, want)
		}
		if !bytes.Equal(encode(t, got), encode(t, want)) {
			t.Fatalf("%s: the bytes are not stable", name)
		}
		first, _ := os.ReadFile(path)
		if err := Save(path, got); err != nil {
			t.Fatal(err)
		}
		if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
			t.Fatalf("%s: two saves differ", name)
		}
		if head := first[:2]; (name != "b.msgpack") != bytes.Equal(head, []byte{0x1f, 0x8b}) {
			t.Errorf("%s starts with % x", name, head)
		}
	}
	if es, _ := os.ReadDir(dir); len(es) != 3 {
		t.Errorf("%d files", len(es))
	}
	if err := Save(filepath.Join(dir, "a.bin"), want); err == nil || !strings.Contains(err.Error(), "is named .ingp") {
		t.Errorf("error %v", err)
	}
}

// Planted faults: a change of a single bit anywhere in the blobs must be seen by the comparison above.
func TestPlantedBitFlips(t *testing.T) {
	want := sample(1, false)
	for name, flip := range map[string]func(*Snapshot){
		"params":  func(s *Snapshot) { s.Params.Half[49] ^= 1 },
		"moments": func(s *Snapshot) { s.Optimizer.Adam.First[0] = 0 }, // +0 for −0
		"steps":   func(s *Snapshot) { s.Optimizer.Adam.Steps[3] ^= 1 << 31 },
		"rng":     func(s *Snapshot) { s.Radia.RNG["train"] = RNG{1, 3} },
	} {
		s := sample(1, false)
		flip(s)
		if bytes.Equal(encode(t, s), encode(t, want)) {
			t.Errorf("%s: a flipped bit is not in the file", name)
		}
	}
}

func TestOtherModesAndFloatParams(t *testing.T) {
	for _, mode := range []string{"sdf", "image", "volume"} {
		want := sample(2, false)
		want.Mode, want.NeRF, want.Params = mode, nil, Params{Float: want.Optimizer.Adam.First}
		got, err := Decode(mode, encode(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encode(t, got), encode(t, want)) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: came back changed", mode)
		}
	}
	s := &Snapshot{Config: map[string]any{}, Mode: "image", Params: Params{Half: []uint16{1}}, RenderAABBToLocal: identity3}
	got, err := Decode("minimal", encode(t, s))
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("minimal: %+v, %v", got, err)
	}
}

func TestSections(t *testing.T) {
	s := sample(3, false)
	got, err := Decode("x", encode(t, s))
	if err != nil {
		t.Fatal(err)
	}
	a, err := got.Radia.Float32("params")
	b, _ := s.Radia.Float32("params")
	if err != nil || !reflect.DeepEqual(a, b) || !reflect.DeepEqual(got.Radia.Sections["params"].Shape, []int{5, 10}) {
		t.Errorf("%v %v", a, err)
	}
	if h, err := got.Radia.Half("half"); err != nil || !reflect.DeepEqual(h, s.Params.Half) {
		t.Errorf("%v %v", h, err)
	}
	if w, err := got.Radia.Uint32("words"); err != nil || !reflect.DeepEqual(w, s.Optimizer.Adam.Steps) {
		t.Errorf("%v %v", w, err)
	}
	if _, err := got.Radia.Float32("words"); err == nil || !strings.Contains(err.Error(), "holds u32, not f32") {
		t.Errorf("error %v", err)
	}
	if _, err := got.Radia.Float32("none"); err == nil || !strings.Contains(err.Error(), `no section "none"`) {
		t.Errorf("error %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a shape that does not fit was accepted")
		}
	}()
	s.Radia.SetFloat32("bad", make([]float32, 6), 2, 4)
}

// mp is a second, tiny MessagePack writer: it shares nothing with the one under test.
type mp struct{ bytes.Buffer }

func (m *mp) head(n int, fix byte, fixMax int, codes ...byte) *mp {
	switch {
	case n < fixMax:
		m.WriteByte(fix | byte(n))
	case len(codes) == 3 && n < 256:
		m.Write([]byte{codes[0], byte(n)})
	case n < 1<<16:
		m.WriteByte(codes[len(codes)-2])
		binary.Write(m, binary.BigEndian, uint16(n))
	default:
		m.WriteByte(codes[len(codes)-1])
		binary.Write(m, binary.BigEndian, uint32(n))
	}
	return m
}
func (m *mp) mapOf(n int) *mp   { return m.head(n, 0x80, 16, 0xde, 0xdf) }
func (m *mp) arrayOf(n int) *mp { return m.head(n, 0x90, 16, 0xdc, 0xdd) }
func (m *mp) str(s string) *mp {
	m.head(len(s), 0xa0, 32, 0xd9, 0xda, 0xdb)
	m.WriteString(s)
	return m
}
func (m *mp) bin(b []byte) *mp { m.head(len(b), 0, 0, 0xc4, 0xc5, 0xc6); m.Write(b); return m }
func (m *mp) raw(b ...byte) *mp {
	m.Write(b)
	return m
}
func (m *mp) f32(f float32) *mp {
	m.WriteByte(0xca)
	binary.Write(m, binary.BigEndian, f)
	return m
}
func (m *mp) f64(f float64) *mp {
	m.WriteByte(0xcb)
	binary.Write(m, binary.BigEndian, f)
	return m
}

func (m *mp) box(lo, hi float32) *mp {
	m.mapOf(2).str("max").arrayOf(3).f32(hi).f32(hi).f32(hi)
	return m.str("min").arrayOf(3).f32(lo).f32(lo).f32(lo)
}

func (m *mp) vec(v ...float32) *mp {
	m.arrayOf(len(v))
	for _, x := range v {
		m.f32(x)
	}
	return m
}

// TestGoldenBytes compares the writer with bytes put together by hand.
func TestGoldenBytes(t *testing.T) {
	s := &Snapshot{
		Config: map[string]any{"loss": map[string]any{"otype": "L2"}, "encoding": map[string]any{"a": 0.1, "b": int64(-200), "c": 0.5, "d": int64(70000)}},
		Mode:   "image", Params: Params{Half: []uint16{0x3c00, 0xbc00, 0x1234}}, TrainingStep: 300, Loss: 0.25,
		RenderAABBToLocal: identity3,
	}
	m := &mp{}
	m.mapOf(3)
	m.str("encoding").mapOf(4).str("a").f64(0.1).str("b").raw(0xd1, 0xff, 0x38).str("c").f32(0.5).str("d").raw(0xce, 0, 1, 0x11, 0x70)
	m.str("loss").mapOf(1).str("otype").str("L2")
	m.str("snapshot").mapOf(15)
	m.str("aabb").box(0, 0)
	m.str("background_color").vec(0, 0, 0, 0)
	m.str("bounding_radius").f32(0)
	m.str("exposure").f32(0)
	m.str("loss").f32(0.25)
	m.str("mode").str("image")
	m.str("n_params").raw(3)
	m.str("params_binary").bin([]byte{0x00, 0x3c, 0x00, 0xbc, 0x34, 0x12})
	m.str("params_type").str("__half")
	m.str("render_aabb").box(0, 0)
	m.str("render_aabb_to_local").arrayOf(3).vec(1, 0, 0).vec(0, 1, 0).vec(0, 0, 1)
	m.str("sun_dir").vec(0, 0, 0)
	m.str("training_step").raw(0xcd, 0x01, 0x2c)
	m.str("up_dir").vec(0, 0, 0)
	m.str("version").raw(1)
	if got := encode(t, s); !bytes.Equal(got, m.Bytes()) {
		t.Fatalf("wrote\n%s\nwant\n%s", hex.Dump(got), hex.Dump(m.Bytes()))
	}
	back, err := Decode("golden", m.Bytes())
	if err != nil || !reflect.DeepEqual(back, s) {
		t.Fatalf("read back %+v, %v", back, err)
	}
}

// old is a file as other programs may write it: odd number widths, a blob as a list, lenses for all images at once.
func old() *mp {
	m := &mp{}
	m.mapOf(2).str("encoding").mapOf(1).str("n_levels").f32(16)
	m.str("snapshot").mapOf(6)
	m.str("version").raw(0xd3, 0, 0, 0, 0, 0, 0, 0, 1)            // int64
	m.str("n_params").f64(2)                                      // a float
	m.str("params_type").raw(0xda, 0, 6).raw([]byte("__half")...) // str16
	m.str("params_binary").mapOf(2).str("bytes").arrayOf(4).raw(1, 0xcc, 200, 0xcd, 0, 3, 4).str("subtype").raw(0xc0)
	m.str("density_grid_binary").bin(nil)
	m.str("nerf").mapOf(1).str("dataset").mapOf(5)
	m.str("aabb_scale").raw(0xcf, 0, 0, 0, 0, 0, 0, 0, 4) // uint64
	m.str("camera_distortion").mapOf(1).str("k1").f64(0.25)
	m.str("focal_lengths").arrayOf(1).arrayOf(2).f32(100).raw(101)
	m.str("image_resolution").arrayOf(2).raw(0xd1, 0, 10).raw(20)
	m.str("xforms").arrayOf(1).mapOf(1).str("start").arrayOf(3).vec(1, 0, 0, 5).vec(0, 1, 0, 6).vec(0, 0, 1, 7)
	return m
}

func TestForeignForms(t *testing.T) {
	var zl bytes.Buffer
	z := zlib.NewWriter(&zl)
	z.Write(old().Bytes())
	z.Close()
	for name, data := range map[string][]byte{"raw": old().Bytes(), "gzip": gz(old().Bytes()), "zlib": zl.Bytes()} {
		s, err := Decode(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		im := s.NeRF.Dataset.Images[0]
		pose := Matrix{{1, 0, 0, 5}, {0, 1, 0, 6}, {0, 0, 1, 7}}
		if s.Mode != "nerf" || !reflect.DeepEqual(s.Params.Half, []uint16{200<<8 | 1, 4<<8 | 3}) || s.NeRF.AABBScale != 4 || s.NeRF.Cascades() != 3 {
			t.Errorf("%s: %+v", name, s)
		}
		if im.Lens["k1"] != 0.25 || im.FocalLength != [2]float32{100, 101} || im.Resolution != [2]int64{10, 20} || im.Start != pose || im.End != pose {
			t.Errorf("%s: %+v", name, im)
		}
		if s.DensityGrid != nil || s.Camera != nil || s.Radia != nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// edited encodes a sample whose "snapshot" map was changed.
func edited(t testing.TB, edit func(root, snap map[string]any)) []byte {
	t.Helper()
	s := sample(1, false)
	root := s.tree()
	edit(root, root["snapshot"].(map[string]any))
	var b bytes.Buffer
	if err := encodeTree(&b, root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func in(m map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		m = m[k].(map[string]any)
	}
	return m
}

func corrupt(t testing.TB) map[string][]byte {
	set := func(key string, v any) []byte {
		return edited(t, func(_, s map[string]any) { s[key] = v })
	}
	whole := encode(t, sample(1, false))
	deep := bytes.Repeat([]byte{0x91}, 1000)
	return map[string][]byte{
		"it holds only 0 bytes":                      {},
		"it holds only 1 bytes":                      {0x80},
		"it holds 1, not a map":                      {1, 1},
		"2 bytes follow the end":                     append(append([]byte{}, whole...), 0, 0),
		"it is cut off or corrupt":                   whole[:len(whole)/2],
		"its compressed data is cut off":             gz(whole)[:400],
		"its compressed data is corrupt":             append([]byte{0x1f, 0x8b, 9}, whole[:100]...),
		"nested deeper than 64":                      deep,
		"code 0xc1":                                  {0x81, 0xa1, 'a', 0xc1},
		"code 0xd4 has no place":                     {0x81, 0xa1, 'a', 0xd4, 1, 2},
		"a map key at byte 1 is not a string":        {0x81, 1, 1},
		`the key "a" appears twice`:                  {0x82, 0xa1, 'a', 1, 0xa1, 'a', 1},
		"a blob of length 4294967295 at byte 8":      append([]byte{0x81, 0xa1, 'a', 0xc6, 0xff, 0xff, 0xff, 0xff}, make([]byte, 92)...),
		"an array of length 4294967295":              append([]byte{0x81, 0xa1, 'a', 0xdd, 0xff, 0xff, 0xff, 0xff}, make([]byte, 92)...),
		"a map of length 4294967295":                 append([]byte{0xdf, 0xff, 0xff, 0xff, 0xff}, make([]byte, 95)...),
		"an array of length 2147483647":              append([]byte{0x81, 0xa5, 'b', 'y', 't', 'e', 's', 0xdd, 0x7f, 0xff, 0xff, 0xff}, make([]byte, 92)...),
		"a byte array holds 256":                     {0x81, 0xa5, 'b', 'y', 't', 'e', 's', 0x91, 0xcd, 1, 0},
		"has no key snapshot":                        {0x81, 0xa1, 'a', 1},
		"version is missing":                         edited(t, func(_, s map[string]any) { delete(s, "version") }),
		"version is 2; this program reads version 1": set("version", 2),
		"version is 0":                               set("version", 0),
		"version is a blob":                          set("version", []byte{1}),
		`mode is "nurf"`:                             set("mode", "nurf"),
		`params_type is "double"`:                    set("params_type", "double"),
		"params_binary is missing":                   edited(t, func(_, s map[string]any) { delete(s, "params_binary") }),
		"params_binary has 100 bytes; 51 parameters of type __half need 102": set("n_params", 51),
		"params_binary has 99 bytes, which is no multiple of 2":              set("params_binary", make([]byte, 99)),
		"params_binary is \"x\"; it must be a blob":                          set("params_binary", "x"),
		"n_params is -1": set("n_params", -1),
		"n_params is 9007199254740992; it must be from":                     set("n_params", 1<<53),
		"density_grid_binary has 4194304 bytes; aabb_scale 2 needs 8388608": set("density_grid_binary", make([]byte, 2*gridCells)),
		"density_grid_size is 64; it must be 128":                           set("density_grid_size", 64),
		"snapshot.nerf is missing":                                          edited(t, func(_, s map[string]any) { delete(s, "nerf") }),
		"aabb_scale is 3; it must be a power of two":                        edited(t, func(_, s map[string]any) { in(s, "nerf")["aabb_scale"] = 3 }),
		"snapshot.nerf.aabb_scale is 1000":                                  edited(t, func(_, s map[string]any) { in(s, "nerf")["aabb_scale"] = 1000 }),
		"snapshot.nerf is 4; it must be a map":                              set("nerf", 4),
		"snapshot.nerf.dataset.n_images is 7, but 2 images":                 edited(t, func(_, s map[string]any) { in(s, "nerf", "dataset")["n_images"] = 7 }),
		"snapshot.nerf.dataset.xforms[1].start must be 3 rows of 4 numbers": edited(t, func(_, s map[string]any) {
			in(s, "nerf", "dataset")["xforms"].([]any)[1].(map[string]any)["start"] = []any{}
		}),
		"snapshot.nerf.dataset.metadata describes 1 images and xforms 2": edited(t, func(_, s map[string]any) { d := in(s, "nerf", "dataset"); d["metadata"] = d["metadata"].([]any)[:1] }),
		"snapshot.aabb.min must be 3 numbers":                            set("aabb", map[string]any{"min": []any{1, 2}}),
		"optimizer param_steps_binary has 7 values for 50 parameters": edited(t, func(_, s map[string]any) {
			in(s, "optimizer", "nested", "nested")["param_steps_binary"] = make([]uint32, 7)
		}),
		"optimizer weights_ema_binary has 3 values":                   edited(t, func(_, s map[string]any) { in(s, "optimizer")["weights_ema_binary"] = make([]uint16, 3) }),
		"training_step is 1.5; it must be a whole number":             set("training_step", 1.5),
		"camera.autofocus is 3":                                       edited(t, func(_, s map[string]any) { in(s, "camera")["autofocus"] = 3 }),
		"radia.version is 9":                                          edited(t, func(_, s map[string]any) { in(s, "radia")["version"] = 9 }),
		`section "params" has 3 bytes; shape [5 10] of f32 needs 200`: edited(t, func(_, s map[string]any) { in(s, "radia", "sections", "params")["data"] = []byte{1, 2, 3} }),
		`section "params" has the impossible shape`: edited(t, func(_, s map[string]any) {
			in(s, "radia", "sections", "params")["shape"] = []any{1 << 40, 1 << 40, 1 << 40}
		}),
		`section "params" has the unknown type "f33"`:           edited(t, func(_, s map[string]any) { in(s, "radia", "sections", "params")["type"] = "f33" }),
		"snapshot.radia.rng.train.state must be a non-negative": edited(t, func(_, s map[string]any) { in(s, "radia", "rng", "train")["state"] = -1 }),
	}
}

func TestCorruptFiles(t *testing.T) {
	for want, data := range corrupt(t) {
		s, err := Decode("scene.ingp", data)
		if err == nil {
			t.Errorf("%q: accepted as %+v", want, s)
			continue
		}
		if msg := err.Error(); !strings.HasPrefix(msg, "scene.ingp: ") || !strings.Contains(msg, want) || strings.Contains(msg, "\n") || len(msg) > 200 {
			t.Errorf("error %q, want %q", msg, want)
		}
	}
}

// Every possible truncation must be refused, and without much memory.
func TestTruncation(t *testing.T) {
	whole := encode(t, sample(1, false))
	zipped := gz(whole)
	for n := range whole {
		if _, err := Decode("cut", whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(whole))
		}
	}
	for n := range zipped {
		if _, err := Decode("cut", zipped[:n]); err == nil {
			t.Fatalf("the first %d of %d compressed bytes were accepted", n, len(zipped))
		}
	}
}

func TestClaimsCostNoMemory(t *testing.T) {
	for want, data := range corrupt(t) {
		if len(data) > 1000 {
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Decode("claim", data)
		runtime.ReadMemStats(&after)
		// 64 KiB of read buffer and the small change of the decoder and its error.
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%q: %d bytes of file cost %d bytes of memory", want, len(data), got)
		}
	}
}

func TestInflationLimit(t *testing.T) {
	if _, err := read("zeros", bytes.NewReader(gz(make([]byte, 1<<20))), 1<<30); err == nil || !strings.Contains(err.Error(), "not a map") {
		t.Errorf("error %v", err)
	}
	bomb := gz(append([]byte{0x81}, make([]byte, 1<<20)...))
	if _, err := read("bomb", bytes.NewReader(bomb), 1<<16); err == nil || !strings.Contains(err.Error(), "larger than 65536 bytes") {
		t.Errorf("error %v", err)
	}
	if _, err := read("plain", bytes.NewReader(make([]byte, 100)), 99); err == nil || !strings.Contains(err.Error(), "larger than 99 bytes") {
		t.Errorf("error %v", err)
	}
	many := &mp{}
	many.mapOf(1).str("a").arrayOf(maxValues + 1).raw(make([]byte, maxValues+1)...)
	if _, err := Decode("many", many.Bytes()); err == nil || !strings.Contains(err.Error(), "more than 4194304 values") {
		t.Errorf("error %v", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for want, edit := range map[string]func(*Snapshot){
		"snapshot.mode is":               func(s *Snapshot) { s.Mode = "" },
		"configuration is missing":       func(s *Snapshot) { s.Config = nil },
		"parameters of one type":         func(s *Snapshot) { s.Params.Float = make([]float32, 50) },
		"must hold parameters":           func(s *Snapshot) { s.Params = Params{} },
		"density_grid_binary has":        func(s *Snapshot) { s.DensityGrid = make([]uint16, 3) },
		"but not snapshot.nerf":          func(s *Snapshot) { s.NeRF, s.Mode, s.DensityGrid = nil, "sdf", make([]uint16, 3) },
		"aabb_scale is 0":                func(s *Snapshot) { s.NeRF.AABBScale = 0 },
		"type struct {}":                 func(s *Snapshot) { s.Radia.State["x"] = []any{struct{}{}} },
		"unknown type":                   func(s *Snapshot) { s.Radia.Sections["x"] = Section{Type: "f8"} },
		"first_moments_binary has 1 val": func(s *Snapshot) { s.Optimizer.Adam.First = []float32{1} },
	} {
		s := sample(1, false)
		edit(s)
		path := filepath.Join(t.TempDir(), "x.ingp")
		if err := Save(path, s); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%q: a file was left", want)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.ingp")
	if err := os.WriteFile(bad, []byte("hello, I am a text"), 0o666); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		bad: "not a map", dir: "not a regular file", filepath.Join(dir, "none.ingp"): "no such file",
	} {
		if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range corrupt(f) {
		if len(data) < 1<<16 {
			f.Add(data)
		}
	}
	f.Add(old().Bytes())
	f.Add(gz(old().Bytes()))
	f.Add(encode(f, sample(1, false)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := read("fuzz", bytes.NewReader(data), 1<<24)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		once := encode(t, s)
		back, err := Decode("again", once)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if !bytes.Equal(once, encode(t, back)) {
			t.Fatal("the bytes are not stable")
		}
	})
}

func ExampleRadia() {
	r := NewRadia()
	r.SetFloat32("environment", make([]float32, 12), 2, 2, 3)
	fmt.Println(r.Sections["environment"].Shape, len(r.Sections["environment"].Data))
	// Output: [2 2 3] 48
}
