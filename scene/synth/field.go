package synth

import (
	"math"
	"runtime"
)

// field is the scene's distance function tabulated on a grid and interpolated linearly. Soft shadows and occlusion march through it: they
// need many distances and no sharp edges. Visibility never uses it, so outlines and reflections stay exact.
type field struct {
	n    [3]int
	cell float64
	d    []float32
}

// fieldLow and fieldHigh bound the table; the scene lies inside with room for the light to pass.
var (
	fieldLow  = vec{-1.5, -1.5, -0.75}
	fieldHigh = vec{1.5, 1.5, 0.72}
)

const fieldCell = 0.025

func tabulate(objects []object) *field {
	f := &field{cell: fieldCell}
	for k := range f.n {
		f.n[k] = int(math.Ceil((fieldHigh[k]-fieldLow[k])/fieldCell)) + 2
	}
	f.d = make([]float32, f.n[0]*f.n[1]*f.n[2])
	rows(f.n[2], runtime.GOMAXPROCS(0), func(z int) {
		for y := 0; y < f.n[1]; y++ {
			for x := 0; x < f.n[0]; x++ {
				p := fieldLow.add(vec{float64(x), float64(y), float64(z)}.mul(fieldCell))
				f.d[(z*f.n[1]+y)*f.n[0]+x] = float32(distance(objects, p))
			}
		}
	})
	return f
}

// distance is the signed distance from p to the nearest object.
func distance(objects []object, p vec) float64 {
	d := math.Inf(1)
	for i := range objects {
		o := &objects[i]
		q := p.sub(o.frame.at)
		// The sphere around an object is no farther than the object: a sphere beyond d needs no look inside.
		if far := d + o.radius; far < 0 || q.dot(q) >= far*far {
			continue
		}
		d = min(d, o.shape.dist(o.frame.local(p)))
	}
	return d
}

// at interpolates; points outside take the value at the nearest border.
func (f *field) at(p vec) float64 {
	var i [3]int
	var t [3]float32
	for k := range i {
		v := (p[k] - fieldLow[k]) * (1 / fieldCell)
		v = min(max(v, 0), float64(f.n[k]-2))
		i[k] = int(v)
		t[k] = float32(v - float64(i[k]))
	}
	sy, sz := f.n[0], f.n[0]*f.n[1]
	b := f.d[i[2]*sz+i[1]*sy+i[0]:]
	mix := func(a, b, t float32) float32 { return a + (b-a)*t }
	lo := mix(mix(b[0], b[1], t[0]), mix(b[sy], b[sy+1], t[0]), t[1])
	b = b[sz:]
	hi := mix(mix(b[0], b[1], t[0]), mix(b[sy], b[sy+1], t[0]), t[1])
	return float64(mix(lo, hi, t[2]))
}
