// nerf_backward with fp16 operands. A workgroup of four invocations a sample holds a tile of TILE samples: every
// layer's activations in fp16 in workgroup memory, beside the weights. Going back, the gradients with respect to a
// layer's inputs replace its activations once its weight gradients are taken. Those, delta^T times activations, are
// summed over all tiles of the slice in fp32 in registers, shared out among the subgroups, and written once.
//
// fp16 gradients need a scale: a power of two that brings the largest |dL/draw| of the slice to 2^7..2^8. That leaves 2^8
// of headroom for growth on the way back, and 2^21 below before values become subnormal. Gradients are not clamped: what
// overflows is infinite in the result.
#include "nerf_half.glsl"

const uint TILE = gl_WorkGroupSize.x / 4u;
const uint SUBGROUPS = gl_WorkGroupSize.x / SUBGROUP;
const uint TALL = TILE / COOP_M; // row blocks of a tile

// Regions of act, each TILE rows with a stride of its own, in halves: features, hidden layers of the density network,
// inputs and hidden layers of the colour network, dL/draw.
const uint IN_STRIDE = IN + PAD;
const uint HIDDEN_STRIDE = WIDTH + PAD;
const uint RGB_STRIDE = RGB_IN + PAD;
const uint OUT_STRIDE = RGB_OUT + PAD;
const uint DENSITY_ROWS = TILE * IN_STRIDE;
const uint RGB_ROWS = DENSITY_ROWS + DENSITY_HIDDEN * TILE * HIDDEN_STRIDE;
const uint RGB_HIDDEN_ROWS = RGB_ROWS + TILE * RGB_STRIDE;
const uint OUT_ROWS = RGB_HIDDEN_ROWS + RGB_HIDDEN * TILE * HIDDEN_STRIDE;
const uint ACT_HALVES = OUT_ROWS + TILE * OUT_STRIDE;

shared HalfPair act[ACT_HALVES / 2u];
shared uint largest; // bits of the largest |dL/draw| of the slice

// Blocks of weight gradients that a subgroup sums: block s·SUBGROUPS + coopGroup() of a matrix is in slot s.
const uint SLOTS_IN = ((WIDTH / COOP_M) * (IN / COOP_N) + SUBGROUPS - 1u) / SUBGROUPS;
const uint SLOTS_HIDDEN = ((WIDTH / COOP_M) * (WIDTH / COOP_N) + SUBGROUPS - 1u) / SUBGROUPS;
const uint SLOTS_OUT = ((GEO / COOP_M) * (WIDTH / COOP_N) + SUBGROUPS - 1u) / SUBGROUPS;
const uint SLOTS_RGB = ((WIDTH / COOP_M) * (RGB_IN / COOP_N) + SUBGROUPS - 1u) / SUBGROUPS;
const uint SLOTS_DENSITY = SLOTS_IN + (DENSITY_HIDDEN - 1u) * SLOTS_HIDDEN + SLOTS_OUT;
const uint SLOTS = SLOTS_DENSITY + SLOTS_RGB + (RGB_HIDDEN - 1u) * SLOTS_HIDDEN + SLOTS_OUT;

CoopSum sums[SLOTS];

// rows of act at `to` = relu?(M rows at `from`), M `rows` by `cols` at mats[at].
void forward(uint from, uint fromStride, uint at, uint rows, uint cols, uint to, uint toStride, bool relu) {
    uint stride = cols + PAD;
    for (uint n = coopGroup() * COOP_N; n < rows; n += SUBGROUPS * COOP_N) {
        CoopSum c[TALL];
        [[unroll]] for (uint t = 0u; t < TALL; t++) coopClear(c[t]);
        for (uint k = 0u; k < cols; k += COOP_K) {
            CoopB b;
            coopRightCols(b, mats, (at + n * stride + k) / 2u, stride / 2u);
            [[unroll]] for (uint t = 0u; t < TALL; t++) {
                CoopA a;
                coopLoadRows(a, act, (from + t * COOP_M * fromStride + k) / 2u, fromStride / 2u);
                coopAddCols(c[t], a, b, mats);
            }
        }
        [[unroll]] for (uint t = 0u; t < TALL; t++) {
            coopEach(i, c[t]) coopAt(c[t], i) = clamp(coopAt(c[t], i), relu ? 0.0 : -HALF_MAX, HALF_MAX);
            coopStoreHalf(c[t], act, (to + t * COOP_M * toStride + n) / 2u, toStride / 2u);
        }
    }
    barrier();
}

