package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of cellArgs, in order.
const (
	cPos     = iota // 3 planes, stride bytes apart
	cFrac           // 3 planes out: interpolation weight of the upper vertex per dimension
	cIndex          // 8 planes out: byte offset of each corner's row in its level
	cVectors        // vectors of samples
	cStride         // bytes from plane to plane, of all three arrays
	cScale          // float32 bits
	cMul            // 3 words: multiplier of each coordinate
	_
	_
	cMask   // hashed: size-1
	cSize   // rows of the level
	cShift  // log2 of the bytes of a row
	cHashed // 1: exclusive or and mask; 0: sum, wrapped once by size
	cSmooth // 1: smoothstep
	cAdd    // added to every byte offset: where the level begins, or 0
	cOver   // out: largest row of an unhashed level; not below size means that the rows must be redone
)

func grids(v isa) {
	cells(v)
	for _, half := range []bool{false, true} {
		for _, f := range []int{2, 4} {
			lookup(v, f, half)
		}
	}
	lookup(v, 1, false)
	if v.bytes == 32 {
		fetchRows()
	}
}

// fetchRows writes the function that asks for rows of a table.
func fetchRows() {
	TEXT("fetchRows", NOSPLIT, "func(table *byte, offsets *float32, fours int)")
	Doc("fetchRows asks for the rows at byte offsets of a table, four at a time.")
	Pragma("noescape")
	tab, ip, n := Load(Param("table"), GP64()), Load(Param("offsets"), GP64()), Load(Param("fours"), GP64())
	Label("rows")
	for i := range 4 {
		o := GP64()
		MOVL(Mem{Base: ip, Disp: 4 * i}, o.As32())
		PREFETCHT0(Mem{Base: tab, Index: o, Scale: 1})
	}
	ADDQ(Imm(16), ip)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("rows"))
	RET()
}

