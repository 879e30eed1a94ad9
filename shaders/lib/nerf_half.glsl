// What the forms of the fused NeRF kernels with fp16 operands share, on cooperative matrices (lib/coop.glsl) or without
// (lib/packed.glsl): the weights of both networks in workgroup memory in fp16, rows padded by 8 halves so that the rows of
// a matrix start in different banks, and wide loads from the table. Included behind lib/nerf.glsl, the output buffers and
// the push constants; NERF_DENSITY leaves the colour network out.
layout(set = 0, binding = NERF_TABLE) readonly buffer BWide2 { uvec2 table2[]; };
layout(set = 0, binding = NERF_TABLE) readonly buffer BWide4 { uvec4 table4[]; };
#include "grid_gather.glsl"
#include "halves.glsl"

const uint FEATS = LEVELS * FEATURES;
const uint DENSITY_HALVES = WIDTH * (IN + PAD) + ((DENSITY_HIDDEN - 1u) * WIDTH + GEO) * (WIDTH + PAD);
const uint RGB_HALVES = WIDTH * (RGB_IN + PAD) + ((RGB_HIDDEN - 1u) * WIDTH + RGB_OUT) * (WIDTH + PAD);
#ifdef NERF_DENSITY
const uint NERF_HALVES = DENSITY_HALVES;
#else
const uint NERF_HALVES = DENSITY_HALVES + RGB_HALVES;
#endif

shared HalfPair mats[NERF_HALVES / 2u];
shared Level geometry[LEVELS];

// Copies one matrix of `rows` by `cols` weights to mats, rows padded; from and to move on.
void stageMatrix(inout uint from, inout uint to, uint rows, uint cols) {
    uint pairs = cols / 2u;
    for (uint e = gl_LocalInvocationIndex; e < rows * pairs; e += gl_WorkGroupSize.x) {
        uint r = e / pairs;
        uint at = from + 2u * e;
        mats[(to + r * (cols + PAD)) / 2u + e % pairs] = halves(weights[at], weights[at + 1u]);
    }
    from += rows * cols;
    to += rows * (cols + PAD);
}

void stageNetwork(inout uint from, inout uint to, uint inputs, uint hidden) {
    stageMatrix(from, to, WIDTH, inputs);
    [[unroll]] for (uint l = 1u; l < hidden; l++) stageMatrix(from, to, WIDTH, WIDTH);
    stageMatrix(from, to, GEO, WIDTH);
}

// Copies the weights and the level table; a barrier must follow.
void stage() {
    for (uint e = gl_LocalInvocationIndex; e < LEVELS; e += gl_WorkGroupSize.x) geometry[e] = levels[e];
    uint from = 0u, to = 0u;
    stageNetwork(from, to, IN, DENSITY_HIDDEN);
#ifndef NERF_DENSITY
    stageNetwork(from, to, RGB_IN, RGB_HIDDEN);
#endif
}

#ifndef NERF_RAYS
vec4 position(uint i) {
    return vec4(samples[i], samples[push.capacity + i], samples[2u * push.capacity + i], 0.0);
}

vec3 direction(uint i) {
    return vec3(samples[3u * push.capacity + i], samples[4u * push.capacity + i], samples[5u * push.capacity + i]);
}
#endif
