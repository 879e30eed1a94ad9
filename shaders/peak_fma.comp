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

const uint CHAINS = 12u;

void main() {
    uint i = flatIndex();
    if (i >= count) {
        return;
    }
    float x[CHAINS];
    for (uint c = 0u; c < CHAINS; c++) {
        x[c] = float(i % 256u + c);
    }
    for (uint s = 0u; s < steps; s++) {
        for (uint c = 0u; c < CHAINS; c++) {
            x[c] = fma(x[c], factor, addend);
        }
    }
    float sum = 0.0;
    for (uint c = 0u; c < CHAINS; c++) {
        sum += x[c];
    }
    sums[i] = sum;
}
