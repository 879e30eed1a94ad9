package config

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

// evaluateLayout computes a radiance field's network in float64 from the features of its encodings: ReLU between layers.
func evaluateLayout(l *Layout, params []float32, features, directions []float64) []float64 {
	pad := func(v []float64, e *EncodingLayout) []float64 {
		v = append([]float64{}, v...)
		for len(v) < e.PaddedOutputs {
			v = append(v, float64(e.Pad))
		}
		return v
	}
	network := func(m *MLP, x []float64) []float64 {
		for i, w := range m.Matrices {
			y := make([]float64, w.Rows)
			for r := range y {
				for c, v := range x {
					y[r] += float64(params[w.Offset+r*w.Cols+c]) * v
				}
				if i+1 < len(m.Matrices) {
					y[r] = math.Max(y[r], 0)
				}
			}
			x = y
		}
		return x
	}
	density := network(&l.Density, pad(features, &l.Position))
	rgb := network(l.RGB, append(append([]float64{}, density...), pad(directions, l.Direction)...))
	return append(rgb[:3:3], density[0])
}

// TestPresent: a field of 2022 is the same field in the present layout, also where its encodings and the outputs of its density
// network are filled up to fewer. A row that is another one is the planted fault.
func TestPresent(t *testing.T) {
	for name, text := range map[string]string{
		"base": `{"parent": "base_14"}`,
		"all widths": `{"parent": "base_14", "encoding": {"n_levels": 5, "n_features_per_level": 4}, "network": {"n_output_dims": 8},
			"dir_encoding": {"otype": "Frequency", "n_frequencies": 4, "nested": null}}`,
	} {
		c := must(must(Parse(name, []byte(text)))(t).ForNeRF(1))(t)
		old := must(c.LayoutAligned(LegacyAlignment))(t)
		rng := pcg32.New(3)
		random := func(n int) []float64 {
			v := make([]float64, n)
			for i := range v {
				v[i] = 2*float64(rng.Float32()) - 1
			}
			return v
		}
		params := make([]float32, old.Total)
		for i := range params {
			params[i] = 2*rng.Float32() - 1
		}
		now, moved, err := c.Present(params)
		if err != nil || now.Total == old.Total || now.Alignment != Alignment {
			t.Fatalf("%s: %v", name, err)
		}
		features, directions := random(old.Position.Outputs), random(old.Direction.Outputs)
		want := evaluateLayout(old, params, features, directions)
		differ := func() (worst float64) {
			for i, v := range evaluateLayout(now, moved, features, directions) {
				worst = max(worst, math.Abs(v-want[i]))
			}
			return worst
		}
		if d := differ(); d > 1e-9 { // the same sums with zeros between
			t.Errorf("%s: outputs differ by %g", name, d)
		}
		last := now.RGB.Matrices[len(now.RGB.Matrices)-1]
		for i := range last.Cols { // red is the second row's
			moved[last.Offset+i] = moved[last.Offset+last.Cols+i]
		}
		if differ() < 1e-9 {
			t.Errorf("%s: a moved row is not noticed", name)
		}
		for i, v := range params[old.Position.Offset:] {
			if moved[now.Position.Offset+i] != v {
				t.Fatalf("%s: the table moved", name)
			}
		}
		if _, same, err := c.Present(moved); err != nil || &same[0] != &moved[0] {
			t.Errorf("%s: present parameters are changed: %v", name, err)
		}
		if _, _, err := c.Present(params[1:]); err == nil {
			t.Errorf("%s: parameters of no layout are accepted", name)
		}
	}
}
