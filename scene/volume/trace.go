package volume

import (
	"math"

	"github.com/radia-go/radia/internal/pcg32"
)

// uniform draws a number in [0, 1).
func uniform(rng *pcg32.Source) float64 { return float64(rng.Uint32()) * 0x1p-32 }

// span is the part of a ray inside the box, in units of its direction, which may have any length.
func (m *Medium) span(o, d vec) (t0, t1 float64, ok bool) {
	t0, t1 = 0, math.Inf(1)
	for k := range o {
		if d[k] == 0 {
			if o[k] < m.Lo[k] || o[k] > m.Hi[k] {
				return 0, 0, false
			}
			continue
		}
		a, b := (m.Lo[k]-o[k])/d[k], (m.Hi[k]-o[k])/d[k]
		t0, t1 = max(t0, min(a, b)), min(t1, max(a, b))
	}
	return t0, t1, t0 < t1
}

// Collide flies along a ray of unit direction to the first collision with the medium (Woodcock et al. 1965): tentative
// collisions come at the rate of the cell's largest extinction μ, t ← t − ln(1−ξ)/μ, and one at p is real with probability
// density(p)/largest density. Cells are crossed one after the other, so that empty ones cost nothing.
func (m *Medium) Collide(o, d vec, rng *pcg32.Source) (t float64, hit bool) {
	t, end, ok := m.span(o, d)
	if !ok {
		return 0, false
	}
	// In units of cells the ray is at a + t·b.
	var a, b, next, delta vec
	var cell, step [3]int
	for k := range o {
		s := 1 / float64(m.edge)
		a[k] = (o[k]*m.Scale[k] + m.Offset[k] - float64(m.volume.Density.Min[k])) * s
		b[k] = d[k] * m.Scale[k] * s
		at := a[k] + t*b[k]
		cell[k] = min(max(int(math.Floor(at)), 0), m.n[k]-1)
		next[k], delta[k] = math.Inf(1), math.Inf(1)
		if b[k] > 0 {
			step[k], delta[k], next[k] = 1, 1/b[k], (float64(cell[k]+1)-a[k])/b[k]
		} else if b[k] < 0 {
			step[k], delta[k], next[k] = -1, -1/b[k], (float64(cell[k])-a[k])/b[k]
		}
	}
	depth := -math.Log1p(-uniform(rng)) // optical depth left to fly, against the largest extinction
	for t < end {
		k := 0
		if next[1] < next[k] {
			k = 1
		}
		if next[2] < next[k] {
			k = 2
		}
		leave := min(next[k], end)
		largest := float64(m.cells[(cell[0]*m.n[1]+cell[1])*m.n[2]+cell[2]])
		mu := m.Extinction * largest
		for mu > 0 {
			if need := depth / mu; t+need >= leave {
				depth -= max(leave-t, 0) * mu
				break
			} else {
				t += need
			}
			depth = -math.Log1p(-uniform(rng))
			if uniform(rng)*largest < m.draw(add(o, scale(d, t)), rng) {
				return t, true
			}
		}
		t = max(t, leave)
		next[k] += delta[k]
		if cell[k] += step[k]; cell[k] < 0 || cell[k] >= m.n[k] {
			break
		}
	}
	return end, false
}

// scatter draws a direction by the phase function of Henyey and Greenstein around d.
func (m *Medium) scatter(d vec, rng *pcg32.Source) vec {
	g, xi := m.Anisotropy, uniform(rng)
	cosine := 2*xi - 1
	if math.Abs(g) > 1e-3 {
		s := (1 - g*g) / (1 - g + 2*g*xi)
		cosine = (1 + g*g - s*s) / (2 * g)
	}
	cosine = min(max(cosine, -1), 1)
	sine, phi := math.Sqrt(1-cosine*cosine), 2*math.Pi*uniform(rng)
	// A basis around d (Duff et al. 2017).
	sign := math.Copysign(1, d[2])
	a := -1 / (sign + d[2])
	c := d[0] * d[1] * a
	u, v := vec{1 + sign*d[0]*d[0]*a, sign * c, -sign * d[0]}, vec{c, sign + d[1]*d[1]*a, -d[1]}
	return unit(add(add(scale(u, sine*math.Cos(phi)), scale(v, sine*math.Sin(phi))), scale(d, cosine)))
}

// Vertex is a real collision of a path: where it happened and the light that left it towards the path's beginning.
type Vertex struct {
	Position vec
	Radiance vec
}

const (
	// rouletteBelow is the throughput below which paths end by chance.
	rouletteBelow = 0.2
	// maxEvents ends a path that would hardly ever: a medium that absorbs nothing is left after about the square of its
	// optical depth.
	maxEvents = 1 << 16
)

// Path follows light backwards from o along d until it leaves the medium: at each collision it is scattered and weakened
// by the albedo. It returns the light that arrives at o from collisions, or hit false where the ray meets none. Up to
// len(vertices) first collisions are kept; their number is returned.
func (m *Medium) Path(o, d vec, light Light, rng *pcg32.Source, vertices []Vertex) (radiance vec, t float64, hit bool, kept int) {
	t, hit = m.Collide(o, d, rng)
	if !hit {
		return vec{}, t, false, 0
	}
	var before [4]vec // light gathered and throughput before each vertex that is kept
	var weight [4]vec
	n := min(len(vertices), len(before))
	through, flight := vec{1, 1, 1}, t
	for range maxEvents {
		o = add(o, scale(d, flight))
		if kept < n {
			vertices[kept].Position, before[kept], weight[kept] = o, radiance, through
			kept++
		}
		if e := m.Emission(o); e > 0 {
			radiance = add(radiance, scale(through, e))
		}
		through = mul(through, m.Albedo(o))
		if largest := max(through[0], through[1], through[2]); largest < rouletteBelow {
			if uniform(rng)*rouletteBelow >= largest {
				break
			}
			through = scale(through, rouletteBelow/largest)
		}
		d = m.scatter(d, rng)
		var again bool
		if flight, again = m.Collide(o, d, rng); !again {
			radiance = add(radiance, mul(through, light.Radiance(d)))
			break
		}
	}
	for i := range kept {
		for k := range radiance {
			vertices[i].Radiance[k] = 0
			if weight[i][k] > 0 {
				vertices[i].Radiance[k] = (radiance[k] - before[i][k]) / weight[i][k]
			}
		}
	}
	return radiance, t, true, kept
}

// Scattered is one estimate of the light that a collision at p sends on in a random direction.
func (m *Medium) Scattered(p vec, light Light, rng *pcg32.Source) vec {
	z := 2*uniform(rng) - 1
	phi, r := 2*math.Pi*uniform(rng), math.Sqrt(max(0, 1-z*z))
	d := vec{r * math.Cos(phi), r * math.Sin(phi), z}
	from, _, hit, _ := m.Path(p, d, light, rng, nil)
	if !hit {
		from = light.Radiance(d)
	}
	e := m.Emission(p)
	return add(vec{e, e, e}, mul(m.Albedo(p), from))
}
