package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/radia-go/radia/kernels/enc"
)

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestEveryPresetRoundTrips(t *testing.T) {
	names := Presets()
	if len(names) < 13 {
		t.Fatalf("only %d presets: %v", len(names), names)
	}
	for _, name := range names {
		c, err := Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		roundTrip(t, c)
		// The raw tree of a preset must give the same configuration too: this is what a snapshot keeps.
		back, err := FromTree(c.Tree(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !sameConfig(c, back) {
			t.Errorf("%s: the tree gives another configuration\n%s\n%s", name, c, back)
		}
	}
}

func sameConfig(a, b *Config) bool {
	x, y := *a, *b
	x.Name, y.Name, x.Files, y.Files, x.merged, y.merged = "", "", nil, nil, nil, nil
	return reflect.DeepEqual(x, y)
}

func roundTrip(t *testing.T, c *Config) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse("again", text)
	if err != nil {
		t.Fatalf("%s: its own JSON is refused: %v\n%s", c.Name, err, text)
	}
	if !sameConfig(c, back) {
		t.Fatalf("%s: the round trip changed it\n%s\n%s", c.Name, c, back)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) {
		t.Fatalf("%s: printing is not stable: %v", c.Name, err)
	}
}

func TestBaseValues(t *testing.T) {
	c := must(Load("base"))(t)
	want := Grid{Kind: enc.GridHash, Levels: 8, FeaturesPerLevel: 4, Log2HashmapSize: 19, BaseResolution: 16, Interpolation: Linear}
	if c.Encoding != Encoding(want) {
		t.Errorf("encoding %+v", c.Encoding)
	}
	if (c.Network != Network{FullyFusedMLP, 64, 1, ActReLU, ActNone, 0}) || (*c.RGBNetwork != Network{FullyFusedMLP, 64, 2, ActReLU, ActNone, 0}) {
		t.Errorf("networks %+v %+v", c.Network, *c.RGBNetwork)
	}
	o := c.Optimizer
	if o.Ema == nil || *o.Ema != (Ema{Decay: 0.95}) || o.Decay == nil || *o.Decay != (ExponentialDecay{20000, 10000, 10000000, 0.33}) {
		t.Errorf("optimizer %+v", o)
	}
	adam := Adam{LearningRate: 1e-2, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-15, L2Reg: 1e-6, NonMatrixLearningRateFactor: 1,
		OptimizeMatrixParams: true, OptimizeNonMatrixParams: true}
	if o.Adam != adam {
		t.Errorf("adam %+v", o.Adam)
	}
	if c.Loss.OType != "Huber" || c.Envmap == nil || c.DistortionMap == nil || c.DistortionMap.Optimizer.Decay.End != 25000 {
		t.Errorf("loss %v envmap %v distortion %v", c.Loss, c.Envmap, c.DistortionMap)
	}
}

func TestInheritance(t *testing.T) {
	small := must(Load("nerf/small.json"))(t)
	if small.Encoding.(Grid).Log2HashmapSize != 15 || small.Optimizer.Decay.Start != 10000 || small.Optimizer.Decay.Base != 0.33 {
		t.Errorf("small: %s", small)
	}
	if _, ok := small.Tree()["parent"]; ok {
		t.Error("the merged tree still names a parent")
	}
	f := must(Load("frequency"))(t)
	if f.Encoding != Encoding(Frequency{16}) || f.DirEncoding != Encoding(Frequency{4}) {
		t.Errorf("frequency: %s", f)
	}
	if e := f.Tree()["encoding"].(map[string]any); len(e) != 2 {
		t.Errorf("keys of the parent's grid remain: %v", e)
	}
	dense := must(Load("densegrid"))(t).Encoding.(Grid)
	if dense.Kind != enc.GridDense || dense.FeaturesPerLevel != 4 || dense.PerLevelScale != 1.405 {
		t.Errorf("densegrid: %+v", dense)
	}
	mine := must(Parse("mine", []byte(`{"parent": "small", /* T only */ "encoding": {"log2_hashmap_size": 17,},}`)))(t)
	if mine.Encoding.(Grid).Log2HashmapSize != 17 || len(mine.Files) != 3 {
		t.Errorf("mine: %s %v", mine, mine.Files)
	}
}

func TestSpellingAndDefaults(t *testing.T) {
	c := must(Parse("x", []byte(`{
		"encoding": {"otype": "grid", "type": "tiled", "n_features": 32, "n_features_per_level": 8, "interpolation": "smoothSTEP"},
		"network": {"otype": "megakernelmlp"},
		"optimizer": {"otype": "ADAM"}}`)))(t)
	g := c.Encoding.(Grid)
	if g.Kind != enc.GridTiled || g.Levels != 4 || g.Interpolation != Smoothstep {
		t.Errorf("grid %+v", g)
	}
	if (c.Network != Network{MegakernelMLP, 128, 5, ActReLU, ActNone, 0}) || c.Optimizer.Adam != defaultAdam() || c.Loss.OType != "L2" {
		t.Errorf("%s", c)
	}
	roundTrip(t, c)
	for _, e := range []string{
		`{"otype":"SphericalHarmonics","degree":3}`, `{"otype":"OneBlob","n_bins":8}`, `{"otype":"TriangleWave"}`,
		`{"otype":"Identity","scale":2,"offset":0.1}`, `{"otype":"Empty"}`,
		`{"otype":"Composite","reduction":"sum","nested":[{"otype":"HashGrid","n_dims_to_encode":2},{"otype":"HashGrid","n_dims_to_encode":2,"dims_to_encode_begin":1}]}`,
	} {
		roundTrip(t, must(Parse("x", []byte(`{"encoding":`+e+`,"network":{"otype":"CutlassMLP"}}`)))(t))
	}
}

// badConfigs maps a configuration to words that its error must hold.
var badConfigs = []struct{ json, want string }{
	{``, "bad"},
	{`[]`, "must be a JSON object"},
	{`{`, "bad"},
	{`{"encoding": 3}`, `encoding is 3; it must be an object`},
	{`{}`, "encoding is missing"},
	{`{"parent": 3}`, "parent is 3; it must be a string"},
	{`{"parent": "bsae"}`, "did you mean base?"},
	{`{"parent": "base.json"}`, "can only name a preset"},
	{`{"parent":"base", "encodign": {}}`, "encodign is not a known key (did you mean encoding?)"},
	{`{"parent":"base", "encoding": {"n_levls": 3}}`, "encoding.n_levls is not a known key (did you mean n_levels?)"},
	{`{"parent":"base", "encoding": {"otype":"Frequency", "n_levels": 3}}`, "encoding.n_levels is not a known key"},
	{`{"parent":"base", "encoding": {"otype":"HashGird"}}`, "did you mean HashGrid?"},
	{`{"parent":"base", "encoding": {"n_features_per_level": 3}}`, "n_features_per_level is 3; it must be 1, 2, 4 or 8"},
	{`{"parent":"base", "encoding": {"n_features_per_level": 16}}`, "n_features_per_level is 16; it must be from 1 to 8"},
	{`{"parent":"base", "encoding": {"n_features_per_level": 2.5}}`, "must be a whole number"},
	{`{"parent":"base", "encoding": {"n_features_per_level": "4"}}`, `is "4"; it must be a whole number`},
	{`{"parent":"base", "encoding": {"n_features": 33}}`, "n_features is 33; it must be a multiple"},
	{`{"parent":"base", "encoding": {"n_features": 64}}`, "n_features is 64, but"},
	{`{"parent":"base", "encoding": {"log2_hashmap_size": 25}}`, "log2_hashmap_size is 25; it must be from 1 to 24"},
	{`{"parent":"base", "encoding": {"log2_hashmap_size": 0}}`, "log2_hashmap_size is 0"},
	{`{"parent":"base", "encoding": {"n_levels": 129}}`, "n_levels is 129"},
	{`{"parent":"base", "encoding": {"hash": "Prime"}}`, `only "CoherentPrime" is supported`},
	{`{"parent":"base", "encoding": {"stochastic_interpolation": true}}`, "only false is supported"},
	{`{"parent":"base", "encoding": {"interpolation": "Cubic"}}`, "one of Nearest, Linear, Smoothstep"},
	{`{"parent":"base", "encoding": {"per_level_scale": 1e999}}`, "out of range"},
	{`{"parent":"base", "network": {"n_neurons": 48}}`, "the width of a FullyFusedMLP must be 16, 32, 64 or 128"},
	{`{"parent":"base", "network": {"otype":"CutlassMLP", "n_neurons": 24}}`, "multiple of 16"},
	{`{"parent":"base", "network": {"n_hidden_layers": 0}}`, "needs at least one"},
	{`{"parent":"base", "rgb_network": {"activation": "RELU6"}}`, "did you mean ReLU?"},
	{`{"parent":"base", "dir_encoding": {"nested": []}}`, "dir_encoding.nested must hold at least one"},
	{`{"parent":"base", "dir_encoding": {"nested": [{"otype":"Identity"},{"otype":"Identity"}]}}`, "at most one"},
	{`{"parent":"base", "dir_encoding": {"nested": [{"otype":"SphericalHarmonics","degree":9}]}}`, "dir_encoding.nested[0].degree is 9"},
	{`{"parent":"base", "dir_encoding": {"nested": [4]}}`, "every entry must be an object"},
	{`{"parent":"base", "encoding": {"otype":"OneBlob", "n_bins": 12}}`, "must be a power of two"},
	{`{"parent":"base", "loss": {"otype":"Hubert"}}`, "did you mean Huber?"},
	{`{"parent":"base", "loss": {"delta":1}}`, "loss.delta is not a known key"},
	{`{"parent":"base", "optimizer": {"otype":"Shampoo"}}`, "one of Ema, ExponentialDecay, Adam"},
	{`{"parent":"base", "optimizer": {"nested": null}}`, "optimizer.nested is missing"},
	{`{"parent":"base", "optimizer": {"nested": {"otype":"Ema"}}}`, "second Ema"},
	{`{"parent":"base", "optimizer": {"nested": {"nested": {"beta2": 1}}}}`, "beta2 is 1; it must be from 0 to"},
	{`{"parent":"base", "optimizer": {"nested": {"nested": {"adabound": true}}}}`, "only false is supported"},
	{`{"parent":"base", "distortion_map": {"resolution": [0, 3]}}`, "two whole numbers"},
	{`{"parent":"base", "encoding": {"n_levels": 3, "n_levels": 4}}`, "line 1: the key \"n_levels\" appears twice"},
	{strings.Repeat("[", 100), "nested deeper"},
	{`{"a":` + strings.Repeat(`{"a":`, 40), "nested deeper"},
	{`{"encoding": {"otype": "Composite", "nested": [{"otype": "Composite", "nested": [{"otype": "Composite", "nested": [{"otype": "Composite", "nested": [{"otype": "Composite"}]}]}]}]}, "network": {"otype":"CutlassMLP"}}`, "three deep"},
}

func TestBadConfigs(t *testing.T) {
	for _, c := range badConfigs {
		cfg, err := Parse("bad", []byte(c.json))
		if err == nil {
			t.Errorf("%.80s: accepted as %s", c.json, cfg)
			continue
		}
		msg := err.Error()
		if !strings.HasPrefix(msg, "bad") || !strings.Contains(msg, c.want) || strings.Contains(msg, "\n") {
			t.Errorf("%.80s: error %q, want %q", c.json, msg, c.want)
		}
	}
}

func TestBadNames(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"smal":                          "did you mean small?",
		"":                              "no configuration file",
		filepath.Join(dir, "none.json"): "no such file",
		dir + "/":                       "not a regular file",
	} {
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%q): %v, want %q", name, err, want)
		}
	}
}

