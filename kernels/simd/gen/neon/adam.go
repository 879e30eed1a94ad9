package main

// Words of adamArgs, in order.
const (
	aParams = iota
	aGrads
	aMoments1
	aMoments2
	aSteps
	aEma    // nil: no moving average
	aHalves // nil: no packed copy
	aCorrection
	aVectors
	aMatrix    // 1: the matrix range
	aNonfinite // out: gradients that were not finite
	aBase      // from here on float32 bits, but aLast
	aOne1
	aOne2
	aBeta1
	aBeta2
	aEpsilon
	aL2
	aScale
	aEmaOld
	aEmaNew
	aLast // the last index of the table of corrections
)

func adams() {
	begin("adamNEON", "updates whole registers of parameters.", "(a *byte)", "a")
	a := args{param("a")}
	n, matrix, ema, halves := a.load(aVectors), a.load(aMatrix), a.load(aEma), a.load(aHalves)
	table := a.load(aCorrection)
	var at [5]gp // params, grads, moments1, moments2, steps
	for i := range at {
		at[i] = a.load(aParams + i)
	}
	var c [aLast + 1]vec
	for i := aBase; i <= aLast; i++ {
		c[i] = a.splat(i)
	}
	bad := newVec() // minus the gradients that are not finite
	zero(bad)
	loop("loop", n, 1, func() {
		raw := load(at[aGrads], 0)
		// Outside matrices registers without a gradient are passed over: by the bits, so that -0 is replaced by 0 too.
		branch("CBNZ", "range", matrix)
		jumpIfNone(raw, "copies")
		label("range")
		store(ints(0), at[aGrads], 0)
		infinite := ieq(and(raw, ints(0x7f800000)), ints(0x7f800000))
		set(bad, iadd(bad, infinite))
		off := copyOf(infinite) // lanes that stay as they are
		branch("CBNZ", "update", matrix)
		set(off, or(off, isZero(raw)))
		label("update")
		update(at, c, table, matrix, off, raw)

		label("copies")
		unless("noema", ema, func() {
			store(fadd(fmul(load(ema, 0), c[aEmaOld]), fmul(load(at[aParams], 0), c[aEmaNew])), ema, 0)
			advance(ema, 16)
		})
		unless("nohalves", halves, func() {
			emit("FMOVD.P F?, 8(R?)", narrow(load(at[aParams], 0)), halves)
		})
		for _, p := range at {
			advance(p, 16)
		}
	})
	count := newGP()
	emit("VMOV V?.S[0], R?", total(bad), count)
	emit("NEGW R?, R?", count, count)
	a.store(aNonfinite, count)
	end()
}

// update takes a step with the lanes that are not off.
func update(at [5]gp, c [aLast + 1]vec, table, matrix gp, off, raw vec) {
	put := func(x, old vec, to gp) { store(choose(off, old, x), to, 0) }
	w := load(at[aParams], 0)
	g := fmul(raw, c[aScale])
	unless("nol2", matrix, func() { set(g, fadd(g, fmul(w, c[aL2]))) })

	// t and its correction.
	steps := load(at[aSteps], 0)
	t := iadd(steps, ints(1))
	put(t, steps, at[aSteps])
	t = umin(t, c[aLast])
	rate := fmul(gather(table, t), c[aBase])

	moment := func(p gp, beta, one, g vec) vec {
		old := load(p, 0)
		m := fadd(fmul(old, beta), fmul(g, one))
		put(m, old, p)
		return m
	}
	m := moment(at[aMoments1], c[aBeta1], c[aOne1], g)
	s := moment(at[aMoments2], c[aBeta2], c[aOne2], fmul(g, g))
	step := fmul(fdiv(rate, fadd(fsqrt(s), c[aEpsilon])), m)
	put(fsub(w, step), w, at[aParams])
}
