#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/reduce_push.glsl"

// dL/dparts from dL/dresult: the same for every part of a sum, times all the other parts of a product. Nothing is divided,
// so that parts may be zero.
layout(set = 0, binding = 0) readonly buffer B0 { uint counts[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float planes[]; };
layout(set = 0, binding = 2) buffer B2 { float dplanes[]; };

void main() {
    uint i = flatIndex();
    if (i >= min(counts[count_index], capacity)) return;
    for (uint k = 0u; k < outputs; k++) {
        float dy = dplanes[resultAt(k, i)];
        for (uint p = 0u; p < parts; p++) {
            precise float g = dy;
            for (uint q = 0u; product != 0u && q < parts; q++) {
                if (q != p) g = g * planes[partAt(q, k, i)];
            }
            dplanes[partAt(p, k, i)] = g;
        }
    }
}
