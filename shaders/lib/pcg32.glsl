// PCG-XSH-RR 64/32 (O'Neill 2014) on pairs of 32-bit words, low word first, for devices without 64-bit integers.
#ifndef RADIA_PCG32
#define RADIA_PCG32

struct Pcg32 {
    uvec2 state; // position
    uvec2 inc;   // stream, odd
};

const uvec2 PCG_MULTIPLIER = uvec2(0x4c957f2du, 0x5851f42du);

uvec2 mul64(uvec2 a, uvec2 b) {
    uint hi, lo;
    umulExtended(a.x, b.x, hi, lo);
    return uvec2(lo, hi + a.x * b.y + a.y * b.x);
}

uvec2 add64(uvec2 a, uvec2 b) {
    uint carry;
    uint lo = uaddCarry(a.x, b.x, carry);
    return uvec2(lo, a.y + b.y + carry);
}

// n*m/d rounded down, for a quotient below 2^32.
uint mulDiv(uint n, uint m, uint d) {
    uint hi, lo;
    umulExtended(n, m, hi, lo);
    if (hi == 0u) return lo / d;
    // Schoolbook division bit by bit; the remainder stays below d, and the bit that leaves it is kept apart.
    uint rest = hi % d, quotient = 0u;
    for (int i = 31; i >= 0; i--) {
        uint out1 = rest >> 31;
        rest = rest << 1 | (lo >> uint(i) & 1u);
        quotient <<= 1;
        if (out1 != 0u || rest >= d) {
            rest -= d;
            quotient |= 1u;
        }
    }
    return quotient;
}

uint pcgUint(inout Pcg32 r) {
    uvec2 old = r.state;
    r.state = add64(mul64(old, PCG_MULTIPLIER), r.inc);
    uvec2 x = uvec2(old.x >> 18 | old.y << 14, old.y >> 18) ^ old;
    uint word = x.x >> 27 | x.y << 5;
    uint turn = old.y >> 27;
    return word >> turn | word << (-turn & 31u);
}

// Uniform in [0,1): 23 bits placed in the fraction of a number in [1,2), minus 1.
float pcgFloat(inout Pcg32 r) {
    return uintBitsToFloat(pcgUint(r) >> 9 | 0x3f800000u) - 1.0;
}

// Moves by delta draws in at most 64 steps (Brown 1994).
void pcgAdvance(inout Pcg32 r, uvec2 delta) {
    uvec2 accMul = uvec2(1u, 0u), accAdd = uvec2(0u);
    uvec2 mul = PCG_MULTIPLIER, add = r.inc;
    while (delta.x != 0u || delta.y != 0u) {
        if ((delta.x & 1u) != 0u) {
            accMul = mul64(accMul, mul);
            accAdd = add64(mul64(accAdd, mul), add);
        }
        add = mul64(add64(mul, uvec2(1u, 0u)), add);
        mul = mul64(mul, mul);
        delta = uvec2(delta.x >> 1 | delta.y << 31, delta.y >> 1);
    }
    r.state = add64(mul64(accMul, r.state), accAdd);
}
#endif
