#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/train_state.glsl"
#include "lib/pcg32.glsl"

// Adds up what the rays of each image have, plane by plane, to sums[image * planes + plane]. The rays of image m are
// ceil(m n/images) to ceil((m+1) n/images), as train_rays gives them out. One workgroup an image; a fixed order of
// summation: each invocation every 64th ray, then halves.
layout(local_size_x = 64) in;

layout(push_constant) uniform Push {
    uint n_images;
    uint planes;
    uint stride; // of values
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float values[]; };
layout(set = 0, binding = 2) buffer B2 { float sums[]; };

shared float part[64];

// ceil(m n/images); the remainder of the quotient rounded down is below 2^32, so low words tell it.
uint firstRay(uint m, uint n) {
    uint q = mulDiv(m, n, n_images);
    return q + (m * n != q * n_images ? 1u : 0u);
}

void main() {
    uint image = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    if (image >= n_images) return;
    uint local = gl_LocalInvocationID.x;
    uint n = state[STATE_RAYS];
    uint first = firstRay(image, n), end = firstRay(image + 1u, n);
    for (uint k = 0u; k < planes; k++) {
        precise float sum = 0.0;
        for (uint i = first + local; i < end; i += 64u) sum = sum + values[k * stride + i];
        part[local] = sum;
        barrier();
        for (uint half_ = 32u; half_ > 0u; half_ >>= 1) {
            if (local < half_) part[local] = part[local] + part[local + half_];
            barrier();
        }
        if (local == 0u) sums[image * planes + k] = sums[image * planes + k] + part[0];
        barrier();
    }
}
