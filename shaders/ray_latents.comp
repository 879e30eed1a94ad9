#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"

// Gives every sample of a training ray the latents of the ray's image: plane first_plane + k of inputs holds
// latents[image * dims + k]. A ray whose samples do not fit the capacity has none. Twin: kernels/ray_latents.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity; // stride of inputs
    uint dims;     // numbers of an image
    uint first_plane;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint ray_counts[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint offsets[]; };
layout(set = 0, binding = 3) readonly buffer B3 { Ray rays[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float latents[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { float inputs[]; };

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    uint n = ray_counts[i], first = offsets[i];
    if (first + n > capacity) return;
    uint image = rays[i].flags & RAY_INDEX;
    for (uint k = 0u; k < dims; k++) {
        float v = latents[image * dims + k];
        uint plane = (first_plane + k) * capacity;
        for (uint at = first; at < first + n; at++) inputs[plane + at] = v;
    }
}
