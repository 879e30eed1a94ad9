#version 460
#extension GL_GOOGLE_include_directive : require
#include "../../../shaders/lib/coop.glsl"
// Chains of dependent matrix products in registers: the ceiling of fp16 operands with fp32 sums.

layout(local_size_x = 256, local_size_x_id = 0) in;
layout(set = 0, binding = 0) writeonly buffer B0 { float result[]; };
layout(push_constant) uniform Push {
    uint rounds;
    uint never; // 0: the sums are used, but never written
} push;

const uint CHAINS = 8u;

void main() {
    CoopA a = CoopA(float16_t(0.5));
    CoopB b = CoopB(float16_t(float(gl_SubgroupID) * 0.001));
    CoopSum c[CHAINS];
    [[unroll]] for (uint k = 0u; k < CHAINS; k++) c[k] = CoopSum(float(k));
    for (uint r = 0u; r < push.rounds; r++)
        [[unroll]] for (uint k = 0u; k < CHAINS; k++) c[k] = coopMatMulAdd(a, b, c[k]);
    float sum = 0.0;
    [[unroll]] for (uint k = 0u; k < CHAINS; k++)
        for (uint i = 0u; i < c[k].length(); i++) sum += c[k][i];
    if (push.never != 0u) result[gl_GlobalInvocationID.x] = sum;
}
