package mesh

import "math"

// dipole stands for the triangles below a node, seen from far away: the sum of area times normal, at the centre of area,
// and how far the triangles reach from there.
type dipole struct {
	moment, centre vec
	radius         float64
}

// newDipoles makes the dipole of every node.
func (t *Tree) newDipoles() []dipole {
	out := make([]dipole, len(t.nodes))
	for i := range t.nodes {
		n, d := &t.nodes[i], &out[i]
		area := 0.0
		for _, c := range t.corners[n.first : n.first+n.count] {
			m := scale(cross(sub(c[1], c[0]), sub(c[2], c[0])), 0.5)
			a := length(m)
			area += a
			d.moment = add(d.moment, m)
			d.centre = add(d.centre, scale(add(add(c[0], c[1]), c[2]), a/3))
		}
		d.centre = scale(d.centre, 1/area)
		for _, c := range t.corners[n.first : n.first+n.count] {
			for _, v := range c {
				d.radius = max(d.radius, length(sub(v, d.centre)))
			}
		}
	}
	return out
}

// farAway is how many radii away a dipole stands for its triangles: what it leaves out is of the order of 1/farAway² of
// it, and the winding number is compared with 1/2.
const farAway = 3

// Winding is the winding number of the surface around p: the solid angle that it covers, seen from p, over 4π. It is 1
// inside of a closed mesh and 0 outside, and changes smoothly through a hole (Jacobson et al. 2013, "Robust inside-outside
// segmentation using generalized winding numbers"). Triangles that are far away count together (Barill et al. 2018, "Fast
// winding numbers for soups and clouds"):
//
//	w(p) = Σ atan2(det(a, b, c), |a||b||c| + (a·b)|c| + (b·c)|a| + (c·a)|b|)/2π  or  N·(q - p)/4π|q - p|³
func (t *Tree) Winding(p [3]float64) float64 { return t.winding(p, -1) }

// winding leaves out the triangle at a place of the order.
func (t *Tree) winding(p vec, without int32) float64 {
	var stack [64]int32
	depth, w := 1, 0.0
	for depth > 0 {
		depth--
		i := stack[depth]
		n, d := &t.nodes[i], &t.dipoles[i]
		to := sub(d.centre, p)
		if l2 := dot(to, to); l2 > farAway*farAway*d.radius*d.radius {
			w += dot(d.moment, to) / (4 * math.Pi * l2 * math.Sqrt(l2))
			continue
		}
		if n.right != 0 {
			stack[depth], stack[depth+1] = i+1, n.right
			depth += 2
			continue
		}
		for k := n.first; k < n.first+n.count; k++ {
			if c := &t.corners[k]; k != without {
				w += solidAngle(sub(c[0], p), sub(c[1], p), sub(c[2], p)) / (4 * math.Pi)
			}
		}
	}
	return w
}

// solidAngle of a triangle seen from the origin (van Oosterom and Strackee 1983).
func solidAngle(a, b, c vec) float64 {
	x, y, z := length(a), length(b), length(c)
	return 2 * math.Atan2(dot(a, cross(b, c)), x*y*z+dot(a, b)*z+dot(b, c)*x+dot(c, a)*y)
}

// Oriented reports whether neighbouring faces agree on what is outside: no edge is run through twice in one direction.
func (m *Mesh) Oriented() bool {
	edges := make(map[[2]uint32]bool, 3*len(m.Triangles))
	for _, t := range m.Triangles {
		for k := range t {
			e := [2]uint32{t[k], t[(k+1)%3]}
			if edges[e] {
				return false
			}
			edges[e] = true
		}
	}
	return true
}
