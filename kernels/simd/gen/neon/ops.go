package main

import "fmt"

// The operations on four lanes. Names and operands follow the formulas, results come back in a new register. Sums of
// products round after every step as the twins do, but for madd.

var (
	three = []int{0, 5, 16} // d, n, m
	two   = []int{0, 5}
)

// lacking is an operation of two operands that the assembler lacks.
func lacking(base uint32, name string, a, b vec) vec {
	r := newVec()
	word(base, name+" v?.4s, v?.4s, v?.4s", three, r, a, b)
	return r
}

// single is an operation of one operand that the assembler lacks.
func single(base uint32, name string, a vec) vec {
	r := newVec()
	word(base, name+" v?.4s, v?.4s", two, r, a)
	return r
}

func fadd(a, b vec) vec   { return lacking(0x4e20d400, "fadd", a, b) }
func fsub(a, b vec) vec   { return lacking(0x4ea0d400, "fsub", a, b) }
func fmul(a, b vec) vec   { return lacking(0x6e20dc00, "fmul", a, b) }
func fdiv(a, b vec) vec   { return lacking(0x6e20fc00, "fdiv", a, b) }
func fmax(a, b vec) vec   { return lacking(0x4e20f400, "fmax", a, b) } // NaN where one is NaN
func fsqrt(a vec) vec     { return single(0x6ea1f800, "fsqrt", a) }
func fabs(a vec) vec      { return single(0x4ea0f800, "fabs", a) }
func fneg(a vec) vec      { return single(0x6ea0f800, "fneg", a) }
func floor(a vec) vec     { return single(0x4e219800, "frintm", a) }
func toInt(a vec) vec     { return single(0x4ea1b800, "fcvtzs", a) } // towards 0, within int32
func imul(a, b vec) vec   { return lacking(0x4ea09c00, "mul", a, b) }
func shift(a, by vec) vec { return lacking(0x6ea04400, "ushl", a, by) } // left, every lane by its own

func ceil(a vec) vec    { return single(0x4ea18800, "frintp", a) }
func fromInt(a vec) vec { return single(0x4e21d800, "scvtf", a) }
func smin(a, b vec) vec { return lacking(0x4ea06c00, "smin", a, b) }
func smax(a, b vec) vec { return lacking(0x4ea06400, "smax", a, b) }

// Comparisons set all bits of a lane, or none; they are false for NaN.
func fgt(a, b vec) vec   { return lacking(0x6ea0e400, "fcmgt", a, b) }
func fge(a, b vec) vec   { return lacking(0x6e20e400, "fcmge", a, b) }
func igt(a, b vec) vec   { return lacking(0x4ea03400, "cmgt", a, b) }
func feq(a, b vec) vec   { return lacking(0x4e20e400, "fcmeq", a, b) }
func ieq(a, b vec) vec   { return known("VCMEQ V?.S4, V?.S4, V?.S4", a, b) }
func positive(a vec) vec { return zeroCompare(0x4ea0c800, "fcmgt", a) }
func negative(a vec) vec { return zeroCompare(0x4ea0e800, "fcmlt", a) }
func atLeast0(a vec) vec { return zeroCompare(0x6ea0c800, "fcmge", a) }
func isZero(a vec) vec   { return zeroCompare(0x4ea0d800, "fcmeq", a) }

func zeroCompare(base uint32, name string, a vec) vec {
	r := newVec()
	word(base, name+" v?.4s, v?.4s, #0.0", two, r, a)
	return r
}

// known is an operation that the assembler has; it takes the second operand first.
func known(text string, a, b vec) vec {
	r := newVec()
	emit(text, b, a, r)
	return r
}

