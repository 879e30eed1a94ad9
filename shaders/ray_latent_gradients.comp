#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"

// The gradient of a training ray's loss by the latents of its image, the sum over its kept samples j:
//   gradients[k * ray_capacity + ray] = sum_j dinputs[(first_plane + k) * capacity + j],
// 0 for a ray without kept samples or one whose samples do not fit. Twin: kernels/ray_latent_gradients.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;     // stride of dinputs
    uint ray_capacity; // stride of gradients
    uint dims;
    uint first_plane;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint kept_counts[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint kept_offsets[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float dinputs[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float gradients[]; };

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    uint n = kept_counts[i], first = kept_offsets[i];
    if (first + n > capacity) n = 0u;
    for (uint k = 0u; k < dims; k++) {
        uint plane = (first_plane + k) * capacity;
        precise float sum = 0.0;
        for (uint at = first; at < first + n; at++) sum = sum + dinputs[plane + at];
        gradients[k * ray_capacity + i] = sum;
    }
}
