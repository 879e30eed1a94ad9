// Package oracle computes, in float64 and straight from the published formulas, what each kernel should give, together
// with a tolerance per element from an error analysis of the float32 computation. It shares no code and no constants
// with the kernels. u is the largest relative error of one float32 rounding.
package oracle

import "math"

// U is the unit roundoff of float32.
const U = 1.0 / (1 << 24)

// Interpolation of a grid.
const (
	GridLinear = iota
	GridSmoothstep
	GridNearest
)

// GridLevel is the geometry of one level; rows are feature vectors.
type GridLevel struct {
	Scale                    float64
	Resolution, Offset, Size uint32
	Hashed                   bool
}

// Grid is the multiresolution grid encoding of Müller et al. 2022, section 3. Primes, Shift and Flip are what the
// formula says unless a test plants a fault in them.
type Grid struct {
	Dims, Features, Interpolation int
	Levels                        []GridLevel
	Table                         []float64

	Primes [4]uint32
	Shift  float64
	Flip   int // corner whose weight is that of the opposite corner; -1 for none
}

// NewGrid returns the encoding without faults.
func NewGrid(dims, features, interpolation int, levels []GridLevel, table []float64) *Grid {
	return &Grid{
		Dims: dims, Features: features, Interpolation: interpolation, Levels: levels, Table: table,
		Primes: [4]uint32{1, 2654435761, 805459861, 3674653429}, Shift: 0.5, Flip: -1,
	}
}

// row is the element number of feature 0 of a vertex.
func (g *Grid) row(l *GridLevel, v []int64) int {
	var index uint64
	switch {
	case l.Hashed:
		var h uint32
		for d, c := range v {
			h ^= uint32(c) * g.Primes[d]
		}
		index = uint64(h % l.Size)
	case math.Pow(float64(l.Resolution), float64(g.Dims)) < 1<<32:
		stride := uint64(1)
		for _, c := range v {
			index += uint64(uint32(c)) * stride
			stride *= uint64(l.Resolution)
		}
		index = index % (1 << 32) % uint64(l.Size)
	}
	return int(uint64(l.Offset)+index) * g.Features
}

// cell is one cell of a level with the fractions of a position in it.
type cell struct {
	base []int64
	t    []float64
	near []int     // ±1 where rounding may move the position into the neighbour on that side
	dp   []float64 // bound of the error of the float32 position, in cells
}

// locate finds the cell of x. The float32 position fma(scale, x, 1/2) is off by at most u·|scale·x| (a device may
// round the product) + u·|p|; subtracting the floor is exact.
func (g *Grid) locate(l *GridLevel, x []float64) cell {
	c := cell{make([]int64, g.Dims), make([]float64, g.Dims), make([]int, g.Dims), make([]float64, g.Dims)}
	for d := range g.Dims {
		p := l.Scale*x[d] + g.Shift
		if !(math.Abs(p) < 1<<31) { // by definition: no such cell
			continue
		}
		f := math.Floor(p)
		c.base[d], c.t[d] = int64(f), p-f
		c.dp[d] = U * (math.Abs(l.Scale*x[d]) + math.Abs(p))
		if c.t[d] <= c.dp[d] {
			c.near[d] = -1
		} else if 1-c.t[d] <= c.dp[d] {
			c.near[d] = 1
		}
	}
	return c
}

// Near reports whether rounding can put x into another cell on some level, where functions that jump between cells
// (nearest vertex, slope of linear interpolation) have no single value.
func (g *Grid) Near(x []float64) bool {
	for i := range g.Levels {
		for _, n := range g.locate(&g.Levels[i], x).near {
			if n != 0 {
				return true
			}
		}
	}
	return false
}

// shape returns weight, slope and curvature of the upper vertex at fraction t.
func (g *Grid) shape(t float64) (w, slope float64) {
	if g.Interpolation == GridSmoothstep {
		return 3*t*t - 2*t*t*t, 6*t - 6*t*t
	}
	return t, 1
}

// Bounds of |w'| and |w”| over a cell.
func (g *Grid) steepest() (slope, curvature float64) {
	switch g.Interpolation {
	case GridSmoothstep:
		return 1.5, 6
	case GridNearest:
		return 0, 0
	}
	return 1, 0
}

// steepness bounds how much a feature of a level changes when every coordinate changes by one unit: along each axis by the
// slope of the weights times the largest distance of two entries, a cell's width apart.
func (g *Grid) steepness(level int) float64 {
	l, largest := &g.Levels[level], 0.0
	for _, v := range g.Table[int(l.Offset)*g.Features : int(l.Offset+l.Size)*g.Features] {
		largest = math.Max(largest, math.Abs(v))
	}
	slope, _ := g.steepest()
	return float64(g.Dims) * slope * 2 * largest * l.Scale
}

// corners calls f for every vertex that contributes, with its weight and the weight's derivative by each t.
func (g *Grid) corners(c cell, f func(v []int64, weight float64, slope []float64)) {
	if g.Interpolation == GridNearest {
		f(c.base, 1, make([]float64, g.Dims))
		return
	}
	v, s := make([]int64, g.Dims), make([]float64, g.Dims)
	for k := range 1 << g.Dims {
		bits := k
		if k == g.Flip {
			bits = 1<<g.Dims - 1 - k
		}
		weight := 1.0
		for d := range g.Dims {
			v[d] = c.base[d] + int64(k>>d&1)
			weight *= g.factor(c.t[d], bits>>d&1)
			s[d] = float64(2*(bits>>d&1) - 1)
			_, slope := g.shape(c.t[d])
			s[d] *= slope
			for e := range g.Dims {
				if e != d {
					s[d] *= g.factor(c.t[e], bits>>e&1)
				}
			}
		}
		f(v, weight, s)
	}
}

