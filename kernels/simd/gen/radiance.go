package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

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

// radiances writes radianceX: what is transmitted through each sample, its colour and the slope of its density.
func radiances(v isa) {
	TEXT("radiance"+v.name, NOSPLIT, "func(a *byte)")
	Doc("radiance" + v.name + " evaluates the activations of whole registers of samples.")
	Pragma("noescape")
	a := args{Load(Param("a"), GP64())}
	dst, raw, dt, n := a.load(radDst), a.load(radRaw), a.load(radDt), a.load(radVectors)
	dstStride, rawStride, slope := a.load(radDstStride), a.load(radRawStride), a.load(radSlope)
	p, q := GP64(), GP64()

	Label("loop")
	MOVQ(raw, p)
	LEAQ(Mem{Base: dst, Index: dstStride, Scale: 1}, q)
	for range 3 {
		x := v.reg()
		VMOVUPS(Mem{Base: p}, x)
		VMOVUPS(v.sigmoid(x), Mem{Base: q})
		ADDQ(rawStride, p)
		ADDQ(dstStride, q)
	}
	density := v.reg()
	VMOVUPS(Mem{Base: p}, density)
	thickness := v.mul(v.exp(density), Mem{Base: dt})
	VMOVUPS(v.exp(v.xor(thickness, v.ints(1<<31))), Mem{Base: dst})
	TESTQ(slope, slope)
	JZ(LabelRef("next"))
	VMOVUPS(v.exp(v.least(v.constant(15), v.most(v.constant(-15), density))), Mem{Base: q})
	Label("next")
	for _, r := range []Op{dst, raw, dt} {
		ADDQ(Imm(uint64(v.bytes)), r)
	}
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()

	TEXT("exps"+v.name, NOSPLIT, "func(dst, src *float32, vectors int, factor float32)")
	Doc("exps" + v.name + " writes factor·e^src for whole registers.")
	Pragma("noescape")
	to, from := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	left := Load(Param("vectors"), GP64())
	factor := v.reg()
	f, _ := Param("factor").Resolve()
	VBROADCASTSS(f.Addr, factor)
	Label("loop")
	x := v.reg()
	VMOVUPS(Mem{Base: from}, x)
	VMOVUPS(v.mul(v.exp(x), factor), Mem{Base: to})
	ADDQ(Imm(uint64(v.bytes)), to)
	ADDQ(Imm(uint64(v.bytes)), from)
	SUBQ(Imm(1), left)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
