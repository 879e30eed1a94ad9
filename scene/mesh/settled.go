package mesh

import (
	"math"
	"runtime"
	"sync"
)

// settled says around which triangles of an open mesh the side of the nearest triangle decides about inside, as on a
// closed one, so that the winding number, which takes a walk through the tree, need not be computed there.
//
// Across a triangle the winding number jumps by 1, and what is left after taking the jumps away is u, the share of all
// directions in which the caps of the holes are seen: a harmonic function away from the border of the holes, and
//
//	w = 1 - u inside,  w = -u outside,
//
// so that the side decides where |u| < 1/2. For a harmonic function with |u| ≤ 1 in the ball of radius R around a point c,
// Harnack's inequality for 1 + u and 1 - u says that at a distance of ρR from c
//
//	1 ± u(p) ≤ (1 ± u(c))·(1 + ρ)/(1 - ρ)²,
//
// which with |u(c)| ≤ 0.12 and ρ = 1/12 is less than 1.45.
type settled struct {
	within []float64 // by triangle: how far from its centre the side decides; 0 nowhere
}

const (
	settledShare = 1.0 / 12 // ρ
	settledValue = 0.12     // |u(c)|
	// maxBorder is the number of border edges beyond which a mesh is a soup rather than a surface with holes.
	maxBorder = 4096
)

// newSettled measures every triangle, on all processors.
func (t *Tree) newSettled() *settled {
	s := &settled{within: make([]float64, len(t.mesh.Triangles))}
	border := t.mesh.border()
	if len(border) > maxBorder {
		return s
	}
	var workers sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for w := range threads {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := w; i < len(t.order); i += threads {
				c := t.balls[i].centre
				least := math.Inf(1)
				for _, e := range border {
					least = min(least, segmentDistance(c, e))
				}
				// Seen from a point of itself a triangle covers nothing, which is the mean of both sides: 1/2 - u.
				if math.Abs(t.winding(c, int32(i))-0.5) < settledValue {
					s.within[t.order[i]] = settledShare * least
				}
			}
		}()
	}
	workers.Wait()
	return s
}

// border lists the edges that do not run between two faces that agree on what is outside.
func (m *Mesh) border() (out [][2]vec) {
	edges := make(map[[2]uint32]int, 3*len(m.Triangles))
	for _, t := range m.Triangles {
		for k := range t {
			edges[[2]uint32{t[k], t[(k+1)%3]}]++
		}
	}
	for e, n := range edges {
		if n != edges[[2]uint32{e[1], e[0]}] {
			out = append(out, [2]vec{m.at(e[0]), m.at(e[1])})
		}
	}
	return out
}

func segmentDistance(p vec, e [2]vec) float64 {
	d := sub(e[1], e[0])
	s := min(max(dot(sub(p, e[0]), d)/dot(d, d), 0), 1)
	return length(sub(p, add(e[0], scale(d, s))))
}

// decides reports whether the side of the nearest point's triangle tells whether p is inside.
func (s *settled) decides(t *Tree, p vec, n *Nearest) bool {
	r := s.within[n.Triangle]
	if !(r > 0) {
		return false
	}
	f := t.mesh.Triangles[n.Triangle]
	c := scale(add(add(t.mesh.at(f[0]), t.mesh.at(f[1])), t.mesh.at(f[2])), 1.0/3)
	return length(sub(p, c)) <= r
}
