package kernels

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
)

// NeRF is the shape of the network that the fused kernels evaluate (Müller et al. 2022, section 5.4): a 3-D grid of
// Levels·Features values → density MLP (ReLU) → 16 values; these and 16 spherical harmonics of the direction → colour
// MLP (ReLU) → 3 colours. The density is value 0 of the 16. Weights: the density MLP, then the colour MLP, each as MLP
// says; the density MLP's input and the colour MLP's output are padded to multiples of 16.
type NeRF struct {
	Levels, Features         int
	Width                    int
	DensityHidden, RGBHidden int
	Interpolation            uint32
	Half                     bool // the table holds packed halves
}

const (
	nerfGeo    = 16 // outputs of the density MLP
	nerfRGBIn  = 32 // inputs of the colour MLP
	nerfRGBOut = 16 // outputs of the colour MLP, of which three are used
	nerfTile   = 64 // samples by which slices are cut

	maxNerfWidth = 128 // features and neurons
)

// Check reports a shape that the fused kernels do not have.
func (n NeRF) Check() error {
	if err := n.grid().Check(); err != nil {
		return err
	}
	switch {
	case n.Levels*n.Features > maxNerfWidth:
		return fmt.Errorf("the fused network takes at most %d features, not %d levels of %d", maxNerfWidth, n.Levels, n.Features)
	case n.Width != 16 && n.Width != 32 && n.Width != 64 && n.Width != maxNerfWidth:
		return fmt.Errorf("the fused networks are 16, 32, 64 or %d neurons wide, not %d", maxNerfWidth, n.Width)
	case n.DensityHidden < 1 || n.RGBHidden < 1:
		return fmt.Errorf("the fused networks have at least one hidden layer")
	}
	for _, m := range []MLP{n.DensityMLP(), n.RGBMLP()} {
		if err := m.Check(); err != nil {
			return err
		}
	}
	return nil
}

// DensityMLP is the shape of the density network.
func (n NeRF) DensityMLP() MLP {
	return MLP{In: (n.Levels*n.Features + 15) / 16 * 16, Width: n.Width, Out: nerfGeo, Hidden: n.DensityHidden, Act: ActReLU}
}

// RGBMLP is the shape of the colour network.
func (n NeRF) RGBMLP() MLP {
	return MLP{In: nerfRGBIn, Width: n.Width, Out: nerfRGBOut, Hidden: n.RGBHidden, Act: ActReLU}
}

// Weights is the number of weights of both networks.
func (n NeRF) Weights() int { return n.DensityMLP().Weights() + n.RGBMLP().Weights() }

func (n NeRF) grid() GridShape {
	return GridShape{Dims: 3, Features: uint32(n.Features), Levels: uint32(n.Levels), Interpolation: n.Interpolation, Half: n.Half}
}

// Spec is the specialization of a fused kernel for the shape; a shape that Check refuses panics.
func (n NeRF) Spec(k *gpu.Kernel) []uint32 {
	if err := n.Check(); err != nil {
		panic("kernels: " + k.Name + ": " + err.Error())
	}
	half := uint32(0)
	if n.Half {
		half = 1
	}
	return k.Layout.SpecValues(map[string]uint32{
		"LEVELS": uint32(n.Levels), "FEATURES": uint32(n.Features), "WIDTH": uint32(n.Width),
		"DENSITY_HIDDEN": uint32(n.DensityHidden), "RGB_HIDDEN": uint32(n.RGBHidden),
		"INTERPOLATION": n.Interpolation, "HALF": half,
	})
}

// specNeRF reads the shape from the specialization constants.
func specNeRF(c *gpu.Call) NeRF { return specShape(c.Kernel.Layout, c.Spec) }

// specShape is the inverse of Spec.
func specShape(l *gpu.Layout, spec []uint32) NeRF {
	of := func(name string) int { return int(spec[l.SpecIndex(name)]) }
	return NeRF{Levels: of("LEVELS"), Features: of("FEATURES"), Width: of("WIDTH"), DensityHidden: of("DENSITY_HIDDEN"), RGBHidden: of("RGB_HIDDEN"),
		Interpolation: uint32(of("INTERPOLATION")), Half: of("HALF") != 0}
}

// nerfCall is a call of a twin: the bindings that all fused kernels share.
type nerfCall struct {
	NeRF
	density, rgb MLP
	samples      []float32
	levels       []Level
	weights      []float32
	table        []uint32
	n, capacity  int
}

