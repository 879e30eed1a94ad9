package oracle

import "math"

// forms are the values of one layer with their errors as linear forms (affine arithmetic: de Figueiredo and Stolfi, Affine
// arithmetic: concepts and applications, Numerical Algorithms 37, 2004): a float32 evaluation has
//
//	v_i + Σ_k c_ik ε_k  with unknown ε_k, |ε_k| <= 1
//
// where each ε is one rounding, or one decision that rounding may turn. A matrix acts on values and forms alike, so that
// errors that meet again add with their signs. Bounds by magnitudes alone grow by Σ|w| with every layer, a factor of ten
// where values do not grow at all, and are worth nothing after a few of them. Both hold for the worst case.
type forms struct {
	v     []float64
	c     [][]float64 // rows may be shorter than noise: what is missing is 0
	noise *int        // number of ε so far
}

// newForms gives every value an error of its own.
func newForms(x []Val, noise *int) *forms {
	f := &forms{make([]float64, len(x)), make([][]float64, len(x)), noise}
	for i, a := range x {
		f.set(i, a)
	}
	return f
}

// set makes value i one whose error depends on nothing else.
func (f *forms) set(i int, a Val) {
	f.v[i], f.c[i] = a.V, nil
	f.widen(i, a.E)
}

// widen adds an error of its own to value i.
func (f *forms) widen(i int, e float64) {
	if e == 0 {
		return
	}
	row := make([]float64, *f.noise+1)
	copy(row, f.c[i])
	row[*f.noise] = e
	f.c[i] = row
	*f.noise++
}

func (f *forms) val(i int) Val {
	e := 0.0
	for _, c := range f.c[i] {
		e += math.Abs(c)
	}
	return Val{f.v[i], e * (1 + 1e-12)} // this sum is itself rounded, to float64
}

func (f *forms) vals() []Val {
	out := make([]Val, len(f.v))
	for i := range out {
		out[i] = f.val(i)
	}
	return out
}

// join is f followed by g, which count the same ε.
func (f *forms) join(g *forms) *forms {
	return &forms{append(f.v[:len(f.v):len(f.v)], g.v...), append(f.c[:len(f.c):len(f.c)], g.c...), f.noise}
}

// times is W·f with rows × cols weights at(row, col); each dot product is rounded as in Dot, or as in HalfDot.
func (f *forms) times(rows, cols int, at func(row, col int) Val, half bool) *forms {
	out := &forms{make([]float64, rows), make([][]float64, rows), f.noise}
	x := f.vals()
	before := *f.noise
	n := float64(cols+1) * roundoff
	local := n / (1 - n)
	if half {
		local += float64(cols+1) * sumRoundoff
	}
	for o := range rows {
		row := make([]float64, before+rows)
		var v, size, cross float64
		for i := range cols {
			w := at(o, i)
			v += w.V * x[i].V
			size += (math.Abs(w.V) + w.E) * (math.Abs(x[i].V) + x[i].E)
			cross += (math.Abs(x[i].V) + x[i].E) * w.E
			if w.V == 0 {
				continue
			}
			c := f.c[i]
			r := row[:len(c)]
			for k := range c {
				r[k] += w.V * c[k]
			}
		}
		out.v[o] = v
		row[*f.noise] = cross + local*size + float64(cols)*tiny
		out.c[o] = row[:*f.noise+1]
		*f.noise++
	}
	return out
}

// activate applies an activation function. Only what is linear on either side of 0 keeps its forms.
func (f *forms) activate(name string) *forms {
	out := &forms{append([]float64(nil), f.v...), append([][]float64(nil), f.c...), f.noise}
	for i := range out.v {
		z := f.val(i)
		sure := math.Abs(z.V) > z.E
		switch {
		case name == "None", name == "ReLU" && sure && z.V > 0:
		case name == "LeakyReLU" && sure:
			if z.V < 0 {
				out.scale(i, 0.01)
			}
			out.widen(i, 2*roundoff*(math.Abs(out.v[i])+z.E)+tiny)
		default:
			out.set(i, Activation(name, z))
		}
	}
	return out
}

func (f *forms) scale(i int, s float64) {
	f.v[i] *= s
	row := make([]float64, len(f.c[i]))
	for k, c := range f.c[i] {
		row[k] = s * c
	}
	f.c[i] = row
}

// mask multiplies gradients by the activation's slope at what the forward pass kept. Where the sign of a kept value is
// uncertain, so is whether its gradient passes a ReLU.
func (f *forms) mask(name string, kept []Val) {
	for i := range f.v {
		s, g := ActivationSlope(name, kept[i]), f.val(i)
		switch {
		case s.E == 0 && s.V == 1:
		case s.E == 0 && s.V == 0:
			f.set(i, Val{})
		case name == "ReLU":
			f.set(i, Val{g.V * s.V, math.Abs(g.V) + g.E})
		default:
			f.scale(i, s.V)
			f.widen(i, (math.Abs(g.V)+g.E)*(s.E+roundoff*(math.Abs(s.V)+s.E))+tiny)
		}
	}
}

// half converts every value to fp16; see Val.Half. Where an error reaches over several fp16 numbers the form stays, and
// the two roundings, of the truth and of what was computed, add half a unit each.
func (f *forms) half() {
	for i := range f.v {
		x := f.val(i)
		h := x.Half()
		_, e := math.Frexp(math.Abs(x.V) + x.E)
		unit := math.Ldexp(1, max(e-11, -24))
		if math.Abs(x.V)-x.E < halfTiny && math.Abs(x.V)+x.E > halfTiny {
			unit += 2 * halfTiny // either of the two may be flushed to zero
		}
		if x.E+unit > 2*h.E || math.Abs(x.V)+x.E >= halfMax || x.E < unit {
			f.set(i, h)
			continue
		}
		f.v[i] = h.V
		f.widen(i, unit)
	}
}
