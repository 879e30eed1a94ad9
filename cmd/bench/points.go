package main

import (
	"math"

	"github.com/radia-go/radia/internal/pcg32"
)

// Seeds of everything random; the same points and parameters in every run.
const (
	pointSeed  = 21
	paramSeed  = 1337
	targetSeed = 23
)

// samplePlanes is the number of planes of a sample: position, direction as (d+1)/2, step.
const samplePlanes = 7

// stepLength is the distance between neighbouring samples of a ray: the smallest step of the reference.
var stepLength = float32(math.Sqrt(3) / 1024)

// randomPoints are uniform in the unit cube, with uniform directions.
func randomPoints(n int) []float32 {
	rng := pcg32.New(pointSeed)
	s := make([]float32, samplePlanes*n)
	for i := range n {
		d := direction(&rng)
		for k := range 3 {
			s[k*n+i], s[(3+k)*n+i] = rng.Float32(), (d[k]+1)/2
		}
		s[6*n+i] = stepLength
	}
	return s
}

// rayPoints are runs of 8 to 64 samples along rays in random places and directions, cut where a ray leaves the cube.
func rayPoints(n int) []float32 {
	rng := pcg32.New(pointSeed)
	s := make([]float32, samplePlanes*n)
	var p, d [3]float32
	left := 0
	for i := range n {
		for left == 0 || !inside(p) {
			d = direction(&rng)
			for k := range p {
				p[k] = rng.Float32()
			}
			left = 8 + int(rng.Uint32()%57)
		}
		for k := range 3 {
			s[k*n+i], s[(3+k)*n+i] = p[k], (d[k]+1)/2
			p[k] += stepLength * d[k]
		}
		s[6*n+i] = stepLength
		left--
	}
	return s
}

func inside(p [3]float32) bool {
	for _, x := range p {
		if x < 0 || x > 1 {
			return false
		}
	}
	return true
}

// direction is uniform on the sphere.
func direction(rng *pcg32.Source) [3]float32 {
	z, phi := 2*float64(rng.Float32())-1, 2*math.Pi*float64(rng.Float32())
	r := math.Sqrt(max(0, 1-z*z))
	return [3]float32{float32(r * math.Cos(phi)), float32(r * math.Sin(phi)), float32(z)}
}
