package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of gemmArgs, in order.
const (
	gDst = iota
	gA
	gB
	gMask
	gRowTiles
	gK
	gColTiles
	gLda
	gLdb
	gLdc
	gFlags
	gFetch // byte offsets of table rows to fetch; advanced by the call
	gTable // what they are offsets into
	gFrom  // planes of a block to copy meanwhile; these are advanced by the call
	gTo
	gNext // a plane that will be copied soon
	gFromStride
	gToStride
	gNextStride
	gLeft // planes still to copy
	gRowA // the rest is the call's own memory
	gRowC
	gColCount
)

// planeBytes is a plane of one block of 48 samples.
const planeBytes = 4 * 48

// Bits of gemmArgs.flags.
const (
	flagAccumulate = 1
	flagReLU       = 2
	flagMask       = 4
)

func gemms(v isa) {
	rows := 8
	if v.lanes == 8 {
		rows = 4
	}
	for nv := 1; nv <= 3; nv++ {
		gemm(v, rows, nv, 0, nil)
	}
	// A tile of AVX-512 multiplies four times as much as one of AVX2.
	gemm(v, rows, 3, rows*rows/8, nil)
	gemm(v, rows, 3, rows*rows/4, nil)
	gemm(v, rows, 3, 0, &errand{"Carry", "copies a plane of a block", carryPlane})
	gemm(v, rows, 3, 0, &errand{"Ask", "asks for a plane of the next block", askPlane})
	carries(v)
	if v.bytes == 32 {
		planesAhead()
	}
}

// planesAhead writes the function that asks for a block of some planes. Planes lie too far apart for the processor's
// prefetcher, which sees three lines of each.
func planesAhead() {
	TEXT("askPlanes", NOSPLIT, "func(first *float32, planes, stride int)")
	Doc("askPlanes asks for a block of some planes, stride bytes apart.")
	Pragma("noescape")
	p, n, stride := Load(Param("first"), GP64()), Load(Param("planes"), GP64()), Load(Param("stride"), GP64())
	Label("planes")
	for at := 0; at < planeBytes; at += 64 {
		PREFETCHT0(Mem{Base: p, Disp: at})
	}
	PREFETCHT0(Mem{Base: p, Disp: planeBytes - 4})
	ADDQ(stride, p)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("planes"))
	RET()
}

// gemm writes C[rows][nv vectors] (+)= A·B with C kept in registers over the whole of k: per step of k it loads nv
// vectors of B and broadcasts one value from each row of A. A product leaves the load ports half idle; with fetch > 0
// every four steps of k fetch that many rows of the grid's table into the second-level cache for the block to come; with
// an errand they do something for one plane of a block, as long as there are any left.
func gemm(v isa, rows, nv, fetch int, e *errand) {
	name, doc := fmt.Sprintf("gemm%s%dx%d", v.name, rows, nv), ""
	if fetch > 0 {
		name, doc = fmt.Sprintf("%sFetch%d", name, fetch), fmt.Sprintf(" and fetches %d table rows every four steps", fetch)
	}
	if e != nil {
		name, doc = name+e.name, fmt.Sprintf(" and %s every four steps", e.doc)
	}
	TEXT(name, NOSPLIT, "func(p *byte)")
	Doc(fmt.Sprintf("%s multiplies in tiles of %d rows and %d vectors%s.", name, rows, nv, doc))
	Pragma("noescape")
	g := args{Load(Param("p"), GP64())}

	lda := g.load(gLda)
	ldb := g.load(gLdb)
	lda3 := GP64()
	LEAQ(Mem{Base: lda, Index: lda, Scale: 2}, lda3)
	var fetchP, tab reg.GPVirtual
	if fetch > 0 {
		fetchP, tab = g.load(gFetch), g.load(gTable)
	}
	set := func(i int, r reg.GPVirtual) { MOVQ(r, g.mem(i)) }
	set(gRowA, g.load(gA))
	set(gRowC, g.load(gDst))

	Label("rows")
	colB, colC := g.load(gB), g.load(gRowC)
	set(gColCount, g.load(gColTiles))

	Label("cols")
	acc := v.regs(rows * nv)
	for _, r := range acc {
		v.zero(r)
	}
	a := []reg.GPVirtual{g.load(gRowA)}
	if rows == 8 {
		a = append(a, GP64())
		LEAQ(Mem{Base: a[0], Index: lda, Scale: 4}, a[1])
	}
	b := GP64()
	MOVQ(colB, b)
	k := g.load(gK)

	aMem := func(row, step int) Mem {
		m := Mem{Base: a[row/4], Disp: 4 * step}
		switch row % 4 {
		case 1:
			m.Index, m.Scale = lda, 1
		case 2:
			m.Index, m.Scale = lda, 2
		case 3:
			m.Index, m.Scale = lda3, 1
		}
		return m
	}
	const unroll = 4
	Label("k")
	for step := range unroll {
		bv := v.regs(nv)
		for j := range bv {
			VMOVUPS(Mem{Base: b, Disp: j * v.bytes}, bv[j])
		}
		ADDQ(ldb, b)
		for i := range rows {
			av := v.reg()
			VBROADCASTSS(aMem(i, step), av)
			for j := range bv {
				VFMADD231PS(bv[j], av, acc[i*nv+j])
			}
		}
		for i := step * fetch / unroll; i < (step+1)*fetch/unroll; i++ {
			o := GP64()
			MOVL(Mem{Base: fetchP, Disp: 4 * i}, o.As32())
			PREFETCHT1(Mem{Base: tab, Index: o, Scale: 1})
		}
	}
	if fetch > 0 {
		ADDQ(Imm(uint64(4*fetch)), fetchP)
	}
	for i := range a {
		ADDQ(Imm(4*unroll), a[i])
	}
	if e != nil {
		e.plane(v, g)
		Label("none")
	}
	SUBQ(Imm(unroll), k)
	JNZ(LabelRef("k"))

	// What happens to the tile before it is stored.
	ldc := g.load(gLdc)
	each := func(base reg.GPVirtual, f func(m Mem, r reg.VecVirtual)) {
		p := GP64()
		MOVQ(base, p)
		for i := range rows {
			for j := range nv {
				f(Mem{Base: p, Disp: j * v.bytes}, acc[i*nv+j])
			}
			if i+1 < rows {
				ADDQ(ldc, p)
			}
		}
	}
	flags := g.load(gFlags)
	TESTQ(U32(flagAccumulate), flags)
	JZ(LabelRef("noaccumulate"))
	each(colC, func(m Mem, r reg.VecVirtual) { VADDPS(m, r, r) })
	Label("noaccumulate")
	TESTQ(U32(flagReLU), flags)
	JZ(LabelRef("norelu"))
	zero := v.reg()
	v.zero(zero)
	// MAXPS returns its second source when one is NaN; that is the accumulator here, so a NaN stays visible.
	for _, r := range acc {
		VMAXPS(r, zero, r)
	}
	Label("norelu")
	TESTQ(U32(flagMask), flags)
	JZ(LabelRef("nomask"))
	maskP := GP64()
	MOVQ(colC, maskP)
	SUBQ(g.mem(gDst), maskP)
	ADDQ(g.mem(gMask), maskP)
	mzero := v.reg()
	v.zero(mzero)
	each(maskP, func(m Mem, r reg.VecVirtual) {
		if v.bytes == 64 {
			keep := K()
			VCMPPS(Imm(1), m, mzero, keep) // 0 < m
			VMOVUPS_Z(r, keep, r)
		} else {
			keep := v.reg()
			VCMPPS(Imm(1), m, mzero, keep)
			VANDPS(keep, r, r)
		}
	})
	Label("nomask")
	each(colC, func(m Mem, r reg.VecVirtual) { VMOVUPS(r, m) })

	ADDQ(Imm(uint64(nv*v.bytes)), colB)
	ADDQ(Imm(uint64(nv*v.bytes)), colC)
	SUBQ(Imm(1), g.mem(gColCount))
	JNZ(LabelRef("cols"))

	shift := uint64(2) // log2 of rows
	if rows == 8 {
		shift = 3
	}
	down := func(i int, stride reg.GPVirtual) {
		step := GP64()
		MOVQ(stride, step)
		SHLQ(Imm(shift), step)
		ADDQ(step, g.mem(i))
	}
	down(gRowA, lda)
	down(gRowC, ldc)
	SUBQ(Imm(1), g.mem(gRowTiles))
	JNZ(LabelRef("rows"))
	if fetch > 0 {
		set(gFetch, fetchP)
	}
	VZEROUPPER()
	RET()
}

