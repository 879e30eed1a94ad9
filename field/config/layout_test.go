package config

import (
	"math"
	"strings"
	"testing"
)

func nerfLayout(t *testing.T, name string, aabb int) *Layout {
	t.Helper()
	c := must(Load(name))(t)
	c = must(c.ForNeRF(aabb))(t)
	return must(c.Layout())(t)
}

func TestTotals(t *testing.T) {
	for _, c := range []struct {
		name       string
		aabb, grid int
		b          float32
	}{
		{"ngpc-2022", 1, 12196240, 1.3819128}, {"ngpc-2022", 4, 13074912, 1.5157166}, {"ngpc-2022", 16, 13623184, 1.6624758},
		{"base", 1, 11681792, 2}, {"base", 2, 12660928, 2.208179}, {"base", 4, 12855296, 2.4380274},
		{"base", 8, 12940032, 2.6918004}, {"base", 16, 13041664, 2.9719884}, {"base", 32, 13194816, 3.2813416},
		{"base", 64, 13379744, 3.6228945}, {"base", 128, 13647872, 4},
		{"ingp-2023", 1, 11681792, 2}, {"hashgrid", 1, 11681792, 2},
		{"small", 1, 933888, 2}, {"base_14", 1, 475136, 2}, {"big", 1, 43139072, 2},
		{"densegrid", 1, 32624096, 1.405}, {"densegrid", 16, 32624096, 1.405},
	} {
		l := nerfLayout(t, c.name, c.aabb)
		g := l.Position.Grids[0]
		// b is published to eight digits; half a unit of the last is below one float32 step.
		if g.Count != c.grid || math.Abs(float64(g.Grid.PerLevelScale-c.b)) > 3e-7 {
			t.Errorf("%s aabb %d: %d parameters, b %v; want %d, %v", c.name, c.aabb, g.Count, g.Grid.PerLevelScale, c.grid, c.b)
		}
		if l.Density.Count != 3072 || l.RGB.Count != 7168 || l.NetworkParams != 10240 || l.Total != 10240+c.grid {
			t.Errorf("%s: density %d, rgb %d, total %d", c.name, l.Density.Count, l.RGB.Count, l.Total)
		}
		if l.RGB.Offset != 3072 || l.Position.Offset != 10240 || l.Direction.Offset != l.Total || l.Direction.Count != 0 {
			t.Errorf("%s: offsets %d %d %d", c.name, l.RGB.Offset, l.Position.Offset, l.Direction.Offset)
		}
	}
	if l := nerfLayout(t, "densegrid_1res", 1); l.Position.Count != 33554432 || l.Position.PaddedOutputs != 16 || l.Density.Count != 64*16+16*64 {
		t.Errorf("densegrid_1res: %+v", l)
	}
	// The fox of the issue tracker: 13,085,152 halves.
	if l := nerfLayout(t, "ngpc-2022", 4); l.Total != 13085152 {
		t.Errorf("fox: %d", l.Total)
	}
	sdf := must(must(must(Load("sdf/base"))(t).ForSDF())(t).Layout())(t)
	if sdf.Position.Count != 12196240 || sdf.Density.Count != 64*32+64*64+16*64 || sdf.Position.Offset != sdf.Density.Count || sdf.RGB != nil {
		t.Errorf("sdf: %+v", sdf)
	}
	img := must(must(must(Load("image/base"))(t).ForImage(1024, 1024))(t).Layout())(t)
	if g := img.Position.Grids[0]; g.Count != 1423440 || g.Grid.PerLevelScale != 1.2599211 || !g.Levels[15].Dense {
		t.Errorf("image: %d %v", g.Count, g.Grid.PerLevelScale)
	}
	vol := must(must(must(Load("volume/base"))(t).ForVolume(2048))(t).Layout())(t)
	if vol.Position.Count != 12196240 || vol.Density.Outputs != 4 || vol.Density.Output != ActReLU {
		t.Errorf("volume: %+v", vol)
	}
}