// sums += delta^T a, over the tile: delta has `rows` columns, a `cols`.
void weightGradient(uint slot, uint slots, uint delta, uint deltaStride, uint rows, uint a, uint aStride, uint cols) {
    uint across = cols / COOP_N;
    [[unroll]] for (uint s = 0u; s < slots; s++) {
        uint block = s * SUBGROUPS + coopGroup();
        if (block < rows / COOP_M * across) {
            uint i = block / across * COOP_M;
            uint j = block % across * COOP_N;
            for (uint k = 0u; k < TILE; k += COOP_K) {
                CoopA d;
                CoopB x;
                coopLoadCols(d, act, (delta + k * deltaStride + i) / 2u, deltaStride / 2u);
                coopRightRows(x, act, (a + k * aStride + j) / 2u, aStride / 2u);
                coopAddRows(sums[slot + s], d, x, act);
            }
        }
    }
    barrier();
}

// Replaces the first `cols` columns of a by delta M, M `rows` rows at mats[at] with a stride of its own; where masked, 0
// wherever a is not positive.
void propagate(uint delta, uint deltaStride, uint rows, uint at, uint stride, uint a, uint aStride, uint cols, bool masked) {
    for (uint n = coopGroup() * COOP_N; n < cols; n += SUBGROUPS * COOP_N) {
        CoopSum c[TALL];
        [[unroll]] for (uint t = 0u; t < TALL; t++) coopClear(c[t]);
        for (uint k = 0u; k < rows; k += COOP_K) {
            CoopB b;
            coopRightRows(b, mats, (at + k * stride + n) / 2u, stride / 2u);
            [[unroll]] for (uint t = 0u; t < TALL; t++) {
                CoopA d;
                coopLoadRows(d, act, (delta + t * COOP_M * deltaStride + k) / 2u, deltaStride / 2u);
                coopAddRows(c[t], d, b, mats);
            }
        }
        [[unroll]] for (uint t = 0u; t < TALL; t++) {
            uint place = (a + t * COOP_M * aStride + n) / 2u;
            if (masked) {
                CoopSum open;
                coopLoadSum(open, act, place, aStride / 2u);
                coopEach(i, c[t]) coopAt(c[t], i) = coopAt(open, i) > 0.0 ? coopAt(c[t], i) : 0.0;
            }
            coopStoreHalf(c[t], act, place, aStride / 2u);
        }
    }
    barrier();
}

