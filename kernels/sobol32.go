package kernels

import "math/bits"

// The statements of shaders/lib/sobol.glsl in Go: Owen-scrambled Sobol points by hashing (Burley 2020).

func owenScramble(x, seed uint32) uint32 {
	x = bits.Reverse32(x) + seed
	x ^= x * 0x6c50b47c
	x ^= x * 0xb82f1e52
	x ^= x * 0xc7afe638
	x ^= x * 0x8d22f6e6
	return bits.Reverse32(x)
}

func sobolWord(index, dimension uint32) uint32 {
	if dimension == 0 {
		return bits.Reverse32(index)
	}
	x := uint32(0)
	for v := uint32(1 << 31); index != 0; index >>= 1 {
		if index&1 != 0 {
			x ^= v
		}
		v ^= v >> 1
	}
	return x
}

func sobolValue(index, seed, dimension uint32) float32 {
	word := sobolWord(owenScramble(index, seed), dimension)
	return float32(owenScramble(word, seed^(dimension+seed<<6+seed>>2))>>8) * (1.0 / (1 << 24))
}

func sobol2(index, seed uint32) (x, y float32) {
	return sobolValue(index, seed, 0), sobolValue(index, seed, 1)
}
