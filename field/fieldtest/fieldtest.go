// Package fieldtest makes fields whose values are known, for tests of what is made of fields.
package fieldtest

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
)

// Resolution is the number of grid points along an edge of a tabulated field.
const Resolution = 64

// tabulated is one dense level and a network that can pass its first feature on.
const tabulated = `{"parent": "sdf/base", "encoding": {"otype": "DenseGrid", "n_levels": 1, "n_features_per_level": 2, "base_resolution": 64, "per_level_scale": 1},
	"network": {"n_neurons": 16, "n_hidden_layers": 1}}`

// SDF is a field that interpolates f between the points of a lattice of spacing 1/(Resolution-1) linearly, with the error
// of that, at most h²/8 times the sum of the second derivatives along the axes. The network adds nothing: one neuron holds
// max(f, 0), another max(-f, 0). The field's box leaves out the last cells of the cube, whose points the table lacks.
func SDF(d gpu.Device, f func(p [3]float64) float64) (*field.SDF, error) {
	c, err := config.Parse("tabulated", []byte(tabulated))
	if err != nil {
		return nil, err
	}
	s, err := field.NewSDF(d, c, false)
	if err != nil {
		return nil, err
	}
	m := s.MLP()
	params := make([]float32, s.Layout.Total)
	params[0], params[m.In] = 1, -1 // the first two neurons see the first feature
	output := params[m.Width*m.In:]
	output[0], output[1] = 1, -1
	table := params[s.Layout.NetworkParams:]
	const n = Resolution
	for i := range n * n * n {
		var p [3]float64
		for k, v := range [3]int{i % n, i / n % n, i / n / n} {
			p[k] = (float64(v) - 0.5) / (n - 1) // the grid's half cell of offset
		}
		table[2*i] = float32(f(p))
	}
	s.Lo, s.Hi = [3]float32{0.01, 0.01, 0.01}, [3]float32{0.99, 0.99, 0.99}
	return s, s.SetParams(params)
}
