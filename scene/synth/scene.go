// Package synth is a procedural scene with exact ground truth: a ray-traced still life of glossy, matte and metal solids on a pedestal,
// inside the cube that scene.DefaultTransform maps to the unit cube. Any camera can be rendered, so that tests and demonstrations compare
// with the truth, and Write makes a NeRF-synthetic data set of it, so that nothing has to be downloaded.
//
// Coordinates are those of NeRF-synthetic files (z up). Everything follows from a seed; no random sampling takes place, so that a surface
// point has one colour from one direction, whatever picture it is seen in.
package synth

import "math"

// look is a surface's colour (linear light) and gloss at one point.
type look struct {
	albedo vec
	gloss  float64 // sharpness of the highlight: exponent
	mirror float64 // reflectance at normal incidence, 0.04 for lacquer
	metal  bool    // reflections take the albedo's colour and nothing is diffuse
}

// skin gives the look at a point p of the object's frame with world normal n.
type skin func(p, n vec) look

// Scene is a still life. Its methods may be called from many goroutines.
type Scene struct {
	objects []object
	all     []*object
	seed    uint32
	field   *field
}

const ground = -0.5 // top of the pedestal

func lacquer(c vec) look { return look{albedo: c, gloss: 300, mirror: 0.045} }
func matte(c vec) look   { return look{albedo: c, gloss: 12, mirror: 0.008} }
func metal(c vec) look   { return look{albedo: c, gloss: 120, mirror: 1, metal: true} }

// New builds the scene of a seed. Seeds change the textures' grain and turn the arrangement slightly.
func New(seed int64) *Scene {
	s := &Scene{seed: uint32(seed)*747796405 + 2891336453}
	turn := 360 * hash3(1, 2, 3, s.seed)
	at := func(x, y, z float64) vec {
		sn, c := math.Sincos(turn * math.Pi / 180)
		return vec{c*x - sn*y, sn*x + c*y, ground + z}
	}
	add := func(sh shape, f frame, k skin) { s.objects = append(s.objects, place(sh, f, k)) }
	plain := func(l look) skin { return func(vec, vec) look { return l } }

	add(drum{1.26, 0.09, 0.035}, turned(vec{0, 0, ground - 0.09}, turn, 0), s.pedestal)
	// The planet and its ring.
	planet := at(-0.08, 0.30, 0.56)
	add(ball{0.46}, turned(planet, turn+20, 18), s.planet)
	add(torus{0.66, 0.028}, turned(planet, turn+20, 18), plain(metal(vec{0.95, 0.72, 0.36})))
	add(drum{0.26, 0.055, 0.03}, turned(at(-0.08, 0.30, 0.055), turn, 0), plain(lacquer(vec{0.05, 0.055, 0.07})))
	// Around it.
	add(torus{0.25, 0.095}, turned(at(0.70, -0.22, 0.315), turn+35, 68), s.candy)
	add(brick{vec{0.21, 0.21, 0.21}, 0.045}, turned(at(-0.70, -0.34, 0.21), turn+28, 0), s.tiles)
	add(ball{0.17}, turned(at(-0.70, -0.34, 0.59), turn, 0), plain(metal(vec{0.93, 0.94, 0.96})))
	add(ball{0.205}, turned(at(0.17, -0.62, 0.205), turn+40, 25), s.marble)
	add(ball{0.115}, turned(at(-0.22, -0.86, 0.115), turn, 0), plain(lacquer(vec{0.95, 0.56, 0.06})))
	add(cone{0.20, 0.03, 0.29}, turned(at(0.70, 0.52, 0.29), turn, 0), s.stripes)
	add(brick{vec{0.11, 0.11, 0.11}, 0.03}, turned(at(0.53, -0.86, 0.11), turn+62, 0), plain(matte(vec{0.30, 0.10, 0.42})))
	add(ball{0.09}, turned(at(-0.98, 0.24, 0.09), turn, 0), plain(lacquer(vec{0.02, 0.42, 0.40})))
	add(ball{0.075}, turned(at(0.98, 0.14, 0.075), turn, 0), plain(lacquer(vec{0.80, 0.06, 0.10})))
	for i := range s.objects {
		s.all = append(s.all, &s.objects[i])
	}
	s.field = tabulate(s.objects)
	return s
}

