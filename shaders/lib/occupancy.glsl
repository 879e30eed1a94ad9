// The occupancy grid: 8 nested cubes of 128³ cells around (0.5,0.5,0.5); cube c has edge 2^c. Cells lie in Morton order.
#ifndef RADIA_OCCUPANCY
#define RADIA_OCCUPANCY
const uint GRID_EDGE = 128u;
const uint GRID_CELLS = 2097152u;
const uint GRID_WORDS = 65536u; // of one cascade's bitfield

uint spreadBits(uint v) {
    v = (v | v << 16) & 0x030000ffu;
    v = (v | v << 8) & 0x0300f00fu;
    v = (v | v << 4) & 0x030c30c3u;
    return (v | v << 2) & 0x09249249u;
}

uint gatherBits(uint v) {
    v &= 0x09249249u;
    v = (v | v >> 2) & 0x030c30c3u;
    v = (v | v >> 4) & 0x0300f00fu;
    v = (v | v >> 8) & 0x030000ffu;
    return (v | v >> 16) & 0x000003ffu;
}

uint morton3(uvec3 v) { return spreadBits(v.x) | spreadBits(v.y) << 1 | spreadBits(v.z) << 2; }
uvec3 unmorton3(uint m) { return uvec3(gatherBits(m), gatherBits(m >> 1), gatherBits(m >> 2)); }

// 2^e for -126 <= e <= 127.
float power2(int e) { return uintBitsToFloat(uint(e + 127) << 23); }

// Cell of p in cascade c, or false outside. Truncation toward zero counts (-1,0) as cell 0, as the reference does.
bool cellAt(vec3 p, uint c, out uint cell) {
    float s = power2(-int(c));
    vec3 q = ((p - 0.5) * s + 0.5) * 128.0;
    cell = 0u;
    if (!(q.x > -1.0 && q.y > -1.0 && q.z > -1.0 && q.x < 128.0 && q.y < 128.0 && q.z < 128.0)) return false;
    cell = morton3(uvec3(ivec3(q)));
    return true;
}

// Exponent e of v = f·2^e with f in [½,1); 0 for v = 0 and subnormal numbers.
int frexpExponent(float v) {
    uint e = floatBitsToUint(v) >> 23 & 255u;
    return e == 0u ? 0 : int(e) - 126;
}

// Cascade by position: the finest cube that contains p; exactly at the centre it is 1 (the exponent of 0 is 0).
uint mipFromPosition(vec3 p, uint maxMip) {
    vec3 a = abs(p - 0.5);
    return uint(clamp(frexpExponent(max(max(a.x, a.y), a.z)) + 1, 0, int(maxMip)));
}

// Cascade by step size: at least the one whose cells are about as large as the step.
uint mipFromStep(vec3 p, float dt, uint maxMip) {
    uint byPosition = mipFromPosition(p, maxMip);
    float q = dt * 256.0;
    if (q < 1.0) return byPosition;
    return min(max(byPosition, uint(frexpExponent(q))), maxMip);
}
#endif
