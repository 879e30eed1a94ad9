package oracle

import (
	"math"
	"math/bits"
)

// Show is what a mode makes of a composited pixel: shade, depth, alpha or cost, premultiplied and linear.
func Show(c [4]float64, depth, cost float64, mode int, linear bool, scale float64) [4]float64 {
	switch mode {
	case 1:
		v := 1.0
		if c[3] > 0.2 {
			v = depth * scale
		}
		return [4]float64{v, v, v, 1}
	case 2:
		return [4]float64{c[3], c[3], c[3], 1}
	case 3:
		// Piecewise linear through black, blue, red, yellow, white.
		stops := [5][3]float64{{0, 0, 0}, {0, 0, 1}, {1, 0, 0}, {1, 1, 0}, {1, 1, 1}}
		x := 4 * math.Min(math.Max(cost*scale, 0), 1)
		i := min(int(x), 3)
		f := x - float64(i)
		out := [4]float64{3: 1}
		for k := range 3 {
			out[k] = stops[i][k]*(1-f) + stops[i+1][k]*f
		}
		return out
	}
	if !linear {
		for k := range 3 {
			c[k] = ToLinear(c[k])
		}
	}
	return c
}

// Tone is background, exposure, curve and encoding of a mean colour.
func Tone(c, back [4]float64, exposure float64, curve int, shade, srgb bool) (out [4]float64) {
	rest := (1 - c[3]) * back[3]
	for k := range 3 {
		out[k] = c[k] + back[k]*rest
		if shade {
			out[k] *= math.Pow(2, exposure)
		}
	}
	luminance := 0.2126*out[0] + 0.7152*out[1] + 0.0722*out[2]
	hable := func(x float64) float64 {
		const a, b, c, d, e, f = .15, .5, .1, .2, .02, .3
		return (x*(a*x+c*b)+d*e)/(x*(a*x+b)+d*f) - e/f
	}
	for k := range 3 {
		if !shade {
			break
		}
		x := out[k]
		switch curve {
		case 1:
			x = x * (.9036*x + .018) / (x*(.8748*x+.354) + .14)
		case 2:
			x = hable(2*x) / hable(11.2)
		case 3:
			x /= 1 + luminance
		}
		if srgb {
			x = ToSRGB(math.Max(x, 0))
		}
		out[k] = x
	}
	out[3] = c[3] + rest
	return out
}

// Sobol is the Owen-scrambled Sobol point of an index, 24 bits each: the digits are reversed, mixed from the least
// significant up and reversed again (Burley 2020); the second dimension has the rows of Pascal's triangle modulo 2.
func Sobol(index, seed uint32) (p [2]float64) {
	mix := func(x, s uint32) uint32 {
		v := bits.Reverse32(x)
		v += s
		for _, m := range []uint32{0x6c50b47c, 0xb82f1e52, 0xc7afe638, 0x8d22f6e6} {
			v ^= v * m
		}
		return bits.Reverse32(v)
	}
	i := mix(index, seed)
	second := uint32(0)
	for row := range 32 {
		bit := uint32(0)
		for col := row; col < 32; col++ {
			if row&^col == 0 { // the binomial coefficient (col over row) is odd
				bit ^= i >> col & 1
			}
		}
		second |= bit << (31 - row)
	}
	for d, w := range []uint32{bits.Reverse32(i), second} {
		p[d] = float64(mix(w, seed^(uint32(d)+seed<<6+seed>>2))>>8) / (1 << 24)
	}
	return p
}

// Defocus moves a ray's origin on the lens and aims it at the same point of the plane in focus, for a lens that gives
// directions with a forward component of 1 before they are normalised.
func (c *Camera) Defocus(o, d [3]float64, s [2]float64, aperture, focus float64) ([3]float64, [3]float64) {
	x, y := 2*s[0]-1, 2*s[1]-1
	r, phi := y, math.Pi/2
	if math.Abs(x) > math.Abs(y) {
		r, phi = x, math.Pi/4*y/x
	} else if y != 0 {
		phi = math.Pi/2 - math.Pi/4*x/y
	}
	forward := 0.0
	for i := range d {
		forward += d[i] * c.Pose[i][2]
	}
	length := 0.0
	for i := range o {
		aim := o[i] + d[i]*focus/forward
		o[i] += aperture * r * (c.Pose[i][0]*math.Cos(phi) + c.Pose[i][1]*math.Sin(phi))
		d[i] = aim - o[i]
		length += d[i] * d[i]
	}
	for i := range d {
		d[i] /= math.Sqrt(length)
	}
	return o, d
}