// pedestal: a checkered top in cream and slate with a brass inlay, and a dark side.
func (s *Scene) pedestal(p, n vec) look {
	r := math.Hypot(p[0], p[1])
	if n[2] < 0.5 {
		return lacquer(vec{0.045, 0.05, 0.065})
	}
	if r > 1.13 && r < 1.165 {
		l := metal(vec{0.90, 0.66, 0.32})
		l.gloss = 60
		return l
	}
	if r >= 1.165 {
		return lacquer(vec{0.045, 0.05, 0.065})
	}
	const cell = 0.19
	grain := 0.88 + 0.24*(fbm(p.mul(9), 3, s.seed+11)-0.5)
	if (int(math.Floor(p[0]/cell))+int(math.Floor(p[1]/cell)))&1 == 0 {
		l := lacquer(vec{0.78, 0.72, 0.62}.mul(grain))
		l.mirror = 0.03
		return l
	}
	l := lacquer(vec{0.10, 0.125, 0.16}.mul(grain))
	l.mirror = 0.03
	return l
}

// planet: bands of warm and cool colours bent by turbulence.
func (s *Scene) planet(p, _ vec) look {
	p = p.mul(1 / 0.46)
	warp := fbm(p.mul(2.4), 4, s.seed+23) - 0.5
	v := p[2]*3.1 + 1.5*warp + 0.25*(fbm(vec{p[0] * 3, p[1] * 3, p[2] * 14}, 3, s.seed+31)-0.5)
	ramp := [...]vec{{0.55, 0.10, 0.06}, {0.86, 0.34, 0.12}, {0.93, 0.70, 0.42}, {0.80, 0.30, 0.14}, {0.90, 0.82, 0.66}, {0.25, 0.36, 0.44}}
	x := v - math.Floor(v/6)*6
	i := int(x) % 6
	return lacquer(ramp[i].lerp(ramp[(i+1)%6], smooth(0.25, 0.75, x-float64(i))))
}

// candy: two colours wound around the torus.
func (s *Scene) candy(p, _ vec) look {
	around := math.Atan2(p[1], p[0])
	tube := math.Atan2(p[2], math.Hypot(p[0], p[1])-0.25)
	w := math.Sin(9*around + 2*tube)
	return lacquer(vec{0.80, 0.035, 0.10}.lerp(vec{0.93, 0.90, 0.86}, smooth(-0.12, 0.12, w)))
}

// tiles: a matte teal cube with a lighter grid of rounded squares.
func (s *Scene) tiles(p, _ vec) look {
	const n = 0.105
	d := -1.0
	for k := 0; k < 3; k++ {
		if math.Abs(p[k]) > 0.19 {
			continue // the axis the face looks along
		}
		f := p[k]/n - math.Floor(p[k]/n) - 0.5
		d = max(d, math.Abs(f))
	}
	return matte(vec{0.03, 0.36, 0.38}.lerp(vec{0.62, 0.80, 0.72}, smooth(0.34, 0.30, d)))
}

// marble: white stone with dark veins.
func (s *Scene) marble(p, _ vec) look {
	q := p.mul(6)
	v := math.Abs(math.Sin(q[0]*1.1 + q[2]*0.7 + 6*(fbm(q, 5, s.seed+41)-0.5)))
	return lacquer(vec{0.86, 0.85, 0.83}.lerp(vec{0.09, 0.12, 0.20}, math.Pow(1-v, 5)))
}

// stripes: horizontal rings on the cone.
func (s *Scene) stripes(p, _ vec) look {
	w := math.Sin(p[2] * 38)
	return matte(vec{0.93, 0.72, 0.16}.lerp(vec{0.08, 0.15, 0.36}, smooth(-0.15, 0.15, w)))
}
