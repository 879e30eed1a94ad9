package kernels

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels/enc"
)

// Interpolation of a grid encoding, as the specialization constant INTERPOLATION.
const (
	GridLinear uint32 = iota
	GridSmoothstep
	GridNearest
)

// GridLevels is the level table as kernels read it.
func GridLevels(levels []enc.Level) []Level {
	out := make([]Level, len(levels))
	for i, l := range levels {
		out[i] = Level{Scale: l.Scale, Resolution: l.Resolution, Offset: l.Offset, Size: l.Size}
		if l.Hashed {
			out[i].Hashed = 1
		}
	}
	return out
}

// GridShape is what a grid kernel is specialised for.
type GridShape struct {
	Dims, Features, Levels uint32
	Interpolation          uint32
	Half                   bool // the table holds packed halves; gradients are never halves
}

// Check reports a shape that the kernels do not have.
func (s GridShape) Check() error {
	switch {
	case s.Dims < 2 || s.Dims > 4:
		return fmt.Errorf("a grid has 2, 3 or 4 dimensions, not %d", s.Dims)
	case s.Features != 1 && s.Features != 2 && s.Features != 4 && s.Features != 8:
		return fmt.Errorf("a grid has 1, 2, 4 or 8 features per level, not %d", s.Features)
	case s.Levels < 1 || s.Levels > enc.MaxLevels:
		return fmt.Errorf("a grid has 1 to %d levels, not %d", enc.MaxLevels, s.Levels)
	case s.Interpolation > GridNearest:
		return fmt.Errorf("unknown interpolation %d", s.Interpolation)
	}
	return nil
}

// Spec is the specialization of a grid kernel for the shape; a shape that Check refuses panics.
func (s GridShape) Spec(k *gpu.Kernel) []uint32 {
	if err := s.Check(); err != nil {
		panic("kernels: " + k.Name + ": " + err.Error())
	}
	set := map[string]uint32{"DIMS": s.Dims, "FEATURES": s.Features, "LEVELS": s.Levels, "INTERPOLATION": s.Interpolation}
	for _, c := range k.Layout.Spec {
		if c.Name == "HALF" && s.Half {
			set["HALF"] = 1
		}
	}
	return k.Layout.SpecValues(set)
}

// gridMaxBase is the largest resolution whose dims-th power fits into 32 bits.
func gridMaxBase(dims uint32) uint32 {
	switch dims {
	case 2:
		return 65535
	case 3:
		return 1625
	}
	return 255
}

// gridIndex is the row of vertex v, counted from the level's offset; below size for every v. Coordinates from dims on
// must be 0.
func gridIndex(l *Level, dims uint32, v *[4]uint32) uint32 {
	if l.Hashed != 0 {
		h := v[0] ^ v[1]*2654435761
		if dims > 2 {
			h ^= v[2] * 805459861
		}
		if dims > 3 {
			h ^= v[3] * 3674653429
		}
		return h & (l.Size - 1)
	}
	if l.Resolution > gridMaxBase(dims) {
		return 0
	}
	r := l.Resolution
	row := v[0] + r*(v[1]+r*(v[2]+r*v[3]))
	if row < l.Size {
		return row
	}
	return row % l.Size
}

// gridCell splits p = fma(scale, x, 1/2) into cell and fraction; p that is not a number or beyond the cells that an int
// can name counts as 0. The product of two float32 is exact in float64, so the fused operation needs no instruction of
// its own.
func gridCell(l *Level, dims uint32, x *[4]float32) (cell [4]uint32, t [4]float32) {
	for d := range dims {
		p := float32(float64(l.Scale)*float64(x[d]) + 0.5)
		if !(p < 2147483648 && p > -2147483648) {
			p = 0
		}
		f := float32(math.Floor(float64(p)))
		t[d] = p - f
		cell[d] = uint32(int32(f))
	}
	return cell, t
}

func gridWeight(interpolation uint32, t *[4]float32) [4]float32 {
	if interpolation != GridSmoothstep {
		return *t
	}
	var w [4]float32
	for d, t := range t {
		w[d] = float32(t*t) * (3 - float32(2*t))
	}
	return w
}

func gridWeightSlope(interpolation uint32, t *[4]float32) [4]float32 {
	if interpolation != GridSmoothstep {
		return [4]float32{1, 1, 1, 1}
	}
	var s [4]float32
	for d, t := range t {
		s[d] = float32(6*t) * (1 - t)
	}
	return s
}

func gridCorners(dims, interpolation uint32) uint32 {
	if interpolation == GridNearest {
		return 1
	}
	return 1 << dims
}

func gridVertex(cell *[4]uint32, c uint32) [4]uint32 {
	return [4]uint32{cell[0] + c&1, cell[1] + c>>1&1, cell[2] + c>>2&1, cell[3] + c>>3&1}
}

// gridFactor is the weight of corner c along axis d.
func gridFactor(w *[4]float32, c, d uint32) float32 {
	if c>>d&1 != 0 {
		return w[d]
	}
	return 1 - w[d]
}

// gridCornerWeight multiplies the factors in the order of the axes.
func gridCornerWeight(w *[4]float32, dims, interpolation, c uint32) float32 {
	if interpolation == GridNearest {
		return 1
	}
	p := gridFactor(w, c, 0) * gridFactor(w, c, 1)
	if dims > 2 {
		p *= gridFactor(w, c, 2)
	}
	if dims > 3 {
		p *= gridFactor(w, c, 3)
	}
	return p
}

