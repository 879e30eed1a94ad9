package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of marchArgs, in order. First come registers of 16 values, one of each ray of a packet.
const (
	mOrigin    = 8 * iota // three registers
	_                     // y
	_                     // z
	mDirection            // three
	_
	_
	mN0    // number of the lattice point before k = 0
	mTmax  // where the ray ends
	mK     // lattice points passed
	mLimit // samples wanted
	mCount // samples found
	mAt    // where the next sample is written
	mEnd
)

// Then words of 8 bytes.
const (
	mActive    = mEnd + iota // in, out: a bit for each ray that goes on
	mLeast                   // return when so many rays or fewer go on
	mBudget                  // in, out: return when so many points have been looked at, too
	mOccupancy               // bitfield
	mOut                     // plane of x; nil: samples are only counted
	mStride                  // bytes from plane to plane of samples
	mStep                    // from place to place of a ray's samples
	mLo                      // three floats, each in 8 bytes
	_
	_
	mInv // three floats
	_
	_
	mMaxMip
	mMinMip
	mByStep // 1: the cascade depends on the step too
	mCone   // from here on floats
	mLambda
	mA
	mB
	mTa
	mTb
	mHalf // 0, or 32 for the second half of a packet: forms that march eight rays
	mOwn  // their own memory
)

// Numbers of the step law, as package kernels has them.
const (
	stepMin = 0.00169145586
	stepMax = 1.73205081
	farEnd  = 32768
)

// marcher builds the two functions that march a packet of 16 rays.
type marcher struct {
	isa
	a    args
	grow bool // steps grow along the ray
}

func marchers(v isa) {
	for _, grow := range []bool{false, true} {
		m := marcher{isa: v, grow: grow}
		if v.bytes == 64 {
			m.write()
		} else {
			halfMarcher{marcher: m}.write()
		}
	}
}

func (m marcher) splat(word int) reg.VecVirtual {
	r := m.reg()
	VBROADCASTSS(m.a.mem(word), r)
	return r
}

func (m marcher) isplat(word int) reg.VecVirtual {
	r := m.reg()
	VPBROADCASTD(m.a.mem(word), r)
	return r
}

func (m marcher) load(word int) reg.VecVirtual {
	r := m.reg()
	VMOVUPS(m.a.mem(word), r)
	return r
}

// within is compare among the lanes of on only.
func (m marcher) within(on reg.OpmaskVirtual, a Op, predicate uint64, b Op) reg.OpmaskVirtual {
	k := K()
	VCMPPS(Imm(predicate), b, a, on, k)
	return k
}

// andNot is a without b.
func andNot(a, b reg.OpmaskVirtual) reg.OpmaskVirtual {
	k := K()
	KANDNW(a, b, k)
	return k
}

func jumpIfNone(k reg.OpmaskVirtual, label string) {
	KORTESTW(k, k)
	JZ(LabelRef(label))
}

// position is StepLaw.position.
func (m marcher) position(n reg.VecVirtual) reg.VecVirtual {
	if !m.grow {
		return m.mul(n, m.constant(stepMin))
	}
	below := m.add(m.mul(m.sub(n, m.splat(mA)), m.constant(stepMin)), m.splat(mTa))
	above := m.add(m.mul(m.sub(n, m.splat(mB)), m.constant(stepMax)), m.splat(mTb))
	between := m.exp(m.mul(n, m.splat(mLambda)))
	r := m.choose(m.compare(n, le, m.splat(mB)), between, above)
	return m.choose(m.compare(n, le, m.splat(mA)), below, r)
}

// number is StepLaw.number.
func (m marcher) number(t reg.VecVirtual) reg.VecVirtual {
	if !m.grow {
		return m.div(t, m.constant(stepMin))
	}
	below := m.add(m.div(m.sub(t, m.splat(mTa)), m.constant(stepMin)), m.splat(mA))
	above := m.add(m.div(m.sub(t, m.splat(mTb)), m.constant(stepMax)), m.splat(mB))
	between := m.div(m.log(t), m.splat(mLambda))
	r := m.choose(m.compare(t, le, m.splat(mTb)), between, above)
	return m.choose(m.compare(t, le, m.splat(mTa)), below, r)
}