// Encodes the tile: four invocations take the levels of a sample in turn, two levels in flight each; the last of them
// the direction, the first dL/draw.
void encode(uint base, uint n, float scale) {
    uint row = gl_LocalInvocationIndex % TILE;
    uint part = gl_LocalInvocationIndex / TILE;
    uint s = base + row;
    uint i = min(s, n - 1u); // samples beyond the end repeat the last one and have no gradient
    vec4 x = position(i);
    uint at = row * IN_STRIDE;
    for (uint level = part; level < LEVELS; level += 8u) {
        Gather a, b;
        float f[8];
        uint second = level + 4u < LEVELS ? level + 4u : level;
        gather(geometry[level], x, a);
        gather(geometry[second], x, b);
        blend(a, f);
        [[unroll]] for (uint k = 0u; k < 4u; k++)
            if (2u * k < FEATURES) act[(at + level * FEATURES) / 2u + k] = halves(f[2u * k], f[2u * k + 1u]);
        blend(b, f);
        [[unroll]] for (uint k = 0u; k < 4u; k++)
            if (2u * k < FEATURES) act[(at + second * FEATURES) / 2u + k] = halves(f[2u * k], f[2u * k + 1u]);
    }
    if (part == 0u) {
        for (uint k = FEATS; k < IN; k += 2u) act[(at + k) / 2u] = halfPair(0.0, 0.0);
        vec3 d = vec3(0.0);
        if (s < n) d = scale * vec3(draw[s], draw[push.capacity + s], draw[2u * push.capacity + s]);
        uint o = (OUT_ROWS + row * OUT_STRIDE) / 2u;
        act[o] = halfPair(d.x, d.y);
        act[o + 1u] = halfPair(d.z, 0.0);
        for (uint k = 2u; k < RGB_OUT / 2u; k++) act[o + k] = halfPair(0.0, 0.0);
    }
    if (part == 3u) {
        float sh[16];
        shEncode4(direction(i), sh);
        uint o = (RGB_ROWS + row * RGB_STRIDE + GEO) / 2u;
        [[unroll]] for (uint k = 0u; k < 8u; k++) act[o + k] = halfPair(sh[2u * k], sh[2u * k + 1u]);
    }
    barrier();
}

// First halves of hidden matrix l > 0 in mats, and of layer l in act.
uint densityMatrix(uint l) { return l == 0u ? 0u : WIDTH * (IN + PAD) + (l - 1u) * WIDTH * (WIDTH + PAD); }
uint rgbMatrix(uint l) { return DENSITY_HALVES + (l == 0u ? 0u : WIDTH * (RGB_IN + PAD) + (l - 1u) * WIDTH * (WIDTH + PAD)); }
uint densityRows(uint l) { return DENSITY_ROWS + l * TILE * HIDDEN_STRIDE; }
uint rgbRows(uint l) { return RGB_HIDDEN_ROWS + l * TILE * HIDDEN_STRIDE; }

// Hidden layers behind the first are written out one by one, at most four in all, so that where they stand is a constant.
void tile(uint base, uint n, float scale, float inverse) {
    encode(base, n, scale);
    forward(0u, IN_STRIDE, 0u, WIDTH, IN, densityRows(0u), HIDDEN_STRIDE, true);
#define DEEPER(l) if (DENSITY_HIDDEN > l) \
        forward(densityRows(l - 1u), HIDDEN_STRIDE, densityMatrix(l), WIDTH, WIDTH, densityRows(l), HIDDEN_STRIDE, true);
    DEEPER(1u) DEEPER(2u) DEEPER(3u)
#undef DEEPER
    forward(densityRows(DENSITY_HIDDEN - 1u), HIDDEN_STRIDE, densityMatrix(DENSITY_HIDDEN), GEO, WIDTH, RGB_ROWS, RGB_STRIDE, false);
    forward(RGB_ROWS, RGB_STRIDE, rgbMatrix(0u), WIDTH, RGB_IN, rgbRows(0u), HIDDEN_STRIDE, true);
#define DEEPER(l) if (RGB_HIDDEN > l) \
        forward(rgbRows(l - 1u), HIDDEN_STRIDE, rgbMatrix(l), WIDTH, WIDTH, rgbRows(l), HIDDEN_STRIDE, true);
    DEEPER(1u) DEEPER(2u) DEEPER(3u)
#undef DEEPER

    // Colour network: the output, the hidden layers from the last, the input.
    uint slot = SLOTS_DENSITY + SLOTS_RGB + (RGB_HIDDEN - 1u) * SLOTS_HIDDEN;
    weightGradient(slot, SLOTS_OUT, OUT_ROWS, OUT_STRIDE, RGB_OUT, rgbRows(RGB_HIDDEN - 1u), HIDDEN_STRIDE, WIDTH);
    propagate(OUT_ROWS, OUT_STRIDE, RGB_OUT, rgbMatrix(RGB_HIDDEN), WIDTH + PAD, rgbRows(RGB_HIDDEN - 1u), HIDDEN_STRIDE, WIDTH, true);
#define DEEPER(l) if (RGB_HIDDEN > l) { \
        weightGradient(SLOTS_DENSITY + SLOTS_RGB + (l - 1u) * SLOTS_HIDDEN, SLOTS_HIDDEN, rgbRows(l), HIDDEN_STRIDE, WIDTH, \
                       rgbRows(l - 1u), HIDDEN_STRIDE, WIDTH); \
        propagate(rgbRows(l), HIDDEN_STRIDE, WIDTH, rgbMatrix(l), WIDTH + PAD, rgbRows(l - 1u), HIDDEN_STRIDE, WIDTH, true); \
    }
    DEEPER(3u) DEEPER(2u) DEEPER(1u)
