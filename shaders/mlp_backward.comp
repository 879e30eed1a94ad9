#version 460
#extension GL_GOOGLE_include_directive : require
//radia:variant coop needs=coop,float16,subgroup compiler=new target=vulkan1.2 define=COOP=1
//radia:variant packed fit define=PACKED=1
#if defined(COOP)
#include "lib/coop.glsl"
#elif defined(PACKED)
#include "lib/packed.glsl"
#endif
// δ_h = dL/dy ⊙ out_act'(·), δ_l = (M_{l+1}ᵀ δ_{l+1}) ⊙ act'(·), dL/dx = M_0ᵀ δ_0: the gradients of the loss with respect
// to the pre-activations of every layer, and to the input. Twin: kernels/mlp_backward.go.

layout(local_size_x = 128, local_size_x_id = 0) in;
layout(constant_id = 3) const uint WIDTH = 64u;
layout(constant_id = 4) const uint IN = 32u;
layout(constant_id = 5) const uint OUT = 16u;
layout(constant_id = 6) const uint HIDDEN = 2u;
layout(constant_id = 7) const uint ACT = 1u;
layout(constant_id = 8) const uint OUT_ACT = 0u;
layout(constant_id = 9) const uint INPUT = 1u; // 1: also dL/dx
layout(constant_id = 10) const uint TILE = 64u;
layout(constant_id = 11) const uint STAGE = 16u; // halves of weights in workgroup memory: lib/mlp_half.glsl

layout(set = 0, binding = 0) readonly buffer B0 { float doutput[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float outputs[]; };
layout(set = 0, binding = 2) readonly buffer B2 { float hidden[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float weights[]; };
layout(set = 0, binding = 4) readonly buffer B4 { uint counts[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { float dinput[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { float deltas[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
} push;

#include "lib/activation.glsl"

#if defined(COOP) || defined(PACKED)
#include "lib/mlp_half_backward.glsl"
#else
const uint MLP_ROWS = OUT > WIDTH ? OUT : WIDTH;
float mlpWeight(uint index) { return weights[index]; }
#include "lib/mlp.glsl"

// One sample of one delta: multiplies by the slope and stores it. Samples beyond n give zero.
float delta(float da, uint plane, uint s, uint n) {
    if (s >= n)
        return 0.0;
    uint p = plane * push.capacity + s;
    float d = da * activationSlope(ACT, hidden[p]);
    deltas[p] = d;
    return d;
}

void inputPlane(uint plane, uint base, uint n, vec4 v) {
    uint s = base + mlpLane();
    uint p = plane * push.capacity + s;
    if (s < n) dinput[p] = v.x;
    if (s + MLP_LANES < n) dinput[p + MLP_LANES] = v.y;
    if (s + 2u * MLP_LANES < n) dinput[p + 2u * MLP_LANES] = v.z;
    if (s + 3u * MLP_LANES < n) dinput[p + 3u * MLP_LANES] = v.w;
}

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * TILE;
    for (uint base = group * TILE; base < n; base += step) {
        for (uint e = gl_LocalInvocationIndex; e < OUT * TILE; e += gl_WorkGroupSize.x) {
            uint s = base + e % TILE;
            uint row = e / TILE;
            float d = 0.0;
            if (s < n) {
                uint p = row * push.capacity + s;
                float kept = 0.0;
                if (keepsArgument(OUT_ACT))
                    kept = hidden[HIDDEN * WIDTH * push.capacity + p];
                else if (OUT_ACT != ACT_NONE)
                    kept = outputs[p];
                d = doutput[p] * activationSlope(OUT_ACT, kept);
                deltas[HIDDEN * WIDTH * push.capacity + p] = d;
            }
            act[e] = d;
        }
        barrier();
        uint per = mlpPer(WIDTH);
        uint cols = OUT;
        for (uint layer = HIDDEN; layer > 0u; layer--) {
            uint at = WIDTH * IN + (layer - 1u) * WIDTH * WIDTH;
            mlpMultiply(at, 0u, per, WIDTH, cols, 1u, WIDTH);
            uint row = mlpRow(0u, per);
            uint s = base + mlpLane();
            for (uint k = 0u; k < MLP_PER; k++)
                if (k < per && row + k < WIDTH) {
                    uint plane = (layer - 1u) * WIDTH + row + k;
                    vec4 a = mlpAcc[k];
                    mlpAcc[k] = vec4(delta(a.x, plane, s, n), delta(a.y, plane, s + MLP_LANES, n),
                                     delta(a.z, plane, s + 2u * MLP_LANES, n), delta(a.w, plane, s + 3u * MLP_LANES, n));
                }
            mlpCommit(per, WIDTH);
            cols = WIDTH;
        }
        if (INPUT != 0u) {
            per = mlpPer(IN);
            for (uint first = 0u; first < IN; first += per * mlpGroups()) {
                mlpMultiply(0u, first, per, IN, HIDDEN == 0u ? OUT : WIDTH, 1u, IN);
                uint row = mlpRow(first, per);
                for (uint k = 0u; k < MLP_PER; k++)
                    if (k < per && row + k < IN)
                        inputPlane(row + k, base, n, mlpAcc[k]);
            }
        }
        barrier();
    }
}
#endif