// cells writes, for one level and a block of samples, where the eight corners lie and the interpolation weights.
func cells(v isa) {
	TEXT("cells"+v.name, NOSPLIT, "func(c *byte)")
	Doc("cells" + v.name + " finds the corners of a block of samples in one level.")
	Pragma("noescape")
	c := args{Load(Param("c"), GP64())}
	pos, frac, index := c.load(cPos), c.load(cFrac), c.load(cIndex)
	n, stride := c.load(cVectors), c.load(cStride)
	hashed, smooth := c.load(cHashed), c.load(cSmooth)
	shift := reg.VecVirtual(XMM())
	VMOVD(c.mem(cShift), shift)
	max, add := v.reg(), v.reg()
	v.zero(max)
	VPBROADCASTD(c.mem(cAdd), add)

	splat := func(i int, integer bool) reg.VecVirtual {
		r := v.reg()
		if integer {
			VPBROADCASTD(c.mem(i), r)
		} else {
			VBROADCASTSS(c.mem(i), r)
		}
		return r
	}
	logic := func(and bool, a, b, d reg.VecVirtual) {
		switch {
		case and && v.bytes == 64:
			VPANDD(a, b, d)
		case and:
			VPAND(a, b, d)
		case v.bytes == 64:
			VPXORD(a, b, d)
		default:
			VPXOR(a, b, d)
		}
	}

	Label("loop")
	var lo, hi []reg.VecVirtual
	p, q := GP64(), GP64()
	MOVQ(pos, p)
	MOVQ(frac, q)
	for d := range 3 {
		x, t := v.reg(), v.reg()
		VMOVUPS(Mem{Base: p}, x)
		scale := splat(cScale, false)
		half := v.constant(0.5)
		VFMADD213PS(half, scale, x) // x·scale + 0.5
		// What no int32 can name, and NaN, counts as 0.
		size, limit := v.reg(), v.constant(1<<31)
		if v.bytes == 64 {
			VPANDD(v.ints(0x7fffffff), x, size)
			ok := K()
			VCMPPS(Imm(17), limit, size, ok) // |p| < 2^31, false for NaN
			VMOVUPS_Z(x, ok, x)
		} else {
			VANDPS(v.ints(0x7fffffff), x, size)
			VCMPPS(Imm(17), limit, size, size)
			VANDPS(size, x, x)
		}
		if v.bytes == 64 {
			VRNDSCALEPS(Imm(9), x, t) // floor
		} else {
			VROUNDPS(Imm(9), x, t)
		}
		VSUBPS(t, x, x)
		TESTQ(smooth, smooth)
		JZ(LabelRef(fmt.Sprintf("linear%d", d)))
		{
			s := v.reg()
			three := v.constant(3)
			VADDPS(x, x, s)
			VSUBPS(s, three, s) // 3-2t
			VMULPS(x, x, x)
			VMULPS(s, x, x)
		}
		Label(fmt.Sprintf("linear%d", d))
		VMOVUPS(x, Mem{Base: q})
		a, b := v.reg(), v.reg()
		VCVTTPS2DQ(t, t)
		m := splat(cMul+d, true)
		VPMULLD(m, t, a)
		VPADDD(m, a, b)
		lo, hi = append(lo, a), append(hi, b)
		if d < 2 {
			ADDQ(stride, p)
			ADDQ(stride, q)
		}
	}
	out := GP64()
	MOVQ(index, out)
	rows := func(hash bool) {
		var limit reg.VecVirtual
		if hash {
			limit = splat(cMask, true)
		} else {
			limit = splat(cSize, true)
		}
		for z := range 2 {
			for y := range 2 {
				yz := v.reg()
				cy, cz := lo[1], lo[2]
				if y == 1 {
					cy = hi[1]
				}
				if z == 1 {
					cz = hi[2]
				}
				if hash {
					logic(false, cy, cz, yz)
				} else {
					VPADDD(cy, cz, yz)
				}
				for x := range 2 {
					cx := lo[0]
					if x == 1 {
						cx = hi[0]
					}
					r := v.reg()
					if hash {
						logic(false, cx, yz, r)
						logic(true, limit, r, r)
					} else {
						VPADDD(cx, yz, r)
						w := v.reg()
						VPSUBD(limit, r, w)
						VPMINUD(w, r, r)
						VPMAXUD(r, max, max)
					}
					VPSLLD(shift, r, r)
					VPADDD(add, r, r)
					vmovdqu(v, r, Mem{Base: out})
					if x+y+z < 3 {
						ADDQ(stride, out)
					}
				}
			}
		}
	}
	TESTQ(hashed, hashed)
	JZ(LabelRef("sum"))
	rows(true)
	JMP(LabelRef("next"))
	Label("sum")
	rows(false)
	Label("next")
	for _, r := range []reg.GPVirtual{pos, frac, index} {
		ADDQ(Imm(uint64(v.bytes)), r)
	}
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))

	// The largest row, by folding the vector.
	fold := reg.VecVirtual(YMM())
	if v.bytes == 64 {
		VEXTRACTI64X4(Imm(1), max, fold)
		low := YMM()
		// The low half of max, moved through memory-free shuffles.
		VEXTRACTI64X4(Imm(0), max, low)
		VPMAXUD(low, fold, fold)
	} else {
		VMOVDQU(max, fold)
	}
	top, bottom, t := XMM(), XMM(), XMM()
	VEXTRACTI128(Imm(1), fold, top)
	VEXTRACTI128(Imm(0), fold, bottom)
	VPMAXUD(top, bottom, bottom)
	VPSHUFD(Imm(0x4E), bottom, t)
	VPMAXUD(t, bottom, bottom)
	VPSHUFD(Imm(0xB1), bottom, t)
	VPMAXUD(t, bottom, bottom)
	VMOVD(bottom, c.mem(cOver))
	VZEROUPPER()
	RET()
}

// vmovdqu stores an integer vector of either width.
func vmovdqu(v isa, r, m Op) {
	if v.bytes == 64 {
		VMOVDQU32(r, m)
	} else {
		VMOVDQU(r, m)
	}
}