#undef DEEPER
    weightGradient(SLOTS_DENSITY, SLOTS_RGB, rgbRows(0u), HIDDEN_STRIDE, WIDTH, RGB_ROWS, RGB_STRIDE, RGB_IN);
    // Of the inputs only the first 16 lead on; the directions are not trained.
    propagate(rgbRows(0u), HIDDEN_STRIDE, WIDTH, rgbMatrix(0u), RGB_IN + PAD, RGB_ROWS, RGB_STRIDE, GEO, false);
    uint row = gl_LocalInvocationIndex % TILE;
    if (gl_LocalInvocationIndex < TILE && base + row < n) {
        uint at = (RGB_ROWS + row * RGB_STRIDE) / 2u;
        vec2 pair = halfVec(act[at]);
        act[at] = halfPair(pair.x + scale * draw[3u * push.capacity + base + row], pair.y);
    }
    barrier();

    // Density network.
    weightGradient(SLOTS_IN + (DENSITY_HIDDEN - 1u) * SLOTS_HIDDEN, SLOTS_OUT, RGB_ROWS, RGB_STRIDE, GEO,
                   densityRows(DENSITY_HIDDEN - 1u), HIDDEN_STRIDE, WIDTH);
    propagate(RGB_ROWS, RGB_STRIDE, GEO, densityMatrix(DENSITY_HIDDEN), WIDTH + PAD, densityRows(DENSITY_HIDDEN - 1u), HIDDEN_STRIDE,
              WIDTH, true);
#define DEEPER(l) if (DENSITY_HIDDEN > l) { \
        weightGradient(SLOTS_IN + (l - 1u) * SLOTS_HIDDEN, SLOTS_HIDDEN, densityRows(l), HIDDEN_STRIDE, WIDTH, \
                       densityRows(l - 1u), HIDDEN_STRIDE, WIDTH); \
        propagate(densityRows(l), HIDDEN_STRIDE, WIDTH, densityMatrix(l), WIDTH + PAD, densityRows(l - 1u), HIDDEN_STRIDE, WIDTH, true); \
    }
    DEEPER(3u) DEEPER(2u) DEEPER(1u)
#undef DEEPER
    weightGradient(0u, SLOTS_IN, densityRows(0u), HIDDEN_STRIDE, WIDTH, 0u, IN_STRIDE, IN);
    propagate(densityRows(0u), HIDDEN_STRIDE, WIDTH, 0u, IN + PAD, 0u, IN_STRIDE, IN, false);
    for (uint e = gl_LocalInvocationIndex; e < FEATS * TILE; e += gl_WorkGroupSize.x) {
        uint f = e / TILE;
        uint s = e % TILE;
        vec2 pair = halfVec(act[(s * IN_STRIDE + f) / 2u]);
        if (base + s < n) dfeatures[f * push.capacity + base + s] = inverse * ((f & 1u) == 0u ? pair.x : pair.y);
    }
    barrier();
}

