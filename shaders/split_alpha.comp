#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/math.glsl"

// Stage 7 of the un-fused frame: the opacity 1 - exp(-sigma dt) of every sample. Twin: kernels/split_alpha.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity, count_index;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float radiance[]; };
layout(set = 0, binding = 2) readonly buffer B2 { float lengths[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { float alphas[]; };

void main() {
    uint i = flatIndex();
    if (i >= min(state[count_index], capacity)) return;
    alphas[i] = 1.0 - rExp(-radiance[3u * capacity + i] * lengths[i]);
}
