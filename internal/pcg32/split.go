package pcg32

// Split returns the i-th generator of a seed. Parts of one sequence whose distance is a multiple of a large power of two
// are no independent generators: their states are alike in the lower bits for ever, because 2^k steps add a multiple of
// 2^(k+2) to the state of a linear congruential generator with this multiplier, and it shows in what is made of them. So
// the seed itself is scrambled, by the finaliser of SplitMix64 (Steele et al. 2014), which is one to one: of a seed no two
// generators begin alike.
func Split(seed, i uint64) Source {
	z := seed*0x9e3779b97f4a7c15 + i
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return New(z ^ z>>31)
}