// errand is what a product does on the way: plane goes to the label "none" when no plane is left.
type errand struct {
	name, doc string
	plane     func(v isa, g args)
}

// askPlane asks for the samples of the next block in one plane. They may begin anywhere in a line; the line of their first
// value is then also the last line of the block before them, which was asked for with that one.
func askPlane(_ isa, g args) {
	p := GP64()
	MOVQ(g.mem(gLeft), p)
	SUBQ(Imm(1), p)
	JLT(LabelRef("none"))
	MOVQ(p, g.mem(gLeft))
	MOVQ(g.mem(gNext), p)
	for at := 64; at <= planeBytes; at += 64 {
		PREFETCHT0(Mem{Base: p, Disp: at - 4})
	}
	ADDQ(g.mem(gNextStride), p)
	MOVQ(p, g.mem(gNext))
}

// carryPlane copies one plane of a block and asks for another one. Planes lie so far apart that no stream of the
// processor's prefetcher covers them, and at a power of two they all want the same places in its caches: they are asked for
// a few copies ahead, not a block ahead.
func carryPlane(v isa, g args) {
	p := GP64()
	MOVQ(g.mem(gLeft), p)
	SUBQ(Imm(1), p)
	JLT(LabelRef("none"))
	MOVQ(p, g.mem(gLeft))
	MOVQ(g.mem(gNext), p)
	for at := 0; at < planeBytes; at += 64 {
		PREFETCHT1(Mem{Base: p, Disp: at})
	}
	ADDQ(g.mem(gNextStride), p)
	MOVQ(p, g.mem(gNext))
	from, to := g.load(gFrom), g.load(gTo)
	for at := 0; at < planeBytes; {
		some := v.regs(3)
		for i, r := range some {
			VMOVUPS(Mem{Base: from, Disp: at + i*v.bytes}, r)
		}
		for i, r := range some {
			VMOVUPS(r, Mem{Base: to, Disp: at + i*v.bytes})
		}
		at += len(some) * v.bytes
	}
	ADDQ(g.mem(gFromStride), from)
	ADDQ(g.mem(gToStride), to)
	MOVQ(from, g.mem(gFrom))
	MOVQ(to, g.mem(gTo))
}

// carries writes the copying of all planes that are left.
func carries(v isa) {
	TEXT("carry"+v.name, NOSPLIT, "func(p *byte)")
	Doc(fmt.Sprintf("carry%s copies the planes of a block that are left.", v.name))
	Pragma("noescape")
	g := args{Load(Param("p"), GP64())}
	Label("planes")
	carryPlane(v, g)
	JMP(LabelRef("planes"))
	Label("none")
	VZEROUPPER()
	RET()
}
