#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/pcg32.glsl"
#include "lib/train_state.glsl"
#include "lib/train_ray.glsl"

// Ends a training step: the mean loss of the rays in a fixed order of summation (256 sums, two to an invocation, added in
// a tree), the measured sizes, the position of the random sequence 2^32 further, the next step. One workgroup.
layout(local_size_x = 128) in;

layout(push_constant) uniform Push {
    uint n_losses; // entries of the ring of losses
};

layout(set = 0, binding = 0) buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { RayResult results[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float losses[]; };

shared float part[256];

void main() {
    uint local = gl_LocalInvocationID.x;
    uint n = state[STATE_RAYS];
    for (uint own = local; own < 256u; own += gl_WorkGroupSize.x) {
        precise float sum = 0.0;
        for (uint i = own; i < n; i += 256u) sum = sum + results[i].loss;
        part[own] = sum;
    }
    barrier();
    for (uint half_ = 128u; half_ > 0u; half_ >>= 1) {
        if (local < half_) part[local] = part[local] + part[local + half_];
        barrier();
    }
    if (local != 0u) return;
    float mean = part[0] / float(n);
    uint step_ = state[STATE_STEP];
    losses[step_ % n_losses] = mean;

    uint raised = state[STATE_FLAGS];
    if (!(abs(mean) < 3e38)) raised |= FLAG_LOSS_NOT_FINITE;
    if (state[STATE_SAMPLES] < state[STATE_SAMPLES_TOTAL]) raised |= FLAG_SAMPLES_DROPPED;
    if (state[STATE_KEPT] < state[STATE_KEPT_TOTAL]) raised |= FLAG_KEPT_DROPPED;
    if (state[STATE_KEPT_TOTAL] == 0u) raised |= FLAG_NOTHING_KEPT;
    state[STATE_FLAGS] = raised;
    state[STATE_MEASURED_SAMPLES] = state[STATE_SAMPLES_TOTAL];
    state[STATE_MEASURED_KEPT] = state[STATE_KEPT_TOTAL];
    Pcg32 rng = Pcg32(uvec2(state[STATE_RNG_LO], state[STATE_RNG_HI]), uvec2(state[STATE_INC_LO], state[STATE_INC_HI]));
    pcgAdvance(rng, uvec2(0u, 1u));
    state[STATE_RNG_LO] = rng.state.x;
    state[STATE_RNG_HI] = rng.state.y;
    state[STATE_STEP] = step_ + 1u;
}
