package oracle

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
func (n *NeRF) Forward(x, d01 [3]float32) *Trace { return n.forward(x, d01, (*MLP).Forward) }

// HalfForward is Forward with the inputs, weights and results of every layer in fp16; see MLP.HalfForward.
func (n *NeRF) HalfForward(x, d01 [3]float32) *Trace { return n.forward(x, d01, (*MLP).HalfForward) }

func (n *NeRF) forward(x, d01 [3]float32, network func(*MLP, []Val) ([][]Val, []Val)) *Trace {
	t := &Trace{In: make([]Val, n.Density.In)}
	y, tol := n.Grid.Encode([]float64{float64(x[0]), float64(x[1]), float64(x[2])}, len(n.Grid.Levels))
	for i := range y {
		t.In[i] = Val{y[i], tol[i]}
	}
	var geo, rgb []Val
	t.Density, geo = network(&n.Density, t.In)
	t.RGBIn = append(t.RGBIn, geo...)
	y, tol = Encodings["SphericalHarmonics"].Forward([]float64{4}, []float64{float64(d01[0]), float64(d01[1]), float64(d01[2])})
	for i := range y {
		t.RGBIn = append(t.RGBIn, Val{y[i], tol[i]})
	}
	t.RGB, rgb = network(&n.RGB, t.RGBIn)
	t.R, t.G, t.B, t.DensityV = rgb[0], rgb[1], rgb[2], geo[0]
	return t
}

// Backward takes the gradients with respect to r, g, b and density to those with respect to the pre-activations of both
// networks and to the grid's features.
func (n *NeRF) Backward(t *Trace, draw [4]float32) (density, rgb [][]Val, features []Val) {
	out := make([]Val, n.RGB.Out)
	for i := range 3 {
		out[i] = Exact(draw[i])
	}
	rgb, in := n.RGB.Backward(t.RGB, out)
	geo := append([]Val(nil), in[:n.Density.Out]...)
	geo[0] = geo[0].Add(Exact(draw[3]))
	density, features = n.Density.Backward(t.Density, geo)
	return density, rgb, features
}

// HalfBackward is Backward on a trace of HalfForward with every gradient times scale, in fp16.
func (n *NeRF) HalfBackward(t *Trace, draw [4]float32, scale float64) (density, rgb [][]Val, features []Val) {
	out := make([]Val, n.RGB.Out)
	for i := range 3 {
		out[i] = Val{V: float64(draw[i]) * scale}.Half()
	}
	rgb, in := n.RGB.HalfBackward(t.RGB, out)
	geo := append([]Val(nil), in[:n.Density.Out]...)
	geo[0] = geo[0].Add(Val{V: float64(draw[3]) * scale}).Half()
	density, features = n.Density.HalfBackward(t.Density, geo)
	return density, rgb, features
}
