package main

// exp is math32.Exp, rounded after every step as there.
func exp(x vec) vec {
	n := floor(fadd(fmul(x, constant(1.44269502)), constant(0.5)))
	n = least(most(n, constant(-127)), constant(128))
	r := fsub(x, fmul(n, constant(0.693145751953125)))
	r = fsub(r, fmul(n, constant(1.428606765330187e-06)))
	p := constant(0.0013926184037700295)
	for _, c := range []float32{0.008363178931176662, 0.041666556149721146, 0.16666576266288757, 0.5} {
		p = fadd(fmul(p, r), constant(c))
	}
	p = fadd(fmul(p, fmul(r, r)), r)
	p = fadd(p, constant(1))
	k := toInt(n)
	half := sar(k, 1)
	bias := ints(127)
	s := fmul(p, shl(iadd(half, bias), 23))
	s = fmul(s, shl(iadd(isub(k, half), bias), 23))
	s = choose(fgt(constant(-87.336544), x), ints(0), s)
	return choose(fgt(x, constant(88.72283)), ints(0x7f800000), s)
}

// log is math32.Log of normal positive numbers.
func log(x vec) vec {
	shifted := iadd(x, ints(0x3f800000-0x3f3504f3))
	n := fromInt(isub(shr(shifted, 23), ints(127)))
	f := fsub(iadd(and(shifted, ints(0x7fffff)), ints(0x3f3504f3)), constant(1))
	p := constant(-0.0790274366736412)
	for _, c := range []float32{0.12622319161891937, -0.12998183071613312, 0.14214496314525604, -0.166412815451622,
		0.20001044869422913, -0.25000306963920593, 0.3333333134651184} {
		p = fadd(fmul(p, f), constant(c))
	}
	z := fmul(f, f)
	y := fmul(p, fmul(z, f))
	y = fadd(y, fmul(n, constant(1.428606765330187e-06)))
	y = fsub(y, fmul(z, constant(0.5)))
	y = fadd(y, f)
	return fadd(y, fmul(n, constant(0.693145751953125)))
}

// sigmoid is math32.Sigmoid.
func sigmoid(x vec) vec {
	e := exp(or(x, ints(1<<31)))
	d := fdiv(constant(1), fadd(constant(1), e))
	return choose(atLeast0(x), d, fmul(e, d))
}