// Writes the sums of one matrix, `rows` by `cols` at weight `at`.
void writeGradient(uint slot, uint slots, uint at, uint rows, uint cols, float inverse) {
    uint across = cols / COOP_N;
    [[unroll]] for (uint s = 0u; s < slots; s++) {
        uint block = s * SUBGROUPS + coopGroup();
        if (block < rows / COOP_M * across) {
            coopEach(i, sums[slot + s]) coopAt(sums[slot + s], i) *= inverse;
            coopStoreFloat(sums[slot + s], partial, at + block / across * COOP_M * cols + block % across * COOP_N, cols);
        }
    }
}

// First tile of 64 samples of a slice: s·tiles/slices without overflow of 32 bits.
uint sliceStart(uint s, uint tiles) { return tiles / push.slices * s + tiles % push.slices * s / push.slices; }

void main() {
    stage();
    uint n = min(counts[push.count_index], push.capacity);
    uint tiles = (n + 63u) / 64u;
    uint groups = gl_NumWorkGroups.x * gl_NumWorkGroups.y;
    for (uint slice = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; slice < push.slices; slice += groups) {
        uint lo = min(64u * sliceStart(slice, tiles), n);
        uint hi = min(64u * sliceStart(slice + 1u, tiles), n);
        if (gl_LocalInvocationIndex == 0u) largest = 0u;
        barrier();
        float top = 0.0;
        for (uint plane = 0u; plane < 4u; plane++)
            for (uint s = lo + gl_LocalInvocationIndex; s < hi; s += gl_WorkGroupSize.x)
                top = max(top, abs(draw[plane * push.capacity + s]));
        atomicMax(largest, floatBitsToUint(top));
        barrier();
        // 2^(7-e) for a largest value of 2^e..2^(e+1), and its inverse a normal number.
        uint exponent = clamp(261u - (largest >> 23), 27u, 227u);
        float scale = uintBitsToFloat(exponent << 23);
        float inverse = uintBitsToFloat((254u - exponent) << 23);
        [[unroll]] for (uint s = 0u; s < SLOTS; s++) coopClear(sums[s]);
        for (uint base = lo; base < hi; base += TILE) tile(base, n, scale, inverse);
        uint first = slice * WEIGHTS;
        writeGradient(0u, SLOTS_IN, first, WIDTH, IN, inverse);
#define DEEPER(l) if (DENSITY_HIDDEN > l) \
            writeGradient(SLOTS_IN + (l - 1u) * SLOTS_HIDDEN, SLOTS_HIDDEN, first + WIDTH * IN + (l - 1u) * WIDTH * WIDTH, WIDTH, WIDTH, inverse);
        DEEPER(1u) DEEPER(2u) DEEPER(3u)
#undef DEEPER
        writeGradient(SLOTS_IN + (DENSITY_HIDDEN - 1u) * SLOTS_HIDDEN, SLOTS_OUT, first + DENSITY_OUT_AT, GEO, WIDTH, inverse);
        writeGradient(SLOTS_DENSITY, SLOTS_RGB, first + RGB_AT, WIDTH, RGB_IN, inverse);
#define DEEPER(l) if (RGB_HIDDEN > l) \
            writeGradient(SLOTS_DENSITY + SLOTS_RGB + (l - 1u) * SLOTS_HIDDEN, SLOTS_HIDDEN, first + RGB_AT + WIDTH * RGB_IN + (l - 1u) * WIDTH * WIDTH, \
                          WIDTH, WIDTH, inverse);
        DEEPER(1u) DEEPER(2u) DEEPER(3u)
#undef DEEPER
        writeGradient(SLOTS_DENSITY + SLOTS_RGB + (RGB_HIDDEN - 1u) * SLOTS_HIDDEN, SLOTS_OUT, first + RGB_OUT_AT, RGB_OUT, WIDTH, inverse);
    }
}
