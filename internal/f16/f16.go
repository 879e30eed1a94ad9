// Package f16 converts between IEEE 754 binary16 ("half") and binary32.
//
// A half is 1 sign bit, 5 exponent bits (bias 15) and 10 fraction bits:
//
//	e = 0       (-1)^s · f · 2^-24                  zero and subnormal
//	0 < e < 31  (-1)^s · (1024 + f) · 2^(e-25)      normal
//	e = 31      infinity (f = 0) or NaN
//
// Widening is exact. Narrowing rounds to the nearest half, ties to the one with an even last bit: it is what
// GLSL packHalf2x16 with round-to-nearest-even and the hardware F16C conversion produce. Values of magnitude
// 65520 and more become infinity; a NaN keeps its sign and the top ten bits of its payload and becomes quiet.
package f16

import (
	"fmt"
	"math"
)

// Max is the largest finite half, 65504, as its bits.
const Max uint16 = 0x7bff

// Bits is one half as stored.
type Bits = uint16

// From32 rounds f to the nearest half, ties to even.
func From32(f float32) Bits {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	mag := b & 0x7fffffff
	switch {
	case mag > 0x7f800000: // NaN
		return sign | 0x7e00 | uint16(mag>>13&0x3ff)
	case mag >= 0x477ff000: // 65520, halfway between 65504 and 2^16, ties up to infinity
		return sign | 0x7c00
	case mag >= 0x38800000: // 2^-14: a normal half
		// Re-bias the exponent by -112, then round away 13 fraction bits; a carry into the exponent is right.
		r := mag - 112<<23
		r += 0xfff + r>>13&1
		return sign | uint16(r>>13)
	case mag <= 0x33000000: // at most 2^-25, half of the smallest subnormal; the tie goes to the even zero
		return sign
	}
	// A subnormal half: value = m · 2^(e-150), wanted in units of 2^-24, so drop 126-e bits (14..24).
	e := mag >> 23
	m := mag&0x7fffff | 0x800000
	shift := 126 - e
	r := m + (1<<(shift-1) - 1) + m>>shift&1
	return sign | uint16(r>>shift)
}

// To32 widens h exactly.
func To32(h Bits) float32 {
	sign := uint32(h&0x8000) << 16
	e := uint32(h >> 10 & 0x1f)
	m := uint32(h & 0x3ff)
	switch e {
	case 0x1f:
		if m != 0 {
			m |= 0x200
		}
		return math.Float32frombits(sign | 0x7f800000 | m<<13)
	case 0:
		v := float32(m) * (1.0 / (1 << 24)) // both factors and the product are exact
		return math.Float32frombits(sign | math.Float32bits(v))
	}
	return math.Float32frombits(sign | (e+112)<<23 | m<<13)
}

// Round returns f rounded to half precision.
func Round(f float32) float32 { return To32(From32(f)) }

// EncodeSlice narrows src into dst. The lengths must be equal.
func EncodeSlice(dst []Bits, src []float32) {
	if len(dst) != len(src) {
		panic(fmt.Sprintf("f16.EncodeSlice: dst has %d values, src %d", len(dst), len(src)))
	}
	for i, f := range src {
		dst[i] = From32(f)
	}
}

// DecodeSlice widens src into dst. The lengths must be equal.
func DecodeSlice(dst []float32, src []Bits) {
	if len(dst) != len(src) {
		panic(fmt.Sprintf("f16.DecodeSlice: dst has %d values, src %d", len(dst), len(src)))
	}
	for i, h := range src {
		dst[i] = To32(h)
	}
}

// FromSlice narrows src into a new slice.
func FromSlice(src []float32) []Bits {
	dst := make([]Bits, len(src))
	EncodeSlice(dst, src)
	return dst
}

// ToSlice widens src into a new slice.
func ToSlice(src []Bits) []float32 {
	dst := make([]float32, len(src))
	DecodeSlice(dst, src)
	return dst
}
