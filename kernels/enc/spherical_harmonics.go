package enc

// SphericalHarmonics are the real spherical harmonics of a direction d, given as (d+1)/2, up to a degree n: n² outputs.
// Output l²+l+m holds, with the Condon–Shortley sign and for unit d,
//
//	Y_l^m = K_l^|m| · Q_l^|m|(z) · A_m(x, y)
//	Q_l^m = d^m P_l / dz^m  (P_l the Legendre polynomial),  A_m = Re (x+iy)^m, for m < 0 Im (x+iy)^|m|
//	K_l^m = (−1)^m · √((2l+1)/(4π) · (l−m)!/(l+m)!), times √2 for m > 0
//
// The direction is not normalised again.
var SphericalHarmonics = register(&Encoding{
	OType: "SphericalHarmonics", Stem: "spherical_harmonics", Kind: 0, Dims: 3, Pad: 1,
	Params:   []Param{{Key: "degree", Default: 4, Min: 1, Max: 8}},
	Outputs:  func(p Values, _ int) int { return int(p[0] * p[0]) },
	Forward:  sphericalHarmonicsForward,
	Backward: sphericalHarmonicsBackward,
})

// shK is K_l^m at l(l+1)/2 + m.
var shK = [36]float32{
	0.282094792,
	0.488602512, -0.488602512,
	0.630783131, -0.36418281, 0.182091405,
	0.746352665, -0.3046972, 0.0963537148, -0.0393362393,
	0.846284375, -0.267618617, 0.0630783131, -0.0168583883, 0.00596034034,
	0.93560258, -0.241571547, 0.0456527313, -0.00931882475, 0.00219646806, -0.000694584187,
	1.01710724, -0.221950995, 0.0350935337, -0.00584892228, 0.00106786222, -0.000227668991, 6.57223766e-05,
	1.09254843, -0.206472246, 0.0280973138, -0.00397356023, 0.000599036743, -9.98394572e-05, 1.95801285e-05, -5.23300945e-06,
}

// SH4 computes degrees 0 to 3 of the direction 2·d01 − 1.
func SH4(d01 [3]float32, o *[16]float32) {
	x, y, z := 2*d01[0]-1, 2*d01[1]-1, 2*d01[2]-1
	xx, yy, zz := float32(x*x), float32(y*y), float32(z*z)
	o[0] = 0.28209479177387814
	o[1] = -0.48860251190291987 * y
	o[2] = 0.48860251190291987 * z
	o[3] = -0.48860251190291987 * x
	o[4] = 1.0925484305920792 * (x * y)
	o[5] = -1.0925484305920792 * (y * z)
	o[6] = float32(0.94617469575755997*zz) - 0.31539156525251999
	o[7] = -1.0925484305920792 * (x * z)
	o[8] = 0.54627421529603959 * (xx - yy)
	o[9] = 0.59004358992664352 * (y * (yy - float32(3*xx)))
	o[10] = 2.8906114426405538 * (x * y * z)
	o[11] = 0.45704579946446572 * (y * (1 - float32(5*zz)))
	o[12] = 0.3731763325901154 * (z * (float32(5*zz) - 3))
	o[13] = 0.45704579946446572 * (x * (1 - float32(5*zz)))
	o[14] = 1.4453057213202769 * (z * (xx - yy))
	o[15] = 0.59004358992664352 * (x * (float32(3*yy) - xx))
}

func sphericalHarmonicsForward(p Values, in, out []float32) {
	degree := int(p[0])
	if degree <= 4 {
		var o [16]float32
		SH4([3]float32(in), &o)
		copy(out[:degree*degree], o[:])
		return
	}
	x, y, z := 2*in[0]-1, 2*in[1]-1, 2*in[2]-1
	re, im, first := float32(1), float32(0), float32(1)
	for m := range degree {
		q1, q := float32(0), first
		for l := m; l < degree; l++ {
			if l > m {
				next := (float32(float32(2*l-1)*float32(z*q)) - float32(float32(l+m-1)*q1)) / float32(l-m)
				q1, q = q, next
			}
			k := shK[l*(l+1)/2+m] * q
			out[l*l+l+m] = k * re
			if m > 0 {
				out[l*l+l-m] = k * im
			}
		}
		first *= float32(2*m + 1)
		re, im = float32(x*re)-float32(y*im), float32(x*im)+float32(y*re)
	}
}

func sphericalHarmonicsBackward(p Values, in, dy, dx []float32) {
	degree := int(p[0])
	x, y, z := 2*in[0]-1, 2*in[1]-1, 2*in[2]-1
	var sum [3]float32
	re, im, first := float32(1), float32(0), float32(1)
	var reBefore, imBefore float32
	for m := range degree {
		q1, q := float32(0), first
		var s1, s float32 // derivatives of q1 and q by z
		for l := m; l < degree; l++ {
			if l > m {
				a, b, c := float32(2*l-1), float32(l+m-1), float32(l-m)
				next := (float32(a*float32(z*q)) - float32(b*q1)) / c
				slope := (float32(a*(q+float32(z*s))) - float32(b*s1)) / c
				q1, q, s1, s = q, next, s, slope
			}
			k := shK[l*(l+1)/2+m]
			cosine, sine := k*dy[l*l+l+m], float32(0)
			if m > 0 {
				sine = k * dy[l*l+l-m]
			}
			n := float32(float32(m) * q)
			sum[0] += float32(n * (float32(cosine*reBefore) + float32(sine*imBefore)))
			sum[1] += float32(n * (float32(sine*reBefore) - float32(cosine*imBefore)))
			sum[2] += float32(s * (float32(cosine*re) + float32(sine*im)))
		}
		first *= float32(2*m + 1)
		reBefore, imBefore = re, im
		re, im = float32(x*reBefore)-float32(y*imBefore), float32(x*imBefore)+float32(y*reBefore)
	}
	for d := range sum {
		dx[d] = 2 * sum[d]
	}
}
