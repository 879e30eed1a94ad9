package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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

func adams(v isa) {
	TEXT("adam"+v.name, NOSPLIT, "func(a *byte)")
	Doc("adam" + v.name + " updates whole registers of parameters.")
	Pragma("noescape")
	a := args{Load(Param("a"), GP64())}
	offset, n := GP64(), a.load(aVectors)
	XORQ(offset, offset)
	bad := GP64()
	XORQ(bad, bad)
	zero := v.reg()
	v.zero(zero)

	pointer := func(i int) Mem {
		p := a.load(i)
		return Mem{Base: p, Index: offset, Scale: 1}
	}
	splat := func(i int) reg.VecVirtual {
		r := v.reg()
		VBROADCASTSS(a.mem(i), r)
		return r
	}
	// compare sets lanes where x is (predicate) y; predicate 0 is equality, 4 its opposite.
	compare := func(predicate uint64, x, y reg.VecVirtual) mask {
		if v.bytes == 64 {
			m := mask{k: K()}
			VCMPPS(Imm(predicate), y, x, m.k)
			return m
		}
		m := mask{v: v.reg()}
		VCMPPS(Imm(predicate), y, x, m.v)
		return m
	}
	bits := func(m mask) reg.GPVirtual {
		r := GP64()
		if v.bytes == 64 {
			KMOVW(m.k, r.As32())
		} else {
			VMOVMSKPS(m.v, r.As32())
		}
		return r
	}
	put := func(m mask, x reg.VecVirtual, to Mem) {
		if v.bytes == 64 {
			VMOVUPS(x, m.k, to)
		} else {
			VMASKMOVPS(x, m.v, to)
		}
	}

	Label("loop")
	raw := v.reg()
	grads := pointer(aGrads)
	VMOVUPS(grads, raw)
	// Not finite: the exponent is all ones, so the float of the exponent alone is infinite.
	exponent, inf := v.reg(), v.ints(0x7f800000)
	logicAnd(v, raw, inf, exponent)
	finite := compare(4, exponent, inf) // not equal
	nonzero := compare(4, raw, zero)
	matrix := a.load(aMatrix)
	TESTQ(matrix, matrix)
	JNZ(LabelRef("range"))
	// By the bits, so that a gradient of -0 is replaced by 0 too.
	if v.bytes == 64 {
		some := mask{k: K()}
		VPTESTMD(raw, raw, some.k)
		s := bits(some)
		TESTQ(s, s)
	} else {
		VPTEST(raw, raw)
	}
	JZ(LabelRef("copies"))
	Label("range")
	VMOVUPS(zero, grads)
	all := bits(finite)
	XORQ(U32(1<<v.lanes-1), all)
	POPCNTQ(all, all)
	ADDQ(all, bad)
	TESTQ(matrix, matrix)
	JNZ(LabelRef("update"))
	if v.bytes == 64 {
		KANDW(finite.k, nonzero.k, finite.k)
	} else {
		VANDPS(finite.v, nonzero.v, finite.v)
	}
	Label("update")
	update(v, a, pointer, splat, put, finite, raw)

	Label("copies")
	average(v, pointer, splat, a, offset)
	ADDQ(Imm(uint64(v.bytes)), offset)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))
	MOVQ(bad, a.mem(aNonfinite))
	VZEROUPPER()
	RET()
}

func logicAnd(v isa, x, y, to reg.VecVirtual) {
	if v.bytes == 64 {
		VPANDD(x, y, to)
	} else {
		VPAND(x, y, to)
	}
}

func update(v isa, a args, pointer func(int) Mem, splat func(int) reg.VecVirtual, put func(mask, reg.VecVirtual, Mem), on mask, raw reg.VecVirtual) {
	wAt, m1At, m2At, stepsAt := pointer(aParams), pointer(aMoments1), pointer(aMoments2), pointer(aSteps)
	w, g, x := v.reg(), v.reg(), v.reg()
	VMOVUPS(wAt, w)
	VMULPS(splat(aScale), raw, g)
	matrix := a.load(aMatrix)
	TESTQ(matrix, matrix)
	JZ(LabelRef("nol2"))
	VMULPS(splat(aL2), w, x)
	VADDPS(x, g, g)
	Label("nol2")

	// t and its correction.
	t, last := v.reg(), splat(aLast)
	one := v.ints(1)
	VPADDD(stepsAt, one, t)
	put(on, t, stepsAt)
	VPMINUD(last, t, t)
	rate := v.reg()
	v.zero(rate)
	table := a.load(aCorrection)
	if v.bytes == 64 {
		k := K()
		KMOVW(on.k, k)
		VGATHERDPS(Mem{Base: table, Index: t, Scale: 4}, k, rate)
	} else {
		k := v.reg()
		VMOVUPS(on.v, k)
		VGATHERDPS(k, Mem{Base: table, Index: t, Scale: 4}, rate)
	}
	VMULPS(splat(aBase), rate, rate)

	moment := func(at Mem, beta, one int, g reg.VecVirtual) reg.VecVirtual {
		m, y := v.reg(), v.reg()
		VMULPS(at, splat(beta), m)
		VMULPS(splat(one), g, y)
		VADDPS(y, m, m)
		put(on, m, at)
		return m
	}
	m := moment(m1At, aBeta1, aOne1, g)
	VMULPS(g, g, g)
	s := moment(m2At, aBeta2, aOne2, g)
	VSQRTPS(s, s)
	VADDPS(splat(aEpsilon), s, s)
	VDIVPS(s, rate, rate)
	VMULPS(m, rate, rate)
	VSUBPS(rate, w, w)
	put(on, w, wAt)
}

// average forms the moving average and the packed copy of the parameters as they are now.
func average(v isa, pointer func(int) Mem, splat func(int) reg.VecVirtual, a args, offset reg.GPVirtual) {
	for i, name := range []string{"ema", "halves"} {
		p := a.load(aEma + i)
		TESTQ(p, p)
		JZ(LabelRef("no" + name))
		w := v.reg()
		VMOVUPS(pointer(aParams), w)
		if i == 0 {
			e := v.reg()
			m := Mem{Base: p, Index: offset, Scale: 1}
			VMULPS(m, splat(aEmaOld), e)
			VMULPS(splat(aEmaNew), w, w)
			VADDPS(w, e, e)
			VMOVUPS(e, m)
		} else {
			half := GP64()
			MOVQ(offset, half)
			SHRQ(Imm(1), half)
			VCVTPS2PH(Imm(0), w, Mem{Base: p, Index: half, Scale: 1})
		}
		Label(fmt.Sprintf("no%s", name))
	}
}
