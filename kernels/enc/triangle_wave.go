package enc

// TriangleWave maps each input to triangle waves of doubling frequency, a cheap stand-in for Frequency:
//
//	y[N·d + k] = 4·|v − ⌊v⌋ − ½| − 1,  v = x_d·2^(k−1) + k/4,  k = 0 … N−1
var TriangleWave = register(&Encoding{
	OType: "TriangleWave", Stem: "triangle_wave", Kind: 2, Pad: 1,
	Params:   []Param{{Key: "n_frequencies", Default: 12, Min: 1, Max: 32}},
	Outputs:  func(p Values, dims int) int { return int(p[0]) * dims },
	Forward:  triangleWaveForward,
	Backward: triangleWaveBackward,
})

func triangleWaveForward(p Values, x, y []float32) {
	n := int(p[0])
	for d, x := range x {
		x *= 0.5
		for k := range n {
			t := fraction(x+0.25*float32(k)) - 0.5
			y[d*n+k] = float32(4*max(t, -t)) - 1
			x *= 2
		}
	}
}

// triangleWaveBackward takes the slope of |t| at t = 0 as +1.
func triangleWaveBackward(p Values, x, dy, dx []float32) {
	n := int(p[0])
	for d, x := range x {
		x *= 0.5
		slope, sum := float32(2), float32(0)
		for k := range n {
			s := -slope
			if fraction(x+0.25*float32(k)) >= 0.5 {
				s = slope
			}
			sum += float32(dy[d*n+k] * s)
			x *= 2
			slope *= 2
		}
		dx[d] = sum
	}
}
