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
// density = output 0 of the density MLP at every sample, before its activation: nerf_infer without the colour.
// Twin: kernels/nerf_density.go.
#define NERF_TILE_SMALL 0u

layout(local_size_x = 128, local_size_x_id = 0) in;

#include "lib/nerf.glsl"

layout(set = 0, binding = 5) writeonly buffer B5 { float density[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
} push;

#ifdef NERF_HALF
#define NERF_DENSITY
#include "lib/nerf_half_samples.glsl"
#elif defined(SUBGROUP_LANES)
#include "lib/nerf_point.glsl"

// As nerf_infer.
void main() {
    uint n = min(counts[push.count_index], push.capacity), c = push.capacity;
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
    for (uint base = group * gl_WorkGroupSize.x; base < n; base += step) {
        uint s = min(base + gl_LocalInvocationIndex, n - 1u);
        float v = nerfPointDensity(vec3(samples[s], samples[c + s], samples[2u * c + s]));
        if (base + gl_LocalInvocationIndex < n) density[s] = v;
    }
}
#else

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
        mlpMultiply(DENSITY_OUT_AT, 0u, 1u, 1u, WIDTH, WIDTH, 1u);
        if (mlpRow(0u, 1u) == 0u) {
            uint s = base + mlpLane();
            vec4 v = mlpAcc[0];
            if (s < n) density[s] = v.x;
            if (s + MLP_LANES < n) density[s + MLP_LANES] = v.y;
            if (s + 2u * MLP_LANES < n) density[s + 2u * MLP_LANES] = v.z;
            if (s + 3u * MLP_LANES < n) density[s + 3u * MLP_LANES] = v.w;
        }
        barrier();
    }
}

#endif