// gridCornerSlope is the derivative of the weight of corner c by t of each axis.
func gridCornerSlope(w, slope *[4]float32, dims, c uint32) (s [4]float32) {
	a := [4]float32{1, 1, 1, 1}
	for d := range dims {
		a[d] = gridFactor(w, c, d)
	}
	s = [4]float32{a[1] * a[2] * a[3], a[0] * a[2] * a[3], a[0] * a[1] * a[3], a[0] * a[1] * a[2]}
	for d := range s {
		s[d] *= slope[d]
		if c>>d&1 == 0 {
			s[d] = -s[d]
		}
	}
	return s
}

// gridAccumulate adds weight times a row of the table; the table holds float bits, or packed halves.
func gridAccumulate(table []uint32, features uint32, half bool, row uint32, weight float32, acc *[8]float32) {
	first := row * features
	if !half {
		for f, bits := range table[first : first+features] {
			acc[f] += float32(weight * math.Float32frombits(bits))
		}
		return
	}
	for f := range features {
		word := table[(first+f)>>1]
		acc[f] += float32(weight * f16.To32(uint16(word>>(16*((first+f)&1)))))
	}
}

// gridLookup interpolates the features of one level at x into acc, which it clears.
func gridLookup(l *Level, s *GridShape, x *[4]float32, table []uint32, acc *[8]float32) {
	*acc = [8]float32{}
	cell, t := gridCell(l, s.Dims, x)
	w := gridWeight(s.Interpolation, &t)
	for c := range gridCorners(s.Dims, s.Interpolation) {
		v := gridVertex(&cell, c)
		row := l.Offset + gridIndex(l, s.Dims, &v)
		gridAccumulate(table, s.Features, s.Half, row, gridCornerWeight(&w, s.Dims, s.Interpolation, c), acc)
	}
}

// GridToFixed is a gradient contribution as a 64-bit two's complement integer in units of 2^-40, low and high word.
// It rounds to the nearest unit, halves away from zero: an error of at most 2^-41. Magnitudes of 2^16 and more,
// infinities and NaN give 2^16 with the sign of value.
func GridToFixed(value float32) (low, high uint32) {
	bits := math.Float32bits(value)
	e, m := bits>>23&255, uint64(bits&0x7fffff|0x800000)
	if e >= 143 {
		e, m = 143, 0x800000
	}
	var r uint64
	switch {
	case e >= 110:
		r = m << (e - 110)
	case e >= 86:
		right := 110 - e
		r = (m + 1<<(right-1)) >> right
	}
	if bits >= 1<<31 {
		r = -r
	}
	return uint32(r), uint32(r >> 32)
}

// GridFromFixed is the value of a sum of GridToFixed words, within 1.5 ulp; zero exactly when both words are zero. The
// sum is right while its magnitude is below 2^23.
func GridFromFixed(low, high uint32) float32 {
	r := uint64(high)<<32 | uint64(low)
	negative := int64(r) < 0
	if negative {
		r = -r
	}
	v := float32(uint32(r>>32))*0.00390625 + float32(uint32(r))*9.094947017729282379150390625e-13
	if negative {
		return -v
	}
	return v
}

// gridAddFixed adds value to the two words of an element with carry.
func gridAddFixed(words []uint32, value float32) {
	low, high := GridToFixed(value)
	before := words[0]
	words[0] = before + low
	if words[0] < before {
		high++
	}
	words[1] += high
}

// gridPosition reads the position planes of sample i.
func gridPosition(positions []float32, p *GridEncodePush, dims uint32, i int) (x [4]float32) {
	for d := range dims {
		x[d] = positions[int((p.InputPlane+d)*p.Capacity)+i]
	}
	return x
}

// gridShapeOf reads the specialization of a call.
func gridShapeOf(c *gpu.Call) GridShape {
	s := GridShape{Dims: c.SpecOf("DIMS"), Features: c.SpecOf("FEATURES"), Levels: c.SpecOf("LEVELS"), Interpolation: c.SpecOf("INTERPOLATION")}
	for i, k := range c.Kernel.Layout.Spec {
		if k.Name == "HALF" {
			s.Half = c.Spec[i] != 0
		}
	}
	return s
}

// encodeGrain is the number of samples that one task of a twin computes.
const encodeGrain = 256

// encodeCount is the number of samples that a dispatch computes: what the device counted, at most the capacity and at
// most the invocations that were launched.
func encodeCount(c *gpu.Call, counts []uint32, index, capacity uint32) int {
	if c.Groups[2] == 0 {
		return 0
	}
	return reached(c, min(counts[index], capacity))
}

// Samples says how many workgroups an encoding gets: enough for Count samples, or what the device reads from Indirect.
type Samples struct {
	Count    uint32   // an upper bound of the count
	Indirect gpu.Bind // three group counts written by an earlier kernel; used where its Buffer is set
}

// record appends the dispatch; z is the number of workgroups along the third axis of a direct one.
func (s Samples) record(rec *gpu.Recording, k *gpu.Kernel, z uint32, push []byte, spec []uint32, binds []gpu.Bind) {
	if s.Indirect.Buffer != nil {
		rec.DispatchIndirect(k, s.Indirect, push, spec, binds...)
		return
	}
	groups := Groups(s.Count, k.Layout.GroupSize(spec)[0])
	groups[2] = z
	rec.Dispatch(k, groups, push, spec, binds...)
}