func newNerfCall(c *gpu.Call, capacity, countIndex uint32) *nerfCall {
	s := &nerfCall{
		NeRF:    specNeRF(c),
		samples: gpu.View[float32](c.Bind[0]), levels: gpu.View[Level](c.Bind[1]),
		weights: gpu.View[float32](c.Bind[2]), table: gpu.View[uint32](c.Bind[3]),
		n: batchSize(c.Bind[4], countIndex, capacity), capacity: int(capacity),
	}
	s.density, s.rgb = s.DensityMLP(), s.RGBMLP()
	return s
}

// nerfScratch holds the activations of one tile: the input of every matrix, then the output of the colour MLP.
type nerfScratch struct {
	density, rgb [][]float32 // [layer]: rows of twinTile samples; the last is the output
	d, next      []float32   // gradients
}

func (s *nerfCall) scratch() *nerfScratch {
	layers := func(m MLP) (out [][]float32) {
		out = append(out, make([]float32, m.In*twinTile))
		for l := 0; l <= m.Hidden; l++ {
			rows, _, _ := m.matrix(l)
			out = append(out, make([]float32, rows*twinTile))
		}
		return out
	}
	rows := max(s.density.In, s.Width, nerfRGBIn)
	return &nerfScratch{density: layers(s.density), rgb: layers(s.rgb),
		d: make([]float32, rows*twinTile), next: make([]float32, rows*twinTile)}
}

// forward computes one tile: samples base to base+m.
func (s *nerfCall) forward(t *nerfScratch, base, m int, colour bool) {
	shape := s.grid()
	in := t.density[0]
	clear(in)
	for l := range s.levels[:s.Levels] {
		var f [8]float32
		for i := range m {
			x := [4]float32{s.samples[base+i], s.samples[s.capacity+base+i], s.samples[2*s.capacity+base+i]}
			gridLookup(&s.levels[l], &shape, &x, s.table, &f)
			for k := range s.Features {
				in[(l*s.Features+k)*twinTile+i] = f[k]
			}
		}
	}
	s.network(s.density, t.density, s.weights)
	if !colour {
		return
	}
	in = t.rgb[0]
	copy(in, t.density[s.DensityHidden+1])
	for i := range twinTile {
		d := [3]float32{0.5, 0.5, 0.5}
		if i < m {
			for k := range d {
				d[k] = s.samples[(3+k)*s.capacity+base+i]
			}
		}
		for k, y := range nerfDirection(d) {
			in[(nerfGeo+k)*twinTile+i] = y
		}
	}
	s.network(s.rgb, t.rgb, s.weights[s.density.Weights():])
}

// network runs one MLP on a tile whose input stands in layers[0].
func (s *nerfCall) network(m MLP, layers [][]float32, weights []float32) {
	for l := 0; l <= m.Hidden; l++ {
		rows, cols, at := m.matrix(l)
		multiplyTile(layers[l+1], layers[l], weights[at:], rows, cols, cols, 1)
		if l < m.Hidden {
			activateTile(layers[l+1], rows, ActReLU)
		}
	}
}

// nerfDirection is shEncode4 of enc/spherical_harmonics.glsl: 16 real spherical harmonics of a direction (d+1)/2.
func nerfDirection(d01 [3]float32) [16]float32 {
	x, y, z := float32(2*d01[0])-1, float32(2*d01[1])-1, float32(2*d01[2])-1
	xx, yy, zz := x*x, y*y, z*z
	return [16]float32{
		0.28209479177387814,
		-0.48860251190291987 * y,
		0.48860251190291987 * z,
		-0.48860251190291987 * x,
		1.0925484305920792 * (x * y),
		-1.0925484305920792 * (y * z),
		float32(0.94617469575755997*zz) - 0.31539156525251999,
		-1.0925484305920792 * (x * z),
		0.54627421529603959 * (xx - yy),
		0.59004358992664352 * (y * (yy - float32(3*xx))),
		2.8906114426405538 * (x * y * z),
		0.45704579946446572 * (y * (1 - float32(5*zz))),
		0.3731763325901154 * (z * (float32(5*zz) - 3)),
		0.45704579946446572 * (x * (1 - float32(5*zz))),
		1.4453057213202769 * (z * (xx - yy)),
		0.59004358992664352 * (x * (float32(3*yy) - xx)),
	}
}
