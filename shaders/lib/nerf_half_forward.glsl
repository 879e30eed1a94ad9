// The NeRF networks with fp16 operands. A subgroup owns SUBGROUP samples, one a lane, and a row of workgroup memory for
// each: it encodes its samples, then multiplies rows with the weights layer by layer, in place. The weights stay in
// workgroup memory for as long as the workgroup lives, so it loops over samples; nothing but their staging needs more
// than the subgroup. Activations are rounded to fp16 after every layer, sums are fp32.
#include "nerf_half.glsl"

const uint WIDEST0 = WIDTH > IN ? WIDTH : IN;
const uint WIDEST = WIDEST0 > RGB_IN ? WIDEST0 : RGB_IN;
const uint ROW = WIDEST + ROW_PAD;    // halves per sample
const uint TILES = SUBGROUP / COOP_M; // row blocks of a subgroup
const uint BLOCKS = WIDEST / COOP_K;  // column blocks of a row

shared HalfPair act[gl_WorkGroupSize.x * ROW / 2u];

// row[out] = relu?(M row[in]) for the subgroup's rows, all columns of the input from 0: M has `rows` by `cols` weights at
// mats[at]. The input is read completely before the first output is written.
void layer(uint row0, uint at, uint rows, uint cols, bool relu) {
    CoopA a[TILES * BLOCKS];
    [[unroll]] for (uint t = 0u; t < TILES; t++)
        [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
            if (k * COOP_K < cols)
                coopLoadRows(a[t * BLOCKS + k], act, ((row0 + t * COOP_M) * ROW + k * COOP_K) / 2u, ROW / 2u);
    coopSync();
    uint stride = cols + PAD;
    for (uint n = 0u; n < rows; n += COOP_N) {
        CoopSum c[TILES];
        [[unroll]] for (uint t = 0u; t < TILES; t++) coopClear(c[t]);
        [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
            if (k * COOP_K < cols) {
                CoopB b;
                coopRightCols(b, mats, (at + n * stride + k * COOP_K) / 2u, stride / 2u);
                [[unroll]] for (uint t = 0u; t < TILES; t++) coopAddCols(c[t], a[t * BLOCKS + k], b, mats);
            }
        [[unroll]] for (uint t = 0u; t < TILES; t++) {
            coopEach(i, c[t]) coopAt(c[t], i) = clamp(coopAt(c[t], i), relu ? 0.0 : -HALF_MAX, HALF_MAX);
            coopStoreHalf(c[t], act, ((row0 + t * COOP_M) * ROW + n) / 2u, ROW / 2u);
        }
    }
    coopSync();
}

// A network from the rows in place; at moves on. Hidden layers behind the first are written out one by one, at most four in
// all, so that where a layer's weights stand is a constant.
void network(uint row0, inout uint at, uint inputs, uint hidden) {
    layer(row0, at, WIDTH, inputs, true);
    at += WIDTH * (inputs + PAD);
#define HALF_DEEPER(l) if (hidden > l) { layer(row0, at, WIDTH, WIDTH, true); at += WIDTH * (WIDTH + PAD); }
    HALF_DEEPER(1u) HALF_DEEPER(2u) HALF_DEEPER(3u)
    layer(row0, at, GEO, WIDTH, false);
    at += GEO * (WIDTH + PAD);
}

void putFeatures(uint row, uint level, float f[8]) {
    uint at = (row * ROW + level * FEATURES) / 2u;
    if (FEATURES == 1u) {
        act[at] = (level & 1u) == 0u ? halves(f[0], 0.0) : halves(halfVec(act[at]).x, f[0]);
        return;
    }
    [[unroll]] for (uint k = 0u; k < 4u; k++)
        if (2u * k < FEATURES) act[at + k] = halves(f[2u * k], f[2u * k + 1u]);
}

// Encodes the position x into the first IN halves of a row, zeros behind its features. Two levels are in flight at a time.
void encodePosition(uint row, vec4 x) {
    for (uint k = FEATS; k < IN; k += 2u) act[(row * ROW + k) / 2u] = halfPair(0.0, 0.0);
    float f[8];
    if (!GATHER_WIDE) {
        for (uint level = 0u; level < LEVELS; level++) {
            gridLookup(geometry[level], x, f);
            putFeatures(row, level, f);
        }
        return;
    }
    for (uint level = 0u; level < LEVELS; level += 2u) {
        Gather a, b;
        uint second = min(level + 1u, LEVELS - 1u);
        gather(geometry[level], x, a);
        gather(geometry[second], x, b);
        blend(a, f);
        putFeatures(row, level, f);
        blend(b, f);
        putFeatures(row, second, f);
    }
}

// Writes the spherical harmonics of the direction d01 = (d+1)/2 behind the 16 outputs of the density network.
void encodeDirection(uint row, vec3 d01) {
    float sh[16];
    shEncode4(d01, sh);
    uint at = (row * ROW + GEO) / 2u;
    [[unroll]] for (uint k = 0u; k < 8u; k++) act[at + k] = halfPair(sh[2u * k], sh[2u * k + 1u]);
}

// Density before its activation in network input x, a lane's own, by all lanes of a subgroup together.
float halfDensity(uint row0, uint row, vec3 x, inout uint at) {
    encodePosition(row, vec4(x, 0.0));
    coopSync();
    network(row0, at, IN, DENSITY_HIDDEN);
    return halfVec(act[row * ROW / 2u]).x;
}

#ifndef NERF_DENSITY
// The same with r, g and b before their activations, in the direction d01.
vec4 halfPoint(uint row0, uint row, vec3 x, vec3 d01) {
    uint at = 0u;
    float sigma = halfDensity(row0, row, x, at);
    encodeDirection(row, d01);
    coopSync();
    network(row0, at, RGB_IN, RGB_HIDDEN);
    return vec4(halfVec(act[row * ROW / 2u]), halfVec(act[row * ROW / 2u + 1u]).x, sigma);
}
#endif
