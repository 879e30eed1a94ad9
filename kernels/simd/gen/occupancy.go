package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// occupancies writes what passes over every cell of the density grid.
func occupancies(v isa) {
	zeroed := func() reg.VecVirtual {
		z := v.reg()
		v.zero(z)
		return z
	}

	TEXT("decay"+v.name, NOSPLIT, "func(grid, measured *float32, vectors int, decay float32)")
	Doc("decay" + v.name + " merges measurements into whole registers of cells and clears them.")
	Pragma("noescape")
	grid, measured := Load(Param("grid"), GP64()), Load(Param("measured"), GP64())
	n := Load(Param("vectors"), GP64())
	decay := v.reg()
	d, _ := Param("decay").Resolve()
	VBROADCASTSS(d.Addr, decay)
	zero := zeroed()
	Label("loop")
	g, m := v.reg(), v.reg()
	VMOVUPS(Mem{Base: grid}, g)
	VMOVUPS(Mem{Base: measured}, m)
	below := v.compare(g, lt, zero)
	// The measurement is the second operand: it replaces a 0 of either sign.
	r := v.most(v.mul(g, decay), m)
	VMOVUPS(v.choose(below, g, r), Mem{Base: grid})
	VMOVUPS(zero, Mem{Base: measured})
	ADDQ(Imm(uint64(v.bytes)), grid)
	ADDQ(Imm(uint64(v.bytes)), measured)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()

	TEXT("above"+v.name, NOSPLIT, "func(bits *byte, grid *float32, groups int, threshold float32)")
	Doc("above" + v.name + " writes a bit for each of groups·32 cells: 1 where the value exceeds the threshold.")
	Pragma("noescape")
	bits := Load(Param("bits"), GP64())
	grid = Load(Param("grid"), GP64())
	n = Load(Param("groups"), GP64())
	threshold := v.reg()
	t, _ := Param("threshold").Resolve()
	VBROADCASTSS(t.Addr, threshold)
	Label("loop")
	for part := range 32 / v.lanes {
		above := v.compare(threshold, lt, Mem{Base: grid, Disp: part * v.bytes})
		if v.bytes == 64 {
			KMOVW(above.k, Mem{Base: bits, Disp: 2 * part})
		} else {
			b := GP32()
			VMOVMSKPS(above.v, b)
			MOVB(b.As8(), Mem{Base: bits, Disp: part})
		}
	}
	ADDQ(Imm(4), bits)
	ADDQ(Imm(128), grid)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()

	TEXT("partSums"+v.name, NOSPLIT, "func(sums, grid *float32, rows int)")
	Doc("partSums" + v.name + " adds the values above 0 of rows of 256 cells to 256 sums, column by column.")
	Pragma("noescape")
	sums := Load(Param("sums"), GP64())
	first := Load(Param("grid"), GP64())
	rows := Load(Param("rows"), GP64())
	columns := GP64()
	MOVQ(U32(256/v.lanes/4), columns)
	zero = zeroed()
	Label("columns")
	acc := v.regs(4)
	for i, a := range acc {
		VMOVUPS(Mem{Base: sums, Disp: i * v.bytes}, a)
	}
	at, left := GP64(), GP64()
	MOVQ(first, at)
	MOVQ(rows, left)
	Label("rows")
	for i, a := range acc {
		x := v.reg()
		VMAXPS(Mem{Base: at, Disp: i * v.bytes}, zero, x)
		VADDPS(x, a, a)
	}
	ADDQ(U32(1024), at)
	SUBQ(Imm(1), left)
	JNZ(LabelRef("rows"))
	for i, a := range acc {
		VMOVUPS(a, Mem{Base: sums, Disp: i * v.bytes})
	}
	ADDQ(U32(uint32(4*v.bytes)), sums)
	ADDQ(U32(uint32(4*v.bytes)), first)
	SUBQ(Imm(1), columns)
	JNZ(LabelRef("columns"))
	VZEROUPPER()
	RET()
}
