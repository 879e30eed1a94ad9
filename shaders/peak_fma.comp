#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// The rate of fused multiply-adds: twelve independent chains x = fma(x, factor, addend) per invocation. With factor -1
// and addend 1 the numbers stay small integers, so the result is exact on every device.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
    uint steps;
    float factor;
    float addend;
};

layout(set = 0, binding = 0) writeonly buffer B0 { float sums[]; };

vec4 x0, x1, x2;

void advance() {
    x0 = fma(x0, vec4(factor), vec4(addend));
    x1 = fma(x1, vec4(factor), vec4(addend));
    x2 = fma(x2, vec4(factor), vec4(addend));
}

void main() {
    uint i = flatIndex();
    if (i >= count) {
        return;
    }
    float first = float(i % 256u);
    x0 = first + vec4(0.0, 1.0, 2.0, 3.0);
    x1 = first + vec4(4.0, 5.0, 6.0, 7.0);
    x2 = first + vec4(8.0, 9.0, 10.0, 11.0);
    // Eight steps a round, so that the loop itself does not count.
    for (uint s = 0u; s < steps / 8u; s++) {
        advance();
        advance();
        advance();
        advance();
        advance();
        advance();
        advance();
        advance();
    }
    for (uint s = 0u; s < steps % 8u; s++) {
        advance();
    }
    sums[i] = dot(x0, vec4(1.0)) + dot(x1, vec4(1.0)) + dot(x2, vec4(1.0));
}
