#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// The rate of reading and writing memory in order: target[i] = source[i].
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint source[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { uint target[]; };

void main() {
    uint i = flatIndex();
    if (i < count) {
        target[i] = source[i];
    }
}
