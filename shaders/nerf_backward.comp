#version 460
#extension GL_GOOGLE_include_directive : require
//radia:variant coop needs=coop,float16,subgroup compiler=new target=vulkan1.2 define=COOP=1
//radia:variant packed fit define=PACKED=1
#if defined(COOP)
#include "lib/coop.glsl"
#elif defined(PACKED)
#include "lib/packed.glsl"
#endif
// From dL/draw: dL/dfeatures of the grid and, per slice, the gradients of all weights. The forward pass is computed
// again on chip. A workgroup owns a slice: of T = ceil(n/64) tiles of 64 samples, slice s takes tiles s·T/slices to
// (s+1)·T/slices, whatever the device, and adds them in order, so the sums are the same for any schedule.
//
// Workgroup memory holds two tiles, the gradients (act) and the activations that they meet (fed); the activations of the
// other layers stay in registers, each with the invocation that computed it: four rows of four samples a layer.
// Twin: kernels/nerf_backward.go.
#define NERF_TILE_SMALL 1u

layout(local_size_x = 128, local_size_x_id = 0) in;

#include "lib/nerf.glsl"

layout(set = 0, binding = 5) readonly buffer B5 { float draw[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { float dfeatures[]; };
layout(set = 0, binding = 7) buffer B7 { float partial[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
    uint slices;
} push;

#ifdef NERF_HALF
#include "lib/nerf_half_backward.glsl"
#else

const uint KEPT = 4u; // rows that an invocation keeps of a layer

shared float fed[MLP_ROWS * TILE];

vec4 keptIn[KEPT];
vec4 keptDensity[DENSITY_HIDDEN * KEPT];
vec4 keptRgbIn[KEPT];
vec4 keptRgb[RGB_HIDDEN * KEPT];

void feed(uint row, vec4 v) {
    uint p = row * TILE + mlpLane();
    fed[p] = v.x;
    fed[p + MLP_LANES] = v.y;
    fed[p + 2u * MLP_LANES] = v.z;
    fed[p + 3u * MLP_LANES] = v.w;
}

// partial += act ⊗ fed, summed over the tile, for a rows × cols matrix at weight `at`. An invocation owns blocks of 4×4.
// It starts at a sample of its own, so that the invocations read different banks of memory.
void outer(uint slice, bool first, uint at, uint rows, uint cols) {
    uint across = cols / 4u;
    for (uint block = gl_LocalInvocationIndex; block < rows / 4u * across; block += gl_WorkGroupSize.x) {
        uint row = block / across * 4u;
        uint col = block % across * 4u;
        vec4 sum[4];
        for (uint k = 0u; k < 4u; k++)
            sum[k] = vec4(0.0);
        for (uint j = 0u; j < TILE; j++) {
            uint s = (j + gl_LocalInvocationIndex) % TILE;
            uint p = col * TILE + s;
            vec4 a = vec4(fed[p], fed[p + TILE], fed[p + 2u * TILE], fed[p + 3u * TILE]);
            for (uint k = 0u; k < 4u; k++)
                sum[k] += act[(row + k) * TILE + s] * a;
        }
        for (uint k = 0u; k < 4u; k++) {
            uint p = slice * WEIGHTS + at + (row + k) * cols + col;
            if (first) {
                partial[p] = sum[k].x;
                partial[p + 1u] = sum[k].y;
                partial[p + 2u] = sum[k].z;
                partial[p + 3u] = sum[k].w;
            } else {
                partial[p] += sum[k].x;
                partial[p + 1u] += sum[k].y;
                partial[p + 2u] += sum[k].z;
                partial[p + 3u] += sum[k].w;
            }
        }
    }
}

// Where the kept activation is 0, its ReLU was closed.
void mask(uint k, vec4 kept) { mlpAcc[k] = mix(vec4(0.0), mlpAcc[k], greaterThan(kept, vec4(0.0))); }

float drawAt(uint plane, uint s, uint n) { return s < n ? draw[plane * push.capacity + s] : 0.0; }

void featurePlane(uint plane, uint base, uint n, vec4 v) {
    uint s = base + mlpLane();
    uint p = plane * push.capacity + s;
    if (s < n) dfeatures[p] = v.x;
    if (s + MLP_LANES < n) dfeatures[p + MLP_LANES] = v.y;
    if (s + 2u * MLP_LANES < n) dfeatures[p + 2u * MLP_LANES] = v.z;
    if (s + 3u * MLP_LANES < n) dfeatures[p + 3u * MLP_LANES] = v.w;
}

void tile(uint slice, bool first, uint base, uint n) {
    uint per = mlpPer(WIDTH);
    uint row = mlpRow(0u, per);

    // Forward, keeping the input of every matrix.
    nerfEncode(base, n, push.capacity);
    uint inPer = mlpPer(IN);
    uint inRow = mlpRow(0u, inPer);
    for (uint k = 0u; k < KEPT; k++)
        if (k < inPer && inRow + k < IN)
            keptIn[k] = mlpLoad(inRow + k);
    uint at = 0u;
    uint cols = IN;
    for (uint layer = 0u; layer < DENSITY_HIDDEN; layer++) {
        mlpMultiply(at, 0u, per, WIDTH, cols, cols, 1u);
        mlpRelu();
        for (uint k = 0u; k < KEPT; k++)
            keptDensity[layer * KEPT + k] = mlpAcc[k];
        mlpCommit(per, WIDTH);
        at += WIDTH * cols;
        cols = WIDTH;
    }
    uint geo = mlpPer(GEO);
    mlpMultiply(DENSITY_OUT_AT, 0u, geo, GEO, WIDTH, WIDTH, 1u);
    mlpCommit(geo, GEO);
    nerfDirections(base, n, push.capacity);
    uint rgbPer = mlpPer(RGB_IN);
    uint rgbRow = mlpRow(0u, rgbPer);
    for (uint k = 0u; k < KEPT; k++)
        if (k < rgbPer && rgbRow + k < RGB_IN)
            keptRgbIn[k] = mlpLoad(rgbRow + k);
    at = RGB_AT;
    cols = RGB_IN;
    for (uint layer = 0u; layer < RGB_HIDDEN; layer++) {
        mlpMultiply(at, 0u, per, WIDTH, cols, cols, 1u);
        mlpRelu();
        for (uint k = 0u; k < KEPT; k++)
            keptRgb[layer * KEPT + k] = mlpAcc[k];
        mlpCommit(per, WIDTH);
        at += WIDTH * cols;
        cols = WIDTH;
    }

    // Backward through the colour MLP. All reads of act are behind the barrier of the last commit.
    for (uint e = gl_LocalInvocationIndex; e < RGB_OUT * TILE; e += gl_WorkGroupSize.x)
        act[e] = e / TILE < 3u ? drawAt(e / TILE, base + e % TILE, n) : 0.0;
    uint rows = RGB_OUT;
    for (uint layer = RGB_HIDDEN; layer > 0u; layer--) {
        at = RGB_AT + WIDTH * RGB_IN + (layer - 1u) * WIDTH * WIDTH;
        for (uint k = 0u; k < KEPT; k++)
            if (k < per && row + k < WIDTH)
                feed(row + k, keptRgb[(layer - 1u) * KEPT + k]);
        barrier();
        outer(slice, first, at, rows, WIDTH);
        mlpMultiply(at, 0u, per, WIDTH, rows, 1u, WIDTH);
        for (uint k = 0u; k < KEPT; k++)
            mask(k, keptRgb[(layer - 1u) * KEPT + k]);
        mlpCommit(per, WIDTH);
        rows = WIDTH;
    }
    for (uint k = 0u; k < KEPT; k++)
        if (k < rgbPer && rgbRow + k < RGB_IN)
            feed(rgbRow + k, keptRgbIn[k]);
    barrier();
    outer(slice, first, RGB_AT, WIDTH, RGB_IN);
    // Of the inputs only the first 16 lead on; the directions are not trained.
    mlpMultiply(RGB_AT, 0u, geo, GEO, WIDTH, 1u, RGB_IN);
    if (mlpRow(0u, geo) == 0u) {
        uint s = base + mlpLane();
        mlpAcc[0] += vec4(drawAt(3u, s, n), drawAt(3u, s + MLP_LANES, n), drawAt(3u, s + 2u * MLP_LANES, n),
                          drawAt(3u, s + 3u * MLP_LANES, n));
    }
    mlpCommit(geo, GEO);

    // Backward through the density MLP.
    rows = GEO;
    for (uint layer = DENSITY_HIDDEN; layer > 0u; layer--) {
        at = WIDTH * IN + (layer - 1u) * WIDTH * WIDTH;
        for (uint k = 0u; k < KEPT; k++)
            if (k < per && row + k < WIDTH)
                feed(row + k, keptDensity[(layer - 1u) * KEPT + k]);
        barrier();
        outer(slice, first, at, rows, WIDTH);
        mlpMultiply(at, 0u, per, WIDTH, rows, 1u, WIDTH);
        for (uint k = 0u; k < KEPT; k++)
            mask(k, keptDensity[(layer - 1u) * KEPT + k]);
        mlpCommit(per, WIDTH);
        rows = WIDTH;
    }
    for (uint k = 0u; k < KEPT; k++)
        if (k < inPer && inRow + k < IN)
            feed(inRow + k, keptIn[k]);
    barrier();
    outer(slice, first, 0u, WIDTH, IN);
    mlpMultiply(0u, 0u, inPer, IN, WIDTH, 1u, IN);
    for (uint k = 0u; k < KEPT; k++)
        if (k < inPer && inRow + k < LEVELS * FEATURES)
            featurePlane(inRow + k, base, n, mlpAcc[k]);
    barrier();
}

// First tile of a slice: s·tiles/slices without overflow of 32 bits.
uint sliceStart(uint s, uint tiles) { return tiles / push.slices * s + tiles % push.slices * s / push.slices; }

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint tiles = (n + 63u) / 64u;
    uint groups = gl_NumWorkGroups.x * gl_NumWorkGroups.y;
    for (uint slice = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; slice < push.slices; slice += groups) {
        uint lo = 64u * sliceStart(slice, tiles);
        uint hi = min(64u * sliceStart(slice + 1u, tiles), n);
        for (uint base = lo; base < hi; base += TILE)
            tile(slice, base == lo, base, n);
        if (lo >= hi)
            for (uint e = gl_LocalInvocationIndex; e < WEIGHTS; e += gl_WorkGroupSize.x)
                partial[slice * WEIGHTS + e] = 0.0;
    }
}

#endif
