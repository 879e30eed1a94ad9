package kernels

// Sequence is where the positions of image_samples come from.
type Sequence uint32

// Sequences.
const (
	RandomSequence Sequence = iota // pcg32
	HaltonSequence                 // bases 2 and 3 (Halton 1960)
	SobolSequence                  // the first two dimensions (Sobol 1967), without scrambling
)

// point is element index of the sequence, coordinates of 24 bits from 0 to 1. Twin of shaders/lib/sequence.glsl.
func (s Sequence) point(index uint32) (u, v float32) {
	u = float32(sobolWord(index, 0)>>8) * 0x1p-24
	if s == HaltonSequence {
		return u, halton3(index)
	}
	return u, float32(sobolWord(index, 1)>>8) * 0x1p-24
}

func halton3(index uint32) float32 {
	reversed := uint32(0)
	for range 20 {
		reversed = reversed*3 + index%3
		index /= 3
	}
	return float32(reversed>>8) * 7.34200809e-8
}
