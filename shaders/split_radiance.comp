#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/radiance.glsl"

// Stage 6 of the un-fused frame: colour and density of every sample from the network's raw outputs (planes r, g, b, density).
// Twin: kernels/split_radiance.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity, count_index;
    uint hdr;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float raw[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float radiance[]; };

void main() {
    uint i = flatIndex();
    if (i >= min(state[count_index], capacity)) return;
    for (uint k = 0u; k < 3u; k++) radiance[k * capacity + i] = colorOf(raw[k * capacity + i], hdr != 0u);
    radiance[3u * capacity + i] = densityOf(raw[3u * capacity + i]);
}
