package enc

import "github.com/radia-go/radia/internal/math32"

// Frequency maps each input to sines and cosines of doubling frequency (Mildenhall et al. 2020, equation 4):
//
//	y[2N·d + k] = sin(π·2^⌊k/2⌋·x_d + (k mod 2)·π/2),  k = 0 … 2N−1
var Frequency = register(&Encoding{
	OType: "Frequency", Stem: "frequency", Kind: 1, Pad: 1,
	Params:   []Param{{Key: "n_frequencies", Default: 12, Min: 1, Max: 32}},
	Outputs:  func(p Values, dims int) int { return 2 * int(p[0]) * dims },
	Forward:  frequencyForward,
	Backward: frequencyBackward,
})

func frequencyForward(p Values, x, y []float32) {
	n := int(p[0])
	for d, x := range x {
		for j := range n {
			y[2*(d*n+j)] = math32.SinPi(x)
			y[2*(d*n+j)+1] = math32.CosPi(x)
			x *= 2
		}
	}
}

func frequencyBackward(p Values, x, dy, dx []float32) {
	n := int(p[0])
	for d, x := range x {
		slope, sum := float32(3.14159265358979), float32(0)
		for j := range n {
			k := 2 * (d*n + j)
			sum += float32(slope * (float32(dy[k]*math32.CosPi(x)) - float32(dy[k+1]*math32.SinPi(x))))
			x *= 2
			slope *= 2
		}
		dx[d] = sum
	}
}
