#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// out[i] = partial[0][i] + partial[1][i] + … + partial[slices-1][i], added in that order, so that the result does not
// depend on the device. Slice s starts at s*stride.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
    uint stride;
    uint slices;
};

layout(set = 0, binding = 0) readonly buffer B0 { float partial[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { float total[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) {
        return;
    }
    precise float sum = partial[i];
    for (uint s = 1; s < slices; s++) {
        sum = sum + partial[s * stride + i];
    }
    total[i] = sum;
}
