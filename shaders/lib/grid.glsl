// Multiresolution grid encoding (Müller et al. 2022): geometry, row index, interpolation weights and the fixed-point
// gradient. The including shader declares the constants DIMS (2..4) and INTERPOLATION before this file, by
// specialization or otherwise. kernels/grid.go holds the same statements in Go.
#ifndef RADIA_GRID
#define RADIA_GRID

struct Level {
    float scale;      // cells across the unit interval
    uint resolution;  // vertices per axis
    uint offset;      // first row of the level in the table
    uint size;        // rows of the level; a power of two when hashed
    uint hashed;      // 1: the row is a hash of the vertex
};

const uint GRID_LINEAR = 0;
const uint GRID_SMOOTHSTEP = 1;
const uint GRID_NEAREST = 2;

// The largest resolution whose DIMS-th power fits into 32 bits.
uint gridMaxBase() { return DIMS == 2 ? 65535u : DIMS == 3 ? 1625u : 255u; }

// Row of vertex v, counted from the level's offset; below size for every v. Coordinates from DIMS on must be 0.
uint gridIndex(Level l, uvec4 v) {
    if (l.hashed != 0u) {
        uint h = v.x ^ (v.y * 2654435761u);
        if (DIMS > 2) h ^= v.z * 805459861u;
        if (DIMS > 3) h ^= v.w * 3674653429u;
        return h & (l.size - 1u);
    }
    if (l.resolution > gridMaxBase()) return 0u;
    uint r = l.resolution;
    uint row = v.w;
    if (DIMS > 2) row = v.z + r * row;
    row = v.x + r * (v.y + r * row);
    // Only vertices outside the level reach beyond its rows, so the division is rare.
    return row < l.size ? row : row % l.size;
}

uint gridIndex(Level l, uint x, uint y, uint z) { return gridIndex(l, uvec4(x, y, z, 0u)); }

// p = scale*x + 1/2; the cell is floor(p), t = p - floor(p). Where p is not a number or beyond the cells that an int can
// name, p = 0 is taken, so that every input addresses a row of the level. Coordinates from DIMS on give cell 0.
void gridCell(Level l, vec4 x, out uvec4 cell, out vec4 t) {
    vec4 p = fma(vec4(l.scale), x, vec4(0.5));
    p = mix(vec4(0.0), p, lessThan(abs(p), vec4(2147483648.0)));
    vec4 f = floor(p);
    t = p - f;
    cell = uvec4(ivec4(f));
    if (DIMS < 3) { cell.z = 0u; t.z = 0.0; }
    if (DIMS < 4) { cell.w = 0u; t.w = 0.0; }
}

// Interpolation weight of the upper vertex per axis, and its derivative.
vec4 gridWeight(vec4 t) {
    precise vec4 w = t * t * (3.0 - 2.0 * t);
    return INTERPOLATION == GRID_SMOOTHSTEP ? w : t;
}
vec4 gridWeightSlope(vec4 t) {
    return INTERPOLATION == GRID_SMOOTHSTEP ? 6.0 * t * (1.0 - t) : vec4(1.0);
}

// Number of vertices that contribute to a position.
uint gridCorners() { return INTERPOLATION == GRID_NEAREST ? 1u : 1u << DIMS; }

// Vertex of corner c: bit d of c selects the upper vertex of axis d.
uvec4 gridVertex(uvec4 cell, uint c) {
    return cell + uvec4(c & 1u, (c >> 1) & 1u, (c >> 2) & 1u, (c >> 3) & 1u);
}

// Weight of corner c, multiplied in the order of the axes; w from gridWeight. Without contraction, so that the terms of
// the fixed-point gradient have the same bits everywhere.
float gridCornerWeight(vec4 w, uint c) {
    if (INTERPOLATION == GRID_NEAREST) return 1.0;
    precise float p = (c & 1u) != 0u ? w.x : 1.0 - w.x;
    p *= (c & 2u) != 0u ? w.y : 1.0 - w.y;
    if (DIMS > 2) p *= (c & 4u) != 0u ? w.z : 1.0 - w.z;
    if (DIMS > 3) p *= (c & 8u) != 0u ? w.w : 1.0 - w.w;
    return p;
}

// Derivative of the weight of corner c by t of each axis.
vec4 gridCornerSlope(vec4 w, vec4 slope, uint c) {
    vec4 a = vec4((c & 1u) != 0u ? w.x : 1.0 - w.x, (c & 2u) != 0u ? w.y : 1.0 - w.y, 1.0, 1.0);
    if (DIMS > 2) a.z = (c & 4u) != 0u ? w.z : 1.0 - w.z;
    if (DIMS > 3) a.w = (c & 8u) != 0u ? w.w : 1.0 - w.w;
    vec4 s = vec4(a.y * a.z * a.w, a.x * a.z * a.w, a.x * a.y * a.w, a.x * a.y * a.z) * slope;
    return vec4((c & 1u) != 0u ? s.x : -s.x, (c & 2u) != 0u ? s.y : -s.y,
                (c & 4u) != 0u ? s.z : -s.z, (c & 8u) != 0u ? s.w : -s.w);
}

// A gradient contribution as a 64-bit two's complement integer in units of 2^-40: x the low, y the high word. Rounding
// to the nearest unit, halves away from zero. Magnitudes of 2^16 and more, infinities and NaN give 2^16 with the sign.
uvec2 gridToFixed(float value) {
    uint bits = floatBitsToUint(value);
    uint e = (bits >> 23) & 255u;
    uint m = (bits & 0x7fffffu) | 0x800000u;
    if (e >= 143u) {
        e = 143u;
        m = 0x800000u;
    }
    uvec2 r = uvec2(0u);
    if (e >= 110u) {
        uint left = e - 110u; // the value is m * 2^(e-150), m * 2^left units
        r.x = left < 32u ? m << left : 0u;
        r.y = left == 0u ? 0u : left < 32u ? m >> (32u - left) : m << (left - 32u);
    } else if (e >= 86u) {
        uint right = 110u - e;
        r.x = (m + (1u << (right - 1u))) >> right;
    }
    if (bits >= 0x80000000u) {
        r = ~r;
        r.x += 1u;
        r.y += r.x == 0u ? 1u : 0u;
    }
    return r;
}

// The value of a sum of gridToFixed words, within 1.5 ulp; zero exactly when both words are zero.
float gridFromFixed(uint low, uint high) {
    bool negative = high >= 0x80000000u;
    if (negative) {
        low = ~low + 1u;
        high = ~high + (low == 0u ? 1u : 0u);
    }
    float v = float(high) * 0.00390625 + float(low) * 9.094947017729282379150390625e-13;
    return negative ? -v : v;
}

#endif
