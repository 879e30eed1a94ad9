package simd

import "golang.org/x/sys/cpu"

// fmaChains is the widest form that the instruction set in use allows, and its lanes; nil where there is none.
func fmaChains() (f func(x *float32, factor, addend float32, steps int), lanes int) {
	switch Name() {
	case "avx512":
		return fmaChainsAVX512, 16
	case "avx2":
		return fmaChainsAVX2, 8
	}
	return nil, 0
}

// gatherRows is the form for rows of so many words, nil where there is none.
func gatherRows(words int) func(rows *uint32, place uint32, steps, shift int, digest *[4]uint32) {
	if Name() == "" || !cpu.X86.HasBMI2 {
		return nil
	}
	switch words {
	case 2:
		return gatherRows2
	case 4:
		return gatherRows4
	}
	return nil
}
