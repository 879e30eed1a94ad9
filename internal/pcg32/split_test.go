package pcg32

import (
	"math/bits"
	"testing"
)

// alike is the largest share of pairs of generators whose states agree in a bit, over the bits, and how far it may be from
// 1/2: six standard deviations of a binomial share.
func alike(n int, of func(i uint64) Source) (worst, bound float64) {
	var agree [64]int
	for i := range n {
		a, b := of(uint64(i)), of(uint64(i)+1)
		for k := range agree {
			agree[k] += int(^(a.State ^ b.State) >> k & 1)
		}
	}
	worst = 0.5
	for _, c := range agree {
		if share := float64(c) / float64(n); share-0.5 > worst-0.5 {
			worst = share
		}
	}
	return worst, 0.5 + 6*0.5/64
}

// Neighbouring generators share no bit of their states more often than chance, where parts of one sequence do.
func TestSplit(t *testing.T) {
	const n, seed = 64 * 64, 1337
	if worst, bound := alike(n, func(i uint64) Source { return Split(seed, i) }); worst > bound {
		t.Errorf("a bit agrees in %v of the pairs, chance allows %v", worst, bound)
	}
	for _, distance := range []int{12, 20, 32} {
		parts := func(i uint64) Source {
			s := New(seed)
			s.Advance(int64(i) << distance)
			return s
		}
		if worst, bound := alike(n, parts); worst <= bound {
			t.Errorf("parts 2^%d apart pass: a bit agrees in %v of the pairs", distance, worst)
		}
	}
	seen := map[uint64]bool{}
	ones := 0
	for i := range uint64(n) {
		s := Split(seed, i)
		if seen[s.State] {
			t.Fatalf("generator %d begins as one before it", i)
		}
		seen[s.State] = true
		ones += bits.OnesCount32(s.Uint32())
	}
	// n words have 32n bits, of which half are ones within six deviations.
	if d := float64(ones) - 16*n; d*d > 36*8*n {
		t.Errorf("%d of %d first bits are ones", ones, 32*n)
	}
}
