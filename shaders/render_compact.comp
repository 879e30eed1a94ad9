#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// Keeps the live rays in order: live_out[offsets[i]] = live_in[i] where alive[i]; offsets comes from scan over alive. The
// first pass of a frame has no list yet and takes i itself.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count_index; // words of state
    uint initial;     // 1: live_in is the identity
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint alive[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint offsets[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint live_in[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { uint live_out[]; };

void main() {
    uint i = flatIndex();
    if (i >= state[count_index] || alive[i] == 0u) return;
    live_out[offsets[i]] = initial != 0u ? i : live_in[i];
}
