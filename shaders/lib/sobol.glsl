// Owen-scrambled Sobol points in two dimensions, by hashing (Burley 2020, "Practical hash-based Owen scrambling").
#ifndef RADIA_SOBOL
#define RADIA_SOBOL

// Where the including shader must bound its loops, it counts their iterations with this macro.
#ifndef COUNT_LOOPS
#define COUNT_LOOPS(n)
#endif

uint owenHash(uint x, uint seed) {
    x += seed;
    x ^= x * 0x6c50b47cu;
    x ^= x * 0xb82f1e52u;
    x ^= x * 0xc7afe638u;
    x ^= x * 0x8d22f6e6u;
    return x;
}

uint owenScramble(uint x, uint seed) { return bitfieldReverse(owenHash(bitfieldReverse(x), seed)); }

// Dimension 0 is the van der Corput sequence, dimension 1 has the direction numbers v[i+1] = v[i] ^ v[i]>>1.
uint sobolWord(uint index, uint dimension) {
    if (dimension == 0u) return bitfieldReverse(index);
    uint v = 0x80000000u, x = 0u;
    COUNT_LOOPS(33u) // at most, so that invocations in step agree
    while (index != 0u) {
        if ((index & 1u) != 0u) x ^= v;
        v ^= v >> 1;
        index >>= 1;
    }
    return x;
}

float sobolValue(uint index, uint seed, uint dimension) {
    uint word = sobolWord(owenScramble(index, seed), dimension);
    // The 24 highest bits, so that the value stays below 1.
    return float(owenScramble(word, seed ^ (dimension + (seed << 6) + (seed >> 2))) >> 8) * (1.0 / 16777216.0);
}

vec2 sobol2(uint index, uint seed) { return vec2(sobolValue(index, seed, 0u), sobolValue(index, seed, 1u)); }
#endif
