// The main function of the kernels that evaluate samples in memory with fp16 operands.
#include "nerf_half_forward.glsl"

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    if (group * gl_WorkGroupSize.x >= n) return; // nothing to stage weights for
    stage();
    barrier();
    uint row0 = coopGroup() * SUBGROUP;
    uint row = row0 + coopLane();
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
    for (uint base = group * gl_WorkGroupSize.x + row0; base < n; base += step) {
        uint s = base + coopLane();
        uint i = min(s, n - 1u); // lanes beyond the end repeat the last sample and write nothing
#ifdef NERF_DENSITY
        uint at = 0u;
        float v = halfDensity(row0, row, position(i).xyz, at);
        if (s < n) density[s] = v;
#else
        vec4 v = halfPoint(row0, row, position(i).xyz, direction(i));
        if (s < n) {
            raw[s] = v.x;
            raw[push.capacity + s] = v.y;
            raw[2u * push.capacity + s] = v.z;
            raw[3u * push.capacity + s] = v.w;
        }
#endif
        coopSync();
    }
}
