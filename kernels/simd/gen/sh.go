package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// harmonics writes sh4: the 16 spherical harmonics of degree 4 of a block of directions given as (d+1)/2.
func harmonics(v isa) {
	TEXT(fmt.Sprintf("sh4%s", v.name), NOSPLIT, "func(dst, dir *float32, vectors, stride int)")
	Doc(fmt.Sprintf("sh4%s writes 16 planes from 3; planes are stride bytes apart.", v.name))
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	dir := Load(Param("dir"), GP64())
	n := Load(Param("vectors"), GP64())
	stride := Load(Param("stride"), GP64())

	const (
		c0  = 0.28209479177387814
		c1  = 0.48860251190291987
		c2  = 1.0925484305920792
		c6a = 0.94617469575755997
		c6b = 0.31539156525251999
		c8  = 0.54627421529603959
		c9  = 0.59004358992664352
		c10 = 2.8906114426405538
		c11 = 0.45704579946446572
		c12 = 0.3731763325901154
		c14 = 1.4453057213202769
	)
	Label("loop")
	x, y, z := v.reg(), v.reg(), v.reg()
	p := GP64()
	MOVQ(dir, p)
	one := v.constant(1)
	for i, r := range []reg.VecVirtual{x, y, z} {
		if i > 0 {
			ADDQ(stride, p)
		}
		VMOVUPS(Mem{Base: p}, r)
		VADDPS(r, r, r)
		VSUBPS(one, r, r)
	}
	q := GP64()
	MOVQ(dst, q)
	put := func(r reg.VecVirtual) {
		VMOVUPS(r, Mem{Base: q})
		ADDQ(stride, q)
	}
	mul := func(a, b reg.VecVirtual) reg.VecVirtual { r := v.reg(); VMULPS(a, b, r); return r }
	sub := func(a, b reg.VecVirtual) reg.VecVirtual { r := v.reg(); VSUBPS(b, a, r); return r } // a-b
	add := func(a, b reg.VecVirtual) reg.VecVirtual { r := v.reg(); VADDPS(b, a, r); return r }
	scale := func(c float32, a reg.VecVirtual) reg.VecVirtual {
		r := v.reg()
		cv := v.constant(c)
		VMULPS(a, cv, r)
		return r
	}
	put(v.constant(c0))
	put(scale(-c1, y))
	put(scale(c1, z))
	put(scale(-c1, x))
	xy := mul(x, y)
	put(scale(c2, xy))
	put(scale(-c2, mul(y, z)))
	z2 := mul(z, z)
	put(sub(scale(c6a, z2), v.constant(c6b)))
	put(scale(-c2, mul(x, z)))
	x2, y2 := mul(x, x), mul(y, y)
	put(scale(c8, sub(x2, y2)))
	put(mul(scale(c9, y), sub(y2, scale(3, x2))))
	put(scale(c10, mul(xy, z)))
	f := sub(one, scale(5, z2))
	put(mul(scale(c11, y), f))
	put(mul(scale(c12, z), sub(scale(5, z2), v.constant(3))))
	put(mul(scale(c11, x), f))
	put(mul(scale(c14, z), sub(x2, y2)))
	put(mul(scale(c9, x), add(scale(-1, x2), scale(3, y2))))
	ADDQ(Imm(uint64(v.bytes)), dst)
	ADDQ(Imm(uint64(v.bytes)), dir)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
