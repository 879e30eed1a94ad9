package main

// Words of radianceArgs, in order.
const (
	radDst = iota
	radRaw // 4 planes: r, g, b, density
	radDt
	radVectors
	radDstStride // bytes from plane to plane
	radRawStride
	radSlope // 1: a fifth plane, e^density within the bounds of the gradient
)

// radiances writes what is transmitted through each sample, its colour and the slope of its density.
func radiances() {
	begin("radianceNEON", "evaluates the activations of whole registers of samples.", "(a *byte)", "a")
	a := args{param("a")}
	dst, raw, dt, n := a.load(radDst), a.load(radRaw), a.load(radDt), a.load(radVectors)
	dstStride, rawStride, slope := a.load(radDstStride), a.load(radRawStride), a.load(radSlope)
	loop("loop", n, 1, func() {
		p, q, colours := copyGP(raw), sumGP(dst, dstStride), newGP()
		emit("MOVD $3, R?", colours)
		loop("colours", colours, 1, func() {
			store(sigmoid(load(p, 0)), q, 0)
			addTo(p, rawStride)
			addTo(q, dstStride)
		})
		density := load(p, 0)
		thickness := fmul(exp(density), load(dt, 0))
		store(exp(fneg(thickness)), dst, 0)
		unless("next", slope, func() {
			store(exp(least(constant(15), most(constant(-15), density))), q, 0)
		})
		for _, r := range []gp{dst, raw, dt} {
			advance(r, 16)
		}
	})
	end()

	begin("expsNEON", "writes factor·e^src for whole registers.", "(dst, src *float32, vectors int, factor float32)", "dst", "src", "vectors", "factor*4")
	to, from, left, factor := param("dst"), param("src"), param("vectors"), floatParam("factor")
	loop("loop", left, 1, func() {
		store(fmul(exp(load(from, 0)), factor), to, 0)
		advance(to, 16)
		advance(from, 16)
	})
	end()
}
