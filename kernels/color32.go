package kernels

// The statements of shaders/lib/color.glsl, radiance.glsl in Go.

func srgbToLinear(s float32) float32 {
	if s <= 0.04045 {
		return s / 12.92
	}
	return rPow((s+0.055)/1.055, 2.4)
}

func linearToSrgb(v float32) float32 {
	if v < 0.0031308 {
		return 12.92 * v
	}
	return float32(1.055*rPow(v, 0.41666)) - 0.055
}

func (v vec3) srgbToLinear() vec3 {
	return vec3{srgbToLinear(v[0]), srgbToLinear(v[1]), srgbToLinear(v[2])}
}

func (v vec3) linearToSrgb() vec3 {
	return vec3{linearToSrgb(v[0]), linearToSrgb(v[1]), linearToSrgb(v[2])}
}

// terminated is the transmittance below which training rays end.
const terminated = float32(1e-4)

func clamp32(v, lo, hi float32) float32 { return min(max(v, lo), hi) }

func colorOf(raw float32, hdr bool) float32 {
	if hdr {
		return rExp(clamp32(raw, -10, 10))
	}
	return rSigmoid(raw)
}

func colorSlope(value float32, hdr bool) float32 {
	if hdr {
		return value
	}
	return value * (1 - value)
}

func densityOf(raw float32) float32    { return rExp(raw) }
func densitySlope(raw float32) float32 { return rExp(clamp32(raw, -15, 15)) }