func TestParentsOnDisk(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return p
	}
	write("outside.json", `{"parent": "base"}`)
	mid := write("cfg/sub/mid.json", `{"parent": "../root.json", "encoding": {"n_levls": 4}}`)
	root := write("cfg/root.json", `{"parent": "nerf/big", "encoding": {"n_levels": 4}}`)
	good := write("cfg/good.json", `{"parent": "sub/ok.json", "encoding": {"base_resolution": 8}}`)
	write("cfg/sub/ok.json", `{"parent": "../root.json"}`)
	if c := must(Load(good))(t); c.Encoding.(Grid) != (Grid{Levels: 4, FeaturesPerLevel: 4, Log2HashmapSize: 21, BaseResolution: 8, Interpolation: Linear}) || len(c.Files) != 5 {
		t.Errorf("%s %v", c, c.Files)
	}
	for path, want := range map[string]string{
		write("cfg/self.json", `{"parent": "self.json"}`):                  "form a circle",
		write("cfg/a.json", `{"parent": "b.json"}`):                        "form a circle",
		write("cfg/b.json", `{"parent": "./a.json"}`):                      "form a circle",
		write("cfg/c.json", `{"parent": "no.json"}`):                       "cannot read the parent of",
		write("cfg/d.json", `{"parent": "../outside.json"}`):               "leads out of the folder",
		write("cfg/e.json", `{"parent": "`+filepath.ToSlash(root)+`"}`):    "must be a relative path",
		write("cfg/f.json", `{"parent": "root.json", "encoding": [1, 2]}`): "cfg/f.json: encoding is an array",
		// A typing error is reported for the file that holds it, not for the one that was loaded.
		write("cfg/g.json", `{"parent": "sub/mid.json", "encoding": {"n_levels": 2}}`): mid + ": encoding.n_levls is not a known key",
		write("cfg/h.json", strings.Repeat(" ", maxFileSize+1)):                        "larger than",
	} {
		if _, err := Load(path); err == nil || !strings.Contains(filepath.ToSlash(err.Error()), filepath.ToSlash(want)) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if err := os.Symlink("../outside.json", filepath.Join(dir, "cfg", "link.json")); err == nil {
		if _, err := Load(write("cfg/i.json", `{"parent": "link.json"}`)); err == nil {
			t.Error("a link out of the folder was followed")
		}
	}
}