func iadd(a, b vec) vec  { return known("VADD V?.S4, V?.S4, V?.S4", a, b) }
func isub(a, b vec) vec  { return known("VSUB V?.S4, V?.S4, V?.S4", a, b) }
func umin(a, b vec) vec  { return known("VUMIN V?.S4, V?.S4, V?.S4", a, b) }
func umax(a, b vec) vec  { return known("VUMAX V?.S4, V?.S4, V?.S4", a, b) }
func and(a, b vec) vec   { return known("VAND V?.B16, V?.B16, V?.B16", a, b) }
func or(a, b vec) vec    { return known("VORR V?.B16, V?.B16, V?.B16", a, b) }
func xor(a, b vec) vec   { return known("VEOR V?.B16, V?.B16, V?.B16", a, b) }
func zip1(a, b vec) vec  { return known("VZIP1 V?.S4, V?.S4, V?.S4", a, b) } // a0 b0 a1 b1
func zip2(a, b vec) vec  { return known("VZIP2 V?.S4, V?.S4, V?.S4", a, b) } // a2 b2 a3 b3
func low2(a, b vec) vec  { return known("VZIP1 V?.D2, V?.D2, V?.D2", a, b) } // a0 a1 b0 b1
func high2(a, b vec) vec { return known("VZIP2 V?.D2, V?.D2, V?.D2", a, b) } // a2 a3 b2 b3
func even(a, b vec) vec  { return known("VUZP1 V?.S4, V?.S4, V?.S4", a, b) } // a0 a2 b0 b2
func odd(a, b vec) vec   { return known("VUZP2 V?.S4, V?.S4, V?.S4", a, b) } // a1 a3 b1 b3

// without is a where b has no bit set.
func without(a, b vec) vec {
	r := newVec()
	word(0x4e601c00, "bic v?.16b, v?.16b, v?.16b", three, r, a, b)
	return r
}

func shl(a vec, n int) vec {
	r := newVec()
	emit(fmt.Sprintf("VSHL $%d, V?.S4, V?.S4", n), a, r)
	return r
}

func shr(a vec, n int) vec {
	r := newVec()
	emit(fmt.Sprintf("VUSHR $%d, V?.S4, V?.S4", n), a, r)
	return r
}

// sar keeps the sign.
func sar(a vec, n int) vec {
	r := newVec()
	word(0x4f000400|uint32(64-n)<<16, fmt.Sprintf("sshr v?.4s, v?.4s, #%d", n), two, r, a)
	return r
}

// choose is yes where every bit of m is set, no where none is.
func choose(m, yes, no vec) vec {
	r := copyOf(m)
	emit("VBSL V?.B16, V?.B16, V?.B16", no, yes, r)
	return r
}

// least and most give b where one is NaN or both are 0, like the instructions of amd64.
func least(a, b vec) vec { return choose(fgt(b, a), a, b) }
func most(a, b vec) vec  { return choose(fgt(a, b), a, b) }

func copyOf(a vec) vec {
	r := newVec()
	set(r, a)
	return r
}

func set(to, a vec)  { emit("VMOV V?.B16, V?.B16", a, to) }
func setGP(to, a gp) { emit("MOVD R?, R?", a, to) }
func zero(r vec)     { emit("VEOR V?.B16, V?.B16, V?.B16", r, r, r) }

// addInto adds a to sum.
func addInto(sum, a vec) { word(0x4e20d400, "fadd v?.4s, v?.4s, v?.4s", three, sum, sum, a) }

// madd adds a·b to sum, rounded once.
func madd(sum, a, b vec) { word(0x4e20cc00, "fmla v?.4s, v?.4s, v?.4s", three, sum, a, b) }

// maddLane adds a·b[lane] to sum, rounded once.
func maddLane(sum, a, b vec, lane int) {
	word(0x4f801000|laneBits(lane), fmt.Sprintf("fmla v?.4s, v?.4s, v?.s[%d]", lane), three, sum, a, b)
}

// maddLane2 is maddLane for the two lower lanes of sum and a.
func maddLane2(sum, a, b vec, lane int) {
	word(0x0f801000|laneBits(lane), fmt.Sprintf("fmla v?.2s, v?.2s, v?.s[%d]", lane), three, sum, a, b)
}

func laneBits(lane int) uint32 { return uint32(lane&1)<<21 | uint32(lane>>1)<<11 }

// mulLane is a·b[lane].
func mulLane(a, b vec, lane int) vec {
	r := newVec()
	word(0x4f809000|laneBits(lane), fmt.Sprintf("fmul v?.4s, v?.4s, v?.s[%d]", lane), three, r, a, b)
	return r
}

// widen makes four float32 of four halves.
func widen(a vec) vec {
	r := newVec()
	word(0x0e217800, "fcvtl v?.4s, v?.4h", two, r, a)
	return r
}

// narrow makes four halves of four float32, rounded to the nearest.
func narrow(a vec) vec {
	r := newVec()
	word(0x0e216800, "fcvtn v?.4h, v?.4s", two, r, a)
	return r
}

// largest is the largest lane, unsigned, in lane 0.
func largest(a vec) vec {
	r := newVec()
	word(0x6eb0a800, "umaxv s?, v?.4s", two, r, a)
	return r
}

