package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Registers of the call's own at the end of marchArgs, in words of 8 bytes. With 16 registers of the processor, what a point
// needs for long waits there.
const (
	hN       = mOwn + 4*iota // number of the lattice point
	hT                       // its distance
	hDt                      // its step
	hCentred                 // three: the point relative to the middle of the box
	_
	_
	hSample // three: the point as a sample has it
	_
	_
	hActive // rays that go on
	hMiss   // rays whose point is in an empty cell
)

// halfMarcher builds the functions that march one half of a packet with AVX2: eight rays. Masks are registers, and samples are
// written one by one.
type halfMarcher struct {
	marcher
	half reg.GPVirtual // bytes from the beginning of a row of 16 values to the half
}

// ray is eight values of a row of the packet.
func (m halfMarcher) ray(word int) Mem {
	return Mem{Base: m.a.base, Index: m.half, Scale: 1, Disp: 8 * word}
}

func (m halfMarcher) get(from Mem) reg.VecVirtual {
	r := m.reg()
	VMOVUPS(from, r)
	return r
}

func (m halfMarcher) own(word int) reg.VecVirtual     { return m.get(m.a.mem(word)) }
func (m halfMarcher) keep(word int, x reg.VecVirtual) { VMOVUPS(x, m.a.mem(word)) }
func (m halfMarcher) not(a, b reg.VecVirtual) (r reg.VecVirtual) { // a without b
	r = m.reg()
	VANDNPS(a, b, r)
	return r
}

func (m halfMarcher) equal(a, b Op) reg.VecVirtual {
	r := m.reg()
	VPCMPEQD(b, a, r)
	return r
}

// among is the lanes of on where a is (predicate) b.
func (m halfMarcher) among(on, a reg.VecVirtual, predicate uint64, b Op) reg.VecVirtual {
	return m.and(m.compare(a, predicate, b).v, on)
}

func (m halfMarcher) bits(k reg.VecVirtual) reg.GPVirtual {
	r := GP64()
	VMOVMSKPS(k, r.As32())
	return r
}

func (m halfMarcher) jumpIfNone(k reg.VecVirtual, label string) {
	b := m.bits(k)
	TESTQ(b, b)
	JZ(LabelRef(label))
}

// size is StepLaw.size of steps that grow.
func (m halfMarcher) size(n, t reg.VecVirtual) reg.VecVirtual {
	next := m.add(n, m.constant(1))
	first := m.compare(next, le, m.splat(mA)).v
	last := m.compare(n, ge, m.splat(mB)).v
	inside := m.and(m.compare(n, ge, m.splat(mA)).v, m.compare(next, le, m.splat(mB)).v)
	r := m.choose(mask{v: last}, m.constant(stepMax), m.mul(t, m.splat(mCone)))
	r = m.choose(mask{v: first}, m.constant(stepMin), r)
	known := m.or(m.or(first, last), inside)
	b := m.bits(known)
	CMPQ(b, Imm(255))
	JE(LabelRef("sized"))
	edge := m.sub(m.position(next), m.own(hT))
	VBLENDVPS(known, r, edge, r)
	Label("sized")
	return r
}

// exponent is frexpExponent of values that are not negative.
func (m halfMarcher) exponent(x reg.VecVirtual) reg.VecVirtual {
	e, zero := m.shr(x, 23), m.reg()
	m.zero(zero)
	r := m.reg()
	VPANDN(m.isub(e, m.ints(126)), m.equal(e, zero), r)
	return r
}

