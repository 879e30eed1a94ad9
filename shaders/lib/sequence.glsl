#ifndef RADIA_SEQUENCE
#define RADIA_SEQUENCE
#include "sobol.glsl"
// Points of sequences of low discrepancy, without scrambling: 24 bits of integers, and at most one product, so that all devices agree. Twin:
// kernels/sequence.go.

// Digits of the index in base 3 in reverse (Halton 1960): 20 of them, below 3^20, of which the upper 24 bits count.
float halton3(uint index) {
    uint reversed = 0u;
    for (int k = 0; k < 20; k++) {
        reversed = reversed * 3u + index % 3u;
        index /= 3u;
    }
    precise float v = float(reversed >> 8) * 7.34200809e-8; // 2^8/3^20
    return v;
}

// Sequence 1 is Halton's in the bases 2 and 3, 2 is Sobol's.
vec2 sequencePoint(uint sequence, uint index) {
    float u = float(sobolWord(index, 0u) >> 8) * (1.0 / 16777216.0);
    return vec2(u, sequence == 1u ? halton3(index) : float(sobolWord(index, 1u) >> 8) * (1.0 / 16777216.0));
}
#endif