// Words of lookupArgs, in order.
const (
	lDst     = iota // F planes
	lTable          // first row of the level
	lFrac           // 3 planes
	lIndex          // 8 planes of byte offsets
	lVectors        // vectors of samples
	lStride         // bytes from plane to plane
)

// lookup writes the F interpolated features of one level for a block of samples. Rows are loaded whole, one load per
// corner and sample: a row of F = 4 floats is one 16-byte load. The lanes of an accumulator are samples × features,
// so the corner weight of each sample is spread over its F lanes by a permutation. Rows of one value are gathered.
func lookup(v isa, f int, half bool) {
	name := fmt.Sprintf("lookup%sF%d", v.name, f)
	if half {
		name += "Half"
	}
	TEXT(name, NOSPLIT, "func(l *byte)")
	Doc(name + " interpolates one level for a block of samples.")
	Pragma("noescape")
	l := args{Load(Param("l"), GP64())}
	dst, tab := l.load(lDst), l.load(lTable)
	frac, index := l.load(lFrac), l.load(lIndex)
	n, stride := l.load(lVectors), l.load(lStride)

	per := v.lanes / f // samples in one accumulator
	// With 16 registers the permutations are read from memory at each use.
	spread, spreadMem := make([]reg.VecVirtual, f), make([]Mem, f)
	if f == 1 {
		spread = nil
	}
	for g := range spread {
		w := make([]uint32, v.lanes)
		for i := range w {
			w[i] = uint32(g*per + i/f)
		}
		m := table(fmt.Sprintf("spread%d", seq()), w)
		if v.bytes == 64 {
			spread[g] = v.reg()
			VMOVUPS(m, spread[g])
		}
		spreadMem[g] = m
	}
	g := newGather(v, f, half)

	Label("loop")
	// Corner weights, in the order of the formula: ((wx·wy)·wz).
	var lo, hi [3]reg.VecVirtual
	p := GP64()
	MOVQ(frac, p)
	one := v.constant(1)
	for d := range 3 {
		lo[d], hi[d] = v.reg(), v.reg()
		VMOVUPS(Mem{Base: p}, hi[d])
		VSUBPS(hi[d], one, lo[d])
		if d < 2 {
			ADDQ(stride, p)
		}
	}
	var xy [4]reg.VecVirtual
	for i := range xy {
		x, y := lo[0], lo[1]
		if i&1 != 0 {
			x = hi[0]
		}
		if i&2 != 0 {
			y = hi[1]
		}
		xy[i] = v.reg()
		VMULPS(y, x, xy[i])
	}
	acc := v.regs(f)
	for _, r := range acc {
		v.zero(r)
	}
	ip := GP64()
	MOVQ(index, ip)
	for corner := range 8 {
		w := v.reg()
		wz := lo[2]
		if corner&4 != 0 {
			wz = hi[2]
		}
		VMULPS(wz, xy[corner&3], w)
		for i := range acc {
			rows := g.load(tab, ip, i*per*4)
			ws := v.reg()
			switch {
			case f == 1:
				ws = w
			case v.bytes == 64:
				VPERMPS(w, spread[i], ws)
			default:
				VMOVUPS(spreadMem[i], ws)
				VPERMPS(w, ws, ws)
			}
			VFMADD231PS(ws, rows, acc[i])
		}
		if corner < 7 {
			ADDQ(stride, ip)
		}
	}
	store(v, f, acc, dst, stride)
	ADDQ(Imm(uint64(v.bytes)), dst)
	ADDQ(Imm(uint64(v.bytes)), frac)
	ADDQ(Imm(uint64(v.bytes)), index)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// gather loads the rows of several samples into one register.
type gather struct {
	v     isa
	f     int
	half  bool
	masks []reg.OpmaskVirtual // masks[i] selects the lanes of sample i
}

func newGather(v isa, f int, half bool) *gather {
	g := &gather{v: v, f: f, half: half}
	if v.bytes == 64 && f > 1 {
		// A broadcast under a mask puts a row into its lanes in one load and one blend. The mask counts elements of
		// the broadcast: floats for 16-byte rows, whole rows otherwise.
		per := v.lanes / f
		width := 1
		if f == 4 && !half {
			width = 4
		}
		g.masks = make([]reg.OpmaskVirtual, per)
		for i := 1; i < per; i++ {
			t := GP32()
			MOVL(U32((1<<width-1)<<(i*width)), t)
			g.masks[i] = K()
			KMOVW(t, g.masks[i])
		}
	}
	return g
}

// offsets loads the byte offsets of n samples, two at a time.
func offsets(ip reg.Register, disp, n int) []reg.GPVirtual {
	var out []reg.GPVirtual
	for i := 0; i < n; i += 2 {
		a, b := GP64(), GP64()
		MOVQ(Mem{Base: ip, Disp: disp + 4*i}, b)
		MOVL(b.As32(), a.As32())
		SHRQ(Imm(32), b)
		out = append(out, a, b)
	}
	return out
}

func (g *gather) load(tab, ip reg.Register, disp int) reg.VecVirtual {
	if g.f == 1 {
		return g.single(tab, ip, disp)
	}
	per := g.v.lanes / g.f
	at := func(o reg.Register) Mem { return Mem{Base: tab, Index: o, Scale: 1} }
	if g.v.bytes == 64 {
		r := ZMM()
		packed := ZMM()
		for i := 0; i < per; i += 2 {
			for j, o := range offsets(ip, disp+4*i, 2) {
				m := at(o)
				switch {
				case g.f == 4 && !g.half && i+j == 0:
					VBROADCASTF32X4(m, r)
				case g.f == 4 && !g.half:
					VBROADCASTF32X4(m, g.masks[i+j], r)
				case g.f == 2 && !g.half && i+j == 0:
					VBROADCASTSD(m, r)
				case g.f == 2 && !g.half:
					VBROADCASTSD(m, g.masks[i+j], r)
				case g.f == 4 && i+j == 0:
					VPBROADCASTQ(m, packed)
				case g.f == 4:
					VPBROADCASTQ(m, g.masks[i+j], packed)
				case i+j == 0:
					VPBROADCASTD(m, packed)
				default:
					VPBROADCASTD(m, g.masks[i+j], packed)
				}
			}
		}
		if g.half {
			VCVTPH2PS(packed.AsY(), r)
		}
		return r
	}
	r := YMM()
	o := offsets(ip, disp, per)
	switch {
	case g.f == 4 && !g.half:
		VBROADCASTF128(at(o[0]), r)
		VINSERTF128(Imm(1), at(o[1]), r, r)
	case g.f == 2 && !g.half:
		// Blends run on more ports than shuffles: element i comes from the broadcast of row i.
		a, b := YMM(), YMM()
		VBROADCASTSD(at(o[0]), r)
		VBROADCASTSD(at(o[1]), a)
		VBLENDPD(Imm(2), a, r, r)
		VBROADCASTSD(at(o[2]), a)
		VBROADCASTSD(at(o[3]), b)
		VBLENDPD(Imm(8), b, a, a)
		VBLENDPD(Imm(12), a, r, r)
	case g.f == 4:
		x := XMM()
		VMOVSD(at(o[0]), x)
		VMOVHPS(at(o[1]), x, x)
		VCVTPH2PS(x, r)
	default:
		x := XMM()
		VMOVD(at(o[0]), x)
		for i := 1; i < 4; i++ {
			VPINSRD(Imm(uint64(i)), at(o[i]), x, x)
		}
		VCVTPH2PS(x, r)
	}
	return r
}

// single gathers rows of one value.
func (g *gather) single(tab, ip reg.Register, disp int) reg.VecVirtual {
	r, offsets := g.v.reg(), g.v.reg()
	g.v.zero(r)
	VMOVUPS(Mem{Base: ip, Disp: disp}, offsets)
	from := Mem{Base: tab, Index: offsets, Scale: 1}
	if g.v.bytes == 64 {
		ones, all := GP32(), K()
		MOVL(U32(1<<16-1), ones)
		KMOVW(ones, all)
		VGATHERDPS(from, all, r)
	} else {
		all := g.v.reg()
		g.v.zero(all)
		VPCMPEQD(all, all, all)
		VGATHERDPS(all, from, r)
	}
	return r
}

// store turns f accumulators of samples × features into f planes.
func store(v isa, f int, acc []reg.VecVirtual, dst, stride reg.GPVirtual) {
	q := GP64()
	MOVQ(dst, q)
	put := func(r reg.VecVirtual, last bool) {
		VMOVUPS(r, Mem{Base: q})
		if !last {
			ADDQ(stride, q)
		}
	}
	if f == 1 {
		put(acc[0], true)
		return
	}
	if v.bytes == 64 {
		perms := func(name string, w []uint32) reg.VecVirtual {
			r := v.reg()
			VMOVUPS(table(fmt.Sprintf("%s%d", name, seq()), w), r)
			return r
		}
		// choose selects from two sources: out[i] = concat(a, b)[w[i]].
		choose := func(a, b reg.VecVirtual, w []uint32) reg.VecVirtual {
			i := perms("pick", w)
			VPERMI2PS(b, a, i)
			return i
		}
		switch f {
		case 2:
			even, odd := make([]uint32, 16), make([]uint32, 16)
			for i := range 16 {
				even[i], odd[i] = uint32(2*i), uint32(2*i+1)
			}
			put(choose(acc[0], acc[1], even), false)
			put(choose(acc[0], acc[1], odd), true)
		case 4:
			// First step: features 0,1 (then 2,3) of eight samples; second step as for two features.
			first := func(feature uint32) []uint32 {
				w := make([]uint32, 16)
				for i := range w {
					w[i] = uint32(i/2)*4 + feature + uint32(i%2)
				}
				return w
			}
			even, odd := make([]uint32, 16), make([]uint32, 16)
			for i := range 16 {
				even[i], odd[i] = uint32(2*i), uint32(2*i+1)
			}
			for pair := range uint32(2) {
				a := choose(acc[0], acc[1], first(2*pair))
				b := choose(acc[2], acc[3], first(2*pair))
				put(choose(a, b, even), false)
				put(choose(a, b, odd), pair == 1)
			}
		}
		return
	}
	switch f {
	case 2:
		// acc[g] lanes: s0f0 s0f1 s1f0 s1f1 | s2f0 s2f1 s3f0 s3f1 for samples 4g..4g+3.
		for i, sel := range []uint64{0x88, 0xDD} {
			r := YMM()
			VSHUFPS(Imm(sel), acc[1], acc[0], r) // s0 s1 s4 s5 | s2 s3 s6 s7
			VPERMPD(Imm(0xD8), r, r)
			put(r, i == 1)
		}
	case 4:
		// acc[g] lanes: sample 2g features 0..3 | sample 2g+1 features 0..3. A 4×4 transposition in each half of the
		// register gives samples 0 2 4 6 | 1 3 5 7; a permutation restores the order.
		order := YMM()
		VMOVUPS(table(fmt.Sprintf("order%d", seq()), []uint32{0, 4, 1, 5, 2, 6, 3, 7}), order)
		a, b, c, d := YMM(), YMM(), YMM(), YMM()
		VUNPCKLPS(acc[1], acc[0], a) // s0f0 s2f0 s0f1 s2f1
		VUNPCKHPS(acc[1], acc[0], b) // s0f2 s2f2 s0f3 s2f3
		VUNPCKLPS(acc[3], acc[2], c)
		VUNPCKHPS(acc[3], acc[2], d)
		planes := make([]reg.VecVirtual, 4)
		for i, s := range []struct {
			x, y reg.VecVirtual
			hi   bool
		}{{a, c, false}, {a, c, true}, {b, d, false}, {b, d, true}} {
			planes[i] = YMM()
			if s.hi {
				VUNPCKHPD(s.y, s.x, planes[i])
			} else {
				VUNPCKLPD(s.y, s.x, planes[i])
			}
			VPERMPS(planes[i], order, planes[i])
			put(planes[i], i == 3)
		}
	}
}

var counter int

// seq numbers read-only tables.
func seq() int { counter++; return counter }
