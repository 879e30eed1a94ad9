#ifndef RADIA_NERF
#define RADIA_NERF
// What the fused NeRF kernels share: multiresolution grid → density MLP → 16 values, then with 16 spherical harmonics of
// the direction → colour MLP. The including shader defines NERF_TILE_SMALL before: 1 where two tiles of activations
// must fit into 16 KiB of workgroup memory. Where it defines NERF_RAYS instead, samples come from rays and stand nowhere in
// memory: the network has bindings 3 to 5 and no tile.

layout(constant_id = 3) const uint LEVELS = 8u;
layout(constant_id = 4) const uint FEATURES = 4u;
layout(constant_id = 5) const uint WIDTH = 64u;
layout(constant_id = 6) const uint DENSITY_HIDDEN = 1u;
layout(constant_id = 7) const uint RGB_HIDDEN = 2u;
layout(constant_id = 8) const uint INTERPOLATION = 0u;
layout(constant_id = 9) const uint HALF = 0u;

const uint DIMS = 3u;
const uint IN = (LEVELS * FEATURES + 15u) / 16u * 16u; // columns of the first matrix
const uint GEO = 16u;                                  // outputs of the density MLP
const uint RGB_IN = 32u;                               // GEO and 16 spherical harmonics
const uint RGB_OUT = 16u;

#include "grid.glsl"
#include "../enc/spherical_harmonics.glsl"

#ifdef NERF_RAYS
#define NERF_TABLE 5
layout(set = 0, binding = 3) readonly buffer B3 { Level levels[]; };
#ifdef SUBGROUP_LANES
layout(set = 0, binding = 4) readonly buffer B4 { vec4 weights[]; };
#else
layout(set = 0, binding = 4) readonly buffer B4 { float weights[]; };
#endif
layout(set = 0, binding = 5) readonly buffer B5 { uint table[]; };
#else
#define NERF_TABLE 3
layout(set = 0, binding = 0) readonly buffer B0 { float samples[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Level levels[]; };
#ifdef SUBGROUP_LANES
layout(set = 0, binding = 2) readonly buffer B2 { vec4 weights[]; };
#else
layout(set = 0, binding = 2) readonly buffer B2 { float weights[]; };
#endif
layout(set = 0, binding = 3) readonly buffer B3 { uint table[]; };
layout(set = 0, binding = 4) readonly buffer B4 { uint counts[]; };
#endif

#if defined(COOP) || defined(PACKED)
#define NERF_HALF // fp16 operands: lib/nerf_half.glsl
#elif defined(NERF_RAYS) || defined(SUBGROUP_LANES)
#define GRID_UNROLLED
#endif
#include "grid_table.glsl"

#if !defined(NERF_HALF) && !defined(NERF_RAYS) && !defined(SUBGROUP_LANES) // lib/nerf_half.glsl has its own tile
#define NERF_TILE
const uint WIDER = IN > WIDTH ? IN : WIDTH;
const uint MLP_ROWS = WIDER > RGB_IN ? WIDER : RGB_IN;
const uint TILE = (MLP_ROWS > 64u ? 32u : 64u) >> NERF_TILE_SMALL;

float mlpWeight(uint index) { return weights[index]; }
#include "mlp.glsl"
#endif

// First weights of the matrices.
const uint DENSITY_OUT_AT = WIDTH * IN + (DENSITY_HIDDEN - 1u) * WIDTH * WIDTH;
const uint RGB_AT = DENSITY_OUT_AT + GEO * WIDTH;
const uint RGB_OUT_AT = RGB_AT + WIDTH * RGB_IN + (RGB_HIDDEN - 1u) * WIDTH * WIDTH;
const uint WEIGHTS = RGB_OUT_AT + RGB_OUT * WIDTH;

#ifdef NERF_TILE
void mlpRelu() {
    for (uint k = 0u; k < MLP_PER; k++)
        mlpAcc[k] = max(mlpAcc[k], vec4(0.0));
}

// Rows 0..IN-1 of act: the grid's features, level-major; samples from n on give 0.
void nerfEncode(uint base, uint n, uint capacity) {
    for (uint e = gl_LocalInvocationIndex; e < LEVELS * TILE; e += gl_WorkGroupSize.x) {
        uint level = e / TILE;
        uint s = base + e % TILE;
        float f[8];
        for (uint k = 0u; k < 8u; k++)
            f[k] = 0.0;
        if (s < n)
            gridLookup(levels[level], vec4(samples[s], samples[capacity + s], samples[2u * capacity + s], 0.0), f);
        for (uint k = 0u; k < 8u; k++)
            if (k < FEATURES)
                act[(level * FEATURES + k) * TILE + e % TILE] = f[k];
    }
    for (uint e = LEVELS * FEATURES * TILE + gl_LocalInvocationIndex; e < IN * TILE; e += gl_WorkGroupSize.x)
        act[e] = 0.0;
    barrier();
}

// Rows 16..31 of act: the spherical harmonics of the direction.
void nerfDirections(uint base, uint n, uint capacity) {
    for (uint e = gl_LocalInvocationIndex; e < TILE; e += gl_WorkGroupSize.x) {
        uint s = base + e;
        float o[16];
        vec3 d = vec3(0.5);
        if (s < n)
            d = vec3(samples[3u * capacity + s], samples[4u * capacity + s], samples[5u * capacity + s]);
        shEncode4(d, o);
        for (uint k = 0u; k < 16u; k++)
            act[(GEO + k) * TILE + e] = o[k];
    }
    barrier();
}
#endif

#endif
