#version 460
#extension GL_GOOGLE_include_directive : require
//radia:variant coop needs=coop,float16,subgroup compiler=new target=vulkan1.2 define=COOP=1
//radia:variant packed fit define=PACKED=1
#if defined(COOP)
#include "lib/coop.glsl"
#elif defined(PACKED)
#include "lib/packed.glsl"
#endif
// y = out_act(M_h · act(M_{h-1} · … act(M_0 · x))), the whole network in one dispatch, no biases.
// Matrices are row-major [out][in], back to back. Twin: kernels/mlp_forward.go.

layout(local_size_x = 128, local_size_x_id = 0) in;
layout(constant_id = 3) const uint WIDTH = 64u;
layout(constant_id = 4) const uint IN = 32u;
layout(constant_id = 5) const uint OUT = 16u;
layout(constant_id = 6) const uint HIDDEN = 2u; // hidden layers, 0..8; with 0, WIDTH is IN
layout(constant_id = 7) const uint ACT = 1u;
layout(constant_id = 8) const uint OUT_ACT = 0u;
layout(constant_id = 9) const uint SAVE = 0u; // 1: keep what the backward pass needs in hidden
layout(constant_id = 10) const uint TILE = 64u; // samples in workgroup memory
layout(constant_id = 11) const uint STAGE = 16u; // halves of weights in workgroup memory: lib/mlp_half.glsl

layout(set = 0, binding = 0) readonly buffer B0 { float inputs[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float weights[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint counts[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { float outputs[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float hidden[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
} push;

#include "lib/activation.glsl"

#if defined(COOP) || defined(PACKED)
#include "lib/mlp_half_forward.glsl"
#else
const uint MLP_ROWS = IN > WIDTH ? IN : WIDTH;
float mlpWeight(uint index) { return weights[index]; }
#include "lib/mlp.glsl"

void savePlane(uint plane, uint base, uint n, vec4 v) {
    uint s = base + mlpLane();
    uint p = plane * push.capacity + s;
    if (s < n) hidden[p] = v.x;
    if (s + MLP_LANES < n) hidden[p + MLP_LANES] = v.y;
    if (s + 2u * MLP_LANES < n) hidden[p + 2u * MLP_LANES] = v.z;
    if (s + 3u * MLP_LANES < n) hidden[p + 3u * MLP_LANES] = v.w;
}

void outputPlane(uint plane, uint base, uint n, vec4 v) {
    uint s = base + mlpLane();
    uint p = plane * push.capacity + s;
    if (s < n) outputs[p] = v.x;
    if (s + MLP_LANES < n) outputs[p + MLP_LANES] = v.y;
    if (s + 2u * MLP_LANES < n) outputs[p + 2u * MLP_LANES] = v.z;
    if (s + 3u * MLP_LANES < n) outputs[p + 3u * MLP_LANES] = v.w;
}

// Applies the activation to one register row and keeps what the backward pass needs.
vec4 finish(uint kind, vec4 z, uint plane, uint base, uint n, bool keep) {
    vec4 y = vec4(activate(kind, z.x), activate(kind, z.y), activate(kind, z.z), activate(kind, z.w));
    if (keep)
        savePlane(plane, base, n, keepsArgument(kind) ? z : y);
    return y;
}

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * TILE;
    for (uint base = group * TILE; base < n; base += step) {
        for (uint e = gl_LocalInvocationIndex; e < IN * TILE; e += gl_WorkGroupSize.x) {
            uint s = base + e % TILE;
            act[e] = s < n ? inputs[e / TILE * push.capacity + s] : 0.0;
        }
        barrier();
        uint per = mlpPer(WIDTH);
        uint at = 0u;
        uint cols = IN;
        for (uint layer = 0u; layer < HIDDEN; layer++) {
            mlpMultiply(at, 0u, per, WIDTH, cols, cols, 1u);
            uint row = mlpRow(0u, per);
            for (uint k = 0u; k < MLP_PER; k++)
                if (k < per && row + k < WIDTH)
                    mlpAcc[k] = finish(ACT, mlpAcc[k], layer * WIDTH + row + k, base, n, SAVE != 0u);
            mlpCommit(per, WIDTH);
            at += WIDTH * cols;
            cols = WIDTH;
        }
        per = mlpPer(OUT);
        for (uint first = 0u; first < OUT; first += per * mlpGroups()) {
            mlpMultiply(at, first, per, OUT, WIDTH, WIDTH, 1u);
            uint row = mlpRow(first, per);
            for (uint k = 0u; k < MLP_PER; k++)
                if (k < per && row + k < OUT)
                    outputPlane(row + k, base, n, finish(OUT_ACT, mlpAcc[k], HIDDEN * WIDTH + row + k, base, n,
                                                         SAVE != 0u && keepsArgument(OUT_ACT)));
        }
        barrier();
    }
}
#endif