// cascade is the cascade by position and, where asked for, by step.
func (m halfMarcher) cascade() reg.VecVirtual {
	magnitude := m.ints(0x7fffffff)
	far := m.and(magnitude, m.a.mem(hCentred))
	for d := 1; d < 3; d++ {
		far = m.most(far, m.and(magnitude, m.a.mem(hCentred+4*d)))
	}
	mip := m.iadd(m.exponent(far), m.ints(1))
	most := m.isplat(mMaxMip)
	VPMAXSD(m.isplat(mMinMip), mip, mip)
	VPMINSD(most, mip, mip)
	if m.grow { // else no step is longer than a cell of the finest cascade
		byStep := m.a.load(mByStep)
		TESTQ(byStep, byStep)
		JZ(LabelRef("placed"))
		q := m.mul(m.constant(256), m.a.mem(hDt))
		// Where q is below 1 its exponent is not positive, and no cascade is below 0.
		long := m.and(m.compare(q, ge, m.constant(1)).v, m.exponent(q))
		VPMAXSD(long, mip, mip)
		VPMINSD(most, mip, mip)
		Label("placed")
	}
	return mip
}

// occupied is the lanes of on whose cell in cascade mip is occupied.
func (m halfMarcher) occupied(on, mip reg.VecVirtual) reg.VecVirtual {
	s := m.power2(127, mip)
	in := on
	var cell reg.VecVirtual
	for d := range 3 {
		q := m.mul(m.add(m.mul(s, m.a.mem(hCentred+4*d)), m.constant(0.5)), m.constant(128))
		in = m.among(in, q, gt, m.constant(-1))
		in = m.among(in, q, lt, m.constant(128))
		x := m.toInt(q)
		for _, step := range []struct {
			shift uint64
			mask  uint32
		}{{8, 0x0300f00f}, {4, 0x030c30c3}, {2, 0x09249249}} {
			x = m.and(m.or(x, m.shl(x, step.shift)), m.ints(step.mask))
		}
		if d == 0 {
			cell = x
		} else {
			cell = m.or(cell, m.shl(x, uint64(d)))
		}
	}
	word := m.iadd(m.shl(mip, 16), m.shr(cell, 5))
	bits, k := m.reg(), m.reg()
	m.zero(bits)
	VMOVAPS(in, k)
	VPGATHERDD(k, Mem{Base: m.a.load(mOccupancy), Index: word, Scale: 4}, bits)
	r := m.reg()
	VPSRLVD(m.and(cell, m.ints(31)), bits, r)
	one := m.ints(1)
	return m.and(in, m.equal(m.and(r, one), one))
}

// exit is cellExit: the way to the edge of the cell.
func (m halfMarcher) exit(mip reg.VecVirtual) reg.VecVirtual {
	r := m.power2(127+7, mip)
	t := m.constant(1e30)
	zero := m.reg()
	m.zero(zero)
	for i := range 3 {
		q, d := m.mul(r, m.a.mem(hCentred+4*i)), m.get(m.ray(mDirection+8*i))
		s := m.choose(m.compare(d, lt, zero), m.constant(-0.5), m.constant(0.5))
		edge := m.round(m.add(m.add(q, m.constant(0.5)), s), 1)
		x := m.div(m.sub(edge, q), d)
		t = m.choose(m.compare(d, ne, zero), m.least(t, x), t)
	}
	return m.most(m.div(t, r), zero)
}

// count adds to the lanes of on.
func (m halfMarcher) count(word int, on reg.VecVirtual, by Op) {
	VMOVDQU(m.iadd(m.and(on, by), m.ray(word)), m.ray(word))
}

