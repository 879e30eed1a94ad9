package mesh

import (
	"math"
	"runtime"
	"sync"
)

// Lattice holds signed distances at the points of a regular lattice and answers queries faster with them. A distance
// changes by no more than the way that is gone,
//
//	| |d(p)| - |d(q)| | ≤ |p - q|,
//
// which bounds every search, and a sign cannot change on a way that is shorter than the distance at its start.
type Lattice struct {
	tree      *Tree
	sign      Sign
	n         int
	lo, cell  vec
	distances []float64
}

// NewLattice computes n³ distances in the box from lo to hi on every processor; n is at least 2.
func NewLattice(t *Tree, sign Sign, n int, lo, hi [3]float64) *Lattice {
	l := &Lattice{tree: t, sign: sign, n: n, lo: lo, distances: make([]float64, n*n*n)}
	for k := range l.cell {
		l.cell[k] = (hi[k] - lo[k]) / float64(n-1)
	}
	var workers sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for w := range threads {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for row := w; row < n*n; row += threads {
				within, before := math.Inf(1), math.Inf(1)
				for i := range n {
					p := l.point(i, row%n, row/n)
					d := t.step(p, within, before, l.cell[0], sign)
					l.distances[row*n+i] = d
					before = d
					within = (math.Abs(d) + l.cell[0]) * slack
				}
			}
		}()
	}
	workers.Wait()
	return l
}

// slack covers the rounding of bounds.
const slack = 1 + 1e-9

// step is the signed distance at p, which lies way away from a point with the distance before.
func (t *Tree) step(p vec, within, before, way float64, sign Sign) float64 {
	if !(math.Abs(before) > way*slack) || math.IsInf(before, 1) {
		return t.Distance(p, within, sign)
	}
	n, ok := t.Nearest(p, within)
	if !ok {
		n, _ = t.Nearest(p, math.Inf(1))
	}
	return math.Copysign(n.Distance, before)
}

func (l *Lattice) point(i, j, k int) vec {
	return vec{l.lo[0] + float64(i)*l.cell[0], l.lo[1] + float64(j)*l.cell[1], l.lo[2] + float64(k)*l.cell[2]}
}

// near is the lattice point closest to p, and how far away it is.
func (l *Lattice) near(p vec) (distance, way float64) {
	var at [3]int
	for k := range at {
		if l.cell[k] > 0 {
			at[k] = min(max(int(math.Round((p[k]-l.lo[k])/l.cell[k])), 0), l.n-1)
		}
	}
	return l.distances[(at[2]*l.n+at[1])*l.n+at[0]], length(sub(p, l.point(at[0], at[1], at[2])))
}

// Distance is Tree.Distance with what the lattice knows.
func (l *Lattice) Distance(p [3]float64, within float64) float64 {
	d, way := l.near(p)
	return l.tree.step(p, min(within, (math.Abs(d)+way)*slack), d, way, l.sign)
}

// Inside is Tree.Inside with what the lattice knows.
func (l *Lattice) Inside(p [3]float64) bool {
	d, way := l.near(p)
	if math.Abs(d) > way*slack {
		return d < 0
	}
	return l.tree.Distance(p, (math.Abs(d)+way)*slack, l.sign) < 0
}
