package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The operations below round after every step, as the twins do: no fused multiply-adds, so that results are equal bit by
// bit.

func (v isa) mul(a, b Op) reg.VecVirtual { r := v.reg(); VMULPS(b, a, r); return r }
func (v isa) add(a, b Op) reg.VecVirtual { r := v.reg(); VADDPS(b, a, r); return r }
func (v isa) sub(a, b Op) reg.VecVirtual { r := v.reg(); VSUBPS(b, a, r); return r } // a-b
func (v isa) div(a, b Op) reg.VecVirtual { r := v.reg(); VDIVPS(b, a, r); return r } // a/b

// least and most give b where one is NaN or both are 0.
func (v isa) least(a, b Op) reg.VecVirtual { r := v.reg(); VMINPS(b, a, r); return r }
func (v isa) most(a, b Op) reg.VecVirtual  { r := v.reg(); VMAXPS(b, a, r); return r }

func (v isa) iadd(a, b Op) reg.VecVirtual { r := v.reg(); VPADDD(b, a, r); return r }
func (v isa) isub(a, b Op) reg.VecVirtual { r := v.reg(); VPSUBD(b, a, r); return r } // a-b

func (v isa) and(a, b Op) reg.VecVirtual {
	r := v.reg()
	if v.bytes == 64 {
		VPANDD(b, a, r)
	} else {
		VPAND(b, a, r)
	}
	return r
}

func (v isa) or(a, b Op) reg.VecVirtual {
	r := v.reg()
	if v.bytes == 64 {
		VPORD(b, a, r)
	} else {
		VPOR(b, a, r)
	}
	return r
}

func (v isa) xor(a, b Op) reg.VecVirtual {
	r := v.reg()
	if v.bytes == 64 {
		VPXORD(b, a, r)
	} else {
		VPXOR(b, a, r)
	}
	return r
}

func (v isa) shl(a reg.VecVirtual, n uint64) reg.VecVirtual {
	r := v.reg()
	VPSLLD(Imm(n), a, r)
	return r
}

func (v isa) shr(a reg.VecVirtual, n uint64) reg.VecVirtual {
	r := v.reg()
	VPSRLD(Imm(n), a, r)
	return r
}

func (v isa) sar(a reg.VecVirtual, n uint64) reg.VecVirtual {
	r := v.reg()
	VPSRAD(Imm(n), a, r)
	return r
}

// round rounds to an integer value: 1 down, 2 up.
func (v isa) round(a reg.VecVirtual, mode uint64) reg.VecVirtual {
	r := v.reg()
	if v.bytes == 64 {
		VRNDSCALEPS(Imm(8|mode), a, r)
	} else {
		VROUNDPS(Imm(8|mode), a, r)
	}
	return r
}

// toInt truncates.
func (v isa) toInt(a reg.VecVirtual) reg.VecVirtual {
	r := v.reg()
	VCVTTPS2DQ(a, r)
	return r
}

// Predicates of compare; all are false for NaN.
const (
	eq = 0
	ne = 12
	lt = 17
	le = 18
	ge = 29
	gt = 30
)

// mask selects lanes: an opmask register, or the sign bits of a vector.
type mask struct {
	k reg.OpmaskVirtual
	v reg.VecVirtual
}

// compare sets the lanes where a is (predicate) b.
func (v isa) compare(a Op, predicate uint64, b Op) mask {
	if v.bytes == 64 {
		m := mask{k: K()}
		VCMPPS(Imm(predicate), b, a, m.k)
		return m
	}
	m := mask{v: v.reg()}
	VCMPPS(Imm(predicate), b, a, m.v)
	return m
}

// choose is yes where m is set, else no.
func (v isa) choose(m mask, yes, no reg.VecVirtual) reg.VecVirtual {
	r := v.reg()
	if v.bytes == 64 {
		VMOVAPS(no, r)
		VMOVAPS(yes, m.k, r)
	} else {
		VBLENDVPS(m.v, yes, no, r)
	}
	return r
}

// exp is math32.Exp.
func (v isa) exp(x reg.VecVirtual) reg.VecVirtual {
	n := v.round(v.add(v.mul(x, v.constant(1.44269502)), v.constant(0.5)), 1)
	n = v.least(v.most(n, v.constant(-127)), v.constant(128))
	r := v.sub(x, v.mul(n, v.constant(0.693145751953125)))
	r = v.sub(r, v.mul(n, v.constant(1.428606765330187e-06)))
	p := v.constant(0.0013926184037700295)
	for _, c := range []float32{0.008363178931176662, 0.041666556149721146, 0.16666576266288757, 0.5} {
		p = v.add(v.mul(p, r), v.constant(c))
	}
	p = v.add(v.mul(p, v.mul(r, r)), r)
	p = v.add(p, v.constant(1))
	k := v.toInt(n)
	half := v.sar(k, 1)
	bias := v.ints(127)
	s := v.mul(p, v.shl(v.iadd(half, bias), 23))
	s = v.mul(s, v.shl(v.iadd(v.isub(k, half), bias), 23))
	zero := v.reg()
	v.zero(zero)
	s = v.choose(v.compare(x, lt, v.constant(-87.336544)), zero, s)
	return v.choose(v.compare(x, gt, v.constant(88.72283)), v.ints(0x7f800000), s)
}

// log is math32.Log of normal positive numbers.
func (v isa) log(x reg.VecVirtual) reg.VecVirtual {
	shifted := v.iadd(x, v.ints(0x3f800000-0x3f3504f3))
	n := v.reg()
	VCVTDQ2PS(v.isub(v.shr(shifted, 23), v.ints(127)), n)
	f := v.sub(v.iadd(v.and(shifted, v.ints(0x7fffff)), v.ints(0x3f3504f3)), v.constant(1))
	p := v.constant(-0.0790274366736412)
	for _, c := range []float32{0.12622319161891937, -0.12998183071613312, 0.14214496314525604, -0.166412815451622,
		0.20001044869422913, -0.25000306963920593, 0.3333333134651184} {
		p = v.add(v.mul(p, f), v.constant(c))
	}
	z := v.mul(f, f)
	y := v.mul(p, v.mul(z, f))
	y = v.add(y, v.mul(n, v.constant(1.428606765330187e-06)))
	y = v.sub(y, v.mul(z, v.constant(0.5)))
	y = v.add(y, f)
	return v.add(y, v.mul(n, v.constant(0.693145751953125)))
}

// sigmoid is math32.Sigmoid.
func (v isa) sigmoid(x reg.VecVirtual) reg.VecVirtual {
	e := v.exp(v.or(x, v.ints(1<<31)))
	one := v.constant(1)
	d := v.div(one, v.add(one, e))
	zero := v.reg()
	v.zero(zero)
	return v.choose(v.compare(x, ge, zero), d, v.mul(e, d))
}
