package kernels

import "math"

// vec3 is GLSL's vec3 in twins; every product that feeds a sum is rounded first.
type vec3 [3]float32

func (v vec3) add(w vec3) vec3 { return vec3{v[0] + w[0], v[1] + w[1], v[2] + w[2]} }
func (v vec3) sub(w vec3) vec3 { return vec3{v[0] - w[0], v[1] - w[1], v[2] - w[2]} }
func (v vec3) mul(s float32) vec3 {
	return vec3{float32(v[0] * s), float32(v[1] * s), float32(v[2] * s)}
}
func (v vec3) dot(w vec3) float32 {
	return float32(v[0]*w[0]) + float32(v[1]*w[1]) + float32(v[2]*w[2])
}

func (v vec3) cross(w vec3) vec3 {
	return vec3{float32(v[1]*w[2]) - float32(v[2]*w[1]), float32(v[2]*w[0]) - float32(v[0]*w[2]), float32(v[0]*w[1]) - float32(v[1]*w[0])}
}

func sqrt32(v float32) float32  { return float32(math.Sqrt(float64(v))) }
func floor32(v float32) float32 { return float32(math.Floor(float64(v))) }
func ceil32(v float32) float32  { return float32(math.Ceil(float64(v))) }
func inf32(v float32) bool      { return !(abs32(v) < 3e38) }