// size is StepLaw.size.
func (m marcher) size(n, t reg.VecVirtual) reg.VecVirtual {
	if !m.grow {
		return m.constant(stepMin)
	}
	next := m.add(n, m.constant(1))
	a, b := m.splat(mA), m.splat(mB)
	first := m.compare(next, le, a).k
	last := m.compare(n, ge, b).k
	inside := m.within(m.compare(n, ge, a).k, next, le, b)
	r := m.choose(mask{k: last}, m.constant(stepMax), m.mul(t, m.splat(mCone)))
	r = m.choose(mask{k: first}, m.constant(stepMin), r)
	known := K()
	KORW(first, last, known)
	KORW(inside, known, known)
	KNOTW(known, known)
	jumpIfNone(known, "sized")
	edge := m.sub(m.position(next), t)
	VMOVAPS(edge, known, r)
	Label("sized")
	return r
}

// power2 is 2^(c-e) of integers c, for bias 127+c.
func (m marcher) power2(bias uint32, e reg.VecVirtual) reg.VecVirtual {
	return m.shl(m.isub(m.ints(bias), e), 23)
}

// exponent is frexpExponent of values that are not negative.
func (m marcher) exponent(x reg.VecVirtual) reg.VecVirtual {
	e := m.shr(x, 23)
	k := K()
	VPTESTMD(e, e, k)
	r := m.reg()
	VPSUBD_Z(m.ints(126), e, k, r)
	return r
}

// cascade is the cascade by position and, where asked for, by step.
func (m marcher) cascade(centred [3]reg.VecVirtual, dt reg.VecVirtual) reg.VecVirtual {
	far := m.and(centred[0], m.ints(0x7fffffff))
	for _, c := range centred[1:] {
		far = m.most(far, m.and(c, m.ints(0x7fffffff)))
	}
	mip := m.iadd(m.exponent(far), m.ints(1))
	most := m.isplat(mMaxMip)
	VPMAXSD(m.isplat(mMinMip), mip, mip)
	VPMINSD(most, mip, mip)
	if m.grow { // else no step is longer than a cell of the finest cascade
		byStep := m.a.load(mByStep)
		TESTQ(byStep, byStep)
		JZ(LabelRef("placed"))
		q := m.mul(dt, m.constant(256))
		k := m.compare(q, ge, m.constant(1)).k
		VPMAXSD(m.exponent(q), mip, k, mip)
		VPMINSD(most, mip, mip)
		Label("placed")
	}
	return mip
}

// occupied is the lanes of on whose cell in cascade mip is occupied.
func (m marcher) occupied(on reg.OpmaskVirtual, centred [3]reg.VecVirtual, mip reg.VecVirtual, low, high reg.VecVirtual) reg.OpmaskVirtual {
	s := m.power2(127, mip)
	in := on
	var cell reg.VecVirtual
	for d, c := range centred {
		q := m.mul(m.add(m.mul(c, s), m.constant(0.5)), m.constant(128))
		in = m.within(in, q, gt, m.constant(-1))
		in = m.within(in, q, lt, m.constant(128))
		x := m.toInt(q)
		spread, rest := m.reg(), m.reg()
		VPERMD(low, x, spread)
		VPERMD(high, m.shr(x, 4), rest)
		spread = m.or(spread, rest)
		if d == 0 {
			cell = spread
		} else {
			cell = m.or(cell, m.shl(spread, uint64(d)))
		}
	}
	word := m.iadd(m.shl(mip, 16), m.shr(cell, 5))
	bits, k := m.reg(), K()
	m.zero(bits)
	KMOVW(in, k)
	VPGATHERDD(Mem{Base: m.a.load(mOccupancy), Index: word, Scale: 4}, k, bits)
	r := m.reg()
	VPSRLVD(m.and(cell, m.ints(31)), bits, r)
	out := K()
	VPTESTMD(m.ints(1), r, in, out)
	return out
}

// exit is cellExit: the way to the edge of the cell.
func (m marcher) exit(centred, direction [3]reg.VecVirtual, mip reg.VecVirtual) reg.VecVirtual {
	r := m.power2(127+7, mip)
	t := m.constant(1e30)
	zero := m.reg()
	m.zero(zero)
	for i, c := range centred {
		q, d := m.mul(c, r), direction[i]
		s := m.choose(m.compare(d, lt, zero), m.constant(-0.5), m.constant(0.5))
		edge := m.round(m.add(m.add(q, m.constant(0.5)), s), 1)
		x := m.div(m.sub(edge, q), d)
		k := m.compare(d, ne, zero).k
		VMINPS(x, t, k, t)
	}
	return m.most(m.div(t, r), zero)
}