func (m halfMarcher) write() {
	name, doc := "marchConstant", "whose steps are all of one length"
	if m.grow {
		name, doc = "marchGrowing", "whose steps grow with the distance"
	}
	TEXT(name+m.name, NOSPLIT, "func(a *byte)")
	Doc(name + m.name + " marches half a packet of rays " + doc + ".")
	Pragma("noescape")
	m.a = args{Load(Param("a"), GP64())}
	m.half = m.a.load(mHalf)
	lanes := m.get(table(name+"Lanes", []uint32{1, 2, 4, 8, 16, 32, 64, 128}))
	m.keep(hActive, m.equal(m.and(lanes, m.isplat(mActive)), lanes))

	Label("loop")
	n := m.reg()
	VCVTDQ2PS(m.ray(mK), n)
	VADDPS(m.ray(mN0), n, n)
	m.keep(hN, n)
	t := m.position(n)
	m.keep(hT, t)
	m.keep(hActive, m.among(m.own(hActive), t, lt, m.ray(mTmax)))
	m.jumpIfNone(m.own(hActive), "done")
	if m.grow {
		m.keep(hDt, m.size(m.own(hN), m.own(hT)))
	} else {
		m.keep(hDt, m.constant(stepMin))
	}
	for d := range 3 {
		p := m.add(m.mul(m.own(hT), m.ray(mDirection+8*d)), m.ray(mOrigin+8*d))
		m.keep(hCentred+4*d, m.sub(p, m.constant(0.5)))
		m.keep(hSample+4*d, m.mul(m.sub(p, m.splat(mLo+d)), m.splat(mInv+d)))
	}
	mip := m.cascade()
	hit := m.occupied(m.own(hActive), mip)
	m.keep(hMiss, m.not(m.own(hActive), hit))
	m.jumpIfNone(hit, "missed")
	m.count(mK, hit, m.ints(1))
	m.count(mCount, hit, m.ints(1))
	full := m.and(hit, m.equal(m.get(m.ray(mCount)), m.ray(mLimit)))
	m.keep(hActive, m.not(m.own(hActive), full))
	out := m.a.load(mOut)
	TESTQ(out, out)
	JZ(LabelRef("missed"))
	m.put(out, m.bits(hit))
	m.count(mAt, hit, m.isplat(mStep))

	Label("missed")
	m.jumpIfNone(m.own(hMiss), "next")
	// The coarsest cascade that is empty around the point.
	climb := m.own(hMiss)
	Label("climb")
	can := m.reg()
	VPCMPGTD(mip, m.ints(7), can) // 7 > mip
	can = m.and(can, climb)
	m.jumpIfNone(can, "climbed")
	up := m.iadd(mip, m.ints(1))
	VANDNPS(can, m.occupied(can, up), climb)
	VBLENDVPS(climb, up, mip, mip)
	b := m.bits(climb)
	TESTQ(b, b)
	JNZ(LabelRef("climb"))
	Label("climbed")
	to := m.least(m.add(m.exit(mip), m.a.mem(hT)), m.constant(farEnd))
	skip := m.round(m.most(m.sub(m.number(to), m.own(hN)), m.constant(0.5)), 2)
	m.count(mK, m.own(hMiss), m.toInt(skip))

	Label("next")
	DECQ(m.a.mem(mBudget))
	JZ(LabelRef("done"))
	going := m.bits(m.own(hActive))
	POPCNTQ(going, going)
	CMPQ(going, m.a.mem(mLeast))
	JG(LabelRef("loop"))

	Label("done")
	going = m.bits(m.own(hActive))
	MOVQ(going, m.a.mem(mActive))
	VZEROUPPER()
	RET()
}

// put writes the samples of the rays whose bits are set, which are some, one after the other.
func (m halfMarcher) put(out, rays reg.GPVirtual) {
	stride := m.a.load(mStride)
	Label("put")
	lane, at := GP64(), GP64()
	BSFQ(rays, lane)
	MOVQ(m.half, at)
	LEAQ(Mem{Base: at, Index: lane, Scale: 4}, at)
	MOVL(Mem{Base: m.a.base, Index: at, Scale: 1, Disp: 8 * mAt}, at.As32())
	plane := GP64()
	LEAQ(Mem{Base: out, Index: at, Scale: 4}, plane)
	move := func(word int) {
		x := GP32()
		MOVL(Mem{Base: m.a.base, Index: lane, Scale: 4, Disp: 8 * word}, x)
		MOVL(x, Mem{Base: plane})
	}
	for d := range 3 {
		move(hSample + 4*d)
		ADDQ(stride, plane)
	}
	LEAQ(Mem{Base: plane, Index: stride, Scale: 2}, plane)
	ADDQ(stride, plane)
	move(hDt)
	rest := GP64()
	LEAQ(Mem{Base: rays, Disp: -1}, rest)
	ANDQ(rest, rays)
	JNZ(LabelRef("put"))
}
