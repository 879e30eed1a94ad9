package volume

import (
	"math"

	"github.com/radia-go/radia/internal/pcg32"
)

// Sampler draws what a learned volume is trained on: positions with their density and one estimate of the light that a
// collision there sends on. Seven eighths are collisions of paths that begin on a sphere of radius 2 around the cube and
// aim at a point of the box, at most four of a path, so that what is seen most is drawn most; one eighth lies anywhere in
// the box. Unlike instant-ngp's, no samples are null collisions, whose light is not that of a collision there, and the
// density is interpolated rather than that of a random neighbour; both have the same mean where they should.
type Sampler struct {
	Medium *Medium
	Light  Light
}

// Sample is a position in the cube and what the field should be there.
type Sample struct {
	Position [3]float32
	Value    [4]float32 // light and density
}

// startRadius is that of the sphere where paths begin; maxMisses paths in a row without a collision end the search for one.
const (
	startRadius = 2
	maxMisses   = 64
)

// Draw fills out.
func (s *Sampler) Draw(out []Sample, rng *pcg32.Source) {
	anywhere := len(out) / 8
	for i := range out[:anywhere] {
		out[i] = s.anywhere(rng)
	}
	for at := anywhere; at < len(out); {
		at += s.path(out[at:], rng)
	}
}

// anywhere draws a position of the box.
func (s *Sampler) anywhere(rng *pcg32.Source) Sample {
	p := s.point(rng)
	return s.sample(p, s.Medium.Scattered(p, s.Light, rng))
}

func (s *Sampler) point(rng *pcg32.Source) (p vec) {
	for k := range p {
		p[k] = s.Medium.Lo[k] + uniform(rng)*(s.Medium.Hi[k]-s.Medium.Lo[k])
	}
	return p
}

func (s *Sampler) sample(p, light vec) (out Sample) {
	for k := range p {
		out.Position[k] = float32(p[k])
		out.Value[k] = float32(light[k])
	}
	out.Value[3] = float32(s.Medium.Density(p))
	return out
}

// path stores the first collisions of a path and returns how many there are, at least one.
func (s *Sampler) path(out []Sample, rng *pcg32.Source) int {
	var v [4]Vertex
	for range maxMisses {
		z := 2*uniform(rng) - 1
		phi, r := 2*math.Pi*uniform(rng), startRadius*math.Sqrt(max(0, 1-z*z))
		from := vec{0.5 + r*math.Cos(phi), 0.5 + r*math.Sin(phi), 0.5 + startRadius*z}
		to := s.point(rng)
		_, _, _, kept := s.Medium.Path(from, unit(sub(to, from)), s.Light, rng, v[:])
		if kept = min(kept, len(out)); kept > 0 {
			for i := range kept {
				out[i] = s.sample(v[i].Position, v[i].Radiance)
			}
			return kept
		}
	}
	out[0] = s.anywhere(rng)
	return 1
}