func (m marcher) write() {
	name, doc := "marchConstant", "whose steps are all of one length"
	if m.grow {
		name, doc = "marchGrowing", "whose steps grow with the distance"
	}
	TEXT(name+m.name, NOSPLIT, "func(a *byte)")
	Doc(name + m.name + " marches a packet of rays " + doc + ".")
	Pragma("noescape")
	m.a = args{Load(Param("a"), GP64())}
	var low, high []uint32
	for i := range uint32(16) {
		low = append(low, spreadBits(i))
		high = append(high, spreadBits(i<<4&127))
	}
	lowTable, highTable := m.reg(), m.reg()
	VMOVUPS(table(name+"Low", low), lowTable)
	VMOVUPS(table(name+"High", high), highTable)
	var origin, direction [3]reg.VecVirtual
	for d := range 3 {
		origin[d], direction[d] = m.load(mOrigin+8*d), m.load(mDirection+8*d)
	}
	n0, tmax, k, count, at := m.load(mN0), m.load(mTmax), m.load(mK), m.load(mCount), m.load(mAt)
	active := K()
	KMOVW(m.a.mem(mActive), active)
	least, budget, out := m.a.load(mLeast), m.a.load(mBudget), m.a.load(mOut)

	Label("loop")
	n := m.reg()
	VCVTDQ2PS(k, n)
	VADDPS(n, n0, n)
	t := m.position(n)
	KMOVW(m.within(active, t, lt, tmax), active)
	jumpIfNone(active, "done")
	dt := m.size(n, t)
	var p, centred [3]reg.VecVirtual
	for d := range 3 {
		p[d] = m.add(origin[d], m.mul(direction[d], t))
		centred[d] = m.sub(p[d], m.constant(0.5))
	}
	mip := m.cascade(centred, dt)
	hit := m.occupied(active, centred, mip, lowTable, highTable)
	miss := andNot(active, hit)
	jumpIfNone(hit, "missed")
	one := m.ints(1)
	VPADDD(one, k, hit, k)
	VPADDD(one, count, hit, count)
	full := K()
	VPCMPEQD(m.a.mem(mLimit), count, hit, full)
	KMOVW(andNot(active, full), active)
	TESTQ(out, out)
	JZ(LabelRef("missed"))
	plane, stride := GP64(), m.a.load(mStride)
	MOVQ(out, plane)
	put := func(x reg.VecVirtual) {
		on := K()
		KMOVW(hit, on)
		VSCATTERDPS(x, on, Mem{Base: plane, Index: at, Scale: 4})
	}
	for d := range 3 {
		put(m.mul(m.sub(p[d], m.splat(mLo+d)), m.splat(mInv+d)))
		ADDQ(stride, plane)
	}
	LEAQ(Mem{Base: plane, Index: stride, Scale: 2}, plane)
	ADDQ(stride, plane)
	put(dt)
	VPADDD(m.isplat(mStep), at, hit, at)

	Label("missed")
	jumpIfNone(miss, "next")
	// The coarsest cascade that is empty around the point.
	climb := K()
	KMOVW(miss, climb)
	Label("climb")
	can := K()
	VPCMPGTD(mip, m.ints(7), climb, can) // 7 > mip
	jumpIfNone(can, "climbed")
	up := m.iadd(mip, m.ints(1))
	KMOVW(andNot(can, m.occupied(can, centred, up, lowTable, highTable)), climb)
	VMOVDQA32(up, climb, mip)
	KORTESTW(climb, climb)
	JNZ(LabelRef("climb"))
	Label("climbed")
	to := m.least(m.add(t, m.exit(centred, direction, mip)), m.constant(farEnd))
	skip := m.round(m.most(m.sub(m.number(to), n), m.constant(0.5)), 2)
	VPADDD(m.toInt(skip), k, miss, k)

	Label("next")
	DECQ(budget)
	JZ(LabelRef("done"))
	going := GP64()
	KMOVW(active, going.As32())
	POPCNTQ(going, going)
	CMPQ(going, least)
	JG(LabelRef("loop"))

	Label("done")
	VMOVUPS(k, m.a.mem(mK))
	VMOVUPS(count, m.a.mem(mCount))
	VMOVUPS(at, m.a.mem(mAt))
	KMOVW(active, m.a.mem(mActive))
	MOVQ(budget, m.a.mem(mBudget))
	VZEROUPPER()
	RET()
}

// spreadBits places the bits of a 7-bit coordinate three apart.
func spreadBits(v uint32) (out uint32) {
	for b := range 7 {
		out |= v >> b & 1 << (3 * b)
	}
	return out
}
