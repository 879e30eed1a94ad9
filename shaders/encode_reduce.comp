#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/reduce_push.glsl"

// The sum or the product of the parts of a composite encoding, in the order of the parts.
layout(set = 0, binding = 0) readonly buffer B0 { uint counts[]; };
layout(set = 0, binding = 1) buffer B1 { float planes[]; };

void main() {
    uint i = flatIndex();
    if (i >= min(counts[count_index], capacity)) return;
    for (uint k = 0u; k < outputs; k++) {
        precise float y = planes[partAt(0u, k, i)];
        for (uint p = 1u; p < parts; p++) {
            precise float v = planes[partAt(p, k, i)];
            y = product != 0u ? y * v : y + v;
        }
        planes[resultAt(k, i)] = y;
    }
}
