package mesh

import (
	"math"
	"slices"
	"sync"
)

// leafSize is the most triangles in a leaf.
const leafSize = 4

// Tree answers queries about the surface of a mesh: a binary hierarchy of boxes, split at the median of the centres along
// the axis on which they vary most. It is not changed by queries, which may run at the same time.
type Tree struct {
	mesh    *Mesh
	order   []uint32 // triangles, leaf after leaf
	corners [][3]vec // by place in order
	balls   []ball   // that enclose them
	nodes   []node
	dipoles []dipole // of the nodes
	normals normals

	settling sync.Once // fills settled when the winding number is first asked for
	settled  *settled
}

// ball is a sphere around a triangle, which is cheaper to be compared with than the triangle.
type ball struct {
	centre vec
	radius float64
}

// node is a box and either its two children, the first of which follows it, or the triangles of a leaf.
type node struct {
	lo, hi       vec
	right        int32 // second child; 0 in a leaf
	first, count int32
}

// NewTree builds the hierarchy; the mesh must have been read by this package or be just as sound.
func NewTree(m *Mesh) *Tree {
	t := &Tree{mesh: m, order: make([]uint32, len(m.Triangles))}
	centres := make([]vec, len(m.Triangles))
	for i, f := range m.Triangles {
		t.order[i] = uint32(i)
		centres[i] = scale(add(add(m.at(f[0]), m.at(f[1])), m.at(f[2])), 1.0/3)
	}
	t.split(0, len(t.order), centres)
	t.corners = make([][3]vec, len(t.order))
	for i, f := range t.order {
		for k, v := range m.Triangles[f] {
			t.corners[i][k] = m.at(v)
		}
	}
	t.balls = make([]ball, len(t.order))
	for i, f := range t.order {
		b := ball{centre: centres[f]}
		for _, v := range t.corners[i] {
			b.radius = max(b.radius, length(sub(v, b.centre)))
		}
		b.radius *= slack
		t.balls[i] = b
	}
	t.dipoles = t.newDipoles()
	t.normals = newNormals(m)
	return t
}

func (t *Tree) split(first, end int, centres []vec) {
	at := len(t.nodes)
	n := node{first: int32(first), count: int32(end - first)}
	for k := range n.lo {
		n.lo[k], n.hi[k] = math.Inf(1), math.Inf(-1)
	}
	var mean, variance vec
	for _, f := range t.order[first:end] {
		for _, v := range t.mesh.Triangles[f] {
			p := t.mesh.at(v)
			for k := range p {
				n.lo[k], n.hi[k] = min(n.lo[k], p[k]), max(n.hi[k], p[k])
			}
		}
		mean = add(mean, scale(centres[f], 1/float64(end-first)))
	}
	t.nodes = append(t.nodes, n)
	if end-first <= leafSize {
		return
	}
	for _, f := range t.order[first:end] {
		d := sub(centres[f], mean)
		for k := range d {
			variance[k] += d[k] * d[k]
		}
	}
	axis := 0
	for k := range variance {
		if variance[k] > variance[axis] {
			axis = k
		}
	}
	slices.SortFunc(t.order[first:end], func(a, b uint32) int {
		switch x, y := centres[a][axis], centres[b][axis]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a) - int(b)
	})
	middle := (first + end) / 2
	t.split(first, middle, centres)
	t.nodes[at].right = int32(len(t.nodes))
	t.split(middle, end, centres)
}

// boxDistance is the squared distance of p from a node's box.
func (n *node) boxDistance(p vec) float64 {
	s := 0.0
	for k := range p {
		d := max(n.lo[k]-p[k], 0, p[k]-n.hi[k])
		s += d * d
	}
	return s
}

// Nearest is the point of the surface that is closest to a point.
type Nearest struct {
	Point    [3]float64
	Distance float64
	Triangle uint32
	part     int // 0 inside, 1 … 3 corner, 4 … 6 edge that begins at corner part-4
}

