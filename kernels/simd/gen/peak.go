package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// peakChains is PeakChains of package kernels.
const peakChains = 12

// peaks writes what measures the processor: chains of multiply-adds, and rows read at unrelated places.
func peaks(v isa) {
	TEXT("fmaChains"+v.name, NOSPLIT, "func(x *float32, factor, addend float32, steps int)")
	Doc(fmt.Sprintf("fmaChains%s takes steps times x = x·factor + addend for %d registers at x.", v.name, peakChains))
	Pragma("noescape")
	x := Load(Param("x"), GP64())
	factor, addend := v.reg(), v.reg()
	f, _ := Param("factor").Resolve()
	a, _ := Param("addend").Resolve()
	VBROADCASTSS(f.Addr, factor)
	VBROADCASTSS(a.Addr, addend)
	steps := Load(Param("steps"), GP64())
	chains := v.regs(peakChains)
	for i, r := range chains {
		VMOVUPS(Mem{Base: x, Disp: i * v.bytes}, r)
	}
	TESTQ(steps, steps)
	JZ(LabelRef("done"))
	Label("loop")
	for _, r := range chains {
		VFMADD213PS(addend, factor, r)
	}
	SUBQ(Imm(1), steps)
	JNZ(LabelRef("loop"))
	Label("done")
	for i, r := range chains {
		VMOVUPS(r, Mem{Base: x, Disp: i * v.bytes})
	}
	VZEROUPPER()
	RET()

	if v.bytes == 32 {
		gatherRows(2)
		gatherRows(4)
	}
}

// gatherRows writes gatherRowsN: the exclusive or of rows of N words. Four rows are in flight in registers of their own;
// the processor finds the other independent loads itself.
func gatherRows(words int) {
	TEXT(fmt.Sprintf("gatherRows%d", words), NOSPLIT, "func(rows *uint32, place uint32, steps, shift int, digest *[4]uint32)")
	Doc(fmt.Sprintf("gatherRows%d combines 4·steps rows of %d words by exclusive or.", words, words))
	Pragma("noescape")
	rows := Load(Param("rows"), GP64())
	place := GP32()
	Load(Param("place"), place)
	steps := Load(Param("steps"), GP64())
	shift := GP64()
	Load(Param("shift"), shift)
	sum := XMM()
	VPXOR(sum, sum, sum)
	TESTQ(steps, steps)
	JZ(LabelRef("done"))
	Label("loop")
	for range 4 {
		at := GP32()
		SHRXL(shift.As32(), place, at)
		ADDL(U32(2654435761), place)
		if words == 4 {
			SHLQ(Imm(1), at.As64())
			VPXOR(Mem{Base: rows, Index: at.As64(), Scale: 8}, sum, sum)
		} else {
			row := XMM()
			VMOVQ(Mem{Base: rows, Index: at.As64(), Scale: 8}, row)
			VPXOR(row, sum, sum)
		}
	}
	SUBQ(Imm(1), steps)
	JNZ(LabelRef("loop"))
	Label("done")
	VMOVDQU(sum, Mem{Base: Load(Param("digest"), GP64())})
	RET()
}
