package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of scatterArgs, in order.
const (
	sTable   = iota // first row of the level's gradients
	sGrad           // F planes
	sFrac           // 3 planes
	sIndex          // 8 planes of byte offsets
	sNext           // 8 planes of the block to come, whose rows are fetched meanwhile
	sWeights        // scratch: 8 planes
	sRows           // scratch: one row of F gradients per sample
	sSamples        // to scatter; the planes hold whole registers
	sVectors        // registers of 8 samples that cover them
	sStride         // bytes from plane to plane
	sLow            // first byte offset of the range that the call owns
	sLength         // its length; offsets outside are left alone
)

// scatters writes the forms for rows of one, two and four features, for a whole level and for a range of its rows. They
// need 256-bit registers at most, so both instruction sets share them.
func scatters(v isa) {
	if v.bytes != 32 {
		return
	}
	for _, f := range []int{1, 2, 4} {
		scatter(v, f, false)
		scatter(v, f, true)
	}
}

func scatter(v isa, f int, ranged bool) {
	name := fmt.Sprintf("scatterF%d", f)
	if ranged {
		name += "Range"
	}
	TEXT(name, NOSPLIT, "func(s *byte)")
	Doc(name + " adds weight times gradient to the eight rows of each sample, in the order of the samples.")
	Pragma("noescape")
	s := args{Load(Param("s"), GP64())}
	stride := s.load(sStride)

	cornerWeights(v, s, stride)
	gradients := sGrad // a plane is rows of one value
	if f > 1 {
		gradientRows(v, f, s, stride)
		gradients = sRows
	}

	tab, rows, weights := s.load(sTable), s.load(gradients), s.load(sWeights)
	index, next, n := s.load(sIndex), s.load(sNext), s.load(sSamples)
	var low, length reg.GPVirtual
	if ranged {
		low, length = s.load(sLow), s.load(sLength)
	}
	Label("samples")
	g := XMM()
	switch f {
	case 1:
		VMOVSS(Mem{Base: rows}, g)
	case 2:
		VMOVSD(Mem{Base: rows}, g)
	default:
		VMOVUPS(Mem{Base: rows}, g)
	}
	ip, wp, np := GP64(), GP64(), GP64()
	MOVQ(index, ip)
	MOVQ(weights, wp)
	MOVQ(next, np)
	for corner := range 8 {
		o := GP64()
		MOVL(Mem{Base: ip}, o.As32())
		skip := fmt.Sprintf("skip%d", corner)
		if ranged {
			t := GP64()
			MOVQ(o, t)
			SUBQ(low, t)
			CMPQ(t, length)
			JAE(LabelRef(skip))
		}
		w, x := XMM(), XMM()
		m := Mem{Base: tab, Index: o, Scale: 1}
		VBROADCASTSS(Mem{Base: wp}, w)
		VMULPS(g, w, w)
		switch f {
		case 1:
			VADDSS(m, w, w)
			VMOVSS(w, m)
		case 2:
			VMOVSD(m, x)
			VADDPS(x, w, w)
			VMOVSD(w, m)
		default:
			VADDPS(m, w, w)
			VMOVUPS(w, m)
		}
		if ranged {
			Label(skip)
		} else {
			MOVL(Mem{Base: np}, o.As32())
			PREFETCHT0(m)
		}
		if corner < 7 {
			ADDQ(stride, ip)
			ADDQ(stride, wp)
			ADDQ(stride, np)
		}
	}
	for _, r := range []reg.GPVirtual{index, weights, next} {
		ADDQ(Imm(4), r)
	}
	ADDQ(Imm(uint64(4*f)), rows)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("samples"))
	VZEROUPPER()
	RET()
}

// cornerWeights computes ((wx·wy)·wz) of the eight corners into the scratch planes.
func cornerWeights(v isa, s args, stride reg.GPVirtual) {
	frac, out, n := s.load(sFrac), s.load(sWeights), s.load(sVectors)
	Label("weights")
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
	pick := func(d, bit int) reg.VecVirtual {
		if bit != 0 {
			return hi[d]
		}
		return lo[d]
	}
	q := GP64()
	MOVQ(out, q)
	for corner := range 8 {
		w := v.reg()
		VMULPS(pick(1, corner&2), pick(0, corner&1), w)
		VMULPS(pick(2, corner&4), w, w)
		VMOVUPS(w, Mem{Base: q})
		if corner < 7 {
			ADDQ(stride, q)
		}
	}
	ADDQ(Imm(32), frac)
	ADDQ(Imm(32), out)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("weights"))
}

// gradientRows turns F planes into one row of F values per sample, four samples at a time.
func gradientRows(v isa, f int, s args, stride reg.GPVirtual) {
	grad, out, n := s.load(sGrad), s.load(sRows), s.load(sVectors)
	ADDQ(n, n)
	Label("rows")
	p := GP64()
	MOVQ(grad, p)
	in := make([]reg.VecVirtual, f)
	for i := range in {
		in[i] = XMM()
		VMOVUPS(Mem{Base: p}, in[i])
		if i+1 < f {
			ADDQ(stride, p)
		}
	}
	var planes []reg.VecVirtual
	if f == 2 {
		lo, hi := XMM(), XMM()
		VUNPCKLPS(in[1], in[0], lo)
		VUNPCKHPS(in[1], in[0], hi)
		planes = append(planes, lo, hi)
	} else {
		a, b, c, d := XMM(), XMM(), XMM(), XMM()
		VUNPCKLPS(in[1], in[0], a)
		VUNPCKHPS(in[1], in[0], b)
		VUNPCKLPS(in[3], in[2], c)
		VUNPCKHPS(in[3], in[2], d)
		for _, pair := range [][2]reg.VecVirtual{{a, c}, {b, d}} {
			lo, hi := XMM(), XMM()
			VUNPCKLPD(pair[1], pair[0], lo)
			VUNPCKHPD(pair[1], pair[0], hi)
			planes = append(planes, lo, hi)
		}
	}
	for i, r := range planes {
		VMOVUPS(r, Mem{Base: out, Disp: 16 * i})
	}
	ADDQ(Imm(uint64(16*f)), out)
	ADDQ(Imm(16), grad)
	SUBQ(Imm(1), n)
	JNZ(LabelRef("rows"))
}
