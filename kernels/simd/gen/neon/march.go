package main

import "fmt"

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
	mBudget                  // return when so many points have been looked at, too
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
	mPart // bytes from the beginning of a row of 16 values to those of the four rays
)

// Numbers of the step law, as package kernels has them.
const (
	stepMin = 0.00169145586
	stepMax = 1.73205081
	farEnd  = 32768
)

// marcher builds the two functions that march four rays of a packet.
type marcher struct {
	args
	rays gp   // the packet, from the four rays on
	grow bool // steps grow along the ray
}

func marchers() {
	for _, grow := range []bool{false, true} {
		m := marcher{grow: grow}
		m.write()
	}
}

// ray is what the four rays have in a row of the packet.
func (m *marcher) ray(word int) vec { return load(m.rays, 8*word) }

// position is StepLaw.position.
func (m *marcher) position(n vec) vec {
	if !m.grow {
		return fmul(n, constant(stepMin))
	}
	below := fadd(fmul(fsub(n, m.splat(mA)), constant(stepMin)), m.splat(mTa))
	above := fadd(fmul(fsub(n, m.splat(mB)), constant(stepMax)), m.splat(mTb))
	between := exp(fmul(n, m.splat(mLambda)))
	r := choose(fge(m.splat(mB), n), between, above)
	return choose(fge(m.splat(mA), n), below, r)
}

// number is StepLaw.number.
func (m *marcher) number(t vec) vec {
	if !m.grow {
		return fdiv(t, constant(stepMin))
	}
	below := fadd(fdiv(fsub(t, m.splat(mTa)), constant(stepMin)), m.splat(mA))
	above := fadd(fdiv(fsub(t, m.splat(mTb)), constant(stepMax)), m.splat(mB))
	between := fdiv(log(t), m.splat(mLambda))
	r := choose(fge(m.splat(mTb), t), between, above)
	return choose(fge(m.splat(mTa), t), below, r)
}

// size is StepLaw.size.
func (m *marcher) size(n, t vec) vec {
	if !m.grow {
		return constant(stepMin)
	}
	next := fadd(n, constant(1))
	first, last := fge(m.splat(mA), next), fge(n, m.splat(mB))
	inside := and(fge(n, m.splat(mA)), fge(m.splat(mB), next))
	r := choose(last, constant(stepMax), fmul(t, m.splat(mCone)))
	r = choose(first, constant(stepMin), r)
	unknown := ieq(or(or(first, last), inside), ints(0))
	jumpIfNone(unknown, "sized")
	set(r, choose(unknown, fsub(m.position(next), t), r))
	label("sized")
	return r
}

// power2 is 2^(c-e) of integers c, for bias 127+c.
func power2(bias uint32, e vec) vec { return shl(isub(ints(bias), e), 23) }

// exponent is frexpExponent of values that are not negative.
func exponent(x vec) vec {
	e := shr(x, 23)
	return without(isub(e, ints(126)), ieq(e, ints(0)))
}

// cascade is the cascade by position and, where asked for, by step.
func (m *marcher) cascade(centred [3]vec, dt vec) vec {
	far := most(most(fabs(centred[0]), fabs(centred[1])), fabs(centred[2]))
	mip := iadd(exponent(far), ints(1))
	mip = smin(smax(mip, m.splat(mMinMip)), m.splat(mMaxMip))
	if m.grow { // else no step is longer than a cell of the finest cascade
		unless("placed", m.load(mByStep), func() {
			q := fmul(dt, constant(256))
			// Where q is below 1 its exponent is not positive, and no cascade is below 0.
			long := and(fge(q, constant(1)), exponent(q))
			set(mip, smin(smax(mip, long), m.splat(mMaxMip)))
		})
	}
	return mip
}

// occupied is the lanes of on whose cell in cascade mip is occupied.
func (m *marcher) occupied(on vec, centred [3]vec, mip vec) vec {
	s, in := power2(127, mip), on
	var cell vec
	for d, c := range centred {
		q := fmul(fadd(fmul(c, s), constant(0.5)), constant(128))
		in = and(in, and(fgt(q, constant(-1)), fgt(constant(128), q)))
		x := toInt(q)
		for _, step := range []struct {
			shift int
			mask  uint32
		}{{8, 0x0300f00f}, {4, 0x030c30c3}, {2, 0x09249249}} {
			x = and(or(x, shl(x, step.shift)), ints(step.mask))
		}
		if d == 0 {
			cell = x
		} else {
			cell = or(cell, shl(x, d))
		}
	}
	// A lane that is not wanted reads some word of the bitfield.
	word := and(iadd(shl(mip, 16), shr(cell, 5)), ints(8<<16-1))
	bits := shift(gather(m.load(mOccupancy), word), isub(ints(0), and(cell, ints(31))))
	return and(in, ieq(and(bits, ints(1)), ints(1)))
}

