package enc

import (
	"strings"
	"testing"
)

func grid(outputs int) func(int) (int, error) { return func(int) (int, error) { return outputs, nil } }

func TestPlan(t *testing.T) {
	p, err := Plan([]Nested{
		{OType: "HashGrid", Dims: 3, Begin: Next, Outputs: grid(32)},
		{OType: "sphericalharmonics", Dims: 3, Begin: Next, Params: map[string]float64{"degree": 3}},
		{OType: "Identity", Begin: Next},
	}, 8, 16)
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{{Part: 0, Dims: 3, Outputs: 32}, {Part: 1, Encoding: SphericalHarmonics, Values: Values{3}, Dims: 3, Input: 3, Output: 32, Outputs: 9},
		{Part: 2, Encoding: Identity, Values: Values{0x3f800000}, Dims: 2, Input: 6, Output: 41, Outputs: 2}}
	for i, s := range p.Steps {
		if s != want[i] {
			t.Errorf("step %d: %+v, want %+v", i, s, want[i])
		}
	}
	if len(p.Steps) != 3 || p.Outputs != 43 || p.Padded != 48 || p.Pad != 1 {
		t.Errorf("%+v", p)
	}
	// The direction encoding of a NeRF without extra dimensions: Identity has nothing left and is dropped.
	p, err = Plan([]Nested{{OType: "SphericalHarmonics", Dims: 3, Begin: Next}, {OType: "Identity", Begin: Next}}, 3, 16)
	if err != nil || len(p.Steps) != 1 || p.Outputs != 16 || p.Padded != 16 {
		t.Errorf("%+v, %v", p, err)
	}
	// Overlap by an explicit beginning.
	p, err = Plan([]Nested{{OType: "Frequency", Dims: 3, Begin: 0}, {OType: "OneBlob", Dims: 2, Begin: 1}}, 3, 1)
	if err != nil || p.Steps[1].Input != 1 || p.Steps[1].Output != 72 || p.Outputs != 104 {
		t.Errorf("%+v, %v", p, err)
	}
	// The grid comes last: its own pad value.
	p, err = Plan([]Nested{{OType: "HashGrid", Begin: Next, Outputs: grid(6)}}, 3, 8)
	if err != nil || p.Padded != 8 || p.Pad != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestPlanErrors(t *testing.T) {
	for want, n := range map[string][]Nested{
		"both leave out":      {{OType: "Identity", Begin: Next}, {OType: "OneBlob", Begin: Next}},
		"of 4 are left":       {{OType: "Identity", Dims: 3, Begin: Next}, {OType: "OneBlob", Dims: 2, Begin: Next}},
		"unknown encoding":    {{OType: "Fourier", Begin: Next}},
		"encodes 3 inputs":    {{OType: "SphericalHarmonics", Dims: 2, Begin: Next}},
		"no parameter":        {{OType: "Identity", Begin: Next, Params: map[string]float64{"degree": 1}}},
		"must be 1 to 8":      {{OType: "SphericalHarmonics", Dims: 3, Begin: Next, Params: map[string]float64{"degree": 9}}},
		"power of two":        {{OType: "OneBlob", Begin: Next, Params: map[string]float64{"n_bins": 12}}},
		"whole number":        {{OType: "Frequency", Begin: Next, Params: map[string]float64{"n_frequencies": 2.5}}},
		"inputs 3 to 4":       {{OType: "Identity", Dims: 2, Begin: 3}},
		"-1 inputs":           {{OType: "Identity", Dims: -1}},
		"without parts":       nil,
		"has 2147483647 outp": {{OType: "Grid", Begin: Next, Outputs: grid(1<<31 - 1)}},
	} {
		if _, err := Plan(n, 4, 16); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", n, err, want)
		}
	}
	if _, err := Plan([]Nested{{OType: "Identity"}}, 0, 1); err == nil {
		t.Error("no inputs were accepted")
	}
}
