// Package pcg32 is the random generator PCG-XSH-RR 64/32 (O'Neill 2014): a 64-bit linear congruential generator
// whose output is a xor-shifted, randomly rotated 32-bit word. It can jump to any position in O(log n) steps, so
// that parallel lanes can each take their own part of one sequence.
package pcg32

import (
	"math"
	"math/bits"
)

const multiplier = 0x5851f42d4c957f2d

// Skip is the distance of one Jump: between two jumps a program may draw up to 2^32 numbers.
const Skip = 1 << 32

// Source is a generator. It is a plain value: a copy continues independently from the same position.
type Source struct {
	State uint64 // position
	Inc   uint64 // stream, always odd
}

// New returns the generator for seed on stream 1, the stream the reference trainer uses.
func New(seed uint64) Source { return NewStream(seed, 1) }

// NewStream returns the generator for seed on one of 2^63 streams: state ← 0, step, state += seed, step.
func NewStream(seed, stream uint64) Source {
	s := Source{Inc: stream<<1 | 1}
	s.Uint32()
	s.State += seed
	s.Uint32()
	return s
}

// NewSeedSeq returns the generator seeded with the first of the two words of std::seed_seq{seed}. For the usual
// seed 1337 that word is 2150097757.
func NewSeedSeq(seed uint32) Source {
	var w [2]uint32
	SeedSeq(w[:], seed)
	return New(uint64(w[0]))
}

// Uint32 draws 32 uniform bits.
func (s *Source) Uint32() uint32 {
	old := s.State
	s.State = old*multiplier + s.Inc
	x := uint32((old>>18 ^ old) >> 27)
	return bits.RotateLeft32(x, -int(old>>59))
}

// Float32 draws a uniform number in [0,1): 23 bits placed in the fraction of a number in [1,2), minus 1.
func (s *Source) Float32() float32 {
	return math.Float32frombits(s.Uint32()>>9|0x3f800000) - 1
}

// Advance moves the generator by n draws; a negative n goes back. It takes at most 64 steps (Brown 1994, "Random
// number generation with arbitrary strides"): the map x → a·x + c applied n times is again such a map.
func (s *Source) Advance(n int64) {
	accMul, accAdd := uint64(1), uint64(0)
	mul, add := uint64(multiplier), s.Inc
	for d := uint64(n); d > 0; d >>= 1 {
		if d&1 != 0 {
			accMul *= mul
			accAdd = accAdd*mul + add
		}
		add *= mul + 1
		mul *= mul
	}
	s.State = accMul*s.State + accAdd
}

// Jump moves by Skip draws.
func (s *Source) Jump() { s.Advance(Skip) }

// SeedSeq fills out with the words that std::seed_seq of ISO C++ (rand.util.seedseq) generates from seeds. The
// words depend on how many are asked for.
func SeedSeq(out []uint32, seeds ...uint32) {
	n := len(out)
	if n == 0 {
		return
	}
	for i := range out {
		out[i] = 0x8b8b8b8b
	}
	s := len(seeds)
	m := max(s+1, n)
	var t int
	switch {
	case n >= 623:
		t = 11
	case n >= 68:
		t = 7
	case n >= 39:
		t = 5
	case n >= 7:
		t = 3
	default:
		t = (n - 1) / 2
	}
	p := (n - t) / 2
	q := p + t
	mix := func(x uint32) uint32 { return x ^ x>>27 }
	at := func(k int) *uint32 { return &out[k%n] }
	for k := range m {
		r1 := 1664525 * mix(*at(k)^*at(k + p)^*at(k + n - 1))
		r2 := r1
		switch {
		case k == 0:
			r2 += uint32(s)
		case k <= s:
			r2 += uint32(k%n) + seeds[k-1]
		default:
			r2 += uint32(k % n)
		}
		*at(k + p) += r1
		*at(k + q) += r2
		*at(k) = r2
	}
	for k := m; k < m+n; k++ {
		r3 := 1566083941 * mix(*at(k)+*at(k + p)+*at(k + n - 1))
		r4 := r3 - uint32(k%n)
		*at(k + p) ^= r3
		*at(k + q) ^= r4
		*at(k) = r4
	}
}