func TestTreeIsACopy(t *testing.T) {
	c := must(Load("base"))(t)
	c.Tree()["encoding"].(map[string]any)["otype"] = "broken"
	if c.Tree()["encoding"].(map[string]any)["otype"] != "HashGrid" {
		t.Error("the tree is shared")
	}
}

func TestFromTreeIsLenientOnlyAboutUnknownKeys(t *testing.T) {
	tree := must(Load("base"))(t).Tree()
	tree["snapshot"] = map[string]any{"version": int64(1)}
	tree["something"] = true
	e := tree["encoding"].(map[string]any)
	e["n_levels"], e["new_key"] = float32(8), "x"
	c := must(FromTree(tree, "snap.ingp"))(t)
	if c.Encoding.(Grid).Levels != 8 {
		t.Error("a float level count was not read")
	}
	if _, ok := c.Tree()["snapshot"]; ok {
		t.Error("the snapshot stayed in the tree")
	}
	e["n_levels"] = uint64(1) << 63
	if _, err := FromTree(tree, "snap.ingp"); err == nil || !strings.HasPrefix(err.Error(), "snap.ingp: encoding.n_levels is") {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range badConfigs {
		f.Add([]byte(c.json))
	}
	for _, name := range Presets() {
		data, err := presetFiles.ReadFile("presets/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		c, err := Load(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(c.String()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz", data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || err.Error() == "" {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		roundTrip(t, c)
		if n, err := c.ForNeRF(4); err == nil {
			if l, err := n.Layout(); err == nil && (l.Total < l.NetworkParams || l.NetworkParams <= 0) {
				t.Fatalf("layout %+v", l)
			}
		}
	})
}
