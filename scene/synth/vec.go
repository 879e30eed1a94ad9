package synth

import "math"

type vec [3]float64

func (a vec) add(b vec) vec     { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a vec) sub(b vec) vec     { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vec) mul(s float64) vec { return vec{a[0] * s, a[1] * s, a[2] * s} }
func (a vec) times(b vec) vec   { return vec{a[0] * b[0], a[1] * b[1], a[2] * b[2]} }
func (a vec) dot(b vec) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vec) len() float64      { return math.Sqrt(a.dot(a)) }
func (a vec) norm() vec         { return a.mul(1 / a.len()) }
func (a vec) cross(b vec) vec {
	return vec{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
func (a vec) lerp(b vec, t float64) vec { return a.add(b.sub(a).mul(t)) }

func clamp01(v float64) float64 { return min(max(v, 0), 1) }

// smooth is the cubic step from 0 at a to 1 at b.
func smooth(a, b, x float64) float64 {
	t := clamp01((x - a) / (b - a))
	return t * t * (3 - 2*t)
}

// reflect mirrors direction d about the unit normal n.
func reflect(d, n vec) vec { return d.sub(n.mul(2 * d.dot(n))) }

// frame is a placed and turned coordinate system: local = R^T (p - at).
type frame struct {
	at      vec
	x, y, z vec
}

// turned places a frame, turned about z by yaw and then leaning by tilt about its own x axis (degrees).
func turned(at vec, yaw, tilt float64) frame {
	sy, cy := math.Sincos(yaw * math.Pi / 180)
	st, ct := math.Sincos(tilt * math.Pi / 180)
	x := vec{cy, sy, 0}
	y0, z0 := vec{-sy, cy, 0}, vec{0, 0, 1}
	return frame{at: at, x: x, y: y0.mul(ct).add(z0.mul(st)), z: z0.mul(ct).sub(y0.mul(st))}
}

func (f *frame) local(p vec) vec {
	d := p.sub(f.at)
	return vec{d.dot(f.x), d.dot(f.y), d.dot(f.z)}
}

func (f *frame) localDir(d vec) vec { return vec{d.dot(f.x), d.dot(f.y), d.dot(f.z)} }

// hash3 is a fixed integer mix of a lattice point to [0, 1).
func hash3(x, y, z int32, seed uint32) float64 {
	h := uint32(x)*0x8da6b343 ^ uint32(y)*0xd8163841 ^ uint32(z)*0xcb1ab31f ^ seed*0x9e3779b9
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(h) / (1 << 32)
}

// noise is value noise: smooth interpolation of hashed lattice values, in [0, 1).
func noise(p vec, seed uint32) float64 {
	var i [3]int32
	var f [3]float64
	for k, v := range p {
		fl := math.Floor(v)
		i[k], f[k] = int32(fl), v-fl
		f[k] *= f[k] * (3 - 2*f[k])
	}
	v := 0.0
	for z, wz := range [2]float64{1 - f[2], f[2]} {
		for y, wy := range [2]float64{1 - f[1], f[1]} {
			a := hash3(i[0], i[1]+int32(y), i[2]+int32(z), seed)
			b := hash3(i[0]+1, i[1]+int32(y), i[2]+int32(z), seed)
			v += wz * wy * (a + (b-a)*f[0])
		}
	}
	return v
}

// fbm sums octaves of noise, each twice as fine and half as strong; in [0, 1).
func fbm(p vec, octaves int, seed uint32) float64 {
	v, w, t := 0.0, 0.5, 0.0
	for o := 0; o < octaves; o++ {
		v += w * noise(p, seed+uint32(o))
		t += w
		w /= 2
		p = p.mul(2.03)
	}
	return v / t
}
