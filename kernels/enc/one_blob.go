package enc

import "math"

// OneBlob (Müller et al. 2019, neural importance sampling, section 4.3) spreads each input over n bins of [0,1]: output
// n·d + b is the integral over bin b of a quartic kernel of half width 1/n around x_d and its images x_d−1 and x_d+1:
//
//	Σ_image C((b+1) − n·x) − C(b − n·x),  C(u) = ½ + 15/16·(u − ⅔u³ + ⅕u⁵) on [−1, 1], 0 below, 1 above
var OneBlob = register(&Encoding{
	OType: "OneBlob", Stem: "one_blob", Kind: 3, Pad: 1,
	Params:   []Param{{Key: "n_bins", Default: 16, Min: 1, Max: 256, PowerOfTwo: true}},
	Outputs:  func(p Values, dims int) int { return int(p[0]) * dims },
	Forward:  oneBlobForward,
	Backward: oneBlobBackward,
})

func fraction(x float32) float32 { return x - float32(math.Floor(float64(x))) }

func oneBlobCDF(u float32) float32 {
	u = min(max(u, -1), 1)
	s := float32(u * u)
	return 0.5 + float32(0.9375*float32(u*(1+float32(s*(float32(0.2*s)-0.666666687)))))
}

func oneBlobKernel(u float32) float32 {
	s := max(1-float32(u*u), 0)
	return float32(0.9375 * float32(s*s))
}

func oneBlobForward(p Values, x, y []float32) {
	n := int(p[0])
	for d, x := range x {
		for b := range n {
			var sum float32
			for image := float32(-1); image <= 1; image++ {
				u := float32(b) - float32((x+image)*float32(n))
				sum += oneBlobCDF(u+1) - oneBlobCDF(u)
			}
			y[d*n+b] = sum
		}
	}
}

func oneBlobBackward(p Values, x, dy, dx []float32) {
	n := int(p[0])
	for d, x := range x {
		var total float32
		for b := range n {
			var sum float32
			for image := float32(-1); image <= 1; image++ {
				u := float32(b) - float32((x+image)*float32(n))
				sum += oneBlobKernel(u) - oneBlobKernel(u+1)
			}
			total += float32(dy[d*n+b] * float32(float32(n)*sum))
		}
		dx[d] = total
	}
}
