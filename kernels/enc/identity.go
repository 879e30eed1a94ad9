package enc

// Identity passes its inputs on: y[d] = scale·x_d + offset.
var Identity = register(&Encoding{
	OType: "Identity", Stem: "identity", Kind: 4, Pad: 1,
	Params: []Param{
		{Key: "scale", Default: 1, Min: -1e6, Max: 1e6, Float: true},
		{Key: "offset", Default: 0, Min: -1e6, Max: 1e6, Float: true},
	},
	Outputs: func(_ Values, dims int) int { return dims },
	Forward: func(p Values, x, y []float32) {
		for d, x := range x {
			y[d] = float32(p.float(0)*x) + p.float(1)
		}
	},
	Backward: func(p Values, _, dy, dx []float32) {
		for d := range dx {
			dx[d] = p.float(0) * dy[d]
		}
	},
})
