#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/scan_block.glsl"

// Sums each block of 1,024 values; `scan` uses the sums. n = counts[count_index].
layout(local_size_x = 128) in;

layout(push_constant) uniform Push {
    uint count_index;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint values[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint counts[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { uint sums[]; };

void main() {
    uint n = counts[count_index];
    uint base = gl_WorkGroupID.x * SCAN_BLOCK + gl_LocalInvocationID.x * SCAN_OWN;
    uint v = 0u;
    for (uint j = 0u; j < SCAN_OWN; j++) {
        if (base + j < n) v += values[base + j];
    }
    v = scanReduce(v);
    if (gl_LocalInvocationID.x == 0u) sums[gl_WorkGroupID.x] = v;
}