// The three planes of the tensor configuration.
func TestCompositeGrids(t *testing.T) {
	c := must(Parse("tensor", []byte(`{"parent":"base", "encoding": {"otype":"Composite", "nested": [
		{"otype":"HashGrid","n_dims_to_encode":2,"dims_to_encode_begin":0,"n_levels":16,"log2_hashmap_size":17,"base_resolution":16},
		{"otype":"HashGrid","n_dims_to_encode":2,"dims_to_encode_begin":1,"n_levels":16,"log2_hashmap_size":17,"base_resolution":16},
		{"otype":"Identity","n_dims_to_encode":1,"dims_to_encode_begin":0}]}}`)))(t)
	l := must(must(c.ForNeRF(1))(t).Layout())(t)
	p := l.Position
	if len(p.Grids) != 2 || p.Count != 2*1937552 || p.Outputs != 65 || p.PaddedOutputs != 80 || p.Pad != 1 {
		t.Fatalf("%d grids, %d parameters, %d -> %d outputs", len(p.Grids), p.Count, p.Outputs, p.PaddedOutputs)
	}
	if g := p.Grids[1]; g.DimBegin != 1 || g.OutputBegin != 32 || g.Offset != l.NetworkParams+1937552 || g.Dims != 2 {
		t.Errorf("second plane %+v", g)
	}
	c = must(Parse("x", []byte(`{"parent":"base", "encoding": {"otype":"Composite", "nested": [{"otype":"HashGrid","n_dims_to_encode":3,"dims_to_encode_begin":1}]}}`)))(t)
	if _, err := c.ForNeRF(1); err == nil || !strings.Contains(err.Error(), "reads inputs 1 to 3 of 3") {
		t.Errorf("error %v", err)
	}
	for bins, want := range map[string]string{"8": "", "4": "encodings with 16 and 8 outputs"} {
		c = must(Parse("x", []byte(`{"parent":"base", "encoding": {"otype":"Composite", "reduction":"Product", "nested": [
			{"otype":"OneBlob","n_dims_to_encode":1},{"otype":"OneBlob","n_bins":`+bins+`}]}}`)))(t)
		l, err := must(c.ForNeRF(1))(t).Layout()
		switch {
		case want == "" && (err != nil || l.Position.Outputs != 16 || l.Position.Planes != 16+2*16 || len(l.Position.Reductions) != 1):
			t.Errorf("%s bins: %v", bins, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s bins: error %v, want %q", bins, err, want)
		}
	}
}

func TestMatrices(t *testing.T) {
	l := nerfLayout(t, "base", 1)
	want := []Matrix{{0, 64, 32}, {2048, 16, 64}}
	for i, m := range l.Density.Matrices {
		if m != want[i] {
			t.Errorf("density matrix %d: %+v", i, m)
		}
	}
	want = []Matrix{{3072, 64, 32}, {5120, 64, 64}, {9216, 16, 64}}
	for i, m := range l.RGB.Matrices {
		if m != want[i] {
			t.Errorf("rgb matrix %d: %+v", i, m)
		}
	}
	f := nerfLayout(t, "frequency", 1)
	if f.Position.Outputs != 96 || f.Direction.Outputs != 24 || f.Direction.PaddedOutputs != 32 || f.Position.Pad != 1 || f.RGB.Inputs != 48 {
		t.Errorf("frequency %+v %+v", f.Position, f.Direction)
	}
	if want := 256*96 + 6*256*256 + 16*256 + 256*48 + 16*256; f.Total != want {
		t.Errorf("frequency: %d parameters, want %d", f.Total, want)
	}
	// No hidden layer: one matrix.
	c := must(Parse("linear", []byte(`{"parent":"base","network":{"otype":"CutlassMLP","n_hidden_layers":0}}`)))(t)
	lin := must(must(c.ForNeRF(1))(t).Layout())(t)
	if len(lin.Density.Matrices) != 1 || lin.Density.Matrices[0] != (Matrix{0, 16, 32}) {
		t.Errorf("linear %+v", lin.Density)
	}
}

func TestExtraDims(t *testing.T) {
	c := must(Load("base"))(t)
	for extra, padded := range map[int]int{0: 16, 3: 32, 16: 32, 17: 48} {
		l := must(must(c.ForNeRFWithExtra(1, extra))(t).Layout())(t)
		if l.Direction.Outputs != 16+extra || l.Direction.PaddedOutputs != padded || l.Direction.Pad != 1 || l.RGB.Inputs != 16+padded {
			t.Errorf("%d extra: %+v", extra, l.Direction)
		}
	}
}

func TestLayoutForOldSnapshots(t *testing.T) {
	c := must(must(Load("ngpc-2022"))(t).ForNeRF(4))(t)
	for n, alignment := range map[int]int{13085152: 16, 13074912 + 9728: 8} {
		l, err := c.LayoutFor(n)
		if err != nil || l.Alignment != alignment || l.Total != n {
			t.Errorf("%d parameters: %+v, %v", n, l, err)
		}
	}
	_, err := c.LayoutFor(13085153)
	if err == nil || !strings.Contains(err.Error(), "13085152 parameters (13084640 with the alignment of 2022), but 13085153 are stored") {
		t.Errorf("error %v", err)
	}
}

func TestModesRefuse(t *testing.T) {
	base, sdf := must(Load("base"))(t), must(Load("sdf/base"))(t)
	errs := map[string]error{}
	_, errs["power of two"] = base.ForNeRF(3)
	_, errs["aabb_scale is 256"] = base.ForNeRF(256)
	_, errs["aabb_scale is 0"] = base.ForNeRF(0)
	_, errs["needs dir_encoding"] = sdf.ForNeRF(1)
	_, errs["extra dimensions"] = base.ForNeRFWithExtra(1, -1)
	_, errs["image of 0 x 4"] = sdf.ForImage(0, 4)
	_, errs["voxels"] = sdf.ForVolume(float32(math.NaN()))
	c := must(Parse("x", []byte(`{"parent":"base","network":{"n_output_dims":5}}`)))(t)
	_, errs["n_output_dims is 5; this field has 1"] = c.ForSDF()
	c = must(Parse("x", []byte(`{"parent":"base","encoding":{"otype":"DenseGrid","n_levels":16,"per_level_scale":2}}`)))(t)
	_, errs["rows; at most"] = must(c.ForNeRF(1))(t).Layout()
	c = must(Parse("x", []byte(`{"parent":"base","encoding":{"otype":"DenseGrid","n_features_per_level":8,"n_levels":13,"per_level_scale":1.4142}}`)))(t)
	_, errs["parameters; at most"] = must(c.ForNeRF(1))(t).Layout()
	c = must(Parse("x", []byte(`{"parent":"base","encoding":{"otype":"Empty"}}`)))(t)
	_, errs["no outputs"] = must(c.ForNeRF(1))(t).Layout()
	c = must(Parse("x", []byte(`{"parent":"base","dir_encoding":{"otype":"SphericalHarmonics"}}`)))(t)
	if l := must(must(c.ForNeRFWithExtra(1, 2))(t).Layout())(t); l.Direction.Outputs != 18 || l.RGB.Inputs != 16+32 {
		t.Errorf("a direction with 2 extra inputs is encoded as %d numbers, the colour network has %d", l.Direction.Outputs, l.RGB.Inputs)
	}
	c = must(Parse("x", []byte(`{"parent":"base","dir_encoding":{"otype":"Composite","nested":[{"otype":"SphericalHarmonics","n_dims_to_encode":5}]}}`)))(t)
	_, errs["takes 3 inputs, not 5"] = must(c.ForNeRFWithExtra(1, 2))(t).Layout()
	for want, err := range errs {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if base.Mode != "" || base.Encoding.(Grid).PerLevelScale != 0 {
		t.Error("making a configuration concrete changed the original")
	}
}

func TestDefaultBaseResolution(t *testing.T) {
	for text, want := range map[string]int{
		`{"log2_hashmap_size": 19, "base_resolution": null}`: 64,
		`{"log2_hashmap_size": null, "base_resolution": 0}`:  32,
	} {
		c := must(Parse("x", []byte(`{"parent":"base","encoding":`+text+`}`)))(t)
		g := must(c.ForNeRF(1))(t).Encoding.(Grid)
		if g.BaseResolution != want || g.Log2HashmapSize != 19 {
			t.Errorf("%s: %+v, want base %d", text, g, want)
		}
	}
}

type initVector struct {
	index int
	want  float32
}

// Fresh parameters of the base configuration with seed 1337.
var initVectors = []initVector{
	{0, -0.19289523}, {1, 0.20567644}, {2, 0.03260797}, {3, 0.15840977}, {2048, -0.08902210}, {2049, -0.23371649},
	{3072, 0.20121217}, {3073, 0.07193291}, {10240, 5.2774631e-6}, {10241, -6.0973260e-5}, {10242, -6.2478735e-5},
	{10240 + 2920448, -6.3519692e-5}, {10240 + 11681791, -9.0163681e-5},
}

// initVectorsHold compares to the digits that the vectors are printed with: at most 5e-8 relative to the width of
// the distribution they come from (0.25 and 1e-4; the float32 values themselves are compared, not statistics).
func initVectorsHold(p []float32) bool {
	for _, v := range initVectors {
		tol := 6e-9
		if v.index >= 10240 {
			tol = 6e-13
		}
		if !(math.Abs(float64(p[v.index]-v.want)) <= tol) {
			return false
		}
	}
	return true
}

func TestInitVectors(t *testing.T) {
	l := nerfLayout(t, "base", 1)
	p := l.Init(DefaultSeed)
	if !initVectorsHold(p) {
		for _, v := range initVectors {
			t.Errorf("parameter %d: %.9g, want %.9g", v.index, p[v.index], v.want)
		}
	}
	// Planted faults.
	if initVectorsHold(l.Init(1338)) {
		t.Error("another seed was not caught")
	}
	shifted := append([]float32(nil), p...)
	copy(shifted[10240:], p[10241:])
	if initVectorsHold(shifted) {
		t.Error("a grid off by one was not caught")
	}
	swapped := append([]float32(nil), p...)
	copy(swapped, p[3072:10240])
	copy(swapped[7168:], p[:3072])
	if initVectorsHold(swapped) {
		t.Error("colour before density was not caught")
	}
}

func TestInitRanges(t *testing.T) {
	c := must(Parse("sine", []byte(`{"parent":"small","network":{"activation":"Sine","n_hidden_layers":2}}`)))(t)
	l := must(must(c.ForNeRF(1))(t).Layout())(t)
	p := l.Init(3)
	check := func(what string, v []float32, s float64) {
		t.Helper()
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, x := range v {
			lo, hi = math.Min(lo, float64(x)), math.Max(hi, float64(x))
		}
		// n uniform draws miss an end zone of 2% of the width with probability 0.98^n: below 1e-8 for n >= 1024.
		if !(lo >= -s && hi <= s && lo < -0.96*s && hi > 0.96*s) {
			t.Errorf("%s: values from %v to %v, want ±%v", what, lo, hi, s)
		}
	}
	at := func(m Matrix) []float32 { return p[m.Offset : m.Offset+m.Rows*m.Cols] }
	check("first sine matrix", at(l.Density.Matrices[0]), 30.0/32)
	check("second sine matrix", at(l.Density.Matrices[1]), math.Sqrt(6.0/64))
	check("rgb", at(l.RGB.Matrices[2]), math.Sqrt(6.0/80))
	check("grid", p[l.Position.Offset:], 1e-4)
}
