#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//radia:variant coop needs=coop,float16,subgroup compiler=new target=vulkan1.2 define=COOP=1
//radia:variant lanes needs=subgroup,shuffle define=SUBGROUP_LANES=1
//radia:variant packed fit define=PACKED=1
#if defined(COOP)
#include "lib/coop.glsl"
#elif defined(PACKED)
#include "lib/packed.glsl"
#endif
#ifdef SUBGROUP_LANES
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
// raw = the NeRF network at every sample, before its output activations: planes r, g, b, density. Everything between
// the table and raw stays in workgroup memory and registers. Twin: kernels/nerf_infer.go.
#define NERF_TILE_SMALL 0u

layout(local_size_x = 128, local_size_x_id = 0) in;

#include "lib/nerf.glsl"

layout(set = 0, binding = 5) writeonly buffer B5 { float raw[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
} push;

#ifdef NERF_HALF
#include "lib/nerf_half_samples.glsl"
#elif defined(SUBGROUP_LANES)
#include "lib/nerf_point.glsl"

// One sample an invocation; those beyond n compute the last one, because lanes load weights for each other.
void main() {
    uint n = min(counts[push.count_index], push.capacity), c = push.capacity;
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
    for (uint base = group * gl_WorkGroupSize.x; base < n; base += step) {
        uint s = min(base + gl_LocalInvocationIndex, n - 1u);
        vec4 v = nerfPoint(vec3(samples[s], samples[c + s], samples[2u * c + s]), vec3(samples[3u * c + s], samples[4u * c + s], samples[5u * c + s]));
        if (base + gl_LocalInvocationIndex >= n) continue;
        raw[s] = v.x;
        raw[c + s] = v.y;
        raw[2u * c + s] = v.z;
        raw[3u * c + s] = v.w;
    }
}
#else

void store(uint plane, uint base, uint n, vec4 v) {
    uint s = base + mlpLane();
    uint p = plane * push.capacity + s;
    if (s < n) raw[p] = v.x;
    if (s + MLP_LANES < n) raw[p + MLP_LANES] = v.y;
    if (s + 2u * MLP_LANES < n) raw[p + 2u * MLP_LANES] = v.z;
    if (s + 3u * MLP_LANES < n) raw[p + 3u * MLP_LANES] = v.w;
}

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * TILE;
    uint per = mlpPer(WIDTH);
    for (uint base = group * TILE; base < n; base += step) {
        nerfEncode(base, n, push.capacity);
        uint at = 0u;
        uint cols = IN;
        for (uint layer = 0u; layer < DENSITY_HIDDEN; layer++) {
            mlpMultiply(at, 0u, per, WIDTH, cols, cols, 1u);
            mlpRelu();
            mlpCommit(per, WIDTH);
            at += WIDTH * cols;
            cols = WIDTH;
        }
        uint geo = mlpPer(GEO);
        mlpMultiply(DENSITY_OUT_AT, 0u, geo, GEO, WIDTH, WIDTH, 1u);
        if (mlpRow(0u, geo) == 0u)
            store(3u, base, n, mlpAcc[0]);
        mlpCommit(geo, GEO);
        nerfDirections(base, n, push.capacity);
        at = RGB_AT;
        cols = RGB_IN;
        for (uint layer = 0u; layer < RGB_HIDDEN; layer++) {
            mlpMultiply(at, 0u, per, WIDTH, cols, cols, 1u);
            mlpRelu();
            mlpCommit(per, WIDTH);
            at += WIDTH * cols;
            cols = WIDTH;
        }
        // Of the 16 outputs only three are colours.
        mlpMultiply(RGB_OUT_AT, 0u, 1u, 3u, WIDTH, WIDTH, 1u);
        uint row = mlpRow(0u, 1u);
        if (row < 3u)
            store(row, base, n, mlpAcc[0]);
        barrier();
    }
}

#endif
