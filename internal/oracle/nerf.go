package oracle

import "math"

// NeRF is the network of Müller et al. 2022, section 5.4, as the reference lays it out (section 4.1).
type NeRF struct {
	Grid         *Grid
	Density, RGB MLP
}

// Trace is what one sample leaves behind for the backward pass.
type Trace struct {
	In, RGBIn         []Val
	Density, RGB      [][]Val // kept values by layer
	R, G, B, DensityV Val
}

// Forward evaluates one sample at x with the direction d01 = (d+1)/2.
func (n *NeRF) Forward(x, d01 [3]float32) *Trace { return n.forward(wide(x), wide(d01), 0, 0, false) }

// ForwardWithin is Forward where x and d01 are themselves known only to within dx and dd along each axis.
func (n *NeRF) ForwardWithin(x, d01 [3]float64, dx, dd float64) *Trace {
	return n.forward(x, d01, dx, dd, false)
}

// HalfForwardWithin is HalfForward where x and d01 are known to within dx and dd.
func (n *NeRF) HalfForwardWithin(x, d01 [3]float64, dx, dd float64) *Trace {
	return n.forward(x, d01, dx, dd, true)
}

// HalfForward is Forward with the inputs, weights and results of every layer in fp16 and sums in fp32.
func (n *NeRF) HalfForward(x, d01 [3]float32) *Trace {
	return n.forward(wide(x), wide(d01), 0, 0, true)
}

func wide(x [3]float32) [3]float64 { return [3]float64{float64(x[0]), float64(x[1]), float64(x[2])} }

func (n *NeRF) forward(x, d01 [3]float64, dx, dd float64, half bool) *Trace {
	t, noise := &Trace{In: make([]Val, n.Density.In)}, new(int)
	y, tol := n.Grid.Encode(x[:], len(n.Grid.Levels))
	for i := range y {
		t.In[i] = Val{y[i], tol[i]}
		if dx > 0 {
			t.In[i].E += dx * n.Grid.steepness(i/n.Grid.Features)
		}
	}
	kept, geo := n.Density.forward(newForms(t.In, noise), half)
	y, tol = Encodings["SphericalHarmonics"].Forward([]float64{4}, d01[:])
	direction := make([]Val, len(y))
	for i := range y {
		// A harmonic of degree 3 changes by less than 7 a unit along each axis of d, which is twice d01.
		direction[i] = Val{y[i], tol[i] + 3*2*7*dd}
	}
	in := geo.join(newForms(direction, noise))
	t.Density, t.RGBIn = kept, in.vals()
	kept, rgb := n.RGB.forward(in, half)
	t.RGB = kept
	t.R, t.G, t.B, t.DensityV = rgb.val(0), rgb.val(1), rgb.val(2), geo.val(0)
	return t
}

// Backward takes the gradients with respect to r, g, b and density to those with respect to the pre-activations of both
// networks and to the grid's features.
func (n *NeRF) Backward(t *Trace, draw [4]float32) (density, rgb [][]Val, features []Val) {
	out := make([]Val, n.RGB.Out)
	for i := range 3 {
		out[i] = Exact(draw[i])
	}
	return n.backward(t, out, Exact(draw[3]), false)
}

// HalfBackward is Backward on a trace of HalfForward with every gradient times scale, in fp16.
func (n *NeRF) HalfBackward(t *Trace, draw [4]float32, scale float64) (density, rgb [][]Val, features []Val) {
	out := make([]Val, n.RGB.Out)
	for i := range 3 {
		out[i] = Val{V: float64(draw[i]) * scale}.Half()
	}
	return n.backward(t, out, Val{V: float64(draw[3]) * scale}, true)
}

func (n *NeRF) backward(t *Trace, out []Val, ddensity Val, half bool) (density, rgb [][]Val, features []Val) {
	rgb, in := n.RGB.backward(t.RGB, newForms(out, new(int)), half)
	geo := &forms{in.v[:n.Density.Out], in.c[:n.Density.Out], in.noise}
	geo.v[0] += ddensity.V
	sum := geo.val(0)
	geo.widen(0, ddensity.E+roundoff*(math.Abs(sum.V)+sum.E)+tiny)
	if half {
		geo.half()
	}
	density, g := n.Density.backward(t.Density, geo, half)
	return density, rgb, g.vals()
}
