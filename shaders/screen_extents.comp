#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/view.glsl"

// The extents of a picture that stays on the device, for rainbows: extents[0] and [1] become the least and the greatest depth
// of the pixels that are seen, extents[2] the greatest sum of costs. They begin at infinity, 0 and 0. The bits of floats that are
// not negative are in the order of the floats. An invocation takes 16 pixels. Twin: kernels/screen_extents.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
    uint samples;
};

const uint EACH = 16u;
const float SEEN = 0.1; // opacity from which on a pixel has a depth

layout(set = 0, binding = 0) readonly buffer B0 { Pixel sums[]; };
layout(set = 0, binding = 1) buffer B1 { uint extents[]; };

void main() {
    uint first = flatIndex() * EACH;
    if (first >= count) return;
    float near = uintBitsToFloat(0x7f800000u), far = 0.0, most = 0.0;
    for (uint i = first; i < min(first + EACH, count); i++) {
        Pixel p = sums[i];
        if (p.depth > 0.0 && p.a * (1.0 / float(samples)) > SEEN) {
            near = min(near, p.depth);
            far = max(far, p.depth);
        }
        most = max(most, p.cost);
    }
    atomicMin(extents[0], floatBitsToUint(near));
    atomicMax(extents[1], floatBitsToUint(far));
    atomicMax(extents[2], floatBitsToUint(most));
}