func (g *Grid) factor(t float64, upper int) float64 {
	w, _ := g.shape(t)
	if upper == 1 {
		return w
	}
	return 1 - w
}

// neighbours calls f for the cells, other than c itself, into which rounding can move the position.
func (g *Grid) neighbours(c cell, f func(cell)) {
	for mask := 1; mask < 1<<g.Dims; mask++ {
		n := cell{append([]int64(nil), c.base...), append([]float64(nil), c.t...), make([]int, g.Dims), c.dp}
		ok := true
		for d := range g.Dims {
			if mask>>d&1 == 1 {
				ok = ok && c.near[d] != 0
				n.base[d] += int64(c.near[d])
				n.t[d] = float64((1 - c.near[d]) / 2)
			}
		}
		if ok {
			f(n)
		}
	}
}

// weightError bounds the absolute error of a corner's float32 weight at a given cell: a factor is off by at most 4u
// (smoothstep: three relative roundings of w <= 1, one of 1−w), a product of D factors by 4Du + (D−1)u; and the error
// of the position times the steepest slope, for each axis.
func (g *Grid) weightError(c cell) float64 {
	if g.Interpolation == GridNearest {
		return 0
	}
	slope, _ := g.steepest()
	e := 5 * float64(g.Dims) * U
	for _, dp := range c.dp {
		e += slope * dp
	}
	return e
}

// Encode returns the features of x, level-major, and their tolerances. Levels from active on give 0. With |v| the
// largest feature of a cell, the error is at most weightError·Σ|v| over the corners (of the neighbour too, where
// rounding may move the position there: the interpolant is continuous) plus 2^D+1 roundings of Σ weight·|v|.
func (g *Grid) Encode(x []float64, active int) (y, tol []float64) {
	y = make([]float64, len(g.Levels)*g.Features)
	tol = make([]float64, len(y))
	for i := range min(active, len(g.Levels)) {
		l := &g.Levels[i]
		c := g.locate(l, x)
		for f := range g.Features {
			k := i*g.Features + f
			var all, weighted float64
			g.corners(c, func(v []int64, w float64, _ []float64) {
				value := g.Table[g.row(l, v)+f]
				y[k] += w * value
				all += math.Abs(value)
				weighted += w * math.Abs(value)
			})
			g.neighbours(c, func(n cell) {
				g.corners(n, func(v []int64, _ float64, _ []float64) { all += math.Abs(g.Table[g.row(l, v)+f]) })
			})
			tol[k] = g.weightError(c)*all + float64(int(1)<<g.Dims+1)*U*weighted
		}
	}
	return y, tol
}

// Sum is a sum with what its tolerance needs.
type Sum struct {
	Value, Tol, Magnitude float64
	Terms                 int
}

// Bound is the tolerance of the sum when it is added up in float32 in any order: every term's own error and Terms
// roundings of at most u times the sum of magnitudes.
func (s Sum) Bound() float64 { return s.Tol + float64(s.Terms)*U*s.Magnitude }

// BackwardTable adds dL/dtable for one sample into sums, indexed as the table: weight·dy for every corner. A term is
// off by |dy|·weightError and one rounding. Vertices of a cell into which rounding may move the position get the
// tolerance without the value.
func (g *Grid) BackwardTable(x, dy []float64, active int, sums []Sum) {
	for i := range min(active, len(g.Levels)) {
		l := &g.Levels[i]
		c := g.locate(l, x)
		e := g.weightError(c)
		add := func(v []int64, w float64) {
			row := g.row(l, v)
			for f := range g.Features {
				d := dy[i*g.Features+f]
				if d == 0 {
					continue
				}
				s := &sums[row+f]
				s.Value += w * d
				s.Magnitude += math.Abs(w*d) + math.Abs(d)*e
				s.Tol += math.Abs(d)*e + U*math.Abs(w*d)
				s.Terms++
			}
		}
		g.corners(c, func(v []int64, w float64, _ []float64) { add(v, w) })
		g.neighbours(c, func(n cell) { g.corners(n, func(v []int64, _ float64, _ []float64) { add(v, 0) }) })
	}
}

// BackwardInput returns dL/dx and its tolerance. With S = scale·Σ_f |dy|·Σ_c |v|, the derivative of a corner's weight
// is off by the steepest slope times (5D u + Σ steepest·dp) for the other factors, by curvature·dp and 4u·slope for
// its own, and the sums over features, corners and levels round 2^D + F + L + 4 times.
func (g *Grid) BackwardInput(x, dy []float64, active int) (dx, tol []float64) {
	dx, tol = make([]float64, g.Dims), make([]float64, g.Dims)
	if g.Interpolation == GridNearest {
		return dx, tol
	}
	slope, curvature := g.steepest()
	for i := range min(active, len(g.Levels)) {
		l := &g.Levels[i]
		c := g.locate(l, x)
		var size float64
		count := func(v []int64) {
			for f := range g.Features {
				size += l.Scale * math.Abs(dy[i*g.Features+f]*g.Table[g.row(l, v)+f])
			}
		}
		g.corners(c, func(v []int64, _ float64, s []float64) {
			count(v)
			for f := range g.Features {
				for d := range g.Dims {
					dx[d] += l.Scale * dy[i*g.Features+f] * g.Table[g.row(l, v)+f] * s[d]
				}
			}
		})
		g.neighbours(c, func(n cell) { g.corners(n, func(v []int64, _ float64, _ []float64) { count(v) }) })
		rounds := float64(int(1)<<g.Dims + g.Features + len(g.Levels) + 4)
		for d := range g.Dims {
			tol[d] += size * (slope*(g.weightError(c)+4*U) + curvature*c.dp[d] + rounds*U*slope)
		}
	}
	return dx, tol
}
