#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/pcg32.glsl"
#include "lib/train_state.glsl"

// The mean of cascade 0 from the 256 sums of occupancy_sums, in order, and the end of a grid update: the grid's random
// sequence moves on by the two streams of this update. One workgroup.
layout(local_size_x = 128) in;

layout(set = 0, binding = 0) readonly buffer B0 { float sums[]; };
layout(set = 0, binding = 1) buffer B1 { uint state[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float grid_mean[]; };

shared float part[256];

void main() {
    uint local = gl_LocalInvocationID.x;
    for (uint own = local; own < 256u; own += gl_WorkGroupSize.x) part[own] = sums[own];
    barrier();
    for (uint half_ = 128u; half_ > 0u; half_ >>= 1) {
        if (local < half_) part[local] = part[local] + part[local + half_];
        barrier();
    }
    if (local != 0u) return;
    grid_mean[0] = part[0] * (1.0 / 2097152.0);
    Pcg32 rng = Pcg32(uvec2(state[STATE_GRID_RNG_LO], state[STATE_GRID_RNG_HI]), uvec2(state[STATE_GRID_INC_LO], state[STATE_GRID_INC_HI]));
    pcgAdvance(rng, uvec2(0u, 2u));
    state[STATE_GRID_RNG_LO] = rng.state.x;
    state[STATE_GRID_RNG_HI] = rng.state.y;
    state[STATE_GRID_STEP] += 1u;
}
