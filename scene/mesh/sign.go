package mesh

import (
	"fmt"
	"math"
)

// Sign is a rule for what is inside.
type Sign int

const (
	// Watertight compares the direction to the nearest point with the angle-weighted normal of the face, edge or corner
	// that it lies on, which is right for every closed mesh (Bærentzen and Aanæs 2005).
	Watertight Sign = iota
	// Winding counts a point as inside where the winding number is above 1/2, which closes holes with smooth caps; the faces
	// must agree on what is outside.
	Winding
	// RayStab counts a point as outside as soon as one of 32 rays, spread evenly over all directions, leaves without
	// meeting the surface, the rule of instant-ngp; points from which a hole is seen along a ray count as outside.
	RayStab
)

// String is the rule's name.
func (s Sign) String() string { return [...]string{"watertight", "winding", "raystab"}[s] }

// ParseSign is the inverse of String.
func ParseSign(name string) (Sign, error) {
	for _, s := range []Sign{Watertight, Winding, RayStab} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown sign rule %q; there are watertight, winding and raystab", name)
}

// SignFor is the rule that suits the mesh: Watertight where it is closed, Winding where it has holes, RayStab where its
// faces do not agree on what is outside.
func SignFor(m *Mesh) Sign {
	switch {
	case m.Closed():
		return Watertight
	case m.Oriented():
		return Winding
	}
	return RayStab
}

// normals are those of corners and edges: sums of the unit normals of the faces around, at corners weighted by angle.
type normals struct {
	corner []vec
	edge   map[[2]uint32]vec
	face   []vec
}

func newNormals(m *Mesh) normals {
	n := normals{corner: make([]vec, len(m.Vertices)), edge: make(map[[2]uint32]vec, 3*len(m.Triangles)/2), face: make([]vec, len(m.Triangles))}
	for i, f := range m.Triangles {
		p := [3]vec{m.at(f[0]), m.at(f[1]), m.at(f[2])}
		n.face[i] = unit(cross(sub(p[1], p[0]), sub(p[2], p[0])))
		for k := range f {
			a, b := unit(sub(p[(k+1)%3], p[k])), unit(sub(p[(k+2)%3], p[k]))
			angle := math.Atan2(length(cross(a, b)), dot(a, b))
			n.corner[f[k]] = add(n.corner[f[k]], scale(n.face[i], angle))
			e := edgeOf(f[k], f[(k+1)%3])
			n.edge[e] = add(n.edge[e], n.face[i])
		}
	}
	return n
}

func edgeOf(a, b uint32) [2]uint32 { return [2]uint32{min(a, b), max(a, b)} }

// normal is the direction that points outwards at a nearest point.
func (t *Tree) normal(n *Nearest) vec {
	f := t.mesh.Triangles[n.Triangle]
	switch {
	case n.part == 0:
		return t.normals.face[n.Triangle]
	case n.part < 4:
		return t.normals.corner[f[n.part-1]]
	}
	return t.normals.edge[edgeOf(f[n.part-4], f[(n.part-3)%3])]
}

// Distance is the signed distance of p from the surface, negative inside. within bounds its magnitude where the caller
// knows one, else it is infinite.
func (t *Tree) Distance(p [3]float64, within float64, sign Sign) float64 {
	n, ok := t.Nearest(p, within)
	if !ok {
		n, _ = t.Nearest(p, math.Inf(1))
	}
	if t.inside(p, &n, sign) {
		return -n.Distance
	}
	return n.Distance
}

// Inside tells what is enclosed by the surface.
func (t *Tree) Inside(p [3]float64, sign Sign) bool {
	if !t.nodes[0].contains(p) {
		return false
	}
	if sign != Watertight {
		return t.inside(p, nil, sign)
	}
	n, _ := t.Nearest(p, math.Inf(1))
	return t.inside(p, &n, sign)
}

func (n *node) contains(p vec) bool { return n.boxDistance(p) == 0 }

func (t *Tree) inside(p vec, n *Nearest, sign Sign) bool {
	if sign == Watertight {
		return dot(t.normal(n), sub(p, n.Point)) < 0
	}
	if !t.nodes[0].contains(p) {
		return false
	}
	if sign == Winding {
		if n != nil {
			t.settling.Do(func() { t.settled = t.newSettled() })
			if t.settled.decides(t, p, n) {
				return dot(t.normal(n), sub(p, n.Point)) < 0
			}
		}
		return t.Winding(p) > 0.5
	}
	for _, d := range stabs {
		if !t.Blocked(p, d) {
			return false
		}
	}
	return true
}

// stabs are the directions of a Fibonacci lattice on the sphere, turned so that none lies along an axis.
var stabs = func() (out [32]vec) {
	golden := math.Pi * (3 - math.Sqrt(5))
	for i := range out {
		z := 1 - (2*float64(i)+1)/float64(len(out))
		r, a := math.Sqrt(1-z*z), golden*float64(i)+0.347
		out[i] = vec{r * math.Cos(a), r * math.Sin(a), z}
	}
	return out
}()
