package oracle

import "math"

// Harmonic is the real spherical harmonic of degree l and order m with the Condon-Shortley sign, as a polynomial of a
// vector that need not have unit length: K·Q(z)·A(x,y), with
//
//	K = √((2l+1)/4π · (l-|m|)!/(l+|m|)!), times √2 for m ≠ 0
//	Q = (-1)^m · d^|m|/dz^|m| P_l(z), P_l the Legendre polynomial
//	A = Re (x+iy)^m for m >= 0, Im (x+iy)^|m| for m < 0
//
// The bound takes every monomial at its size, with 16 roundoffs for the at most ten operations and the input.
func Harmonic(l, m int, x, y, z float64) Val {
	order := max(m, -m)
	k := float64(2*l+1) / (4 * math.Pi)
	for i := l - order + 1; i <= l+order; i++ {
		k /= float64(i)
	}
	k = math.Sqrt(k)
	if m != 0 {
		k *= math.Sqrt2
	}
	if order%2 == 1 {
		k = -k
	}
	q, qSize := polynomial(derivative(legendreSeries(l), order), z)
	re, im, size := 1.0, 0.0, 1.0
	for range order {
		re, im, size = re*x-im*y, re*y+im*x, size*(math.Abs(x)+math.Abs(y))
	}
	if m < 0 {
		re = im
	}
	return Val{k * q * re, 16 * roundoff * math.Abs(k) * qSize * size}
}

// legendreSeries returns the coefficients of P_l, lowest first: (n+1)·P_{n+1} = (2n+1)·z·P_n - n·P_{n-1}.
func legendreSeries(l int) []float64 {
	before, p := []float64{}, []float64{1}
	for n := range l {
		next := make([]float64, n+2)
		for i, c := range p {
			next[i+1] += float64(2*n+1) / float64(n+1) * c
		}
		for i, c := range before {
			next[i] -= float64(n) / float64(n+1) * c
		}
		before, p = p, next
	}
	return p
}

func derivative(p []float64, times int) []float64 {
	for range times {
		d := make([]float64, len(p)-1)
		for i := range d {
			d[i] = float64(i+1) * p[i+1]
		}
		p = d
	}
	return p
}

// polynomial evaluates p at z and the same with every term at its size, z at least 1 so that lower orders count too.
func polynomial(p []float64, z float64) (value, size float64) {
	power, big := 1.0, 1.0
	for _, c := range p {
		value += c * power
		size += math.Abs(c) * big
		power *= z
		big *= math.Max(1, math.Abs(z))
	}
	return value, size
}

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
	d := [3]float64{2*float64(d01[0]) - 1, 2*float64(d01[1]) - 1, 2*float64(d01[2]) - 1}
	for l := range 4 {
		for m := -l; m <= l; m++ {
			t.RGBIn = append(t.RGBIn, Harmonic(l, m, d[0], d[1], d[2]))
		}
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
