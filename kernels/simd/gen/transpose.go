package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transposes writes transposeX: dst[s][r] = src[r][s] in tiles of one register of rows by four columns. The 16-byte
// pieces of rows j, j+4, j+8… go into the quarters of register j while they are loaded, so that a 4×4 transposition
// inside each quarter finishes the tile.
func transposes(v isa) {
	TEXT("transpose"+v.name, NOSPLIT, "func(dst, src *float32, rowTiles, colTiles, dstStride, srcStride int)")
	Doc("transpose" + v.name + " transposes tiles of one register of rows by four columns; strides in bytes.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	rows := Load(Param("rowTiles"), GP64())
	dstStride := Load(Param("dstStride"), GP64())
	srcStride := Load(Param("srcStride"), GP64())
	src3 := GP64()
	LEAQ(Mem{Base: srcStride, Index: srcStride, Scale: 2}, src3)
	quarters := v.lanes / 4

	Label("rows")
	cols := Load(Param("colTiles"), GP64())
	s, d := GP64(), GP64()
	MOVQ(src, s)
	MOVQ(dst, d)
	Label("cols")
	z := v.regs(4)
	p := GP64()
	MOVQ(s, p)
	for q := range quarters {
		for j := range 4 {
			m := Mem{Base: p}
			switch j {
			case 1:
				m.Index, m.Scale = srcStride, 1
			case 2:
				m.Index, m.Scale = srcStride, 2
			case 3:
				m.Index, m.Scale = src3, 1
			}
			switch {
			case q == 0 && v.bytes == 64:
				VBROADCASTF32X4(m, z[j])
			case q == 0:
				VBROADCASTF128(m, z[j])
			case v.bytes == 64:
				VINSERTF32X4(Imm(uint64(q)), m, z[j], z[j])
			default:
				VINSERTF128(Imm(uint64(q)), m, z[j], z[j])
			}
		}
		if q+1 < quarters {
			LEAQ(Mem{Base: p, Index: srcStride, Scale: 4}, p)
		}
	}
	a, b, c, e := v.reg(), v.reg(), v.reg(), v.reg()
	VUNPCKLPS(z[1], z[0], a)
	VUNPCKHPS(z[1], z[0], b)
	VUNPCKLPS(z[3], z[2], c)
	VUNPCKHPS(z[3], z[2], e)
	for i, pair := range [4][2]reg.VecVirtual{{a, c}, {a, c}, {b, e}, {b, e}} {
		r := v.reg()
		if i&1 == 0 {
			VUNPCKLPD(pair[1], pair[0], r)
		} else {
			VUNPCKHPD(pair[1], pair[0], r)
		}
		VMOVUPS(r, Mem{Base: d})
		ADDQ(dstStride, d)
	}
	ADDQ(Imm(16), s)
	SUBQ(Imm(1), cols)
	JNZ(LabelRef("cols"))
	for range quarters {
		LEAQ(Mem{Base: src, Index: srcStride, Scale: 4}, src)
	}
	ADDQ(Imm(uint64(v.bytes)), dst)
	SUBQ(Imm(1), rows)
	JNZ(LabelRef("rows"))
	VZEROUPPER()
	RET()
}
