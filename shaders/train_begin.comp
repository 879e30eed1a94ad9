#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/pcg32.glsl"
#include "lib/train_state.glsl"
#include "lib/groups.glsl"

// Starts a training step on the device: chooses the number of rays so that the batch is just filled with kept samples,
//   rays = min(roundUp(rays * batch / kept, ray_group), max_rays),
// and clears the counters. One invocation. The first step, and one after a step that kept nothing, leaves rays as they are.
layout(local_size_x = 1) in;

layout(push_constant) uniform Push {
    uint batch;
    uint max_rays;
    uint ray_group; // workgroup size of the kernels that are dispatched over rays
};

layout(set = 0, binding = 0) buffer B0 { uint state[]; };

void main() {
    uint rays = state[STATE_RAYS];
    uint kept = state[STATE_MEASURED_KEPT];
    if (kept != 0u) {
        // A quotient of max_rays and more need not be computed; it might not fit a word.
        uint hi, lo;
        umulExtended(rays, batch, hi, lo);
        rays = hi >= kept ? max_rays : min(mulDiv(rays, batch, kept), max_rays);
        rays = (rays + ray_group - 1u) / ray_group * ray_group;
    }
    rays = max(min(rays, max_rays), 1u);
    state[STATE_RAYS] = rays;
    state[STATE_SAMPLES] = 0u;
    state[STATE_KEPT] = 0u;
    state[STATE_SAMPLES_TOTAL] = 0u;
    state[STATE_KEPT_TOTAL] = 0u;
    uvec3 groups = groupsFor(rays, ray_group);
    for (int i = 0; i < 3; i++) {
        state[STATE_RAY_GROUPS + i] = groups[i];
        state[STATE_SAMPLE_GROUPS + i] = 0u;
        state[STATE_KEPT_GROUPS + i] = 0u;
    }
}