// Nearest finds the closest point of the surface that is no farther than within; ok is false where there is none. Use an
// infinite within where nothing is known.
func (t *Tree) Nearest(p [3]float64, within float64) (best Nearest, ok bool) {
	limit, reach := within*within, within
	if math.IsInf(within, 1) {
		limit = math.Inf(1)
	}
	var stack [64]int32
	depth := 1 // stack[0] is the root
	for depth > 0 {
		depth--
		i := stack[depth]
		n := &t.nodes[i]
		if n.boxDistance(p) > limit {
			continue
		}
		if n.right == 0 {
			for k := n.first; k < n.first+n.count; k++ {
				b := &t.balls[k]
				e, r := sub(p, b.centre), reach+b.radius
				if dot(e, e) > r*r {
					continue
				}
				q, part := closest(&t.corners[k], p)
				d := sub(p, q)
				if s := dot(d, d); s <= limit {
					limit, reach, ok = s, math.Sqrt(s)*slack, true
					best = Nearest{Point: q, Distance: s, Triangle: t.order[k], part: part}
				}
			}
			continue
		}
		left, right := i+1, n.right
		if t.nodes[left].boxDistance(p) < t.nodes[right].boxDistance(p) {
			left, right = right, left
		}
		stack[depth], stack[depth+1] = left, right // the nearer one is taken first
		depth += 2
	}
	best.Distance = math.Sqrt(best.Distance)
	return best, ok
}

// closest is the point of a triangle nearest to p: p is written in barycentric coordinates of the plane, and where one
// is negative the nearest point lies on the border.
func closest(c *[3]vec, p vec) (vec, int) {
	ab, ac, ap := sub(c[1], c[0]), sub(c[2], c[0]), sub(p, c[0])
	d1, d2 := dot(ab, ap), dot(ac, ap)
	aa, bb, cc := dot(ab, ab), dot(ab, ac), dot(ac, ac)
	det := aa*cc - bb*bb
	v, w := (cc*d1-bb*d2)/det, (aa*d2-bb*d1)/det
	if v > 0 && w > 0 && v+w < 1 {
		return add(c[0], add(scale(ab, v), scale(ac, w))), 0
	}
	var best vec
	part, least := 0, math.Inf(1)
	for k := range c {
		a, e := c[k], sub(c[(k+1)%3], c[k])
		s := dot(sub(p, a), e) / dot(e, e)
		q, at := a, k+1
		switch {
		case s >= 1:
			q, at = c[(k+1)%3], (k+1)%3+1
		case s > 0:
			q, at = add(a, scale(e, s)), k+4
		}
		d := sub(p, q)
		if l := dot(d, d); l < least {
			best, part, least = q, at, l
		}
	}
	return best, part
}

// Hit reports the first intersection of the ray p + s·d, s > 0, with the surface and its triangle.
func (t *Tree) Hit(p, d [3]float64) (s float64, triangle uint32, ok bool) {
	s = math.Inf(1)
	t.trace(p, d, func() float64 { return s }, func(at float64, f uint32) bool {
		if at < s {
			s, triangle, ok = at, f, true
		}
		return true
	})
	return s, triangle, ok
}

// Blocked reports whether the ray p + s·d, s > 0, meets the surface.
func (t *Tree) Blocked(p, d [3]float64) bool {
	hit := false
	t.trace(p, d, func() float64 { return math.Inf(1) }, func(float64, uint32) bool {
		hit = true
		return false
	})
	return hit
}

// trace calls each for every intersection nearer than far until it returns false.
func (t *Tree) trace(p, d vec, far func() float64, each func(s float64, triangle uint32) bool) {
	inverse := vec{1 / d[0], 1 / d[1], 1 / d[2]}
	var stack [64]int32
	depth := 1
	for depth > 0 {
		depth--
		i := stack[depth]
		n := &t.nodes[i]
		t0, t1 := 0.0, far()
		for k := range p {
			a, b := (n.lo[k]-p[k])*inverse[k], (n.hi[k]-p[k])*inverse[k]
			if a > b {
				a, b = b, a
			}
			// A ray inside the plane of a face of the box gives 0·∞; it is inside the slab.
			if a == a && b == b {
				t0, t1 = max(t0, a), min(t1, b)
			}
		}
		if t0 > t1*(1+1e-12) {
			continue
		}
		if n.right != 0 {
			stack[depth], stack[depth+1] = n.right, i+1
			depth += 2
			continue
		}
		for k := n.first; k < n.first+n.count; k++ {
			if s, ok := intersect(&t.corners[k], p, d); ok && !each(s, t.order[k]) {
				return
			}
		}
	}
}

// intersect solves p + s·d = a + v·ab + w·ac (Möller and Trumbore 1997).
func intersect(c *[3]vec, p, d vec) (s float64, ok bool) {
	ab, ac := sub(c[1], c[0]), sub(c[2], c[0])
	h := cross(d, ac)
	det := dot(ab, h)
	if det == 0 {
		return 0, false
	}
	o := sub(p, c[0])
	v := dot(o, h) / det
	if v < 0 || v > 1 {
		return 0, false
	}
	q := cross(o, ab)
	w := dot(d, q) / det
	if w < 0 || v+w > 1 {
		return 0, false
	}
	s = dot(ac, q) / det
	return s, s > 0
}