// total is the sum of the lanes, in lane 0.
func total(a vec) vec {
	r := newVec()
	word(0x4eb1b800, "addv s?, v?.4s", two, r, a)
	return r
}

// anyBit is not 0 where a bit of a is set.
func anyBit(a vec) gp {
	r := newGP()
	emit("VMOV V?.S[0], R?", largest(a), r)
	return r
}

// jumpIfNone goes to a label where no bit of a is set.
func jumpIfNone(a vec, name string) { branch("CBZ", name, anyBit(a)) }

// gather loads words of a table by their numbers.
func gather(table gp, number vec) vec {
	var parts [4]vec
	for i := range parts {
		o := newGP()
		emit(fmt.Sprintf("VMOV V?.S[%d], R?", i), number, o)
		emit("LSL $2, R?, R?", o, o)
		parts[i] = loadAt(table, o, 4)
	}
	return low2(zip1(parts[0], parts[1]), zip1(parts[2], parts[3]))
}

// Memory.

func load(from gp, at int) vec {
	r := newVec()
	emit(fmt.Sprintf("FMOVQ %d(R?), F?", at), from, r)
	return r
}

func store(a vec, to gp, at int) { emit(fmt.Sprintf("FMOVQ F?, %d(R?)", at), a, to) }

// loadAt loads 16, 8 or 4 bytes at base+offset; the rest of the register is 0.
func loadAt(base, offset gp, bytes int) vec {
	r := newVec()
	switch bytes {
	case 16:
		word(0x3ce06800, "ldr q?, [x?,x?]", three, r, base, offset)
	case 8:
		emit("FMOVD (R?)(R?), F?", base, offset, r)
	case 4:
		emit("FMOVS (R?)(R?), F?", base, offset, r)
	}
	return r
}

// storeAt is the inverse of loadAt.
func storeAt(a vec, base, offset gp, bytes int) {
	switch bytes {
	case 16:
		word(0x3ca06800, "str q?, [x?,x?]", three, a, base, offset)
	case 8:
		emit("FMOVD F?, (R?)(R?)", a, base, offset)
	case 4:
		emit("FMOVS F?, (R?)(R?)", a, base, offset)
	}
}

// splat loads one value into every lane.
func splat(from gp, at int) vec {
	r, t := newVec(), newGP()
	emit(fmt.Sprintf("MOVWU %d(R?), R?", at), from, t)
	emit("VDUP R?, V?.S4", t, r)
	return r
}

func loadGP(from gp, at int) gp {
	r := newGP()
	emit(fmt.Sprintf("MOVD %d(R?), R?", at), from, r)
	return r
}

func storeGP(r, to gp, at int) { emit(fmt.Sprintf("MOVD R?, %d(R?)", at), r, to) }

func addTo(r, by gp)       { emit("ADD R?, R?, R?", by, r, r) }
func advance(r gp, by int) { emit(fmt.Sprintf("ADD $%d, R?, R?", by), r, r) }
func copyGP(a gp) gp       { r := newGP(); setGP(r, a); return r }
func sumGP(a, b gp) gp     { r := newGP(); emit("ADD R?, R?, R?", b, a, r); return r }
func prefetch(p gp, at, level int) {
	emit(fmt.Sprintf("PRFM %d(R?), PLDL%dKEEP", at, level), p)
}

// loop writes body n times at run time, n at least 1; n is counted down.
func loop(name string, n gp, step int, body func()) {
	label(name)
	body()
	emit(fmt.Sprintf("SUBS $%d, R?, R?", step), n, n)
	branch("BNE", name)
}

// unless writes body, left out where flag is 0.
func unless(name string, flag gp, body func()) {
	branch("CBZ", name, flag)
	body()
	label(name)
}

// unlessBit writes body, left out where the bit of flags is clear.
func unlessBit(name string, flags gp, bit int, body func()) {
	fn.list = append(fn.list, inst{text: fmt.Sprintf("TBZ $%d, R?, %s", bit, name), regs: []any{flags}, target: name})
	body()
	label(name)
}

// args gives access to the 8-byte words of an argument structure by position.
type args struct{ base gp }

func (a args) load(i int) gp     { return loadGP(a.base, 8*i) }
func (a args) splat(i int) vec   { return splat(a.base, 8*i) }
func (a args) store(i int, r gp) { storeGP(r, a.base, 8*i) }