// exit is cellExit: the way to the edge of the cell.
func (m *marcher) exit(centred [3]vec, mip vec) vec {
	r := power2(127+7, mip)
	t := constant(1e30)
	for i, c := range centred {
		q, d := fmul(c, r), m.ray(mDirection+8*i)
		s := choose(negative(d), constant(-0.5), constant(0.5))
		edge := floor(fadd(fadd(q, constant(0.5)), s))
		x := fdiv(fsub(edge, q), d)
		t = choose(or(positive(d), negative(d)), least(t, x), t)
	}
	return most(fdiv(t, r), ints(0))
}

func (m *marcher) write() {
	name, doc := "marchConstantNEON", "whose steps are all of one length"
	if m.grow {
		name, doc = "marchGrowingNEON", "whose steps grow with the distance"
	}
	begin(name, "marches four rays of a packet "+doc+".", "(a *byte)", "a")
	m.base = param("a")
	fn.pool = newGP()
	emit("MOVD $"+poolName+"(SB), R?", fn.pool)
	m.rays = sumGP(m.base, m.load(mPart))
	places := words(1, 2, 4, 8)
	going := m.splat(mActive)
	active := ieq(and(going, places), places)
	k, count, at := m.ray(mK), m.ray(mCount), m.ray(mAt)
	budget, least4, out := m.load(mBudget), m.load(mLeast), m.load(mOut)

	label("loop")
	n := fadd(fromInt(k), m.ray(mN0))
	t := m.position(n)
	set(active, and(active, fgt(m.ray(mTmax), t)))
	jumpIfNone(active, "done")
	dt := m.size(n, t)
	var p, centred [3]vec
	for d := range 3 {
		p[d] = fadd(m.ray(mOrigin+8*d), fmul(m.ray(mDirection+8*d), t))
		centred[d] = fsub(p[d], constant(0.5))
	}
	mip := m.cascade(centred, dt)
	hit := m.occupied(active, centred, mip)
	miss := without(active, hit)
	jumpIfNone(hit, "missed")
	set(k, isub(k, hit)) // a lane of hit is -1
	set(count, isub(count, hit))
	set(active, without(active, and(hit, ieq(count, m.ray(mLimit)))))
	branch("CBZ", "missed", out)
	for d := range 3 {
		p[d] = fmul(fsub(p[d], m.splat(mLo+d)), m.splat(mInv+d))
	}
	m.put(out, hit, at, [4]vec{p[0], p[1], p[2], dt})
	set(at, iadd(at, and(hit, m.splat(mStep))))

	label("missed")
	jumpIfNone(miss, "next")
	// The coarsest cascade that is empty around the point.
	climb := copyOf(miss)
	label("climb")
	can := and(climb, igt(ints(7), mip))
	jumpIfNone(can, "climbed")
	up := iadd(mip, ints(1))
	set(climb, without(can, m.occupied(can, centred, up)))
	set(mip, choose(climb, up, mip))
	branch("CBNZ", "climb", anyBit(climb))
	label("climbed")
	to := least(fadd(t, m.exit(centred, mip)), constant(farEnd))
	skip := ceil(most(fsub(m.number(to), n), constant(0.5)))
	set(k, iadd(k, and(miss, toInt(skip))))

	label("next")
	emit("SUBS $1, R?, R?", budget, budget)
	branch("BEQ", "done")
	some := newGP()
	emit("VMOV V?.S[0], R?", total(shr(active, 31)), some)
	emit("CMP R?, R?", least4, some)
	branch("BGT", "loop")

	label("done")
	store(k, m.rays, 8*mK)
	store(count, m.rays, 8*mCount)
	store(at, m.rays, 8*mAt)
	bits := newGP()
	emit("VMOV V?.S[0], R?", total(and(active, words(1, 2, 4, 8))), bits)
	m.store(mActive, bits)
	end()
}

// put writes the samples of the lanes of hit: planes x, y, z, three that stay, the step.
func (m *marcher) put(out gp, hit, at vec, sample [4]vec) {
	stride := m.load(mStride)
	for lane := range 4 {
		skip := fmt.Sprintf("put%d", lane)
		on, plane := newGP(), newGP()
		emit(fmt.Sprintf("VMOV V?.S[%d], R?", lane), hit, on)
		branch("CBZ", skip, on)
		emit(fmt.Sprintf("VMOV V?.S[%d], R?", lane), at, plane)
		emit("ADD R?<<2, R?, R?", plane, out, plane)
		for i, x := range sample {
			emit(fmt.Sprintf("VST1 V?.S[%d], (R?)", lane), x, plane)
			for range []int{1, 1, 4, 0}[i] {
				addTo(plane, stride)
			}
		}
		label(skip)
	}
}
